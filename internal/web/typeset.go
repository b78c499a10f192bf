package web

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Where a line must not end, in texts of pages. The texts themselves stay as
// people type them, since mails and the API give them as well.
const (
	noBreak = "\u00a0" // a space that lines do not end at
	joiner  = "\u2060" // no width, and no end of a line beside it

	mayBreak = "\u200b" // no width, and a line may end here
	mayPart  = "\u00ad" // a hyphen, where a line ends within a word
)

var (
	// hyphened are e-mail, names such as Al-Farabi, a number with the ending that
	// hangs on it, 7609-ға, and years from one to another. Numbers of telephones
	// and cases get nothing between their digits: they are copied.
	hyphenedName = regexp.MustCompile(`(\p{Lu}\p{Ll}+-)(\p{Lu}\p{Ll})`)
	hyphened     = []*regexp.Regexp{
		regexp.MustCompile(`\b([Ee]-)(mail)`), hyphenedName,
		regexp.MustCompile(`([\d)%»”]-)(\p{Cyrillic})`), regexp.MustCompile(`(\d–)(\d)`),
	}
	// counted: a number stays with what is counted, and with its thousands.
	counted = regexp.MustCompile(`(\d) ([\d\p{Cyrillic}])`)
	// measured is the same where words are written in other letters; numbered
	// is what a number is the name of.
	measured = regexp.MustCompile(`(\d) ([\p{Latin}\p{Arabic}])`)
	numbered = regexp.MustCompile(`([Aa]rticle|Điều|المادة|\(WCAG\)|[Nn]gày|[Tt]háng|[Nn]ăm) (\d)`)
	// clock and the Vietnamese day after it are too long for one line of a
	// telephone.
	clock = regexp.MustCompile(`(:\d\d)\x{00a0}(ngày)`)
	// joined are words of Cyrillic letters with a hyphen: кем-то, ата-ана.
	joined = regexp.MustCompile(`\p{Cyrillic}+(?:-\p{Cyrillic}+)+`)
	// russian words of a letter or two that belong to the next one.
	russian = regexp.MustCompile(`(?i)([\s(«\x{00a0}]|^)(а|в|во|и|к|ко|о|об|с|со|у|я) `)
	// particle hangs on the sign before it, and a dot joins words: 수집·이용.
	particle = regexp.MustCompile(`([)%’”]|\p{Hangul}·)(\p{Hangul})`)
	// korean words that are read as one with the next one.
	korean = regexp.MustCompile(`(예:|는 데|[ \x{00a0}]수|두|알|할|볼|될|환자) (\+|[A-Z]|\d{4},|동의|있|없|가지|번|건|수)`)
	// mongolian particles say something of the word before them.
	mongolian = regexp.MustCompile(` ((?:ч|л|нь|вэ|бэ|уу|үү)(?:[\s.,;:?!)»]|$))`)
	// Chinese and Japanese write without spaces: a number stays with what it
	// counts, and an example with what announces it.
	ideographic = regexp.MustCompile(`(\d)(か月|个月|営業日|\p{Han})|例如|例：`)
	// japanese words that are one, and one that is three.
	japanese = strings.NewReplacer("お問い合わせ", "お問い"+joiner+"合わせ", "グローバルヘルスケアプロジェクト", "グローバル"+mayBreak+"ヘルスケア"+mayBreak+"プロジェクト")
	// family is the name before a comma that is read with the given name after it.
	family = regexp.MustCompile(`(\p{Lu}\p{Ll}+,) (\p{Lu}\p{Ll}+-)`)
	// chinese words that part badly, and the particle that hangs on the one
	// before it.
	chinese = strings.NewReplacer(joiner+"的", joiner+"的", "的", joiner+"的", "电话", "电"+joiner+"话", "电子邮箱", "电"+joiner+"子"+joiner+"邮"+joiner+"箱", "邮箱", "邮"+joiner+"箱", "全部", "全"+joiner+"部", "我们", "我"+joiner+"们",
		"内容", "内"+joiner+"容", "银行卡号", "银"+joiner+"行"+joiner+"卡"+joiner+"号", "联系", "联"+joiner+"系", "数字", "数"+joiner+"字", "工作日", "工"+joiner+"作"+joiner+"日", "文件夹", "文"+joiner+"件"+joiner+"夹")
	// vietnamese words of two syllables, that part badly in narrow titles.
	vietnamese = regexp.MustCompile(`(?i)(bệnh nhân|bệnh viện|bộ phận|chúng tôi|cơ sở|đại học|đối tác|đồng ý|hiệp hội|hồ sơ|lũy kế|nghiên cứu|nước ngoài|phần trăm|phụ trách|tổ chức|quý vị|thay mặt|thỏa thuận|ví dụ|xử lý|câu hỏi|y tế|hàn quốc|hoa kỳ|nhật bản)`)
	// printed are numbers that run from left to right among Arabic words, as
	// the sources print them: telephone numbers and 2010~2023.
	printed = regexp.MustCompile(`\+?\d+(?:-\d+){2,}(?:~\d+)?|\d+~\d+`)
	// inBrackets ends a line only as a whole.
	inBrackets = regexp.MustCompile(`\([^()]*\)$`)
)

// longestJoined is up to how many letters a word with a hyphen stays whole.
const longestJoined = 13

// typeset keeps together what no line may take apart in the language.
func typeset(language, text string) string {
	for _, part := range hyphened {
		text = twice(part, text, "$1"+joiner+"$2")
	}
	text = family.ReplaceAllString(text, "$1"+noBreak+"$2")
	switch language {
	case "ru":
		text = twice(russian, text, "$1$2"+noBreak)
	case "ko":
		return twice(korean, twice(particle, text, "$1"+joiner+"$2"), "$1"+noBreak+"$2")
	case "vi":
		text = vietnamese.ReplaceAllStringFunc(text, func(word string) string { return strings.ReplaceAll(word, " ", noBreak) })
	case "ar":
		text = printed.ReplaceAllString(text, "\u2066$0\u2069")
	case "ja", "zh-Hans":
		if language == "ja" {
			text = japanese.Replace(text)
		} else {
			text = chinese.Replace(text)
		}
		return ideographic.ReplaceAllStringFunc(text, func(found string) string {
			if strings.HasPrefix(found, "例") {
				return found + joiner
			}
			return strings.Join(strings.Split(found, ""), joiner)
		})
	case "mn":
		text = twice(mongolian, text, noBreak+"$1")
	case "en", "kk":
	default:
		return text
	}
	text = joined.ReplaceAllStringFunc(text, func(word string) string {
		if utf8.RuneCountInString(word) > longestJoined {
			return word
		}
		return strings.ReplaceAll(word, "-", "-"+joiner)
	})
	text = numbered.ReplaceAllString(measured.ReplaceAllString(text, "$1"+noBreak+"$2"), "$1"+noBreak+"$2")
	text = clock.ReplaceAllString(text, "$1 $2")
	return strings.NewReplacer(" —", noBreak+"—", " –", noBreak+"–").Replace(twice(counted, text, "$1"+noBreak+"$2"))
}

// unbroken keeps together what is of one word in a text as printed, in English.
func unbroken(text any) string { return typeset("en", fmt.Sprint(text)) }

// typesetTime keeps the name of the time at the end of a time together.
func typesetTime(language, text string) string {
	return inBrackets.ReplaceAllStringFunc(typeset(language, text), func(zone string) string { return strings.ReplaceAll(zone, " ", noBreak) })
}

// parted are words too long for the head of a narrow column, with the place
// where they may part.
var parted = strings.NewReplacer("Великобритания", "Велико"+mayPart+"британия", "Ұлыбритания", "Ұлы"+mayPart+"британия")

// twice replaces what is found, also where two finds share a letter.
func twice(found *regexp.Regexp, text, by string) string {
	return found.ReplaceAllString(found.ReplaceAllString(text, by), by)
}
