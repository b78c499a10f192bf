package knowledge

import "strings"

import "slices"

// Relation names a table of the dataset.
type Relation string

// The relations.
const (
	Agreements         Relation = "agreements" // both lists
	OverseasAgreements Relation = "overseas"
	DomesticAgreements Relation = "domestic"
	Projects           Relation = "projects"
	Patients           Relation = "patients"       // by year
	PatientsTotal      Relation = "patients-total" // the printed total
	Departments        Relation = "departments"
	Survival           Relation = "survival"
	Transplants        Relation = "transplants"
	Infrastructure     Relation = "infrastructure"
	Specialties        Relation = "specialties"
	Hospitals          Relation = "hospitals"
	NewsItems          Relation = "news"
	Facts              Relation = "facts"
	Contacts           Relation = "contacts"
)

// Relations lists all relations that hold rows of their own.
var Relations = [...]Relation{
	OverseasAgreements, DomesticAgreements, Projects, Patients, PatientsTotal, Departments, Survival, Transplants,
	Infrastructure, Specialties, Hospitals, NewsItems, Facts, Contacts,
}

// keyKind says which kind of entity a statistic is broken down by.
var keyKind = map[Relation]Kind{
	Departments: Department, Survival: Cancer, Transplants: Organ, Infrastructure: Indicator, Specialties: Specialty,
}

// KeyKind gives the kind of entity that a statistic is broken down by; "" for other relations.
func (r Relation) KeyKind() Kind { return keyKind[r] }

// Row is a record in the uniform shape that queries work on. Exactly one of the pointers at its end is set.
type Row struct {
	*Provenance
	Relation Relation
	Refs     []Ref // every entity the record is about; institutions that are clients or news subjects included
	Date     Date
	Year     int     // of the date, or as read from the label; 0 when none is printed
	Value    Decimal // meaningful when HasValue
	HasValue bool
	Unit     string // id of kind Unit

	Agreement   *Agreement
	Project     *ProjectRecord
	Observation *Observation
	Hospital    *Hospital
	News        *NewsItem
	Fact        *Fact
	Contact     *Contact

	text string // folded, for text search; filled by Base.foldTexts
}

// Has reports whether the record is about an entity.
func (r *Row) Has(ref Ref) bool { return slices.Contains(r.Refs, ref) }

// Ref gives the first entity of a kind that the record is about.
func (r *Row) Ref(kind Kind) (Ref, bool) {
	for _, ref := range r.Refs {
		if ref.Kind == kind {
			return ref, true
		}
	}
	return Ref{}, false
}

func (b *Base) buildRows() {
	add := func(r Row) {
		b.rows = append(b.rows, &r)
	}
	for i := range b.agreements {
		a := &b.agreements[i]
		rel := OverseasAgreements
		if a.Scope == Domestic {
			rel = DomesticAgreements
		}
		r := Row{Provenance: &a.Provenance, Relation: rel, Date: a.Date, Year: a.Date.Year, Agreement: a}
		r.Refs = append(r.Refs, Ref{Institution, a.Institution})
		r.Refs = appendRefs(r.Refs, Country, a.Country)
		r.Refs = appendRefs(r.Refs, Continent, a.Continent)
		r.Refs = appendRefs(r.Refs, Type, b.entities[Ref{Institution, a.Institution}].Types...)
		r.Refs = appendRefs(r.Refs, Topic, a.topics...)
		if a.subject != nil {
			r.Refs = append(r.Refs, a.subject.Ref)
		}
		add(r)
	}
	for i := range b.projects {
		p := &b.projects[i]
		r := Row{Provenance: &p.Provenance, Relation: Projects, Year: p.Year, Project: p}
		r.Refs = appendRefs(r.Refs, Project, p.Project)
		r.Refs = appendRefs(r.Refs, Country, p.Countries...)
		r.Refs = appendRefs(r.Refs, Continent, p.Continents...)
		for _, c := range p.Countries {
			r.Refs = appendRefs(r.Refs, Continent, b.continentOf[c])
		}
		r.Refs = appendRefs(r.Refs, Region, p.Regions...)
		r.Refs = appendRefs(r.Refs, Institution, p.Client)
		for _, w := range p.Work {
			r.Refs = appendRefs(r.Refs, WorkScope, w.Item)
		}
		add(r)
	}
	for i := range b.observations {
		o := &b.observations[i]
		r := Row{Provenance: &o.Provenance, Relation: Relation(o.Series), Year: o.Year, Value: o.Value, HasValue: true, Unit: o.Unit, Observation: o}
		r.Refs = appendRefs(r.Refs, keyKind[r.Relation], o.Of)
		r.Refs = appendRefs(r.Refs, Country, o.Country)
		r.Refs = appendRefs(r.Refs, Region, o.Region)
		add(r)
	}
	for i := range b.hospitals {
		h := &b.hospitals[i]
		add(Row{Provenance: &h.Provenance, Relation: Hospitals, Hospital: h, Refs: []Ref{{Institution, h.Institution}}})
	}
	for i := range b.news {
		n := &b.news[i]
		r := Row{Provenance: &n.Provenance, Relation: NewsItems, News: n, Date: n.Date, Year: n.Date.Year, Refs: []Ref{{News, n.ID}}}
		r.Refs = appendRefs(r.Refs, Institution, n.Institutions...)
		add(r)
	}
	for i := range b.facts {
		f := &b.facts[i]
		r := Row{Provenance: &f.Provenance, Relation: Facts, Fact: f, Date: f.Date, Year: f.Year, Value: f.Value, HasValue: f.Number != "", Unit: f.Unit}
		r.Refs = append(r.Refs, f.Subject, Ref{Attribute, f.Attribute})
		r.Refs = appendRefs(r.Refs, Institution, f.About)
		r.Refs = appendRefs(r.Refs, Term, f.Term)
		if !f.Entity.IsZero() {
			r.Refs = append(r.Refs, f.Entity)
		}
		add(r)
	}
	for i := range b.contacts {
		c := &b.contacts[i]
		r := Row{Provenance: &c.Provenance, Relation: Contacts, Contact: c}
		r.Refs = appendRefs(r.Refs, Institution, c.Body, c.Team)
		add(r)
	}
}

func appendRefs(refs []Ref, kind Kind, ids ...string) []Ref {
	for _, id := range ids {
		if id != "" && !slices.Contains(refs, Ref{kind, id}) {
			refs = append(refs, Ref{kind, id})
		}
	}
	return refs
}

// rowText gives the words by which a text filter finds a record: its quote and the names of its entities.
func (b *Base) rowText(r *Row) string {
	var text strings.Builder
	text.WriteString(r.Quote)
	for _, ref := range r.Refs {
		switch ref.Kind {
		case Institution, Subject, Project, News, Country:
			if e := b.entities[ref]; e != nil {
				for i := range e.Names {
					if e.Names[i].Given {
						text.WriteString(" \n " + e.Names[i].Display)
					}
				}
			}
		}
	}
	return text.String()
}
