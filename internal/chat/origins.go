package chat

import (
	"slices"
	"strings"
)

// asksOrigin reads a message that asks of a figure just given only where it is
// from or of what time it is: "and the source?". It gives what the figure was
// about, with the words that ask; nil where a message asks anything else.
func (f *frame) asksOrigin(items []item) []item {
	var asked []item
	for i := range items {
		it := &items[i]
		switch {
		case it.has(word, "source") || it.has(word, "period") || it.has(word, "link"):
			asked = append(asked, *it)
		case it.has(word, "fn"), it.has(word, "also"), it.has(word, "where"), it.has(word, "what_is"), it.has(word, "exists"):
		default:
			return nil
		}
	}
	if len(asked) == 0 {
		return nil
	}
	var of []item
	for _, old := range f.Senses {
		switch old.Kind {
		case "cancer", "organ", "indicator", "department":
			of = append(of, old.item())
		case "specialty":
			of = append(of, item{senses: []sense{{word, "specialty"}}})
		case word:
			if strings.HasPrefix(slot(old.sense()), "topic:") && !slices.Contains([]string{"rate", "organ", "fiveyear"}, old.ID) {
				of = append(of, old.item())
			}
		}
	}
	if len(of) == 0 {
		return nil
	}
	return append(of, asked...)
}

// origins gives the cards that tell where the figures of a table come from.
func (b *Bot) origins(items []item) []reading {
	var out []reading
	for _, r := range b.readings(items) {
		if r.card != nil && len(r.query.leftover) == 0 {
			r.merged = true
			out = append(out, r)
		}
	}
	return out
}
