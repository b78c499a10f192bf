package chat

import (
	"math/bits"
	"slices"
	"sync"
	"unicode/utf8"

	"naru/internal/knowledge"
)

// speller finds words of a lexicon that differ from a typed word by one or two
// edits: a letter more, less, other, or swapped with its neighbour. Hangul is
// compared by the letters its syllables are made of.
//
// The index is built from the lexicon when the first mistake is met. It is a
// list by length whose entries carry the set of their letters: most words are
// ruled out by one comparison of sets, and only few are measured.
type speller struct {
	index func() [][]spelling // by the number of letters
}

// spelling is one word of the index.
type spelling struct {
	word []rune
	key  []rune // the letters compared
	set  uint64 // of the letters, hashed
	// small marks words without a meaning of their own and those of the
	// question: only near misses of some length count for them.
	small bool
	// name marks words of the names of institutions.
	name bool
}

// Limits of what may be taken for a mistake, in letters.
const (
	minSpell     = 5  // one edit in a word for a thing
	minSmall     = 6  // one edit in a small word
	minSwap      = 3  // two neighbours swapped
	minTwoEdits  = 9  // two edits
	minIdeograph = 3  // one edit in a word of Han characters
	minJamo      = 8  // Hangul letters from which any edit counts; below, only sounds alike
	maxSpelled   = 40 // longer words are not compared
	maxNearest   = 6  // candidates that are looked at
)

// newSpeller makes a speller of the words that collect adds. Of a word that is
// added several times, the weightiest counts.
func newSpeller(collect func(add func(spelling))) *speller {
	return &speller{index: sync.OnceValue(func() [][]spelling {
		var words []spelling
		known, text := map[string]int{}, []byte(nil)
		collect(func(w spelling) {
			if len(w.word) < 2 || len(w.word) > maxSpelled {
				return
			}
			text = text[:0]
			for _, r := range w.word {
				text = utf8.AppendRune(text, r)
			}
			i, ok := known[string(text)]
			if !ok {
				known[string(text)] = len(words)
				w.word = slices.Clone(w.word)
				words = append(words, w)
			} else if k := &words[i]; w.name && !k.name || w.name == k.name && !w.small {
				k.name, k.small = w.name, w.small
			}
		})
		slices.SortFunc(words, func(a, b spelling) int { return slices.Compare(a.word, b.word) })
		return indexed(words)
	})}
}

// indexed arranges words by the number of their letters.
func indexed(words []spelling) [][]spelling {
	index := make([][]spelling, 3*maxSpelled+1)
	room := 0
	for i := range words {
		room += len(words[i].word)
		if key := letters(words[i].word); len(key) != len(words[i].word) {
			room += len(key)
		}
	}
	// All letters stand in one piece, and the words of each length, too: one by
	// one they take half as much again.
	kept, counts := make([]rune, 0, room), make([]int, len(index))
	keep := func(r []rune) []rune {
		kept = append(kept, r...)
		return kept[len(kept)-len(r) : len(kept) : len(kept)]
	}
	for i := range words {
		w := &words[i]
		key := letters(w.word)
		w.word = keep(w.word)
		if w.key = w.word; len(key) != len(w.word) {
			w.key = keep(key)
		}
		w.set = letterSet(w.key)
		counts[len(w.key)]++
	}
	all, from := make([]spelling, len(words)), 0
	for n, count := range counts {
		index[n] = all[from : from : from+count]
		from += count
	}
	for _, w := range words {
		index[len(w.key)] = append(index[len(w.key)], w)
	}
	return index
}

// spellings adds the words of the phrases in which a mistake may be made.
func (l *lexicon) spellings(add func(spelling)) {
	l.words.each(func(phrase []rune, e entry) {
		w, ok := l.words.spelling(e)
		for rest := phrase; ok && len(rest) > 0; {
			end := slices.Index(rest, ' ')
			if end < 0 {
				end = len(rest)
			}
			w.word = rest[:end]
			add(w)
			rest = rest[min(end+1, len(rest)):]
		}
	})
}

// stemSpellings adds the phrases that take any ending.
func (l *lexicon) stemSpellings(add func(spelling)) {
	l.words.each(func(phrase []rune, e entry) {
		if w, ok := l.words.spelling(e); ok && e.is(open) && !w.small {
			add(spelling{word: phrase})
		}
	})
}

// spelling tells how mistakes in the words of an entry count, and whether any
// may be mended.
func (t *trie) spelling(e entry) (spelling, bool) {
	w, ok := spelling{small: true}, false
	for _, s := range t.senses(e) {
		if e.is(elided) || s.kind == word && unguessed[s.id] {
			continue
		}
		ok = true
		w.small = w.small && s.kind == word && !spelled[s.id]
		w.name = w.name || s.kind == string(knowledge.Institution)
	}
	return w, ok
}

// letters gives what is compared of a word: Hangul syllables are taken apart.
func letters(w []rune) []rune {
	if !slices.ContainsFunc(w, func(r rune) bool { return r >= 0xAC00 && r <= 0xD7A3 }) {
		return w
	}
	out := make([]rune, 0, 3*len(w))
	for _, r := range w {
		if r < 0xAC00 || r > 0xD7A3 {
			out = append(out, r)
			continue
		}
		i := r - 0xAC00
		out = append(out, 0x1100+i/588, 0x1161+i%588/28)
		if last := i % 28; last > 0 {
			out = append(out, 0x11A7+last)
		}
	}
	return out
}

func letterSet(w []rune) uint64 {
	var s uint64
	for _, r := range w {
		s |= 1 << (uint32(r) * 2654435761 >> 26)
	}
	return s
}

// What a mistake weighs: swapped neighbours are likelier than a wrong letter.
const (
	costEdit = 10
	costSwap = 8
)

// candidate is a known word near a typed one, and the weight of the mistakes
// between them.
type candidate struct {
	word  []rune
	edits int
}

// nearest returns the known words with the fewest edits to w, at most a few;
// none when w is a word of a name itself.
func (s *speller) nearest(w []rune) []candidate {
	key := letters(w)
	if len(key) < minSwap || len(w) > maxSpelled {
		return nil
	}
	least := minSpell
	script := scriptOf(w[0])
	if script == unspace {
		least = minIdeograph
		if isKana(w[0]) {
			least++
		}
	}
	limit := 1
	if script == spaced && len(key) >= minTwoEdits-1 {
		limit = 2
	}
	index, typed := s.index(), letterSet(key)
	var found []candidate
	for n := max(1, len(key)-limit); n <= len(key)+limit && n < len(index); n++ {
		for i := range index[n] {
			c := &index[n][i]
			if bits.OnesCount64(c.set^typed) > 2*limit {
				continue
			}
			d := edits(key, c.key, limit)
			if d == 0 && c.name {
				return nil // rightly spelled: the rest of the name is missing
			}
			if d == 0 || d > limit || !plausible(key, c, d, least) {
				continue
			}
			if d < limit {
				limit = d
				found = found[:0]
			}
			if len(found) < maxNearest {
				weight := d * costEdit
				if d == 1 && len(key) == len(c.key) && swapped(key, c.key) {
					weight = costSwap
				}
				found = append(found, candidate{c.word, weight})
			}
		}
	}
	return found
}

// has tells whether the word is a known one.
func (s *speller) has(w []rune) bool {
	key := letters(w)
	index := s.index()
	return len(key) < len(index) && slices.ContainsFunc(index[len(key)], func(c spelling) bool { return slices.Equal(c.key, key) })
}

// plausible tells whether a typed word may be a slip for a known one.
func plausible(key []rune, c *spelling, d, least int) bool {
	if c.name && len(c.key) <= 4 && c.key[0] < 0x80 {
		return false // another abbreviation is another body: KIST, KISTI
	}
	if kana, known := hiraganaOnly(key), hiraganaOnly(c.key); kana || known {
		return kana && known && d == 1 && kanaSlip(key, c.key)
	}
	if fewIdeographs(key) && fewIdeographs(c.key) {
		return false // 海洋の is not 海外の
	}
	if d == 1 && len(key) == len(c.key) && swapped(key, c.key) {
		return len(key) >= minSwap
	}
	if c.small {
		least = max(least, minSmall)
	}
	if key[0] >= 0x1100 && key[0] < 0x1200 && (len(key) < minJamo || len(c.key) < minJamo) {
		return d == 1 && len(key) == len(c.key) && len(key) >= minSpell && (alike(key, c.key, soundAlike) || palatal(key, c.key) || !c.small && !c.name && alike(key, c.key, sideBySide))
	}
	short := min(len(key), len(c.key))
	switch {
	case len(key) == 4 && len(c.key) == 5 && !c.small && least == minSpell: // hart
		return key[0] == c.key[0] && key[3] == c.key[4]
	case short < least-1 || len(key) < least:
		return false
	case key[0] != c.key[0]:
		return d == 1 && !c.small && short >= minSpell+2
	case d == 2:
		return !c.small && short >= minTwoEdits-1 && max(len(key), len(c.key)) >= minTwoEdits
	}
	return true
}
