package chat

import "strings"

// twins of a Korean syllable: the final ㅆ that hasty writers leave single.
var singleFinal = strings.NewReplacer("했", "햇", "됐", "됬", "있", "잇", "었", "엇", "았", "앗", "겠", "겟", "렸", "렷", "졌", "졋", "왔", "왓", "갔", "갓", "렀", "럿")

// leastKana is the number of kana from which a word may be recognized in the
// other syllabary: shorter ones would be taken for endings (タイ, たい).
const leastKana = 4

// twin gives a phrase as people in a hurry write it in the same script: a
// Korean ending without its double final, a Japanese loanword in hiragana or
// a Japanese word in katakana. It is empty where there is no such form.
func twin(lang string, r []rune, function bool) []rune {
	switch {
	case lang == "ko":
		s := string(r)
		if t := singleFinal.Replace(s); t != s {
			return []rune(t)
		}
	case lang == "ja" && !function:
		return otherKana(r)
	}
	return nil
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
