package web

import (
	"slices"
	"strconv"

	"naru/internal/knowledge"
)

// statistics are the series in the order of the page.
var statistics = []knowledge.Relation{
	knowledge.Patients, knowledge.Departments, knowledge.Survival, knowledge.Transplants, knowledge.Infrastructure, knowledge.Specialties,
}

// noteMissing says what the source page announces beside the patients and does
// not have.
const noteMissing = "no-nationality"

// figuresPage is the data of figures.html.
type figuresPage struct {
	words
	Statistics []statistic
	Hospitals  ranking
}

// statistic is a series as a table, beside its picture.
type statistic struct {
	ID, Title string
	// Picture is nil where none is drawn.
	Picture *Picture
	// Columns are the headings of the figures; Head is that of the rows.
	Head    string
	Columns []string
	Rows    []row
	// Marked notes hold for the cells with their number, General ones for all.
	Marked  []marked
	General []string
	Facts   []statement
	Source  quotation
	Quotes  []string
}

// marked is a note with the number by which cells refer to it.
type marked struct {
	Number int
	Text   string
}

// row is a line of a table.
type row struct {
	Head string
	// Label is what is printed in place of Head, where that differs.
	Label string
	Cells []cell
	// Total rows sum up the others, as printed.
	Total bool
}

// cell is a figure; Marks are the numbers of its notes.
type cell struct {
	Text  string
	Marks []int
}

// statement is what the source page says about a series.
type statement struct {
	Label, Text string
	// Foreign: Text is quoted as printed, in English.
	Foreign bool
	Notes   []string
}

// ranking is the list of ranked hospitals.
type ranking struct {
	Title     string
	Hospitals []hospital
	Notes     []string
	Source    quotation
	Facts     []statement
}

type hospital struct{ Name, Printed string }

func (p *pages) registerFigures() error {
	return p.same("figures", "figures", func(language string) any {
		w := p.words(language)
		data := figuresPage{words: w}
		for _, series := range statistics {
			if s, ok := w.statistic(series); ok {
				if picture, drawn := p.options.Content.Picture(s.ID, language); drawn {
					s.Picture = &picture
				}
				data.Statistics = append(data.Statistics, s)
			}
		}
		data.Hospitals = w.ranking()
		return data
	})
}

// statistic makes the table of a series; false when there are no figures.
func (w words) statistic(series knowledge.Relation) (statistic, bool) {
	figures := w.base.Observations(series)
	if len(figures) == 0 {
		return statistic{}, false
	}
	s := statistic{ID: string(series), Title: w.Series(string(series)), Source: w.quotation(figures[0].Citation())}
	m := &marker{words: w}
	if series == knowledge.Patients {
		figures = append(figures, w.base.Observations(knowledge.PatientsTotal)...)
		m.count(figures)
		w.byYear(&s, figures, m)
	} else {
		m.count(figures)
		w.byKey(&s, figures, series.KeyKind(), m)
	}
	for _, o := range figures {
		if !slices.Contains(s.Quotes, o.Quote) {
			s.Quotes = append(s.Quotes, o.Quote)
		}
	}
	if series == knowledge.Patients {
		m.general = append(m.general, noteMissing)
	}
	s.Facts, s.Marked, s.General = w.statements(string(series), m.general), m.marked, w.notes(m.general...)
	return s, true
}

// byYear has the years as they are read, and as printed where that differs.
func (w words) byYear(s *statistic, figures []*knowledge.Observation, m *marker) {
	s.Head, s.Columns = w.Label("year"), []string{w.column(figures[0].Unit)}
	for _, o := range figures {
		one := row{Head: strconv.Itoa(o.Year), Cells: []cell{{w.value(o), m.marks(o)}}}
		switch {
		case o.Year == 0:
			one.Head, one.Total = w.Series(o.Series), true
		case o.Label != one.Head:
			one.Label = o.Label
		}
		s.Rows = append(s.Rows, one)
	}
}

// byKey has a row for each key and, where figures are told apart by country, a
// column for each.
func (w words) byKey(s *statistic, figures []*knowledge.Observation, kind knowledge.Kind, m *marker) {
	s.Head = w.Label(string(kind))
	var columns, keys []string
	columnOf := func(o *knowledge.Observation) string { return o.Country + o.Region }
	for _, o := range figures {
		if !slices.Contains(columns, columnOf(o)) {
			columns = append(columns, columnOf(o))
			switch {
			case o.Country != "":
				s.Columns = append(s.Columns, w.setter.Set(w.language, w.Name(knowledge.Country, o.Country)))
			case o.Region != "":
				s.Columns = append(s.Columns, w.Name(knowledge.Region, o.Region))
			default:
				s.Columns = append(s.Columns, w.column(o.Unit))
			}
		}
		if !slices.Contains(keys, o.Of) {
			keys = append(keys, o.Of)
			s.Rows = append(s.Rows, row{Head: capital(w.Name(kind, o.Of))})
		}
	}
	for i := range s.Rows {
		s.Rows[i].Cells = make([]cell, len(columns))
	}
	for _, o := range figures {
		s.Rows[slices.Index(keys, o.Of)].Cells[slices.Index(columns, columnOf(o))] = cell{w.value(o), m.marks(o)}
	}
}

// column heads figures of a unit: as a unit stands after a number it is no
// heading in every language.
func (w words) column(unit string) string {
	key := "figures.column_" + unit
	if text := w.catalog.Text(w.language, key, nil); text != key {
		return text
	}
	return capital(w.Name(knowledge.Unit, unit))
}

// value writes a figure with its unit where the unit is a sign.
func (w words) value(o *knowledge.Observation) string {
	if o.Unit == "percent" {
		return w.catalog.Text(w.language, "chart.percent", map[string]any{"Number": w.figure(o.Value)})
	}
	return w.figure(o.Value)
}

// statements are the facts about a series, with their notes except those said
// already.
func (w words) statements(series string, said []string) []statement {
	var all []statement
	for i := range w.base.Facts() {
		f := &w.base.Facts()[i]
		if (f.Subject == knowledge.Ref{Kind: knowledge.Series, ID: series}) {
			one := w.statement(f)
			one.Notes = w.notes(slices.DeleteFunc(slices.Clone(f.Notes), func(id string) bool { return slices.Contains(said, id) })...)
			all = append(all, one)
		}
	}
	return all
}

func (w words) statement(f *knowledge.Fact) statement {
	s := statement{Label: capital(w.Name(knowledge.Attribute, f.Attribute))}
	switch {
	case f.Term != "":
		s.Text = w.setter.Set(w.language, capital(w.Name(knowledge.Term, f.Term)))
	case !f.Entity.IsZero():
		s.Text = w.Name(f.Entity.Kind, f.Entity.ID)
	case f.Number != "":
		s.Text = w.figure(f.Value)
	default:
		s.Text, s.Foreign = f.Text, true
	}
	return s
}

func (w words) ranking() ranking {
	r := ranking{Title: w.Series("hospitals")}
	var notes []string
	for i := range w.base.Hospitals() {
		h := &w.base.Hospitals()[i]
		one := hospital{Name: w.Name(knowledge.Institution, h.Institution)}
		if one.Name != h.Name {
			one.Printed = h.Name
		}
		r.Hospitals, r.Source = append(r.Hospitals, one), w.quotation(h.Citation())
		notes = append(notes, h.Notes...)
	}
	r.Facts, r.Notes = w.statements("hospitals", notes), w.notes(notes...)
	return r
}

// marker numbers the notes of single figures, and sets apart those of all.
type marker struct {
	words
	uses   map[string]int
	of     int
	number map[string]int
	marked []marked
	// general are the ids of notes that all figures have.
	general []string
}

func (m *marker) count(figures []*knowledge.Observation) {
	m.uses, m.number, m.of = map[string]int{}, map[string]int{}, len(figures)
	for _, o := range figures {
		for _, id := range o.Notes {
			m.uses[id]++
			if m.uses[id] == m.of {
				m.general = append(m.general, id)
			}
		}
	}
}

func (m *marker) marks(o *knowledge.Observation) []int {
	var marks []int
	for _, id := range o.Notes {
		if m.uses[id] == m.of {
			continue
		}
		if m.number[id] == 0 {
			m.number[id] = len(m.marked) + 1
			for _, text := range m.notes(id) {
				m.marked = append(m.marked, marked{m.number[id], text})
			}
		}
		marks = append(marks, m.number[id])
	}
	slices.Sort(marks)
	return marks
}
