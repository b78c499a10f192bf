package chat

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// turning tells whether the years are asked for in which the number fell, or
// rose: "which years did it fall in?", "the years with a decrease". Of a rise
// in the years the whole course is told.
func (q *query) turning() bool {
	if q.has("decrease") && len(q.Years)+len(q.Numbers) == 0 && q.only("decrease", "patient", "visit", "overseas", "korean", "count", "exists", "also") {
		return true // has it ever fallen?
	}
	return q.has("increase") != q.has("decrease") &&
		(q.has("whichyear") || q.has("previous") && len(q.Years) == 0 || q.has("yearword") && len(q.Years) == 0 && !q.has("highest", "lowest", "trend", "howmuch", "difference", "ratio") && q.has("decrease", "list"))
}

func (b *Bot) selectPatients(q *query, a *answer, s *selection, all []figure) *answer {
	years := slices.Clone(q.Years)
	if len(q.Months) > 0 || q.has("monthword") {
		return a.decline("decline.monthly", nil)
	}
	if len(years) == 1 && q.has("share", "percent") && len(q.magnitudes()) == 0 && !q.has("increase", "decrease", "trend", "difference", "ratio", "more", "less", "compare", "over", "below", "previous", "next") {
		return b.shareOfTotal(a, years[0], all)
	}
	if q.has("negated") && len(q.magnitudes()) == 0 {
		// "There is no line for that year" is an answer's beginning only where the
		// page prints another year beside its figure.
		odd := pick(all, func(f figure) bool {
			return slices.Contains(years, f.year) && !strings.Contains(f.cite.Quote, strconv.Itoa(f.year))
		})
		if len(odd) == 0 {
			return a.decline("decline.nofigure", args{"About": a.text("about."+relPatients, nil)})
		}
		s.figures, s.op = odd, opGet
		return nil
	}
	if v := q.magnitudes(); len(v) > 0 && (len(years) > 0 && len(years) < 3 && q.has("increase", "decrease") && q.Percent || len(years) == 2 && q.has("ratio") && v[0] < leastTimes) {
		q = q.unclaimed() // "did it fall by more than 70 %?", "is it twice as many?": what it is tells
	}
	if q.fraction() && !q.has("over", "below", "increase", "decrease", "ratio", "share", "percent") {
		return a.decline("decline.monthly", nil) // half a year
	}
	if q.span > 0 && len(years) > 1 {
		q = q.counted(1) // the decade from 2010 to 2019
	}
	first, last := all[0].year, all[len(all)-1].year
	if len(years) == 0 && q.has("previous", "next") && !(q.has("highest", "lowest", "whichyear", "yearword") && q.has("increase", "decrease")) {
		return a.decline("decline.nofigure", args{"About": a.text("about."+relPatients, nil)}) // from which year on?
	}
	for _, y := range years {
		if y < first || y > last {
			return a.decline("decline.year", args{"Year": strconv.Itoa(y), "From": strconv.Itoa(first), "To": strconv.Itoa(last)})
		}
	}
	if len(years) == 1 && years[0] == first && (q.has("after", "since", "between", "to") && q.has("sum", "cumulative") || q.has("cumulative")) {
		years = nil // all there are
	}
	if from, to := q.yearsBeside(); from != 0 {
		if from < first || to > last {
			return a.decline("decline.year", args{"Year": strconv.Itoa(min(from, max(to, last+1))), "From": strconv.Itoa(first), "To": strconv.Itoa(last)})
		}
		s.figures = pick(all, func(f figure) bool { return f.year >= from && f.year <= to })
		q = q.counted(len(s.figures))
		if q.has("increase", "decrease", "difference", "ratio", "more", "less", "compare") {
			s.figures = []figure{s.figures[0], s.figures[len(s.figures)-1]}
		}
		operate(q, s)
		return nil
	}
	if len(years) == 0 && q.aroundEra() {
		// The page does not say when it was: the years from the last before it on.
		s.figures, s.op = pick(all, func(f figure) bool { return f.year >= beforeEra }), opList
		return nil
	}
	if len(years) == 1 && years[0] == last && q.has("next") && !q.has("previous") {
		return a.decline("decline.year", args{"Year": strconv.Itoa(last + 1), "From": strconv.Itoa(first), "To": strconv.Itoa(last)})
	}
	ranged := q.has("sum", "cumulative", "average", "highest", "lowest", "trend", "list", "each", "all") || q.hasKind("ord") ||
		q.turning() && !q.has("difference", "ratio", "more", "less", "compare")
	switch {
	case len(years) == 2 && q.has("between", "to") && (ranged || !q.has("difference", "ratio", "more", "less", "increase", "decrease", "compare", "highest", "lowest")):
		lo, hi := min(years[0], years[1]), max(years[0], years[1])
		s.figures = pick(all, func(f figure) bool { return f.year >= lo && f.year <= hi })
	case len(years) == 1 && q.has("since"):
		s.figures = pick(all, func(f figure) bool { return f.year >= years[0] })
	case len(years) == 1 && q.has("until") && (ranged || q.has("count")):
		s.figures = pick(all, func(f figure) bool { return f.year <= years[0] })
	case len(years) == 1 && q.has("after") && !q.has("before"):
		s.figures = pick(all, func(f figure) bool { return f.year > years[0] })
	case len(years) == 1 && q.has("before") && (ranged || q.has("count")):
		s.figures = pick(all, func(f figure) bool { return f.year < years[0] })
	case len(years) == 1 && years[0] < last && q.has("next") && !q.has("previous") && q.has("increase", "decrease", "difference", "ratio", "more", "less", "compare"):
		s.figures = pick(all, func(f figure) bool { return f.year == years[0] || f.year == years[0]+1 }) // how much more in the year after
	case len(years) == 1 && (q.has("previous") || q.has("increase", "decrease", "trend", "difference")) && !q.has("highest", "lowest", "sum"):
		s.figures = pick(all, func(f figure) bool { return f.year == years[0]-1 || f.year == years[0] })
	case len(years) == 1 && q.has("next"):
		s.figures = pick(all, func(f figure) bool { return f.year == years[0]+1 })
	case len(years) == 1 && q.has("highest", "lowest"):
		s.figures, s.whole = all, true
	case len(years) > 0:
		for _, y := range years {
			s.figures = append(s.figures, pick(all, func(f figure) bool { return f.year == y })...)
		}
	default:
		s.figures, s.whole = all, true
	}
	if s.whole && q.follows("count", "yearword") && len(q.magnitudes()) == 0 && !q.has("highest", "lowest", "sum", "cumulative", "average", "trend", "increase", "decrease", "each", "first", "last", "more", "less", "over", "below") {
		s.op = opCount
		return nil
	}
	if s.whole && len(years) == 0 && len(q.magnitudes()) == 0 && !q.has("highest", "lowest", "average", "trend", "increase", "decrease", "each", "first", "last", "more") && !q.hasKind("ord") &&
		(q.has("sum", "cumulative") || q.has("count") && !q.has("list", "whichyear", "yearword")) {
		b.printedTotal(a)
		s.op = opGet
		return a
	}
	if v := q.magnitudes(); s.whole && len(v) == 1 && (v[0] == b.facts.total.value || v[0] >= leastTotal && v[0] < mostYearly && q.has("sum", "cumulative") && !q.has("whichyear", "when", "yearword")) {
		b.printedTotal(a) // is it right, why is it less than all years together
		a.judge(relPatients, []claim{{b.facts.total, v[0]}})
		return a
	}
	if n := q.yearsAtEnd(len(s.figures)); s.whole && n != 0 {
		if s.whole = false; n > 0 {
			s.figures = s.figures[:n]
		} else {
			s.figures = s.figures[len(s.figures)+n:]
		}
		q = q.counted(len(s.figures))
	}
	q, s.claims = q.claims(s.figures)
	operate(q, s)
	if b := s.bounds; s.op == opFilter && b.low < leastYearly && b.high < leastYearly && !math.IsInf(b.low, 0) && !q.Percent {
		return a.decline("decline.nofigure", args{"About": a.text("about."+relPatients, nil)}) // they count something else
	}
	if s.op == opList && len(years) == 2 && q.has("count") && !q.has("each", "list", "all") {
		s.op = opSum
	}
	if s.op == opSum && len(s.figures) == len(all) {
		b.printedTotal(a)
		return a
	}
	if s.op == opList || s.op == opFilter {
		if s.op == opFilter && q.has("first") != q.has("last") {
			s.figures = endHit(s, q.has("last"))
		} else if q.has("first") && len(s.figures) > 0 {
			if s.op == opList {
				s.figures, s.op = s.figures[:1], opGet
			}
		} else if q.has("last") && s.op == opList {
			s.figures, s.op = s.figures[len(s.figures)-1:], opGet
		}
	}
	return nil
}

// leastTotal is a number that no year comes near but all of them together.
const leastTotal = 2_000_000

// leastTimes is a number from which on nobody asks whether it is so many times
// as many.
const leastTimes = 1000

// unclaimed gives the query without the figures that somebody has heard and the
// words that bound them.
func (q *query) unclaimed() *query {
	out := *q
	out.Numbers, out.Percent, out.Entities, out.Words = nil, false, maps.Clone(q.Entities), maps.Clone(q.Words)
	delete(out.Entities, "num")
	for _, w := range []string{"over", "below", "atleast", "atmost", "percent", "more", "less"} {
		delete(out.Words, w)
	}
	return &out
}

// beforeEra is the year before the pandemic of 2020.
const beforeEra = 2019

// aroundEra tells whether a query asks how many patients came before or after the
// pandemic, and names no year.
func (q *query) aroundEra() bool {
	return q.has("era") && q.has("patient") && len(q.Entities) == 0 && len(q.Numbers) == 0 &&
		q.only("era", "patient", "count", "overseas", "visit", "howmuch", "list", "korean", "before", "after", "previous", "next", "yearword", "trend", "increase", "decrease", "since", "until", "each", "all", "exists", "compare")
}

// yearsBeside gives the years asked for by their number before a year or after
// it: in the two years before 2019. With a comparison they begin or end with that
// year. They are 0 where a query asks for no such years.
func (q *query) yearsBeside() (from, to int) {
	v := q.magnitudes()
	if len(v) != 1 || v[0] < 2 || v[0] > farthest || v[0] != math.Trunc(v[0]) || len(q.Years) != 1 || !q.has("yearword", "previous", "next") || q.Percent {
		return 0, 0
	}
	n, y, with := int(v[0]), q.Years[0], 1
	if q.has("increase", "decrease", "difference", "ratio", "more", "less", "compare") {
		with = 0
	}
	before, after := q.has("before", "previous"), q.has("after", "next")
	switch {
	case before == after:
		return 0, 0
	case before:
		return y - n, y - with
	}
	return y + with, y + n
}

// yearsAtEnd gives the number of years asked for at the end of a series, as a
// negative number, or at its beginning: the last three years. It is 0 where a
// query names no such number.
func (q *query) yearsAtEnd(all int) int {
	v := q.magnitudes()
	if len(v) != 1 || v[0] < 2 || v[0] >= float64(all) || v[0] != math.Trunc(v[0]) || !q.has("yearword", "each") || q.has("first") == q.has("last") ||
		q.has("below", "atleast", "atmost") || q.Percent {
		return 0
	}
	if q.has("first") {
		return int(v[0])
	}
	return -int(v[0])
}

// counted gives the query for the years that it asked for by their number.
func (q *query) counted(n int) *query {
	out := *q
	out.Numbers, out.Entities, out.Words = nil, maps.Clone(q.Entities), maps.Clone(q.Words)
	delete(out.Entities, "num")
	delete(out.Words, "first")
	delete(out.Words, "last")
	delete(out.Words, "over") // over the last three years
	if q.has("count") && !q.has("each", "list", "average", "highest", "lowest", "trend", "increase", "decrease") && n > 1 {
		out.Words["sum"] = true
	}
	return &out
}

// endHit narrows a filter to the first figure that passes it, or the last.
func endHit(s *selection, last bool) []figure {
	hits := pick(s.figures, func(f figure) bool { return s.bounds.hold(f.value) })
	switch {
	case len(hits) == 0:
		return s.figures
	case last:
		return hits[len(hits)-1:]
	}
	return hits[:1]
}

// printedTotal answers with the total that the page prints.
func (b *Bot) printedTotal(a *answer) {
	t := b.facts.total
	a.say("total.patients", args{"Value": a.value(relPatients, t)})
	a.cite(t.cite)
	a.note(t.notes...)
	a.facts = append(a.facts, Fact{Relation: relPatients, Key: "total", Label: "total", Value: t.value, Unit: valueUnit(relPatients, "")})
}

// shareOfTotal answers which part of the printed total a year makes. The total
// does not say up to which year it counts: it is the one up to which the years
// add up to it, but for a hundredth.
func (b *Bot) shareOfTotal(a *answer, year int, all []figure) *answer {
	t, sum, until, nearest := b.facts.total, 0.0, 0, b.facts.total.value/100
	for _, f := range all {
		sum += f.value
		if d := math.Abs(sum - t.value); d < nearest {
			until, nearest = f.year, d
		}
	}
	at := pick(all, func(f figure) bool { return f.year == year && year <= until })
	if len(at) == 0 {
		return a.decline("decline.nofigure", args{"About": a.text("about."+relPatients, nil)})
	}
	share := at[0].value / t.value * 100
	a.say("op.share", args{"Percent": a.number(decimals(share)), "Label": a.label(relPatients, at[0]), "Value": a.value(relPatients, at[0]), "Total": a.value(relPatients, t)})
	a.use(relPatients, at[0])
	a.cite(t.cite)
	a.note(t.notes...)
	a.derived(relPatients, "share", share)
	return a
}
