package chat

import (
	"strings"
	"unicode"

	"naru/internal/knowledge"
)

// plainLetters gives, for a language, the letter that is typed instead of
// another where a keyboard lacks it or the writer is in a hurry: Vietnamese
// without its marks, Kazakh and Mongolian on a Russian keyboard, е for э.
// It returns nil for languages that know no such habit.
func plainLetters(lang string) func(rune) rune {
	var pairs string
	m := map[rune]rune{}
	switch lang {
	case "vi":
		for r := rune(0xC0); r < 0x1F00; r++ {
			if r == 0x250 {
				r = 0x1E00
			}
			if f := []rune(knowledge.Fold(string(r))); len(f) == 1 && f[0] != r && unicode.Is(unicode.Latin, r) {
				m[r] = f[0]
			}
		}
	case "kk":
		pairs = "әа ғг қк ңн өо ұу үу һх іи эе йи"
	case "mn":
		pairs = "өо үу эе йи"
	case "ru":
		pairs = "эе йи щш"
	default:
		return nil
	}
	for p := range strings.FieldsSeq(pairs) {
		r := []rune(p)
		m[r[0]] = r[1]
	}
	return func(r rune) rune {
		if p, ok := m[r]; ok {
			return p
		}
		return r
	}
}

// How much plain letters cost in a text that has marked ones too.
const costPlain = 30

// lenience tells whether plain letters are read for marked ones in a message,
// and at which cost. A Vietnamese text with its marks is taken at its word.
func (l *lexicon) lenience(t *text) (lenient bool, cost int) {
	if l.plain == nil {
		return false, 0
	}
	words, marked := 0, 0
	special := false
	for i := range t.r {
		if t.start[i] && t.class[i] == spaced {
			words++
			special = false
		}
		if !special && t.r[i] >= 0x80 && l.plain(t.r[i]) != t.r[i] && !strings.ContainsRune("эйщ", t.r[i]) {
			marked++
			special = true
		}
	}
	switch {
	case marked == 0 && l.lang != "ru":
		return true, 0
	case l.marks:
		return marked*5 < words*2, costPlain
	}
	return true, costPlain
}

// cyrillicTwins are Latin letters that look like Cyrillic ones, as they are
// typed by mistake inside a Cyrillic word.
var cyrillicTwins = map[rune]rune{
	'a': 'а', 'b': 'в', 'c': 'с', 'e': 'е', 'h': 'н', 'i': 'і', 'k': 'к', 'm': 'м', 'o': 'о', 'p': 'р', 't': 'т', 'x': 'х', 'y': 'у', 'v': 'ү',
}

// untwin turns single Latin look-alikes in Cyrillic words into what is meant.
// Names with Cyrillic endings (KUMCтің) stay.
func untwin(r []rune) {
	cyrillic := func(c rune) bool { return c >= 0x400 && c < 0x530 }
	latin := func(c rune) bool { return c >= 'a' && c <= 'z' }
	for from := 0; from < len(r); {
		if !cyrillic(r[from]) && !latin(r[from]) {
			from++
			continue
		}
		to, cyr, run, longest, head := from, 0, 0, 0, 0
		twins := true
		for ; to < len(r) && (cyrillic(r[to]) || latin(r[to])); to++ {
			if cyrillic(r[to]) {
				cyr++
				run = 0
				continue
			}
			if run++; run == to-from+1 {
				head = run
			}
			longest = max(longest, run)
			twins = twins && cyrillicTwins[r[to]] != 0
		}
		if twins && longest > 0 && longest <= 2 && head < 2 && cyr > 2*(to-from-cyr) {
			for i := from; i < to; i++ {
				if c, ok := cyrillicTwins[r[i]]; ok {
					r[i] = c
				}
			}
		}
		from = to
	}
}
