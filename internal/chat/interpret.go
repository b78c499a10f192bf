package chat

import (
	"slices"
	"strings"
)

// interpret finds the best reading of a message, alone or as a follow-up.
func (b *Bot) interpret(items []item, f *frame) []reading {
	alone := b.readings(items)
	if f == nil {
		return alone
	}
	joined := b.follow(items, f)
	place := complete(alone) && alone[0].query.placeOnly()
	switch {
	case !complete(joined) && place:
		return nil // "Mongolia?" asks of it what was asked before, and that is not told
	case !complete(joined):
		return alone
	case place:
		return joined
	}
	if complete(alone) && alone[0].query.Relation == f.Relation && alone[0].query.oneSided(items) {
		return joined
	}
	if complete(alone) && b.afresh(items, f) {
		return alone
	}
	if complete(alone) && alone[0].query.Relation == f.Relation && alone[0].query.has("rest") && !slices.ContainsFunc(items, func(it item) bool { return naming(&it) != "" }) {
		return joined // but those spoken of
	}
	if short(items) && (ofList(items) && f.plural() || complete(alone) && b.asksOf(f, items)) {
		return joined
	}
	if complete(alone) && alone[0].query.Relation == f.Relation && alone[0].query.has("count") && !joined[0].query.has("count") {
		return joined // how much, of what shares were told
	}
	implied := complete(alone) && alone[0].query.Relation == relPatients && !alone[0].query.has("patient")
	if !complete(alone) || implied || bare(items) || short(items) && alone[0].query.unsaid() || short(items) && (f.shares(items) || alone[0].query.Relation == f.Relation || tied(alone, f.Relation)) {
		return joined
	}
	return alone
}

// asksOf tells whether one of the items, which may mean something else alone,
// asks for a property of what was spoken of: "what field?" after an agreement.
func (b *Bot) asksOf(f *frame, items []item) bool {
	return slices.ContainsFunc(items, func(it item) bool {
		s, ok := b.senseIn(f.Relation, &it)
		return ok && len(it.senses) > 1 && s.kind == word && attributes[s.id] && !slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind != word || s.id == "fn" || s.id == "count" })
	})
}

// oneSided tells whether a query compares but names only one of the two: "which
// is larger, that or plastic surgery?".
func (q *query) oneSided(items []item) bool {
	over := rankedOver[q.Relation]
	if over == "" || !slices.ContainsFunc(items, func(it item) bool { return it.relates() }) {
		return false
	}
	named := 0
	for i := range items {
		if isYear(&items[i]) && over == "time" || slices.ContainsFunc(items[i].senses, func(s sense) bool { return s.kind != word && slot(s) == over }) {
			named++
		}
	}
	return named == 1
}

// ofList tells whether a message asks which of several fit, without saying of
// what: "which ones are for KOICA?".
func ofList(items []item) bool {
	listed := false
	for i := range items {
		listed = listed || items[i].has(word, "list")
		if slices.ContainsFunc(items[i].senses, func(s sense) bool { return strings.HasPrefix(slot(s), "topic:") }) {
			return false
		}
	}
	return listed
}

// plural tells whether a frame asks for things of which several may fit.
func (f *frame) plural() bool {
	return (f.Relation == relProjects || f.Relation == relAgreements) && !f.has("institution")
}

// unsaid tells whether a query does not say what is to be added up: alone, it
// can only be the shares of the departments.
func (q *query) unsaid() bool {
	return q.Relation == relDepartments && len(q.Entities) == 0 && !q.has("department", "patient", "cumulative")
}

// follow reads a message as a follow-up of the frame; nil when it is none.
func (b *Bot) follow(items []item, f *frame) []reading {
	if strings.HasPrefix(f.Relation, cardPrefix) {
		return b.followCard(items, f)
	}
	if about := f.asksOrigin(items); about != nil {
		return b.origins(about)
	}
	merged := b.merge(f, f.shifted(f.corrected(items)))
	if merged == nil {
		return nil
	}
	var joined []reading
	for _, r := range b.readings(merged) {
		if r.query.Relation == f.Relation {
			r.merged = true
			joined = append(joined, r)
		}
	}
	return joined
}

// followCard reads a message as a follow-up of a question that a single fact
// answered: with all that was said, else with what it was about, else with
// what was asked.
func (b *Bot) followCard(items []item, f *frame) []reading {
	var content, all, things, asked []item
	for i := range items {
		if !(len(items[i].senses) == 1 && items[i].senses[0].id == "fn") {
			content = append(content, items[i])
		}
	}
	for _, s := range f.Senses {
		it := s.item()
		all = append(all, it)
		if s.Kind == word && slot(s.sense()) == "operation" && attributes[s.ID] || s.Kind == word && s.ID == "count" {
			asked = append(asked, it)
		} else {
			things = append(things, it)
		}
	}
	if len(content) == 0 || len(content) > 3 {
		return nil
	}
	var same []reading
	for _, old := range [][]item{all, things, asked} {
		var read []reading
		for _, r := range b.readings(slices.Concat(old, items)) {
			if r.card != nil && len(r.query.leftover) == 0 {
				r.merged = true
				read = append(read, r)
			}
		}
		other := slices.DeleteFunc(slices.Clone(read), func(r reading) bool { return r.query.Relation == f.Relation })
		switch {
		case len(other) > 0:
			return other // it asks for something else
		case same == nil:
			same = read
		}
	}
	return same
}

// shares tells whether a message names nothing but another thing of a kind that
// the frame holds: "and orthopedics?" after a speciality is one, though it is a
// department, too.
func (f *frame) shares(items []item) bool {
	shared := false
	for i := range items {
		it := &items[i]
		switch {
		case it.number != nil || it.unknown:
			return false
		case it.has(word, "fn") || it.has(word, "also"):
		case slices.ContainsFunc(it.senses, func(s sense) bool {
			return s.kind != word && slices.ContainsFunc(f.Senses, func(old boundSense) bool { return old.Kind != word && slot(old.sense()) == slot(s) })
		}):
			shared = true
		default:
			return false
		}
	}
	return shared
}

// bare tells whether a message only names things and says nothing of them:
// "and Severance?" asks of it what was asked before.
func bare(items []item) bool {
	named := false
	for i := range items {
		it := &items[i]
		name := slices.ContainsFunc(it.senses, func(s sense) bool {
			return s.kind == "institution" || s.kind == "xinst" || s.kind == "specialty" || s.kind == "department"
		})
		named = named || name
		if !name && !it.has(word, "fn") && !it.has(word, "also") {
			return false
		}
	}
	return named
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
