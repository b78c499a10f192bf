package chat

import "strings"

// Words of Chinese characters are typed by their sound, and of those that
// sound the same the wrong one is easily taken: 换者 for 患者. Such a word is
// often made of characters that mean something by themselves, so that nothing
// in the message is unknown; it is therefore read again only where the message
// cannot be answered as it stands.

// costSound is what a character that only sounds right costs: less than
// another entry, more than the joining of senses.
const costSound = 60

// maxSounds is how many words of one message may be written so.
const maxSounds = 2

// leastSound is the number of characters of a word in which one may be wrong.
const leastSound = 2

// alikeOf gives for each character those that sound the same, from groups
// parted by spaces.
func alikeOf(groups string) map[rune][]rune {
	m := map[rune][]rune{}
	for g := range strings.FieldsSeq(groups) {
		list := fold(g, false)
		for _, r := range list {
			for _, other := range list {
				if other != r {
					m[r] = append(m[r], other)
				}
			}
		}
	}
	return m
}

// soundable tells whether a phrase of the lexicon may be meant by characters
// that sound like its own: it is a word of Chinese characters for a thing.
func soundable(senses []sense, typed []rune) bool {
	if len(typed) < leastSound {
		return false
	}
	for _, r := range typed {
		if scriptOf(r) != unspace || isKana(r) {
			return false
		}
	}
	for _, s := range senses {
		if s.kind == word && (s.id == "fn" || unguessed[s.id]) {
			return false
		}
	}
	return true
}

// soundStep follows the characters that sound like that of the text; one of a
// phrase may be wrong.
func (s *segmenter) soundStep(tr *trie, n int32, from, at int, w way) {
	if w.sound || s.known[at] {
		return
	}
	for _, r := range s.main.alike[s.text.r[at]] {
		if next, ok := tr.child(n, r); ok {
			s.walk(tr, next, from, at+1, way{plain: w.plain, roman: w.roman, sound: true})
		}
	}
}

// markKnown marks the characters of the words that stand in the lexicon as
// they are written.
func (s *segmenter) markKnown() {
	n := len(s.text.r)
	s.known = make([]bool, n)
	for i := range n {
		if s.text.class[i] != unspace || isKana(s.text.r[i]) {
			continue
		}
		s.found = s.found[:0]
		s.walk(s.main.words, 0, i, i, way{})
		for _, m := range s.found {
			if m.end-i < leastSound {
				continue
			}
			for k := i; k < m.end; k++ {
				s.known[k] = true
			}
		}
	}
}

// singleCharacters is the number of characters in a row, each read as a word of its
// own, from which they may be a name that is not written as it should be: 加拿达.
const singleCharacters = 3

// crumbled tells whether so many characters were read one by one.
func crumbled(items []item) bool {
	row := 0
	for i := range items {
		r := []rune(items[i].text)
		if len(r) != 1 || scriptOf(r[0]) != unspace || isKana(r[0]) || i > 0 && items[i-1].to != items[i].from {
			row = 0
		}
		if len(r) == 1 && scriptOf(r[0]) == unspace && !isKana(r[0]) {
			row++
		}
		if row == singleCharacters {
			return true
		}
	}
	return false
}

// sounding reads a message that cannot be answered as it stands, in which
// characters may stand for others that sound the same. It returns nil where that
// does not make it one that can.
func (b *Bot) sounding(message, lang string, items []item, st *state) []item {
	l := b.lexicon(lang)
	if len(l.alike) == 0 || len(items) > maxContent {
		return nil
	}
	s := &segmenter{text: newText(figures(message), l.marks), main: l, tries: l.tries}
	s.markKnown()
	s.sounds = true
	again := b.withoutOrigin(message, lang, b.partialNames(lang, b.inCountry(lang, b.apposed(message, lang, s.segment()))))
	guessed := 0
	for i := range again {
		if again[i].guessed {
			guessed++
		}
	}
	if guessed == 0 || guessed > maxSounds || !complete(b.interpret(again, st.Frame)) {
		return nil
	}
	return again
}
