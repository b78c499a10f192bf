package chat

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// lexicon is the compiled vocabulary of one language.
type lexicon struct {
	lang  string
	words *trie
	// tries are what messages are read by: words first, then what is shared.
	tries    []*trie
	suffixes map[string]bool
	longest  int // longest suffix in runes
	prefixes [][]rune
	strip    [][]rune
	elide    string
	soften   map[rune]rune
	deny     [][]rune
	asks     map[string]bool
	open     map[string]bool
	article  []rune
	alike    map[rune][]rune
	spell    *speller
	stems    *speller // beginnings that take any ending
	marks    bool
	// roman reads messages in Latin letters; nil where the language is written
	// in them.
	roman *romanization
	// plain gives the letter that hasty writers type instead of one; nil where
	// there is none.
	plain func(rune) rune
	// While the lexicon is filled, phrases pass through these.
	build        *trieBuilder
	folded, kept []rune
}

// stemMin is the least length of what an ending may be taken from.
const stemMin = 3

// newLexicon compiles the file of a language. Phrases can be added until finish
// is called.
func newLexicon(f *lexiconFile, b *trieBuilder, known map[string]bool, listed func(kind, id string) bool) (*lexicon, error) {
	b.clear()
	l := &lexicon{
		lang: f.Language, build: b, suffixes: map[string]bool{}, marks: f.Language == "vi", soften: map[rune]rune{}, asks: map[string]bool{}, open: map[string]bool{},
	}
	l.spell, l.stems = newSpeller(l.spellings), newSpeller(l.stemSpellings)
	l.plain = plainLetters(f.Language)
	for s := range strings.FieldsSeq(f.Suffixes) {
		r := fold(s, l.marks)
		l.suffixes[string(r)] = true
		if t := twin(l.lang, r, true); t != nil {
			l.suffixes[string(t)] = true
		}
		if l.plain != nil {
			for i := range r {
				r[i] = l.plain(r[i])
			}
			l.suffixes[string(r)] = true
		}
		l.longest = max(l.longest, len(r))
	}
	for s := range strings.FieldsSeq(f.Strip) {
		l.strip = append(l.strip, fold(s, l.marks))
	}
	l.elide = strings.ReplaceAll(f.Elide, " ", "")
	l.article = fold(f.Article, l.marks)
	l.alike = alikeOf(f.Alike)
	for pair := range strings.FieldsSeq(f.Soften) {
		if r := []rune(pair); len(r) == 2 {
			l.soften[r[0]] = r[1]
		}
	}
	for s := range strings.FieldsSeq(f.Deny) {
		l.deny = append(l.deny, fold(s, l.marks))
	}
	for s := range strings.FieldsSeq(f.Asks) {
		l.asks[string(fold(s, l.marks))] = true
	}
	for s := range strings.FieldsSeq(f.Open) {
		l.open[string(fold(s, l.marks))] = true
	}
	l.roman = newRomanization(f.Language, l.suffixes)
	slices.SortFunc(l.strip, func(a, b []rune) int { return len(b) - len(a) })
	for s := range strings.FieldsSeq(f.Prefixes) {
		l.prefixes = append(l.prefixes, fold(s, l.marks))
	}
	slices.SortFunc(l.prefixes, func(a, b []rune) int { return len(b) - len(a) })
	var problems []error
	for s := range phrasesOf(f.Function) {
		l.addPhrase(s, sense{word, "fn"})
	}
	for _, id := range slices.Sorted(maps.Keys(f.Words)) { // in one order, so that of equal meanings always the same is taken
		phrases := f.Words[id]
		if !known[id] {
			problems = append(problems, fmt.Errorf("%s.yaml: unknown word %q", f.Language, id))
		}
		for s := range phrasesOf(phrases) {
			l.addPhrase(s, sense{word, id})
			if id == "meaning" || id == "thing" || id == "house" { // beside anything else they say no more than "what", or where it stands
				l.addPhrase(s, sense{word, "fn"})
			}
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
		if !listed(kind, name) {
			continue // of something that an operator's data does not have any more
		}
		for s := range phrasesOf(phrases) {
			l.addPhrase(s, sense{kind, name})
		}
	}
	return l, errors.Join(problems...)
}

// finish makes the lexicon ready for use.
func (l *lexicon) finish() (err error) {
	if l.words, err = l.build.finish(l.plain); err != nil {
		return fmt.Errorf("vocabulary of %s: %w", l.lang, err)
	}
	l.tries = []*trie{l.words}
	l.build, l.folded, l.kept = nil, nil, nil
	return nil
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
	var inner []string // with the spaces around words, where the script has spaces
	for s := range phrasesOf(f.Words[id]) {
		if s = strings.Trim(strings.TrimSpace(s), "=*"); s == "" {
			continue
		}
		if r := []rune(s); !tight(scriptOf(r[0])) || len(r) == 1 {
			s = " " + s + " "
		}
		inner = append(inner, s)
	}
	for _, other := range from {
		list := f.Words[other]
		if other == "fn" {
			list = f.Function
		}
		for s := range phrasesOf(list) {
			s = strings.TrimSpace(s)
			padded := " " + strings.Trim(s, "=*") + " "
			if slices.ContainsFunc(inner, func(p string) bool { return strings.Contains(padded, p) }) {
				l.addPhrase(s, sense{word, id})
			}
		}
	}
}

// addPhrase adds one phrase as written in a lexicon: "*" at its end accepts
// any ending, "=" before it accepts none.
func (l *lexicon) addPhrase(s string, meaning sense) {
	s = trimmed(s)
	var flags entry
	if rest, ok := strings.CutPrefix(s, "="); ok {
		s, flags = rest, exact
	}
	if rest, ok := strings.CutSuffix(s, "*"); ok {
		s, flags = rest, flags|open
	}
	if s == "" {
		return
	}
	l.put(s, meaning, flags)
}

// trimmed is strings.TrimSpace, which takes long where a text begins or ends with
// a letter that is not ASCII.
func trimmed(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\n') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\n') {
		s = s[:len(s)-1]
	}
	if s == "" {
		return s
	}
	// All other spaces begin or end with one of these bytes.
	if first := s[0]; first < ' ' || first == 0xC2 || first >= 0xE1 && first <= 0xE3 {
		return strings.TrimSpace(s)
	}
	switch last := s[len(s)-1]; {
	case last < ' ':
		return strings.TrimSpace(s)
	case last >= 0x80 && len(s) > 1:
		// The byte before it in spaces of two bytes, and the two before it in others.
		if before := s[len(s)-2]; before == 0xC2 || len(s) > 2 && (before == 0x9A || before == 0x80 || before == 0x81) && s[len(s)-3] >= 0xE1 && s[len(s)-3] <= 0xE3 {
			return strings.TrimSpace(s)
		}
	}
	return s
}

func (l *lexicon) put(s string, meaning sense, flags entry) {
	l.folded = foldInto(l.folded[:0], s, l.marks)
	l.kept = l.phrase(l.kept[:0], l.folded, flags != 0)
	r := l.kept
	if len(r) == 0 {
		return
	}
	l.build.add(r, meaning, flags)
	if t := twin(l.lang, r, meaning.id == "fn"); t != nil {
		l.build.add(t, meaning, flags|elided)
	}
	if l.bare(r, meaning) {
		l.build.add(r[len(l.article):], meaning, flags)
	}
	if l.lang == "en" {
		if other := otherSpelling(r); other != "" {
			l.build.add([]rune(other), meaning, flags)
		}
	}
	if flags != 0 {
		return
	}
	n := len(r)
	last := r[n-1]
	if soft, ok := l.soften[last]; ok && n >= stemMin {
		r[n-1] = soft
		l.build.add(r, meaning, elided)
		r[n-1] = last
	}
	if l.elides(r) {
		r[n-2] = last
		l.build.add(r[:n-1], meaning, elided)
	}
}

// bare tells whether a phrase is also kept without its leading article, which
// a preposition may swallow: الغدة الدرقية, للغدة الدرقية. Single words keep
// theirs unless they are names: الأكثر is the most, أكثر only more.
func (l *lexicon) bare(r []rune, meaning sense) bool {
	n := len(l.article)
	if n == 0 || len(r) < n+stemMin || !hasRunes(r, l.article) {
		return false
	}
	if slices.Contains(r, ' ') {
		return true
	}
	switch meaning.kind {
	case "country", "institution", "department", "specialty", "cancer", "organ":
		return true
	}
	return false
}

// phrase appends a folded phrase to an empty slice, in the form kept in the trie:
// no spaces beside letters of unspaced scripts or Hangul, words without their
// endings; with whole, the last word keeps its own.
func (l *lexicon) phrase(out, r []rune, whole bool) []rune {
	begin, between := 0, false // of the word in out, and whether another one follows
	for _, c := range r {
		if c == ' ' || c == hyphen {
			if !between {
				out = out[:begin+len(l.stem(out[begin:]))]
			}
			between = true
			continue
		}
		if between {
			// A space where a digit meets a letter is implied by the script.
			if len(out) > 0 && !tight(scriptOf(out[len(out)-1])) && !tight(scriptOf(c)) {
				out = append(out, ' ')
			}
			begin, between = len(out), false
		}
		out = append(out, c)
	}
	if !whole && !between {
		out = out[:begin+len(l.stem(out[begin:]))]
	}
	return out
}

// monthFirst tells whether the word for month stands before its figure.
func (l *lexicon) monthFirst() bool { return l.lang == "vi" || l.lang == "ar" }

// tight scripts have no meaningful spaces.
func tight(s script) bool { return s == unspace || s == hangul }

// stem takes the ending off a word of the lexicon.
func (l *lexicon) stem(w []rune) []rune {
	for _, e := range l.strip {
		if rest := len(w) - len(e); rest >= stemMin && slices.Equal(w[rest:], e) {
			return w[:rest]
		}
	}
	return w
}

// elides tells whether the last word of a phrase loses a vowel before
// endings: Mongolian эмнэлэг, эмнэлгийн; Russian участок, участка.
func (l *lexicon) elides(r []rune) bool {
	n := len(r)
	if l.elide == "" || n <= stemMin || slices.Contains(r[n-stemMin-1:], ' ') {
		return false
	}
	return strings.ContainsRune(l.elide, r[n-2]) && !isVowel(r[n-1]) && !isVowel(r[n-3])
}

// isVowel knows the vowels of the languages written in Cyrillic.
func isVowel(r rune) bool { return strings.ContainsRune("аеёиоуыэюяөүәұійь", r) }

// denies tells whether an ending says no.
func (l *lexicon) denies(r []rune) bool {
	return slices.ContainsFunc(l.deny, func(e []rune) bool { return len(r) >= len(e) && slices.Equal(r[len(r)-len(e):], e) })
}

// maxEndings is how many suffixes may follow one another.
const maxEndings = 4

// ending tells whether the runes are a chain of suffixes.
func (l *lexicon) ending(r []rune) bool { return chained(l.suffixes, r, l.longest, maxEndings) }
