package mail

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// flowColumns is the longest line of plain text, in columns of a terminal,
// with room for the trailing spaces and a quote mark.
const flowColumns = 74

// flow appends to b plain text, wrapped as format=flowed; delsp=yes (RFC 3676): programs that
// know it join the lines again to any width, others show short lines. Lines
// that begin with "> " stay quoted when wrapped. Words longer than a line,
// such as links, are not broken; scripts written without spaces are broken
// between characters.
func flow(b, text []byte) []byte {
	for line := range bytes.SplitSeq(bytes.TrimRight(text, "\n"), []byte{'\n'}) {
		prefix := ""
		if rest, quoted := bytes.CutPrefix(line, []byte{'>'}); quoted {
			prefix, line = "> ", bytes.TrimPrefix(rest, []byte{' '})
		}
		if line = bytes.TrimRight(line, " \t"); len(line) == 0 {
			prefix = strings.TrimRight(prefix, " ")
		}
		for {
			n := lineEnd(line, flowColumns-len(prefix))
			b = append(b, prefix...)
			if prefix == "" && stuffed(line[:n]) {
				b = append(b, ' ')
			}
			b = append(b, line[:n]...)
			if line = line[n:]; len(line) == 0 {
				break
			}
			b = append(b, " \n"...)
		}
		b = append(b, '\n')
	}
	return b
}

// stuffed tells whether a line must be set off by a space, lest it be read as
// a quote, as already set off, or as the start of a mailbox entry.
func stuffed(line []byte) bool {
	return len(line) > 0 && (line[0] == ' ' || line[0] == '>') || bytes.HasPrefix(line, []byte("From "))
}

// lineEnd returns how many bytes of line make the next line of at most columns;
// a space at which it is broken belongs to it.
func lineEnd(line []byte, columns int) int {
	if len(line) <= columns {
		return len(line)
	}
	// How much fits, and then the last place in it where it may be broken.
	fits, col := 0, 0
	var after rune
	for {
		r, size := utf8.DecodeRune(line[fits:])
		if col += runeColumns(r); col > columns && r != ' ' {
			after = r
			break
		}
		if fits += size; fits == len(line) {
			return fits
		}
	}
	for i := fits; i > 0; {
		before, size := utf8.DecodeLastRune(line[:i])
		if breakable(before, after) {
			return i
		}
		i, after = i-size, before
	}
	// A word longer than the line: up to its end.
	if i := bytes.IndexByte(line[fits:], ' '); i >= 0 {
		return fits + i + 1
	}
	return len(line)
}

// breakable tells whether a line may end between two characters: after a
// space, and where a script is written without spaces, but not before closing
// nor after opening marks. Korean is broken at its spaces.
func breakable(a, b rune) bool {
	switch {
	case b == ' ':
		return false
	case a == ' ':
		return true
	case a < 0x2e80 && b < 0x2e80:
		return false
	case strings.ContainsRune("、。，．！？：；）」』】〉》〕”’ー…・％", b), strings.ContainsRune("（「『【〈《〔“‘", a):
		return false
	}
	return ideographic(a) || ideographic(b) && runeColumns(a) == 2
}

// ideographic tells whether r belongs to a script written without spaces:
// Han, Hiragana, Katakana, and their punctuation.
func ideographic(r rune) bool {
	return r >= 0x2e80 && r < 0x3130 || r >= 0x31f0 && r < 0xa000 || r >= 0xf900 && r < 0xfb00 || r >= 0xff00 && r < 0xff9f || r >= 0x20000 && r < 0x32000
}

// runeColumns is the width of a character in a terminal.
func runeColumns(r rune) int {
	switch {
	case r < 0x300, r >= 0x370 && r < 0x483, r >= 0x48a && r < 0x590, r >= 0x1e00 && r < 0x2000: // Latin, Greek, Cyrillic
		return 1
	case r < 0x1100:
		if unicode.Is(unicode.Mn, r) {
			return 0
		}
		return 1
	case r >= 0xac00 && r < 0xd7a4, r >= 0x3041 && r < 0xa000: // Hangul, Kana, Han
		return 2
	}
	switch k := width.LookupRune(r).Kind(); {
	case k == width.EastAsianWide, k == width.EastAsianFullwidth:
		return 2
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	return 1
}

// quote marks every line of what somebody wrote with "> ", so that nothing in
// it can pass for a line of ours.
func quote(s string) string {
	return "> " + strings.ReplaceAll(strings.TrimRight(cleanText(s), "\n"), "\n", "\n> ")
}
