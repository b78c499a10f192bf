package chart

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"naru/internal/knowledge"
)

// form is the way a subject is drawn.
type form int

const (
	list    form = iota // one bar under each label
	grouped             // bars side by side under a heading
	columns             // a series in time
)

// subject is what a picture shows, before it has any place on paper.
type subject struct {
	name            string
	form            form
	title, subtitle string
	groups          []group
	// max is the value at the full length of a bar; full tells that it is a
	// natural limit, such as 100 %, worth showing.
	max  float64
	full bool
	// notes hold for all values; marked ones for those that carry their mark.
	notes  []string
	marked []string
	source string
}

type group struct {
	label string
	bars  []bar
}

type bar struct {
	label, value string
	size         float64
	// quiet bars are what the others are compared with.
	quiet bool
	// marks are positions in subject.marked, from 1.
	marks []int
}

// draughtsman draws in one language.
type draughtsman struct {
	Options
	language string
}

func (d draughtsman) text(key string, args map[string]any) string {
	return d.Catalog.Text(d.language, key, args)
}

// subjects gives all pictures in their order. A series that the dataset lacks
// has none.
func (d draughtsman) subjects() []subject {
	all := []subject{
		d.subject("patients", columns, knowledge.Patients, d.byYear),
		d.subject("departments", list, knowledge.Departments, d.byKey),
		d.subject("survival", grouped, knowledge.Survival, d.byPlace),
	}
	for _, cancer := range d.Dataset.Entities(knowledge.Cancer) {
		s := d.subjectOf("survival-"+cancer.ID, "survival", list, d.observations(knowledge.Survival, cancer.ID), d.byCountry)
		s.title = d.text("chart.title.survival_of", map[string]any{"Name": capitalised(cancer.Name(d.language))})
		all = append(all, s)
	}
	all = append(all,
		d.subject("transplants", list, knowledge.Transplants, d.byKey),
		d.subject("infrastructure", grouped, knowledge.Infrastructure, d.byPlace),
		d.subject("specialties", list, knowledge.Specialties, d.byKey),
	)
	return slices.DeleteFunc(all, func(s subject) bool { return len(s.groups) == 0 })
}

func (d draughtsman) observations(series knowledge.Relation, of string) []*knowledge.Observation {
	return slices.DeleteFunc(slices.Clone(d.Dataset.Observations(series)), func(o *knowledge.Observation) bool { return of != "" && o.Of != of })
}

// arrangement puts figures into groups; bar makes one of them with a label.
type arrangement func(figures []*knowledge.Observation, bar func(*knowledge.Observation, string) bar) []group

func (d draughtsman) subject(name string, f form, series knowledge.Relation, arrange arrangement) subject {
	return d.subjectOf(name, name, f, d.observations(series, ""), arrange)
}

func (d draughtsman) subjectOf(name, texts string, f form, figures []*knowledge.Observation, arrange arrangement) subject {
	s := subject{name: name, form: f, title: d.text("chart.title."+texts, nil), subtitle: d.text("chart.subtitle."+texts, nil)}
	if len(figures) == 0 {
		return s
	}
	said := make(map[string]int)
	for _, o := range figures {
		for _, id := range o.Notes {
			said[id]++
		}
		s.max = max(s.max, o.Value.Float())
	}
	mark := make(map[string]int)
	for _, o := range figures {
		for _, id := range o.Notes {
			note, known := d.Dataset.Note(id)
			if _, done := mark[id]; done || !known {
				continue
			}
			mark[id] = 0
			if said[id] == len(figures) {
				s.notes = append(s.notes, note.In(d.language))
				continue
			}
			s.marked = append(s.marked, note.In(d.language))
			mark[id] = len(s.marked)
		}
	}
	// Survival is read against everybody, not against the best.
	if series := knowledge.Relation(figures[0].Series); series == knowledge.Survival || series == knowledge.Transplants {
		s.max, s.full = max(s.max, 100), true
	}
	s.groups = arrange(figures, func(o *knowledge.Observation, label string) bar {
		b := bar{label: capitalised(label), value: d.value(o), size: o.Value.Float(), quiet: o.Region != "" || o.Country != "" && o.Country != "KR"}
		for _, id := range o.Notes {
			if mark[id] > 0 {
				b.marks = append(b.marks, mark[id])
			}
		}
		slices.Sort(b.marks)
		return b
	})
	s.source = d.source(figures[0].Source)
	return s
}

// byYear keeps the order of time.
func (d draughtsman) byYear(figures []*knowledge.Observation, bar func(*knowledge.Observation, string) bar) []group {
	figures = slices.Clone(figures)
	slices.SortStableFunc(figures, func(a, b *knowledge.Observation) int { return a.Year - b.Year })
	var g group
	for _, o := range figures {
		g.bars = append(g.bars, bar(o, itoa(o.Year)))
	}
	return []group{g}
}

// byKey puts the greatest first.
func (d draughtsman) byKey(figures []*knowledge.Observation, bar func(*knowledge.Observation, string) bar) []group {
	figures = slices.Clone(figures)
	slices.SortStableFunc(figures, func(a, b *knowledge.Observation) int { return b.Value.Cmp(a.Value) })
	var g group
	for _, o := range figures {
		g.bars = append(g.bars, bar(o, d.name(knowledge.Relation(o.Series).KeyKind(), o.Of)))
	}
	return []group{g}
}

// byCountry keeps the order of the page.
func (d draughtsman) byCountry(figures []*knowledge.Observation, bar func(*knowledge.Observation, string) bar) []group {
	var g group
	for _, o := range figures {
		g.bars = append(g.bars, bar(o, d.place(o)))
	}
	return []group{g}
}

// byPlace puts the places side by side under what they are compared in.
func (d draughtsman) byPlace(figures []*knowledge.Observation, bar func(*knowledge.Observation, string) bar) []group {
	var groups []group
	at := make(map[string]int)
	for _, o := range figures {
		i, known := at[o.Of]
		if !known {
			i = len(groups)
			at[o.Of] = i
			groups = append(groups, group{label: capitalised(d.name(knowledge.Relation(o.Series).KeyKind(), o.Of))})
		}
		groups[i].bars = append(groups[i].bars, bar(o, d.place(o)))
	}
	return groups
}

func (d draughtsman) place(o *knowledge.Observation) string {
	if o.Region != "" {
		return d.name(knowledge.Region, o.Region)
	}
	return d.name(knowledge.Country, o.Country)
}

func (d draughtsman) name(kind knowledge.Kind, id string) string {
	if e, ok := d.Dataset.Entity(knowledge.Ref{Kind: kind, ID: id}); ok {
		return e.Name(d.language)
	}
	return id
}

func (d draughtsman) value(o *knowledge.Observation) string {
	number := d.Catalog.Decimal(d.language, o.Value.Unscaled, int(o.Value.Scale))
	if o.Unit == "percent" {
		return d.text("chart.percent", map[string]any{"Number": number})
	}
	return number
}

// source names whose page the figures are from.
func (d draughtsman) source(id string) string {
	for _, s := range d.Dataset.Sources() {
		if s.ID == id {
			return d.text("chart.source", map[string]any{"Name": d.name(knowledge.Institution, s.Owner)})
		}
	}
	return ""
}

// capitalised writes a name as the first word of a line. Names whose second
// letter is a capital are written that way on purpose.
func capitalised(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	if second, _ := utf8.DecodeRuneInString(name[size:]); unicode.IsUpper(second) {
		return name
	}
	return strings.ToUpper(string(first)) + name[size:]
}
