package chat

import (
	"math"
	"slices"

	"naru/internal/knowledge"
)

// limits reads how many partners a country is asked to have: more than five,
// exactly one. Figures that only repeat the printed ones set no limit.
func (q *query) limits(printed ...int) (bounds, bool) {
	values := slices.DeleteFunc(q.magnitudes(), func(v float64) bool { return slices.Contains(printed, int(v)) })
	if len(values) == 0 && q.has("twice") {
		return bounds{low: 1, high: math.Inf(1)}, true // more than one agreement
	}
	if len(values) == 0 || q.Percent {
		return bounds{}, false
	}
	if b, ok := boundsOf(q, values); ok {
		return b, true
	}
	if q.has("isright") && q.supposes() {
		return bounds{}, false // how many there are tells whether it is so
	}
	return bounds{low: values[0], high: values[0], atLow: true, atHigh: true}, len(values) == 1
}

// overseasList answers for partners abroad.
func (a *answer) overseasList(q *query, countries []string) *answer {
	f := a.b.facts
	in := f.overseas
	continents := q.ids("continent")
	byCountry := func(r *knowledge.Agreement) string { return r.Country }
	byContinent := func(r *knowledge.Agreement) string { return r.Continent }
	in = q.ofKind(a.b, in)
	kind := a.kindName(q)
	comparing := q.has("more", "less", "compare", "difference", "ratio", "highest", "lowest")
	if len(countries)+len(continents) > 1 && (comparing || q.has("count") && !q.has("sum")) {
		var list []tally
		for _, c := range countries {
			list = append(list, tally{c, len(in.filter(func(r *knowledge.Agreement) bool { return r.Country == c }))})
		}
		for _, c := range continents {
			list = append(list, tally{c, len(in.filter(func(r *knowledge.Agreement) bool { return r.Continent == c }))})
		}
		if comparing {
			return a.tallyCompare(q, list)
		}
		return a.tallySum(list, len(in.filter(func(r *knowledge.Agreement) bool {
			return slices.Contains(countries, r.Country) || slices.Contains(continents, r.Continent)
		})), f.overseasHead)
	}
	// "South America and Australia": where no country named lies in a continent
	// named, both are asked for.
	apart := len(continents) > 0 && len(countries) > 0 && !slices.ContainsFunc(f.overseas, func(r *knowledge.Agreement) bool {
		return slices.Contains(countries, r.Country) && slices.Contains(continents, r.Continent)
	})
	in = in.filter(func(r *knowledge.Agreement) bool {
		inContinents, inCountries := slices.Contains(continents, r.Continent), slices.Contains(countries, r.Country)
		if apart {
			return inContinents || inCountries
		}
		return (len(continents) == 0 || inContinents) && (len(countries) == 0 || inCountries)
	})
	var places []string
	for _, c := range countries {
		places = append(places, a.name(knowledge.Country, c))
	}
	for _, c := range continents {
		places = append(places, a.name(knowledge.Continent, c))
	}
	if out := a.butNames(q, knowledge.Country, knowledge.Continent); len(out) > 0 {
		places = append(places, a.text("agreements.but", args{"Name": a.enumerated(out)}))
	}
	where := a.enumerated(places)
	single := len(countries) == 1 && !q.hasKind("ord")
	switch {
	case (q.has("highest", "lowest") || q.hasKind("ord")) && !single && len(continents) == 0 && q.has("continent"):
		return a.tallyExtreme(q, tallies(in, byContinent))
	case q.has("highest", "lowest") && single && !q.has("count"), q.has("highest") && q.has("lowest"):
		return a.decline("decline.general", nil)
	case (q.has("highest", "lowest") || q.hasKind("ord")) && !single && !q.has("country", "where", "each", "count"):
		return a.decline("decline.general", nil)
	case (q.has("highest", "lowest") || q.hasKind("ord")) && !single:
		return a.tallyExtreme(q, tallies(in, byCountry))
	case q.has("continent") && len(countries) == 0 && len(continents) == 0:
		list := tallies(in, byContinent)
		return a.tallyList(list, "agreements.continents")
	case q.has("country") && len(countries) == 0:
		list := tallies(in, byCountry)
		if limits, ok := q.limits(len(list), len(in)); ok {
			list = slices.DeleteFunc(list, func(t tally) bool { return !limits.hold(float64(t.n)) })
			if len(list) == 0 {
				return a.decline("decline.nofigure", args{"About": a.text("about.agreements", nil)})
			}
		}
		a.tallyList(list, "agreements.countries")
		return a
	case q.has("each") && len(countries) == 0:
		list := tallies(in, byCountry)
		return a.tallyList(list, "agreements.countries")
	case q.has("country", "continent") && single:
		if len(in) > 0 && q.has("continent") {
			a.say("agreements.continent_of", args{"Country": where, "Continent": a.name(knowledge.Continent, in[0].Continent)})
			a.cite(in[0].Citation())
			return a
		}
	case q.has("share") && where != "":
		n, all := len(in), len(f.overseas)
		a.say("agreements.share", args{"Where": where, "N": n, "All": all, "Percent": a.number(decimals(float64(n) / float64(all) * 100))})
		a.cite(f.overseasHead)
		a.derived(relAgreements, where, float64(n))
		return a
	}
	if q.partnerKind && where != "" {
		defer func() { a.otherPartners(in, countries, continents) }()
	}
	if len(in) == 0 {
		a.say("no.type", args{"Where": where, "Type": kind})
		a.cite(f.overseasHead)
		return a
	}
	switch {
	case where == "" && kind == "":
		list := tallies(in, byContinent)
		a.say("agreements.overseas", args{"N": len(in), "Countries": len(f.countries), "Etc": f.etc, "Items": a.tallyItems(list)})
		a.cite(f.overseasHead)
		a.derived(relAgreements, "overseas", float64(len(in)))
		a.rest = a.names(in)
	default:
		if where == "" {
			where = a.text("agreements.anywhere", nil)
		}
		if kind != "" {
			a.say("agreements.type_in", args{"N": len(in), "Where": where, "Type": kind})
		} else {
			a.say("agreements.in", args{"N": len(in), "Where": where})
		}
		a.listNames(in, false)
		a.derived(relAgreements, "count", float64(len(in)))
	}
	return a
}

// mostOthers is the number of other partners up to which they are named.
const mostOthers = 8

// otherPartners names the partners in some places besides those told of.
func (a *answer) otherPartners(told rows, countries, continents []string) {
	others := a.b.facts.overseas.filter(func(r *knowledge.Agreement) bool {
		return (slices.Contains(countries, r.Country) || slices.Contains(continents, r.Continent)) && !slices.Contains(told, r)
	})
	if len(others) > 0 && len(others) <= mostOthers {
		a.say("agreements.others", args{"N": len(others), "Items": a.items(a.names(others))})
		a.cite(others[0].Citation())
	}
}
