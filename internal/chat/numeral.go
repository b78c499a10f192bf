package chat

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Numerals of Chinese, Japanese and Korean that stand for one digit.
const (
	hanDigits    = "零一二三四五六七八九"
	hangulDigits = "영일이삼사오육칠팔구"
)

// The units that follow a year, a month and a day.
const (
	yearUnits  = "年년"
	monthUnits = "月월"
	dayUnits   = "日日号號일"
)

// Years of the beginning of Japanese eras less one, which people still write.
var eras = map[[2]rune]int{{'令', '和'}: 2018, {'平', '成'}: 1988}

// Months whose Korean names are not their numbers: 유월, 시월.
var pureMonths = map[rune]int{'유': 6, '시': 10}

// Two-digit years that are meant in full: those of the data, and a little
// around them.
const (
	leastShortYear = 7
	mostShortYear  = 26
)

// Words and letters beside a number of years that is a span: 최근 10년간.
var (
	spanBefore = []string{"최근", "지난", "최대", "향후", "과거", "ここ", "最近", "過去", "过去", "近", "この", "直近", "前", "第", "今後", "后", "約", "约", "満", "满"}
	spanAfter  = []string{"간", "동안", "후", "뒤", "전", "이상", "이내", "사이", "만에", "생존", "차", "째", "치", "넘", "짜리", "가까이", "間", "间", "後", "后", "前", "以", "生", "內", "内", "来", "來", "期", "もの", "ぶり", "目", "存", "多", "余"}
)

// longestSpan is the length of the longest word of spanAfter in characters.
const longestSpan = 3

// shortYear finds a year that Russian, Mongolian or Kazakh writes in two digits:
// "в 19-м году", "19 онд", "19 жылы". The forms that also are a length of time,
// 21 год and 22 года, are left alone.
var shortYear = regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}.,:/-])((?:0[7-9]|1\d|2[0-6])-?(?:м|ом|го|ого|му|ому|й|ый) год[уа]?|(?:0[7-9]|1\d|2[0-6]) году|(?:0[7-9]|1\d|2[056]) года|(?:0[7-9]|1\d|2[02-6]) год|(?:0[7-9]|1\d|2[0-6])[- ]?он(?:ы|д|оос|той|ыг|ых|ыхоос|ыхтой)?|(?:0[7-9]|1\d|2[0-6])[- ]жылы)([^\p{L}]|$)`)

// Years in two digits: two of them that Russian joins, 19-м и 20-м годах, and
// those behind the word for year, năm 19, عام 19.
var (
	shortYears = regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}.,:/-])(0[7-9]|1\d|2[0-6])((?:-?(?:м|ом|го|ого|й|ый))?(?: и | или |, ?| по |–|-| — ))(0[7-9]|1\d|2[0-6])((?:-?(?:м|ом|го|ого|й|ый))? (?:год(?:ах|ы|ов|ам)|гг))`)
	yearNamed  = regexp.MustCompile(`(?i)(^|[^\p{L}])(năm|عام|سنة|عامي) (0[7-9]|1\d|2[0-6])($|[?.,؟،]| (?:có|bao|thì|số|so|và|là|ở|tại|lượng|كم|كان|في|بلغ|من))`)
)

// recently finds ways to say of a number of years that they are the last ones
// which elsewhere mean something else: ここ3年, 지난 10년간.
var recently = regexp.MustCompile(`(?:ここ|この|過去|过去の?)(\d{1,2}|[二三四五十])(年)|지난 ?(\d{1,2}) ?(년간|년 ?동안|개년|년 )`)

// kanaUnit finds the units of a date or of people that are typed in kana behind
// a figure: 2013ねん8がつ.
var (
	kanaUnit    = regexp.MustCompile(`[0-9０-９] ?(?:ねん|がつ|にち|まんにん|まん|にん)`)
	unitsInKana = strings.NewReplacer("ねん", "年", "がつ", "月", "にち", "日", "まん", "万", "にん", "人")
)

// figures writes the years, months and days that a message gives in the
// numerals of Chinese, Japanese or Korean, by an era, or by two digits, in
// four and two digits: 二〇一一年, 이천십일년, 平成23年, 11년, 19-м году. Other numerals stay what
// they are.
func figures(message string) string {
	message = writtenOut(lookalikes(unnumbered(message)))
	if strings.ContainsAny(message, "012") && strings.ContainsAny(message, "гГоОжЖ") { // else the expression takes long to find nothing
		message = shortYear.ReplaceAllString(message, "${1}20${2}${3}")
	}
	if strings.Contains(message, "год") || strings.Contains(message, "гг") {
		message = shortYears.ReplaceAllString(message, "${1}20$2${3}20$4$5")
	} else if strings.Contains(message, "ăm ") || strings.Contains(message, "عام") || strings.Contains(message, "سنة") {
		message = yearNamed.ReplaceAllString(message, "$1$2 20$3$4")
	}
	if strings.Contains(message, "지난") || strings.Contains(message, "ここ") || strings.Contains(message, "この") || strings.Contains(message, "過去") {
		message = recently.ReplaceAllStringFunc(message, func(s string) string {
			m := recently.FindStringSubmatch(s)
			if m[1] != "" {
				return "直近" + m[1] + m[2]
			}
			return "최근 " + m[3] + m[4]
		})
	}
	if strings.ContainsAny(message, "んつち") {
		message = kanaUnit.ReplaceAllStringFunc(message, func(s string) string { return unitsInKana.Replace(s) })
	}
	if !strings.ContainsAny(message, yearUnits+monthUnits+hanDigits+"〇○이") {
		return message
	}
	r := []rune(message)
	out := make([]rune, 0, len(r))
	for i := 0; i < len(r); {
		value, end := numeralAt(r, i, out)
		if end == i {
			out = append(out, r[i])
			i++
			continue
		}
		out = append(out, []rune(strconv.Itoa(value))...)
		i = end
	}
	return string(out)
}

// alikeDigit gives the digit that a letter is typed for.
var alikeDigit = map[rune]rune{'O': '0', 'o': '0', 'О': '0', 'о': '0', 'I': '1', 'l': '1', 'І': '1'}

// lookalikes writes years with digits where letters that look like them were
// typed: 2O19, 2оl5.
func lookalikes(message string) string {
	if !strings.ContainsAny(message, "12") || !strings.ContainsAny(message, "OoОоIlІ") {
		return message
	}
	r := []rune(message)
	digit := func(i int) (d rune, letter bool) {
		if i < 0 || i >= len(r) {
			return 0, false
		}
		if r[i] >= '0' && r[i] <= '9' {
			return r[i], false
		}
		d, letter = alikeDigit[r[i]]
		return d, letter
	}
	// In scripts without spaces a word may begin right behind the year.
	joined := func(i int) bool {
		return i >= 0 && i < len(r) && (unicode.IsDigit(r[i]) || unicode.IsLetter(r[i]) && !tight(scriptOf(r[i])))
	}
	for i := 0; i+4 <= len(r); i++ {
		if r[i] != '1' && r[i] != '2' || joined(i-1) || joined(i+4) {
			continue
		}
		var year [4]rune
		letters := 0
		for k := range year {
			d, letter := digit(i + k)
			year[k] = d
			if letter {
				letters++
			}
		}
		if n, err := strconv.Atoi(string(year[:])); err == nil && letters > 0 && letters < 3 && n >= firstYear && n <= lastYear {
			copy(r[i:], year[:])
		}
	}
	return string(r)
}

// numeralAt reads the numeral of a date that begins at a position; end is the
// position itself where there is none. Before is what stands before it.
func numeralAt(r []rune, at int, before []rune) (value, end int) {
	if at > 0 && isNumeral(r[at-1]) && (len(before) == 0 || before[len(before)-1] != '월') {
		return 0, at // in the midst of one
	}
	if at+1 < len(r) {
		if first, ok := eras[[2]rune{r[at], r[at+1]}]; ok {
			if at+2 < len(r) && r[at+2] == '元' && follows(r, at+3, yearUnits) {
				return first + 1, at + 3
			}
			if v, to := smallNumeral(r, at+2); to > at+2 && v > 0 && follows(r, to, yearUnits) {
				return first + v, to
			}
		}
	}
	if v, to := writtenYear(r, at); to > at {
		return v, to
	}
	if m := pureMonths[r[at]]; m > 0 && follows(r, at+1, monthUnits) && r[at+1] != ' ' && (dated(before, yearUnits) || startsDay(r, at+2)) {
		return m, at + 1
	}
	v, to := smallNumeral(r, at)
	switch {
	case to == at:
	case follows(r, to, yearUnits) && to-at == 2 && r[at] >= '0' && r[at] <= '9' && v >= leastShortYear && v <= mostShortYear && !isSpan(r, at, to+1):
		return 2000 + v, to
	case r[at] >= '0' && r[at] <= '9':
	case v >= 1 && v <= 12 && follows(r, to, monthUnits) && (dated(before, yearUnits) || startsDay(r, to+1)):
		return v, to
	case v >= 1 && v <= 31 && follows(r, to, dayUnits) && dated(before, monthUnits):
		return v, to
	}
	return 0, at
}

// writtenYear reads a year written out, digit by digit or with its thousands.
func writtenYear(r []rune, at int) (value, end int) {
	v, n, words := 0, 0, false
	i := at
	for ; i < len(r) && n < 5; i++ {
		d, han := digitOf(r[i])
		if d < 0 {
			break
		}
		v, words = v*10+d, words || han
		n++
	}
	if n == 4 && words && v >= firstYear && v <= lastYear && (r[at] < 0xAC00 || follows(r, i, yearUnits)) && (i == len(r) || !isNumeral(r[i])) {
		return v, i
	}
	if at+1 >= len(r) || !(r[at] == '二' || r[at] == '이' || r[at] == '両') || !(r[at+1] == '千' || r[at+1] == '천') {
		return 0, at
	}
	i = at + 2
	for i < len(r) && (r[i] == '零' || r[i] == '〇' || r[i] == '○' || r[i] == ' ') {
		i++
	}
	if v, to := smallNumeral(r, i); to > i && v < 100 && follows(r, to, yearUnits) {
		return 2000 + v, to
	}
	return 0, at
}

// smallNumeral reads a number below a hundred in digits or numerals.
func smallNumeral(r []rune, at int) (value, end int) {
	tens, ones, i := 0, -1, at
	for ; i < len(r) && i < at+3; i++ {
		if r[i] == '十' || r[i] == '십' {
			if tens > 0 {
				return 0, at
			}
			tens, ones = max(ones, 1)*10, -1
			if ones == 0 {
				return 0, at
			}
			continue
		}
		d, han := digitOf(r[i])
		switch {
		case d < 0:
			return tens + max(ones, 0), i
		case ones < 0:
			ones = d
		case !han && tens == 0 && r[i-1] >= '0' && r[i-1] <= '9':
			tens, ones = ones*10, d
		case r[i] == '일':
			return tens + ones, i // the unit: 십칠일
		default:
			return 0, at
		}
	}
	if i < len(r) && isNumeral(r[i]) {
		return 0, at
	}
	return tens + max(ones, 0), i
}

// digitOf gives the digit a rune stands for, -1 for none; han tells that it is
// a numeral of words.
func digitOf(c rune) (d int, han bool) {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0'), false
	case c >= '０' && c <= '９':
		return int(c - '０'), false
	case c == '〇' || c == '○' || c == '공':
		return 0, true
	case c == '륙':
		return 6, true
	}
	if c < 0x3000 {
		return -1, false
	}
	for _, digits := range [...]string{hanDigits, hangulDigits} {
		if at := strings.IndexRune(digits, c); at >= 0 {
			return at / utf8.RuneLen(c), true // all of one length
		}
	}
	return -1, false
}

func isNumeral(c rune) bool {
	d, _ := digitOf(c)
	return d >= 0 && c < 0xAC00 || strings.ContainsRune("十百千万萬십", c)
}

// follows tells whether one of the units stands at a position, after a space
// at most.
func follows(r []rune, at int, units string) bool {
	if at < len(r) && r[at] == ' ' {
		at++
	}
	return at < len(r) && strings.ContainsRune(units, r[at])
}

// dated tells whether what was written ends in one of the units.
func dated(out []rune, units string) bool {
	s := strings.TrimRight(string(out[max(0, len(out)-4):]), " 도度に에의の")
	for _, u := range units {
		if strings.HasSuffix(s, string(u)) {
			return true
		}
	}
	return false
}

// startsDay tells whether the number of a day stands at a position.
func startsDay(r []rune, at int) bool {
	if at < len(r) && r[at] == ' ' {
		at++
	}
	v, to := smallNumeral(r, min(at, len(r)))
	return to > at && v >= 1 && v <= 31 && follows(r, to, dayUnits)
}

// isSpan tells whether a number of years is a length of time by what stands
// beside it.
func isSpan(r []rune, at, end int) bool {
	if at > 0 && (r[at-1] == '.' || r[at-1] == ',' || r[at-1] == '-' || r[at-1] == '~' || r[at-1] == '〜' || r[at-1] == '～' || r[at-1] == '第') {
		return true
	}
	left := strings.TrimRight(string(r[max(0, at-5):at]), " ")
	for end < len(r) && r[end] == ' ' {
		end++
	}
	right := string(r[min(end, len(r)):min(end+longestSpan, len(r))])
	for _, w := range spanBefore {
		if strings.HasSuffix(left, w) {
			return true
		}
	}
	for _, w := range spanAfter {
		if strings.HasPrefix(right, w) && !strings.HasPrefix(right, "来了") && !strings.HasPrefix(right, "來了") { // 09年来了: came in 2009
			return true
		}
	}
	return false
}
