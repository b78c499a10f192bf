package chat

import (
	"maps"
	"slices"
)

// longestRegrouped is the number of characters up to which a message is read
// with other groups of words.
const longestRegrouped = 160

// loose are the concepts whose phrases may be taken apart, or for shorter ones,
// where a message makes no sense with them. Limits, denials and what the data
// lacks are not among them: without those more would be answered than was asked.
var loose = set("fn also subject when where sum share agreement partner institution department school university hospital specialty cancer organ",
	"opened scope client project first last overseas domestic korean ranked whichyear yearword country continent what_is name worldfirst")

// regrouped reads a message anew whose words make no question: a phrase of
// several words may have been seen where each stood for itself, どんな提携|先 for
// どんな|提携先. It returns nil unless leaving out one phrase gives a question,
// and the same one whichever it is.
func (b *Bot) regrouped(message, lang string, items []item, st *state) []item {
	l := b.lexicon(lang)
	t := newText(figures(message), l.marks)
	if len(t.r) > longestRegrouped || unknowns(items) > 1 {
		return nil
	}
	var best []item
	var query *query
	for i := range items {
		it := &items[i]
		if !it.loose() || it.to-it.from < 2 {
			continue
		}
		again, _ := segmentsWithout(t, l, l.tries, [2]int{it.from, it.to})
		if unknowns(again) > 0 || !regroups(again, items, it) {
			continue
		}
		again = b.placed(message, lang, b.inCountry(lang, b.apposed(message, lang, again)))
		readings := b.interpret(again, st.Frame)
		if !complete(readings) {
			continue
		}
		q := readings[0].query
		if query != nil && !sameQuestion(q, query) {
			return nil
		}
		if query == nil || len(again) < len(best) {
			best, query = again, q
		}
	}
	return best
}

// loose tells whether an item may have been seen wrongly in the words typed.
func (it *item) loose() bool {
	return it.number == nil && !it.guessed && !it.unknown && !it.named() && it.typed == [2]int{it.from, it.to} &&
		!slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == word && !loose[s.id] })
}

// regroups tells whether a word of content begins or ends within the item that
// is left out and goes beyond it, and no other takes part of an item that must
// stay.
func regroups(again, items []item, without *item) bool {
	crosses := false
	for i := range again {
		x := &again[i]
		for k := range items {
			it := &items[k]
			if it.to <= x.from || x.to <= it.from || it.from == x.from && it.to == x.to {
				continue
			}
			if !it.loose() && !it.unknown {
				return false
			}
		}
		crosses = crosses || !x.has(word, "fn") && (x.from < without.from && x.to > without.from || x.from < without.to && x.to > without.to)
	}
	return crosses
}

// sameQuestion tells whether two queries ask the same of the same things.
func sameQuestion(x, y *query) bool {
	if x.Relation != y.Relation || x.Percent != y.Percent || !maps.Equal(x.Words, y.Words) || !slices.Equal(x.Years, y.Years) || !slices.Equal(x.Months, y.Months) ||
		!slices.Equal(x.Numbers, y.Numbers) || len(x.Dates) != len(y.Dates) || len(x.but) != len(y.but) || len(x.Entities) != len(y.Entities) {
		return false
	}
	for kind, ids := range x.Entities {
		if !slices.Equal(ids, y.Entities[kind]) {
			return false
		}
	}
	return true
}
