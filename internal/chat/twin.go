package chat

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Korean syllables with the final ㅆ, and each as hasty writers leave it.
const doubleFinal, singleFinal = "했됐있었았겠렸졌왔갔렀", "햇됬잇엇앗겟렷졋왓갓럿"

// ssang is the place of the final ㅆ among those of Korean syllables.
const ssang = 20

// leastKana is the number of kana from which a word may be recognized in the
// other syllabary: shorter ones would be taken for endings (タイ, たい).
const leastKana = 4

// twin gives a phrase as people in a hurry write it in the same script: a
// Korean ending without its double final, a Japanese loanword in hiragana or
// a Japanese word in katakana. It is empty where there is no such form.
func twin(lang string, r []rune, function bool) []rune {
	switch {
	case lang == "ko":
		return hasty(r)
	case lang == "ja" && !function:
		return otherKana(r)
	}
	return nil
}

// hasty leaves the finals of a Korean phrase single; nil where it has none that
// are double.
func hasty(r []rune) []rune {
	var out []rune
	for i, c := range r {
		if c < 0xAC00 || c > 0xD7A3 || (c-0xAC00)%28 != ssang {
			continue
		}
		at := strings.IndexRune(doubleFinal, c)
		if at < 0 {
			continue
		}
		if out == nil {
			out = slices.Clone(r)
		}
		out[i], _ = utf8.DecodeRuneInString(singleFinal[at:])
	}
	return out
}

// otherKana writes katakana as hiragana, or a phrase of hiragana alone as
// katakana.
func otherKana(r []rune) []rune {
	katakana, hiragana := 0, 0
	for _, c := range r {
		switch {
		case c >= 'ァ' && c <= 'ヴ' || c == 'ー':
			katakana++
		case c >= 'ぁ' && c <= 'ゔ':
			hiragana++
		}
	}
	shift := 'ぁ' - 'ァ'
	switch {
	case katakana >= leastKana && hiragana == 0:
	case katakana == 0 && hiragana >= leastKana && hiragana == len(r):
		shift = -shift
	default:
		return nil
	}
	out := make([]rune, len(r))
	for i, c := range r {
		if c >= 'ァ' && c <= 'ヴ' || c >= 'ぁ' && c <= 'ゔ' {
			c += shift
		}
		out[i] = c
	}
	return out
}
