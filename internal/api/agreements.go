package api

import "naru/internal/knowledge"

// agreement is an item of GET /api/v1/agreements. What the page does not
// print is absent.
type agreement struct {
	ID             string   `json:"id"`
	ScopeID        string   `json:"scope_id"`
	Scope          string   `json:"scope"`
	InstitutionID  string   `json:"institution_id"`
	Institution    string   `json:"institution"`
	PrintedName    string   `json:"printed_name"`
	TypeID         []string `json:"type_id"`
	Type           []string `json:"type"`
	CountryCode    string   `json:"country_code,omitempty"`
	Country        string   `json:"country,omitempty"`
	ContinentID    string   `json:"continent_id,omitempty"`
	Continent      string   `json:"continent,omitempty"`
	Date           string   `json:"date,omitempty"`
	Year           int      `json:"year,omitempty"`
	Subject        string   `json:"subject,omitempty"`
	SubjectPrinted string   `json:"subject_printed,omitempty"`
	TopicID        []string `json:"topic_id"`
	Topic          []string `json:"topic"`
	origin
}

var agreementTable = table[agreement]{
	path:    "agreements",
	filters: []string{"scope", "country", "continent", "year", "subject", "q", "text"},
	read:    of(newAgreement, knowledge.OverseasAgreements, knowledge.DomesticAgreements),
}

func newAgreement(v view, r *knowledge.Row) agreement {
	a := r.Agreement
	var types []string
	if e, ok := v.data.Entity(knowledge.Ref{Kind: knowledge.Institution, ID: a.Institution}); ok {
		types = e.Types
	}
	subject := ""
	if e := a.SubjectEntity(); e != nil {
		subject = e.Name(v.language)
	}
	return agreement{
		ID: a.ID, ScopeID: string(a.Scope), Scope: v.name(knowledge.Field, string(a.Scope)),
		InstitutionID: a.Institution, Institution: v.name(knowledge.Institution, a.Institution), PrintedName: a.Name,
		TypeID: listed(types), Type: v.names(knowledge.Type, types),
		CountryCode: a.Country, Country: v.name(knowledge.Country, a.Country),
		ContinentID: a.Continent, Continent: v.name(knowledge.Continent, a.Continent),
		Date: a.Date.String(), Year: a.Date.Year, Subject: subject, SubjectPrinted: a.Subject,
		TopicID: listed(a.Topics()), Topic: v.names(knowledge.Topic, a.Topics()),
		origin: v.origin(&a.Provenance),
	}
}
