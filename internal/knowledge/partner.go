package knowledge

import (
	"cmp"
	"slices"
	"strings"
)

// PartnerMatch says that a writer's institution is one that the medical center has an agreement with.
type PartnerMatch struct {
	RecordID    string   `json:"record_id"`         // the agreement; the first of them when there are several
	Others      []string `json:"others,omitempty"`  // ids of further agreements with the same institution
	Institution string   `json:"institution"`       // entity id of kind Institution
	Name        string   `json:"name"`              // as printed on the page
	Country     string   `json:"country,omitempty"` // ISO code as listed; "" when the row names none
	Scope       Scope    `json:"scope"`
	Date        Date     `json:"date,omitzero"`     // zero: the overseas list carries no dates
	Subject     string   `json:"subject,omitempty"` // as printed
	Citation    Citation `json:"citation"`
	Score       float64  `json:"score"` // 1 = the printed name or a known name; lower = less direct, never under 0.7
	How         How      `json:"how"`
}

// How says in which way a name was recognised.
type How string

// The ways, from the most to the least direct.
const (
	ByName      How = "name"       // printed or known name, apart from case, punctuation and legal form
	ByWordOrder How = "word_order" // the same words in another order
	ByCountry   How = "country"    // the same name with or without its country or city
	ByPart      How = "part"       // a medical faculty or hospital of the listed university, or the university itself
	ByTypo      How = "typo"       // one or two wrong letters
)

var howScore = map[How]float64{ByName: 1, ByWordOrder: 0.97, ByCountry: 0.93, ByPart: 0.85, ByTypo: 0.8}

// MatchPartner recognises an institution that the medical center has an agreement with, from its name as a writer
// spells it in any of the nine languages. country is the ISO 3166-1 alpha-2 code the writer gave, or empty; an
// institution listed in another country does not match. It reports false for names that are merely similar, and when
// two institutions fit equally well.
func (b *Base) MatchPartner(name, country string) (PartnerMatch, bool) {
	const longest = 400 // longer than any name: not worth comparing
	if len(name) > longest {
		return PartnerMatch{}, false
	}
	ix := b.partners()
	country = strings.ToUpper(strings.TrimSpace(country))
	best := hit{}
	tied := false
	for _, c := range ix.candidates(name) {
		for _, h := range ix.find(c.text, country) {
			if !h.partner.listedIn(country) && !allOf(c.rest, h.partner.hasContext) {
				continue
			}
			switch s := cmp.Compare(howScore[h.how], howScore[best.how]); {
			case s > 0:
				best, tied = h, false
			case s == 0 && h.partner != best.partner:
				tied = true
			}
		}
	}
	if best.partner == nil || tied {
		return PartnerMatch{}, false
	}
	return best.match(), true
}

type hit struct {
	partner *partner
	how     How
}

func (h hit) match() PartnerMatch {
	a := h.partner.agreements[0]
	m := PartnerMatch{
		RecordID: a.ID, Institution: a.Institution, Name: a.Name, Country: a.Country, Scope: a.Scope,
		Date: a.Date, Subject: a.Subject, Citation: a.Citation(), Score: howScore[h.how], How: h.how,
	}
	for _, o := range h.partner.agreements[1:] {
		m.Others = append(m.Others, o.ID)
	}
	return m
}

// partner is an institution with its agreements, prepared for comparison.
type partner struct {
	entity     *Entity
	agreements []*Agreement
	countries  []string        // where it is; empty = not known
	country    map[string]bool // words of the names of its countries
	places     map[string]bool // words of its cities and provinces
}

// hasContext reports whether a word may stand beside the partner's name: its country or city.
func (p *partner) hasContext(word string) bool { return p.country[word] || p.places[word] }

// allows reports whether a writer from country may be this partner.
func (p *partner) allows(country string) bool {
	return country == "" || p.entity.Worldwide || len(p.countries) == 0 || slices.Contains(p.countries, country)
}

func (p *partner) listedIn(country string) bool {
	return country != "" && slices.Contains(p.countries, country)
}

type partnerName struct {
	partner *partner
	tokens  []string
	part    bool // the listed name without its medical faculty
}

// partnerIndex holds the names of all partners under their comparison keys.
type partnerIndex struct {
	matching
	compacted map[string][]*partnerName // all tokens joined
	bags      map[string][]*partnerName // tokens sorted and joined by blanks
	names     []*partnerName
	hangul    []*hangulName
}

func newPartnerIndex(b *Base, m matching) *partnerIndex {
	ix := &partnerIndex{matching: m, compacted: map[string][]*partnerName{}, bags: map[string][]*partnerName{}}
	byID := map[string]*partner{}
	var order []*partner
	for i := range b.agreements {
		a := &b.agreements[i]
		p := byID[a.Institution]
		if p == nil {
			e := b.entities[Ref{Institution, a.Institution}]
			p = &partner{entity: e, countries: slices.Clone(e.Countries), country: map[string]bool{}, places: map[string]bool{}}
			byID[a.Institution] = p
			order = append(order, p)
		}
		p.agreements = append(p.agreements, a)
		switch {
		case a.Country != "" && !slices.Contains(p.countries, a.Country):
			p.countries = append(p.countries, a.Country)
		case a.Scope == Domestic && len(p.entity.Countries) == 0 && !slices.Contains(p.countries, "KR"):
			p.countries = append(p.countries, "KR")
		}
	}
	for _, p := range order {
		for _, c := range p.countries {
			if e := b.entities[Ref{Country, c}]; e != nil {
				for _, lang := range Languages {
					for _, n := range e.All(lang) {
						ix.addWords(p.country, n)
					}
				}
			}
		}
		for _, place := range p.entity.Places {
			ix.addWords(p.places, place)
		}
		for _, a := range p.agreements {
			ix.addName(p, a.Name)
		}
		for i := range p.entity.Names {
			if n := &p.entity.Names[i]; n.Given {
				ix.addName(p, n.Display)
				for _, alias := range n.Aliases {
					ix.addName(p, alias)
				}
			}
		}
	}
	return ix
}

func (ix *partnerIndex) addWords(set map[string]bool, name string) {
	for _, t := range ix.tokens(Fold(name)) {
		set[t] = true
	}
}

func (ix *partnerIndex) addName(p *partner, name string) {
	folded := Fold(name)
	ix.addTokens(p, ix.tokens(folded), false)
	if i := strings.IndexByte(name, '('); i > 0 { // "International Medical Center(IMC)"
		ix.addTokens(p, ix.tokens(Fold(name[:i])), false)
	}
	if isUnspaced(folded) && strings.ContainsFunc(folded, isHangul) {
		ix.hangul = append(ix.hangul, &hangulName{p, []rune(jamo(compact(folded)))})
	}
	if base := ix.withoutPart(ix.tokens(folded), ix.medicalCore); base != nil {
		ix.addTokens(p, base, true)
	}
}

func (ix *partnerIndex) addTokens(p *partner, tokens []string, part bool) {
	if len(tokens) == 0 {
		return
	}
	key := strings.Join(tokens, "")
	for _, n := range ix.compacted[key] {
		if n.partner == p && n.part == part {
			return
		}
	}
	n := &partnerName{partner: p, tokens: tokens, part: part}
	ix.names = append(ix.names, n)
	ix.compacted[key] = append(ix.compacted[key], n)
	bag := bagOf(tokens)
	ix.bags[bag] = append(ix.bags[bag], n)
}

func bagOf(tokens []string) string {
	s := slices.Clone(tokens)
	slices.Sort(s)
	return strings.Join(s, " ")
}

// find gives every partner that the text names, in the most direct way that yields one.
func (ix *partnerIndex) find(text, country string) []hit {
	folded := Fold(text)
	tokens := ix.tokens(folded)
	if len(tokens) == 0 {
		return nil
	}
	var hits []hit
	add := func(n *partnerName, how How) {
		if n.part {
			how = ByPart
		}
		if n.partner.allows(country) {
			hits = append(hits, hit{n.partner, how})
		}
	}
	for _, n := range ix.compacted[strings.Join(tokens, "")] {
		add(n, ByName)
	}
	if len(hits) > 0 {
		return hits
	}
	bag := bagOf(tokens)
	for _, n := range ix.bags[bag] {
		add(n, ByWordOrder)
	}
	if len(hits) > 0 {
		return hits
	}
	ix.findWithContext(tokens, country, add)
	if base := ix.withoutPart(tokens, nil); base != nil && len(hits) == 0 {
		for _, n := range ix.bags[bagOf(base)] {
			add(n, ByPart)
		}
	}
	if len(hits) == 0 {
		hits = ix.findTypo(tokens, compact(folded), country)
	}
	return hits
}

// findWithContext compares after leaving out country and place names on either side.
func (ix *partnerIndex) findWithContext(tokens []string, country string, add func(*partnerName, How)) {
	for _, n := range ix.names {
		if len(tokens) == 1 && len(n.tokens) == 1 {
			// names without spaces: the city or country stands before the name
			if before, ok := strings.CutSuffix(tokens[0], n.tokens[0]); ok && n.partner.hasContext(before) {
				add(n, ByCountry)
			}
			continue
		}
		extra, missing, ok := n.differsByContext(tokens)
		if !ok || extra+missing == 0 {
			continue
		}
		if missing > 0 && !n.partner.listedIn(country) {
			continue // "National Cancer Center" is Mongolia's only for a writer from Mongolia
		}
		add(n, ByCountry)
	}
}

// differsByContext pairs the words of a typed name with those of the listed one. It reports ok when all typed words
// left over (extra) are the partner's country or places, all listed words left over (missing) are its country, and
// two words, or all that are listed, agree.
func (n *partnerName) differsByContext(typed []string) (extra, missing int, ok bool) {
	var used uint64
	if len(n.tokens) > 64 {
		return 0, 0, false
	}
	common := 0
outer:
	for _, t := range typed {
		for j, u := range n.tokens {
			if used&(1<<j) == 0 && t == u {
				used |= 1 << j
				common++
				continue outer
			}
		}
		if !n.partner.hasContext(t) {
			return 0, 0, false
		}
		extra++
	}
	for j, u := range n.tokens {
		if used&(1<<j) == 0 && !n.partner.country[u] {
			return 0, 0, false
		}
	}
	missing = len(n.tokens) - common
	return extra, missing, common >= 2 || missing == 0
}

func allOf(list []string, ok func(string) bool) bool {
	for _, s := range list {
		if !ok(s) {
			return false
		}
	}
	return true
}
