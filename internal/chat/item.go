package chat

import "slices"

// item is a stretch of the message that is understood as one thing, or not at
// all.
type item struct {
	from, to int
	// typed is the stretch before anything was corrected.
	typed  [2]int
	senses []sense
	// number is set for figures.
	number *number
	// guessed marks a word that was bound in spite of a mistake in it; as is
	// what was read instead.
	guessed bool
	// roman marks a word of another alphabet that is written in Latin letters.
	roman bool
	// home is the country that the asker is only from or in: no part of the
	// question, but of what a person who answers needs to know.
	home string
	// own marks what nobody knows and the asker said of themselves: no part of the
	// question, and nobody else's business.
	own bool
	// called marks a place that is called by its own name.
	called bool
	// unknown marks what no lexicon explains.
	unknown bool
	// span is set where the words are a number of years, which elsewhere may
	// name what the data lacks: "three years".
	span float64
	text string
	// final marks words of a language where a negation follows what it denies.
	final bool
	// open marks words by which more is asked for than whether something is so,
	// whether those that ask just that.
	open, whether bool
}

// has tells whether the item has the sense.
func (it *item) has(kind, id string) bool {
	for _, s := range it.senses {
		if s.kind == kind && s.id == id {
			return true
		}
	}
	return false
}

// named tells whether the item may be the name of a country or an
// institution: then it is no mere function word.
func (it *item) named() bool {
	for _, s := range it.senses {
		switch s.kind {
		case "country", "institution", "xinst", "continent":
			return true
		}
	}
	return false
}

func isYear(it *item) bool { return it.number != nil && it.number.year > 0 }

// empty tells whether senses say nothing: those of a function word.
func empty(senses []sense) bool {
	return len(senses) > 0 && !slices.ContainsFunc(senses, func(s sense) bool { return s != sense{word, "fn"} })
}

// ofCountry tells whether senses only name a country.
func ofCountry(senses []sense) bool {
	return len(senses) > 0 && !slices.ContainsFunc(senses, func(s sense) bool { return s.kind != "country" })
}
