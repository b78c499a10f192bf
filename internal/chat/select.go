package chat

import (
	"cmp"
	"maps"
	"slices"

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
	if q.Relation == relIndicators && (q.has("rest") || q.has("except") && q.has("exists")) && q.has("compare") && len(q.ids("indicator")) == 1 &&
		!slices.ContainsFunc(q.magnitudes(), func(v float64) bool { return !slices.ContainsFunc(all, func(f figure) bool { return f.value == v }) }) {
		for _, w := range []string{"except", "rest", "compare", "infra"} {
			delete(q.Words, w) // "is that CT or another device?"
		}
	}
	if q.has("except") {
		named := q.Years
		q, all = q.without(all)
		if len(all) == len(b.facts.figures[q.Relation]) || len(named) == 0 && q.Relation == relPatients ||
			!q.has("highest", "lowest", "list", "all", "each", "average") && !q.hasKind("ord") {
			return s, a.decline("decline.nofigure", args{"About": a.text("about."+q.Relation, nil)})
		}
	}
	if q.Relation != relPatients && q.has("decrease") && q.has("highest") && !q.has("trend", "increase") {
		// "Which falls the most?" of figures that stand still: which is the lowest.
		delete(q.Words, "decrease")
		delete(q.Words, "highest")
		q.Words["lowest"] = true
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
			if len(f) == 0 && !q.has("transplant") {
				return s, a.decline("decline.cancer", args{"Items": a.items(a.entities(knowledge.Cancer))}) // of what is not transplanted, the cancer is meant
			}
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
	if q.has("whichplace", "whichrank") && len(s.figures) == 1 && (q.Relation == relDepartments || q.Relation == relTransplants) {
		s.op, s.figures, s.rank = opHighest, all, placeOf(all, s.figures[0]) // what place dermatology takes
		return s, nil
	}
	operate(q, s)
	counted = counted || q.has("rows") && (q.Relation == relTransplants && q.has("organ") || q.Relation == relCancers && q.has("cancer", "cancertypes"))
	if s.whole && q.has("count") && (s.op == opList && !q.has("each") || s.op == opSum && counted && !q.has("each") || q.Relation == relDepartments && s.op == opHighest && q.follows("count", "department")) {
		s.op = opCount
	}
	if s.op == opSum && q.Relation != relDepartments && q.Relation != relSpecialties {
		s.op = opList
	}
	if !counted {
		s.order(q)
	}
	return s, nil
}

// order puts a whole table into the order asked for: "rank the departments",
// "the cancers from the lowest to the highest".
func (s *selection) order(q *query) {
	ends := q.has("highest") && q.has("lowest") && q.has("to", "between") && s.op == opHighest
	ranked := q.has("ranked", "ranking") && q.Relation != relSpecialties && (s.op == opList || s.op == opCount)
	if !s.whole || q.hasKind("ord") || len(q.magnitudes()) > 0 || !ends && !ranked {
		return
	}
	s.op, s.figures = opList, slices.Clone(s.figures)
	slices.SortStableFunc(s.figures, func(x, y figure) int { return cmp.Compare(y.value, x.value) })
	if ends && slices.Index(q.order, sense{word, "lowest"}) < slices.Index(q.order, sense{word, "highest"}) {
		slices.Reverse(s.figures)
	}
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
	alone := len(countries) == 1 && len(cancers) == 1 && len(q.magnitudes()) == 0 && q.has("compare", "difference", "ratio", "more", "less")
	if (q.has("korean") || beside || alone) && !slices.Contains(countries, korea) {
		countries = append(countries, korea)
	}
	for _, c := range countries {
		if !slices.ContainsFunc(all, func(f figure) bool { return f.country == c }) {
			return a.decline("decline.survivalcountry", args{"Name": a.name(knowledge.Country, c)})
		}
	}
	counted := q.has("count") && len(q.magnitudes()) == 0 && !q.has("difference", "more", "less", "highest", "lowest", "over", "below", "average", "patient") && (q.has("rows") || !q.has("sum"))
	if len(cancers) == 0 && len(countries) == 0 && (counted && q.has("country") && !q.has("rows") || asksCountries.holds(q)) {
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
	claimed := len(cancers) == 1 && len(q.magnitudes()) == 1 && (q.Percent || q.has("percent", "share")) &&
		!q.has("country", "who", "where", "list", "compare", "more", "less", "over", "below", "atleast", "atmost", "highest", "lowest", "difference", "each")
	across := len(cancers) == 0 && q.has("country") && q.has("highest", "lowest") // in which country it is, of whatever cancer
	if len(countries) == 0 && !across && (len(cancers) != 1 || claimed) {
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
