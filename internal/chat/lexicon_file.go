package chat

import (
	"fmt"
	"io/fs"
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

func loadLexicon(fsys fs.FS, lang string) (*lexiconFile, error) {
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
	return &f, nil
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
