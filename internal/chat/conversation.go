package chat

import (
	"encoding/json"
	"strings"
	"time"
)

// state is what is needed of a conversation to understand the next message; it
// holds no text of the person who writes. What was said is kept apart, as
// turns.
type state struct {
	Version  int    `json:"v"`
	Expires  int64  `json:"expires"` // Unix seconds
	Language string `json:"language,omitempty"`
	Frame    *frame `json:"frame,omitempty"`
	// Before is the frame that the last follow-up went on from.
	Before *frame   `json:"before,omitempty"`
	Rest   []string `json:"rest,omitempty"`
	// Refs are the things that the answer just given named, in its order.
	Refs    []boundSense `json:"refs,omitempty"`
	Choices []choice     `json:"choices,omitempty"`
	// Asked names what "yes" would agree to.
	Asked string `json:"asked,omitempty"`
	// Offer is the hand-off offered last.
	Offer *offer `json:"offer,omitempty"`
	// Turns counts what was answered so far.
	Turns int `json:"turns,omitempty"`
}

// stateVersion changes when older states cannot be read any more; they are
// then forgotten.
const stateVersion = 1

// frame is the last query: the relation and what was bound.
type frame struct {
	Relation string       `json:"relation"`
	Senses   []boundSense `json:"senses"`
}

type boundSense struct {
	Kind   string       `json:"k,omitempty"`
	ID     string       `json:"id,omitempty"`
	Number *boundNumber `json:"n,omitempty"`
}

type boundNumber struct {
	Value float64 `json:"v,omitempty"`
	Year  int     `json:"y,omitempty"`
	Month int     `json:"m,omitempty"`
	Day   int     `json:"d,omitempty"`
}

func (s boundSense) sense() sense {
	if n := s.Number; n != nil {
		switch {
		case n.Day > 0:
			return sense{"date", ""}
		case n.Year > 0:
			return sense{"year", ""}
		}
		return sense{"num", ""}
	}
	return sense{s.Kind, s.ID}
}

// item is the sense as if it had been said.
func (s boundSense) item() item {
	if n := s.Number; n != nil {
		return item{number: &number{value: n.Value, year: n.Year, month: n.Month, day: n.Day}}
	}
	return item{senses: []sense{s.sense()}}
}

// choice is one answer to a clarifying question.
type choice struct {
	Label string `json:"label"`
	Frame *frame `json:"frame"`
}

func readState(data []byte, now time.Time) *state {
	var s state
	if len(data) == 0 || json.Unmarshal(data, &s) != nil || s.Version != stateVersion || s.Expires < now.Unix() {
		return nil
	}
	return &s
}

func (s *state) write(now time.Time, expiry time.Duration) []byte {
	s.Version, s.Expires = stateVersion, now.Add(expiry).Unix()
	data, err := json.Marshal(s)
	if err != nil {
		return nil // plain values only: cannot happen
	}
	return data
}

// frame keeps what a query has bound.
func (q *query) frame() *frame {
	f := &frame{Relation: q.Relation}
	for _, s := range q.order {
		if s.kind == "year" || s.kind == "date" || s.kind == "span" || s.kind == "num" && s.id == "" {
			continue
		}
		f.Senses = append(f.Senses, boundSense{Kind: s.kind, ID: s.id})
	}
	for _, y := range q.Years {
		f.Senses = append(f.Senses, boundSense{Number: &boundNumber{Year: y, Value: float64(y)}})
	}
	for _, d := range q.Dates {
		f.Senses = append(f.Senses, boundSense{Number: &boundNumber{Year: d.year, Month: d.month, Day: d.day}})
	}
	claimed := q.Percent && !q.has("over", "below", "atleast", "atmost", "between", "more", "less")
	for _, n := range q.Numbers {
		if claimed {
			continue // "is it 50 %?" says nothing of the next one asked for
		}
		f.Senses = append(f.Senses, boundSense{Number: &boundNumber{Value: n}})
	}
	return f
}

// fromFrame makes a reading of a kept frame.
func (b *Bot) fromFrame(f *frame) *reading {
	if f == nil {
		return nil
	}
	items := make([]item, 0, len(f.Senses))
	for _, s := range f.Senses {
		items = append(items, s.item())
	}
	for _, r := range b.relations {
		if r.name == f.Relation {
			q := r.bind(items)
			if len(q.leftover) == 0 {
				return &reading{query: q}
			}
		}
	}
	return nil
}

// choose finds which of the offered choices a message means.
func choose(choices []choice, w map[string]bool, how *Explanation) *choice {
	switch {
	case w["option1"] || w["yes"] || len(how.numbers) == 1 && how.numbers[0] == 1:
		return &choices[0]
	case w["option2"] && len(choices) > 1 || len(choices) > 1 && len(how.numbers) == 1 && how.numbers[0] == 2:
		return &choices[1]
	case w["option3"] && len(choices) > 2:
		return &choices[2]
	}
	for i, c := range choices {
		if how.text != "" && strings.EqualFold(strings.TrimSpace(how.text), string(fold(c.Label, true))) {
			return &choices[i]
		}
	}
	// A word of the topic picks its table.
	topics := map[string][]string{
		relDepartments: {"department", "patient", "share", "percent"}, relSpecialties: {"specialty", "ranked", "hospital", "worldbest"},
		relCancers: {"cancer"}, relTransplants: {"transplant", "organ"},
	}
	for i, c := range choices {
		for _, t := range topics[c.Frame.Relation] {
			if w[t] {
				return &choices[i]
			}
		}
	}
	return nil
}
