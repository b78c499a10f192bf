package chat

import (
	"math"
	"slices"

	"naru/internal/knowledge"
)

func (a *answer) filter(rel string, s *selection) {
	hits := pick(s.figures, func(f figure) bool { return s.bounds.hold(f.value) })
	about := a.text("about."+rel, nil)
	limit := func(v float64) string { return a.amount(rel, v, decimals(v)) }
	if s.bounds.equal() {
		names := a.labels
		if len(hits) == 0 && rel == relPatients {
			hits = pick(s.figures, func(f figure) bool { return claim{f, s.bounds.low}.fits() })
			names = a.labelled // what it is exactly
		}
		if len(hits) == 0 {
			a.decline("decline.nofigure", args{"About": about})
			return
		}
		a.say("op.count", args{"About": limit(s.bounds.low), "N": len(hits), "Items": a.items(names(rel, hits))})
		a.use(rel, hits...)
		return
	}
	key, values := s.bounds.key(), args{"About": about, "Limit": limit(s.bounds.limit()), "High": limit(s.bounds.high), "N": len(hits)}
	if len(hits) == 0 {
		a.say(key+"_none", values)
		if n := len(s.figures); !s.whole && n <= 2 { // how far off those are that were named
			list := make([]string, 0, n)
			for _, f := range s.figures {
				list = append(list, a.item(a.label(rel, f), a.value(rel, f)))
			}
			a.say("op.list", args{"About": about, "Items": a.items(list)})
			a.use(rel, s.figures...)
			return
		}
		a.cite(s.figures[0].cite)
		return
	}
	values["Items"] = a.items(a.labelled(rel, hits))
	a.say(key, values)
	a.use(rel, hits...)
}

// labelled gives the labels of figures with their values.
func (a *answer) labelled(rel string, figures []figure) []string {
	list := make([]string, 0, len(figures))
	for _, f := range figures {
		list = append(list, a.label(rel, f)+" ("+a.value(rel, f)+")")
	}
	return list
}

// gaps compares two countries over all cancers.
func (a *answer) gaps(q *query, s *selection) *answer {
	rel := q.Relation
	type gap struct {
		pair [2]figure
		d    float64
	}
	var gaps []gap
	for _, p := range s.pairs {
		gaps = append(gaps, gap{p, math.Abs(p[0].value - p[1].value)})
	}
	slices.SortStableFunc(gaps, func(x, y gap) int {
		if q.has("lowest") {
			x, y = y, x
		}
		switch {
		case x.d > y.d:
			return -1
		case x.d < y.d:
			return 1
		}
		return 0
	})
	key := "op.gap_widest"
	if q.has("lowest") {
		key = "op.gap_narrowest"
	}
	if !q.has("highest", "lowest") {
		first, second := a.name(knowledge.Country, s.pairs[0][0].country), a.name(knowledge.Country, s.pairs[0][1].country)
		var all, above, below []string
		for _, g := range gaps {
			item := a.item(a.name(knowledge.Cancer, g.pair[0].key), a.distance(rel, g.d))
			all = append(all, item)
			if g.pair[0].value > g.pair[1].value {
				above = append(above, item)
			} else {
				below = append(below, item)
			}
			a.use(rel, g.pair[0], g.pair[1])
		}
		if !q.has("more", "less", "over", "below", "better") {
			a.say("op.gap_list", args{"A": first, "B": second, "Items": a.items(all)})
			return a
		}
		for _, g := range []struct {
			a, b  string
			items []string
		}{{first, second, above}, {second, first, below}} {
			if len(g.items) == 0 {
				a.say("op.gap_nowhere", args{"A": g.a, "B": g.b})
			} else {
				a.say("op.gap_above", args{"A": g.a, "B": g.b, "N": len(g.items), "Items": a.items(g.items)})
			}
		}
		return a
	}
	g := gaps[min(len(gaps)-1, s.rank-1)]
	a.say(key, args{
		"Cancer": a.name(knowledge.Cancer, g.pair[0].key), "Diff": a.distance(rel, g.d),
		"A": a.name(knowledge.Country, g.pair[0].country), "AValue": a.value(rel, g.pair[0]),
		"B": a.name(knowledge.Country, g.pair[1].country), "BValue": a.value(rel, g.pair[1]),
	})
	a.use(rel, g.pair[0], g.pair[1])
	a.derived(rel, "difference", g.d)
	return a
}
