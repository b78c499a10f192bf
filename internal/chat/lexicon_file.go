package chat

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strings"

	"naru/internal/outline"
)

// lexiconFile is one file config/knowledge/lexicon/<language>.yaml; its head
// comment in en.yaml documents the format.
type lexiconFile struct {
	Language string `yaml:"language"`
	// Suffixes may follow a word, one after another; Strip are endings that
	// the words of the lexicon lose before they are compared; Prefixes may
	// stand before a word.
	Suffixes string `yaml:"suffixes"`
	Strip    string `yaml:"strip"`
	Prefixes string `yaml:"prefixes"`
	// Elide are vowels that fall out before the last consonant of a word when
	// it takes an ending.
	Elide string `yaml:"elide"`
	// Soften are pairs of consonants: the first of a pair, at the end of a
	// word, becomes the second before an ending.
	Soften string `yaml:"soften"`
	// Deny are endings by which a word denies; before a word of Asks a denial
	// only asks: "is it not listed?".
	Deny string `yaml:"deny"`
	Asks string `yaml:"asks"`
	// Open are words by which more is asked for than whether something is so,
	// unless a word of Asks follows: "which", "ямар".
	Open string `yaml:"open"`
	// Article is written together with the word it belongs to and may stand
	// before any word of a phrase, or be missing there.
	Article string `yaml:"article"`
	// Alike are groups of characters that sound the same, for which one is
	// typed instead of another.
	Alike string `yaml:"alike"`
	// Function are words without content; Words the concepts.
	Function string            `yaml:"function"`
	Words    map[string]string `yaml:"words"`
	// Entities are further senses by "kind:id".
	Entities map[string]string `yaml:"entities"`
}

// loadLexicon reads the file of a language, and what was added to it. Known are
// the concepts that it may have words for; nil: those of the file itself.
func loadLexicon(fsys fs.FS, lang string, known map[string]bool) (*lexiconFile, error) {
	var f lexiconFile
	if err := readFile(fsys, lang+".yaml", &f); err != nil {
		return nil, err
	}
	if f.Language != lang {
		return nil, fmt.Errorf("%s.yaml: language is %q", lang, f.Language)
	}
	// What is kept of a file must not keep all of its text.
	f.Language, f.Elide = lang, strings.Clone(f.Elide)
	f.Words, f.Entities = cloned(f.Words), cloned(f.Entities)
	if known == nil {
		known = concepts(&f)
	}
	return &f, f.addOwn(fsys, known)
}

// ownWords is one file config/knowledge/lexicon/own/<language>.yaml: words that
// whoever runs the desk adds to the shipped ones.
type ownWords struct {
	Function string            `yaml:"function"`
	Words    map[string]string `yaml:"words"`
	Entities map[string]string `yaml:"entities"`
}

// concepts are those that a file has words for, and that of words without content.
func concepts(f *lexiconFile) map[string]bool {
	known := map[string]bool{"fn": true}
	for id := range f.Words {
		known[id] = true
	}
	return known
}

// addOwn adds the words of the own file, if there is one.
func (f *lexiconFile) addOwn(fsys fs.FS, known map[string]bool) error {
	name := "own/" + f.Language + ".yaml"
	var own ownWords
	if err := readFile(fsys, name, &own); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	f.Function = alternatives(f.Function, own.Function)
	for id, phrases := range cloned(own.Words) {
		if !known[id] {
			return fmt.Errorf("%s: unknown word %q", name, id)
		}
		f.Words[id] = alternatives(f.Words[id], phrases)
	}
	for id, phrases := range cloned(own.Entities) {
		f.Entities[id] = alternatives(f.Entities[id], phrases)
	}
	return nil
}

// alternatives gives the phrases of two lists.
func alternatives(a, b string) string {
	if a == "" {
		return b
	}
	return a + " | " + b
}

// phrasesOf gives the phrases of a list, in which "|" stands between phrases and
// "/" between words that may stand in one place: "we list/show | listed" are three.
func phrasesOf(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		var room [128]byte
		for phrase := range strings.SplitSeq(list, "|") {
			if strings.Contains(phrase, "/") {
				if !spellOut(strings.TrimSpace(phrase), room[:0], yield) {
					return
				}
			} else if !yield(phrase) {
				return
			}
		}
	}
}

// spellOut gives the phrases that begin as begun and go on with one word of each
// place; false when no more are wanted.
func spellOut(places string, begun []byte, yield func(string) bool) bool {
	place, places, more := strings.Cut(places, " ")
	for word := range strings.SplitSeq(place, "/") {
		phrase := append(begun, word...)
		if !more {
			if !yield(string(phrase)) {
				return false
			}
		} else if !spellOut(places, append(phrase, ' '), yield) {
			return false
		}
	}
	return true
}

// cloned gives a map of phrases keys of their own.
func cloned(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for id, phrases := range m {
		out[strings.Clone(id)] = phrases
	}
	return out
}

// readFile reads a file of the lexicon folder; keys that v does not have are
// refused.
func readFile(fsys fs.FS, name string, v any) error {
	text, err := outline.ReadText(fsys, name)
	if err != nil {
		return err
	}
	root, err := outline.Read(text)
	if err == nil {
		err = root.Decode(v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
