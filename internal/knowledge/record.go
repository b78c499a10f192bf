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

// UnmarshalText reads YYYY-MM-DD and refuses days that do not exist.
func (d *Date) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.DateOnly, string(b))
	if err != nil {
		return fmt.Errorf("date %q is not a day written YYYY-MM-DD", b)
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
	classes     []string
}

// Classes gives the ids of the subject classes that the printed subject falls under.
func (a *Agreement) Classes() []string { return a.classes }
