package chat

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"naru/internal/knowledge"
)

// secondValue stands in the place of a country for the unlabelled second
// values of the infrastructure table.
const secondValue = "-"

// korea is the country whose figures are meant when none is named.
const korea = "KR"

// selectFigures picks the figures a query is about and what to do with them.
// A non-nil answer ends the query: something asked for is not in the table.
func (b *Bot) selectFigures(q *query, a *answer) (*selection, *answer) {
	s := &selection{}
	all := b.facts.figures[q.Relation]
	if q.has("except") {
		named := q.Years
		q, all = q.without(all)
		if len(all) == len(b.facts.figures[q.Relation]) || len(named) == 0 && q.Relation == relPatients ||
			!q.has("highest", "lowest", "list", "all", "each", "average") && !q.hasKind("ord") {
			return s, a.decline("decline.nofigure", args{"About": a.text("about."+q.Relation, nil)})
		}
	}
	if q.Relation != relPatients && q.has("increase", "decrease", "trend") {
		return s, a.decline("decline.nofigure", args{"About": a.text("about."+q.Relation, nil)}) // one value each: nothing changes
	}
	switch q.Relation {
	case relPatients:
		return s, b.selectPatients(q, a, s, all)
	case relCancers:
		return s, b.selectSurvival(q, a, s, all)
	case relIndicators:
		return s, b.selectIndicators(q, a, s, all)
	case relTransplants:
		for _, o := range q.ids("organ") {
			f := pick(all, func(f figure) bool { return f.key == o })
			if len(f) == 0 {
				return s, a.decline("decline.organ", args{"Name": a.organ(o), "Items": a.items(a.labels(q.Relation, all))})
			}
			s.figures = append(s.figures, f...)
		}
		if len(s.figures) == 1 && q.hasKind("ord") { // a second transplant of the same organ
			return s, a.decline("decline.nofigure", args{"About": a.text("about."+q.Relation, nil)})
		}
	default:
		for _, id := range q.ids(string(figureKind[q.Relation])) {
			s.figures = append(s.figures, pick(all, func(f figure) bool { return f.key == id })...)
		}
	}
	if q.Relation == relDepartments && q.has("count") && !q.has("share", "percent", "more", "less", "difference", "highest", "lowest") && len(s.figures) == 1 {
		return s, a.decline("decline.onlyshare", args{"Label": a.label(q.Relation, s.figures[0]), "Value": a.value(q.Relation, s.figures[0])})
	}
	if q.Relation == relSpecialties && len(s.figures) == 1 && (q.has("name") || q.has("list") && q.has("hospital", "whichhospital")) && !q.has("count") {
		return s, a.decline("decline.hospitalspecialty", nil) // how many is told, not which
	}
	if q.Relation == relSpecialties && (q.hasKind("institution") || q.has("whichhospital") && !q.has("count", "sum")) {
		return s, a.decline("decline.hospitalspecialty", nil)
	}
	if len(s.figures) > 0 && q.has("rest") && (q.has("highest", "lowest", "list", "all") || q.hasKind("ord")) {
		named := s.figures // all but these
		s.figures = pick(all, func(f figure) bool { return !slices.ContainsFunc(named, func(n figure) bool { return n.key == f.key }) })
	}
	if len(s.figures) == 0 {
		s.figures, s.whole = all, true
	}
	counted := q.follows("count", "specialty") || q.follows("count", "department") || q.Relation == relSpecialties && q.has("count") && q.has("specialty") && !q.has("hospital", "whichhospital", "institution", "ranked") // how many of them, not of hospitals
	if q.Relation == relDepartments && s.whole && !counted && (q.has("rest", "twice") || q.has("sum") && !q.has("highest", "lowest")) {
		s.op = opSum // what they add up to, and what is left
		return s, nil
	}
	operate(q, s)
	counted = counted || q.has("rows") && (q.Relation == relTransplants && q.has("organ") || q.Relation == relCancers && q.has("cancer", "cancertypes"))
	if s.whole && q.has("count") && (s.op == opList && !q.has("each") || s.op == opSum && counted || q.Relation == relDepartments && s.op == opHighest && q.follows("count", "department")) {
		s.op = opCount
	}
	if s.op == opSum && q.Relation != relDepartments && q.Relation != relSpecialties {
		s.op = opList
	}
	return s, nil
}

// without gives the figures that a query does not name, and the query as if it
// named nothing: "apart from 2024, which year had the most?" asks the table
// without 2024.
func (q *query) without(all []figure) (*query, []figure) {
	kinds := []string{string(figureKind[q.Relation]), "organ"}
	rest := pick(all, func(f figure) bool {
		return !slices.Contains(q.Years, f.year) || f.year == 0
	})
	other := *q
	other.Years, other.Entities = nil, maps.Clone(q.Entities)
	for _, kind := range kinds {
		ids := q.ids(kind)
		rest = pick(rest, func(f figure) bool { return !slices.Contains(ids, f.key) })
		delete(other.Entities, kind)
	}
	return &other, rest
}

func pick(all []figure, keep func(figure) bool) []figure {
	var out []figure
	for _, f := range all {
		if keep(f) {
			out = append(out, f)
		}
	}
	return out
}

// organ names an organ, also one that the dataset does not have.
func (a *answer) organ(id string) string {
	if _, ok := a.b.base.Entity(knowledge.Ref{Kind: knowledge.Organ, ID: id}); ok {
		return a.name(knowledge.Organ, id)
	}
	return a.text("decline.organ_name", nil)
}

// turning tells whether the years are asked for in which the number fell, or
// rose: "which years did it fall in?", "the years with a decrease". Of a rise
// in the years the whole course is told.
func (q *query) turning() bool {
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
	if s.whole && slices.Contains(q.Numbers, b.facts.total.value) {
		b.printedTotal(a) // is it right, why is it less than all years together
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
	operate(q.unnamed(s.figures), s)
	if s.op == opList && len(years) == 2 && q.has("count") && !q.has("each", "list", "all") {
		s.op = opSum
	}
	if s.op == opSum && len(s.figures) == len(all) {
		b.printedTotal(a)
		return a
	}
	if s.op == opList || s.op == opFilter {
		if q.has("first") && len(s.figures) > 0 {
			if s.op == opFilter {
				s.figures = firstHit(s)
			} else {
				s.figures, s.op = s.figures[:1], opGet
			}
		} else if q.has("last") && s.op == opList {
			s.figures, s.op = s.figures[len(s.figures)-1:], opGet
		}
	}
	return nil
}

// yearsAtEnd gives the number of years asked for at the end of a series, as a
// negative number, or at its beginning: the last three years. It is 0 where a
// query names no such number.
func (q *query) yearsAtEnd(all int) int {
	v := q.magnitudes()
	if len(v) != 1 || v[0] < 2 || v[0] >= float64(all) || v[0] != math.Trunc(v[0]) || !q.has("yearword") || q.has("first") == q.has("last") ||
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

// firstHit narrows a filter to the first figure that passes it.
func firstHit(s *selection) []figure {
	for i, f := range s.figures {
		if s.bounds.hold(f.value) {
			return s.figures[i : i+1]
		}
	}
	return s.figures
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

func (b *Bot) selectSurvival(q *query, a *answer, s *selection, all []figure) *answer {
	cancers := slices.Clone(q.ids("cancer"))
	for _, o := range q.ids("organ") {
		if !slices.Contains(cancers, o) {
			cancers = append(cancers, o)
		}
	}
	for _, c := range cancers {
		if !slices.ContainsFunc(all, func(f figure) bool { return f.key == c }) {
			return a.decline("decline.cancer", args{"Items": a.items(a.entities(knowledge.Cancer))})
		}
	}
	countries := slices.Clone(q.ids("country"))
	beside := len(countries) == 1 && len(cancers) == 0 && q.has("difference") && q.has("highest", "lowest") // the gap to Korea is meant
	if (q.has("korean") || beside) && !slices.Contains(countries, korea) {
		countries = append(countries, korea)
	}
	for _, c := range countries {
		if !slices.ContainsFunc(all, func(f figure) bool { return f.country == c }) {
			return a.decline("decline.survivalcountry", args{"Name": a.name(knowledge.Country, c)})
		}
	}
	counted := q.has("count") && len(q.magnitudes()) == 0 && !q.has("difference", "more", "less", "highest", "lowest", "over", "below", "average", "patient") && (q.has("rows") || !q.has("sum"))
	if len(cancers) == 0 && len(countries) == 0 && (counted && q.has("country") && !q.has("rows") || q.asksCountries()) {
		var names []string
		for _, f := range all {
			if n := a.name(knowledge.Country, f.country); !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
		a.say("op.count", args{"About": a.text("about."+q.Relation, nil), "N": len(names), "Items": a.items(names)})
		a.cite(all[0].cite)
		a.derived(q.Relation, "countries", float64(len(names)))
		return a
	}
	if len(cancers) == 0 && counted && (!q.has("compare") || q.has("rows") && len(countries) == 0) && (q.has("rows") || len(countries) == 0 && !q.has("share", "percent", "howmuch")) {
		s.op = opCount
		s.figures = pick(all, func(f figure) bool { return f.country == korea })
		return nil
	}
	if len(cancers) == 0 && len(countries) == 2 {
		s.op = opGaps
		s.rank = 1
		for _, f := range pick(all, func(f figure) bool { return f.country == countries[0] }) {
			other := pick(all, func(g figure) bool { return g.key == f.key && g.country == countries[1] })
			if len(other) == 1 {
				s.pairs = append(s.pairs, [2]figure{f, other[0]})
			}
		}
		return nil
	}
	if len(countries) == 0 && len(cancers) != 1 {
		countries = []string{korea}
		s.defaulted = true
	}
	s.figures = pick(all, func(f figure) bool {
		return (len(cancers) == 0 || slices.Contains(cancers, f.key)) && (len(countries) == 0 || slices.Contains(countries, f.country))
	})
	s.whole = len(s.figures) > 2
	operate(q, s)
	if s.op == opFilter && len(cancers) == 1 && !q.Percent && !q.has("share", "percent", "rate", "exists") {
		return a.decline("decline.nofigure", args{"About": a.text("about."+q.Relation, nil)}) // perhaps an age
	}
	if s.op == opSum {
		s.op = opList
	}
	return nil
}

func (a *answer) entities(kind knowledge.Kind) []string {
	var names []string
	for _, e := range a.b.base.Entities(kind) {
		names = append(names, e.Name(a.lang))
	}
	return names
}

func (b *Bot) selectIndicators(q *query, a *answer, s *selection, all []figure) *answer {
	ids := q.ids("indicator")
	if len(ids) == 0 && q.has("hospital") && q.has("permillion", "second") {
		ids = []string{"hospitals"}
	}
	second := q.has("second") || q.has("average") || len(ids) == 1 && q.has("infra") && q.has("difference", "ratio", "compare")
	mine := pick(all, func(f figure) bool {
		return (len(ids) == 0 || slices.Contains(ids, f.key))
	})
	if len(ids) > 0 && slices.ContainsFunc(mine, func(f figure) bool { return f.country == secondValue && slices.Contains(q.Numbers, f.value) }) {
		second = true // named by its value
	}
	versus := q.has("difference", "ratio", "compare", "more", "less", "over", "below")
	switch {
	case second && versus && len(ids) == 1:
		s.figures = mine
		a.note(b.facts.secondNote...)
	case second && !q.hasKind("country") && !q.has("korean"):
		s.figures = pick(mine, func(f figure) bool { return f.country == secondValue })
	case second:
		s.figures = mine
	default:
		s.figures = pick(mine, func(f figure) bool { return f.country != secondValue })
	}
	s.whole = len(ids) == 0
	q2 := *q
	q2.Numbers = slices.DeleteFunc(slices.Clone(q.Numbers), func(v float64) bool {
		return slices.ContainsFunc(mine, func(f figure) bool { return f.value == v }) // named as it is printed
	})
	if second && len(q2.Numbers) == 0 && len(s.figures) > 0 && len(ids) == 1 && !versus {
		s.op = opList
		if len(s.figures) == 1 {
			s.op = opGet
		}
		return nil
	}
	if second && len(s.figures) == 2 && !q.has("difference", "ratio") {
		s.op = opCompare
		return nil
	}
	operate(&q2, s)
	if s.op == opAverage || s.op == opSum {
		s.op = opList
		if len(s.figures) == 1 {
			s.op = opGet
		}
	}
	if s.whole && s.op == opList && q.has("count") && q.has("rows") {
		s.op = opCount
	}
	return nil
}

// unnamed gives the query without the numbers that only repeat one of the
// figures, whole or rounded: "2024 (the 1.17 million)".
func (q *query) unnamed(figures []figure) *query {
	if len(q.Numbers) == 0 || len(q.Years) == 0 || q.has("over", "below", "atleast", "atmost") {
		return q
	}
	out := *q
	out.Numbers = slices.DeleteFunc(slices.Clone(q.Numbers), func(v float64) bool {
		return slices.ContainsFunc(figures, func(f figure) bool {
			return v >= leastYearly && (f.value == v || len(figures) == 1 || math.Mod(v, leastYearly) == 0 && math.Abs(f.value-v) <= leastYearly/2)
		})
	})
	return &out
}
