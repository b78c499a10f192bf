package api

import "naru/internal/knowledge"

// rankedHospital is an item of GET /api/v1/hospitals.
type rankedHospital struct {
	ID            string `json:"id"`
	InstitutionID string `json:"institution_id"`
	Institution   string `json:"institution"`
	PrintedName   string `json:"printed_name"`
	origin
}

var hospitalTable = table[rankedHospital]{
	path: "hospitals", filters: []string{"q", "text"},
	read: of(func(v view, r *knowledge.Row) rankedHospital {
		h := r.Hospital
		return rankedHospital{h.ID, h.Institution, v.name(knowledge.Institution, h.Institution), h.Name, v.origin(&h.Provenance)}
	}, knowledge.Hospitals),
}
