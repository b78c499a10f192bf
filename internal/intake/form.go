package intake

import (
	"reflect"
	"strconv"
	"strings"

	"naru/internal/naru"
)

// form is what the tags of naru.Patient or naru.Partner say, read once.
type form struct {
	structure reflect.Type
	fields    []field
	byName    map[string]int
	// byGoName finds fields that rules refer to, as not_before=DateFrom does.
	byGoName map[string]int
}

// field is one question of a form.
type field struct {
	name string
	kind fieldKind
	// required: always; conditional: depending on other fields.
	required, conditional bool
	// max is a length in characters or a greatest number, min a least
	// number; 0 for none.
	min, max int
	choices  []string
}

// fieldKind says how a field is read, normalised and asked for.
type fieldKind string

const (
	kindLine       fieldKind = "line"
	kindText       fieldKind = "text"
	kindChoice     fieldKind = "choice"
	kindDate       fieldKind = "date"
	kindCountry    fieldKind = "country"
	kindEmail      fieldKind = "email"
	kindPhone      fieldKind = "phone"
	kindWebsite    fieldKind = "website"
	kindDepartment fieldKind = "department"
	kindBoolean    fieldKind = "boolean"
	kindInteger    fieldKind = "integer"
)

// kindsByTag are the rules that decide a field's kind.
var kindsByTag = map[string]fieldKind{
	"single_line": kindLine, "text": kindText, "oneof": kindChoice, "date": kindDate, "past_date": kindDate, "country": kindCountry,
	"mailbox": kindEmail, "phone": kindPhone, "website": kindWebsite, "department": kindDepartment,
}

// maxMailbox is the length of an address in bytes, RFC 5321.
const maxMailbox = 254

func newForm(example any) form {
	f := form{structure: reflect.TypeOf(example), byName: map[string]int{}, byGoName: map[string]int{}}
	for i := range f.structure.NumField() {
		sf := f.structure.Field(i)
		name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		q := field{name: name}
		switch sf.Type {
		case reflect.TypeFor[*bool]():
			q.kind = kindBoolean
		case reflect.TypeFor[*int]():
			q.kind = kindInteger
		}
		for tag := range strings.SplitSeq(sf.Tag.Get("validate"), ",") {
			tag, param, _ := strings.Cut(tag, "=")
			switch {
			case tag == "required":
				q.required = true
			case strings.HasPrefix(tag, "required_"):
				q.conditional = true
			case tag == "min":
				q.min, _ = strconv.Atoi(param)
			case tag == "max":
				q.max, _ = strconv.Atoi(param)
			case tag == "oneof":
				q.choices = strings.Fields(param)
			}
			if kind, ok := kindsByTag[tag]; ok {
				q.kind = kind
			}
		}
		if q.kind == kindEmail {
			q.max = maxMailbox
		}
		f.byName[name], f.byGoName[sf.Name] = i, i
		f.fields = append(f.fields, q)
	}
	return f
}

// form is the form for the kind of inquiry, if there is one.
func (s *Service) form(kind string) (form, bool) {
	f, ok := s.forms[naru.Kind(kind)]
	return f, ok
}
