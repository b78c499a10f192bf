package api

import (
	"strings"

	"naru/internal/knowledge"
)

// frequentQuestion is an item of GET /api/v1/faq. The answer says nothing that
// the records do not say.
type frequentQuestion struct {
	ID        string               `json:"id"`
	Question  string               `json:"question"`
	Answer    string               `json:"answer"`
	Records   []string             `json:"records"`
	Citations []knowledge.Citation `json:"citations"`
}

var faqTable = table[frequentQuestion]{path: "faq", filters: []string{"q", "text"}, read: readFAQ}

// readFAQ selects by words in the language of the answer.
func readFAQ(v view, s selection, l *listing[frequentQuestion]) (notes []string, err error) {
	words := knowledge.Fold(s.query.Text)
	for _, q := range v.data.FAQ() {
		question, answer := q.In(v.language)
		if !strings.Contains(knowledge.Fold(question+" "+answer), words) {
			continue
		}
		item := frequentQuestion{ID: q.ID, Question: question, Answer: answer, Records: listed(q.Records), Citations: []knowledge.Citation{}}
		for _, id := range q.Records {
			if r, ok := v.data.Row(id); ok {
				item.Citations = append(item.Citations, r.Citation())
				notes = add(notes, r.Notes...)
			}
		}
		l.Items = append(l.Items, item)
	}
	return notes, nil
}
