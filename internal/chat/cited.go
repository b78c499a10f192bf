package chat

import "strings"

// maxCited is the most printed figures that are explained at once: a number
// that stands in more places tells nothing by itself.
const maxCited = 3

// cited says what the printed figures are that a message names, though it is
// not understood as a whole: that much is true whatever was asked about them,
// and what is odd about a figure is mostly what people ask. nil where no
// distinctive figure is named, or too many.
func (b *Bot) cited(numbers []float64, lang string) *answer {
	a := b.newAnswer(lang)
	a.say("clarify.figure", nil)
	for _, n := range numbers {
		if !distinctive(n) {
			continue
		}
		for _, rel := range figureRelations {
			for _, f := range b.facts.figures[rel] {
				if f.value == n {
					a.parts = append(a.parts, a.item(a.label(rel, f), a.value(rel, f)))
					a.use(rel, f)
				}
			}
		}
		if n == b.facts.total.value {
			b.printedTotal(a)
		}
	}
	if len(a.facts) == 0 || len(a.facts) > maxCited {
		return nil
	}
	a.kind = KindClarify
	a.suggestions = []string{a.text("suggest.person", nil)}
	return a
}

// distinctive tells whether a number has three digits at least, so that naming
// it by chance is unlikely.
func distinctive(v float64) bool {
	return len(strings.Trim(strings.ReplaceAll(decimals(v), ".", ""), "-0")) >= 3
}
