package chat

import (
	"slices"
	"strings"
	"sync"
)

// romanization reads a language of the Cyrillic alphabet as it is typed in
// Latin letters: every letter in any of the ways in which people spell it. It
// is safe for concurrent use.
type romanization struct {
	spellings map[rune][][]rune
	// endings are the suffixes of the language in all their spellings, made
	// when the first message in Latin letters is met.
	endings func() romanEndings
}

// romanEndings are suffixes in Latin letters, with the length of the longest in
// bytes, which is that in letters.
type romanEndings struct {
	all     map[string]bool
	longest int
}

// Spellings of Cyrillic letters, "letter=way,way"; "-" stands for leaving the
// letter out. What a language adds or has otherwise follows the common ones.
const romanCommon = "а=a б=b в=v,w г=g д=d е=e,ye ё=yo,e ж=j,zh з=z и=i,y й=i,y,j к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=h,kh,x ц=ts,c,tc ч=ch ш=sh щ=sch,shch,sh ъ=- ы=y,i ь=-,i э=e ю=yu,iu,ju я=ya,ia,ja"

var romanOf = map[string]string{
	"ru": "",
	"mn": "и=i,y й=i,y,- ө=o,u ү=u,v ы=y,i,ii е=e,ye,i ё=yo,io ж=j,zh ч=ch,c ь=-,i з=z,dz",
	"kk": "ә=a,ae ғ=g,gh к=k қ=k,q ң=n,ng ө=o ұ=u ү=u һ=h і=i,y ы=y,i и=i,y,iy у=u,w ш=sh,s ч=ch,sh й=i,y,j",
}

// maxRomanEndings is how many suffixes may follow a stem in Latin letters:
// fewer than in the proper alphabet, for they are less certain.
const maxRomanEndings = 3

// newRomanization returns nil for languages written in other alphabets.
func newRomanization(lang string, suffixes map[string]bool) *romanization {
	own, ok := romanOf[lang]
	if !ok {
		return nil
	}
	rom := &romanization{spellings: map[rune][][]rune{}}
	for _, table := range []string{romanCommon, own} {
		for pair := range strings.FieldsSeq(table) {
			letter, ways, _ := strings.Cut(pair, "=")
			var list [][]rune
			for way := range strings.SplitSeq(ways, ",") {
				list = append(list, []rune(strings.Trim(way, "-")))
			}
			rom.spellings[[]rune(letter)[0]] = list
		}
	}
	rom.endings = sync.OnceValue(func() romanEndings {
		e := romanEndings{all: map[string]bool{}}
		for s := range suffixes {
			rom.spell([]rune(s), nil, e.all)
		}
		for s := range e.all {
			e.longest = max(e.longest, len(s))
		}
		return e
	})
	return rom
}

// spell adds every spelling of a suffix to a set.
func (rom *romanization) spell(rest, made []rune, into map[string]bool) {
	if len(rest) == 0 {
		if len(made) > 0 {
			into[string(made)] = true
		}
		return
	}
	for _, way := range rom.spellings[rest[0]] {
		rom.spell(rest[1:], slices.Concat(made, way), into)
	}
}

// ending tells whether the runes are a chain of suffixes.
func (rom *romanization) ending(r []rune) bool {
	e := rom.endings()
	return chained(e.all, r, e.longest, maxRomanEndings)
}

// chained tells whether the runes are a chain of suffixes, none of which is
// longer than longest.
func chained(suffixes map[string]bool, r []rune, longest, depth int) bool {
	if len(r) == 0 {
		return true
	}
	if len(r) > depth*longest {
		return false
	}
	for n := min(len(r), longest); n > 0; n-- {
		if suffixes[string(r[:n])] && chained(suffixes, r[n:], longest, depth-1) {
			return true
		}
	}
	return false
}

func isLatin(r rune) bool { return r >= 'a' && r <= 'z' }

// romanStep follows the letters after a place that are spelled by the Latin ones
// of the text.
func (s *segmenter) romanStep(tr *trie, n int32, from, at int) {
	t := s.text
	if at < len(t.r) && !isLatin(t.r[at]) && (at == from || t.class[at-1] != spaced || !isLatin(t.r[at-1])) {
		return
	}
	for i := range tr.branches(n) {
		r, next := tr.branch(n, i)
		for _, letters := range s.roman.spellings[r] {
			switch {
			case len(letters) == 0:
				if at > from && isLatin(t.r[at-1]) {
					s.walk(tr, next, from, at, way{roman: true})
				}
			case at+len(letters) <= len(t.r) && hasRunes(t.r[at:], letters) && (at == from || !t.start[at] || t.class[at-1] == space):
				s.walk(tr, next, from, at+len(letters), way{roman: true})
			}
		}
	}
}

// romanItems explains a message in which Latin letters may stand for those of
// the language, where they make no sense as they are; nil when that explains
// no more.
func (b *Bot) romanItems(t *text, l *lexicon, items []item) []item {
	if l.roman == nil || b.english(t) || !slices.ContainsFunc(items, func(it item) bool { return it.unknown && isLatin(t.r[it.from]) }) {
		return nil
	}
	t.roman = true
	again, _ := segments(t, l, l.tries)
	if t.roman = unknownRunes(again) < unknownRunes(items); t.roman {
		return again
	}
	return nil
}

// english tells whether so many words of a message are English that the others
// must be, too. Names are the same in all languages.
func (b *Bot) english(t *text) bool {
	en, known, words := b.lexicon("en"), 0, 0
	for w := range strings.FieldsSeq(string(t.r)) {
		words++
		if slices.ContainsFunc(en.words.find(en.phrase(nil, []rune(w), false)), func(s sense) bool { return s.kind == word }) {
			known++
		}
	}
	return known > 1 && known*2 >= words
}

// romanized tells whether a message that a language written in Latin letters
// does not explain is one in another that is typed in them; it returns the
// language to read it in. Most words must be of that language alone.
func (b *Bot) romanized(message, lang string) string {
	message = beginning(message)
	l := b.lexicon(lang)
	t := newText(message, l.marks)
	items, cost := segments(t, l, l.tries)
	missing := unknownRunes(items)
	if missing == 0 {
		return lang
	}
	best := lang
	typed := []string{"mn", "kk", "ru"}
	b.lexicons.Prepare(typed...)
	for _, other := range typed {
		o := b.lexicon(other)
		read := newText(message, o.marks)
		read.roman = true
		again, newCost := segments(read, o, o.tries)
		own, words := 0, 0
		for i := range again {
			if again[i].number == nil && !again[i].named() {
				words++
			}
			if again[i].roman {
				own++
			}
		}
		if newCost < cost && unknownRunes(again)*3 <= missing && own*2 >= words && own >= 2 {
			best, cost = other, newCost
		}
	}
	return best
}
