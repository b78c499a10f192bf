package chat

import (
	"slices"
	"strconv"
	"time"

	"naru/internal/knowledge"
)

// domesticList answers for agreements in Korea.
func (a *answer) domesticList(q *query, p period) *answer {
	f := a.b.facts
	if q.has("share", "ratio") {
		return a.decline("decline.general", nil)
	}
	in := f.domestic
	topics, subjects := q.ids("topic"), q.ids("subject")
	themed := len(topics)+len(subjects) > 0 || a.kindName(q) != ""
	byYear := func(r *knowledge.Agreement) string { return strconv.Itoa(r.Date.Year) }
	byMonth := func(r *knowledge.Agreement) string {
		return time.Date(r.Date.Year, time.Month(r.Date.Month), 1, 0, 0, 0, 0, time.UTC).Format(monthID)
	}
	in = q.ofKind(a.b, in)
	if len(topics)+len(subjects) > 0 { // of several, any
		in = in.filter(func(r *knowledge.Agreement) bool {
			e := r.SubjectEntity()
			return slices.ContainsFunc(topics, func(s string) bool { return slices.Contains(r.Topics(), s) }) || e != nil && slices.Contains(subjects, e.ID)
		})
	}
	yearly := q.has("highest", "lowest", "each") && (q.has("whichyear", "yearword", "when", "each") || !themed)
	ranged := q.has("between", "to") && !(len(q.Years) == 2 && (q.has("difference", "compare") || q.has("whichyear") && q.has("more", "less"))) // how 2015 differs from 2012
	switch {
	case len(q.Years) >= 2 && !ranged && (q.has("more", "less", "compare", "difference", "highest", "lowest", "count") || len(q.Years) == 2 && q.has("each")):
		var list []tally
		for _, y := range q.Years {
			list = append(list, tally{strconv.Itoa(y), len(in.filter(func(r *knowledge.Agreement) bool { return r.Date.Year == y }))})
		}
		if q.has("count") && !q.has("more", "less", "compare", "difference", "highest", "lowest") {
			return a.tallySum(list, len(in.filter(func(r *knowledge.Agreement) bool { return slices.Contains(q.Years, r.Date.Year) })), f.domesticHead)
		}
		return a.tallyCompare(q, list)
	case yearly && q.has("highest", "lowest"):
		if p.set() {
			in = in.filter(func(r *knowledge.Agreement) bool { return p.holds(r.Date) })
		}
		if q.has("monthword") {
			if len(q.Years) != 1 || len(q.Months) > 0 {
				return a.decline("decline.general", nil) // the month of which year?
			}
			return a.tallyExtreme(q, tallies(in, byMonth))
		}
		return a.tallyExtreme(q, tallies(in, byYear))
	case yearly:
		list := tallies(in, byYear)
		a.say("agreements.years", args{"N": len(in), "Items": a.tallyItems(list)})
		a.cite(f.domesticHead)
		return a
	}
	if p.set() {
		in = in.filter(func(r *knowledge.Agreement) bool { return p.holds(r.Date) })
	}
	if len(in) == 0 {
		a.say("no.domestic", args{"Period": a.enumerated(a.conditions(q, p))})
		a.cite(f.domesticHead)
		a.derived(relAgreements, "count", 0)
		return a
	}
	if q.has("first", "last") || q.hasKind("ord") && !q.has("highest") {
		sorted := slices.Clone(in)
		slices.SortStableFunc(sorted, func(x, y *knowledge.Agreement) int { return x.Date.Compare(y.Date) })
		if q.has("first") && q.has("last") && len(q.magnitudes()) == 0 && !q.hasKind("ord") {
			a.row(q, sorted[0])
			a.row(q, sorted[len(sorted)-1])
			return a
		}
		if q.has("last") {
			slices.Reverse(sorted)
		}
		at := 0
		for _, o := range q.ids("ord") {
			if v, err := strconv.Atoi(o); err == nil {
				at = v - 1
			}
		}
		if at >= len(sorted) {
			return a.decline("decline.nofigure", args{"About": a.text("about.agreements", nil)})
		}
		n := 1
		if v := q.magnitudes(); len(v) > 0 && v[0] >= 2 && v[0] <= 10 {
			n = min(int(v[0]), len(sorted)-at)
		}
		for _, r := range sorted[at : at+n] {
			a.row(q, r)
		}
		return a
	}
	if !themed && !p.set() {
		list := tallies(in, byYear)
		key := "agreements.domestic"
		if q.has("count") && !q.has("list", "all") {
			key = "agreements.domestic_count"
		}
		a.say(key, args{"N": len(in), "Institutions": f.domesticInstitutions, "Items": a.tallyItems(list)})
		a.cite(f.domesticHead)
		a.derived(relAgreements, "domestic", float64(len(in)))
		return a
	}
	a.say("agreements.domestic_in", args{"N": len(in), "About": a.enumerated(a.conditions(q, p))})
	switch {
	case q.has("count") && !q.has("list", "each", "when", "who", "subject", "name"):
		a.listNames(in, false) // a number was asked for: dates would hide it
	default:
		a.listRows(in, len(in) <= manyRows || !p.set() || q.has("when", "each"))
	}
	a.derived(relAgreements, "count", float64(len(in)))
	return a
}

// conditions names what the agreements were filtered by.
func (a *answer) conditions(q *query, p period) []string {
	var about []string
	for _, s := range q.ids("topic") {
		about = append(about, a.name(knowledge.Topic, s))
	}
	for _, s := range q.ids("subject") {
		about = append(about, a.name(knowledge.Subject, s))
	}
	if kind := a.kindName(q); kind != "" {
		about = append(about, kind)
	}
	if p.text != "" {
		about = append(about, p.text)
	}
	return about
}

// manyRows is the number of rows above which those of one period are listed
// without their dates, which nobody asked for and which would hide the names.
const manyRows = 5
