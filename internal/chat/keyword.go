package chat

import (
	"slices"
	"strings"
	"unicode"

	"naru/internal/knowledge"
)

// longestKeyword is the number of items up to which a message about a place is
// no more than a keyword with the words that ask for something there.
const longestKeyword = 5

// placeOnly tells whether a query names a place abroad and says no more of it
// than that something may be there: a country as a keyword, "anything in
// Vietnam?". The desk has partners in places, and nothing else by them. What
// belongs to a country, a language or its people, is no place.
func (q *query) placeOnly() bool {
	if q.items > longestKeyword || !q.called || len(q.Entities) != 1 || len(q.ids("country"))+len(q.ids("continent")) != 1 || slices.Contains(q.ids("country"), korea) || q.timed() || len(q.but) > 0 {
		return false
	}
	return !q.said("meaning", "thing") && q.only("exists", "list", "who", "also", "between", "to") && (q.items == 1 || q.has("exists", "list") || q.said("yours"))
}

// timed tells whether a query names a time or a figure.
func (q *query) timed() bool { return len(q.Years)+len(q.Numbers)+len(q.Dates)+len(q.Months) > 0 }

// agreedOnly are the types of institutions that only agreements tell of.
var agreedOnly = set("fire-service police local-government education-office military religious-body foundation government-agency company research-institute health-center")

// kindOnly tells whether a query asks for a list of institutions of such types.
func (q *query) kindOnly() bool {
	types := q.ids("type")
	return len(types) > 0 && len(q.Entities) == 1 && !q.timed() && !q.said("meaning", "thing") &&
		q.has("list") && q.only("list", "all", "exists", "name") && !slices.ContainsFunc(types, func(t string) bool { return !agreedOnly[t] })
}

// longestCase is the number of characters that the endings of a case add to the
// name of a country.
const longestCase = 3

// calls notes at each country and continent whether it is called by its name,
// in whatever case, and not by a word for what belongs to it: Монголией, not
// монгольский.
func (b *Bot) calls(lang string, items []item) {
	for i := range items {
		it := &items[i]
		for _, s := range it.senses {
			name := ""
			switch s.kind {
			case "country":
				name = b.catalog.Country(lang, s.id)
			case "continent":
				if e, ok := b.base.Entity(knowledge.Ref{Kind: knowledge.Continent, ID: s.id}); ok {
					name = e.Name(lang)
				}
			}
			it.called = it.called || name != "" && !it.guessed && inCase(it.text, string(fold(name, b.lexicon(lang).marks)))
		}
	}
}

// inCase tells whether a word is a name in one of its cases.
func inCase(text, name string) bool {
	typed, own := []rune(text), []rune(name)
	switch {
	case unicode.Is(unicode.Cyrillic, own[0]):
		return len(typed)-len(own) <= longestCase && strings.HasPrefix(text, string(own[:len(own)-1]))
	case unicode.Is(unicode.Hangul, own[0]):
		return len(typed)-len(own) <= longestCase && strings.HasPrefix(text, name)
	case unicode.Is(unicode.Arabic, own[0]):
		return strings.HasSuffix(text, strings.TrimPrefix(name, "ال"))
	}
	return text == name
}

// townOnly tells whether a query asks for partners of some kind in a town and
// for nothing else.
func (q *query) townOnly() bool {
	return q.hasKind("place") && q.items <= longestKeyword && !q.timed() && (q.hasKind("type") || q.has("institution", "exists", "list") || q.said("yours")) &&
		q.only("exists", "list", "who", "also", "between", "to", "institution", "hospital", "whichhospital", "university", "school")
}

// town declines a question for the partners in a town, which the lists do not
// tell. Those that have the town in their names are named.
func (a *answer) town(q *query) *answer {
	b := a.b
	ix, l, named := b.names[a.lang](), b.lexicon(a.lang), q.named["place"]
	all := slices.Concat(b.facts.overseas, b.facts.domestic).filter(func(r *knowledge.Agreement) bool {
		n := ix.of[sense{string(knowledge.Institution), r.Institution}]
		return n != nil && named != nil && n.shown.names(named.text, l)
	})
	in := a.names(q.ofKind(b, all))
	if len(in) == 0 || len(in) > shownRows {
		return a.decline("decline.town", nil)
	}
	return a.decline("decline.town_names", args{"Items": a.items(in)})
}
