package chat

import (
	"slices"

	"naru/internal/knowledge"
)

// headFinal are the languages in which a negation, or a word for an exception,
// follows what it denies: 大学ではない.
var headFinal = set("ja ko kk mn")

// exceptable are the kinds of which one can be left out: "partners that are no
// universities", "outside Asia".
var exceptable = set("type country continent project")

// allBut reads which kind of partner, or which places, a query about partners
// or projects leaves out. A word that denies something else stays what it is,
// and the query is not answered.
func (q *query) allBut(items []item) {
	for i := range items {
		negated := items[i].has(word, "negated")
		if !negated && !items[i].has(word, "except") || negated && q.has("exists") {
			continue
		}
		step := 1
		if items[i].final {
			step = -1
		}
		var denied []sense
		if at := slices.IndexFunc(items[i].senses, func(s sense) bool { return exceptable[s.kind] }); at < 0 {
			denied = q.deniedBy(items, i, step)
		} else if negated { // one word says both: "không ở Mỹ"
			denied = items[i].senses[at : at+1]
		}
		if len(denied) == 0 && !negated { // 亚洲以外, 除了亚洲
			denied = q.deniedBy(items, i, -step)
		}
		if len(denied) == 0 {
			continue
		}
		for _, s := range denied {
			q.Entities[s.kind] = slices.DeleteFunc(q.Entities[s.kind], func(id string) bool { return id == s.id })
			if s == (sense{"type", "university"}) {
				q.but = append(q.but, sense{"type", "medical-school"})
			}
		}
		q.but = append(q.but, denied...)
		delete(q.Words, "negated")
		delete(q.Words, "except")
		return
	}
	for _, w := range []string{"negated", "except"} {
		if !slices.ContainsFunc(items, func(it item) bool { return it.has(word, w) && !it.has(word, "fn") }) {
			delete(q.Words, w) // a particle: "емес пе?"
		}
	}
}

// deniedBy gives the kinds or places that stand beside an item, to the right or,
// with a step of -1, to the left. A word that says what a place is, as in "Ази
// тивд", asks for nothing.
func (q *query) deniedBy(items []item, i, step int) (denied []sense) {
	var said []string
	for i += step; i >= 0 && i < len(items); i += step {
		it := &items[i]
		at := slices.IndexFunc(it.senses, func(s sense) bool { return exceptable[s.kind] })
		switch {
		case at >= 0 && (len(denied) == 0 || denied[0].kind == it.senses[at].kind):
			denied = append(denied, it.senses[at])
			for _, w := range said {
				delete(q.Words, w)
			}
		case len(denied) == 0 && it.has(word, "continent"):
			said = append(said, "continent")
		case len(denied) == 0 && it.has(word, "country"):
			said = append(said, "country")
		case !it.has(word, "fn"):
			return denied
		}
	}
	return denied
}

// leavesOut tells whether a query leaves out a place or a kind.
func (q *query) leavesOut(kind, id string) bool { return slices.Contains(q.but, sense{kind, id}) }

// outside tells whether a query leaves out places.
func (q *query) outside() bool {
	return slices.ContainsFunc(q.but, func(s sense) bool { return s.kind != "type" && s.kind != "project" })
}

// elsewhere tells whether a partner is surely in none of the places left out.
func (q *query) elsewhere(r *knowledge.Agreement) bool {
	return !q.outside() || r.Country != "" && !q.leavesOut("country", r.Country) && !q.leavesOut("continent", r.Continent)
}

// butNames names what is left out of the kinds given.
func (a *answer) butNames(q *query, kinds ...knowledge.Kind) []string {
	var names []string
	for _, s := range q.but {
		if slices.Contains(kinds, knowledge.Kind(s.kind)) && !q.leavesOut(s.kind, korea) {
			names = append(names, a.name(knowledge.Kind(s.kind), s.id))
		}
	}
	return names
}
