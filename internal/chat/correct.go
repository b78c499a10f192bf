package chat

import (
	"cmp"
	"slices"
	"strings"
)

// Bounds of the search for mistakes in one message.
const (
	maxGuesses     = 8   // words looked up
	maxLongGuesses = 3   // the same in a long message
	longMessage    = 400 // runes
	contextRunes   = 28  // on either side, by which a correction is judged
	maxOptions     = 16  // corrections tried for one word
	minHalf        = 4   // letters of each of two words written as one
)

// option is one way to mend a stretch of a text.
type option struct {
	from, to int
	put      []rune
	edits    int
}

// judged is an option with what the text around it reads like then.
type judged struct {
	option
	unknown, cost int
	senses        []string // of each item
}

// segments explains a text; cost is that of the explanation.
func segments(t *text, l *lexicon, tries []*trie) (items []item, cost int) {
	return segmentsWithout(t, l, tries, [2]int{})
}

// segmentsWithout explains a text without the entry that stands for one stretch.
func segmentsWithout(t *text, l *lexicon, tries []*trie, without [2]int) (items []item, cost int) {
	s := &segmenter{text: t, main: l, tries: tries, without: without}
	s.lenient, s.plainCost = l.lenience(t)
	if t.roman {
		s.roman = l.roman
	}
	items = s.segment()
	return items, s.best[len(t.r)].cost
}

// correct mends the words that no lexicon explains: letters more, less, other
// or swapped, spaces too many or too few. A word is mended only when that
// explains more and one meaning fits better than any other; what could be two
// things stays unknown. Items read with the help of a correction are marked
// as guessed.
func (b *Bot) correct(t *text, l *lexicon, tries []*trie, items []item) ([]item, bool) {
	left := maxGuesses
	if len(t.r) > longMessage {
		left = maxLongGuesses
	}
	typed := t.source()
	out := make([]rune, 0, len(t.r)+16)
	var mended [][2]int // in the new text
	var shifts []shift
	at := 0
	for i := range items {
		it := &items[i]
		if !it.unknown || it.from < at {
			continue
		}
		if left--; left < 0 {
			break
		}
		best, ok := b.bestOption(t, typed, l, tries, it, at)
		if !ok {
			continue
		}
		out = append(out, typed[at:best.from]...)
		mended = append(mended, [2]int{len(out), len(out) + len(best.put)})
		out = append(out, best.put...)
		shifts = append(shifts, shift{len(out) - len(best.put), len(out), best.from, best.to})
		at = best.to
	}
	if len(mended) == 0 {
		return nil, false
	}
	out = append(out, typed[at:]...)
	again, _ := segments(t.again(out), l, tries)
	for i := range again {
		again[i].typed = before(shifts, again[i].from, again[i].to)
		again[i].guessed = slices.ContainsFunc(mended, func(m [2]int) bool { return again[i].from < m[1] && m[0] < again[i].to })
	}
	return again, true
}

// shift is a mended stretch in the new text, and in the old.
type shift struct{ from, to, oldFrom, oldTo int }

// before gives the stretch of the old text that became one of the new text.
func before(shifts []shift, from, to int) [2]int {
	old := [2]int{from, to}
	for _, s := range shifts {
		switch {
		case from >= s.to:
			old[0] = from - s.to + s.oldTo
		case from > s.from:
			old[0] = s.oldFrom
		}
		switch {
		case to >= s.to:
			old[1] = to - s.to + s.oldTo
		case to > s.from:
			old[1] = s.oldTo
		}
	}
	return old
}

// bestOption finds the correction of one unknown item; at is where the part
// of the text begins that is still as it was typed.
func (b *Bot) bestOption(t *text, typed []rune, l *lexicon, tries []*trie, it *item, at int) (judged, bool) {
	options := b.options(t, l, it, at)
	if len(options) == 0 {
		return judged{}, false
	}
	from, to := max(at, it.from-contextRunes), min(len(t.r), it.to+contextRunes)
	for from > at && t.class[from-1] != space {
		from--
	}
	for to < len(t.r) && t.class[to] != space && to < it.to+2*contextRunes {
		to++
	}
	before, _ := segments(t.again(slices.Clone(typed[from:to])), l, tries)
	base := unknownRunes(before)
	given := 0 // letters of the article
	if len(l.article) > 0 && hasRunes(t.r[it.from:], l.article) {
		given = len(l.article)
	}
	var found []judged
	for _, o := range options {
		if o.from < from || o.to > to {
			continue
		}
		r := slices.Concat(typed[from:o.from], o.put, typed[o.to:to])
		now, cost := segments(t.again(r), l, tries)
		j := judged{option: o, unknown: unknownRunes(now), cost: cost}
		if j.unknown >= base {
			continue
		}
		j.senses = sensesWithin(now, o.from-from, o.from-from+len(o.put))
		if !slices.ContainsFunc(j.senses, func(s string) bool { return s != word+":fn" }) && (tight(t.class[it.from]) || it.to-it.from-given < leastEmptied) {
			continue
		}
		found = append(found, j)
	}
	if len(found) == 0 {
		return judged{}, false
	}
	slices.SortStableFunc(found, func(x, y judged) int {
		return cmp.Or(cmp.Compare(x.unknown, y.unknown), cmp.Compare(x.edits, y.edits), cmp.Compare(x.cost, y.cost))
	})
	best := found[0]
	for _, other := range found[1:] {
		if other.unknown != best.unknown || other.edits != best.edits || other.cost > best.cost+costNear {
			continue
		}
		switch {
		case narrower(other.senses, best.senses):
		case narrower(best.senses, other.senses): // as when a known slip has one of the meanings of the word
			best = other
		default:
			return judged{}, false
		}
	}
	return best, true
}

// leastEmptied is the number of letters from which a word with a mistake in it
// may be taken for one that says nothing. A shorter one may as well be a name, and
// without it more would be answered than was asked.
const leastEmptied = 5

// narrower tells whether two stretches are read in the same way, but for meanings
// that only b has.
func narrower(a, b []string) bool {
	return slices.EqualFunc(a, b, func(x, y string) bool {
		return !slices.ContainsFunc(strings.Split(x, ","), func(s string) bool { return !slices.Contains(strings.Split(y, ","), s) })
	})
}

func unknownRunes(items []item) int {
	n := 0
	for i := range items {
		if items[i].unknown {
			n += items[i].to - items[i].from
		}
	}
	return n
}

// sensesWithin writes what the items in a range are taken for.
func sensesWithin(items []item, from, to int) []string {
	var out []string
	for i := range items {
		if items[i].from >= to || items[i].to <= from {
			continue
		}
		list := make([]string, 0, len(items[i].senses))
		for _, s := range items[i].senses {
			list = append(list, s.kind+":"+s.id)
		}
		slices.Sort(list)
		out = append(out, strings.Join(list, ","))
	}
	return out
}

// options gives the known words near an unknown item.
func (b *Bot) options(t *text, l *lexicon, it *item, at int) []option {
	var out []option
	add := func(from, to int, put []rune, edits int) {
		if from >= at && len(out) < maxOptions {
			out = append(out, option{from, to, put, edits})
		}
	}
	if t.class[it.from] != spaced {
		for from := it.from; from >= max(at, it.from-3) && tightRange(t, from, it.to); from-- {
			for to := it.to; to <= min(len(t.r), it.to+3) && tightRange(t, from, to); to++ {
				if to-from < 2 || to-from > maxSpelled/2 {
					continue
				}
				for _, c := range l.spell.nearest(t.r[from:to]) {
					add(from, to, c.word, c.edits)
				}
			}
		}
		return out
	}
	w := t.r[it.from:it.to]
	if len(w) > maxSpelled {
		return nil
	}
	for _, c := range l.spell.nearest(w) {
		add(it.from, it.to, c.word, c.edits)
	}
	for cut := 1; cut <= 4 && len(w)-cut >= minSpell-1; cut++ {
		if !l.ending(w[len(w)-cut:]) {
			continue
		}
		for _, c := range l.spell.nearest(w[:len(w)-cut]) {
			add(it.from, it.to, slices.Concat(c.word, w[len(w)-cut:]), c.edits)
		}
	}
	if en := b.lexicon("en"); w[0] < 0x250 && l != en {
		for _, c := range en.spell.nearest(w) {
			add(it.from, it.to, c.word, c.edits)
		}
	}
	if len(out) == 0 {
		for n := len(w) - 1; n >= max(minSpell, len(w)-6); n-- { // stems that take any ending
			for _, c := range l.stems.nearest(w[:n]) {
				add(it.from, it.to, slices.Concat(c.word, w[n:]), c.edits)
			}
		}
	}
	// A space too few, or one too many.
	for k := minHalf; k+minHalf <= len(w); k++ {
		add(it.from, it.to, slices.Concat(w[:k], []rune{' '}, w[k:]), costEdit)
	}
	join := func(from, mid, to int) {
		joined := slices.Concat(t.r[from:mid], t.r[mid+1:to])
		for cut := 0; cut <= 4 && len(joined)-cut > mid-from && len(joined)-cut >= minSpell; cut++ {
			if l.ending(joined[len(joined)-cut:]) && l.spell.has(joined[:len(joined)-cut]) {
				add(from, to, joined, costEdit)
				return
			}
		}
	}
	if end := it.to; end+1 < len(t.r) && t.class[end] == space && t.class[end+1] == spaced {
		join(it.from, end, t.end[end+1])
	}
	if it.from >= 2 && t.class[it.from-1] == space && t.class[it.from-2] == spaced {
		join(wordStart(t, it.from-2), it.from-1, it.to)
	}
	return out
}

// tightRange tells whether a range is of one script without spaces.
func tightRange(t *text, from, to int) bool {
	for i := from; i < to; i++ {
		if t.class[i] != t.class[from] {
			return false
		}
	}
	return true
}
