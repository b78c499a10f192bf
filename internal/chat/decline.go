package chat

import (
	"slices"
	"strings"
	"unicode"
)

// declineFor says what was not understood.
func (b *Bot) declineFor(message string, items []item, readings []reading, how *Explanation, lang string) *answer {
	a := b.newAnswer(lang)
	left := how.unbound(items, readings)
	echo := b.echo(message, lang)
	var absent, unknown, country []string
	add := func(list []string, it *item) []string {
		if s := echo(it); s != "" && !slices.Contains(list, s) {
			return append(list, s)
		}
		return list
	}
	var strange []*item
	for _, it := range left {
		switch {
		case it.has(word, "absent"):
			absent = add(absent, it)
		case it.unknown:
			if strange = append(strange, it); len(strange) <= maxContent {
				unknown = add(unknown, it)
			}
		case len(it.senses) > 0 && it.senses[0].kind == "country":
			country = append(country, it.senses[0].id)
		}
	}
	var q *query
	if len(readings) > 0 {
		q = readings[0].query
	}
	if q != nil && len(absent) == 0 && len(unknown) > 0 {
		if a.suggestions = b.meant(q, a); len(a.suggestions) > 0 {
			a.suggestions = append(a.suggestions, a.text("suggest.person", nil))
		}
	}
	var numbers []float64
	for i := range items {
		if n := items[i].number; n != nil && n.year == 0 {
			numbers = append(numbers, n.value)
		}
	}
	cited := b.cited(numbers, lang)
	switch {
	case len(absent) > 0:
		return a.decline("decline.word", args{"Topic": topic(absent[0])})
	case cited != nil:
		return cited
	case len(unknown) > 0 && len(strange) == len(left) && b.unlisted(q, strange, message, unknown, lang):
		return a.decline("no.institution", args{"Name": topic(strings.Join(unknown, " ")), "Overseas": len(b.facts.overseas), "Domestic": len(b.facts.domestic)})
	case len(country) > 0 && country[0] != korea && q != nil:
		return a.decline("decline.country", args{"Country": b.catalog.Country(lang, country[0]), "About": a.text("about."+aboutKey(q.Relation), nil)})
	case len(unknown) > 0:
		return a.decline("decline.unknown", args{"Topic": topic(strings.Join(unknown[:min(len(unknown), 2)], " … "))})
	}
	return a.decline("decline.general", nil)
}

// unlisted tells whether the words nobody knows in a question about agreements
// can be said to be no partner's name. They must look like a name, by capitals
// or by the question, and no listed name may have one of them: a part of a
// listed name, or an ordinary word, must not be denied.
func (b *Bot) unlisted(q *query, strange []*item, message string, typed []string, lang string) bool {
	if q == nil || q.Relation != relAgreements || q.hasKind("institution") {
		return false
	}
	ix, l := b.names[lang](), b.lexicon(lang)
	for _, it := range strange {
		for w := range strings.FieldsSeq(it.text) {
			if len([]rune(w)) >= stemMin && slices.ContainsFunc(ix.listed, func(s sense) bool { return ix.of[s].names(w, l) }) {
				return false
			}
		}
	}
	named := slices.ContainsFunc(typed, func(s string) bool {
		first := strings.HasPrefix(message, s) // every sentence has a capital there
		return strings.ContainsFunc(s, func(r rune) bool {
			return !first && unicode.IsUpper(r) || unicode.Is(unicode.Latin, r) && lang != "en" && lang != "vi"
		})
	})
	return named || !q.open() && !q.has("count", "when", "subject", "each", "all", "highest", "lowest", "more", "less")
}

// longestEcho is how many characters of a word before and after what is said
// back are said with it.
const longestEcho = 60

// echo gives a function that tells the words of a message, as they were typed
// and whole, in which an item stands. It returns "" where that cannot be told,
// and for a single letter of a script without spaces, which is no word.
func (b *Bot) echo(message, lang string) func(*item) string {
	in := appendRunes(nil, message)
	from := make([]int, 0, len(in)+8)
	folded := appendFold(nil, in, b.lexicon(lang).marks, &from)
	untwin(folded)
	return func(it *item) string {
		first, last := it.typed[0], it.typed[1]
		if first < 0 || last <= first || last > len(folded) {
			return ""
		}
		if !it.guessed && strings.ReplaceAll(string(folded[first:last]), string(hyphen), " ") != it.text {
			return "" // of another reading of the message
		}
		at, to := from[first], from[last-1]+1
		if s := scriptOf(folded[first]); s == unspace {
			if to-at < 2 {
				return ""
			}
			return string(in[at:to])
		}
		for left := longestEcho; left > 0 && at > 0 && sameWord(in[at-1], in[at]); left-- {
			at--
		}
		for left := longestEcho; left > 0 && to < len(in) && sameWord(in[to], in[to-1]); left-- {
			to++
		}
		return strings.TrimFunc(string(in[at:to]), unicode.IsPunct)
	}
}

// sameWord tells whether a rune goes on with the word that its neighbour is
// of.
func sameWord(r, beside rune) bool {
	switch {
	case unicode.IsSpace(r), scriptOf(r) == unspace:
		return false
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return scriptOf(beside) != unspace
	}
	return strings.ContainsRune("'’ʼ-‐‑", r)
}

func aboutKey(rel string) string {
	if strings.HasPrefix(rel, cardPrefix) {
		return "data"
	}
	return rel
}

// topic shortens words that are said back.
func topic(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
