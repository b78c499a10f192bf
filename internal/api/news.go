package api

import "naru/internal/knowledge"

// newsItem is an item of GET /api/v1/news. Title and summary are our own.
type newsItem struct {
	ID            string   `json:"id"`
	Title         string   `json:"title"`
	Summary       string   `json:"summary"`
	InstitutionID []string `json:"institution_id"`
	Institution   []string `json:"institution"`
	Date          string   `json:"date,omitempty"`
	origin
}

var newsTable = table[newsItem]{
	path: "news", filters: []string{"year", "q", "text"},
	read: of(func(v view, r *knowledge.Row) newsItem {
		n := r.News
		return newsItem{
			ID: n.ID, Title: v.name(knowledge.News, n.ID), Summary: v.data.NewsSummary(n.ID, v.language),
			InstitutionID: listed(n.Institutions), Institution: v.names(knowledge.Institution, n.Institutions), Date: n.Date.String(), origin: v.origin(&n.Provenance),
		}
	}, knowledge.NewsItems),
}
