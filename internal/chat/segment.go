package chat

import (
	"slices"
)

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

	// without is a stretch that no entry may stand for; empty: any may.
	without [2]int

	best  []link
	found []match // scratch
	// articles counts those that the walk took or left out.
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
	return s.settle(out)
}

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
				case "m", "mn", "mln":
					n.value, n.year = n.value*1e6, 0
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
			if t.joined[i] || i > 1 && t.r[i-2] == '%' && t.class[i-1] == space { // 100%-иас
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
			if s.longer(m) || s.without == [2]int{i, m.end} || s.tears(i, m) {
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

// tears tells whether a match that says nothing takes the first syllable of a
// Korean word that goes on: 주로 is not to be seen in 이번 주 로또.
func (s *segmenter) tears(from int, m *match) bool {
	t := s.text
	if last := m.end - 1; last-1 <= from || t.class[last] != hangul || t.class[last-1] != space || !empty(m.senses) {
		return false
	}
	rest := t.r[m.end:t.end[m.end-1]]
	return len(rest) > 0 && !s.main.ending(rest)
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
