package web

import (
	"regexp"
	"strings"
)

// Where a line must not end, in texts of pages. The texts themselves stay as
// people type them, since mails and the API give them as well.
const (
	noBreak = "\u00a0" // a space that lines do not end at
	joiner  = "\u2060" // no width, and no end of a line beside it
)

var (
	// eMail is one word, and so is a number with the ending that hangs on it:
	// 7609-ға. Numbers of telephones and cases get nothing between their digits:
	// they are copied.
	eMail  = regexp.MustCompile(`\b([Ee]-)(mail)`)
	hanged = regexp.MustCompile(`(\d-)(\p{Cyrillic})`)
	// counted: a number stays with what is counted, and with its thousands.
	counted = regexp.MustCompile(`(\d) ([\d\p{Cyrillic}])`)
	// russian words of a letter or two that belong to the next one.
	russian = regexp.MustCompile(`(?i)([\s(«\x{00a0}]|^)(а|в|во|и|к|ко|о|об|с|со|у|я) `)
	// particle hangs on the sign before it, and a dot joins words: 수집·이용.
	particle = regexp.MustCompile(`([)%’”]|\p{Hangul}·)(\p{Hangul})`)
	// korean words that are read as one with the next one.
	korean = regexp.MustCompile(`(예:|협력|는 데|[ \x{00a0}]수|두) (\+|[A-Z]|\d{4},|기관|동의|있|없|가지|번|건)`)
	// vietnamese words of two syllables, that part badly in narrow titles.
	vietnamese = regexp.MustCompile(`(?i)(bệnh nhân|bệnh viện|chúng tôi|cơ sở|đại học|đối tác|hiệp hội|phụ trách|quý vị|thay mặt|thỏa thuận|xử lý|câu hỏi|y tế|hàn quốc|nhật bản)`)
)

// typeset keeps together what no line may take apart in the language.
func typeset(language, text string) string {
	text = hanged.ReplaceAllString(eMail.ReplaceAllString(text, "$1"+joiner+"$2"), "$1"+joiner+"$2")
	switch language {
	case "ru":
		text = twice(russian, text, "$1$2"+noBreak)
	case "ko":
		return twice(korean, twice(particle, text, "$1"+joiner+"$2"), "$1"+noBreak+"$2")
	case "vi":
		return vietnamese.ReplaceAllStringFunc(text, func(word string) string { return strings.ReplaceAll(word, " ", noBreak) })
	case "kk", "mn":
	default:
		return text
	}
	return strings.ReplaceAll(twice(counted, text, "$1"+noBreak+"$2"), " —", noBreak+"—")
}

// twice replaces what is found, also where two finds share a letter.
func twice(found *regexp.Regexp, text, by string) string {
	return found.ReplaceAllString(found.ReplaceAllString(text, by), by)
}
