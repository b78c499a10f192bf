package chat

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// inexact is the sign behind a figure of which only the leading digits are
// given: 300,000s, 二十多万, 30만 명대. Nobody types it; others are replaced by it.
const inexact = '±'

// Units of the numerals of Chinese, Japanese and Korean.
var wideUnits = map[rune]int{'十': 10, '百': 100, '千': 1000, '십': 10, '백': 100, '천': 1000}

// tenThousand is the unit by which these languages group figures.
const (
	tenThousand      = 10000
	tenThousandUnits = "万萬만"
	inexactHan       = "多几幾余数來来"
	inexactHangul    = "몇여"
)

// counters are what may stand behind a numeral that is spelt out, so that it is
// one and no part of a word.
var (
	countersHan    = []string{"万", "%", "％", "家", "个", "個", "人", "名", "所", "项", "項", "位", "件", "か所", "カ所", "パーセント", "機関", "病院", "国"}
	countersHangul = []string{"개", "곳", "건", "명", "%", "％", "퍼센트", "프로", "기관", "나라", "가지", "군데", "병원"}
)

// Korean numerals of its own from ten on.
var (
	nativeTens = []string{"열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"}
	nativeOnes = map[string]int{"하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "넷": 4, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9}
)

// Ways to give only the leading digits of a figure, or a year by its last.
var (
	bandShare  = regexp.MustCompile(`(\d) ?(?:[%％]|퍼센트|프로|パーセント) ?(?:대(에|였|인|를|로|의|이|가|는|까|도|[^가-힣]|$)|台|多|几)`)
	bandHangul = regexp.MustCompile(`(\d[\d,]*)(만?) ?(명|건|개|곳)? ?(?:대(에|였|인|를|로|의|이|가|는|까|도|[^가-힣]|$)|여 ?(명|건)|남짓)`)
	bandHan    = regexp.MustCompile(`(\d[\d,]*)(万?)(人|名|件)?(?:台|代|强|強|出头|出頭)`)
	bandLatin  = regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}.,])(\d{1,3}(?:,000)+|\d+0|\d+k)['’]?s($|[^\p{L}\p{N}])`)
	decade     = regexp.MustCompile(`(^|[^\p{N}])((?:19|20)\d0)(?: ?(年代|년대)|-?(?:х|е|ые|ых|аад|ээд|оод)($|[^\p{L}]))`)
	fiscalYear = regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}])[FC]Y[ -]?['’]?(?:20)?(0[7-9]|1\d|2[0-6])($|[^\p{L}\p{N}])`)
	cutYear    = regexp.MustCompile(`(^|[^\p{L}\p{N}])['’‘](0[7-9]|1\d|2[0-6])(,?$|,?[^\p{N}.,%])`)
	percentHan = regexp.MustCompile(`百分之(\d[\d.]*±?)`)
)

// writtenOut writes in figures the numbers that Chinese, Japanese and Korean spell
// out, and marks those of which only the leading digits are given: 四十九万七千,
// 二十多万, 사십구만, 마흔아홉 곳, 30만 명대, 300,000s. What may be a word stays.
func writtenOut(message string) string {
	if !strings.ContainsAny(message, "0123456789０１２３４５６７８９") && !strings.ContainsAny(message, spellers) {
		return message
	}
	if strings.ContainsAny(message, "'’‘") {
		message = cutYear.ReplaceAllString(message, "${1}20$2$3")
	}
	if strings.Contains(message, "FY") || strings.Contains(message, "fy") || strings.Contains(message, "CY") {
		message = fiscalYear.ReplaceAllString(message, "${1}20$2$3")
	}
	if pluralFigure(message) {
		message = bandLatin.ReplaceAllStringFunc(message, leading)
	}
	if strings.ContainsAny(message, spellers) {
		message = percentHan.ReplaceAllString(spelledWide(message), "$1%")
	}
	if strings.ContainsAny(message, "대台代強强头頭多几여남") {
		message = bandShare.ReplaceAllString(message, "$1±%$2")
		message = bandHangul.ReplaceAllStringFunc(message, leadingWide)
		message = bandHan.ReplaceAllStringFunc(message, leadingWide)
	}
	if strings.Contains(message, "0年代") || strings.Contains(message, "0년대") || strings.Contains(message, "0 년대") || strings.Contains(message, "0-") || strings.Contains(message, "0х") {
		message = decade.ReplaceAllStringFunc(message, func(s string) string {
			m := decade.FindStringSubmatch(s)
			return m[1] + m[2] + string(inexact) + strings.TrimRight(m[3], "代대") + m[4] // 年, 년
		})
	}
	return message
}

// spellers are characters without which nothing is spelt out.
const spellers = "十百千万萬십백천만열물른흔쉰순든多几幾余數数"

// pluralFigure tells whether a figure has the ending of the English plural.
func pluralFigure(message string) bool {
	for i := 1; i < len(message); i++ {
		if c := message[i]; (c == 's' || c == 'S') && i > 1 {
			k := i - 1
			for k > 0 && (message[k] == 'k' || message[k] == 'K' || message[k] == '\'' || message[k] >= 0x80) && i-k < 5 {
				k--
			}
			if message[k] >= '0' && message[k] <= '9' {
				return true
			}
		}
	}
	return false
}

// leading marks a figure in the plural as one of which the leading digits are
// given.
func leading(s string) string {
	m := bandLatin.FindStringSubmatch(s)
	figure := m[2]
	if k, ok := strings.CutSuffix(strings.ToLower(figure), "k"); ok {
		figure = k + "000"
	}
	return m[1] + figure + string(inexact) + m[3]
}

// leadingWide marks a figure of ten thousands in the same way.
func leadingWide(s string) string {
	rx := bandHan
	if strings.ContainsFunc(s, func(r rune) bool { return r >= 0xAC00 && r <= 0xD7A3 }) {
		rx = bandHangul
	}
	m := rx.FindStringSubmatch(s)
	v, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	if err != nil {
		return s
	}
	if m[2] != "" {
		v *= tenThousand
	}
	if v < tenThousand {
		return s // of devices, or an age
	}
	return strconv.Itoa(v) + string(inexact) + strings.Join(append([]string{" "}, m[3:]...), "")
}

// spelledWide writes the numerals of Chinese, Japanese and Korean in figures.
func spelledWide(message string) string {
	r := []rune(message)
	out := make([]rune, 0, len(r))
	for i := 0; i < len(r); {
		v, about, end := wideNumeral(r, i)
		if end == i {
			v, end = nativeNumeral(r, i)
		}
		if end == i {
			out = append(out, r[i])
			i++
			continue
		}
		out = append(out, []rune(strconv.Itoa(v))...)
		if about {
			out = append(out, inexact)
		}
		i = end
	}
	return string(out)
}

// wideNumeral reads a numeral that begins at a position; end is the position
// itself where there is none, or where it may be something else.
func wideNumeral(r []rune, at int) (value int, about bool, end int) {
	if at > 0 && (isNumeral(r[at-1]) || strings.ContainsRune("천백만"+inexactHan+".,", r[at-1])) {
		return 0, false, at // in the midst of one
	}
	total, section, ones, least := 0, 0, -1, tenThousand
	spelt, hangulScript, grouped := false, false, false
	i := at
loop:
	for i < len(r) {
		c := r[i]
		d, han := digitOf(c)
		switch unit := wideUnits[c]; {
		case d >= 0 && !han:
			v, from := 0, i
			for ; i < len(r) && i-from < 9 && r[i] < 0x3000; i++ {
				if d, _ := digitOf(r[i]); d < 0 {
					break
				} else {
					v = v*10 + d
				}
			}
			if ones >= 0 || v >= tenThousand {
				return 0, false, at
			}
			ones = v
			continue
		case d >= 0:
			if ones >= 0 {
				return 0, false, at
			}
			ones, spelt = d, true
		case unit > 0:
			if unit >= least {
				return 0, false, at
			}
			section, ones, least, spelt = section+max(ones, 1)*unit, -1, unit, true
		case strings.ContainsRune(tenThousandUnits, c):
			if grouped || section == 0 && ones <= 0 {
				break loop
			}
			total, section, ones, least, grouped = (section+max(ones, 0))*tenThousand, 0, -1, tenThousand, true
		case strings.ContainsRune(inexactHan+inexactHangul, c):
			if i == at || about || !(beginsWith(r[i+1:], "万", "萬", "만") || beginsWith(r[i+1:], countersHan...)) {
				break loop
			}
			about = true
		case c == ' ' && grouped && section == 0 && ones < 0 && i+2 < len(r) && wideUnits[r[i+2]] > 0: // 49만 7천
		default:
			break loop
		}
		hangulScript = hangulScript || c >= 0xAC00
		i++
	}
	if i > at && r[i-1] == ' ' {
		i--
	}
	if i-at > 1 && ones >= 0 && (r[i-1] == '이' || r[i-1] == '일') && !beginsWith(trimSpace(r[i:]), countersHangul...) {
		i, ones = i-1, 0 // a particle: 삼십만이 넘은
	}
	value = total + section + max(ones, 0)
	switch {
	case i == at, value == 0, !spelt && !about:
		return 0, false, at
	case about:
		return value, true, i
	case hangulScript && (at > 0 && r[at-1] >= 0xAC00 && r[at-1] <= 0xD7A3):
		return 0, false, at // in the midst of a word
	case grouped && beginsWith(trimSpace(r[i:]), "명대", "명 대", "대", "人台", "台"):
		return value, false, i
	case grouped && (value == 10*tenThousand || value == 100*tenThousand || value == 1000*tenThousand || section == 0 && ones < 0 && total < 10*tenThousand && !spelt):
		return 0, false, at // of a hundred thousand, of a million people
	case grouped && total >= 10*tenThousand:
		return value, false, i
	case hangulScript && value > 10 && beginsWith(trimSpace(r[i:]), countersHangul...):
		return value, false, i
	case !hangulScript && at >= 3 && string(r[at-3:at]) == "百分之":
		return value, false, i
	}
	return 0, false, at
}

// nativeNumeral reads a Korean numeral above ten that is not Chinese.
func nativeNumeral(r []rune, at int) (value, end int) {
	if r[at] < 0xAC00 || at > 0 && r[at-1] >= 0xAC00 && r[at-1] <= 0xD7A3 {
		return 0, at
	}
	for i, tens := range nativeTens {
		if !beginsWith(r[at:], tens) && !(i == 1 && beginsWith(r[at:], "스무")) {
			continue
		}
		value, end = (i+1)*10, at+len([]rune(tens))
		one := 0
		for w, n := range nativeOnes {
			if beginsWith(r[end:], w) && n > one {
				one = n
			}
		}
		for w, n := range nativeOnes {
			if n == one && beginsWith(r[end:], w) {
				value, end = value+n, end+len([]rune(w))
				break
			}
		}
		if value > 10 && beginsWith(trimSpace(r[end:]), countersHangul...) {
			return value, end
		}
		return 0, at
	}
	return 0, at
}

func trimSpace(r []rune) []rune {
	if len(r) > 0 && r[0] == ' ' {
		return r[1:]
	}
	return r
}

func beginsWith(r []rune, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return hasRunes(r, []rune(w)) })
}
