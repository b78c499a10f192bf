package knowledge

import "strings"

// binder checks one record after another against the entities, sources and notes.
type binder struct {
	*loader
	base *Base
	seen map[string]bool
	p    *Provenance
}

// bind checks all references, derives what follows from the records, and builds the rows.
func (l *loader) bind(b *Base) {
	k := &binder{loader: l, base: b, seen: map[string]bool{}}
	for i := range b.agreements {
		k.agreement(&b.agreements[i])
	}
	for i := range b.projects {
		k.project(&b.projects[i])
	}
	for i := range b.observations {
		k.observation(&b.observations[i])
	}
	for i := range b.hospitals {
		h := &b.hospitals[i]
		k.record(&h.Provenance)
		k.ref(Institution, h.Institution)
		k.printed(h.Name)
	}
	for i := range b.contacts {
		c := &b.contacts[i]
		k.record(&c.Provenance)
		k.ref(Institution, c.Body)
		k.optional(Institution, c.Team)
		k.printed(c.Phone)
		k.printed(c.Email)
		k.printed(c.Person)
	}
	for i := range b.news {
		n := &b.news[i]
		k.record(&n.Provenance)
		k.ref(News, n.ID)
		for _, inst := range n.Institutions {
			k.ref(Institution, inst)
		}
	}
	for i := range b.facts {
		k.fact(&b.facts[i])
	}
	if len(l.problems) > 0 {
		return
	}
	b.buildRows()
	for _, r := range b.rows {
		b.byID[r.ID] = r
	}
}

func (k *binder) bad(format string, args ...any) {
	k.add(k.p.file, k.p.at, "%q: "+format, append([]any{k.p.ID}, args...)...)
}

// record checks what every record has.
func (k *binder) record(p *Provenance) {
	k.p = p
	switch {
	case p.ID == "":
		k.bad("a record needs an id")
	case k.seen[p.ID]:
		k.bad("the id is used twice")
	}
	k.seen[p.ID] = true
	if p.Quote == "" || p.Section == "" || p.Line <= 0 {
		k.bad("quote, section and line are required")
	}
	if k.base.sources[p.Source] == nil {
		k.bad("source %q is not in sources.yaml", p.Source)
	}
	for _, n := range p.Notes {
		if k.base.notes[n] == nil {
			k.bad("note %q is not in notes.yaml", n)
		}
	}
}

func (k *binder) ref(kind Kind, id string) {
	if _, ok := k.base.entities[Ref{kind, id}]; !ok {
		k.bad("%s %q is not in names/en.yaml", kind, id)
	}
}

func (k *binder) optional(kind Kind, id string) {
	if id != "" {
		k.ref(kind, id)
	}
}

// printed checks that a value said to be printed is in the quote.
func (k *binder) printed(text string) {
	if !strings.Contains(squeeze(k.p.Quote), squeeze(text)) {
		k.bad("the quote does not contain %q", text)
	}
}

func (k *binder) agreement(a *Agreement) {
	b := k.base
	k.record(&a.Provenance)
	k.optional(Country, a.Country)
	k.optional(Continent, a.Continent)
	k.printed(a.Name)
	k.printed(a.Subject)
	switch a.Scope {
	case Overseas:
	case Domestic:
		if a.Date.IsZero() || a.Subject == "" {
			k.bad("a domestic agreement needs a date and a subject")
		}
	default:
		k.bad("scope is %q, wanted overseas or domestic", a.Scope)
	}
	if a.Name == "" || a.Institution == "" {
		k.bad("institution and name are required")
		return
	}
	k.bare(Institution, a.Institution, a.Name)
	if a.Subject == "" {
		return
	}
	for _, e := range b.byKind[Subject] {
		if e.English() == a.Subject {
			a.subject = e
		}
	}
	if a.subject == nil {
		a.subject = k.bare(Subject, strings.ReplaceAll(Fold(a.Subject), " ", "-"), a.Subject)
	}
	for _, t := range b.topics {
		if t.matches(a.Subject) {
			a.topics = append(a.topics, t.ID)
		}
	}
}

// bare gives the entity, made from its printed name when the names files do not have it.
func (k *binder) bare(kind Kind, id, name string) *Entity {
	if e, ok := k.base.entities[Ref{kind, id}]; ok {
		return e
	}
	e := &Entity{Ref: Ref{kind, id}}
	for i := range e.Names {
		e.Names[i].Display = name
	}
	e.Names[0].Given = true
	k.base.addEntity(e)
	return e
}

func (k *binder) project(p *ProjectRecord) {
	k.record(&p.Provenance)
	k.printed(p.Name)
	k.printed(p.ClientPrinted)
	k.bare(Project, p.Project, p.Name)
	k.bare(Institution, p.Client, p.ClientPrinted)
	for _, c := range p.Countries {
		k.ref(Country, c)
	}
	for _, c := range p.Continents {
		k.ref(Continent, c)
	}
	for _, r := range p.Regions {
		k.ref(Region, r)
	}
	if len(p.Work) == 0 || len(p.Countries)+len(p.Continents)+len(p.Regions) == 0 {
		k.bad("a project needs work items and a country, continent or region")
	}
	for _, w := range p.Work {
		k.bare(WorkScope, w.Item, w.Printed)
	}
}

func (k *binder) observation(o *Observation) {
	k.record(&o.Provenance)
	k.ref(Series, o.Series)
	k.ref(Unit, o.Unit)
	k.optional(Country, o.Country)
	k.optional(Region, o.Region)
	kind := keyKind[Relation(o.Series)]
	switch {
	case kind != "":
		k.ref(kind, o.Of)
	case o.Of != "":
		k.bad("series %q is not broken down, of is %q", o.Series, o.Of)
	}
	if Relation(o.Series) == Patients && o.Year == 0 {
		k.bad("a figure by year needs a year")
	}
	value, err := ParseDecimal(o.Printed)
	if err != nil {
		k.bad("%v", err)
	}
	o.Value = value
	k.printed(o.Printed)
	k.printed(o.Label)
}

func (k *binder) fact(f *Fact) {
	k.record(&f.Provenance)
	k.ref(f.Subject.Kind, f.Subject.ID)
	k.ref(Attribute, f.Attribute)
	k.optional(Institution, f.About)
	k.optional(Term, f.Term)
	if !f.Entity.IsZero() {
		k.ref(f.Entity.Kind, f.Entity.ID)
	}
	values := 0
	for _, set := range []bool{f.Number != "", !f.Date.IsZero(), !f.Month.IsZero(), f.Term != "", !f.Entity.IsZero(), f.Text != ""} {
		if set {
			values++
		}
	}
	if values > 1 || values == 0 && f.Year == 0 {
		k.bad("a fact has exactly one value, this one has %d", values)
	}
	if f.Qualifier != "" && f.Qualifier != "about" && f.Qualifier != "more-than" {
		k.bad("qualifier %q is not about or more-than", f.Qualifier)
	}
	if f.Number == "" {
		return
	}
	k.ref(Unit, f.Unit)
	value, err := ParseDecimal(f.Number)
	if err != nil {
		k.bad("%v", err)
	}
	f.Value = value
	k.printed(f.Number)
}
