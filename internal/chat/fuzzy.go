package chat

import "slices"

// speller finds words of the lexicon that differ from a typed word by one
// edit: a letter more, less, other, or swapped with its neighbour. It indexes
// what remains of each word when one letter is left out.
type speller struct {
	words   [][]rune
	ids     map[string]int32
	deletes map[string][]int32
}

// spellPrefix is how many runes of a word take part in the index; the rest is
// compared when a candidate is checked.
const spellPrefix = 7

// minSpell is the length from which a word may have a mistake.
const minSpell = 5

func newSpeller() *speller {
	return &speller{ids: map[string]int32{}, deletes: map[string][]int32{}}
}

// add indexes a word.
func (s *speller) add(w []rune) {
	key := string(w)
	if _, ok := s.ids[key]; ok || len(w) < minSpell-1 {
		return
	}
	id := int32(len(s.words))
	s.words = append(s.words, w)
	s.ids[key] = id
	for _, d := range deletes(w) {
		if l := s.deletes[d]; len(l) == 0 || l[len(l)-1] != id {
			s.deletes[d] = append(l, id)
		}
	}
}

// deletes gives the prefix of the word, whole and with each letter left out.
func deletes(w []rune) []string {
	p := w[:min(len(w), spellPrefix)]
	out := make([]string, 0, len(p)+2)
	out = append(out, string(p))
	buf := make([]rune, 0, spellPrefix)
	for i := range p {
		buf = append(append(buf[:0], p[:i]...), p[i+1:]...)
		out = append(out, string(buf))
	}
	return out
}

// nearest returns the words that are one edit away and begin with the same
// letter, at most three. With prefix, a word of the index may also be the
// beginning of the typed one, as a stem is.
func (s *speller) nearest(w []rune) [][]rune {
	if len(w) < minSpell {
		return nil
	}
	var found [][]rune
	seen := map[int32]bool{}
	for _, d := range deletes(w) {
		for _, id := range s.deletes[d] {
			if seen[id] {
				continue
			}
			seen[id] = true
			c := s.words[id]
			if c[0] == w[0] && len(found) < 3 && oneEdit(w, c) {
				found = append(found, c)
			}
		}
	}
	return found
}

// oneEdit tells whether a and b differ by exactly one edit.
func oneEdit(a, b []rune) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a)-len(b) > 1 {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		if i == len(a) {
			return false
		}
		if slices.Equal(a[i+1:], b[i+1:]) {
			return true
		}
		return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:])
	}
	return slices.Equal(a[i+1:], b[i:])
}
