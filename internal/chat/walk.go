package chat

type match struct {
	end  int
	stem int // end of what was matched without its ending
	// senses are those of its entry.
	senses []sense
	plain  bool // by plain letters
	roman  bool // by Latin letters for others
	sound  bool // by a character that sounds alike
	// articles are those in which text and phrase differ.
	articles int
}

// way tells how a position in a trie was reached.
type way struct {
	plain bool // a plain letter was taken for another
	roman bool // Latin letters were
	sound bool // a character was taken for one that sounds alike
}

// walk follows the trie from a place in it and a position.
func (s *segmenter) walk(tr *trie, n int32, from, at int, w way) {
	t := s.text
	for {
		if at > from {
			s.accept(tr, tr.out(n), from, at, w)
			// A word of the phrase ends here while the text's word goes on: its
			// ending is skipped.
			if at < len(t.r) && t.class[at] == spaced && !t.start[at] && t.class[at-1] == spaced {
				if next, ok := tr.child(n, ' '); ok {
					end := t.end[at]
					if end < len(t.r) && t.class[end] == space && end-at <= 6 && s.innerEnding(at-max(from, wordStart(t, at-1)), t.r[at:end]) {
						s.walk(tr, next, from, end+1, w)
					}
				}
			}
			// Spaces inside a phrase of unspaced scripts, and between these and
			// others, do not count.
			for at < len(t.r) && t.class[at] == space && at+1 < len(t.r) && (tight(t.class[at+1]) || tight(t.class[at-1])) && !tr.has(n, ' ') {
				at++
			}
		}
		if s.roman != nil {
			s.romanStep(tr, n, from, at)
		}
		if at >= len(t.r) {
			return
		}
		if at > from && t.start[at] && t.r[at-1] == ' ' {
			s.article(tr, n, from, at, w)
		}
		if s.sounds {
			s.soundStep(tr, n, from, at, w)
		}
		if s.lenient && tr.plain != nil && tr.soft(n) {
			for i := range tr.branches(n) {
				if r, next := tr.branch(n, i); r >= 0x80 && r != t.r[at] && tr.plain(r) == t.r[at] {
					s.walk(tr, next, from, at+1, way{plain: true, roman: w.roman})
				}
			}
		}
		next, ok := tr.child(n, t.r[at])
		if !ok {
			return
		}
		n = next
		at++
	}
}

// article goes on behind an article that the next word has only in the text,
// or only in the phrase.
func (s *segmenter) article(tr *trie, n int32, from, at int, w way) {
	a := s.main.article
	if len(a) == 0 {
		return
	}
	s.articles++
	defer func() { s.articles-- }()
	if hasRunes(s.text.r[at:], a) {
		if s.text.end[at]-at >= len(a)+stemMin {
			s.walk(tr, n, from, at+len(a), w)
		}
		return
	}
	for _, r := range a {
		next, ok := tr.child(n, r)
		if !ok {
			return
		}
		n = next
	}
	s.walk(tr, n, from, at, w)
}

// accept records an entry, if there is one, where the text's word may end where the
// phrase does.
func (s *segmenter) accept(tr *trie, e entry, from, at int, w way) {
	if e < 0 {
		return
	}
	t := s.text
	if w.sound && !soundable(tr.senses(e), t.r[from:at]) {
		return
	}
	if e.is(exact) && w.plain && s.main.marks {
		return // another word, without its marks
	}
	found := func(end int) {
		s.found = append(s.found, match{end: end, stem: at, senses: tr.senses(e), plain: w.plain, roman: w.roman, sound: w.sound, articles: s.articles})
	}
	last := t.class[at-1]
	if last == unspace || last == mark {
		found(at)
		return
	}
	if last == digit {
		if at == len(t.r) || t.class[at] != digit && (t.class[at] != spaced || t.start[at]) && !(t.class[at] == mark && t.r[at] != '%' && t.r[at] != '~') {
			found(at)
		}
		return
	}
	if last == space {
		return
	}
	end := t.end[at-1]
	switch {
	case end == at:
		found(at)
	case last == hangul:
		// What follows is read as more entries or endings.
		found(at)
		if e.is(open) {
			found(end)
		}
	case e.is(exact):
	case e.is(open) && s.ownWord(tr, at, end):
		// A word written together with the next one.
	case e.is(open) && !w.roman:
		found(end)
	case at-max(from, wordStart(t, at-1)) >= stemMin && s.ending(t.r[at:end]):
		if short := at-from <= shortStem && (empty(tr.senses(e)) || ofCountry(tr.senses(e))); !short || s.main.suffixes[string(t.r[at:end])] || isLatin(t.r[at]) {
			found(end)
		}
	}
}

// shortStem is the number of letters up to which a word that says nothing, or
// names a country, takes one ending only: with several it soon is a part of
// another word, اري of أريكية, which was to be أمريكية, Того of тогтохгүй, or of a
// name, той of Тойота.
const shortStem = 3

// ending tells whether the rest of a word is an ending, in the letters of the
// language or in those it is typed in.
func (s *segmenter) ending(r []rune) bool {
	if s.roman != nil && isLatin(r[0]) {
		return s.roman.ending(r)
	}
	return s.main.ending(r)
}

// innerEnding tells whether a word inside a phrase, n letters of which are the
// phrase's, may go on like this: the shortest words take one ending only, for
// several are soon another word (Mongolian бол, Боливид).
func (s *segmenter) innerEnding(n int, r []rune) bool {
	if n == stemMin && !isLatin(r[0]) {
		return s.main.suffixes[string(r)]
	}
	return n >= stemMin && s.ending(r)
}

// ownWord tells whether what an open entry would swallow as an ending holds a
// known word of its own.
func (s *segmenter) ownWord(tr *trie, at, end int) bool {
	if end-at < 2*minHalf-2 || s.main.ending(s.text.r[at:end]) {
		return false
	}
	for from := at; from+minHalf <= end; from++ {
		n := int32(0)
		for i := from; i < end; i++ {
			next, ok := tr.child(n, s.text.r[i])
			if !ok {
				break
			}
			n = next
			out := tr.out(n)
			if out < 0 || i+1-from < minHalf || tr.senses(out)[0].id == "fn" {
				continue
			}
			if out.is(open) || s.main.ending(s.text.r[i+1:end]) {
				return true
			}
		}
	}
	return false
}

func wordStart(t *text, i int) int {
	for i > 0 && !t.start[i] {
		i--
	}
	return i
}
