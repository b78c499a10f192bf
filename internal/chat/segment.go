package chat

import "slices"

// item is a stretch of the message that is understood as one thing, or not at
// all.
type item struct {
	from, to int
	// typed is the stretch before anything was corrected.
	typed  [2]int
	senses []sense
	// number is set for figures.
	number *number
	// guessed marks a word that was bound in spite of a mistake in it; as is
	// what was read instead.
	guessed bool
	// roman marks a word of another alphabet that is written in Latin letters.
	roman bool
	// home is the country that the asker is only from or in: no part of the
	// question, but of what a person who answers needs to know.
	home string
	// unknown marks what no lexicon explains.
	unknown bool
	// span is set where the words are a number of years, which elsewhere may
	// name what the data lacks: "three years".
	span float64
	text string
}

// has tells whether the item has the sense.
func (it *item) has(kind, id string) bool {
	for _, s := range it.senses {
		if s.kind == kind && s.id == id {
			return true
		}
	}
	return false
}

// named tells whether the item may be the name of a country or an
// institution: then it is no mere function word.
func (it *item) named() bool {
	for _, s := range it.senses {
		switch s.kind {
		case "country", "institution", "xinst", "continent":
			return true
		}
	}
	return false
}

// Costs of the ways to explain a stretch; the segmentation with the least
// total wins, so that few long entries beat many short ones. Where two have
// the same number of entries, the one with the longer content words wins:
// 国内|で, not 国|内で.
const (
	costEntry    = 100
	costFunction = 100
	costNumber   = 110
	costPrefix   = 30
	costWord     = 1300 // an unknown word
	costRune     = 450  // an unknown rune of an unspaced script or Hangul
	costEnding   = 10   // an ending that stands by itself, and each rune of it
	costOpen     = 20   // each rune after the stem of an entry
	maxOpen      = 80
	// A Korean word may go on with another: 국내|협약, not 국내 with an ending.
	costOpenHangul = 60
	maxOpenHangul  = 360
	// bonusRune is what each rune of a content word in an unspaced script
	// takes off, up to maxBonus; senses of the same stretch within costSame
	// are joined.
	bonusRune = 1
	maxBonus  = 9
	costSame  = 10
	// An article that only the text or only the phrase has.
	costArticle = 12
	costNear    = 40 // corrections this near are equally good
)

// link is the best way found to reach a position.
type link struct {
	cost    int
	from    int
	senses  []sense
	number  *number
	guessed bool
	unknown bool
	ending  bool
	roman   bool
	denied  bool // by its ending
}

// segmenter explains one text by a set of lexicons.
type segmenter struct {
	text  *text
	main  *lexicon // affixes and spelling
	tries []*trie
	// lenient lets plain letters stand for those with marks, at a cost.
	lenient   bool
	plainCost int
	// sounds lets characters stand for others that sound alike; known marks the
	// runes of words that are rightly written, in which none does.
	sounds bool
	known  []bool
	// roman reads Latin letters for those of the lexicon; nil: it does not.
	roman *romanization

	best  []link
	found []match // scratch
	// articles counts those that the walk took or left out.
	articles int
}

type match struct {
	end  int
	stem int // end of what was matched without its ending
	// senses are those of its entry.
	senses []sense
	plain  bool // by plain letters
	roman  bool // by Latin letters for others
	sound  bool // by a character that sounds alike
	// articles are those in which text and phrase differ.
	articles int
}

// segment splits the text into items; spaces and endings are left out.
func (s *segmenter) segment() []item {
	n := len(s.text.r)
	s.best = make([]link, n+1)
	for i := range s.best {
		s.best[i].cost = 1 << 30
	}
	s.best[0].cost = 0
	for i := range n {
		if s.best[i].cost < 1<<30 {
			s.extend(i)
		}
	}
	var items []item
	asked := false // a word that makes a denial a question follows
	for i := n; i > 0; {
		l := &s.best[i]
		if l.denied && !asked {
			l.senses = deny(l.senses)
		}
		asked = l.ending && asked || s.main.asks[string(s.text.r[l.from:i])]
		if l.senses != nil || l.number != nil || l.unknown {
			items = append(items, item{from: l.from, to: i, senses: l.senses, number: l.number, guessed: l.guessed, unknown: l.unknown, roman: l.roman})
		}
		i = l.from
	}
	// Reverse, and join neighbouring unknown runes into one item.
	out := make([]item, 0, len(items))
	for _, it := range slices.Backward(items) {

		if k := len(out) - 1; k >= 0 && it.unknown && out[k].unknown && out[k].to == it.from {
			out[k].to = it.to
			continue
		}
		out = append(out, it)
	}
	if s.main.lang == "ja" {
		out = s.crumbs(out)
	}
	for i := range out {
		out[i].spellOutYear()
	}
	out = joinDates(joinNumbers(s.text, out), s.main.monthFirst())
	for i := range out {
		out[i].text = string(s.text.r[out[i].from:out[i].to])
		out[i].typed = [2]int{out[i].from, out[i].to}
		if s.main.lang == "ar" && i+1 < len(out) && (out[i].has(word, "more") || out[i].has(word, "less")) {
			elative(&out[i], &out[i+1])
		}
		if out[i].has(word, "upto") {
			out[i].upTo(out, i)
		}
		if out[i].has(word, "absent") {
			out[i].span = s.span(out[i].from, out[i].to)
		}
		if s.main.marks && out[i].has(word, "superlative") && out[i].named() {
			superlative(out, i)
		}
		if i+1 < len(out) && out[i].has(word, "eraname") && isYear(&out[i+1]) {
			out[i].senses = []sense{{word, "era"}} // Covid 2020: it only says which year that was
		}
		beside := i+1 < len(out) && isYear(&out[i+1]) || i > 0 && isYear(&out[i-1])
		if beside && out[i].has(word, "yearword") && out[i].has(word, "absent") {
			out[i].senses = []sense{{word, "yearword"}} // nam 2023: the year, not the south
		}
		if i == 0 && len(out) > 2 && out[i].has(word, "yearword") && out[i].has(word, "absent") && !out[i+1].has(word, "patient") && !out[i+1].has(word, "overseas") {
			out[i].senses = []sense{{word, "yearword"}} // nam ma ...: the year in which
		}
	}
	return out
}

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
	for from > 0 && items[from].has(word, "yearword") && !isYear(&items[from]) {
		from--
	}
	for to < len(items)-1 && items[to].has(word, "yearword") && !isYear(&items[to]) {
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

func isYear(it *item) bool { return it.number != nil && it.number.year > 0 }

func (s *segmenter) reach(from, to, cost int, l link) {
	cost += s.best[from].cost
	if cost < s.best[to].cost {
		l.cost, l.from = cost, from
		s.best[to] = l
	}
}

// extend tries every way to go on from a position.
func (s *segmenter) extend(i int) {
	t := s.text
	switch t.class[i] {
	case space:
		s.reach(i, i+1, 0, link{ending: true})
		return
	case mark:
		l := link{ending: true}
		if t.r[i] == '~' || t.r[i] == '-' && t.yearBeside(i) {
			l = link{senses: []sense{{word, "to"}}}
		} else if t.r[i] == '%' {
			l = link{senses: []sense{{word, "percent"}}}
		}
		s.reach(i, i+1, 0, l)
		return
	}
	if t.class[i] != digit || !s.namesMonth(i) {
		s.entries(i)
	}
	switch t.class[i] {
	case digit:
		if t.start[i] || t.class[i-1] != digit {
			n, end := t.readNumber(i)
			end2 := end
			// An ordinal or other Latin ending belongs to the figure: 2nd, 10th.
			if end < len(t.r) && t.class[end] == spaced && t.r[end] < 0x250 {
				w := string(t.r[end:t.end[end]])
				switch w {
				case "st", "nd", "rd", "th":
					n.ordinal = true
					end2 = t.end[end]
				case "k":
					n.value, n.year = n.value*1000, 0
					end2 = t.end[end]
				default:
					s.reach(i, t.end[end], costWord, link{unknown: true})
				}
			}
			s.reach(i, end2, costNumber, link{number: &n})
		}
		return
	case hangul:
		if !t.start[i] || t.joined[i] || i > 1 && t.r[i-2] == '%' { // a particle may follow a sign, too
			s.endings(i)
		}
		s.reach(i, i+1, costRune, link{unknown: true})
	case unspace:
		s.reach(i, i+1, costRune, link{unknown: true})
	default:
		if t.start[i] {
			if t.joined[i] {
				s.endings(i)
			}
			for _, p := range s.main.prefixes {
				if end := i + len(p); end+1 < t.end[i] && hasRunes(t.r[i:], p) {
					s.reach(i, end, costPrefix, link{ending: true})
				}
			}
		}
		s.reach(i, t.end[i], costWord, link{unknown: true})
	}
}

// namesMonth tells whether the figure at a position belongs to the word for
// month before it: of "tháng 10 năm 2015" no ten years are read.
func (s *segmenter) namesMonth(i int) bool {
	t := s.text
	if !s.main.monthFirst() || i < 2 || t.class[i-1] != space || t.class[i-2] == space {
		return false
	}
	return slices.Contains(s.lookup(wordStart(t, i-2), i-1), sense{word, "monthword"})
}

// yearBeside tells whether a figure of four digits stands on either side of a
// sign: 2009-2011.
func (t *text) yearBeside(i int) bool {
	if i < 4 || i+5 > len(t.r) || i > 4 && t.class[i-5] == digit || i+5 < len(t.r) && t.class[i+5] == digit {
		return false
	}
	for k := 1; k <= 4; k++ {
		if t.class[i-k] != digit || t.class[i+k] != digit {
			return false
		}
	}
	return true
}

func hasRunes(r, p []rune) bool {
	if len(r) < len(p) {
		return false
	}
	for i := range p {
		if r[i] != p[i] {
			return false
		}
	}
	return true
}

// endings accepts suffixes that stand in a text by themselves: after a name
// in another script, or at the end of a Korean word.
func (s *segmenter) endings(i int) {
	t := s.text
	limit := t.end[i]
	for n := min(limit-i, s.main.longest); n > 0; n-- {
		if !s.main.suffixes[string(t.r[i:i+n])] {
			continue
		}
		if t.class[i] == hangul || i+n == limit {
			s.reach(i, i+n, costEnding*(1+n), link{ending: true})
		}
	}
}

// entries adds the phrases of the lexicons that begin here.
func (s *segmenter) entries(i int) {
	for _, tr := range s.tries {
		s.found = s.found[:0]
		s.walk(tr, 0, i, i, way{})
		for k := range s.found {
			m := &s.found[k]
			if s.longer(m) {
				continue
			}
			cost := costEntry
			switch {
			case len(m.senses) == 1 && m.senses[0].id == "fn":
				cost = costFunction
			case s.text.class[i] == unspace:
				cost -= min(bonusRune*(m.stem-i), maxBonus)
			}
			switch n := m.end - m.stem; {
			case n == 0:
			case s.text.class[m.stem-1] == hangul && s.main.ending(s.text.r[m.stem:m.end]):
				cost += costEnding * (1 + n)
			case s.text.class[m.stem-1] == hangul:
				cost += min(costOpenHangul*n, maxOpenHangul)
			default:
				cost += min(costOpen*n, maxOpen)
			}
			if m.plain {
				cost += s.plainCost
			}
			if m.sound {
				cost += costSound
			}
			cost += costArticle * m.articles
			s.merge(i, m, cost)
		}
	}
}

// longer tells whether another match explains the same stretch with a longer
// stem.
func (s *segmenter) longer(m *match) bool {
	for i := range s.found {
		if s.found[i].end == m.end && s.found[i].stem > m.stem {
			return true
		}
	}
	return false
}

// merge records a match; senses of entries that explain the same stretch
// equally well are joined.
func (s *segmenter) merge(from int, m *match, cost int) {
	total := s.best[from].cost + cost
	b := &s.best[m.end]
	if b.from == from && b.senses != nil && !b.guessed && !m.sound && total <= b.cost+costSame && total >= b.cost-costSame {
		joined := b.senses
		for _, x := range m.senses {
			dup := false
			for _, y := range joined {
				dup = dup || x == y
			}
			if !dup {
				joined = append(slices.Clip(joined), x)
			}
		}
		b.senses = joined
		b.cost = min(b.cost, total)
		b.roman, b.denied = b.roman && m.roman, b.denied && s.denied(m)
		return
	}
	s.reach(from, m.end, cost, link{senses: m.senses, guessed: m.sound, roman: m.roman, denied: s.denied(m)})
}

// denied tells whether a match ends in a denial.
func (s *segmenter) denied(m *match) bool {
	return m.end > m.stem && s.main.denies(s.text.r[m.stem:m.end])
}

// deny gives what a word means that its ending denies.
func deny(senses []sense) []sense {
	no := sense{word, "negated"}
	if len(senses) == 1 && senses[0] == (sense{word, "fn"}) {
		return []sense{no}
	}
	return append(slices.Clip(senses), no)
}

// way tells how a position in a trie was reached.
type way struct {
	plain bool // a plain letter was taken for another
	roman bool // Latin letters were
	sound bool // a character was taken for one that sounds alike
}

// walk follows the trie from a place in it and a position.
func (s *segmenter) walk(tr *trie, n int32, from, at int, w way) {
	t := s.text
	for {
		if at > from {
			s.accept(tr, tr.out(n), from, at, w)
			// A word of the phrase ends here while the text's word goes on: its
			// ending is skipped.
			if at < len(t.r) && t.class[at] == spaced && !t.start[at] && t.class[at-1] == spaced {
				if next, ok := tr.child(n, ' '); ok {
					end := t.end[at]
					if end < len(t.r) && t.class[end] == space && end-at <= 6 && s.innerEnding(at-max(from, wordStart(t, at-1)), t.r[at:end]) {
						s.walk(tr, next, from, end+1, w)
					}
				}
			}
			// Spaces inside a phrase of unspaced scripts, and between these and
			// others, do not count.
			for at < len(t.r) && t.class[at] == space && at+1 < len(t.r) && (tight(t.class[at+1]) || tight(t.class[at-1])) && !tr.has(n, ' ') {
				at++
			}
		}
		if s.roman != nil {
			s.romanStep(tr, n, from, at)
		}
		if at >= len(t.r) {
			return
		}
		if at > from && t.start[at] && t.r[at-1] == ' ' {
			s.article(tr, n, from, at, w)
		}
		if s.sounds {
			s.soundStep(tr, n, from, at, w)
		}
		if s.lenient && tr.plain != nil && tr.soft(n) {
			for i := range tr.branches(n) {
				if r, next := tr.branch(n, i); r >= 0x80 && r != t.r[at] && tr.plain(r) == t.r[at] {
					s.walk(tr, next, from, at+1, way{plain: true, roman: w.roman})
				}
			}
		}
		next, ok := tr.child(n, t.r[at])
		if !ok {
			return
		}
		n = next
		at++
	}
}

// article goes on behind an article that the next word has only in the text,
// or only in the phrase.
func (s *segmenter) article(tr *trie, n int32, from, at int, w way) {
	a := s.main.article
	if len(a) == 0 {
		return
	}
	s.articles++
	defer func() { s.articles-- }()
	if hasRunes(s.text.r[at:], a) {
		if s.text.end[at]-at >= len(a)+stemMin {
			s.walk(tr, n, from, at+len(a), w)
		}
		return
	}
	for _, r := range a {
		next, ok := tr.child(n, r)
		if !ok {
			return
		}
		n = next
	}
	s.walk(tr, n, from, at, w)
}

// accept records an entry, -1 for none, if the text's word may end where the
// phrase does.
func (s *segmenter) accept(tr *trie, out int32, from, at int, w way) {
	if out < 0 {
		return
	}
	t, e := s.text, &tr.entries[out]
	if w.sound && !soundable(tr.senses(out), t.r[from:at]) {
		return
	}
	if e.exact && w.plain && s.main.marks {
		return // another word, without its marks
	}
	found := func(end int) {
		s.found = append(s.found, match{end: end, stem: at, senses: tr.senses(out), plain: w.plain, roman: w.roman, sound: w.sound, articles: s.articles})
	}
	last := t.class[at-1]
	if last == unspace || last == mark {
		found(at)
		return
	}
	if last == digit {
		if at == len(t.r) || t.class[at] != digit && (t.class[at] != spaced || t.start[at]) && !(t.class[at] == mark && t.r[at] != '%' && t.r[at] != '~') {
			found(at)
		}
		return
	}
	if last == space {
		return
	}
	end := t.end[at-1]
	switch {
	case end == at:
		found(at)
	case last == hangul:
		// What follows is read as more entries or endings.
		found(at)
		if e.open {
			found(end)
		}
	case e.exact:
	case e.open && s.ownWord(tr, at, end):
		// A word written together with the next one.
	case e.open && !w.roman:
		found(end)
	case at-max(from, wordStart(t, at-1)) >= stemMin && s.ending(t.r[at:end]):
		found(end)
	}
}

// ending tells whether the rest of a word is an ending, in the letters of the
// language or in those it is typed in.
func (s *segmenter) ending(r []rune) bool {
	if s.roman != nil && isLatin(r[0]) {
		return s.roman.ending(r)
	}
	return s.main.ending(r)
}

// innerEnding tells whether a word inside a phrase, n letters of which are the
// phrase's, may go on like this: the shortest words take one ending only, for
// several are soon another word (Mongolian бол, Боливид).
func (s *segmenter) innerEnding(n int, r []rune) bool {
	if n == stemMin && !isLatin(r[0]) {
		return s.main.suffixes[string(r)]
	}
	return n >= stemMin && s.ending(r)
}

// ownWord tells whether what an open entry would swallow as an ending holds a
// known word of its own.
func (s *segmenter) ownWord(tr *trie, at, end int) bool {
	if end-at < 2*minHalf-2 || s.main.ending(s.text.r[at:end]) {
		return false
	}
	for from := at; from+minHalf <= end; from++ {
		n := int32(0)
		for i := from; i < end; i++ {
			next, ok := tr.child(n, s.text.r[i])
			if !ok {
				break
			}
			n = next
			out := tr.out(n)
			if out < 0 || i+1-from < minHalf || tr.senses(out)[0].id == "fn" {
				continue
			}
			if tr.entries[out].open || s.main.ending(s.text.r[i+1:end]) {
				return true
			}
		}
	}
	return false
}

func wordStart(t *text, i int) int {
	for i > 0 && !t.start[i] {
		i--
	}
	return i
}
