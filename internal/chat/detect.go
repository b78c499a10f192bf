package chat

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"naru/internal/naru"
)

// detect tells the language of a message. Hint is the language of the page or
// of the conversation, or empty; it decides where the letters leave a choice.
func (b *Bot) detect(message, hint string) string {
	if !slices.Contains(naru.Languages, hint) {
		hint = ""
	}
	var hang, kana, han, arabic, cyrillic, latin, kazakh, mongolian, vietnamese int
	for _, r := range norm.NFC.String(message) {
		r = unicode.ToLower(r)
		switch {
		case r < 0x80:
			if r >= 'a' && r <= 'z' {
				latin++
			}
		case r >= 0xAC00 && r <= 0xD7A3:
			hang++
		case r >= 0x3040 && r <= 0x30FF || r >= 0xFF66 && r <= 0xFF9D:
			kana++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Arabic, r):
			arabic++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
			if strings.ContainsRune("әғқңұһі", r) {
				kazakh++
			} else if strings.ContainsRune("өү", r) {
				mongolian++
			}
		case unicode.Is(unicode.Latin, r):
			latin++
			if strings.ContainsRune("ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉĩịọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ", r) {
				vietnamese += 2
			} else if strings.ContainsRune("âêôàáãèéìíòóõùúý", r) {
				vietnamese++
			}
		}
	}
	other := max(hang, kana+han, arabic, cyrillic)
	switch {
	case other == 0 && latin == 0:
		return orEnglish(hint)
	case hang > 0 && hang >= max(kana+han, arabic, cyrillic):
		return "ko"
	case kana+han > 0 && kana+han >= max(arabic, cyrillic):
		if kana > 0 && kana*8 >= han {
			return "ja"
		}
		if hint == "ja" || hint == "zh-Hans" {
			return hint
		}
		return b.betterOf(message, "zh-Hans", "ja")
	case arabic > 0 && arabic >= cyrillic:
		return "ar"
	case cyrillic > 0:
		switch {
		case kazakh > 0:
			return "kk"
		case hint == "mn" || hint == "kk" && mongolian == 0:
			return hint
		case mongolian > 0:
			return b.betterOf(message, "mn", "kk")
		case hint == "ru" && mongolian == 0:
			return hint
		}
		return b.betterOf(message, "ru", "mn", "kk")
	}
	// Latin letters only.
	if vietnamese >= 2 && hint != "en" || vietnamese >= 3 {
		return "vi"
	}
	if hint != "" && hint != "en" && hint != "vi" {
		// A name or an abbreviation on a page in another language; whole
		// English sentences speak for English.
		if b.known(message, "en") < 4 {
			return hint
		}
		return "en"
	}
	return b.romanized(message, b.betterOf(message, orEnglish(hint), "en", "vi"))
}

func orEnglish(lang string) string {
	if lang == "" {
		return naru.Languages[0]
	}
	return lang
}

// betterOf gives the language whose lexicon explains the message best; the
// first of equals wins.
func (b *Bot) betterOf(message string, languages ...string) string {
	// The other languages in Cyrillic share words with Russian: what Russian
	// explains as well is Russian.
	lead := 0
	if languages[0] == "ru" {
		lead = costWord / 2
	}
	best, bestCost := languages[0], 1<<30
	message = beginning(message)
	b.prepare(languages...)
	for i, lang := range languages {
		if slices.Contains(languages[:i], lang) {
			continue
		}
		l := b.lexicon(lang)
		t := newText(message, l.marks)
		tries := []*trie{l.words}
		if l.marks {
			tries = l.tries // an English name says nothing of the words around it
		}
		items, cost := segments(t, l, tries)
		if l.marks {
			if typed := typedMarks(t, items); typed != "" {
				_, read := segments(newText(typed, l.marks), l, tries)
				cost = min(cost, read)
			}
		}
		if cost+lead < bestCost {
			best, bestCost = lang, cost
		}
	}
	return best
}

// enoughToTell is the number of characters from which a language is told.
const enoughToTell = 300

// beginning is as much of a message as its language is told from.
func beginning(message string) string {
	if r := []rune(message); len(r) > enoughToTell {
		return string(r[:enoughToTell])
	}
	return message
}

// known counts the words of the message that the function words of a language
// contain.
func (b *Bot) known(message, lang string) int {
	n := 0
	l := b.lexicon(lang)
	for w := range strings.FieldsSeq(string(fold(message, l.marks))) {
		if slices.Contains(l.words.find(l.phrase(nil, []rune(w), false)), sense{word, "fn"}) {
			n++
		}
	}
	return n
}
