package api

import "naru/internal/knowledge"

// contact is an item of GET /api/v1/contacts. Phone is as printed; where that
// is a range, PhoneFirst and PhoneLast are written out.
type contact struct {
	ID            string `json:"id"`
	InstitutionID string `json:"institution_id"`
	Institution   string `json:"institution"`
	TeamID        string `json:"team_id,omitempty"`
	Team          string `json:"team,omitempty"`
	Person        string `json:"person,omitempty"`
	Phone         string `json:"phone"`
	PhoneFirst    string `json:"phone_first,omitempty"`
	PhoneLast     string `json:"phone_last,omitempty"`
	Email         string `json:"email,omitempty"`
	origin
}

var contactTable = table[contact]{
	path: "contacts",
	read: of(func(v view, r *knowledge.Row) contact {
		c := r.Contact
		return contact{
			ID: c.ID, InstitutionID: c.Body, Institution: v.name(knowledge.Institution, c.Body), TeamID: c.Team, Team: v.name(knowledge.Institution, c.Team),
			Person: c.Person, Phone: c.Phone, PhoneFirst: c.PhoneFirst, PhoneLast: c.PhoneLast, Email: c.Email, origin: v.origin(&c.Provenance),
		}
	}, knowledge.Contacts),
}
