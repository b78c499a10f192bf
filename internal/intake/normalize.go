package intake

import (
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// normalize brings what was typed into the form that is validated and kept:
// texts trimmed and in NFC, single lines without invisible marks and doubled
// spaces, dates, countries, addresses and sites in their canonical form. What
// it cannot make sense of it leaves as it is, for the validation to refuse.
// Free text keeps the writer's own words: only line ends are made alike.
func (f form) normalize(answers any) {
	v := reflect.ValueOf(answers).Elem()
	for i, q := range f.fields {
		target := v.Field(i)
		if target.Kind() != reflect.String || target.Len() == 0 {
			continue
		}
		target.SetString(q.kind.normalize(target.String()))
	}
}

func (k fieldKind) normalize(s string) string {
	switch k {
	case kindText:
		if strings.Contains(s, "\r") {
			s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
		}
		return strings.TrimSpace(compose(s))
	case kindDate:
		return normalizeDate(line(s))
	case kindCountry:
		return strings.ToUpper(fold(line(s)))
	case kindEmail:
		return normalizeMailbox(line(s))
	case kindPhone:
		return fold(line(s))
	case kindWebsite:
		return normalizeWebsite(line(s))
	default:
		return line(s)
	}
}

// line normalises text of one line. Marks that cannot be seen are dropped:
// programs add them when names and numbers are copied, and who pastes them
// could not find them. Line breaks inside and other control characters stay,
// and are refused.
func line(s string) string {
	if isLine(s) {
		return s
	}
	var b strings.Builder
	runes := []rune(s)
	space := false
	for i, r := range runes {
		switch {
		case invisible(r), joiner(r) && !between(runes, i):
			continue
		case r == '\t', unicode.Is(unicode.Zs, r):
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	// Last, because what was dropped may have kept parts of a letter, or a
	// line break and the end, apart.
	return strings.TrimSpace(compose(b.String()))
}

// isLine tells, without taking the text apart, that line would not change it.
func isLine(s string) bool {
	last := ' '
	for _, r := range s {
		if r == ' ' && last == ' ' || r < ' ' || r >= 0x7f && !unicode.IsLetter(r) {
			return false
		}
		last = r
	}
	return (last != ' ' || s == "") && (composed(s) || norm.NFC.IsNormalString(s))
}

// compose brings a text into NFC.
func compose(s string) string {
	if composed(s) {
		return s
	}
	return norm.NFC.String(s)
}

// composed tells, at a tenth of the cost, of most texts that are in NFC that they
// are: all their characters come from ranges without any that decompose or join
// with the one before.
func composed(s string) bool {
	for _, r := range s {
		if r >= 0x300 && !composedRune(r) {
			return false
		}
	}
	return true
}

func composedRune(r rune) bool {
	switch {
	case r < 0x300, // Latin
		r >= 0x400 && r < 0x483, r >= 0x48a && r < 0x530, // Cyrillic
		r >= 0x620 && r < 0x64b,                              // Arabic letters
		r >= 0x1ea0 && r < 0x1efa,                            // Vietnamese
		r >= 0x2010 && r < 0x2028,                            // dashes, quotation marks
		r >= 0x3001 && r < 0x3012,                            // punctuation of East Asia
		r >= 0x3041 && r < 0x3097, r >= 0x30a1 && r < 0x30fd, // kana
		r >= 0x4e00 && r < 0xa000, // Han
		r >= 0xac00 && r < 0xd7a4: // Hangul
		return true
	}
	return false
}

// invisible are format characters without a meaning in one line: direction
// marks, embeddings and isolates (overrides, which deceive, are refused
// instead), zero-width spaces, byte order marks, soft hyphens, tags.
func invisible(r rune) bool {
	switch {
	case r == '\u00ad', r == '\u034f', r == '\u061c', r == '\u200b', r == '\u200e', r == '\u200f', r == '\u2060', r == '\ufeff',
		r >= '\u202a' && r <= '\u202c', r >= '\u2061' && r <= '\u2064', r >= '\u2066' && r <= '\u206f', r >= '\U000e0000' && r <= '\U000e007f':
		return true
	}
	return false
}

// joiner are the zero-width joiners, which some scripts need inside words.
func joiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

func between(runes []rune, i int) bool {
	wordy := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }
	return i > 0 && i < len(runes)-1 && wordy(runes[i-1]) && wordy(runes[i+1])
}

// fold makes full-width characters, as East Asian keyboards type them, and
// Arabic-Indic digits plain.
func fold(s string) string {
	if isASCII(s) {
		return s
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r >= '\u0660' && r <= '\u0669':
			return '0' + r - '\u0660'
		case r >= '\u06f0' && r <= '\u06f9':
			return '0' + r - '\u06f0'
		}
		return r
	}, width.Fold.String(s)))
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// typedDate is year, month and day in this order, as typed in many ways:
// 2026-11-03, 2026.11.3., 2026/11/03, 2026年11月3日, 2026년 11월 3일.
var typedDate = regexp.MustCompile(`^(\d{4})\s?[-./年년]\s?(\d{1,2})\s?[-./月월]\s?(\d{1,2})\s?[.日일]?$`)

func normalizeDate(s string) string {
	s = fold(s)
	if isCanonicalDate(s) {
		return s
	}
	m := typedDate.FindStringSubmatch(s)
	if m == nil {
		return s
	}
	two := func(s string) string { return ("0" + s)[len(s)-1:] }
	return m[1] + "-" + two(m[2]) + "-" + two(m[3])
}

// isCanonicalDate tells whether the text is four, two and two digits, be there
// such a day or not.
func isCanonicalDate(s string) bool {
	for i, r := range s {
		if dash := i == 4 || i == 7; dash && r != '-' || !dash && (r < '0' || r > '9') {
			return false
		}
	}
	return len(s) == len(time.DateOnly)
}

// normalizeMailbox folds full-width signs, and puts the domain in lower case
// and in its ASCII form. The local part is the business of its own server and
// stays as typed.
func normalizeMailbox(s string) string {
	s = strings.ReplaceAll(fold(s), "。", ".")
	local, domain, found := strings.Cut(s, "@")
	if !found {
		return s
	}
	if isASCII(domain) {
		return local + "@" + strings.ToLower(domain)
	}
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = ascii
	}
	return local + "@" + strings.ToLower(domain)
}

func normalizeWebsite(s string) string {
	s = fold(s)
	if s != "" && !strings.Contains(s, "://") {
		s = "https://" + s
	}
	return s
}
