package chat

import (
	"cmp"
	"slices"
	"strconv"

	"golang.org/x/text/language"

	"naru/internal/knowledge"
)

// maxOffers is how many entries are offered in place of one that is missing.
const maxOffers = 3

// nearest offers questions about the entries next to what the dataset lacks:
// partners on the same continent, the cancers and countries that have figures,
// the nearest year. It returns nil where nothing is near.
func (b *Bot) nearest(q *query, a *answer) []string {
	switch q.Relation {
	case relAgreements:
		return b.nearPartners(q, a)
	case relCancers:
		return b.nearSurvival(q, a)
	case relPatients:
		return b.nearYears(q, a)
	}
	return nil
}

// regions are the areas of the world by their numbers in UN M.49, the smaller
// ones first.
var regions = [][]string{
	{"030", "035", "034", "143", "145", "151", "154", "155", "039", "011", "014", "015", "017", "018", "021", "013", "029", "005", "053"},
	{"142", "150", "002", "019", "009"},
}

// distance tells how far apart two countries are: 0 for the same part of a
// continent, 1 for the same continent, 2 for the rest of the world.
func distance(a, b string) int {
	x, err1 := language.ParseRegion(a)
	y, err2 := language.ParseRegion(b)
	if err1 != nil || err2 != nil {
		return len(regions)
	}
	for i, level := range regions {
		for _, code := range level {
			if area := language.MustParseRegion(code); area.Contains(x) && area.Contains(y) {
				return i
			}
		}
	}
	return len(regions)
}

// nearPartners offers countries with partners: those next to the country asked
// for first, then those with most.
func (b *Bot) nearPartners(q *query, a *answer) []string {
	if !slices.ContainsFunc(q.ids("country"), func(c string) bool { return c != korea && !slices.Contains(b.facts.countries, c) }) {
		return nil
	}
	far := func(t tally) int {
		best := len(regions)
		for _, c := range q.ids("country") {
			best = min(best, distance(c, t.id))
		}
		return best
	}
	list := tallies(b.facts.overseas, func(r *knowledge.Agreement) string { return r.Country })
	slices.SortStableFunc(list, func(x, y tally) int { return cmp.Or(far(x)-far(y), y.n-x.n) })
	var out []string
	for _, t := range list[:min(maxOffers, len(list))] {
		out = append(out, a.text("suggest.partners_in", args{"Country": a.name(knowledge.Country, t.id)}))
	}
	return out
}

// nearSurvival offers the cancer asked for in the countries that have figures,
// or else the listed cancers in the country asked for.
func (b *Bot) nearSurvival(q *query, a *answer) []string {
	all := b.facts.figures[relCancers]
	var out []string
	offer := func(f figure) {
		if len(out) < maxOffers {
			out = append(out, a.text("suggest.survival_of", args{"Cancer": a.name(knowledge.Cancer, f.key), "Country": a.name(knowledge.Country, f.country)}))
		}
	}
	asked := slices.Concat(q.ids("cancer"), q.ids("organ"))
	for _, f := range all {
		if slices.Contains(asked, f.key) {
			offer(f)
		}
	}
	if len(out) > 0 {
		return out
	}
	country := korea
	for _, c := range q.ids("country") {
		if slices.ContainsFunc(all, func(f figure) bool { return f.country == c }) {
			country = c
		}
	}
	for _, f := range all {
		if f.country == country {
			offer(f)
		}
	}
	return out
}

// nearYears offers the first or last year, whichever is nearer to the one
// asked for.
func (b *Bot) nearYears(q *query, a *answer) []string {
	all := b.facts.figures[relPatients]
	if len(q.Years) == 0 || len(all) == 0 {
		return nil
	}
	first, last := all[0].year, all[len(all)-1].year
	switch y := q.Years[0]; {
	case y < first:
		last = first
	case y <= last:
		return nil
	}
	return []string{a.text("suggest.patients_in", args{"Year": strconv.Itoa(last)})}
}

// onward is a question that leads on from an answer: the next year, the same
// cancer in a country not asked for, a neighbouring country. It returns "" for
// none.
func (b *Bot) onward(q *query, a *answer) string {
	switch q.Relation {
	case relPatients:
		all := b.facts.figures[relPatients]
		if len(q.Years) != 1 || len(all) == 0 {
			return ""
		}
		next := q.Years[0] + 1
		if next > all[len(all)-1].year {
			next = q.Years[0] - 1
		}
		return a.text("suggest.patients_in", args{"Year": strconv.Itoa(next)})
	case relCancers:
		asked := slices.Concat(q.ids("cancer"), q.ids("organ"))
		for _, f := range b.facts.figures[relCancers] {
			used := slices.ContainsFunc(a.facts, func(x Fact) bool { return x.Key == f.key+"/"+f.country })
			if len(asked) == 1 && f.key == asked[0] && !used || len(asked) == 1 && f.key != asked[0] && f.country == korea {
				return a.text("suggest.survival_of", args{"Cancer": a.name(knowledge.Cancer, f.key), "Country": a.name(knowledge.Country, f.country)})
			}
		}
	case relAgreements:
		asked := q.ids("country")
		if len(asked) != 1 || asked[0] == korea {
			return ""
		}
		best, at := "", len(regions)+1
		for _, c := range b.facts.countries {
			if d := distance(asked[0], c); c != asked[0] && d < at {
				best, at = c, d
			}
		}
		if best != "" {
			return a.text("suggest.partners_in", args{"Country": a.name(knowledge.Country, best)})
		}
	}
	return ""
}
