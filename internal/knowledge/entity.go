package knowledge

import (
	"fmt"
	"slices"
	"strings"
)

// Languages are the codes of the nine languages of names, notes and answers, in the order of the site.
var Languages = [...]string{"en", "ko", "zh-Hans", "ja", "ru", "mn", "kk", "ar", "vi"}

// LanguageIndex gives the position of a language code in Languages, or 0 (English) for any other code.
func LanguageIndex(lang string) int {
	if i := slices.Index(Languages[:], lang); i > 0 {
		return i
	}
	return 0
}

// Kind says what sort of thing an entity is.
type Kind string

// The kinds of entities; the word in quotes is also the prefix of a Ref's text form.
const (
	Continent   Kind = "continent"
	Country     Kind = "country" // country or territory as listed; the id is its ISO 3166-1 alpha-2 code
	Region      Kind = "region"  // regions of projects that are neither country nor continent (CIS)
	Institution Kind = "institution"
	Type        Kind = "type" // what an institution is: hospital, university, …
	Department  Kind = "department"
	Cancer      Kind = "cancer"
	Organ       Kind = "organ"
	Specialty   Kind = "specialty"
	Indicator   Kind = "indicator" // OECD infrastructure values
	Project     Kind = "project"
	WorkScope   Kind = "workscope" // work items of projects
	Subject     Kind = "subject"   // subjects of agreements as printed
	Topic       Kind = "topic"     // topics of agreements: words in the printed subject
	News        Kind = "news"
	Term        Kind = "term"   // values of facts that are words, not figures
	Series      Kind = "series" // statistics as a whole
	Unit        Kind = "unit"
	Field       Kind = "field" // labels of the records' fields
	Attribute   Kind = "attribute"
)

// kindSections maps the section names of names/<language>.yaml to kinds.
var kindSections = map[string]Kind{
	"continents": Continent, "countries": Country, "regions": Region, "institutions": Institution, "types": Type,
	"departments": Department, "cancers": Cancer, "organs": Organ, "specialties": Specialty, "indicators": Indicator,
	"projects": Project, "workscopes": WorkScope, "subjects": Subject, "topics": Topic, "news": News, "terms": Term, "series": Series, "units": Unit,
	"fields": Field, "attributes": Attribute,
}

// Ref names one entity.
type Ref struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
}

// ReadOutline reads "kind:id".
func (r *Ref) ReadOutline(s string) error {
	kind, id, ok := strings.Cut(s, ":")
	if !ok || kind == "" || id == "" {
		return fmt.Errorf("%q is not written kind:id", s)
	}
	*r = Ref{Kind(kind), id}
	return nil
}

// String gives "kind:id".
func (r Ref) String() string { return string(r.Kind) + ":" + r.ID }

// Names are the names of one entity in one language.
type Names struct {
	Display string   // shown to people; never empty on an entity that was loaded
	Aliases []string // other names by which people know it, including abbreviations
	Loose   []string // short or ambiguous forms: enough to bind a question, not to recognise a writing institution
	Given   bool     // false when the language has no entry and Display is the English name
}

// Entity is a thing that records are about, with its names.
type Entity struct {
	Ref
	Names [len(Languages)]Names // in the order of Languages
	// Of institutions only:
	Types     []string // ids of kind Type
	Countries []string // ISO codes where it is, when no record says so
	Places    []string // cities and provinces that may stand beside its name
	Worldwide bool     // writes from any country
	order     int
}

// Name gives the name to show in a language.
func (e *Entity) Name(lang string) string { return e.Names[LanguageIndex(lang)].Display }

// English gives the English name; of institutions it is the name as printed on the source page.
func (e *Entity) English() string { return e.Names[0].Display }

// All gives every name in a language: display, aliases and loose forms.
func (e *Entity) All(lang string) []string {
	n := e.Names[LanguageIndex(lang)]
	if !n.Given && lang != Languages[0] {
		return nil
	}
	return append(append([]string{n.Display}, n.Aliases...), n.Loose...)
}

// parseNames reads "Display | alias | ~loose".
func parseNames(text string) Names {
	n := Names{Given: true}
	for i, part := range strings.Split(text, "|") {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case strings.HasPrefix(part, "~"):
			n.Loose = append(n.Loose, strings.TrimSpace(part[1:]))
		case i == 0:
			n.Display = part
		default:
			n.Aliases = append(n.Aliases, part)
		}
	}
	return n
}
