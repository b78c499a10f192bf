package mail

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// flowColumns is the longest line of plain text, in columns of a terminal,
// with room for the trailing spaces and a quote mark.
const flowColumns = 74

// flow wraps plain text as format=flowed; delsp=yes (RFC 3676): programs that
// know it join the lines again to any width, others show short lines. Lines
// that begin with "> " stay quoted when wrapped. Words longer than a line,
// such as links, are not broken; scripts written without spaces are broken
// between characters.
func flow(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/16)
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		prefix := ""
		if rest, quoted := strings.CutPrefix(line, ">"); quoted {
			prefix, line = "> ", strings.TrimPrefix(rest, " ")
		}
		if line = strings.TrimRight(line, " \t"); line == "" {
			prefix = strings.TrimRight(prefix, " ")
		}
		for {
			n := lineEnd(line, flowColumns-len(prefix))
			b.WriteString(prefix)
			if prefix == "" && stuffed(line[:n]) {
				b.WriteByte(' ')
			}
			b.WriteString(line[:n])
			if line = line[n:]; line == "" {
				break
			}
			b.WriteString(" \n")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// stuffed tells whether a line must be set off by a space, lest it be read as
// a quote, as already set off, or as the start of a mailbox entry.
func stuffed(line string) bool {
	return strings.HasPrefix(line, " ") || strings.HasPrefix(line, ">") || strings.HasPrefix(line, "From ")
}

// lineEnd returns how many bytes of line make the next line of at most columns;
// a space at which it is broken belongs to it.
func lineEnd(line string, columns int) int {
	if len(line) <= columns {
		return len(line)
	}
	col, best := 0, 0
	var before rune
	for i, r := range line {
		if i > 0 && breakable(before, r) {
			best = i
		}
		if col += runeColumns(r); col > columns && best > 0 && r != ' ' {
			return best
		}
		before = r
	}
	return len(line)
}

// breakable tells whether a line may end between two characters.
func breakable(a, b rune) bool {
	switch {
	case b == ' ':
		return false
	case a == ' ':
		return true
	case strings.ContainsRune("、。，．！？：；）」』】〉》〕”’ー…・％", b), strings.ContainsRune("（「『【〈《〔“‘", a):
		return false
	}
	// Korean is written with spaces and broken at them.
	return ideographic(a) || ideographic(b) && runeColumns(a) == 2
}

func ideographic(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r < 0x3040
}

// runeColumns is the width of a character in a terminal.
func runeColumns(r rune) int {
	if r < 0x300 {
		return 1
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
