package chat

import (
	"slices"
	"strings"

	"naru/internal/knowledge"
)

// rows is a list of agreements with the conditions that chose it.
type rows []*knowledge.Agreement

func (r rows) filter(keep func(*knowledge.Agreement) bool) rows {
	var out rows
	for _, a := range r {
		if keep(a) {
			out = append(out, a)
		}
	}
	return out
}

// answerAgreements answers questions about the two lists of agreements.
func (b *Bot) answerAgreements(q *query, lang string) *answer {
	a := b.newAnswer(lang)
	a.topic = "agreement"
	var known []string
	for _, id := range q.ids("institution") {
		if b.facts.owner[id] {
			continue // the bodies themselves: "your agreements", "KUMC partners"
		}
		known = append(known, id)
	}
	if q.hasKind("xinst") && len(known) == 0 {
		return a.unlisted(q, q.Surface["xinst"])
	}
	if len(known) > 0 {
		if q.has("whosigned") && len(known) == 1 && !q.has("when", "subject") {
			return a.decline("decline.general", nil) // who put the name under it is not said
		}
		return a.institutions(q, known)
	}
	if q.hasKind("institution") && !q.has("partner", "agreement", "institution") {
		return a.decline("decline.general", nil)
	}
	for _, id := range q.ids("institution") {
		if id != b.facts.holder {
			a.note("two-owners") // the lists are those of the other body
		}
	}
	if q.hasKind("place") {
		if q.timed() || q.has("when", "subject", "whichyear") {
			return a.decline("decline.word", args{"Topic": q.Surface["place"]})
		}
		return a.town(q)
	}
	if q.restsOnGuess() {
		return a.decline("decline.general", nil)
	}
	return a.agreementList(q)
}

// restsOnGuess tells whether nothing narrows a query down to some of the partners
// and one of its words was read as another in spite of a mistake: it may as well
// be the name of the partner that is asked for.
func (q *query) restsOnGuess() bool {
	for kind := range q.Entities {
		if kind != "type" && kind != "institution" {
			return false
		}
	}
	return !q.has("count", "howmuch", "list", "all", "each", "sum", "overseas", "domestic", "country", "continent", "when", "first", "last") && len(q.Years) == 0 &&
		slices.ContainsFunc(q.guessed, func(it *item) bool { return !it.has(word, "partner") && !it.has(word, "agreement") })
}

func (a *answer) citeLists() {
	a.cite(a.b.facts.overseasHead)
	a.cite(a.b.facts.domesticHead)
}

func (a *answer) date(d knowledge.Date) string { return a.b.date(a.lang, d) }

// month writes a month of a year, or with 0 of any.
func (a *answer) month(year, month int) string { return a.b.catalog.Month(a.lang, year, month) }

// agreementList answers for a set of agreements.
func (a *answer) agreementList(q *query) *answer {
	b, f := a.b, a.b.facts
	if q.has("whichhospital") && !q.hasKind("type") {
		q.Entities["type"] = []string{"hospital"} // which hospitals are partners
	}
	p := a.periodOf(q)
	if p.unclear {
		return a.decline("decline.general", nil)
	}
	countries := slices.Clone(q.ids("country"))
	domestic := q.has("domestic")
	if i := slices.Index(countries, korea); i >= 0 {
		countries = slices.Delete(countries, i, i+1)
		domestic = domestic || len(countries) == 0 && !q.hasKind("continent") && !q.has("overseas")
	}
	if len(countries) > 0 && !q.has("overseas", "more", "less", "compare", "difference", "ratio") {
		domestic = false // within the country named
	}
	if in := a.namedAfter(q); len(in) > 0 {
		a.listRows(in, true)
		return a
	}
	if q.has("domestic") && q.hasKind("continent") && !q.has("overseas", "more", "less", "compare", "difference", "ratio", "sum", "all") {
		return a.decline("decline.general", nil) // no continent is told of a domestic agreement
	}
	overseas := len(countries) > 0 || q.outside() || q.hasKind("continent") || q.has("overseas") || q.has("country", "continent") && !domestic
	timed := p.set() || q.has("when", "whichyear", "first", "last", "yearword") || q.has("each") && !q.has("country", "continent") && len(countries) == 0 && !q.hasKind("continent")
	timed = timed || q.hasKind("ord") && q.has("agreement") && !overseas && !q.has("highest", "lowest") // the third one signed
	about := q.hasKind("topic") || q.hasKind("subject")
	themed := about || q.has("subject")
	listed := func(c string) bool {
		return slices.ContainsFunc(f.overseas, func(r *knowledge.Agreement) bool { return r.Country == c })
	}
	if len(countries) > 1 && !slices.ContainsFunc(countries, listed) && !timed && !themed {
		for _, c := range countries {
			a.say("no.country", args{"Country": b.catalog.Country(a.lang, c), "N": len(f.countries)})
		}
		a.cite(f.overseasHead)
		return a
	}
	var lacking []string
	defer func() { // after those there are
		for _, c := range lacking {
			if a.kind == KindAnswer {
				a.say("no.country", args{"Country": b.catalog.Country(a.lang, c), "N": len(f.countries)})
			}
		}
	}()
	for _, c := range countries {
		if !listed(c) {
			if len(countries) > 1 && !q.has("more", "less", "compare", "difference") {
				if !timed && !themed && !q.has("highest", "lowest") {
					lacking = append(lacking, c)
				}
				continue
			}
			if timed || themed {
				return a.decline("no.country", args{"Country": b.catalog.Country(a.lang, c), "N": len(f.countries)})
			}
			a.say("no.country", args{"Country": b.catalog.Country(a.lang, c), "N": len(f.countries)})
			a.cite(f.overseasHead)
			for _, p := range f.projects {
				if slices.Contains(p.countries, c) {
					a.note(p.notes...) // a project, though no partner
				}
			}
			a.country = c
			return a
		}
	}
	if q.hasKind("region") || slices.Contains(q.ids("continent"), "middle-east") || slices.Contains(q.ids("continent"), "antarctica") {
		return a.decline("decline.region", nil)
	}
	if overseas && !domestic && timed {
		return a.decline("decline.nodate.all", nil)
	}
	if overseas && !domestic && about {
		return a.decline("decline.nosubject.all", nil)
	}
	if !overseas && (timed || about) {
		domestic = true
	}
	switch {
	case q.has("nocountry"):
		in := f.overseas.filter(func(r *knowledge.Agreement) bool { return r.Country == "" })
		a.say("agreements.in", args{"N": len(in), "Where": "Etc."})
		a.listNames(in, false)
		return a
	case q.has("twice") && q.hasKind("type"):
		return a.decline("decline.general", nil)
	case q.has("twice") && !about && !overseas && !p.set(), slices.Contains(q.magnitudes(), 2) && (domestic || q.has("agreement")) && q.has("institution", "who", "partner") && !overseas && !p.set() && !q.has("highest", "lowest", "first", "last", "between"):
		in := f.domestic.filter(func(r *knowledge.Agreement) bool {
			return len(f.byInstitution[r.Institution].filter(func(o *knowledge.Agreement) bool { return o.Scope == knowledge.Domestic })) > 1
		})
		a.listRows(in, true)
		return a
	case overseas && !domestic:
		return a.overseasList(q, countries)
	case domestic && !overseas:
		return a.domesticList(q, p)
	}
	// Both lists.
	over, dom := q.ofKind(b, f.overseas), q.ofKind(b, f.domestic)
	if q.has("highest", "lowest", "more", "less", "compare", "difference") && q.has("overseas") && q.has("domestic") {
		key := "agreements.compare"
		a.say(key, args{"Overseas": len(over), "Domestic": len(dom), "Diff": len(dom) - len(over)})
	} else if q.has("highest", "lowest", "more", "less", "difference", "ratio", "share") || q.hasKind("ord") || len(q.magnitudes()) > 0 && !a.toldOf(q) {
		return a.decline("decline.general", nil)
	} else if kind := a.kindName(q); kind != "" {
		a.say("agreements.both_type", args{"Overseas": len(over), "Domestic": len(dom), "Type": kind})
		a.listNames(append(slices.Clone(over), dom...), true)
	} else {
		a.say("agreements.both", args{"Overseas": len(f.overseas), "Countries": len(f.countries), "Domestic": len(f.domestic), "Institutions": f.domesticInstitutions})
	}
	if q.has("overseas") && q.has("domestic") {
		for _, r := range f.overseas {
			if len(f.byInstitution[r.Institution]) > 1 {
				a.note(r.Notes...) // stands in both
			}
		}
	}
	a.citeLists()
	a.derived(relAgreements, "overseas", float64(len(over)))
	a.derived(relAgreements, "domestic", float64(len(dom)))
	return a
}

// namedAfter gives the institutions in Korea of a type that are called after a
// continent in which none of that type is: the Korean foundations for Africa.
func (a *answer) namedAfter(q *query) rows {
	b, continents, types := a.b, q.ids("continent"), q.ids("type")
	if len(continents) != 1 || len(types) == 0 || q.has("more", "less", "compare", "difference", "overseas") {
		return nil
	}
	if len(typed(b, b.facts.overseas, types).filter(func(r *knowledge.Agreement) bool { return r.Continent == continents[0] })) > 0 {
		return nil
	}
	place, ok := b.base.Entity(knowledge.Ref{Kind: knowledge.Continent, ID: continents[0]})
	if !ok {
		return nil
	}
	return typed(b, b.facts.domestic, types).filter(func(r *knowledge.Agreement) bool {
		e, ok := b.base.Entity(knowledge.Ref{Kind: knowledge.Institution, ID: r.Institution})
		return ok && strings.Contains(e.Name("en"), place.Name("en"))
	})
}

// types are the types of institutions asked for. A school said beside another
// type is one of them: "schools and institutes in Japan". Before a hospital it is
// part of a name ("school hospital"), behind it another kind.
func (q *query) types() []string {
	types := q.ids("type")
	if q.hospitalsFirst() {
		types = slices.Clone(types)
		for _, t := range []string{"hospital", "university"} {
			if !slices.Contains(types, t) {
				types = append(types, t)
			}
		}
		if q.has("school") {
			types = append(types, "medical-school")
		}
		return types
	}
	if len(types) == 0 || !q.has("school") || slices.ContainsFunc(types, func(t string) bool { return t == "university" || t == "medical-school" || t == "hospital" }) {
		return types
	}
	return append(slices.Clone(types), "university", "medical-school")
}

// hospitalsFirst tells whether a query names hospitals and then schools or
// universities: "which hospitals and schools in China".
func (q *query) hospitalsFirst() bool {
	is := func(ids ...string) func(sense) bool {
		return func(s sense) bool { return (s.kind == "type" || s.kind == word) && slices.Contains(ids, s.id) }
	}
	at := slices.IndexFunc(q.order, is("hospital", "whichhospital"))
	return at >= 0 && slices.ContainsFunc(q.order[at:], is("school", "university")) && !slices.ContainsFunc(q.order[:at], is("school", "university"))
}

// typed keeps the rows whose institution is of one of the types.
func typed(b *Bot, in rows, types []string) rows {
	if len(types) == 0 {
		return in
	}
	return in.filter(func(r *knowledge.Agreement) bool {
		e, ok := b.base.Entity(knowledge.Ref{Kind: knowledge.Institution, ID: r.Institution})
		return ok && slices.ContainsFunc(types, func(t string) bool { return slices.Contains(e.Types, t) })
	})
}

// ofKind keeps the rows whose institution is of the kind asked for, and in none
// of the places left out.
func (q *query) ofKind(b *Bot, in rows) rows {
	return typed(b, in, q.types()).filter(func(r *knowledge.Agreement) bool {
		e, ok := b.base.Entity(knowledge.Ref{Kind: knowledge.Institution, ID: r.Institution})
		return q.elsewhere(r) && !(ok && slices.ContainsFunc(e.Types, func(t string) bool { return q.leavesOut("type", t) }))
	})
}

// kindName names the kind of institution asked for; empty for any.
func (a *answer) kindName(q *query) string {
	if out := a.butNames(q, knowledge.Type); len(out) > 0 {
		return a.text("agreements.but", args{"Name": strings.Join(out, " / ")})
	}
	return a.typeNames(q.types())
}

func (a *answer) typeNames(types []string) string {
	var names []string
	for _, t := range types {
		names = append(names, a.name(knowledge.Type, t))
	}
	return strings.Join(names, " / ")
}
