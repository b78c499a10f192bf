package chat

import "slices"

// originAfter are the languages in which the words that tell where somebody is
// from or lives follow the name of the country.
var originAfter = set("ko ja mn kk")

// besideCountry is how many small words may stand between a country and the
// words by which it belongs to the asker's own story.
const besideCountry = 2

// withoutOrigin takes the country out of the question that only the asker, or
// one of the family, is in or from: "I am from Mongolia, how is the survival in
// Korea?". A message that points back to that country, "what is it there?",
// keeps it.
func (b *Bot) withoutOrigin(message, lang string, items []item) []item {
	own := func(it *item) bool { return it.has(word, "origin") }
	told := func(it *item) bool { return own(it) || it.has(word, "family") && !it.has(word, "patient") }
	if !slices.ContainsFunc(items, func(it item) bool { return told(&it) }) {
		return items
	}
	keep := b.acts.pointsThere(message)
	others := 0
	for i := range items {
		if items[i].hasKind("country") || items[i].has(word, "korean") {
			others++
		}
	}
	for i := range items {
		it := &items[i]
		if !told(it) {
			continue
		}
		dir := 1
		if originAfter[lang] && own(it) {
			dir = -1
		}
		at := countryBeside(items, i, dir)
		// What the family is near may be what is asked about, unless another
		// place is.
		if at >= 0 && !keep && (own(it) || others > 1 && !joined(items, at)) {
			for _, s := range items[at].senses {
				if s.kind == "country" {
					items[at].home = s.id
				}
			}
			items[at].become("fn")
		}
		// Where nothing is named, a partner near the asker may be meant.
		if at := i + dir; own(it) && !keep && at >= 0 && at < len(items) && (items[at].has("place", "town") && !items[at].named() || items[at].unknown) && (others > 0 || about(items)) {
			items[at].own = items[at].unknown // a town, perhaps one that no list has; or a name
			items[at].become("fn")
		}
		if own(it) {
			it.become("origin")
		}
	}
	return items
}

// about tells whether a message names something of the data or a year.
func about(items []item) bool {
	return slices.ContainsFunc(items, func(it item) bool {
		return isYear(&it) || slices.ContainsFunc([]string{"institution", "project", "cancer", "organ", "department", "specialty", "indicator"}, it.hasKind)
	})
}

// joined tells whether a country is named together with another one.
func joined(items []item, at int) bool {
	k := at + 1
	for k < len(items) && empty(items[k].senses) {
		k++
	}
	return k < len(items) && items[k].hasKind("country")
}

// countryBeside finds the country other than Korea next to an item, or -1.
func countryBeside(items []item, i, dir int) int {
	for k, n := i+dir, 0; k >= 0 && k < len(items) && n <= besideCountry; k, n = k+dir, n+1 {
		switch it := &items[k]; {
		case it.hasKind("country") && !it.has("country", korea):
			return k
		case it.unknown || !it.has(word, "fn") && !it.has(word, "what_is"):
			return -1
		}
	}
	return -1
}

// hasKind tells whether the item may be an entity of the kind.
func (it *item) hasKind(kind string) bool {
	return slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == kind })
}
