package chat

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// soundAlike are the Hangul letters that are written for one another.
var soundAlike = []string{"ᅢᅦᅨᅤ", "ᅬᅫᅰᅯᅥ", "ᅴᅵ", "ᄀᄁᄏ", "ᄃᄄᄐ", "ᄇᄈᄑ", "ᄉᄊ", "ᄌᄍᄎ", "ᆨᆩᆿ", "ᆮᆺᆻᆽᆾᇀ", "ᆸᇁ", "ᆫᆼ"}

// sideBySide are the Hangul letters whose keys are neighbours, the finals beside
// those that run into one another in speech.
var sideBySide = []string{"ᅭᅧ", "ᅧᅣ", "ᅣᅢ", "ᅢᅦ", "ᅩᅥ", "ᅥᅡ", "ᅡᅵ", "ᅲᅮ", "ᅮᅳ", "ᅲᅩ", "ᅮᅥ", "ᅧᅥ", "ᅣᅡ", "ᄇᄌ", "ᄌᄃ", "ᄃᄀ", "ᄀᄉ", "ᄆᄂ", "ᄂᄋ", "ᄋᄅ", "ᄅᄒ", "ᄇᄆ", "ᄌᄂ", "ᄃᄋ", "ᄀᄅ", "ᄉᄒ", "ᆸᆷ", "ᆨᆼ", "ᆨᆸ", "ᆫᆯ", "ᆼᆷ", "ᆮᆨ"}

// alike tells whether the one letter in which two words differ stands in one
// group with the other.
func alike(a, b []rune, groups []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return slices.ContainsFunc(groups, func(s string) bool { return strings.ContainsRune(s, a[i]) && strings.ContainsRune(s, b[i]) })
		}
	}
	return false
}

// palatal tells whether two words differ in one vowel only, with a glide or
// without, behind a consonant after which nobody hears it: 포쳔 for 포천.
func palatal(a, b []rune) bool {
	glides := []string{"ᅣᅡ", "ᅧᅥ", "ᅭᅩ", "ᅲᅮ", "ᅨᅦ"}
	i := slices.IndexFunc(a, func(r rune) bool { return strings.ContainsRune("ᄌᄍᄎ", r) })
	for ; i >= 0 && i+1 < len(a); i++ {
		if a[i+1] != b[i+1] {
			return strings.ContainsRune("ᄌᄍᄎ", a[i]) && alike(a, b, glides)
		}
	}
	return false
}

// hiraganaOnly tells whether a word is written in hiragana alone: these words
// lie so near to each other that only some slips may be mended.
func hiraganaOnly(w []rune) bool {
	return !slices.ContainsFunc(w, func(r rune) bool { return (r < 'ぁ' || r > 'ゖ') && r != 'ー' })
}

// fewIdeographs tells whether a word of Han characters and kana behind them
// holds too few of the former to be mended.
func fewIdeographs(w []rune) bool {
	n := len(w)
	for n > 0 && isKana(w[n-1]) {
		n--
	}
	if n == 0 || n == len(w) || n >= minIdeograph {
		return false
	}
	return !slices.ContainsFunc(w[:n], func(r rune) bool { return isKana(r) || scriptOf(r) != unspace })
}

// longKana is the number of kana from which a word may have one too many or
// too few; in shorter ones this goes for those that are hardly heard.
const longKana = 7

// kanaSlip tells whether two words of hiragana that are one edit apart differ
// as a slip does: by neighbours that changed places, by the marks or the size
// of a letter, or by a letter of a long word.
func kanaSlip(a, b []rune) bool {
	if len(a) < minIdeograph+1 {
		return false
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) == len(b):
		return swapped(a, b) || plainKana(a[i]) == plainKana(b[i])
	case len(a) > len(b):
		a, b = b, a
	}
	return len(a) >= longKana || len(a) > minIdeograph && strings.ContainsRune("うんっー", b[i])
}

// plainKana is a hiragana without its marks and of full size.
func plainKana(r rune) rune {
	for _, row := range kanaRows {
		if strings.ContainsRune(row, r) {
			first, _ := utf8.DecodeRuneInString(row)
			return first
		}
	}
	return r
}

// kanaRows are the letters that differ in marks or size, or sound the same.
var kanaRows = []string{"あぁ", "いぃ", "うぅ", "えぇ", "おぉを", "かが", "きぎ", "くぐ", "けげ", "こご", "さざ", "しじぢ", "すずづ", "せぜ", "そぞ", "ただ", "ち", "つっ", "てで", "とど", "はばぱわ", "ひびぴ", "ふぶぷ", "へべぺ", "ほぼぽ", "やゃ", "ゆゅ", "よょ"}

// swapped tells whether two words of one length differ by neighbours that
// changed places.
func swapped(a, b []rune) bool {
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:])
}

// edits counts the edits between a and b, up to limit (at most two); more
// count as limit+1.
func edits(a, b []rune, limit int) int {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case len(a) == 0 || len(b) == 0:
		return min(len(a)+len(b), limit+1)
	case limit == 0:
		return 1
	}
	best := limit + 1
	if len(a) == len(b) {
		best = min(best, 1+edits(a[1:], b[1:], limit-1))
		if len(a) > 1 && a[0] == b[1] && a[1] == b[0] {
			best = min(best, 1+edits(a[2:], b[2:], limit-1))
		}
	} else if limit > 1 {
		best = min(best, 1+edits(a[1:], b[1:], limit-1))
		if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
			best = min(best, 1+edits(a[2:], b[2:], limit-1))
		}
	}
	if len(a) >= len(b) {
		best = min(best, 1+edits(a[1:], b, limit-1))
	}
	if len(b) >= len(a) {
		best = min(best, 1+edits(a, b[1:], limit-1))
	}
	return best
}

func isKana(r rune) bool { return r >= 0x3040 && r <= 0x30FF }
