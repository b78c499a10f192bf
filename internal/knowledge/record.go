package knowledge

import (
	"fmt"
	"time"
)

// Provenance says where a record comes from. Every record carries one.
type Provenance struct {
	ID      string   `yaml:"id" json:"id"`
	Source  string   `yaml:"source" json:"source"`   // the source page: its file name without extension
	Section string   `yaml:"section" json:"section"` // heading on that page
	Line    int      `yaml:"line" json:"line"`       // 1-based line of the page where the quote begins
	Quote   string   `yaml:"quote" json:"quote"`     // verbatim from the page, white space aside
	Notes   []string `yaml:"notes" json:"notes,omitempty"`
	file    string
	at      int
}

// Citation is what an answer shows of a provenance.
type Citation struct {
	Source  string `json:"source"`
	Section string `json:"section"`
	Line    int    `json:"line"`
	Quote   string `json:"quote"`
}

// Citation gives the part of the provenance that is shown to people.
func (p *Provenance) Citation() Citation {
	return Citation{Source: p.Source, Section: p.Section, Line: p.Line, Quote: p.Quote}
}

// Scope tells the two lists of agreements apart.
type Scope string

// The two lists.
const (
	Overseas Scope = "overseas"
	Domestic Scope = "domestic"
)

// Date is a calendar day as printed on a source page; the zero value means that none is printed.
type Date struct{ Year, Month, Day int }

// IsZero reports whether no date is printed.
func (d Date) IsZero() bool { return d == Date{} }

// String gives YYYY-MM-DD, or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Compare orders dates; the zero Date comes first.
func (d Date) Compare(o Date) int {
	return (d.Year-o.Year)*10000 + (d.Month-o.Month)*100 + d.Day - o.Day
}

// ReadOutline reads YYYY-MM-DD and refuses days that do not exist.
func (d *Date) ReadOutline(s string) error {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return fmt.Errorf("date %q is not a day written YYYY-MM-DD", s)
	}
	*d = Date{t.Year(), int(t.Month()), t.Day()}
	return nil
}

// MarshalText writes YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Agreement is one row of the two lists of agreements.
type Agreement struct {
	Provenance  `yaml:",inline"`
	Scope       Scope  `yaml:"scope" json:"scope"`
	Institution string `yaml:"institution" json:"institution"` // id of kind Institution
	Name        string `yaml:"name" json:"name"`               // as printed
	Continent   string `yaml:"continent" json:"continent,omitempty"`
	Country     string `yaml:"country" json:"country,omitempty"` // as listed; "" for domestic rows and rows under "Etc."
	Date        Date   `yaml:"date" json:"date,omitzero"`        // zero for overseas rows: their list has no dates
	Subject     string `yaml:"subject" json:"subject,omitempty"` // as printed; "" for overseas rows
	topics      []string
	subject     *Entity
}

// Topics gives the ids of the topics that the printed subject falls under.
func (a *Agreement) Topics() []string { return a.topics }

// SubjectEntity gives the names of the printed subject in all languages; nil for overseas rows.
func (a *Agreement) SubjectEntity() *Entity { return a.subject }

// WorkItem is one line of a project's work scope.
type WorkItem struct {
	Item    string `yaml:"item" json:"item"` // id of kind WorkScope
	Printed string `yaml:"printed" json:"printed"`
	Line    int    `yaml:"line" json:"line"`
}

// ProjectRecord is one row of the list of global healthcare projects.
type ProjectRecord struct {
	Provenance    `yaml:",inline"`
	Project       string     `yaml:"project" json:"project"`                 // id of kind Project
	Name          string     `yaml:"name" json:"name"`                       // as printed
	Countries     []string   `yaml:"countries" json:"countries,omitempty"`   // ISO codes
	Continents    []string   `yaml:"continents" json:"continents,omitempty"` // where the page names a continent instead
	Regions       []string   `yaml:"regions" json:"regions,omitempty"`
	Client        string     `yaml:"client" json:"client"` // id of kind Institution
	ClientPrinted string     `yaml:"client_printed" json:"client_printed"`
	Year          int        `yaml:"year" json:"year,omitempty"` // 0 when no year is printed
	Work          []WorkItem `yaml:"work" json:"work"`
}

// Observation is one figure of a statistic.
type Observation struct {
	Provenance `yaml:",inline"`
	Series     string  `yaml:"series" json:"series"`             // id of kind Series
	Of         string  `yaml:"of" json:"of,omitempty"`           // department, cancer, organ, indicator or specialty
	Country    string  `yaml:"country" json:"country,omitempty"` // ISO code
	Region     string  `yaml:"region" json:"region,omitempty"`   // "oecd" for the unlabelled second values
	Year       int     `yaml:"year" json:"year,omitempty"`       // as read; Label has what is printed
	Label      string  `yaml:"label" json:"label"`
	Printed    string  `yaml:"printed" json:"printed"`
	Unit       string  `yaml:"unit" json:"unit"` // id of kind Unit
	Value      Decimal `yaml:"-" json:"value"`
}

// Hospital is one entry of the ranking list.
type Hospital struct {
	Provenance  `yaml:",inline"`
	Institution string `yaml:"institution" json:"institution"`
	Name        string `yaml:"name" json:"name"` // as printed
}

// Contact says how a body can be reached.
type Contact struct {
	Provenance `yaml:",inline"`
	Body       string `yaml:"body" json:"body"`           // id of kind Institution
	Team       string `yaml:"team" json:"team,omitempty"` // id of kind Institution
	Person     string `yaml:"person" json:"person,omitempty"`
	Phone      string `yaml:"phone" json:"phone"` // as printed
	PhoneFirst string `yaml:"phone_first" json:"phone_first,omitempty"`
	PhoneLast  string `yaml:"phone_last" json:"phone_last,omitempty"`
	Email      string `yaml:"email" json:"email,omitempty"` // "" when the page prints none: never filled from elsewhere
}

// NewsItem is one item of the association's news; its title is the name of the entity of kind News with the same id,
// its summary is NewsSummary.
type NewsItem struct {
	Provenance   `yaml:",inline"`
	Institutions []string `yaml:"institutions" json:"institutions"`
	Date         Date     `yaml:"date" json:"date,omitzero"` // zero when no full date is printed
}

// Month is a year and month as printed.
type Month struct{ Year, Month int }

// ReadOutline reads YYYY-MM.
func (m *Month) ReadOutline(s string) error {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return fmt.Errorf("month %q is not written YYYY-MM", s)
	}
	*m = Month{t.Year(), int(t.Month())}
	return nil
}

// MarshalText writes YYYY-MM.
func (m Month) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%04d-%02d", m.Year, m.Month), nil
}

// IsZero reports whether no month is given.
func (m Month) IsZero() bool { return m == Month{} }

// Fact is one statement from a page's prose or a news item. Exactly one kind of value is set: Number (with Unit and
// perhaps Qualifier and Year), Date, Month, Year alone, Term, Entity or Text.
type Fact struct {
	Provenance `yaml:",inline"`
	Subject    Ref     `yaml:"subject" json:"subject"`
	About      string  `yaml:"about" json:"about,omitempty"` // the institution a news fact is about
	Attribute  string  `yaml:"attribute" json:"attribute"`   // id of kind Attribute
	Number     string  `yaml:"number" json:"number,omitempty"`
	Unit       string  `yaml:"unit" json:"unit,omitempty"`
	Qualifier  string  `yaml:"qualifier" json:"qualifier,omitempty"` // "", "about" or "more-than"
	Year       int     `yaml:"year" json:"year,omitempty"`
	Date       Date    `yaml:"date" json:"date,omitzero"`
	Month      Month   `yaml:"month" json:"month,omitzero"`
	Term       string  `yaml:"term" json:"term,omitempty"` // id of kind Term
	Entity     Ref     `yaml:"entity" json:"entity,omitzero"`
	Text       string  `yaml:"text" json:"text,omitempty"` // a proper name or words as printed
	Value      Decimal `yaml:"-" json:"-"`                 // Number, parsed
}

// IsZero reports whether the reference names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }
