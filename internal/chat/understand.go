package chat

import (
	"slices"
	"strings"
)

// reading is one way to understand a message.
type reading struct {
	query *query
	card  *card
	// merged tells that slots of the frame before were used.
	merged bool
	// model tells that a language model made the query.
	model bool
}

// maxContent is the number of words from which a message is a text, not a
// question: no query explains so many.
const maxContent = 80

// everywhere are concepts that may stand in any question about the data.
var everywhere = set("greet thanks also yes family howareyou origin introduction")

// parse finds the items of a message in a language. Words with a mistake are
// read as the nearest known word if that explains more.
func (b *Bot) parse(message, lang string) []item {
	l := b.lexicon(lang)
	message = figures(message)
	t := newText(message, l.marks)
	items, _ := segments(t, l, l.tries)
	if again := b.romanItems(t, l, items); again != nil {
		items = again
	}
	if l.marks {
		// Typed with letters for marks, perhaps not for all: "phooi" for phổi.
		if typed := typedMarks(t, items); typed != "" {
			for _, as := range []string{typed, strings.Map(l.plain, typed)} {
				read := newText(as, l.marks)
				if again, _ := segments(read, l, l.tries); unknowns(again) < unknowns(items) {
					message, t, items = as, read, again
					break
				}
			}
		}
	}
	items = b.inCountry(lang, b.apposed(message, lang, items))
	if slices.ContainsFunc(items, func(it item) bool { return it.unknown }) {
		if again, ok := b.correct(t, l, l.tries, items); ok {
			items = b.inCountry(lang, b.apposed(message, lang, again))
		}
	}
	return b.placed(message, lang, items)
}

// placed finds in items what several of them mean together.
func (b *Bot) placed(message, lang string, items []item) []item {
	items = b.misnamed(lang, b.withoutOrigin(message, lang, reworded(b.partialNames(lang, b.scrambled(lang, items)))))
	b.calls(lang, items)
	for i := range items {
		it, l := &items[i], b.lexicon(lang)
		it.final = headFinal[lang]
		for w := range strings.FieldsSeq(it.text) {
			it.open, it.whether = it.open || l.open[w], it.whether || l.asks[w]
		}
	}
	return items
}

// unknowns counts the words that no lexicon knows.
func unknowns(items []item) (n int) {
	for i := range items {
		if items[i].unknown {
			n++
		}
	}
	return n
}

// content gives the items that a query has to explain, without what may stand in
// any question; nil for a text that is no question.
func (b *Bot) content(items []item) []item {
	content := make([]item, 0, len(items))
	for i, it := range items {
		if len(it.senses) == 1 && it.senses[0].kind == word && everywhere[it.senses[0].id] && !narrows(items, i) {
			continue
		}
		content = append(content, it)
	}
	if len(content) > maxContent {
		return nil
	}
	ofProjects := slices.ContainsFunc(content, func(it item) bool { return it.has(word, "project") })
	for i := range content {
		if ofProjects && slices.ContainsFunc(content[i].senses, func(s sense) bool { return s.kind == "institution" && b.facts.owner[s.id] }) {
			content[i].become("fn") // whose projects they are is clear
		}
	}
	if i := host(content); i >= 0 {
		content[i].become("fn")
	}
	if i := ofAnyKind(content); i >= 0 {
		content[i].become("fn")
	}
	return content
}

// readings binds the items to every relation and card that can be asked with
// them, best first: those that leave nothing over, then the higher score.
func (b *Bot) readings(items []item) []reading {
	var out []reading
	content := b.content(items)
	if content == nil {
		return nil
	}
	negated := false
	for i := range content {
		// At the end of a message in Chinese a negation only asks: 有合作机构没有.
		asks := i == len(content)-1 && content[i].text != "" && scriptOf([]rune(content[i].text)[0]) == unspace && !strings.ContainsFunc(content[i].text, isKana)
		negated = negated || content[i].has(word, "negated") && !content[i].has(word, "except") && len(content) > 1 && !asks
	}
	for _, r := range b.relations {
		q := r.bind(content)
		if r.ready(q) && !holds(explainedRules, q) && !(negated && len(q.but) == 0 && !q.turned && q.unlisted()) && !b.otherList(q) {
			out = append(out, reading{query: q})
		}
	}
	keys := cardKeys(content)
	for _, c := range b.cards {
		if !c.possible(keys) {
			continue
		}
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

// host finds the word for a hospital by which the medical centre itself is
// meant: which universities have an agreement with the hospital. Another kind
// of partner is asked for, and between the two stands only what was agreed.
func host(items []item) int {
	agreed := func(it *item) bool { return it.has(word, "agreement") || it.has(word, "partner") }
	for i := range items {
		if !items[i].has("type", "hospital") || !items[i].has(word, "hospital") {
			continue
		}
		for _, step := range []int{-1, 1} {
			between := false
			for k := i + step; k >= 0 && k < len(items); k += step {
				other := func(s sense) bool { return s.kind == "type" && s.id != "hospital" }
				if slices.ContainsFunc(items[k].senses, other) {
					if between {
						return i
					}
					break
				}
				if !agreed(&items[k]) && !items[k].has(word, "fn") {
					break
				}
				between = between || agreed(&items[k])
			}
		}
	}
	return -1
}

// ofAnyKind finds a kind of partners that is named only beside all of them:
// partner universities and institutions. It returns -1 where there is none.
func ofAnyKind(items []item) int {
	for i := range items[:max(0, len(items)-2)] {
		// With nothing between the two they are one: university institutions.
		kind, between, all := &items[i], &items[i+1], &items[i+2]
		if strings.HasSuffix(between.text, "の") {
			continue // 消防の機関: institutions of that kind
		}
		if kind.hasKind("type") && !kind.named() && empty(between.senses) && all.has(word, "institution") && !all.hasKind("type") {
			return i
		}
	}
	return -1
}

// narrows tells whether the word for a relative only chooses some of those that
// are counted: how many kids from abroad were treated, foreign children treated.
func narrows(items []item, i int) bool {
	if !items[i].has(word, "family") {
		return false
	}
	counted, treated := false, false
	for k := i - 1; k >= 0 && !counted && (items[k].has(word, "fn") || items[k].has(word, "overseas")); k-- {
		counted = items[k].has(word, "overseas")
	}
	counted = counted || i > 0 && items[i-1].has(word, "count")
	for k := i + 1; k < len(items) && !treated && (items[k].has(word, "fn") || items[k].has(word, "overseas") || items[k].has(word, "patient")); k++ {
		treated = items[k].has(word, "overseas") || items[k].has(word, "patient")
	}
	return counted && treated
}

// otherList tells whether a query asks the agreements for hospitals that stand
// on the list of ranked hospitals only: "is it on the list?".
func (b *Bot) otherList(q *query) bool {
	ranked := func(id string) bool {
		return slices.ContainsFunc(b.facts.hospitals, func(h hospital) bool { return h.id == id })
	}
	if ids := q.ids("institution"); q.Relation == relAgreements && q.has("ranked") && len(ids) > 1 && !q.has("partner", "agreement") && slices.ContainsFunc(ids, ranked) &&
		!slices.ContainsFunc(ids, func(id string) bool { return !ranked(id) && !slices.Contains(q.shared, id) }) {
		return true // of those that share a name, the ranked ones
	}
	return q.Relation == relAgreements && q.has("ranked") && !q.has("partner", "agreement", "overseas", "domestic", "when", "subject") && !b.listed(q.ids("institution")) &&
		slices.ContainsFunc(b.facts.hospitals, func(h hospital) bool { return slices.Contains(q.ids("institution"), h.id) })
}

// open tells whether a query asks which ones there are.
func (q *query) open() bool {
	return q.has("country", "continent", "who", "list", "whichyear", "whichhospital", "department", "specialty", "institution", "cancertypes", "project")
}

// unlisted tells whether a query with a negation in it asks for what the tables
// do not list: which ones there are of a kind, or anything but something that
// it names.
func (q *query) unlisted() bool {
	if q.Relation == relProjects && q.has("project") && len(q.ids("institution")) == 1 && !q.hasKind("project") && !q.hasKind("country") {
		return false // the projects of all other clients
	}
	if q.Relation == relDepartments && q.has("sum") {
		return false // they do not add up to a hundred
	}
	if q.open() || q.hasKind("type") || q.hasKind("topic") || q.hasKind("continent") {
		return true
	}
	for kind, ids := range q.Entities {
		if len(ids) > 0 && kind != "month" && kind != "num" && kind != "ord" && !(kind == "country" && slices.Contains(ids, korea)) {
			return false
		}
	}
	return q.Relation == relAgreements || q.Relation == relHospitals || len(q.Years)+len(q.Dates) == 0
}

// complete tells whether the first reading explains everything.
func complete(r []reading) bool { return len(r) > 0 && len(r[0].query.leftover) == 0 }
