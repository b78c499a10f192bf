package chat

import "slices"

// leastCrumbs is the number of particles in a row, each of one or two kana,
// that are no speech.
const leastCrumbs = 3

// crumbs joins what was cut into particles though no sentence begins with so
// many of them: it is a word that no lexicon knows, たい|しか|ん.
func (s *segmenter) crumbs(items []item) []item {
	out := items[:0]
	for i := 0; i < len(items); i++ {
		it := items[i]
		k := i
		for k < len(items) && items[k].has(word, "fn") && items[k].to-items[k].from <= 2 && hiraganaOnly(s.text.r[items[k].from:items[k].to]) && (k == i || items[k].from == items[k-1].to) {
			k++
		}
		begins := it.from == 0 || s.text.class[it.from-1] == space
		if k-i >= leastCrumbs && begins && (k == len(items) || items[k].from > items[k-1].to || !s.kana(items[k].from)) {
			it = item{from: it.from, to: items[k-1].to, unknown: true}
			i = k - 1
		}
		out = append(out, it)
	}
	return out
}

// kana tells whether the text has a kana at a position.
func (s *segmenter) kana(at int) bool { return isKana(s.text.r[at]) }

// upTo reads a preposition that is the end of a time between two years, and
// nothing elsewhere: from 2009 to 2012, to Korea.
func (it *item) upTo(items []item, i int) {
	from, to := i-1, i+1
	for from > 0 && (items[from].has(word, "yearword") || items[from].ofMonth()) && !isYear(&items[from]) {
		from--
	}
	for to < len(items)-1 && (items[to].has(word, "yearword") || items[to].ofMonth()) && !isYear(&items[to]) {
		to++
	}
	id := "fn"
	if from >= 0 && to < len(items) && isYear(&items[from]) && isYear(&items[to]) {
		id = "to"
	}
	it.senses = []sense{{word, id}}
}

// elative reads the Arabic form for both more and most: it is the most right
// before a small number, "the highest three departments", and before what is
// chosen from.
func elative(it, next *item) {
	v, _, ok := figureOf(next)
	chosen := slices.ContainsFunc(next.senses, func(s sense) bool {
		return s.kind == word && (s.id == "cancer" || s.id == "department" || s.id == "specialty" || s.id == "organ")
	})
	if !chosen && !(ok && v >= 2 && v <= 10 && !isYear(next) && (next.number == nil || !next.number.percent)) {
		return
	}
	for i, s := range it.senses {
		if to, ok := map[string]string{"more": "highest", "less": "lowest"}[s.id]; ok && s.kind == word {
			it.senses = slices.Clone(it.senses)
			it.senses[i].id = to
		}
	}
}

// superlative decides what a word is that may be a name without its marks:
// "nhieu ... nhat" is the most, "benh nhan nhat" are patients from Japan.
func superlative(items []item, i int) {
	more := slices.ContainsFunc(items[:i], func(it item) bool { return it.has(word, "more") || it.has(word, "less") })
	items[i].senses = slices.DeleteFunc(slices.Clone(items[i].senses), func(s sense) bool { return (s.kind == word) != more })
}

// longestYears is the number of characters up to which a stretch may be a number
// of years.
const longestYears = 60

// span reads a stretch as a number of years; zero when it is none.
func (s *segmenter) span(from, to int) float64 {
	t := s.text
	if to-from > longestYears {
		return 0
	}
	for at := from + 1; at < to; at++ {
		v := 0.0
		if t.class[from] == digit {
			if t.class[at-1] != digit || t.class[at] == digit {
				continue
			}
			n, end := t.readNumber(from)
			if end != at {
				continue
			}
			v = n.value
		} else if senses := s.lookup(from, at); senses != nil {
			v, _, _ = figureOf(&item{senses: senses})
		}
		rest := at
		for rest < to && t.class[rest] == space {
			rest++
		}
		if v < 2 || v > 10 || rest == to {
			continue
		}
		if (&item{senses: s.lookup(rest, to)}).has(word, "yearword") {
			return v
		}
	}
	return 0
}

// lookup finds the senses in the main lexicon of a whole stretch.
func (s *segmenter) lookup(from, to int) []sense {
	s.found = s.found[:0]
	s.walk(s.main.words, 0, from, from, way{})
	for i := range s.found {
		if s.found[i].end == to {
			return s.found[i].senses
		}
	}
	return nil
}
