package chat

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"naru/internal/knowledge"
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
	// Function are words without content; Words the concepts.
	Function string            `yaml:"function"`
	Words    map[string]string `yaml:"words"`
	// Entities are further senses by "kind:id".
	Entities map[string]string `yaml:"entities"`
}

// lexicon is the compiled vocabulary of one language.
type lexicon struct {
	lang     string
	words    *trie
	suffixes map[string]bool
	longest  int // longest suffix in runes
	prefixes [][]rune
	strip    []string
	elide    string
	spell    *speller
	stems    *speller // beginnings that take any ending
	marks    bool
	// plain gives the letter that hasty writers type instead of one; nil where
	// there is none.
	plain func(rune) rune
	// function holds the function words, for language detection.
	function map[string]bool
}

// stemMin is the least length of what an ending may be taken from.
const stemMin = 3

func loadLexicon(fsys fs.FS, lang string) (*lexiconFile, error) {
	data, err := fs.ReadFile(fsys, lang+".yaml")
	if err != nil {
		return nil, err
	}
	var f lexiconFile
	if f.outline(data) && f.Language == lang {
		return &f, nil
	}
	f = lexiconFile{}
	if err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s.yaml: %w", lang, err)
	}
	if f.Language != lang {
		return nil, fmt.Errorf("%s.yaml: language is %q", lang, f.Language)
	}
	return &f, nil
}

// outline fills the file if it is plainly written, and tells whether it is.
func (f *lexiconFile) outline(data []byte) bool {
	sections, ok := knowledge.Outline(data)
	if !ok {
		return false
	}
	texts := map[string]*string{"language": &f.Language, "suffixes": &f.Suffixes, "strip": &f.Strip, "prefixes": &f.Prefixes, "function": &f.Function}
	maps := map[string]*map[string]string{"words": &f.Words, "entities": &f.Entities}
	for _, s := range sections {
		switch m := maps[s.Key]; {
		case texts[s.Key] != nil && len(s.Entries) == 0:
			*texts[s.Key] = s.Value
		case m != nil && s.Value == "":
			*m = make(map[string]string, len(s.Entries))
			for _, e := range s.Entries {
				(*m)[e.Key] = e.Value
			}
		default:
			return false
		}
	}
	return true
}

// newLexicon compiles the file of a language.
func newLexicon(f *lexiconFile, known map[string]bool) (*lexicon, error) {
	l := &lexicon{
		lang: f.Language, words: newTrie(), suffixes: map[string]bool{}, spell: newSpeller(), stems: newSpeller(),
		marks: f.Language == "vi", function: map[string]bool{},
	}
	l.plain = plainLetters(f.Language)
	l.words.plain = l.plain
	for s := range strings.FieldsSeq(f.Suffixes) {
		r := fold(s, l.marks)
		l.suffixes[string(r)] = true
		if l.plain != nil {
			for i := range r {
				r[i] = l.plain(r[i])
			}
			l.suffixes[string(r)] = true
		}
		l.longest = max(l.longest, len(r))
	}
	for s := range strings.FieldsSeq(f.Strip) {
		l.strip = append(l.strip, string(fold(s, l.marks)))
	}
	l.elide = strings.ReplaceAll(f.Elide, " ", "")
	slices.SortFunc(l.strip, func(a, b string) int { return len(b) - len(a) })
	for s := range strings.FieldsSeq(f.Prefixes) {
		l.prefixes = append(l.prefixes, fold(s, l.marks))
	}
	slices.SortFunc(l.prefixes, func(a, b []rune) int { return len(b) - len(a) })
	var problems []error
	for s := range strings.SplitSeq(f.Function, "|") {
		if s = strings.TrimSpace(s); s != "" {
			l.addPhrase(s, sense{word, "fn"})
			l.function[strings.TrimRight(string(fold(s, l.marks)), "*")] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.Words)) { // in one order, so that of equal meanings always the same is taken
		phrases := f.Words[id]
		if !known[id] {
			problems = append(problems, fmt.Errorf("%s.yaml: unknown word %q", f.Language, id))
		}
		for s := range strings.SplitSeq(phrases, "|") {
			l.addPhrase(s, sense{word, id})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(contained)) {
		l.derive(f, id, contained[id])
	}
	for _, id := range slices.Sorted(maps.Keys(f.Entities)) {
		phrases := f.Entities[id]
		kind, name, ok := strings.Cut(id, ":")
		if !ok {
			problems = append(problems, fmt.Errorf("%s.yaml: entity %q is not kind:id", f.Language, id))
		}
		for s := range strings.SplitSeq(phrases, "|") {
			l.addPhrase(s, sense{kind, name})
		}
	}
	return l, errors.Join(problems...)
}

// spelled are the concepts of the tables: a word two letters away may be taken
// for them. Other words are smaller and lie nearer to each other.
var spelled = set("partner agreement institution project patient department specialty cancer survival transplant hospital ranked infra",
	"overseas domestic count when subject client robot surgery stemcell cumulative professor director absent")

// unguessed are concepts that no mistake may lead to: it would be wrong to see
// an emergency in a typing error.
var unguessed = set("emergency selfharm injection insult private symptom drug diagnose advice handoff yes no bye greet thanks option1 option2 option3 morelist")

// contained are concepts that longer phrases of others may hold: whoever lists
// "or more of them" under over need not list it again.
var contained = map[string][]string{"atleast": {"over"}, "atmost": {"below"}, "rows": {"count", "fn", "kinds"}}

// derive gives the sense of a concept to the phrases of others that contain
// one of its phrases word for word.
func (l *lexicon) derive(f *lexiconFile, id string, from []string) {
	var inner []string
	for s := range strings.SplitSeq(f.Words[id], "|") {
		if s = strings.Trim(strings.TrimSpace(s), "=*"); s != "" {
			inner = append(inner, s)
		}
	}
	for _, other := range from {
		list := f.Words[other]
		if other == "fn" {
			list = f.Function
		}
		for s := range strings.SplitSeq(list, "|") {
			s = strings.TrimSpace(s)
			padded := " " + strings.Trim(s, "=*") + " "
			for _, p := range inner {
				whole := strings.Contains(padded, " "+p+" ")
				if r := []rune(p); !whole && tight(scriptOf(r[0])) && len(r) > 1 {
					whole = strings.Contains(padded, p)
				}
				if whole {
					l.addPhrase(s, sense{word, id})
					break
				}
			}
		}
	}
}

// addPhrase adds one phrase as written in a lexicon: "*" at its end accepts
// any ending, "=" before it accepts none.
func (l *lexicon) addPhrase(s string, meaning sense) {
	s = strings.TrimSpace(s)
	exact := strings.HasPrefix(s, "=")
	open := strings.HasSuffix(s, "*")
	s = strings.TrimSuffix(strings.TrimPrefix(s, "="), "*")
	if s == "" {
		return
	}
	l.put(l.words, fold(s, l.marks), meaning, open, exact)
}

func (l *lexicon) put(t *trie, r []rune, meaning sense, open, exact bool) {
	r = l.phrase(r, open || exact)
	if len(r) == 0 {
		return
	}
	t.add(r, meaning, open, exact)
	if !open && !exact {
		if short := l.elided(r); short != nil {
			t.add(short, meaning, false, false)
		}
	}
	if meaning.kind == word && unguessed[meaning.id] {
		return
	}
	small := meaning.kind == word && !spelled[meaning.id]
	for w := range strings.FieldsSeq(string(r)) {
		l.spell.add([]rune(w), small, meaning.kind == string(knowledge.Institution))
	}
	if open && !small {
		l.stems.add(r, false, false)
	}
}

// phrase brings a folded phrase to the form kept in the trie: no spaces beside
// letters of unspaced scripts or Hangul, words without their endings.
func (l *lexicon) phrase(r []rune, whole bool) []rune {
	for i, c := range r {
		if c == hyphen {
			r[i] = ' '
		}
	}
	out := make([]rune, 0, len(r))
	words := strings.Fields(string(r))
	for i, w := range words {
		wr := []rune(w)
		if i > 0 {
			last, first := scriptOf(out[len(out)-1]), scriptOf(wr[0])
			if !tight(last) && !tight(first) {
				out = append(out, ' ')
			}
		}
		if !(whole && i == len(words)-1) {
			wr = l.stem(wr)
		}
		// A space where a digit meets a letter is implied by the script.
		out = append(out, wr...)
	}
	return out
}

// tight scripts have no meaningful spaces.
func tight(s script) bool { return s == unspace || s == hangul }

// stem takes the ending off a word of the lexicon.
func (l *lexicon) stem(w []rune) []rune {
	s := string(w)
	for _, e := range l.strip {
		if rest, ok := strings.CutSuffix(s, e); ok && len([]rune(rest)) >= stemMin {
			return []rune(rest)
		}
	}
	return w
}

// elided gives a phrase as its last word stands before endings, where that
// differs: Mongolian эмнэлэг, эмнэлгийн; Russian участок, участка.
func (l *lexicon) elided(r []rune) []rune {
	n := len(r)
	if l.elide == "" || n <= stemMin || slices.Contains(r[n-stemMin-1:], ' ') {
		return nil
	}
	if !strings.ContainsRune(l.elide, r[n-2]) || isVowel(r[n-1]) || isVowel(r[n-3]) {
		return nil
	}
	return append(slices.Clone(r[:n-2]), r[n-1])
}

// isVowel knows the vowels of the languages written in Cyrillic.
func isVowel(r rune) bool { return strings.ContainsRune("аеёиоуыэюяөүәұійь", r) }

// ending tells whether the runes are a chain of at most four suffixes.
func (l *lexicon) ending(r []rune) bool { return l.chain(r, 4) }

func (l *lexicon) chain(r []rune, depth int) bool {
	if len(r) == 0 {
		return true
	}
	if depth == 0 {
		return false
	}
	for n := min(len(r), l.longest); n > 0; n-- {
		if l.suffixes[string(r[:n])] && l.chain(r[n:], depth-1) {
			return true
		}
	}
	return false
}

// addEntities adds the names of the dataset's entities in the language.
func (l *lexicon) addEntities(base *knowledge.Base, lang string, kinds []knowledge.Kind) {
	for _, kind := range kinds {
		for _, e := range base.Entities(kind) {
			for _, name := range e.All(lang) {
				l.addName(name, sense{string(kind), e.ID})
			}
		}
	}
}

// addName adds a name as it is, without the signs of addPhrase.
func (l *lexicon) addName(name string, meaning sense) {
	l.put(l.words, fold(name, l.marks), meaning, false, false)
}

// Country is a country with its name in one language.
type Country struct{ Code, Name string }
