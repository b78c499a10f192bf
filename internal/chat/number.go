package chat

import (
	"math"
	"slices"
	"strconv"
)

// number is a figure found in a message.
type number struct {
	value float64
	// year, month and day are set when the figure is a date; year alone when
	// it can be one.
	year, month, day int
	// percent marks a figure written with a per cent sign.
	percent bool
	// ordinal marks "2nd", "2-й" and the like.
	ordinal bool
	// band marks a figure of which only the leading digits are given: 300,000s.
	band bool
}

// years gives the year of a figure, or the first and last of a decade.
func (n *number) years() []int {
	if n.band && n.year%10 == 0 {
		return []int{n.year, n.year + 9}
	}
	return []int{n.year}
}

// Years that a four-digit figure may mean.
const (
	firstYear = 1900
	lastYear  = 2099
)

// readNumber reads the figure that begins at a digit; end is where it stops.
// It understands group separators, decimals, whole dates in either order, and
// the units of ten thousand of Chinese, Japanese and Korean.
func (t *text) readNumber(at int) (n number, end int) {
	var parts []int
	var digits []int
	var signs []rune
	i := at
	for i < len(t.r) {
		from, v := i, 0
		for i < len(t.r) && t.class[i] == digit && i-from < 12 {
			v = v*10 + int(t.r[i]-'0')
			i++
		}
		parts, digits = append(parts, v), append(digits, i-from)
		if i+1 < len(t.r) && t.class[i] == mark && t.r[i] != '~' && t.r[i] != '%' && t.r[i] != inexact && t.class[i+1] == digit && len(parts) < 4 {
			signs = append(signs, t.r[i])
			i++
			continue
		}
		if digits[len(digits)-1] <= 3 && t.spacedGroup(i) && len(parts) < 4 && !slices.ContainsFunc(signs, func(s rune) bool { return s != ' ' }) {
			signs = append(signs, ' ')
			i++
			continue
		}
		break
	}
	switch {
	case len(parts) >= 3 && digits[0] == 4 && digits[1] <= 2 && digits[2] <= 2 && parts[1] >= 1 && parts[1] <= 12 && parts[2] >= 1 && parts[2] <= 31:
		n.year, n.month, n.day = parts[0], parts[1], parts[2]
	case len(parts) >= 3 && digits[2] == 4 && digits[0] <= 2 && digits[1] <= 2 && parts[1] >= 1 && parts[1] <= 12 && parts[0] >= 1 && parts[0] <= 31:
		n.year, n.month, n.day = parts[2], parts[1], parts[0]
	case len(parts) > 1 && grouped(digits, signs):
		v := 0
		for _, p := range parts {
			v = v*1000 + p
		}
		n.value = float64(v)
	case len(parts) == 2 && (signs[0] == '.' || signs[0] == ',') && digits[1] <= 2:
		n.value = float64(parts[0])
		scale := 1.0
		for range digits[1] {
			scale /= 10
		}
		n.value += float64(parts[1]) * scale
	default:
		// Anything else is read figure by figure.
		i = at + digits[0]
		n.value = float64(parts[0])
		if digits[0] == 4 && parts[0] >= firstYear && parts[0] <= lastYear {
			n.year = parts[0]
		}
		if digits[0] == 4 && i+2 < len(t.r) && t.r[i] == '.' && len(parts) == 2 && parts[1] >= 1 && parts[1] <= 12 {
			n.month = parts[1]
			i += 1 + digits[1]
		}
	}
	if len(parts) == 1 && digits[0] <= 3 && n.year == 0 {
		for i+3 < len(t.r) && t.r[i] == ' ' && t.class[i+1] == digit && t.class[i+2] == digit && t.class[i+3] == digit &&
			(i+4 == len(t.r) || t.class[i+4] == space || t.class[i+4] != digit && t.class[i+4] != mark) { // 3 877 342
			v := float64(t.r[i+1]-'0')*100 + float64(t.r[i+2]-'0')*10 + float64(t.r[i+3]-'0')
			n.value = n.value*1000 + v
			i += 4
		}
	}
	if i < len(t.r) && (t.r[i] == '万' || t.r[i] == '만') {
		n.value *= 10000
		n.year, n.month, n.day = 0, 0, 0
		i++
		j := i
		for j < len(t.r) && t.class[j] == space {
			j++
		}
		rest, from := 0, j
		for j < len(t.r) && t.class[j] == digit && j-from < 5 {
			rest = rest*10 + int(t.r[j]-'0')
			j++
		}
		if j > from && j-from <= 4 && (from == i || !t.yearAt(from, j)) {
			n.value += float64(rest)
			i = j
		}
	}
	if i < len(t.r) && t.r[i] == inexact {
		n.band = true
		i++
	}
	if j := i; j < len(t.r) && (t.r[j] == '%' || t.r[j] == ' ' && j+1 < len(t.r) && t.r[j+1] == '%') {
		n.percent = true
		n.year = 0
	}
	return n, i
}

// yearAt tells whether a figure is a year that stands behind another figure:
// 20만 2013년.
func (t *text) yearAt(from, end int) bool {
	v, err := strconv.Atoi(string(t.r[from:end]))
	return err == nil && v >= firstYear && v <= lastYear || follows(t.r, end, yearUnits)
}

// spacedGroup tells whether a space and exactly three digits stand at i: the
// next group of a figure such as "3 877 342".
func (t *text) spacedGroup(i int) bool {
	if i+3 >= len(t.r) || t.r[i] != ' ' {
		return false
	}
	for j := i + 1; j <= i+3; j++ {
		if t.class[j] != digit {
			return false
		}
	}
	return i+4 == len(t.r) || t.class[i+4] != digit && (t.class[i+4] != mark || t.r[i+4] == '%')
}

// grouped tells whether the parts are one figure with thousands separators.
func grouped(digits []int, signs []rune) bool {
	if digits[0] > 3 {
		return false
	}
	for _, d := range digits[1:] {
		if d != 3 {
			return false
		}
	}
	for _, s := range signs {
		if s != signs[0] || s != ',' && s != '.' && s != ' ' {
			return false
		}
	}
	return true
}

// figureOf gives the value of an item that is a figure or a number in words,
// other than a date.
func figureOf(it *item) (v float64, words, ok bool) {
	if it.number != nil {
		return it.number.value, false, it.number.day == 0 && it.number.month == 0 && !it.number.ordinal
	}
	for _, s := range it.senses {
		if s.kind == "num" {
			v, err := strconv.ParseFloat(s.id, 64)
			return v, true, err == nil
		}
	}
	return 0, false, false
}

// spanOf gives the number of years that a word means, a decade, or zero.
func spanOf(it *item) float64 {
	for _, s := range it.senses {
		if s.kind == "span" {
			v, _ := strconv.ParseFloat(s.id, 64)
			return v
		}
	}
	return 0
}

// unitOf gives the value of a word that is a number only beside others: one,
// which is an article as well, and ordinals, which end a year.
func unitOf(it *item) (float64, bool) {
	for _, s := range it.senses {
		if s.kind == "unit" {
			v, err := strconv.ParseFloat(s.id, 64)
			return v, err == nil
		}
	}
	return 0, false
}

// joinNumbers makes one figure of neighbours that are one: "200 thousand",
// "two hundred thousand", "twenty five", "two thousand nineteen".
func joinNumbers(t *text, items []item) []item {
	out := items[:0]
	for i := 0; i < len(items); {
		v, used, band := numeral(t, items[i:])
		if used < 2 {
			out = append(out, items[i])
			i++
			continue
		}
		joined := item{from: items[i].from, to: items[i+used-1].to, number: &number{value: v, band: band}}
		if first := items[i].number; first != nil {
			joined.number.percent = first.percent
		}
		for k := i; k < i+used; k++ {
			joined.guessed = joined.guessed || items[k].guessed
			joined.roman = joined.roman || items[k].roman
		}
		year := v > 2000 && v <= lastYear || v >= firstYear && i+used < len(items) && items[i+used].has(word, "yearword")
		if year && v <= lastYear && v == float64(int(v)) && items[i].number == nil {
			joined.number.year = int(v)
		}
		out = append(out, joined)
		i += used
	}
	return out
}

// numeral reads the figure in words that begins a list of items, and how many
// of them it takes; band tells that it gives only the leading digits. A figure in
// digits may begin it.
func numeral(t *text, items []item) (v float64, used int, band bool) {
	total, group, scale := 0.0, 0.0, math.Inf(1)
	digits := false
	for i := range items {
		it := &items[i]
		and := i > 0 && it.from-items[i-1].to == 2 && t.r[it.from-1] == 'و'
		if i > 0 && it.from-items[i-1].to > 1 && !and {
			break
		}
		m, words, ok := figureOf(it)
		switch {
		case i > 0 && i == used && !ok && it.has(word, "band") && total+group >= leastBand: // 300-odd thousand
			band = true
		case ok && i == 0:
			if digits = !words; digits && it.number.year > 0 && m >= 1000 || m != math.Trunc(m) && words {
				return 0, 0, false
			}
			band = it.number != nil && it.number.band
			group = m
			if m >= 1000 && words {
				total, group, scale = m, 0, m
			}
		case ok && !words:
			return total + group, used, band
		case i > 0 && i == used && !ok && i+1 < len(items) && group >= 100 && joins[string(t.r[it.from:it.to])]:
			if next, words, is := figureOf(&items[i+1]); !is || !words || next >= 100 && (next <= 1000 || next >= 100_000) {
				return total + group, used, band
			}
			used = i + 1 // six hundred and five
			continue
		case ok && words && !digits && m > 1000 && m < 100_000 && math.Mod(m, 1000) == 0 && group > 0 && scale > 1000 && fits(t, it, group, m/1000):
			total, group, scale = total+(group+m/1000)*1000, 0, 1000 // seven thousand is one phrase
		case and && !digits && m >= 20 && m < 100 && math.Mod(group, 100) > 0 && math.Mod(group, 100) < 10:
			group += m // Arabic says the ones before the tens
		case ok && m >= 1000 && m < scale && group > 0:
			total, group, scale = total+group*m, 0, m
		case ok && m >= 100 && group > 0 && group < 100 && m < 1000 && scale > m:
			group *= m
		case ok && m >= 1000 && total > 0 && group == 0 && total < m && m >= 1e6: // two hundred thousand million
			total, scale = total*m, m
		case ok && !digits && fits(t, it, group, m) && (group > 0 || total > 0 && m < scale):
			group += m
		default:
			if u, isUnit := unitOf(it); isUnit && !digits {
				next := i+1 < len(items)
				begins := i == 0 && next && items[i+1].from-it.to <= 1
				if begins {
					_, isNumber, _ := figureOf(&items[i+1])
					begins = isNumber && u == 1
				}
				if begins || i > 0 && fits(t, it, group, u) && (group >= 10 || total > 0) {
					group += u
					used = i + 1
					continue
				}
			}
			return total + group, used, band
		}
		used = i + 1
	}
	return total + group, used, band
}

// joins are the words between the hundreds of a number in words and what is less.
var joins = set("and linh lẻ le")

// leastBand is the least number of which only the leading digits may be given.
const leastBand = 10

// fits tells whether a smaller number may follow a group: a ten a hundred, and
// a unit either, or, where words are spaced, the number ten.
func fits(t *text, it *item, group, m float64) bool {
	whole := int(group)
	switch {
	case m >= 1000 || m != math.Trunc(m):
		return false
	case m >= 100:
		return group == 0
	case m >= 10:
		return whole%100 == 0
	case whole%100 == 10:
		return t.class[it.from] == spaced
	}
	return whole%10 == 0
}

// spellOutYear makes a figure of an item that is a year in words.
func (it *item) spellOutYear() {
	for _, s := range it.senses {
		if s.kind == "year" {
			y, _ := strconv.Atoi(s.id)
			it.number, it.senses = &number{value: float64(y), year: y}, nil
			return
		}
	}
}
