package chat

import (
	"slices"
	"strings"
	"sync"

	"naru/internal/knowledge"
	"naru/internal/naru"
)

// nameIndex holds the words of the names of institutions and projects in one
// language and in English, by which a part of a name is recognised.
type nameIndex struct {
	of map[sense]*nameWords
	// listed are the institutions that questions can be about, in the order of
	// the pages.
	listed []sense
	// anyOrder are the institutions by the words of a name, sorted.
	anyOrder map[string][]sense
	// ofAnyOrder are all words of these names.
	ofAnyOrder map[string]bool
}

// nameWords are the words of all names of one thing, and the names without
// spaces for scripts that have none.
type nameWords struct {
	words []string
	flat  []string
	types []string
	// shown are the words of the names that are shown to people; nil in these
	// themselves.
	shown *nameWords
}

func (b *Bot) prepareNames() {
	var listed []string
	for id := range b.facts.byInstitution {
		listed = append(listed, id)
	}
	for _, h := range b.facts.hospitals {
		listed = append(listed, h.id)
	}
	b.names = map[string]func() *nameIndex{}
	for _, lang := range naru.Languages {
		b.names[lang] = sync.OnceValue(func() *nameIndex { return newNameIndex(b.base, b.lexicon(lang), listed) })
	}
}

func newNameIndex(base *knowledge.Base, l *lexicon, listed []string) *nameIndex {
	ix := &nameIndex{of: map[sense]*nameWords{}, anyOrder: map[string][]sense{}, ofAnyOrder: map[string]bool{}}
	for _, kind := range []knowledge.Kind{knowledge.Institution, knowledge.Project} {
		for _, e := range base.Entities(kind) {
			n := &nameWords{types: e.Types, shown: &nameWords{}}
			n.shown.add([]string{e.Name(l.lang), e.English()}, l.marks)
			n.add(e.All(l.lang), l.marks)
			if l.lang != "en" {
				n.add(e.All("en"), l.marks)
			}
			s := sense{string(kind), e.ID}
			ix.of[s] = n
			if kind == knowledge.Institution {
				ix.addAnyOrder(e.ID, e.All(l.lang), l.marks)
				ix.addAnyOrder(e.ID, e.All("en"), l.marks)
			}
			if kind == knowledge.Institution && slices.Contains(listed, e.ID) {
				ix.listed = append(ix.listed, s)
			}
		}
	}
	return ix
}

func (n *nameWords) add(names []string, marks bool) {
	for _, name := range names {
		text := strings.ReplaceAll(string(fold(name, marks)), string(hyphen), " ")
		for w := range strings.FieldsSeq(text) {
			if !slices.Contains(n.words, w) {
				n.words = append(n.words, w)
			}
		}
		if strings.ContainsFunc(text, func(r rune) bool { return tight(scriptOf(r)) }) {
			n.flat = append(n.flat, strings.ReplaceAll(text, " ", ""))
		}
	}
}

// holds tells whether a stretch of a message is made of words of the names.
func (n *nameWords) holds(text string) bool {
	r := []rune(strings.ReplaceAll(text, " ", ""))
	if len(r) == 0 {
		return false
	}
	if tight(scriptOf(r[0])) {
		need := max(1, (len(r)*3+4)/5)
		return slices.ContainsFunc(n.flat, func(name string) bool { return sharesRun(name, r, need) })
	}
	for w := range strings.FieldsSeq(text) {
		typed := []rune(w)
		if !slices.ContainsFunc(n.words, func(known string) bool { return sameStem([]rune(known), typed) }) {
			return false
		}
	}
	return true
}

// clips tells whether a short word is one of the names without one letter:
// Gochang-gn.
func (n *nameWords) clips(text string) bool {
	return len(text) >= 2 && slices.ContainsFunc(n.words, func(known string) bool {
		return len(known) == len(text)+1 && known[0] == text[0] && edits([]rune(known), []rune(text), 1) == 1
	})
}

// names tells whether a stretch of a message is, but for endings, words of the
// names: what is spelled otherwise is not meant.
func (n *nameWords) names(text string, l *lexicon) bool {
	r := []rune(strings.ReplaceAll(text, " ", ""))
	if len(r) == 0 {
		return false
	}
	if tight(scriptOf(r[0])) {
		return slices.ContainsFunc(n.flat, func(name string) bool { return strings.Contains(name, string(r)) })
	}
	for w := range strings.FieldsSeq(text) {
		if !slices.ContainsFunc(n.words, func(known string) bool {
			rest, ok := strings.CutPrefix(w, known)
			return ok && (rest == "" || len([]rune(known)) >= minPartial && l.ending([]rune(rest)))
		}) {
			return false
		}
	}
	return true
}

// sharesRun tells whether two texts have n runes in a row in common.
func sharesRun(a string, b []rune, n int) bool {
	for i := 0; i+n <= len(b); i++ {
		if strings.Contains(a, string(b[i:i+n])) {
			return true
		}
	}
	return false
}

// Bounds of the likeness of two forms of a word, in letters.
const (
	maxEnding   = 4 // an ending
	minStemLike = 4 // what they share before their endings
)

// sameStem tells whether two words are forms of one: equal but for their
// endings, or for one letter of a longer word.
func sameStem(a, b []rune) bool {
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	switch {
	case same == len(a) && same == len(b):
		return true
	case len(a)-same > maxEnding || len(b)-same > maxEnding:
		return false
	case same >= minStemLike:
		return true
	case same >= 2 && (same == len(a) || same == len(b)) && max(len(a), len(b))-same <= 3:
		return true
	}
	return min(len(a), len(b)) > minStemLike && edits(a, b, 1) <= 1
}
