package chat

import (
	"slices"
)

// settle decides between the meanings of items by what stands beside them, and
// notes what was typed for each.
func (s *segmenter) settle(out []item) []item {
	moves := slices.ContainsFunc(out, func(it item) bool {
		return it.has(word, "decrease") || it.has(word, "increase") || it.has(word, "difference")
	})
	dated := slices.ContainsFunc(out, func(it item) bool { return isYear(&it) })
	for i := range out {
		out[i].text = string(s.text.r[out[i].from:out[i].to])
		out[i].typed = [2]int{out[i].from, out[i].to}
		if s.main.lang == "ar" && i+1 < len(out) && (out[i].has(word, "more") || out[i].has(word, "less")) {
			elative(&out[i], &out[i+1])
		}
		if out[i].has(word, "emergency") && s.falls(out, i) {
			out[i].senses = []sense{{word, "decrease"}} // fell from 500,000
		}
		if out[i].has(word, "nearly") && besideFigure(out, i) {
			out[i].senses = []sense{{word, "fn"}} // gần 400 nghìn, 120万人近く
		}
		if i+1 < len(out) && out[i].has(word, "over") && (out[i].has(word, "difference") || out[i].has(word, "more")) && isFigure(&out[i+1]) {
			out[i].senses = []sense{{word, "over"}} // vượt 200 nghìn
		}
		if out[i].hasKind("month") && len(out[i].senses) > 1 {
			out[i].month(out, i)
		}
		if out[i].has(word, "upto") {
			out[i].upTo(out, i)
		}
		if n := spanOf(&out[i]); n > 0 {
			out[i].span = n
		}
		if out[i].has(word, "absent") || out[i].has(word, "fiveyear") {
			out[i].span = s.span(out[i].from, out[i].to)
		}
		if s.main.marks && out[i].has(word, "superlative") && out[i].named() {
			superlative(out, i)
		}
		if k := i + 1 + asideWords(out[i+1:]); k < len(out) && out[i].has(word, "eraname") && isYear(&out[k]) && (k == i+1 || tight(scriptOf([]rune(out[i].text)[0]))) {
			out[i].senses = []sense{{word, "era"}} // Covid 2020: it only says which year that was
		}
		if out[i].has(word, "eraname") && moves && dated && !ofPatients(out, i) {
			out[i].senses = []sense{{word, "era"}} // why the number fell between two years
		}
		if i > 0 && out[i].has(word, "eraname") && dated && (out[i-1].has(word, "before") || out[i-1].has(word, "after")) && (i > 1 && isYear(&out[i-2]) || i > 2 && isYear(&out[i-3])) {
			out[i-1].senses, out[i].senses = []sense{{word, "fn"}}, []sense{{word, "era"}} // 2019, before Covid
		}
		if out[i].has(word, "stands") && !slices.ContainsFunc(out, func(it item) bool { return it.has(word, "count") || it.has(word, "howmuch") }) {
			out[i].senses = []sense{{word, "fn"}} // стоит: it stands there; with how much, it costs
		}
		beside := i+1 < len(out) && isYear(&out[i+1]) || i > 0 && isYear(&out[i-1])
		if beside && out[i].has(word, "yearword") && out[i].has(word, "absent") {
			out[i].senses = []sense{{word, "yearword"}} // nam 2023: the year, not the south
		}
		if i == 0 && len(out) > 2 && out[i].has(word, "yearword") && out[i].has(word, "absent") && !out[i+1].has(word, "patient") && !out[i+1].has(word, "overseas") {
			out[i].senses = []sense{{word, "yearword"}} // nam ma ...: the year in which
		}
	}
	eitherContinent(out)
	return out
}

// eitherContinent reads two continents beside one country as the question under
// which of them it is listed: is Turkey in Europe or in Asia?
func eitherContinent(items []item) {
	countries, continents := 0, 0
	for i := range items {
		it := &items[i]
		switch {
		case it.number != nil:
			return
		case it.hasKind("country"):
			countries++
		case it.hasKind("continent"):
			continents++
		case it.has(word, "compare") && !it.has(word, "fn") && continents == 0:
			return // compare Japan, Asia and Europe
		case !it.has(word, "fn") && !it.has(word, "compare") && !it.has(word, "exists") && !it.has(word, "ranked") && !it.has(word, "list") && !it.has(word, "continent"):
			return
		}
	}
	if countries != 1 || continents < 2 {
		return
	}
	for i := range items {
		if items[i].hasKind("continent") {
			items[i].senses = []sense{{word, "continent"}}
		}
	}
}

// falls tells whether it is a number that fell, and nobody: a word for a decrease
// begins the item, and a figure that only counts patients follows.
func (s *segmenter) falls(items []item, i int) bool {
	from := items[i].from
	if !(&item{senses: s.lookup(from, s.text.end[from])}).has(word, "decrease") {
		return false
	}
	for i++; i < len(items) && items[i].number == nil && items[i].has(word, "fn"); {
		i++
	}
	if i == len(items) {
		return false
	}
	v, _, ok := figureOf(&items[i])
	return ok && !isYear(&items[i]) && v >= leastYearly
}

// isFigure tells whether an item is a number and no year or date.
func isFigure(it *item) bool {
	v, _, ok := figureOf(it)
	return ok && !isYear(it) && v >= leastBand
}

// besideFigure tells whether a figure stands before an item or behind it, with
// nothing between them but what it counts.
func besideFigure(items []item, i int) bool {
	if i+1 < len(items) && isFigure(&items[i+1]) {
		return true
	}
	for i--; i >= 0 && items[i].number == nil && (items[i].has(word, "fn") || items[i].has(word, "patient")); {
		i--
	}
	return i >= 0 && isFigure(&items[i])
}

// ofPatients tells whether an item only says which patients are meant: covid
// patients, patients with corona.
func ofPatients(items []item, i int) bool {
	if i+1 < len(items) && items[i+1].has(word, "patient") {
		return true
	}
	for i--; i >= 0 && items[i].has(word, "fn"); {
		i--
	}
	return i >= 0 && items[i].has(word, "patient")
}

// month reads a word that is the name of a month, and other things: beside a
// year or a day it is the month, elsewhere what it mostly is.
func (it *item) month(items []item, i int) {
	beside := func(k int) bool {
		if k < 0 || k >= len(items) {
			return false
		}
		v, _, ok := figureOf(&items[k])
		return isYear(&items[k]) || ok && v >= 1 && v <= 31 && v == float64(int(v))
	}
	named := beside(i-1) || beside(i+1)
	it.senses = slices.DeleteFunc(slices.Clone(it.senses), func(s sense) bool { return (s.kind == "month") != named })
}

// mostAside is how many words that say nothing may stand between two that belong
// together.
const mostAside = 2

// asideWords counts the words at the beginning of items that say nothing.
func asideWords(items []item) int {
	n := 0
	for n < len(items) && n < mostAside && empty(items[n].senses) {
		n++
	}
	return n
}
