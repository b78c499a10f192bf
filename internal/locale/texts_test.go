package locale

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"naru/internal/naru"
)

// TestShippedTexts reads all that is shipped, of every area, and looks for
// what Load cannot know: texts left in English, in a sister language, or typed
// with letters of another script.
func TestShippedTexts(t *testing.T) {
	t.Parallel()
	files := os.DirFS("../../config/locales")
	if _, err := Load(files); err != nil {
		t.Fatal(err)
	}
	plurals := newPlurals()
	first, _ := loadLanguage(files, fallback, nil, countryCodes(), plurals)
	english, found := first.messages, map[string][]string{}
	for _, lang := range naru.Languages {
		own, _ := loadLanguage(files, lang, nil, countryCodes(), plurals)
		for key, e := range own.messages {
			for form, text := range e.texts {
				if text == "" {
					continue
				}
				where := fmt.Sprintf("%s:%d: %s (%s)", e.file, e.line, key, formNames[form])
				if !norm.NFC.IsNormalString(text) {
					t.Errorf("%s: not in Unicode NFC", where)
				}
				if strings.Contains(text, "  ") || strings.Contains(text, "\u00a0\u00a0") {
					t.Errorf("%s: two spaces in a row", where)
				}
				if lang == fallback {
					continue
				}
				original := ""
				if e := english[key]; e != nil {
					original = e.texts[other]
				}
				if problem := untranslated(lang, text, original); problem != "" {
					found[e.file] = append(found[e.file], fmt.Sprintf("%s: %s: %q", where, problem, text))
				}
			}
		}
	}
	for file, problems := range found {
		slices.Sort(problems)
		for _, problem := range problems[:min(len(problems), 10)] {
			t.Error(problem)
		}
		if len(problems) > 10 {
			t.Errorf("%s: and %d more like these", file, len(problems)-10)
		}
	}
}

// script tells what texts of a language are written in.
type script struct {
	letters []*unicode.RangeTable
	// own are letters that a longer text cannot do without, foreign ones that
	// only a sister language has.
	own, foreign string
	// ownFrom is the number of letters from which on own is expected.
	ownFrom int
}

var scripts = map[string]script{
	"ko":      {letters: []*unicode.RangeTable{unicode.Hangul}},
	"zh-Hans": {letters: []*unicode.RangeTable{unicode.Han}},
	"ja":      {letters: []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana}, own: "のはをにでがとしたるまっんいかなてもさ", ownFrom: 16},
	"ru":      {letters: []*unicode.RangeTable{unicode.Cyrillic}, foreign: "әғқңөұүһі"},
	"mn":      {letters: []*unicode.RangeTable{unicode.Cyrillic}, own: "өү", foreign: "әғқңұһі", ownFrom: 60},
	"kk":      {letters: []*unicode.RangeTable{unicode.Cyrillic}, own: "әғқңөұүһі", ownFrom: 25},
	"ar":      {letters: []*unicode.RangeTable{unicode.Arabic}},
	"vi":      {letters: []*unicode.RangeTable{unicode.Latin}, own: "ăâđêôơưàảãạáằẳẵặắầẩẫậấèẻẽẹéềểễệếìỉĩịíòỏõọóồổỗộốờởỡợớùủũụúừửữựứỳỷỹỵý", ownFrom: 12},
}

var (
	// technical is what no language translates.
	technical = regexp.MustCompile(`\{\{[^}]*\}\}|https?://\S+|[\w.+-]+@[\w.-]+|[a-z]+/[a-z+.-]+|\b[A-Z]{2,}[A-Za-z0-9-]*\b`)
	// englishRun is two Latin words of which at least one is in lower case.
	englishRun = regexp.MustCompile(`\b(?:[a-z]{2,}[ ,]+[A-Za-z]{2,}|[A-Za-z]{2,} [a-z]{2,})\b`)
	// names of JSON members, headers and values that stand in technical
	// sentences side by side.
	memberNames = regexp.MustCompile(`\b(?:id|version|granted|true|false|file)\b`)
	// englishWord cannot occur in a Vietnamese text.
	englishWord = regexp.MustCompile(`(?i)\b(?:the|and|of|is|are|your|you|please|with|this|that|for|was|were|has|have|been|from|which)\b`)
)

// untranslated says what makes a text look like one of another language, or
// nothing.
func untranslated(lang, text, english string) string {
	want := scripts[lang]
	plain := technical.ReplaceAllString(text, " ")
	letters, own := 0, 0
	for _, r := range strings.ToLower(plain) {
		if unicode.IsOneOf(want.letters, r) {
			letters++
		}
		if strings.ContainsRune(want.own, r) {
			own++
		}
		if strings.ContainsRune(want.foreign, r) {
			return fmt.Sprintf("letter %q of another language", r)
		}
		if lang == "zh-Hans" && unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || lang == "ja" && unicode.Is(unicode.Hangul, r) || lang == "ko" && unicode.In(r, unicode.Hiragana, unicode.Katakana) {
			return fmt.Sprintf("letter %q of another language", r)
		}
	}
	hasWords := strings.IndexFunc(technical.ReplaceAllString(english, " "), unicode.IsLetter) >= 0
	switch {
	case hasWords && text == english:
		return "left in English"
	// A text of placeholders alone is what the names in them say.
	case hasWords && letters == 0 && (!strings.Contains(text, "{{") || strings.IndexFunc(technical.ReplaceAllString(text, " "), unicode.IsLetter) >= 0):
		return "no letter of the language's script"
	case want.ownFrom > 0 && letters >= want.ownFrom && own == 0:
		return "no letter that the language has for itself"
	case lang == "vi" && englishWord.MatchString(plain):
		return "English words"
	case lang != "vi" && englishRun.MatchString(memberNames.ReplaceAllString(plain, " ")):
		return "English words"
	}
	if word := mixedWord(plain); word != "" && lang != "vi" {
		return fmt.Sprintf("word %q of two scripts", word)
	}
	return ""
}

// mixedWord finds a word of Cyrillic and Latin letters, which look alike and
// are typed for one another.
func mixedWord(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	i := slices.IndexFunc(words, func(w string) bool {
		return strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) &&
			strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Latin, r) })
	})
	if i < 0 {
		return ""
	}
	return words[i]
}

func TestUntranslatedIsFound(t *testing.T) {
	t.Parallel()
	english := "Please fill in the field."
	for _, x := range [][2]string{
		{"ko", english},
		{"ru", "Please заполните поле fill in."},
		{"ru", "Өтінішті толтырыңыз"},
		{"mn", "Өрісті толтырыңыз, өтінемін."},
		{"kk", "Пожалуйста, заполните это поле сейчас."},
		{"kk", "Өрістi толтырыңыз."},
		{"vi", "Please fill this"},
		{"vi", "Vui long dien vao truong nay"},
		{"ar", "12345"},
		{"ja", "入力欄必須項目未記入注意確認要求再送信"},
		{"zh-Hans", "この欄"},
		{"ko", "フィールド"},
		{"mn", "Пожалуйста, заполните это поле формы, прежде чем отправлять её нам снова."},
	} {
		if untranslated(x[0], x[1], english) == "" {
			t.Errorf("%s: %q passes", x[0], x[1])
		}
	}
	for _, x := range [][2]string{
		{"ko", "{{.Field}} 항목을 입력해 주십시오."},
		{"ru", "Отправьте как application/json."},
		{"kk", "Өрісті толтырыңыз (UTF-8)."},
		{"vi", "Vui lòng điền."},
		{"mn", "Талбарыг бөглөнө үү."},
		{"ja", "入力してください。"},
		{"ar", "يُرجى التعبئة id وversion"},
		{"zh-Hans", "请填写 name@example.com。"},
	} {
		if problem := untranslated(x[0], x[1], english); problem != "" {
			t.Errorf("%s: %q: %s", x[0], x[1], problem)
		}
	}
}

// TestCountries looks at the names where mistakes would be noticed first.
func TestCountries(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	if n := len(c.Countries("en")); n != 250 {
		t.Errorf("%d countries, want the 249 of ISO 3166-1 and XK", n)
	}
	for _, lang := range naru.Languages {
		seen := map[string]string{}
		for _, country := range c.Countries(lang) {
			if country.Name == country.Code || country.Name == "" {
				t.Errorf("%s: %s has no name", lang, country.Code)
			}
			if other := seen[country.Name]; other != "" {
				t.Errorf("%s: %s and %s are both %s", lang, other, country.Code, country.Name)
			}
			seen[country.Name] = country.Code
			if c.Country(lang, country.Code) != country.Name {
				t.Errorf("%s: %s has two names", lang, country.Code)
			}
			if problem := untranslated(lang, country.Name, "Name"); lang != "en" && lang != "vi" && problem != "" && !strings.HasPrefix(problem, "no letter that") {
				t.Errorf("%s: %s: %s", lang, country.Name, problem)
			}
		}
	}
	for _, x := range [][3]string{
		{"en", "TR", "Türkiye"},
		{"en", "CZ", "Czechia"},
		{"en", "MK", "North Macedonia"},
		{"en", "SZ", "Eswatini"},
		{"en", "HK", "Hong Kong"},
		{"ko", "TR", "튀르키예"},
		{"ko", "KR", "대한민국"},
		{"kk", "KZ", "Қазақстан"},
		{"ja", "HK", "香港"},
		{"ru", "KG", "Кыргызстан"},
		{"vi", "KR", "Hàn Quốc"},
		{"en", "ZZ", "ZZ"},
	} {
		if got := c.Country(x[0], x[1]); got != x[2] {
			t.Errorf("Country(%s, %s) = %s, want %s", x[0], x[1], got, x[2])
		}
	}
	order := func(lang string, codes ...string) {
		at := func(code string) int {
			return slices.IndexFunc(c.Countries(lang), func(country Country) bool { return country.Code == code })
		}
		for i := 1; i < len(codes); i++ {
			if at(codes[i-1]) >= at(codes[i]) {
				t.Errorf("%s: %s does not stand before %s", lang, c.Country(lang, codes[i-1]), c.Country(lang, codes[i]))
			}
		}
	}
	order("en", "AF", "AX", "AL", "CI", "HR", "ZW") // Åland beside A, Côte beside C
	order("ko", "GH", "KR", "US", "FI")             // 가나, 대한민국, 미국, 핀란드
	order("zh-Hans", "AL", "KR", "JP", "CN")        // by pinyin: a, h, r, z
	order("kk", "AU", "JP", "CA", "KZ", "RU")       // Қ after К
	if c.IsCountry("SU") || c.IsCountry("EU") || c.IsCountry("kr") || !c.IsCountry("XK") || !c.IsCountry("TW") {
		t.Error("IsCountry takes what is none or refuses what is one")
	}
}

func TestLanguageNames(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	for _, x := range [][3]string{{"en", "kk", "Kazakh"}, {"ru", "kk", "казахский"}, {"ko", "zh-Hans", "중국어(간체)"}, {"en", "fr", "French"}, {"vi", "fr", "Tiếng Pháp"}, {"en", "!", "!"}} {
		if got := c.Language(x[0], x[1]); got != x[2] {
			t.Errorf("Language(%s, %s) = %s, want %s", x[0], x[1], got, x[2])
		}
	}
	for _, lang := range naru.Languages {
		if want := map[bool]string{true: "rtl", false: "ltr"}[lang == "ar"]; Direction(lang) != want {
			t.Errorf("Direction(%s) = %s", lang, Direction(lang))
		}
	}
}
