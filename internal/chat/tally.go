package chat

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"naru/internal/knowledge"
)

// tally is a number of partners by country or continent.
type tally struct {
	id string
	n  int
}

func tallies(in rows, key func(*knowledge.Agreement) string) []tally {
	var out []tally
	for _, r := range in {
		k := key(r)
		if k == "" {
			continue
		}
		if i := slices.IndexFunc(out, func(t tally) bool { return t.id == k }); i >= 0 {
			out[i].n++
		} else {
			out = append(out, tally{k, 1})
		}
	}
	return out
}

// monthID is the id of a month of a year, as package time writes it.
const monthID = "2006-01"

func (a *answer) placeName(id string) string {
	if _, ok := a.b.base.Entity(knowledge.Ref{Kind: knowledge.Continent, ID: id}); ok {
		return a.name(knowledge.Continent, id)
	}
	if len(id) == 4 && id[0] >= '0' && id[0] <= '9' {
		return a.text("label.year", args{"Year": id})
	}
	if at, err := time.Parse(monthID, id); err == nil {
		return a.month(at.Year(), int(at.Month()))
	}
	return a.name(knowledge.Country, id)
}

func (a *answer) tallyItems(list []tally) string {
	out := make([]string, 0, len(list))
	for _, t := range list {
		out = append(out, a.item(a.placeName(t.id), strconv.Itoa(t.n)))
	}
	return a.items(out)
}

// tallyList says in how many places there are partners, how many in all, and how
// many in each.
func (a *answer) tallyList(list []tally, key string) *answer {
	slices.SortStableFunc(list, func(x, y tally) int { return cmp.Compare(y.n, x.n) })
	all := 0
	for _, t := range list {
		all += t.n
	}
	a.say(key, args{"N": len(list), "All": all, "Items": a.tallyItems(list)})
	a.cite(a.b.facts.overseasHead)
	for _, t := range list {
		a.derived(relAgreements, t.id, float64(t.n))
	}
	return a
}

func (a *answer) tallyCompare(q *query, list []tally) *answer {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(x, y tally) int { return cmp.Compare(y.n, x.n) })
	hi, lo := sorted[0], sorted[len(sorted)-1]
	values := args{"High": a.placeName(hi.id), "HighValue": hi.n, "Low": a.placeName(lo.id), "LowValue": lo.n, "Diff": hi.n - lo.n, "Items": a.tallyItems(sorted)}
	switch {
	case len(list) > 2:
		a.say("tally.list", values)
	case hi.n == lo.n:
		a.say("tally.equal", values)
	default:
		a.say("tally.compare", values)
	}
	for _, t := range list {
		a.derived(relAgreements, t.id, float64(t.n))
	}
	if len(list[0].id) == 4 {
		a.cite(a.b.facts.domesticHead)
	} else {
		a.cite(a.b.facts.overseasHead)
	}
	return a
}

// tallySum says how many there are of several places or years together, and
// how many of each.
func (a *answer) tallySum(list []tally, n int, head knowledge.Citation) *answer {
	a.say("tally.sum", args{"N": n, "Items": a.tallyItems(list)})
	a.cite(head)
	for _, t := range list {
		a.derived(relAgreements, t.id, float64(t.n))
	}
	a.derived(relAgreements, "sum", float64(n))
	return a
}

// mostTop is the number up to which a figure beside "the most" says how many of
// them are asked for.
const mostTop = 10

// tallyExtreme tells where there are the most, or the fewest, or both.
func (a *answer) tallyExtreme(q *query, list []tally) *answer {
	if q.has("highest") || !q.has("lowest") {
		a.extremeTally(q, list, false)
	}
	if q.has("lowest") {
		a.extremeTally(q, list, true)
	}
	if len(a.parts) == 0 {
		return a.decline("decline.nofigure", args{"About": a.text("about.agreements", nil)})
	}
	if len(list) > 0 && len(list[0].id) >= 4 && list[0].id[0] == '2' {
		a.cite(a.b.facts.domesticHead)
	} else {
		a.cite(a.b.facts.overseasHead)
	}
	return a
}

func (a *answer) extremeTally(q *query, list []tally, low bool) {
	slices.SortStableFunc(list, func(x, y tally) int {
		if low {
			return cmp.Compare(x.n, y.n)
		}
		return cmp.Compare(y.n, x.n)
	})
	rank := 1
	for _, o := range q.ids("ord") {
		rank, _ = strconv.Atoi(o)
	}
	top := 0 // "the three countries with the most": the places up to the third row
	if v := q.magnitudes(); len(v) == 1 && v[0] > 1 && v[0] <= mostTop && v[0] == float64(int(v[0])) && !q.hasKind("ord") {
		top = int(v[0])
	}
	place, i := 0, 0
	for i < len(list) {
		j := i
		for j < len(list) && list[j].n == list[i].n {
			j++
		}
		if place++; place == rank || i < top {
			var names []string
			for _, t := range list[i:j] {
				names = append(names, a.placeName(t.id))
				a.derived(relAgreements, t.id, float64(t.n))
			}
			key := "tally.highest"
			if low {
				key = "tally.lowest"
			}
			a.say(key, args{"Label": a.enumerated(names), "N": list[i].n, "Rank": place})
			if top == 0 {
				break
			}
		}
		i = j
	}
}
