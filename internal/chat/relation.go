package chat

import (
	"slices"
	"strconv"
	"strings"
)

// The relations of the dataset that questions can be about.
const (
	relAgreements  = "agreements"
	relProjects    = "projects"
	relPatients    = "patients"
	relDepartments = "departments"
	relCancers     = "survival"
	relTransplants = "transplants"
	relIndicators  = "infrastructure"
	relHospitals   = "hospitals"
	relSpecialties = "specialties"
)

// relation says which words and entities speak for a table of the dataset
// (with a weight), and which others a question about it may contain. What is
// in neither list is left over, and a question that leaves something over is
// not answered from this table.
type relation struct {
	name string
	// weights and accepts are keyed by concept ("survival") or by kind with a
	// colon ("cancer:").
	weights map[string]int
	accepts map[string]bool
	// must and rules tell whether enough is bound to ask the table: both have to
	// say yes, must where there is one.
	must, rules []rule
}

// ready tells whether enough is bound to ask the table.
func (r *relation) ready(q *query) bool {
	return (r.must == nil || holds(r.must, q)) && holds(r.rules, q)
}

func set(words ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range words {
		for f := range strings.FieldsSeq(w) {
			m[f] = true
		}
	}
	return m
}

// sense picks the meaning of an item that the relation can use, or reports
// that it has none.
func (r *relation) sense(it *item) (sense, int, bool) {
	if it.span > 0 && r.name == relPatients {
		return sense{"span", ""}, 0, true
	}
	if it.number != nil {
		key := "num:"
		switch {
		case it.number.day > 0:
			key = "date:"
		case it.number.year > 0:
			key = "year:"
		}
		if w := r.weights[key]; w > 0 || r.accepts[key] {
			return sense{strings.TrimSuffix(key, ":"), ""}, r.weights[key], true
		}
		if key == "year:" && r.accepts["year:"+yearText(it.number.year)] {
			return sense{"year", ""}, 0, true
		}
		return sense{}, 0, false
	}
	if it.has(word, "success") && (r.name == relDepartments || r.name == relSpecialties || r.name == relPatients) {
		return sense{}, 0, false // how often it goes well is no share of them
	}
	best, bestWeight, ok := sense{}, -1, false
	// A word that may be one for what the data lacks counts as that, unless
	// the relation speaks of its other meaning.
	absent := it.has(word, "absent")
	for _, s := range it.senses {
		if absent && s.kind == word && r.weights[s.id] == 0 || s.kind == word && bounded[s.id] && it.otherwise() {
			continue
		}
		if s.id == "fn" && it.named() {
			continue
		}
		if s == (sense{word, "better"}) && it.has(word, "quality") {
			continue // лучшая: the best, though as written it may be a better one
		}
		if s.id == "fn" {
			if bestWeight < 0 {
				best, bestWeight, ok = s, 0, true
			}
			continue
		}
		key := s.id
		switch {
		case s.kind != word:
			key = s.kind + ":"
		case key == "superlative":
			key = "highest"
		case key == "kinds":
			key = "count"
		}
		w := r.weights[key]
		accepted := w > 0 || r.accepts[key] || s.kind != word && r.accepts[key+s.id]
		if accepted && (w > bestWeight || best.id == "fn" || best.kind == word && best.id == "count" && w == bestWeight && s.kind == word && countable[s.id]) {
			best, bestWeight, ok = s, w, true
		}
	}
	if ok && best == (sense{word, "count"}) && slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == word && countable[s.id] }) {
		return sense{}, 0, false // the number of something else
	}
	if ok && r.name == relPatients && best == (sense{word, "each"}) && slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == word && countable[s.id] }) {
		return sense{}, 0, false // by specialty, by country: they are told by year only
	}
	if ok && r.name != relCancers && best.kind == "country" && it.has("country", korea) && slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == best.kind && s != best && s.id != "KP" }) {
		return sense{}, 0, false // two countries side by side
	}
	return best, max(bestWeight, 0), ok
}

// bind reads the items as a question about the relation.
func (r *relation) bind(items []item) *query {
	q := newQuery(r.name)
	q.which = slices.ContainsFunc(items, func(it item) bool { return it.open }) && !slices.ContainsFunc(items, func(it item) bool { return it.whether })
	q.items = len(items)
	weighed := map[string]bool{}
	for i := 0; i < len(items); i++ {
		it := &items[i]
		for _, id := range asides {
			if it.has(word, id) {
				q.aside = append(q.aside, id)
			}
		}
		if (r.name == relCancers || r.name == relTransplants) && i+1 < len(items) && isFiveYears(it, &items[i+1]) {
			q.add(sense{word, "fiveyear"}, it)
			i++
			continue
		}
		s, w, ok := r.sense(it)
		if !ok {
			q.leftover = append(q.leftover, it)
			continue
		}
		if r.accepts["since"] && (it.has(word, "since") || it.has(word, "until") || it.has(word, "before")) {
			if q.bound(items, i) && s.id == "first" {
				s = sense{word, "fn"} // starting in 2015
			}
		}
		if s.kind == "num" && it.has(word, "fn") && q.names(s.id) {
			s = sense{word, "fn"} // дотор, арьс хоёр: the two that were named
		}
		if s == (sense{word, "increase"}) && it.has(word, "ratio") && r.name == relCancers && severalCountries(items) {
			s.id = "ratio" // double that of another country: nothing grew
		}
		if s == (sense{word, "natives"}) {
			if q.abroad(items) {
				q.leftover = append(q.leftover, it)
				continue
			}
			s.id = "korean" // those who are treated in their own country
		}
		if key := s.kind + ":" + s.id; !weighed[key] || s.kind != word {
			q.score += w
			weighed[key] = true
		}
		q.add(s, it)
		if s.kind == "institution" && (r.name == relAgreements || r.name == relHospitals) {
			for _, other := range it.senses { // a name that several share
				if other.kind == s.kind && other != s {
					q.add(other, it)
					q.shared = append(q.shared, s.id, other.id)
				}
			}
		}
		if r.name == relCancers && s == (sense{word, "compare"}) && it.has(word, "more") {
			q.Words["more"] = true // which of two is more: perhaps how many have it
		}
		q.partnerKind = q.partnerKind || s == (sense{word, "partner"}) && (it.hasKind("type") || it.has(word, "university"))
		for _, other := range it.senses {
			if s.kind == "continent" && other.kind == s.kind && other != s || // the Americas are two
				s.kind == "country" && other.kind == s.kind && other != s && r.name == relCancers || // 한미, Korea and the United States
				s == (sense{word, "partner"}) && other.kind == "type" || // a partner hospital
				s == (sense{word, "transplant"}) && other.kind == "organ" { // new lungs
				q.add(other, it)
			}
		}
		if it.guessed {
			q.guessed = append(q.guessed, it)
		}
	}
	if r.name == relPatients && len(q.Years) == 2 && slices.ContainsFunc(items, func(it item) bool { return it.has(word, "difference") }) {
		q.Words["difference"] = true // "by how much", said in a word that may as well ask how many
	}
	if r.name == relAgreements && q.has("school") && !q.hasKind("type") && !q.hasKind("institution") && !q.hasKind("xinst") {
		q.Entities["type"] = []string{"university"}
	}
	if (r.name == relAgreements && len(q.ids("country"))+len(q.ids("continent")) > 1 || r.name == relPatients && len(q.Years) == 2) && len(q.magnitudes()) == 0 && !q.has("between", "to") {
		// "Are those in Kazakhstan over those in the United States?"
		for from, to := range map[string]string{"over": "more", "below": "less"} {
			if q.has(from) {
				delete(q.Words, from)
				q.Words[to] = true
			}
		}
	}
	q.superlatives()
	q.denied()
	if (r.name == relAgreements || r.name == relProjects) && slices.ContainsFunc(items, func(it item) bool { return it.has(word, "negated") || it.has(word, "except") }) {
		q.allBut(items)
	}
	return q
}

// severalCountries tells whether items name more than one country.
func severalCountries(items []item) bool {
	n := 0
	for i := range items {
		if items[i].hasKind("country") {
			n++
		}
	}
	return n > 1
}

// names tells whether a query names so many things of one kind.
func (q *query) names(n string) bool {
	count, err := strconv.Atoi(n)
	if err != nil || count < 2 {
		return false
	}
	for kind, ids := range q.Entities {
		if kind != "num" && len(ids) == count {
			return true
		}
	}
	return false
}

// denied turns a limit that is denied: years in which it did not exceed 100,000.
func (q *query) denied() {
	over, below := q.has("over", "more", "atleast"), q.has("below", "less", "atmost")
	if q.Relation != relPatients || over == below || len(q.Years) > 0 || len(q.magnitudes()) != 1 || !q.has("whichyear", "yearword", "when") || !q.has("negated") {
		return
	}
	for _, w := range []string{"negated", "over", "more", "atleast", "below", "less", "atmost"} {
		delete(q.Words, w)
	}
	if q.turned = true; over {
		q.Words["atmost"] = true
	} else {
		q.Words["atleast"] = true
	}
}

// abroad tells whether items name a country besides Korea and compare nothing:
// "Korean patients in the United States".
func (q *query) abroad(items []item) bool {
	compares := slices.ContainsFunc(items, func(it item) bool {
		return it.has(word, "compare") || it.has(word, "more") || it.has(word, "less") || it.has(word, "difference") || it.has(word, "ratio")
	})
	return !compares && slices.ContainsFunc(items, func(it item) bool { return it.hasKind("country") && !it.has("country", korea) })
}

// bounded are the words for the beginning or end of a time. Most have other
// meanings as well, "from" and "with", and count as bounds beside a year only.
var bounded = set("since until before")

// otherwise tells whether words for the beginning or end of a time have
// another meaning that is taken where no year is beside them.
func (it *item) otherwise() bool {
	return slices.ContainsFunc(it.senses, func(s sense) bool {
		return s.kind == word && (s.id == "fn" || s.id == "to" || s.id == "between" || s.id == "after" || s.id == "first" || s.id == "yearword" || s.id == "exists" || s.id == "also")
	})
}

// bound reads the words for the beginning or end of a time beside a year.
func (q *query) bound(items []item, i int) bool {
	const reach = 2
	from, to := max(0, i-reach), min(len(items)-1, i+reach)
	ofMonth, ofYear := func(it item) bool { return it.ofMonth() }, func(it item) bool { return isYear(&it) }
	for from > 0 && slices.ContainsFunc(items[from:i+1], ofMonth) && !slices.ContainsFunc(items[from:i], ofYear) {
		from-- // 2010년 5월 이후
	}
	for to < len(items)-1 && slices.ContainsFunc(items[i:to+1], ofMonth) && !slices.ContainsFunc(items[i+1:to+1], ofYear) {
		to++ // từ tháng 5 năm 2010
	}
	found := false
	for k := from; k <= to; k++ {
		if !isYear(&items[k]) || items[k].number.day > 0 {
			continue
		}
		for id := range bounded {
			if items[i].has(word, id) {
				q.Words[id], found = true, true
			}
		}
	}
	if q.Words["since"] {
		q.Words["between"] = true
	}
	if q.Words["until"] {
		q.Words["to"] = true
	}
	return found
}

// ofMonth tells whether an item is a month or a word for months.
func (it *item) ofMonth() bool { return it.has(word, "monthword") || it.hasKind("month") }

// isFiveYears tells whether two items are "5 years", in figures or in words:
// the time after which survival is told.
func isFiveYears(a, b *item) bool {
	v, _, ok := figureOf(a)
	return ok && v == 5 && b.number == nil && b.has(word, "yearword") && (a.number == nil || !a.number.percent)
}
