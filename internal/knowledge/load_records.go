package knowledge

import (
	"slices"
	"strings"
)

// topicRule defines a topic by words of the printed subject.
type topicRule struct {
	ID       string
	Contains []string `yaml:"contains"`
	Equals   []string `yaml:"equals"`
}

func (t topicRule) matches(subject string) bool {
	lower := strings.ToLower(subject)
	for _, c := range t.Contains {
		if strings.Contains(lower, strings.ToLower(c)) {
			return true
		}
	}
	for _, e := range t.Equals {
		if lower == strings.ToLower(e) {
			return true
		}
	}
	return false
}

func (l *loader) loadSources(b *Base) {
	const file = "sources.yaml"
	for _, v := range l.entries(file) {
		var in struct {
			Title string `yaml:"title"`
			Owner string `yaml:"owner"`
		}
		if !l.decode(file, &v, &in) {
			continue
		}
		s := &Source{ID: v.Key, Title: in.Title, Owner: in.Owner}
		l.checkRef(b, file, v.Line, "source "+s.ID, Institution, s.Owner)
		b.sources[s.ID] = s
		b.sourceOrder = append(b.sourceOrder, s)
	}
}

func (l *loader) loadTopics(b *Base) {
	const file = "subjects.yaml"
	for _, v := range l.entries(file) {
		t := topicRule{ID: v.Key}
		if !l.decode(file, &v, &t) {
			continue
		}
		if len(t.Contains)+len(t.Equals) == 0 {
			l.add(file, v.Line, "topic %q has neither contains nor equals", t.ID)
		}
		l.checkRef(b, file, v.Line, "subjects", Topic, t.ID)
		b.topics = append(b.topics, t)
	}
}

func (l *loader) loadRecords(b *Base, folders map[string][]string) {
	for _, f := range folders["agreements"] {
		list, h := records(l, f, func(a *Agreement) *Provenance { return &a.Provenance })
		for i := range list {
			if list[i].Scope == "" {
				list[i].Scope = h.Scope
			}
		}
		b.agreements = append(b.agreements, list...)
	}
	// overseas first, as on the page; files come in alphabetical order
	slices.SortStableFunc(b.agreements, func(x, y Agreement) int { return -strings.Compare(string(x.Scope), string(y.Scope)) })
	for _, f := range folders["statistics"] {
		list, h := records(l, f, func(o *Observation) *Provenance { return &o.Provenance })
		for i := range list {
			o := &list[i]
			if o.Series == "" {
				o.Series = h.Series
			}
			if o.Unit == "" {
				o.Unit = h.Unit
			}
		}
		b.observations = append(b.observations, list...)
	}
	for _, f := range folders["facts"] {
		list, _ := records(l, f, func(f *Fact) *Provenance { return &f.Provenance })
		b.facts = append(b.facts, list...)
	}
	b.projects, _ = records(l, "projects.yaml", func(p *ProjectRecord) *Provenance { return &p.Provenance })
	b.hospitals, _ = records(l, "hospitals.yaml", func(h *Hospital) *Provenance { return &h.Provenance })
	b.contacts, _ = records(l, "contacts.yaml", func(c *Contact) *Provenance { return &c.Provenance })
	b.news, _ = records(l, "news.yaml", func(n *NewsItem) *Provenance { return &n.Provenance })
}

// loadGeography fills in the continents of countries that no row lists under one.
func (l *loader) loadGeography(b *Base) {
	const file = "geography.yaml"
	for _, a := range b.agreements {
		if a.Country != "" && a.Continent != "" && b.continentOf[a.Country] == "" {
			b.continentOf[a.Country] = a.Continent
		}
	}
	for _, v := range l.entries(file) {
		country, continent := v.Key, l.scalar(file, &v)
		l.checkRef(b, file, v.Line, "geography", Country, country)
		l.checkRef(b, file, v.Line, "geography", Continent, continent)
		if listed := b.continentOf[country]; listed != "" {
			l.add(file, v.Line, "%s is listed under %s already", country, listed)
			continue
		}
		b.continentOf[country] = continent
	}
}

func (l *loader) loadNotes(b *Base) {
	const file = "notes.yaml"
	for _, v := range l.entries(file) {
		var in struct {
			Anomaly   int        `yaml:"anomaly"`
			Printed   string     `yaml:"printed"`
			Reading   string     `yaml:"reading"`
			Certainty Certainty  `yaml:"certainty"`
			Relations []Relation `yaml:"relations"`
			Ops       []Op       `yaml:"ops"`
			Whole     bool       `yaml:"whole"`
		}
		line := v.Line
		if !l.decode(file, &v, &in) {
			continue
		}
		if !slices.Contains([]Certainty{Certain, NearCertain, Likely, Unclear}, in.Certainty) {
			l.add(file, line, "note %q: certainty %q is not certain, near-certain, likely or unclear", v.Key, in.Certainty)
		}
		for _, r := range in.Relations {
			if r != Agreements && !slices.Contains(Relations[:], r) {
				l.add(file, line, "note %q: relation %q does not exist", v.Key, r)
			}
		}
		for _, o := range in.Ops {
			if !slices.Contains(Ops[:], o) {
				l.add(file, line, "note %q: operation %q does not exist", v.Key, o)
			}
		}
		n := &Note{ID: v.Key, Anomaly: in.Anomaly, Printed: in.Printed, Reading: in.Reading, Certainty: in.Certainty, Relations: in.Relations, Ops: in.Ops, Whole: in.Whole}
		b.notes[n.ID] = n
		b.noteOrder = append(b.noteOrder, n)
	}
}

// loadTexts reads texts/<language>.yaml: the sentences of the notes and the summaries of the news.
func (l *loader) loadTexts(b *Base, files []string) {
	for i, lang := range Languages {
		file := "texts/" + lang + ".yaml"
		if !slices.Contains(files, file) {
			l.add(file, 0, "is missing")
			continue
		}
		for _, section := range l.entries(file) {
			name := section.Key
			if name != "notes" && name != "summaries" {
				l.add(file, section.Line, "unknown section %q", name)
				continue
			}
			for _, v := range l.mapping(file, &section) {
				id, text := v.Key, strings.TrimSpace(l.scalar(file, &v))
				if name == "notes" {
					if n := b.notes[id]; n != nil {
						n.Text[i] = text
					} else {
						l.add(file, v.Line, "note %q is not in notes.yaml", id)
					}
					continue
				}
				s := b.summaries[id]
				s[i] = text
				b.summaries[id] = s
			}
		}
		for _, n := range b.noteOrder {
			if n.Text[i] == "" {
				l.add(file, 0, "note %q has no text", n.ID)
			}
		}
		for _, n := range b.news {
			if b.summaries[n.ID][i] == "" {
				l.add(file, 0, "news %q has no summary", n.ID)
			}
		}
	}
}

// checkRef reports an id that names no entity; an empty id is an error too.
func (l *loader) checkRef(b *Base, file string, line int, what string, kind Kind, id string) {
	if _, ok := b.entities[Ref{kind, id}]; !ok {
		l.add(file, line, "%s: %s %q is not in names/en.yaml", what, kind, id)
	}
}
