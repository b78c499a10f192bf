package chart

import (
	"slices"
	"strings"
	"unicode"
)

// measure estimates how wide a text is at most, in the unit of size. Real
// system fonts stay below it for all but unusual texts.
func measure(text string, size float64) float64 {
	em := 0.0
	for _, r := range text {
		em += advance(r)
	}
	return em * size
}

// advance is the width of a character in em.
func advance(r rune) float64 {
	switch {
	case r == ' ' || r == '\u00a0' || r == '\u202f':
		return 0.3
	case unicode.In(r, unicode.Mn, unicode.Cf):
		return 0
	case strings.ContainsRune(".,:;'’|!()[]iljI", r):
		return 0.34
	case strings.ContainsRune("mwMWшщмжюыШЩМЖЮЫ@%", r):
		return 0.92
	case ideographic(r) || unicode.Is(unicode.Hangul, r):
		return 1
	case unicode.Is(unicode.Arabic, r):
		return 0.56
	case unicode.IsUpper(r):
		return 0.72
	}
	return 0.59
}

// wrap breaks a text into lines no wider than room: between words, and in
// Chinese and Japanese between characters, but not before what closes or after
// what opens.
func wrap(text string, size, room float64) []string {
	return fill(pieces(text, breaks), size, room)
}

// fill puts as many pieces as there is room for on each line.
func fill(pieces []string, size, room float64) []string {
	var lines []string
	line := ""
	for _, piece := range pieces {
		if line != "" && measure(strings.TrimRight(line+piece, " "), size) > room {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
		line += piece
	}
	if line = strings.TrimRight(line, " "); line != "" {
		lines = append(lines, line)
	}
	return lines
}

// balance breaks a text into as few lines as wrap does, but evenly, and where
// that is possible between phrases.
func balance(text string, size, room float64) []string {
	lines, parts := wrap(text, size, room), pieces(text, breaks)
	tooLong := func(line string) bool { return measure(line, size) > room }
	phrases := pieces(text, pauses)
	if whole := fill(phrases, size, room); len(whole) == len(lines) && !slices.ContainsFunc(whole, tooLong) {
		lines, parts = whole, phrases
	}
	for len(lines) > 1 {
		narrower := fill(parts, size, room-size/4)
		if len(narrower) > len(lines) || room < 4*size {
			break
		}
		lines, room = narrower, room-size/4
	}
	return lines
}

// settle breaks a text as wrap does, but a little earlier where the last line
// would be a short word alone.
func settle(text string, size, room float64) []string {
	lines, parts := wrap(text, size, room), pieces(text, breaks)
	for narrow := room; len(lines) > 1 && measure(lines[len(lines)-1], size) < room/5; {
		if narrow -= size / 2; narrow < room*3/4 {
			break
		}
		earlier := fill(parts, size, narrow)
		if len(earlier) > len(lines) {
			break
		}
		lines = earlier
	}
	return lines
}

// pieces are the parts of a text that stay together, with the spaces behind
// them; between tells where a line may end without a space.
func pieces(text string, between func(before, after rune) bool) []string {
	var all []string
	runes := []rune(text)
	from := 0
	for i := 1; i < len(runes); i++ {
		before, after := runes[i-1], runes[i]
		if before == ' ' && after != ' ' && after != '%' || between(before, after) {
			all = append(all, string(runes[from:i]))
			from = i
		}
	}
	return append(all, string(runes[from:]))
}

// What no line begins with, and what none ends with.
const (
	closing = "、。，．・；：？！」』）】〉》”’ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ%）)]」”.,"
	opening = "（「『【〈《“‘(["
)

// breaks tells whether a line may end between two characters without a space.
func breaks(before, after rune) bool {
	if !ideographic(before) && !ideographic(after) {
		return false
	}
	if unicode.IsDigit(before) { // a number stays with what it counts
		return false
	}
	return after != ' ' && before != ' ' && !strings.ContainsRune(closing, after) && !strings.ContainsRune(opening, before)
}

// pauses tells where a phrase ends without a space: at punctuation, and in
// Japanese after the endings of words.
func pauses(before, after rune) bool {
	ending := unicode.Is(unicode.Hiragana, before) && !unicode.Is(unicode.Hiragana, after)
	return breaks(before, after) && (ending || strings.ContainsRune("、。，；：？！」』）】〉》", before) || strings.ContainsRune(opening, after))
}

// ideographic tells characters of scripts without spaces, with their marks: ー
// and ・ belong to no script of their own.
func ideographic(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30FF || r >= 0xFF00 && r <= 0xFF60
}
