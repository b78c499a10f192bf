package chat

import (
	"naru/internal/knowledge"
)

// dataset is the knowledge base in the shape in which questions are answered.
type dataset struct {
	figures            map[string][]figure
	total              figure
	secondNote         []string
	overseas, domestic rows
	byInstitution      map[string]rows
	// institutionOf gives the institution of an agreement's record.
	institutionOf map[string]string
	// countryOf gives the country of each institution listed.
	countryOf            map[string]string
	countries            []string
	etc                  int
	domesticInstitutions int
	projects             []*project
	hospitals            []hospital
	facts                map[string]*knowledge.Fact
	// holder is the body whose agreements are listed.
	holder string
	// owner holds the bodies whose data this is: naming them adds nothing.
	owner                                                   map[string]bool
	overseasHead, domesticHead, projectsHead, hospitalsHead knowledge.Citation
	note                                                    func(lang, id string) string
}

// project is one global healthcare project.
type project struct {
	id, name                       string
	countries, regions, continents []string
	client                         string
	scope, work                    []string
	cite                           knowledge.Citation
	notes                          []string
}

// hospital is one ranked hospital.
type hospital struct {
	id, name string
	cite     knowledge.Citation
	notes    []string
}

// figureRelations are the relations whose records are figures.
var figureRelations = []string{relPatients, relDepartments, relCancers, relTransplants, relIndicators, relSpecialties}

// newDataset indexes the knowledge base.
func newDataset(base *knowledge.Base) *dataset {
	d := &dataset{figures: map[string][]figure{}, byInstitution: map[string]rows{}, institutionOf: map[string]string{}, countryOf: map[string]string{}, owner: map[string]bool{}, facts: map[string]*knowledge.Fact{}}
	d.note = func(lang, id string) string {
		if n, ok := base.Note(id); ok {
			return n.In(lang)
		}
		return ""
	}
	for _, s := range base.Sources() {
		d.owner[s.Owner] = true
	}
	d.addAgreements(base)
	if len(d.overseas) > 0 {
		for _, s := range base.Sources() {
			if s.ID == d.overseas[0].Source {
				d.holder = s.Owner
			}
		}
	}
	for _, rel := range figureRelations {
		for _, o := range base.Observations(knowledge.Relation(rel)) {
			d.figures[rel] = append(d.figures[rel], newFigure(o))
		}
	}
	for _, o := range base.Observations(knowledge.PatientsTotal) {
		d.total = newFigure(o)
	}
	for i := range base.Projects() {
		p := &base.Projects()[i]
		q := &project{id: p.Project, name: p.Name, countries: p.Countries, regions: p.Regions, continents: p.Continents, client: p.Client, cite: p.Citation(), notes: p.Notes}
		for _, w := range p.Work {
			q.scope, q.work = append(q.scope, w.Printed), append(q.work, w.Item)
		}
		d.projects = append(d.projects, q)
		d.projectsHead = sectionOf(p.Citation())
	}
	for _, h := range base.Hospitals() {
		d.countryOf[h.Institution] = korea
		d.hospitals = append(d.hospitals, hospital{id: h.Institution, name: h.Name, cite: h.Citation(), notes: h.Notes})
		d.hospitalsHead = sectionOf(h.Citation())
	}
	for i := range base.Facts() {
		f := &base.Facts()[i]
		d.facts[f.ID] = f
	}
	return d
}

func newFigure(o *knowledge.Observation) figure {
	f := figure{id: o.ID, key: o.Of, country: o.Country, year: o.Year, value: o.Value.Float(), printed: o.Value.String(), cite: o.Citation(), notes: o.Notes}
	if o.Region != "" {
		f.country = secondValue
	}
	if o.Of == "" {
		f.key = yearText(o.Year)
	}
	return f
}

// sectionOf cites the heading that a record stands under.
func sectionOf(c knowledge.Citation) knowledge.Citation {
	c.Quote = c.Section
	return c
}

func (d *dataset) addAgreements(base *knowledge.Base) {
	all := base.Agreements()
	domestic := map[string]bool{}
	seen := map[string]bool{}
	for i := range all {
		r := &all[i]
		d.byInstitution[r.Institution] = append(d.byInstitution[r.Institution], r)
		d.institutionOf[r.ID] = r.Institution
		d.countryOf[r.Institution] = r.Country
		if r.Scope == knowledge.Domestic {
			d.countryOf[r.Institution] = korea
		}
		if r.Scope == knowledge.Overseas {
			d.overseas = append(d.overseas, r)
			switch {
			case r.Country == "":
				d.etc++
			case !seen[r.Country]:
				seen[r.Country] = true
				d.countries = append(d.countries, r.Country)
			}
			continue
		}
		d.domestic = append(d.domestic, r)
		domestic[r.Institution] = true
	}
	d.domesticInstitutions = len(domestic)
	d.overseasHead, d.domesticHead = heading(d.overseas), heading(d.domestic)
}

// heading cites the heading of a list: it stands verbatim on the page.
func heading(r rows) knowledge.Citation {
	if len(r) == 0 {
		return knowledge.Citation{}
	}
	return sectionOf(r[0].Citation())
}
