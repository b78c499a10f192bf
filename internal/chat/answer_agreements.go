package chat

import (
	"cmp"
	"slices"
	"strconv"
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

// period is the time a query about agreements asks for.
type period struct {
	from, to int // yyyymmdd, inclusive; 0 for open
	months   []int
	text     string
}

func (p period) set() bool { return p.from > 0 || p.to > 0 || len(p.months) > 0 }

func (p period) holds(d knowledge.Date) bool {
	if d.IsZero() {
		return false
	}
	v := d.Year*10000 + d.Month*100 + d.Day
	return (p.from == 0 || v >= p.from) && (p.to == 0 || v <= p.to) && (len(p.months) == 0 || slices.Contains(p.months, d.Month))
}

// periodOf reads the years, months and dates of a query.
func (a *answer) periodOf(q *query) period {
	var p period
	p.months = slices.Clone(q.Months)
	for _, m := range q.ids("month") {
		if v, err := strconv.Atoi(m); err == nil {
			p.months = append(p.months, v)
		}
	}
	if len(p.months) == 0 && q.has("monthword") && len(q.Numbers) == 1 && q.Numbers[0] >= 1 && q.Numbers[0] <= 12 {
		p.months = []int{int(q.Numbers[0])}
	}
	for _, d := range q.Dates {
		v := d.year*10000 + d.month*100 + d.day
		if p.from == 0 || v < p.from {
			p.from = v
		}
		p.to = max(p.to, v)
		p.text = strings.TrimSpace(p.text + " " + knowledge.Date{Year: d.year, Month: d.month, Day: d.day}.String())
	}
	if len(q.Years) > 0 {
		lo, hi := slices.Min(q.Years), slices.Max(q.Years)
		p.text = strconv.Itoa(lo)
		switch {
		case len(q.Years) == 1 && q.has("after") && !q.has("before"):
			p.from, p.text = lo*10000, p.text+"–"
		case len(q.Years) == 1 && q.has("over"):
			p.from, p.text = (lo+1)*10000, p.text+"–"
		case len(q.Years) == 1 && q.has("before"):
			p.to, p.text = lo*10000-1, "–"+strconv.Itoa(lo-1)
		case hi-lo > 1 && q.has("after") && q.has("before") && !q.has("between", "to"):
			p.from, p.to = (lo+1)*10000, hi*10000-1 // after the one and before the other
			p.text = strconv.Itoa(lo+1) + "–" + strconv.Itoa(hi-1)
		default:
			p.from, p.to = lo*10000, hi*10000+9999
			if hi != lo {
				p.text += "–" + strconv.Itoa(hi)
			}
		}
	}
	if len(p.months) > 0 {
		p.text = strings.TrimSpace(p.text + " / " + strconv.Itoa(p.months[0]))
	}
	return p
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
		return a.decline("decline.word", args{"Topic": q.Surface["place"]})
	}
	return a.agreementList(q)
}

// unlisted denies that an institution is in the lists.
func (a *answer) unlisted(q *query, name string) *answer {
	values := args{"Name": name, "Overseas": len(a.b.facts.overseas), "Domestic": len(a.b.facts.domestic)}
	if !q.has("partner", "agreement", "institution") || q.has("when", "subject") && !q.has("exists") {
		return a.decline("no.institution", values)
	}
	a.say("no.institution", values)
	a.citeLists()
	return a
}

func (a *answer) citeLists() {
	a.cite(a.b.facts.overseasHead)
	a.cite(a.b.facts.domesticHead)
}

// institutions answers for named institutions.
func (a *answer) institutions(q *query, ids []string) *answer {
	b := a.b
	var found rows
	var missing []string
	for _, id := range ids {
		rows := b.facts.byInstitution[id]
		if q.has("overseas") && !q.has("domestic") && len(rows) > 1 {
			rows = rows.filter(func(r *knowledge.Agreement) bool { return r.Scope == knowledge.Overseas })
		}
		if q.has("domestic") && len(rows) > 1 && slices.ContainsFunc(rows, func(r *knowledge.Agreement) bool { return r.Scope == knowledge.Overseas }) {
			rows = rows.filter(func(r *knowledge.Agreement) bool { return r.Scope == knowledge.Domestic })
		}
		if len(rows) == 0 {
			missing = append(missing, id)
		}
		found = append(found, rows...)
	}
	if len(found) == 0 {
		var names []string
		for _, id := range missing {
			names = append(names, a.fullName(knowledge.Institution, id))
		}
		return a.unlisted(q, strings.Join(names, ", "))
	}
	// Of several that share a name, those that are listed are meant.
	missing = slices.DeleteFunc(missing, func(id string) bool { return slices.Contains(q.shared, id) })
	dated := found.filter(func(r *knowledge.Agreement) bool { return !r.Date.IsZero() })
	wantsDate := q.has("when", "whichyear", "yearword", "monthword") || q.has("first", "last", "before", "after") && len(ids) > 1
	if wantsDate && len(dated) == 0 {
		a.country = found[0].Country
		return a.decline("decline.nodate", args{"Name": a.fullName(knowledge.Institution, found[0].Institution)})
	}
	if q.has("subject") && len(dated) == 0 && !q.has("country", "continent", "where", "exists") {
		return a.decline("decline.nosubject", args{"Name": a.fullName(knowledge.Institution, found[0].Institution)})
	}
	if len(ids) > 1 && len(dated) > 1 && q.has("first", "last", "before", "after", "compare", "when") {
		sorted := slices.Clone(dated)
		slices.SortStableFunc(sorted, func(x, y *knowledge.Agreement) int { return x.Date.Compare(y.Date) })
		if q.has("last", "after") && !q.has("first", "before") {
			slices.Reverse(sorted)
		}
		list := make([]string, 0, len(sorted))
		for _, r := range sorted {
			list = append(list, a.text("row.dated", args{"Date": a.date(r.Date), "Name": a.fullName(knowledge.Institution, r.Institution)}))
			a.useRow(r)
		}
		a.parts = append(a.parts, strings.Join(list, "\n"))
		return a
	}
	if q.has("where") && len(dated) == len(found) && !q.has("agreement", "partner", "subject", "country") && !wantsDate {
		return a.decline("decline.general", nil) // addresses are not told
	}
	p := a.periodOf(q)
	if q.hasKind("country") {
		for _, r := range found {
			if r.Country != "" && !slices.Contains(q.ids("country"), r.Country) && !q.has("country", "where") {
				a.say("row.elsewhere", args{"Name": a.fullName(knowledge.Institution, r.Institution), "Country": a.name(knowledge.Country, r.Country)})
				a.useRow(r)
				return a
			}
		}
	}
	if p.set() && len(dated) == len(found) {
		in := found.filter(func(r *knowledge.Agreement) bool { return p.holds(r.Date) })
		if len(in) > 0 {
			found = in
		}
	} else if p.set() && len(dated) == 0 {
		return a.decline("decline.nodate", args{"Name": a.fullName(knowledge.Institution, found[0].Institution)})
	}
	if o := q.ids("ord"); len(o) == 1 && len(ids) == 1 && len(found) > 1 {
		if n, err := strconv.Atoi(o[0]); err == nil && n >= 1 && n <= len(found) {
			found = found[n-1 : n]
		}
	} else if q.has("first") && len(found) > 1 && len(ids) == 1 {
		found = found[:1]
	} else if q.has("last") && len(found) > 1 && len(ids) == 1 {
		found = found[len(found)-1:]
	}
	if q.member() && len(missing) == 0 {
		a.say("yes", nil)
	}
	if q.has("count") && len(ids) == 1 {
		a.say("row.count", args{"N": len(found), "Name": a.fullName(knowledge.Institution, ids[0])})
	}
	if q.has("count") && len(ids) > 1 && len(missing) == 0 && len(dated) == len(found) {
		a.say("agreements.domestic_in", args{"N": len(found), "About": strings.Join(a.names(found), "; ")})
		for _, r := range found {
			a.useRow(r)
		}
		a.derived(relAgreements, "count", float64(len(found)))
		return a
	}
	for i, r := range found {
		if i >= shownRows {
			break
		}
		a.row(q, r)
	}
	if q.hasKind("xinst") {
		a.say("no.institution", args{"Name": q.Surface["xinst"], "Overseas": len(b.facts.overseas), "Domestic": len(b.facts.domestic)})
	}
	for _, id := range missing {
		a.say("no.institution", args{"Name": a.fullName(knowledge.Institution, id), "Overseas": len(b.facts.overseas), "Domestic": len(b.facts.domestic)})
	}
	return a
}

// member tells whether a query about an institution asks no more than whether
// it is one of the partners.
func (q *query) member() bool {
	return (q.has("exists") || q.has("partner", "agreement", "ranked", "list") && !q.has("list", "all", "name")) &&
		!q.has("when", "whichyear", "yearword", "monthword", "subject", "where", "country", "continent", "who", "whosigned", "count", "first", "last", "compare", "difference", "client", "scope", "why")
}

// row says what is known of one agreement, the asked part first.
func (a *answer) row(q *query, r *knowledge.Agreement) {
	name := a.fullName(knowledge.Institution, r.Institution)
	if r.Scope == knowledge.Overseas {
		key := "row.overseas"
		if r.Country == "" {
			key = "row.etc"
		}
		a.say(key, args{"Name": name, "Country": a.name(knowledge.Country, r.Country), "Continent": a.name(knowledge.Continent, r.Continent)})
	} else {
		a.say("row.domestic", args{"Name": name, "Date": a.date(r.Date), "Subject": a.subject(r)})
	}
	a.useRow(r)
}

// subject quotes the printed subject, with its classes in the language.
func (a *answer) subject(r *knowledge.Agreement) string {
	s := "“" + r.Subject + "”"
	if a.lang == "en" {
		return s
	}
	if e := r.SubjectEntity(); e != nil {
		return e.Name(a.lang) + " (" + s + ")"
	}
	return s
}

func (a *answer) date(d knowledge.Date) string { return a.b.date(a.lang, d) }

func (a *answer) useRow(r *knowledge.Agreement) {
	a.cite(r.Citation())
	a.note(r.Notes...)
	var v any = string(r.Scope)
	if !r.Date.IsZero() {
		v = r.Date.String()
	} else if r.Country != "" {
		v = r.Country
	}
	a.facts = append(a.facts, Fact{Relation: relAgreements, Key: r.ID, Label: r.Name, Value: v})
}

// agreementList answers for a set of agreements.
func (a *answer) agreementList(q *query) *answer {
	b, f := a.b, a.b.facts
	p := a.periodOf(q)
	countries := slices.Clone(q.ids("country"))
	domestic := q.has("domestic")
	if i := slices.Index(countries, korea); i >= 0 {
		countries = slices.Delete(countries, i, i+1)
		domestic = domestic || len(countries) == 0 && !q.hasKind("continent") && !q.has("overseas")
	}
	if len(countries) > 0 && !q.has("overseas", "more", "less", "compare", "difference", "ratio") {
		domestic = false // within the country named
	}
	overseas := len(countries) > 0 || q.hasKind("continent") || q.has("overseas") || q.has("country", "continent") && !domestic
	timed := p.set() || q.has("when", "whichyear", "first", "last", "yearword") || q.has("each") && !q.has("country", "continent")
	themed := q.hasKind("topic") || q.has("subject")
	for _, c := range countries {
		if !slices.ContainsFunc(f.overseas, func(r *knowledge.Agreement) bool { return r.Country == c }) {
			if len(countries) > 1 && !q.has("more", "less", "compare", "difference") {
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
	if overseas && !domestic && q.hasKind("topic") {
		return a.decline("decline.nosubject.all", nil)
	}
	if !overseas && (timed || q.hasKind("topic")) {
		domestic = true
	}
	switch {
	case q.has("nocountry"):
		in := f.overseas.filter(func(r *knowledge.Agreement) bool { return r.Country == "" })
		a.say("agreements.in", args{"N": len(in), "Where": "Etc."})
		a.listNames(in, false)
		return a
	case q.has("twice") && !q.hasKind("topic") && !overseas, slices.Contains(q.magnitudes(), 2) && (domestic || q.has("agreement")) && q.has("institution", "who", "partner") && !overseas && !p.set() && !q.has("highest", "lowest", "first", "last", "between"):
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
	types := q.ids("type")
	over, dom := typed(b, f.overseas, types), typed(b, f.domestic, types)
	if q.has("highest", "lowest", "more", "less", "compare", "difference") && q.has("overseas") && q.has("domestic") {
		key := "agreements.compare"
		a.say(key, args{"Overseas": len(over), "Domestic": len(dom), "Diff": len(dom) - len(over)})
	} else if q.has("highest", "lowest", "more", "less", "difference", "ratio", "share") || q.hasKind("ord") || len(q.magnitudes()) > 0 {
		return a.decline("decline.general", nil)
	} else if len(types) > 0 {
		a.say("agreements.both_type", args{"Overseas": len(over), "Domestic": len(dom), "Type": a.typeNames(types)})
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

func (a *answer) typeNames(types []string) string {
	var names []string
	for _, t := range types {
		names = append(names, a.name(knowledge.Type, t))
	}
	return strings.Join(names, " / ")
}

// tally is a number of partners by country or continent.
type tally struct {
	id string
	n  int
}

func tallies(in rows, key func(*knowledge.Agreement) string) []tally {
	var out []tally
	for _, r := range in {
		k := key(r)
		if k == "" {
			continue
		}
		if i := slices.IndexFunc(out, func(t tally) bool { return t.id == k }); i >= 0 {
			out[i].n++
		} else {
			out = append(out, tally{k, 1})
		}
	}
	return out
}

// overseasList answers for partners abroad.
func (a *answer) overseasList(q *query, countries []string) *answer {
	f := a.b.facts
	in := f.overseas
	continents := q.ids("continent")
	types := q.ids("type")
	byCountry := func(r *knowledge.Agreement) string { return r.Country }
	byContinent := func(r *knowledge.Agreement) string { return r.Continent }
	if len(types) > 0 {
		in = typed(a.b, in, types)
	}
	comparing := q.has("more", "less", "compare", "difference", "ratio", "highest", "lowest")
	if len(countries)+len(continents) > 1 && (comparing || q.has("count", "each")) {
		var list []tally
		for _, c := range countries {
			list = append(list, tally{c, len(in.filter(func(r *knowledge.Agreement) bool { return r.Country == c }))})
		}
		for _, c := range continents {
			list = append(list, tally{c, len(in.filter(func(r *knowledge.Agreement) bool { return r.Continent == c }))})
		}
		return a.tallyCompare(q, list)
	}
	in = in.filter(func(r *knowledge.Agreement) bool {
		return (len(continents) == 0 || slices.Contains(continents, r.Continent)) && (len(countries) == 0 || slices.Contains(countries, r.Country))
	})
	var places []string
	for _, c := range countries {
		places = append(places, a.name(knowledge.Country, c))
	}
	for _, c := range continents {
		places = append(places, a.name(knowledge.Continent, c))
	}
	where := strings.Join(places, ", ")
	single := len(countries) == 1 && !q.hasKind("ord")
	switch {
	case (q.has("highest", "lowest") || q.hasKind("ord")) && !single && len(continents) == 0 && q.has("continent"):
		return a.tallyExtreme(q, tallies(in, byContinent))
	case q.has("highest", "lowest") && single, q.has("highest") && q.has("lowest"):
		return a.decline("decline.general", nil)
	case (q.has("highest", "lowest") || q.hasKind("ord")) && !single && !q.has("country", "where", "each", "count"):
		return a.decline("decline.general", nil)
	case (q.has("highest", "lowest") || q.hasKind("ord")) && !single:
		return a.tallyExtreme(q, tallies(in, byCountry))
	case q.has("continent") && len(countries) == 0 && len(continents) == 0:
		list := tallies(in, byContinent)
		if q.has("each") || !q.has("count") || q.has("partner", "agreement", "institution") {
			return a.tallyList(list, len(list), "agreements.continents")
		}
		return a.tallyList(list, len(list), "agreements.continents")
	case q.has("country") && len(countries) == 0:
		list := tallies(in, byCountry)
		a.tallyList(list, len(list), "agreements.countries")
		return a
	case q.has("each") && len(countries) == 0:
		list := tallies(in, byCountry)
		return a.tallyList(list, len(list), "agreements.countries")
	case q.has("country", "continent") && single:
		if len(in) > 0 && q.has("continent") {
			a.say("agreements.continent_of", args{"Country": where, "Continent": a.name(knowledge.Continent, in[0].Continent)})
			a.cite(in[0].Citation())
			return a
		}
	case q.has("share") && where != "":
		n, all := len(in), len(f.overseas)
		a.say("agreements.share", args{"Where": where, "N": n, "All": all, "Percent": decimals(float64(n) / float64(all) * 100)})
		a.cite(f.overseasHead)
		a.derived(relAgreements, where, float64(n))
		return a
	}
	if len(in) == 0 {
		a.say("no.type", args{"Where": where, "Type": a.typeNames(types)})
		a.cite(f.overseasHead)
		return a
	}
	switch {
	case where == "" && len(types) == 0:
		list := tallies(in, byContinent)
		a.say("agreements.overseas", args{"N": len(in), "Countries": len(f.countries), "Etc": f.etc, "Items": a.tallyItems(list)})
		a.cite(f.overseasHead)
		a.derived(relAgreements, "overseas", float64(len(in)))
		a.rest = a.names(in)
	default:
		if where == "" {
			where = a.text("agreements.anywhere", nil)
		}
		if len(types) > 0 {
			a.say("agreements.type_in", args{"N": len(in), "Where": where, "Type": a.typeNames(types)})
		} else {
			a.say("agreements.in", args{"N": len(in), "Where": where})
		}
		a.listNames(in, false)
		a.derived(relAgreements, "count", float64(len(in)))
	}
	return a
}

func (a *answer) placeName(id string) string {
	if _, ok := a.b.base.Entity(knowledge.Ref{Kind: knowledge.Continent, ID: id}); ok {
		return a.name(knowledge.Continent, id)
	}
	if len(id) == 4 && id[0] >= '0' && id[0] <= '9' {
		return a.text("label.year", args{"Year": id})
	}
	return a.name(knowledge.Country, id)
}

func (a *answer) tallyItems(list []tally) string {
	out := make([]string, 0, len(list))
	for _, t := range list {
		out = append(out, a.placeName(t.id)+" "+strconv.Itoa(t.n))
	}
	return a.items(out)
}

func (a *answer) tallyList(list []tally, n int, key string) *answer {
	slices.SortStableFunc(list, func(x, y tally) int { return cmp.Compare(y.n, x.n) })
	a.say(key, args{"N": n, "Items": a.tallyItems(list)})
	a.cite(a.b.facts.overseasHead)
	for _, t := range list {
		a.derived(relAgreements, t.id, float64(t.n))
	}
	return a
}

func (a *answer) tallyCompare(q *query, list []tally) *answer {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(x, y tally) int { return cmp.Compare(y.n, x.n) })
	hi, lo := sorted[0], sorted[len(sorted)-1]
	values := args{"High": a.placeName(hi.id), "HighValue": hi.n, "Low": a.placeName(lo.id), "LowValue": lo.n, "Diff": hi.n - lo.n, "Items": a.tallyItems(sorted)}
	switch {
	case len(list) > 2:
		a.say("tally.list", values)
	case hi.n == lo.n:
		a.say("tally.equal", values)
	default:
		a.say("tally.compare", values)
	}
	for _, t := range list {
		a.derived(relAgreements, t.id, float64(t.n))
	}
	if len(list[0].id) == 4 {
		a.cite(a.b.facts.domesticHead)
	} else {
		a.cite(a.b.facts.overseasHead)
	}
	return a
}

func (a *answer) tallyExtreme(q *query, list []tally) *answer {
	low := q.has("lowest")
	slices.SortStableFunc(list, func(x, y tally) int {
		if low {
			return cmp.Compare(x.n, y.n)
		}
		return cmp.Compare(y.n, x.n)
	})
	rank := 1
	for _, o := range q.ids("ord") {
		rank, _ = strconv.Atoi(o)
	}
	place, i := 0, 0
	for i < len(list) {
		j := i
		for j < len(list) && list[j].n == list[i].n {
			j++
		}
		if place++; place == rank {
			var names []string
			for _, t := range list[i:j] {
				names = append(names, a.placeName(t.id))
				a.derived(relAgreements, t.id, float64(t.n))
			}
			key := "tally.highest"
			if low {
				key = "tally.lowest"
			}
			a.say(key, args{"Label": strings.Join(names, ", "), "N": list[i].n, "Rank": rank})
			break
		}
		i = j
	}
	if len(a.parts) == 0 {
		return a.decline("decline.nofigure", args{"About": a.text("about.agreements", nil)})
	}
	if len(list) > 0 && len(list[0].id) == 4 && list[0].id[0] == '2' {
		a.cite(a.b.facts.domesticHead)
	} else {
		a.cite(a.b.facts.overseasHead)
	}
	return a
}

// domesticList answers for agreements in Korea.
func (a *answer) domesticList(q *query, p period) *answer {
	f := a.b.facts
	if q.has("share", "ratio") {
		return a.decline("decline.general", nil)
	}
	in := f.domestic
	types, topics := q.ids("type"), q.ids("topic")
	byYear := func(r *knowledge.Agreement) string { return strconv.Itoa(r.Date.Year) }
	in = typed(a.b, in, types)
	if len(topics) > 0 {
		in = in.filter(func(r *knowledge.Agreement) bool {
			return slices.ContainsFunc(topics, func(s string) bool { return slices.Contains(r.Topics(), s) })
		})
	}
	yearly := q.has("highest", "lowest", "each") && (q.has("whichyear", "yearword", "when", "each") || len(topics)+len(types) == 0)
	ranged := q.has("between", "to")
	switch {
	case len(q.Years) >= 2 && !ranged && (q.has("more", "less", "compare", "difference", "highest", "lowest", "count") || len(q.Years) == 2 && q.has("each")):
		var list []tally
		for _, y := range q.Years {
			list = append(list, tally{strconv.Itoa(y), len(in.filter(func(r *knowledge.Agreement) bool { return r.Date.Year == y }))})
		}
		return a.tallyCompare(q, list)
	case yearly && q.has("highest", "lowest"):
		if p.set() {
			in = in.filter(func(r *knowledge.Agreement) bool { return p.holds(r.Date) })
		}
		return a.tallyExtreme(q, tallies(in, byYear))
	case yearly:
		list := tallies(in, byYear)
		a.say("agreements.years", args{"N": len(in), "Items": a.tallyItems(list)})
		a.cite(f.domesticHead)
		return a
	}
	if p.set() {
		in = in.filter(func(r *knowledge.Agreement) bool { return p.holds(r.Date) })
	}
	if len(in) == 0 {
		a.say("no.domestic", args{"Period": strings.Join(a.conditions(topics, types, p), ", ")})
		a.cite(f.domesticHead)
		a.derived(relAgreements, "count", 0)
		return a
	}
	if q.has("first", "last") || q.hasKind("ord") && !q.has("highest") {
		sorted := slices.Clone(in)
		slices.SortStableFunc(sorted, func(x, y *knowledge.Agreement) int { return x.Date.Compare(y.Date) })
		if q.has("last") {
			slices.Reverse(sorted)
		}
		at := 0
		for _, o := range q.ids("ord") {
			if v, err := strconv.Atoi(o); err == nil {
				at = v - 1
			}
		}
		if at >= len(sorted) {
			return a.decline("decline.nofigure", args{"About": a.text("about.agreements", nil)})
		}
		n := 1
		if v := q.magnitudes(); len(v) > 0 && v[0] >= 2 && v[0] <= 10 {
			n = min(int(v[0]), len(sorted)-at)
		}
		for _, r := range sorted[at : at+n] {
			a.row(q, r)
		}
		return a
	}
	if len(topics)+len(types) == 0 && !p.set() {
		list := tallies(in, byYear)
		key := "agreements.domestic"
		if q.has("count") && !q.has("list", "all") {
			key = "agreements.domestic_count"
		}
		a.say(key, args{"N": len(in), "Institutions": f.domesticInstitutions, "Items": a.tallyItems(list)})
		a.cite(f.domesticHead)
		a.derived(relAgreements, "domestic", float64(len(in)))
		return a
	}
	a.say("agreements.domestic_in", args{"N": len(in), "About": strings.Join(a.conditions(topics, types, p), ", ")})
	switch {
	case q.has("count") && !q.has("list", "each", "when", "who", "subject", "name"):
		a.listNames(in, false) // a number was asked for: dates would hide it
	default:
		a.listRows(in, len(in) <= manyRows || !p.set() || q.has("when", "each"))
	}
	a.derived(relAgreements, "count", float64(len(in)))
	return a
}

// conditions names what the agreements were filtered by.
func (a *answer) conditions(topics, types []string, p period) []string {
	var about []string
	for _, s := range topics {
		about = append(about, a.name(knowledge.Topic, s))
	}
	if len(types) > 0 {
		about = append(about, a.typeNames(types))
	}
	if p.text != "" {
		about = append(about, p.text)
	}
	return about
}

// manyRows is the number of rows above which those of one period are listed
// without their dates, which nobody asked for and which would hide the names.
const manyRows = 5

// listRows writes rows, as many as fit; the others come with "more".
func (a *answer) listRows(in rows, dated bool) {
	lines := make([]string, 0, len(in))
	short := make([]string, 0, len(in))
	for _, r := range in {
		a.useRow(r)
		line, brief := a.fullName(knowledge.Institution, r.Institution), r.Name
		if dated {
			line = a.text("row.dated", args{"Date": a.date(r.Date), "Name": line})
			brief = a.text("row.dated", args{"Date": r.Date.String(), "Name": r.Name})
		}
		subject := r.Subject
		if e := r.SubjectEntity(); e != nil && a.lang != "en" {
			subject = e.Name(a.lang)
		}
		lines = append(lines, line+" – "+subject)
		short = append(short, brief)
	}
	a.fit(lines, short)
}

func (a *answer) names(in rows) []string {
	out := make([]string, 0, len(in))
	for _, r := range in {
		out = append(out, a.fullName(knowledge.Institution, r.Institution))
	}
	return out
}

// listNames writes names, as many as fit.
func (a *answer) listNames(in rows, short bool) {
	lines, printed := make([]string, 0, len(in)), make([]string, 0, len(in))
	for _, r := range in {
		a.useRow(r)
		line := a.fullName(knowledge.Institution, r.Institution)
		lines = append(lines, line)
		printed = append(printed, r.Name)
	}
	a.fit(lines, printed)
}

// fit adds the lines if they fit into a reply, else the short ones, and keeps
// for "more" what does not.
func (a *answer) fit(lines, short []string) {
	room := maxReply - len([]rune(strings.Join(a.parts, "\n"))) - 120
	for _, n := range a.notes {
		room -= len([]rune(n)) + 1
	}
	size := func(list []string) int {
		n := 0
		for _, l := range list {
			n += len([]rune(l)) + 3
		}
		return n
	}
	if size(lines) > room {
		lines = short
	}
	n := len(lines)
	for size(lines[:n]) > room {
		n--
	}
	for _, l := range lines[:n] {
		a.parts = append(a.parts, "• "+l)
	}
	if n < len(lines) {
		a.rest = lines[n:]
		a.say("more", args{"N": len(lines) - n})
	}
}
