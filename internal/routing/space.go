package routing

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-playground/validator/v10"
	"golang.org/x/text/language"

	"naru/internal/naru"
)

// space is everything an inquiry can be, as rules see it: a value in each of
// its dimensions.
type space struct {
	dimensions []dimension
	// continents has the countries of each continent.
	continents map[string][]string
	// bases are the parts of the space that inquiries of either kind fill.
	bases []box
}

// dimension is one thing rules look at. Values that are not listed are no
// value of it; "" stands for "not given" and for anything unlisted.
type dimension struct {
	name   string
	values []string
	index  map[string]int
	of     func(Facts) string
	// patient and partner are the values that inquiries of that kind can
	// have; nil: all.
	patient, partner []string
}

// continentCodes are UN M.49 areas. North America includes Central America and
// the Caribbean.
var continentCodes = map[string]string{
	"africa": "002", "asia": "142", "europe": "150", "north-america": "003", "south-america": "005", "oceania": "009",
}

// choices returns the values that the validate tag of a form's field allows,
// so that rules and forms cannot differ.
func choices(form any, field string) []string {
	f, _ := reflect.TypeOf(form).FieldByName(field)
	for rule := range strings.SplitSeq(f.Tag.Get("validate"), ",") {
		if list, ok := strings.CutPrefix(rule, "oneof="); ok {
			return strings.Fields(list)
		}
	}
	return nil
}

// countries lists the codes of ISO 3166-1, and the countries of each
// continent.
func countries() (all []string, byContinent map[string][]string) {
	iso := validator.New()
	byContinent = map[string][]string{}
	areas := map[string]language.Region{}
	for name, code := range continentCodes {
		areas[name] = language.MustParseRegion(code)
	}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			if iso.Var(code, "iso3166_1_alpha2") != nil {
				continue
			}
			all = append(all, code)
			region, err := language.ParseRegion(code)
			for name, area := range areas {
				if err == nil && area.Contains(region) {
					byContinent[name] = append(byContinent[name], code)
				}
			}
		}
	}
	return all, byContinent
}

// kindOf is the name of the dimension of the two forms.
const kindOf = "kind"

// teamOpen begins the name of the dimension that tells whether a team is open.
const teamOpen = "office_hours of "

func newSpace(o Options) *space {
	codes, continents := countries()
	none := []string{""}
	purposes, writers := choices(naru.Patient{}, "Purpose"), choices(naru.Patient{}, "Writer")
	topics, types := choices(naru.Partner{}, "Topic"), choices(naru.Partner{}, "Type")
	s := &space{continents: continents}
	add := func(name string, values []string, of func(Facts) string, patient, partner []string) {
		s.dimensions = append(s.dimensions, dimension{name: name, values: values, of: of, patient: patient, partner: partner})
	}
	kinds := []string{string(naru.KindPatient), string(naru.KindPartner)}
	add(kindOf, kinds, func(f Facts) string { return string(f.Kind) }, kinds[:1], kinds[1:])
	add("purpose", append(none, purposes...), func(f Facts) string { return f.Purpose }, purposes, none)
	add("writer", append(none, writers...), func(f Facts) string { return f.Writer }, writers, none)
	add("department", append(none, o.Departments...), func(f Facts) string { return f.Department }, nil, none)
	add("topic", append(none, topics...), func(f Facts) string { return f.Topic }, none, topics)
	add("institution_type", append(none, types...), func(f Facts) string { return f.InstitutionType }, none, types)
	add("country", append(none, codes...), func(f Facts) string { return f.Country }, nil, nil)
	add("language", naru.Languages, func(f Facts) string { return f.Language }, nil, nil)
	truth := []string{"false", "true"}
	add("known_partner", truth, func(f Facts) string { return strconv.FormatBool(f.KnownPartner) }, nil, nil)
	for _, t := range o.Teams {
		possible := truth
		if slices.Contains(o.AlwaysOpen, t.ID) {
			possible = truth[1:]
		}
		add(teamOpen+t.ID, truth, func(f Facts) string { return strconv.FormatBool(f.Open != nil && f.Open(t.ID)) }, possible, possible)
	}
	patient, partner := make(box, len(s.dimensions)), make(box, len(s.dimensions))
	for d := range s.dimensions {
		dim := &s.dimensions[d]
		dim.index = make(map[string]int, len(dim.values))
		for i, v := range dim.values {
			dim.index[v] = i
		}
		patient[d] = dim.set(orAll(dim.patient, dim.values))
		partner[d] = dim.set(orAll(dim.partner, dim.values))
	}
	s.bases = []box{patient, partner}
	return s
}

func orAll(some, all []string) []string {
	if some == nil {
		return all
	}
	return some
}

// set is the set of the values that the dimension knows.
func (d *dimension) set(values []string) bits {
	b := make(bits, (len(d.values)+63)/64)
	for _, v := range values {
		if i, ok := d.index[v]; ok {
			b[i/64] |= 1 << (i % 64)
		}
	}
	return b
}

// condition is one condition of a rule as written.
type condition struct {
	key    string
	values []string
}

// conditions lists those of a rule that are there, in the order of When.
func conditions(w When) []condition {
	var list []condition
	v := reflect.ValueOf(w)
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("yaml")
		switch value := v.Field(i).Interface().(type) {
		case []string:
			if value != nil {
				list = append(list, condition{key, value})
			}
		case *bool:
			if value != nil {
				list = append(list, condition{key, []string{strconv.FormatBool(*value)}})
			}
		}
	}
	return list
}

// wants is what a rule asks of a dimension, as written.
func wants(w When, dimension string) []string {
	var list []string
	for _, c := range conditions(w) {
		if c.key == dimension || dimension == "country" && c.key == "continent" || c.key == "office_hours" && strings.HasPrefix(dimension, teamOpen) {
			list = append(list, c.values...)
		}
	}
	return list
}

// box returns the values that meet a rule. Dimensions it says nothing of are
// nil.
func (s *space) box(r Rule) box {
	b := make(box, len(s.dimensions))
	narrow := func(name string, values []string) {
		for d := range s.dimensions {
			if dim := &s.dimensions[d]; dim.name == name {
				set := dim.set(values)
				if b[d] != nil {
					set = set.and(b[d])
				}
				b[d] = set
			}
		}
	}
	for _, c := range conditions(r.When) {
		switch c.key {
		case "continent":
			var all []string
			for _, name := range c.values {
				all = append(all, s.continents[name]...)
			}
			narrow("country", all)
		case "office_hours":
			narrow(teamOpen+r.Team, c.values)
		default:
			narrow(c.key, c.values)
		}
	}
	return b
}

// box is a set of values for each dimension; together their product. A nil
// set has all values.
type box []bits

// bits is a set of the numbers of a dimension's values.
type bits []uint64

func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bits) empty() bool { return !slices.ContainsFunc(b, func(w uint64) bool { return w != 0 }) }

func (b bits) and(other bits) bits { return b.each(other, func(x, y uint64) uint64 { return x & y }) }

func (b bits) without(other bits) bits {
	return b.each(other, func(x, y uint64) uint64 { return x &^ y })
}

func (b bits) each(other bits, f func(x, y uint64) uint64) bits {
	result := make(bits, len(b))
	for i := range b {
		result[i] = f(b[i], other[i])
	}
	return result
}

// within returns the part of b in base, a box without nil sets; false when
// there is none.
func (b box) within(base box) (box, bool) {
	part := make(box, len(b))
	for d := range b {
		part[d] = base[d]
		if b[d] != nil {
			part[d] = base[d].and(b[d])
		}
		if part[d].empty() {
			return nil, false
		}
	}
	return part, true
}

// minus returns the parts of b, a box without nil sets, outside other. They
// do not overlap.
func (b box) minus(other box) []box {
	if _, meets := other.within(b); !meets {
		return []box{b}
	}
	var parts []box
	rest := slices.Clone(b)
	for d := range b {
		if other[d] == nil {
			continue
		}
		if outside := rest[d].without(other[d]); !outside.empty() {
			part := slices.Clone(rest)
			part[d] = outside
			parts = append(parts, part)
		}
		rest[d] = rest[d].and(other[d])
	}
	return parts
}

// allowedValues are what a condition may name.
func (s *space) allowedValues(key string) []string {
	switch key {
	case "continent":
		names := make([]string, 0, len(s.continents))
		for name := range s.continents {
			names = append(names, name)
		}
		slices.SortFunc(names, cmp.Compare)
		return names
	case "known_partner", "office_hours":
		return []string{"false", "true"}
	}
	for _, dim := range s.dimensions {
		if dim.name == key {
			return slices.DeleteFunc(slices.Clone(dim.values), func(v string) bool { return v == "" })
		}
	}
	return nil
}
