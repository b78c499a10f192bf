package mail

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanHeader makes one line of s that can stand in a header: white space of
// any kind becomes one space, and control, format (bidi overrides, zero-width
// characters), private and broken characters vanish.
func cleanHeader(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			continue
		case unicode.IsSpace(r):
			space = true
			continue
		case !unicode.IsGraphic(r) && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Noncharacter_Code_Point):
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// clean tells whether s is plain ASCII that cleanHeader leaves as it is, as most is.
func clean(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && before == ' ' {
			return false
		}
		before = s[i]
	}
	return s == "" || before != ' '
}

// encodedBytes of text make an encoded word that fits on a line with the name of
// any header that people read.
const encodedBytes = 42

// encodeHeader writes a value with encoded words (RFC 2047) from the first word on
// that needs them; a case number before it stays readable.
func encodeHeader(s string) string {
	if ascii(s) && !strings.Contains(s, "=?") {
		return s
	}
	plain := 0
	for word := range strings.SplitSeq(s, " ") {
		if !ascii(word) || strings.Contains(word, "=?") {
			break
		}
		plain += len(word) + 1
	}
	return s[:plain] + encodedWords(s[plain:])
}

// encodedWords writes all of s in encoded words.
func encodedWords(s string) string {
	const begin, end = "=?UTF-8?B?", "?="
	words := 1 + len(s)/(encodedBytes-2*utf8.UTFMax)
	out := make([]byte, 0, base64.StdEncoding.EncodedLen(len(s))+words*(len(begin)+len(end)+4))
	for s != "" {
		n := 0
		for i, r := range s {
			if n = i + utf8.RuneLen(r); n > encodedBytes-utf8.UTFMax {
				break
			}
		}
		if len(out) > 0 {
			out = append(out, ' ')
		}
		var plain [encodedBytes]byte
		out = append(out, begin...)
		out = base64.StdEncoding.AppendEncode(out, plain[:copy(plain[:], s[:n])])
		out = append(out, end...)
		s = s[n:]
	}
	return string(out)
}

// cleanText makes s safe to stand in a body without changing what it says:
// only broken UTF-8 and control characters other than line feed and tab go.
func cleanText(s string) string {
	if !strings.ContainsFunc(s, uncleanInText) {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r':
			return '\n'
		case unicode.Is(unicode.Cc, r):
			return -1
		}
		return r
	}, s)
}

// uncleanInText tells what cleanText may have to change.
func uncleanInText(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError
}

// truncate shortens s to at most n runes.
func truncate(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// personName returns name if it can only be a name, else nothing: letters,
// spaces, hyphens, apostrophes, and dots that end a word. Anything else might
// be turned into a link by the reader's program, and a stranger's mailbox must
// not get words of the sender's choosing from us.
func personName(name string) string {
	name = cleanHeader(name)
	runes := []rune(name)
	if len(runes) == 0 || len(runes) > 60 {
		return ""
	}
	for i, r := range runes {
		switch {
		case unicode.IsLetter(r), unicode.IsMark(r), r == ' ', r == '-', r == '\'', r == '’', r == '‐', r == '·', r == '・':
		case r == '.' && i > 0 && (i == len(runes)-1 || runes[i+1] == ' '):
		default:
			return ""
		}
	}
	if len(strings.Fields(name)) > 6 {
		return ""
	}
	return name
}
