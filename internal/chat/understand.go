package chat

import "slices"

// reading is one way to understand a message.
type reading struct {
	query *query
	card  *card
	// merged tells that slots of the frame before were used.
	merged bool
}

// maxContent is the number of words from which a message is a text, not a
// question: no query explains so many.
const maxContent = 80

// everywhere are concepts that may stand in any question about the data.
var everywhere = set("greet thanks also yes family")

// parse finds the items of a message in a language. Words with a mistake are
// read as the nearest known word if that explains more.
func (b *Bot) parse(message, lang string) []item {
	l := b.lexicons[lang]
	t := newText(message, l.marks)
	items, _ := segments(t, l, b.tries[lang])
	items = glossed(message, l.marks, items)
	if !slices.ContainsFunc(items, func(it item) bool { return it.unknown }) {
		return items
	}
	if again, ok := b.correct(t, l, b.tries[lang], items); ok {
		return again
	}
	return items
}

// readings binds the items to every relation and card that can be asked with
// them, best first: those that leave nothing over, then the higher score.
func (b *Bot) readings(items []item) []reading {
	var out []reading
	content := make([]item, 0, len(items))
	for _, it := range items {
		if len(it.senses) == 1 && it.senses[0].kind == word && everywhere[it.senses[0].id] {
			continue
		}
		content = append(content, it)
	}
	if len(content) > maxContent {
		return nil
	}
	for _, r := range b.relations {
		q := r.bind(content)
		if r.ready(q) {
			out = append(out, reading{query: q})
		}
	}
	for _, c := range b.cards {
		if q := c.bind(content); q != nil {
			out = append(out, reading{query: q, card: c})
		}
	}
	slices.SortStableFunc(out, func(x, y reading) int {
		if d := len(x.query.leftover) - len(y.query.leftover); (len(x.query.leftover) == 0) != (len(y.query.leftover) == 0) {
			return d
		}
		return y.query.score - x.query.score
	})
	return out
}

// complete tells whether the first reading explains everything.
func complete(r []reading) bool { return len(r) > 0 && len(r[0].query.leftover) == 0 }

// Classes of senses that replace each other in a follow-up.
func slot(s sense) string {
	switch s.kind {
	case "country", "continent", "region":
		return "place"
	case "cancer", "organ":
		return "organ"
	case "institution", "xinst":
		return "institution"
	case "year", "date", "month":
		return "time"
	case "num", "ord":
		return "number"
	case word:
		switch s.id {
		case "overseas", "domestic":
			return "scope"
		case "korean":
			return "place"
		case "partner", "agreement", "project", "patient", "department", "specialty", "cancer", "survival", "transplant", "infra", "ranked", "worldbest",
			"hospital", "institution", "fiveyear", "rate", "permillion", "member", "organ":
			return "topic:" + s.id
		case "yearword", "monthword", "exists", "to", "between", "also", "yes":
			return "free:" + s.id
		}
		return "operation"
	}
	return s.kind
}

// merge puts the items of a follow-up into the frame before: each slot they
// supply replaces that slot, the others stay.
func (b *Bot) merge(f *frame, items []item) []item {
	supplied := map[string]bool{}
	joins := false
	for i := range items {
		s, ok := b.senseIn(f.Relation, &items[i])
		if !ok {
			return nil
		}
		if s.id == "fn" {
			continue
		}
		if items[i].has(word, "compare") || items[i].has(word, "difference") || items[i].has(word, "more") || items[i].has(word, "less") {
			joins = true
		}
		supplied[slot(s)] = true
	}
	if len(supplied) == 0 {
		return nil
	}
	var out []item
	for _, old := range f.Senses {
		k := slot(old.sense())
		if supplied[k] && !(joins && k != "operation") {
			continue
		}
		// A new place or thing asks the same of another: an operation that only
		// named the old one goes with it.
		it := item{senses: []sense{old.sense()}}
		if old.Number != nil {
			n := number{value: old.Number.Value, year: old.Number.Year, month: old.Number.Month, day: old.Number.Day}
			it = item{number: &n}
		}
		out = append(out, it)
	}
	return append(out, items...)
}

// senseIn gives the meaning of an item in a relation or card.
func (b *Bot) senseIn(rel string, it *item) (sense, bool) {
	if len(it.senses) == 1 && it.senses[0].kind == word && everywhere[it.senses[0].id] {
		return sense{word, "fn"}, true
	}
	for _, r := range b.relations {
		if r.name == rel {
			s, _, ok := r.sense(it)
			return s, ok
		}
	}
	return sense{}, false
}

// interpret finds the best reading of a message, alone or as a follow-up.
func (b *Bot) interpret(items []item, f *frame) []reading {
	alone := b.readings(items)
	if f == nil {
		return alone
	}
	merged := b.merge(f, items)
	if merged == nil {
		return alone
	}
	var joined []reading
	for _, r := range b.readings(merged) {
		if r.query.Relation == f.Relation {
			r.merged = true
			joined = append(joined, r)
		}
	}
	if !complete(joined) {
		return alone
	}
	implied := complete(alone) && alone[0].query.Relation == relPatients && !alone[0].query.has("patient")
	if !complete(alone) || implied || short(items) && (alone[0].query.Relation == f.Relation || tied(alone, f.Relation)) {
		return joined
	}
	return alone
}

// short tells whether a message reads like the end of a longer one.
func short(items []item) bool {
	n := 0
	for i := range items {
		if items[i].has(word, "also") {
			return true
		}
		if !(len(items[i].senses) == 1 && items[i].senses[0].id == "fn") {
			n++
		}
	}
	return n <= 2
}

// tied tells whether the relation is among the complete readings.
func tied(r []reading, rel string) bool {
	for _, x := range r {
		if len(x.query.leftover) == 0 && x.query.Relation == rel {
			return true
		}
	}
	return false
}
