package chat

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// question is one line of a question file: what is asked and what a right
// reply contains.
type question struct {
	ID        string     `json:"id"`
	Lang      string     `json:"lang"`
	Kind      string     `json:"kind"`
	Question  string     `json:"question"`
	History   []string   `json:"history"`
	Must      [][]string `json:"must"`
	MustNot   []string   `json:"must_not"`
	Behaviour string     `json:"behaviour"`
	Strict    bool       `json:"strict"`
	Rivals    []string   `json:"rivals"`
}

func readQuestions(t testing.TB, pattern string) []question {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var out []question
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		s := bufio.NewScanner(f)
		s.Buffer(make([]byte, 1<<20), 1<<20)
		for n := 1; s.Scan(); n++ {
			line := strings.TrimSpace(s.Text())
			if line == "" {
				continue
			}
			var q question
			if err := json.Unmarshal([]byte(line), &q); err != nil {
				t.Fatalf("%s:%d: %v", name, n, err)
			}
			if q.Kind == "" {
				q.Kind = "oos"
			}
			if q.ID == "" {
				q.ID = fmt.Sprintf("%s:%d", filepath.Base(name), n)
			}
			out = append(out, q)
		}
		f.Close()
	}
	return out
}

// Patterns by which a reply denies, or claims that something is not listed.
var denies = map[string]string{
	"en":      `\bno\b|\bnot\b|n't\b|\bnone\b|\bnever\b|\bwithout\b|\bunable\b|\bneither\b|\bcannot\b|\babsent\b`,
	"ko":      `없|않|아니|아닙|못\s?찾|찾지 못|확인되지`,
	"zh-Hans": `没有|不在|未|并非|不是|没找到|无|不包括|不属于|找不到|没`,
	"ja":      `ありません|ない|ません|無し|なし|いません|見当たり`,
	"ru":      `(?:^|[^а-я])(?:нет|не|ни)(?:$|[^а-я])|отсутств`,
	"mn":      `байхгүй|гүй|(?:^|[^а-яөү])биш|үгүй|алга`,
	"kk":      `жоқ|емес|м[ае]йді|м[ае]ған|табылмады|кірмей|б[ае]йді|п[ае]йді|б[ае]ған|п[ае]ған`,
	"ar":      `(?:^|\s|،)(?:و|ف)?لا\s|ليس|لم\s|غير\s|لا\s?يوجد|لن\s|بدون`,
	"vi":      `không|chưa|chẳng`,
}

var notListed = map[string]string{
	"en":      `not (?:listed|on the list|in the list|in the data|among|part of|included|a partner|one of|found|mentioned|find)|isn't|aren't|doesn't (?:list|appear|have|mention|include)|does not (?:list|appear|have|mention|include|contain)|no (?:agreement|record|partner|entry|such|match|information|mention)|couldn't find|could not find|don't have|do not have|cannot find|can't find`,
	"ko":      `목록에 없|명단에 없|협약이 없|기관이 없|포함되어 있지 않|포함되지 않|등록되어 있지 않|찾을 수 없|찾지 못|자료에 없|정보가 없|나와 있지 않`,
	"zh-Hans": `不在(?:列表|名单|其中)|没有(?:列出|找到|收录|包含|协议|合作|记录|相关)|未(?:列|收录|找到|包含)|找不到|名单中没有|不包括`,
	"ja":      `載っていません|含まれていません|見つかりません|ありません|該当(?:する)?.{0,8}(?:なし|ありません)|掲載されていません|記載(?:が|は)?(?:ない|されていません|ありません)`,
	"ru":      `в списке[^.]{0,40}(?:[^а-я])нет(?:$|[^а-я])|не (?:найден|указан|числ|значит|вход|упомин|наш|включ|явля)|нет (?:в списке|соглашени|партн|такой|такого|данных|сведений|информации|упомин)|отсутству`,
	"mn":      `байхгүй|ороогүй|олдсонгүй|бүртгэгдээгүй|алга|түнш биш|дурдаагүй`,
	"kk":      `тізімде жоқ|кірмейді|табылмады|серіктес жоқ|келісім жоқ|мәлімет жоқ|дерек жоқ|көрсетілмеген|енгізілмеген`,
	"ar":      `غير (?:مدرج|مذكور|موجود)|ليس(?:ت)? (?:من|ضمن|في|مدرج)|لا (?:يوجد|توجد|تتضمن|يتضمن|يظهر|تظهر|تشمل)|لم (?:يرد|ترد|اجد|نجد|يتم|يذكر)`,
	"vi":      `không (?:có (?:trong|thỏa thuận|đối tác|thông tin)|nằm trong|thuộc|tìm thấy|được liệt kê|phải là)|chưa có`,
}

var foldArabic = strings.NewReplacer("أ", "ا", "إ", "ا", "آ", "ا", "ٱ", "ا", "ى", "ي", "ة", "ه", "ё", "е")

var (
	dateYMD   = regexp.MustCompile(`(^|\D)(\d{4})\. ?(\d{1,2})\. ?(\d{1,2})\.?($|\D)`)
	dateDMY   = regexp.MustCompile(`(^|\D)(\d{1,2})\.(\d{1,2})\.(\d{4})($|\D)`)
	spaces    = regexp.MustCompile(`\s+`)
	zeros     = regexp.MustCompile(`(^|[^\d.])(\d+)\.0+($|[^\d.]|\.\D|\.$)`)
	decComma  = regexp.MustCompile(`(\d),(\d{1,2})($|\D)`)
	wan       = regexp.MustCompile(`(\d+(?:\.\d+)?)\s*[万만萬]\s*(\d{1,4})?`)
	anyNumber = regexp.MustCompile(`\d+(?:\.\d+)?`)
)

// judgeBase folds a text as the judge compares it.
func judgeBase(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 0x64b && r <= 0x652, r == 0x670, r == 0x640, unicode.Is(unicode.Cf, r):
		case unicode.IsDigit(r):
			b.WriteRune('0' + digitValue(r))
		case r == '‘' || r == '’':
			b.WriteByte('\'')
		case r == '“' || r == '”':
			b.WriteByte('"')
		case r == '–' || r == '—' || r == '−' || r == '‐' || r == '‑':
			b.WriteByte('-')
		case r == '٫':
			b.WriteByte('.')
		case r == '٬':
			b.WriteByte(',')
		default:
			b.WriteRune(r)
		}
	}
	s = spaces.ReplaceAllString(foldArabic.Replace(b.String()), " ")
	s = dateYMD.ReplaceAllString(s, "$1$2-$3-$4$5")
	return dateDMY.ReplaceAllString(s, "$1$4-$3-$2$5")
}

func joinGroups(s, seps string) string {
	rx := groupRX()[seps]
	for {
		next := rx.ReplaceAllStringFunc(s, func(m string) string {
			head := ""
			if m != "" && !(m[0] >= '0' && m[0] <= '9') {
				_, size := firstRune(m)
				head, m = m[:size], m[size:]
			}
			return head + strings.Map(func(r rune) rune {
				if strings.ContainsRune(seps, r) {
					return -1
				}
				return r
			}, m)
		})
		if next == s {
			return s
		}
		s = next
	}
}

func firstRune(s string) (rune, int) {
	for _, r := range s {
		return r, len(string(r))
	}
	return 0, 0
}

// groupRX finds figures grouped by each set of separators.
var groupRX = sync.OnceValue(func() map[string]*regexp.Regexp {
	m := map[string]*regexp.Regexp{}
	for _, seps := range []string{",'", "., '", " ", ".'"} {
		m[seps] = regexp.MustCompile(`(?:^|[^\d.,])\d{1,3}(?:[` + regexp.QuoteMeta(seps) + `]\d{3})+\b`)
	}
	return m
})

func judgeDecimals(s string) string {
	s = decComma.ReplaceAllString(s, "$1.$2$3")
	return zeros.ReplaceAllString(s, "$1$2$3")
}

func judgeWan(s string) string {
	return wan.ReplaceAllStringFunc(s, func(m string) string {
		p := wan.FindStringSubmatch(m)
		v, _ := strconv.ParseFloat(p[1], 64)
		rest, _ := strconv.Atoi(p[2])
		return strconv.Itoa(int(v*10000+0.5) + rest)
	})
}

// variants are the ways a text can be normalised: group separators differ.
func variants(s string) []string {
	b := judgeBase(s)
	var out []string
	for _, seps := range []string{",'", "., '", " ", ".'"} {
		j := judgeDecimals(joinGroups(b, seps))
		out = append(out, j)
		if w := judgeWan(j); w != j {
			out = append(out, w)
		}
	}
	return append(out, judgeDecimals(b))
}

// found tells whether an alternative occurs in a text.
func found(alt string, texts []string, lang string) bool {
	switch {
	case alt == "@neg":
		return matchAny(denies[lang]+"|"+denies["en"], texts)
	case alt == "@notlisted":
		return matchAny(notListed[lang]+"|"+notListed["en"], texts)
	case strings.HasPrefix(alt, "re:"):
		// Lookarounds of the files only keep a word from beginning earlier.
		rx := regexp.MustCompile(`\(\?<![^)]*\)|\(\?![^)]*\)`).ReplaceAllString(alt[3:], "")
		return matchAny(foldArabic.Replace(rx), texts)
	}
	whole := strings.HasPrefix(alt, "w:")
	a := strings.TrimSpace(variants(strings.TrimPrefix(alt, "w:"))[0])
	if a == "" {
		a = alt
	}
	whole = whole || len(a) <= 3 && regexp.MustCompile(`^[a-z.]{1,3}$`).MatchString(a)
	for _, t := range texts {
		for at := 0; ; {
			i := strings.Index(t[at:], a)
			if i < 0 {
				break
			}
			from, to := at+i, at+i+len(a)
			if borderOK(t, from, to, a, whole) {
				return true
			}
			at = from + 1
		}
	}
	return false
}

func borderOK(t string, from, to int, a string, whole bool) bool {
	before, after := t[:from], t[to:]
	digitAt := func(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	if a[0] >= '0' && a[0] <= '9' {
		n := len(before)
		if digitAt(before, n-1) || n >= 2 && (before[n-1] == '.' || before[n-1] == ',') && digitAt(before, n-2) {
			return false
		}
	}
	if c := a[len(a)-1]; c >= '0' && c <= '9' {
		if digitAt(after, 0) || len(after) > 1 && after[0] == '.' && digitAt(after, 1) {
			return false
		}
	}
	if whole {
		b := []rune(before)
		f := []rune(after)
		word := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
		if len(b) > 0 && word(b[len(b)-1]) || len(f) > 0 && word(f[0]) {
			return false
		}
	}
	return true
}

var compiled = map[string]*regexp.Regexp{}

func matchAny(pattern string, texts []string) bool {
	rx := compiled[pattern]
	if rx == nil {
		rx = regexp.MustCompile(foldArabic.Replace(pattern))
		compiled[pattern] = rx
	}
	return slices.ContainsFunc(texts, rx.MatchString)
}

// judge tells what is wrong with a reply; nothing means that it is right.
func judge(q question, r Reply) []string {
	var why []string
	if !slices.Contains(strings.Split(q.Behaviour, "|"), string(r.Kind)) {
		why = append(why, fmt.Sprintf("kind %s, wanted %s", r.Kind, q.Behaviour))
	}
	if n := len([]rune(r.Text)); n > 2000 {
		why = append(why, fmt.Sprintf("reply of %d characters", n))
	}
	v := variants(r.Text)
	focus := []string{"fact", "compare", "followup", "typo"}
	if r.Kind == KindAnswer && slices.Contains(focus, q.Kind) && len(anyNumber.FindAllString(v[0], -1)) > 16 {
		why = append(why, "unfocused: too many numbers")
	}
	if r.Kind == KindAnswer || q.Strict {
		for _, group := range q.Must {
			if !slices.ContainsFunc(group, func(alt string) bool { return found(alt, v, q.Lang) }) {
				why = append(why, "missing "+strings.Join(group[:min(4, len(group))], " / "))
			}
		}
	}
	for _, x := range q.MustNot {
		if found(x, v[:1], q.Lang) {
			why = append(why, "has forbidden "+x)
		}
	}
	if !languageFits(r.Text, q.Lang) {
		why = append(why, "reply not in "+q.Lang)
	}
	if r.Kind == KindAnswer && len(r.Citations) == 0 {
		why = append(why, "no citation")
	}
	return why
}

// languageFits tells by its letters whether a text can be of a language.
func languageFits(text, lang string) bool {
	var hang, kana, han, cyr, arab, kk, mn int
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= 0xac00 && r <= 0xd7a3:
			hang++
		case r >= 0x3040 && r <= 0x30ff:
			kana++
		case r >= 0x4e00 && r <= 0x9fff:
			han++
		case r >= 0x400 && r <= 0x4ff:
			cyr++
			if strings.ContainsRune("әғқңұһі", r) {
				kk++
			} else if strings.ContainsRune("өү", r) {
				mn++
			}
		case r >= 0x600 && r <= 0x6ff:
			arab++
		}
	}
	switch lang {
	case "ko":
		return hang >= 2
	case "ja":
		return kana >= 1
	case "zh-Hans":
		return han >= 2 && kana <= 2
	case "ar":
		return arab >= 2
	case "kk":
		return cyr >= 2 && (kk > 0 || cyr < 30)
	case "mn":
		return cyr >= 2 && kk <= 2 && (mn > 0 || cyr < 30)
	case "ru":
		return cyr >= 2 && kk <= 2 && mn <= 2
	case "vi":
		return hang+kana+cyr+arab == 0 && (hasMarks(text) || len(text) < 30)
	}
	return hang+kana+han+cyr+arab == 0
}

// judgeSpaces unifies compatibility forms as the judge does for quotes.
func judgeSpaces(s string) string { return norm.NFKC.String(s) }

// report prints the median and the worst of the times.
func report(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "median-µs")
	b.ReportMetric(float64(times[len(times)-1].Microseconds()), "worst-µs")
}

// hasMarks tells whether the text has Latin letters with diacritics.
func hasMarks(s string) bool {
	return strings.ContainsFunc(norm.NFC.String(s), func(r rune) bool {
		return r >= 0xC0 && r < 0x2000 && unicode.Is(unicode.Latin, r)
	})
}
