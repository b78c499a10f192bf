package api

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"naru/internal/knowledge"
	"naru/internal/naru"
)

// selection is what a request asks of a list.
type selection struct {
	// query has entities, years and text.
	query knowledge.Query
	// scope is one of the two lists of agreements, or empty for both.
	scope knowledge.Scope
	// format is "json", "csv" or empty for what Accept says.
	format string
	// restricted tells whether anything may have been filtered out.
	restricted bool
}

// covers tells whether the selection has a part in a relation.
func (s selection) covers(relation knowledge.Relation) bool {
	switch relation {
	case knowledge.OverseasAgreements:
		return s.scope != knowledge.Domestic
	case knowledge.DomesticAgreements:
		return s.scope != knowledge.Overseas
	}
	return true
}

// maxSearch is how long search words may be, in characters.
const maxSearch = 200

// entityFilters are the filters that name something: by its id, or as people
// call it in any language. Given more than once, they mean either.
var entityFilters = map[string][]knowledge.Kind{
	"country": {knowledge.Country}, "continent": {knowledge.Continent}, "department": {knowledge.Department},
	"cancer": {knowledge.Cancer}, "organ": {knowledge.Organ}, "indicator": {knowledge.Indicator}, "specialty": {knowledge.Specialty},
	"subject": {knowledge.Topic, knowledge.Subject},
}

// filters reads query strings.
type filters struct {
	// ids finds an entity by its folded id or name.
	ids map[knowledge.Kind]map[string]string
}

// newFilters learns all names. Of countries it knows also those that the
// dataset lacks: a filter for one selects nothing, which is an answer.
func newFilters(data Dataset, catalog Catalog) *filters {
	f := &filters{ids: make(map[knowledge.Kind]map[string]string)}
	learn := func(kind knowledge.Kind, id, name string) {
		if f.ids[kind] == nil {
			f.ids[kind] = make(map[string]string)
		}
		if name = knowledge.Fold(name); name == "" {
			return
		}
		if _, taken := f.ids[kind][name]; !taken {
			f.ids[kind][name] = id
		}
	}
	for _, kinds := range entityFilters {
		for _, kind := range kinds {
			for _, e := range data.Entities(kind) {
				learn(kind, e.ID, e.ID)
			}
			if kind == knowledge.Country {
				for _, country := range catalog.Countries(naru.Languages[0]) {
					learn(kind, country.Code, country.Code)
				}
			}
			for _, language := range naru.Languages {
				for _, e := range data.Entities(kind) {
					for _, name := range e.All(language) {
						learn(kind, e.ID, name)
					}
				}
			}
		}
	}
	for _, language := range naru.Languages {
		for _, country := range catalog.Countries(language) {
			learn(knowledge.Country, country.Code, country.Name)
		}
	}
	return f
}

// parse reads a query string. All that is wrong with it is told at once: names
// that are no filter of the list, and values that mean nothing. It answers 400,
// not 422: the fault is in the address, there is no content.
func (f *filters) parse(raw string, allowed []string) (selection, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return selection{}, naru.NewError(naru.KindMalformed, "malformed", err)
	}
	var s selection
	wrong := naru.NewError(naru.KindMalformed, "filter_invalid", nil)
	fail := func(name, code string, args map[string]any) {
		wrong.Fields = append(wrong.Fields, naru.FieldError{Pointer: naru.Pointer(printable(name)), Code: code, Args: args})
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case name == "language":
			continue // any tag that says something; see server.Language
		case name != "format" && !slices.Contains(allowed, name):
			fail(name, "filter_unknown", choices(append(slices.Clone(allowed), "format", "language")))
			continue
		}
		given := values[name]
		for i := range given {
			given[i] = strings.TrimSpace(given[i])
		}
		_, repeatable := entityFilters[name]
		switch {
		case slices.Contains(given, ""):
			fail(name, "filter_empty", nil)
		case len(given) > 1 && (!repeatable && name != "year" || name == "subject"), name == "text" && values.Has("q"):
			fail(name, "filter_repeated", nil)
		default:
			if code, args := f.take(&s, name, given); code != "" {
				fail(name, code, args)
			}
		}
	}
	if len(wrong.Fields) > 0 {
		return selection{}, wrong
	}
	return s, nil
}

// take adds one filter to the selection, or says what is wrong with it.
func (f *filters) take(s *selection, name string, given []string) (code string, args map[string]any) {
	s.restricted = s.restricted || name != "format"
	switch name {
	case "format":
		s.format = given[0]
		if s.format != "json" && s.format != "csv" {
			return "filter_value", choices([]string{"json", "csv"})
		}
	case "scope":
		s.scope = knowledge.Scope(given[0])
		if s.scope != knowledge.Overseas && s.scope != knowledge.Domestic {
			return "filter_value", choices([]string{string(knowledge.Overseas), string(knowledge.Domestic)})
		}
	case "year":
		for _, text := range given {
			year, err := strconv.Atoi(text)
			if err != nil || len(text) != 4 || year < 1000 {
				return "filter_year", nil
			}
			s.query.Years = append(s.query.Years, year)
		}
	case "q", "text":
		s.query.Text = given[0]
		if !utf8.ValidString(s.query.Text) || utf8.RuneCountInString(s.query.Text) > maxSearch || strings.ContainsFunc(s.query.Text, unicode.IsControl) {
			return "filter_text", map[string]any{"Max": maxSearch}
		}
		if knowledge.Fold(s.query.Text) == "" {
			return "filter_empty", nil
		}
	default:
		for _, text := range given {
			ref, ok := f.find(entityFilters[name], text)
			switch {
			case ok:
				s.query.Entities = append(s.query.Entities, ref)
			case name == "country":
				return "filter_country", nil
			default:
				return "filter_value", f.choices(entityFilters[name][0])
			}
		}
	}
	return "", nil
}

func (f *filters) find(kinds []knowledge.Kind, text string) (knowledge.Ref, bool) {
	folded := knowledge.Fold(text)
	for _, kind := range kinds {
		if id, ok := f.ids[kind][folded]; ok {
			return knowledge.Ref{Kind: kind, ID: id}, true
		}
	}
	return knowledge.Ref{}, false
}

// choices lists the ids of a kind.
func (f *filters) choices(kind knowledge.Kind) map[string]any {
	known := make(map[string]bool)
	for _, id := range f.ids[kind] {
		known[id] = true
	}
	return choices(slices.Sorted(maps.Keys(known)))
}

func choices(names []string) map[string]any {
	return map[string]any{"Choices": strings.Join(names, ", ")}
}

// printable keeps of a name what can stand in a message: at most 60 letters,
// digits and signs.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 60 {
		return string(runes[:60])
	}
	return name
}
