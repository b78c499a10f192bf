package api

import "naru/internal/knowledge"

// project is an item of GET /api/v1/projects.
type project struct {
	ID            string   `json:"id"`
	ProjectID     string   `json:"project_id"`
	Project       string   `json:"project"`
	PrintedName   string   `json:"printed_name"`
	CountryCode   []string `json:"country_code"`
	Country       []string `json:"country"`
	ContinentID   []string `json:"continent_id"`
	Continent     []string `json:"continent"`
	RegionID      []string `json:"region_id"`
	Region        []string `json:"region"`
	ClientID      string   `json:"client_id"`
	Client        string   `json:"client"`
	ClientPrinted string   `json:"client_printed"`
	Year          int      `json:"year,omitempty"`
	WorkID        []string `json:"work_id"`
	Work          []string `json:"work"`
	WorkPrinted   []string `json:"work_printed"`
	origin
}

var projectTable = table[project]{
	path:    "projects",
	filters: []string{"country", "continent", "year", "q", "text"},
	read:    of(newProject, knowledge.Projects),
}

func newProject(v view, r *knowledge.Row) project {
	p := r.Project
	work, printed := []string{}, []string{}
	for _, w := range p.Work {
		work, printed = append(work, w.Item), append(printed, w.Printed)
	}
	return project{
		ID: p.ID, ProjectID: p.Project, Project: v.name(knowledge.Project, p.Project), PrintedName: p.Name,
		CountryCode: listed(p.Countries), Country: v.names(knowledge.Country, p.Countries),
		ContinentID: listed(p.Continents), Continent: v.names(knowledge.Continent, p.Continents),
		RegionID: listed(p.Regions), Region: v.names(knowledge.Region, p.Regions),
		ClientID: p.Client, Client: v.name(knowledge.Institution, p.Client), ClientPrinted: p.ClientPrinted, Year: p.Year,
		WorkID: work, Work: v.names(knowledge.WorkScope, work), WorkPrinted: printed,
		origin: v.origin(&p.Provenance),
	}
}
