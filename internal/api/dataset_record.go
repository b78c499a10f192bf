package api

import (
	"errors"
	"fmt"
	"slices"

	"naru/internal/knowledge"
)

// note is a sentence that must be said beside the data.
type note struct {
	ID        string `json:"id"`
	Text      string `json:"text"`
	Certainty string `json:"certainty"`
}

// origin says where an item stands on its page, and what is odd there.
type origin struct {
	NoteID   []string           `json:"note_id"`
	Note     []string           `json:"note"`
	Citation knowledge.Citation `json:"citation"`
}

// fact is one statement about a statistic. Of number, date and text it has
// what it says.
type fact struct {
	ID          string `json:"id"`
	AttributeID string `json:"attribute_id"`
	Attribute   string `json:"attribute"`
	Text        string `json:"text"`
	origin
}

// view reads the dataset in one language.
type view struct {
	data     Dataset
	language string
}

func (v view) name(kind knowledge.Kind, id string) string {
	if e, ok := v.data.Entity(knowledge.Ref{Kind: kind, ID: id}); ok {
		return e.Name(v.language)
	}
	return ""
}

// names never returns nil: an empty list is one.
func (v view) names(kind knowledge.Kind, ids []string) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = v.name(kind, id)
	}
	return all
}

// listed turns nil into an empty list.
func listed(ids []string) []string {
	if ids == nil {
		return []string{}
	}
	return ids
}

func (v view) origin(p *knowledge.Provenance) origin {
	o := origin{NoteID: listed(p.Notes), Note: []string{}, Citation: p.Citation()}
	for _, id := range p.Notes {
		if n, ok := v.data.Note(id); ok {
			o.Note = append(o.Note, n.In(v.language))
		}
	}
	return o
}

// rows selects records of a relation. The notes are those of every record,
// then those that a count of this selection must say, then, when it was
// selected by time, those that orders in time must say: a list without dates
// has no part in such a selection.
func (v view) rows(relation knowledge.Relation, s selection) (rows []*knowledge.Row, notes []string, err error) {
	q := s.query
	q.Relation, q.Op = relation, knowledge.Count
	result, err := v.data.Execute(q)
	if err != nil {
		return nil, nil, fmt.Errorf("api: read %s: %w", relation, err)
	}
	for _, r := range result.Rows {
		notes = add(notes, r.Notes...)
	}
	notes = add(notes, result.Notes...)
	if len(q.Years) > 0 {
		for _, n := range v.data.Notes() {
			if slices.Contains(n.Relations, relation) && slices.Contains(n.Ops, knowledge.First) {
				notes = add(notes, n.ID)
			}
		}
	}
	return result.Rows, notes, nil
}

// add appends what is not there yet.
func add(all []string, more ...string) []string {
	for _, one := range more {
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

// facts gives what the page says about a statistic.
func (v view) facts(series knowledge.Relation) ([]fact, error) {
	result, err := v.data.Execute(knowledge.Query{Relation: knowledge.Facts, Entities: []knowledge.Ref{{Kind: knowledge.Series, ID: string(series)}}, Op: knowledge.List})
	if err != nil {
		return nil, fmt.Errorf("api: read facts: %w", err)
	}
	var all []fact
	for _, r := range result.Rows {
		f := r.Fact
		text := f.Text
		if f.Term != "" {
			text = v.name(knowledge.Term, f.Term)
		}
		if text == "" {
			return nil, errors.New("api: fact " + f.ID + " about a statistic is neither a text nor a term")
		}
		all = append(all, fact{ID: f.ID, AttributeID: f.Attribute, Attribute: v.name(knowledge.Attribute, f.Attribute), Text: text, origin: v.origin(&f.Provenance)})
	}
	return all, nil
}

// of reads the rows of relations with one function.
func of[T any](record func(view, *knowledge.Row) T, relations ...knowledge.Relation) func(view, selection, *listing[T]) ([]string, error) {
	return func(v view, s selection, l *listing[T]) ([]string, error) {
		var said []string
		for _, relation := range relations {
			if !s.covers(relation) {
				continue
			}
			rows, notes, err := v.rows(relation, s)
			if err != nil {
				return nil, err
			}
			for _, r := range rows {
				l.Items = append(l.Items, record(v, r))
			}
			said = add(said, notes...)
		}
		return said, nil
	}
}
