package knowledge

import "slices"

// Certainty says how sure the reading of an oddity is.
type Certainty string

// The degrees of certainty.
const (
	Certain     Certainty = "certain"
	NearCertain Certainty = "near-certain"
	Likely      Certainty = "likely"
	Unclear     Certainty = "unclear"
)

// Note explains what is odd about a record. An answer that uses the record says it.
type Note struct {
	ID        string                 `json:"id"`
	Anomaly   int                    `json:"anomaly,omitempty"` // number in the list of anomalies of the source pages
	Printed   string                 `json:"printed,omitempty"` // what the page prints
	Reading   string                 `json:"reading,omitempty"` // how it is read
	Certainty Certainty              `json:"certainty"`
	Relations []Relation             `json:"relations,omitempty"` // said on every answer from these relations ...
	Ops       []Op                   `json:"ops,omitempty"`       // ... if the operation is one of these ...
	Whole     bool                   `json:"whole,omitempty"`     // ... and, if set, only when nothing restricts the query
	Text      [len(Languages)]string `json:"-"`
}

// In gives the text of the note in a language.
func (n *Note) In(lang string) string { return n.Text[LanguageIndex(lang)] }

// appliesTo reports whether every answer to such a query says the note.
func (n *Note) appliesTo(q *Query) bool {
	return slices.Contains(n.Relations, q.Relation) && slices.Contains(n.Ops, q.Op) && (!n.Whole || q.unrestricted())
}
