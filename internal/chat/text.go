package chat

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"naru/internal/knowledge"
)

// script is the class of a letter that decides how words are found around it.
type script uint8

const (
	space   script = iota
	spaced         // scripts that put spaces between words: Latin, Cyrillic, Arabic
	unspace        // Han and kana: a word may begin and end anywhere
	hangul         // words are spaced, but built of several parts
	digit
	mark // a sign kept because it stands between digits
)

func scriptOf(r rune) script {
	switch {
	case r == ' ':
		return space
	case r >= '0' && r <= '9':
		return digit
	case r >= 'a' && r <= 'z' || r >= 0x400 && r <= 0x481 || r >= 0x620 && r <= 0x64A:
		return spaced
	case r >= 0x4E00 && r <= 0x9FFF:
		return unspace
	case r < 0x2E80:
		if unicode.IsLetter(r) {
			return spaced
		}
		return mark
	case r >= 0xAC00 && r <= 0xD7A3 || r >= 0x1100 && r <= 0x11FF || r >= 0x3130 && r <= 0x318F:
		return hangul
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー' || r == '々':
		return unspace
	case unicode.IsLetter(r):
		return spaced
	}
	return mark
}

// text is a message in the form in which it is matched: folded, with single
// spaces, and with the borders of its words.
type text struct {
	r []rune
	// class is the script of each rune.
	class []script
	// start marks positions where a word begins; joined those of them that
	// follow the word before without a space, as a suffix after a Latin name
	// does.
	start, joined []bool
	// end is, for each rune, the end of its word.
	end []int
	// roman: Latin letters may stand for those of the language.
	roman bool
}

// fold brings a string to the form in which texts and lexicon entries are
// compared. With marks, Latin letters keep their diacritics, which Vietnamese
// needs; without, they lose them.
// Signs between digits stay, so that dates and decimals can still be read.
func fold(s string, marks bool) []rune {
	return foldInto(make([]rune, 0, utf8.RuneCountInString(s)+8), s, marks)
}

// foldInto is fold to an empty slice.
func foldInto(out []rune, s string, marks bool) []rune {
	if quick, ok := foldQuick(out, s, marks); ok {
		return quick
	}
	var room [64]rune
	return appendFold(out[:0], appendRunes(room[:0], s), marks, nil)
}

// foldQuick folds what nearly all texts are made of, letters, digits and spaces,
// in one go; ok is false when there is anything else.
func foldQuick(out []rune, s string, marks bool) (folded []rune, ok bool) {
	const tail = 0x3F // what the second and third byte of a letter hold
	for i := 0; i < len(s); {
		c := s[i]
		if c < 0x80 {
			i++
			switch {
			case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
				out = append(out, rune(c))
			case c >= 'A' && c <= 'Z':
				out = append(out, rune(c)+'a'-'A')
			case c != ' ':
				return out, false
			case len(out) > 0 && out[len(out)-1] != ' ':
				out = append(out, ' ')
			}
			continue
		}
		var r rune
		switch {
		case c >= 0xC2 && c < 0xE0 && i+1 < len(s) && s[i+1]&^tail == 0x80:
			r = rune(c&0x1F)<<6 | rune(s[i+1]&tail)
			i += 2
		case c >= 0xE1 && c < 0xF0 && i+2 < len(s) && s[i+1]&^tail == 0x80 && s[i+2]&^tail == 0x80:
			r = rune(c&0xF)<<12 | rune(s[i+1]&tail)<<6 | rune(s[i+2]&tail)
			i += 3
		default:
			return out, false
		}
		switch {
		case r >= 0x430 && r <= 0x44F: // Cyrillic
		case r >= 0x400 && r <= 0x481 || r >= 0x48A && r <= 0x52F:
			r = knowledge.FoldRune(unicode.ToLower(r))
		case r >= 0xAC00 && r <= 0xD7A3 || r >= 0x3041 && r <= 0x3096 || r >= 0x30A1 && r <= 0x30FA || r == 'ー': // Hangul, kana
		case r >= 0x4E00 && r <= 0x9FFF || r >= 0x620 && r <= 0x63A || r >= 0x641 && r <= 0x64A: // Han, Arabic
			r = knowledge.FoldRune(r)
		case marks && (r >= 0xDF && r <= 0x131 && r != 0xF7 && r != 0x130 || r == 0x169 || r == 0x1A1 || r == 0x1B0 || r >= 0x1EA0 && r <= 0x1EF9): // Latin
			r = unicode.ToLower(r)
		default:
			return out, false
		}
		out = append(out, r)
	}
	if n := len(out); n > 0 && out[n-1] == ' ' {
		out = out[:n-1]
	}
	return out, true
}

// appendRunes appends the runes of a string in the normal form NFKC.
func appendRunes(out []rune, s string) []rune {
	from := len(out)
	for _, r := range s {
		if !settled(r) {
			return append(out[:from], []rune(norm.NFKC.String(s))...)
		}
		out = append(out, r)
	}
	return out
}

// settled tells whether a rune, among others like it, is the same in all
// normal forms, as nearly all are that people type.
func settled(r rune) bool {
	return r < 0x80 || r >= 0xC0 && r <= 0x131 || r == 0x168 || r == 0x169 || r == 0x1A0 || r == 0x1A1 || r == 0x1AF || r == 0x1B0 || r >= 0x1EA0 && r <= 0x1EF9 ||
		r >= 0x400 && r <= 0x482 || r >= 0x48A && r <= 0x52F || r >= 0x620 && r <= 0x64A ||
		r >= 0x3041 && r <= 0x3096 || r >= 0x30A1 && r <= 0x30FA || r >= 0x4E00 && r <= 0x9FFF || r >= 0xAC00 && r <= 0xD7A3
}

// appendFold folds runes in the normal form to an empty slice. from, if not
// nil, receives for each rune of the result the index of the one that it was
// made of.
func appendFold(out, in []rune, marks bool, from *[]int) []rune {
	at := 0
	put := func(r rune) {
		out = append(out, r)
		if from != nil {
			*from = append(*from, at)
		}
	}
	blank := func(r rune) {
		if len(out) > 0 && out[len(out)-1] != r && out[len(out)-1] != ' ' && out[len(out)-1] != hyphen {
			put(r)
		}
	}
	skip := false
	for i, r := range in {
		if skip {
			skip = false
			continue
		}
		at = i
		switch { // the letters that nearly all texts are made of
		case r >= 0x410 && r <= 0x44F: // Cyrillic
			if r < 0x430 {
				r += 0x20
			}
			put(r)
			continue
		case r >= 0xAC00 && r <= 0xD7A3 || r >= 0x3041 && r <= 0x3096 || r >= 0x30A1 && r <= 0x30FA: // Hangul, kana
			put(r)
			continue
		case r >= 0x4E00 && r <= 0x9FFF || r >= 0x620 && r <= 0x63A || r >= 0x641 && r <= 0x64A: // Han, Arabic
			put(knowledge.FoldRune(r))
			continue
		case r >= 0x80:
			r = unicode.ToLower(r)
			if marks && (r >= 0xDF && r <= 0x24F && r != 0xF7 || r >= 0x1E00 && r <= 0x1EFF) { // Latin
				put(r)
				continue
			}
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		}
		switch {
		case r < 0x80 && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9'):
			put(r)
		case (r == '\'' || r == '’') && i+1 < len(in) && (in[i+1] == 's' || in[i+1] == 'S') && (i+2 == len(in) || !unicode.IsLetter(in[i+2])):
			skip = true // the English possessive
		case r == '\'' || r == '’' || r == '‘' || r == '`' || r == 'ʼ' || r == 'ʻ' || r == 'ـ' || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		case r == '&':
			blank(' ')
			put('a')
			put('n')
			put('d')
			put(' ')
		case r == '%':
			blank(' ')
			put('%')
			put(' ')
		case unicode.IsDigit(r):
			put('0' + digitValue(r))
		case unicode.IsLetter(r):
			if unicode.Is(unicode.Latin, r) {
				if marks {
					put(r)
					continue
				}
				for _, f := range knowledge.Fold(string(r)) {
					put(f)
				}
				continue
			}
			put(knowledge.FoldRune(r))
		case i > 0 && i+1 < len(in) && isNumberSign(r) && unicode.IsDigit(in[i-1]) && unicode.IsDigit(in[i+1]):
			put(numberSign(r))
		case i > 0 && isDash(r) && afterFigure(out) && nextDigit(in[i+1:]):
			put(' ')
			put('~')
			put(' ')
		case r == inexact && len(out) > 0 && out[len(out)-1] >= '0' && out[len(out)-1] <= '9':
			put(r)
		case isDash(r) && i > 0 && i+1 < len(in) && in[i-1] != ' ' && in[i+1] != ' ':
			blank(hyphen)
		default:
			blank(' ')
		}
	}
	for len(out) > 0 && (out[len(out)-1] == ' ' || out[len(out)-1] == hyphen) {
		out = out[:len(out)-1]
	}
	if from != nil {
		*from = (*from)[:len(out)]
	}
	return out
}

// hyphen is the place of a hyphen inside a word while a text is folded; it
// becomes a space that still joins.
const hyphen = '\uE000'

func isNumberSign(r rune) bool {
	switch r {
	case '.', ',', '٫', '٬', '/', ':', '-', '‐', '‑', '–', '—', '~', '〜', '～':
		return true
	}
	return false
}

func isDash(r rune) bool {
	switch r {
	case '-', '‐', '‑', '–', '—', '−', '~', '〜', '～':
		return true
	}
	return false
}

func numberSign(r rune) rune {
	switch {
	case r == '٫':
		return '.'
	case r == '٬':
		return ','
	case r == '-' || r == '‐' || r == '‑':
		return '-'
	case isDash(r):
		return '~'
	}
	return r
}

// afterFigure tells whether a text ends in a figure, or in the unit that scripts
// without spaces write after it: 20만, 2015年.
func afterFigure(out []rune) bool {
	const unit = 2
	for i := len(out) - 1; i >= 0 && i >= len(out)-1-unit; i-- {
		if out[i] >= '0' && out[i] <= '9' {
			return true
		}
		if !tight(scriptOf(out[i])) {
			return false
		}
	}
	return false
}

func nextDigit(in []rune) bool {
	for _, r := range in {
		if r != ' ' {
			return unicode.IsDigit(r)
		}
	}
	return false
}

// digitValue gives the value of a decimal digit of any script.
func digitValue(r rune) rune {
	zero := r
	for unicode.IsDigit(zero-1) && r-zero < 9 {
		zero--
	}
	return r - zero
}

// newText folds a message and finds its words.
func newText(s string, marks bool) *text {
	return textOf(fold(s, marks))
}

// textOf finds the words of a folded message.
func textOf(r []rune) *text {
	untwin(r)
	n := len(r)
	t := &text{r: r, class: make([]script, n), start: make([]bool, n), joined: make([]bool, n), end: make([]int, n)}
	for i, c := range r {
		if c == hyphen {
			r[i] = ' '
			if i+1 < n {
				t.joined[i+1] = true
			}
		}
		t.class[i] = scriptOf(r[i])
	}
	for i := range n {
		if t.class[i] == space {
			continue
		}
		t.start[i] = i == 0 || border(t.class[i-1], t.class[i], r[i-1], r[i])
		if t.start[i] && i > 0 && t.class[i-1] != space {
			t.joined[i] = true
		}
	}
	for i := n - 1; i >= 0; i-- {
		if i+1 == n || t.class[i+1] == space || t.start[i+1] {
			t.end[i] = i + 1
		} else {
			t.end[i] = t.end[i+1]
		}
	}
	return t
}

// source gives the runes of the text as they were folded, with the hyphens that
// join what follows.
func (t *text) source() []rune {
	r := slices.Clone(t.r)
	for i := 1; i < len(r); i++ {
		if t.joined[i] && r[i-1] == ' ' {
			r[i-1] = hyphen
		}
	}
	return r
}

// again is a text made of other runes, read in the same way.
func (t *text) again(r []rune) *text {
	n := textOf(r)
	n.roman = t.roman
	return n
}

// border tells whether a word ends between two neighbouring runes.
func border(a, b script, ra, rb rune) bool {
	if a == b {
		return false
	}
	if a == space || b == space {
		return true
	}
	// Latin letters and digits form one word (h1n1), a number and its signs too.
	latin := func(c script, r rune) bool { return c == spaced && r < 0x250 }
	if a == digit && latin(b, rb) || b == digit && latin(a, ra) {
		return false
	}
	if (a == mark && b == digit || a == digit && b == mark) && ra != '%' && rb != '%' {
		return false
	}
	return true
}
