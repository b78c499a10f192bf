package intake

import (
	"context"
	"errors"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-playground/validator/v10"

	"naru/internal/locale"
	"naru/internal/naru"
)

// maxAge is in years.
const maxAge = 130

// rules are what the tags need to know besides the value.
type rules struct {
	now         func() time.Time
	isCountry   func(code string) bool
	departments []string
}

// newValidator registers the tags of the forms. It is built once: that takes
// longer than to validate.
func newValidator(r rules) *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	text := func(check func(string) bool) validator.Func {
		return func(fl validator.FieldLevel) bool { return check(fl.Field().String()) }
	}
	for tag, check := range map[string]validator.Func{
		"single_line": text(func(s string) bool { return lineProblem(s) == "" }),
		"text":        text(func(s string) bool { return textProblem(s) == "" }),
		"mailbox":     text(naru.Mailbox),
		"country":     text(r.isCountry),
		"date":        text(func(s string) bool { return dateProblem(s) == "" }),
		"past_date":   text(func(s string) bool { return r.birthProblem(s) == "" }),
		"department":  text(func(s string) bool { return slices.Contains(r.departments, s) }),
		"website":     text(isWebsite),
		"not_before":  notBefore,
	} {
		// It fails only for an empty tag or function.
		if err := v.RegisterValidation(tag, check); err != nil {
			panic(err)
		}
	}
	for tag, check := range map[string]validator.FuncCtx{
		"phone": phoneRule, "required_for_other": requiredForOther, "excluded_for_self": excludedForSelf, "required_for_minor": requiredForMinor,
	} {
		if err := v.RegisterValidationCtx(tag, check); err != nil {
			panic(err)
		}
	}
	return v
}

// findings are what the rules of single fields know of all answers, and what they
// learn besides whether the field is right, so that nothing is worked out twice.
type findings struct {
	// patient is nil for a partner's answers.
	patient *naru.Patient
	// country is where the patient lives or the institution is, as given.
	country string
	// e164 is the phone number in E.164 form; empty where none was given.
	e164 string
	// minor tells that the patient is a child.
	minor bool
}

type findingsKey struct{}

// findingsOf returns those of the answers that are being validated.
func findingsOf(ctx context.Context) *findings { return ctx.Value(findingsKey{}).(*findings) }

// check validates the answers. It returns every wrong field in the order of the
// form.
func (s *Service) check(ctx context.Context, f form, answers any) (found findings, wrong []naru.FieldError) {
	switch p := answers.(type) {
	case *naru.Patient:
		found = findings{patient: p, country: p.Residence, minor: rules{now: s.options.Clock}.minor(p.BirthDate)}
	case *naru.Partner:
		found.country = p.Country
	}
	// By value: what could be changed the library copies field by field to look at
	// it.
	err := s.validate.StructCtx(context.WithValue(ctx, findingsKey{}, &found), reflect.ValueOf(answers).Elem().Interface())
	if err == nil {
		return found, nil
	}
	var failed validator.ValidationErrors
	ok := errors.As(err, &failed)
	if !ok {
		panic(err) // not a struct: a bug
	}
	for _, e := range failed {
		wrong = append(wrong, s.describe(f, e))
	}
	return found, wrong
}

// describe turns a failed rule into a code and what its sentence needs.
func (s *Service) describe(f form, e validator.FieldError) naru.FieldError {
	q := f.fields[f.byName[e.Field()]]
	wrong := naru.FieldError{Pointer: "/" + q.name, Code: e.Tag()}
	value, _ := e.Value().(string)
	switch e.Tag() {
	case "required_for_other":
		wrong.Code = "required"
	case "required_for_minor":
		wrong.Code, wrong.Args = "guardian_required", map[string]any{"Age": naru.MinorAge}
	case "excluded_for_self":
		wrong.Code, wrong.Args = "not_applicable", map[string]any{"Other": locale.Key("field_name.writer")}
	case "oneof":
		wrong.Code, wrong.Args = "unknown_choice", map[string]any{"Choices": strings.Join(q.choices, ", ")}
	case "department":
		wrong.Code, wrong.Args = "unknown_choice", map[string]any{"Choices": strings.Join(s.options.Departments, ", ")}
	case "min", "max":
		wrong.Code, wrong.Args = "too_long", map[string]any{"Max": q.max}
		if q.kind == kindInteger {
			wrong.Code, wrong.Args = "out_of_range", map[string]any{"Min": q.min, "Max": q.max}
		}
	case "single_line":
		wrong.Code = lineProblem(value)
	case "text":
		wrong.Code = textProblem(value)
	case "date":
		wrong.Code = dateProblem(value)
	case "past_date":
		wrong.Code = rules{now: s.options.Clock}.birthProblem(value)
	case "not_before":
		wrong.Code = "date_order"
		wrong.Args = map[string]any{"Other": locale.Key("field_name." + f.fields[f.byGoName[e.Param()]].name)}
	}
	return wrong
}

// lineProblem returns the code of what is wrong with text of one line, or "".
func lineProblem(s string) string {
	for _, r := range s {
		switch {
		case r == '\n', r == '\r', r == '\v', r == '\f', r == '\u0085', r == '\u2028', r == '\u2029':
			return "line_break"
		case r == '<', r == '>':
			return "markup"
		}
		if problem := badCharacter(r); problem != "" {
			return problem
		}
	}
	return ""
}

// activeMarkup is what no one writes in a letter: the beginning of elements
// that run or load something.
var activeMarkup = regexp.MustCompile(`(?i)<\s*/?\s*(script|iframe|frame|object|embed|applet|svg|style|link|meta|base|form|html|body|img)\b`)

// textProblem is lineProblem for free text.
func textProblem(s string) string {
	// Most texts have no bracket, and the search costs more than all else.
	if strings.Contains(s, "<") && activeMarkup.MatchString(s) {
		return "markup"
	}
	for _, r := range s {
		if problem := badCharacter(r); problem != "" && r != '\n' && r != '\t' {
			return problem
		}
	}
	return ""
}

func badCharacter(r rune) string {
	switch {
	case r == '\u202d', r == '\u202e':
		return "direction_override"
	case unicode.IsControl(r), r == '\ufffe', r == '\uffff':
		return "control_characters"
	}
	return ""
}

// earliestYear and latestYear bound dates that are not births.
const (
	earliestYear = 1900
	latestYear   = 2200
)

func dateProblem(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < earliestYear || t.Year() > latestYear {
		return "date"
	}
	return ""
}

// birthProblem allows for writers in the time zone farthest ahead.
func (r rules) birthProblem(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	today := r.now().UTC().Add(14 * time.Hour)
	switch {
	case err != nil:
		return "date"
	case t.After(today):
		return "date_future"
	case t.Before(today.AddDate(-maxAge, 0, 0)):
		return "date_too_old"
	}
	return ""
}

// minor tells whether somebody born on the day is under 14 in Korea now. A day
// that is refused anyway counts as grown up, lest it cause more complaints.
func (r rules) minor(birth string) bool {
	return r.birthProblem(birth) == "" && naru.Patient{BirthDate: birth}.Minor(r.now())
}

func notBefore(fl validator.FieldLevel) bool {
	other := fl.Parent().FieldByName(fl.Param()).String()
	// Both are YYYY-MM-DD: text order is the order of time.
	return other == "" || dateProblem(other) != "" || fl.Field().String() >= other
}

// requiredForOther asks for a field when somebody else writes for the
// patient. As long as it is not known who writes, that alone is reported.
func requiredForOther(ctx context.Context, fl validator.FieldLevel) bool {
	switch findingsOf(ctx).patient.Writer {
	case "family", "agency", "physician":
		return fl.Field().String() != ""
	}
	return true
}

// excludedForSelf refuses a field about somebody who writes for the patient when
// the patient does. The library's excluded_if copies the whole form to look.
func excludedForSelf(ctx context.Context, fl validator.FieldLevel) bool {
	return findingsOf(ctx).patient.Writer != "self" || fl.Field().String() == ""
}

// requiredForMinor asks for a field when the patient is a child, unless the
// guardian is the one who writes.
func requiredForMinor(ctx context.Context, fl validator.FieldLevel) bool {
	p := findingsOf(ctx).patient
	return fl.Field().String() != "" || !findingsOf(ctx).minor || p.Writer != "self" && p.WriterAuthority == "legal_guardian"
}

func isWebsite(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || lineProblem(s) != "" || strings.ContainsAny(s, " \"\\") {
		return false
	}
	host := u.Hostname()
	last := host[strings.LastIndexByte(host, '.')+1:]
	_, number := strconv.Atoi(last)
	return strings.Contains(host, ".") && !strings.HasPrefix(host, ".") && last != "" && number != nil
}
