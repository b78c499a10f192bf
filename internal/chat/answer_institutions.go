package chat

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"naru/internal/knowledge"
)

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

// beside tells whether one of the words stands directly before the name of an
// institution: "after KOICA".
func (q *query) beside(words ...string) bool {
	for i := 1; i < len(q.order); i++ {
		if q.order[i].kind == string(knowledge.Institution) && q.order[i-1].kind == word && slices.Contains(words, q.order[i-1].id) {
			return true
		}
	}
	return false
}

// institutions answers for named institutions.
func (a *answer) institutions(q *query, ids []string) *answer {
	b := a.b
	if len(ids) == 1 && q.beside("after", "before") {
		return a.decline("decline.general", nil) // which one came next to it is not told
	}
	if q.hasKind("place") && !slices.ContainsFunc(ids, func(id string) bool { return a.mayStandIn(id, q.Surface["place"]) }) {
		return a.decline("decline.general", nil) // Southeast University in Tokyo is another one
	}
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
		if (q.hasKind("type") || q.has("university", "school")) && q.only("also", "hospital", "university", "school") {
			return a.decline("decline.general", nil) // whose hospital it is
		}
		var names []string
		for _, id := range missing {
			names = append(names, a.fullName(knowledge.Institution, id))
		}
		return a.unlisted(q, a.enumerated(names))
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
	fits := found.filter(func(r *knowledge.Agreement) bool { return q.fits(r, p) })
	if len(fits) > 0 && q.hasKind("topic") && !slices.ContainsFunc(ids, func(id string) bool { return !slices.Contains(q.shared, id) }) {
		found = fits // of several that share a name, the one it was agreed with
	}
	if q.hasKind("country") {
		if !slices.ContainsFunc(found, func(r *knowledge.Agreement) bool { return a.mayBeIn(r, q.ids("country")) }) {
			return a.decline("decline.general", nil) // the Institute of Science of another country
		}
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
	switch {
	case !q.member() || q.which || q.has("negated") || len(missing) > 0 || q.hasKind("xinst"):
	case len(fits) > 0:
		a.say("yes", nil)
	default: // there is one, but of another time or about something else
		a.say("no.domestic", args{"Period": a.enumerated(append(a.conditions(q, p), a.names(found)...))})
	}
	if q.has("count", "ratio") && len(ids) == 1 { // how many, how many times
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

// mayStandIn tells whether an institution may be in a town. Of those whose towns
// are known, the ones in Latin letters are compared; others may be spelled in
// many ways.
func (a *answer) mayStandIn(id, town string) bool {
	e, ok := a.b.base.Entity(knowledge.Ref{Kind: knowledge.Institution, ID: id})
	if !ok || len(e.Places) == 0 || strings.ContainsFunc(town, func(r rune) bool { return r > unicode.MaxLatin1 }) {
		return true
	}
	typed := string(fold(town, false))
	return strings.Contains(string(fold(e.English(), false)), typed) || slices.ContainsFunc(e.Places, func(p string) bool { return string(fold(p, false)) == typed })
}

// fits tells whether an agreement is of the time and about what a query names
// beside the institution. What is not told of an agreement is not held against
// it.
func (q *query) fits(r *knowledge.Agreement, p period) bool {
	if p.set() && !r.Date.IsZero() && !p.holds(r.Date) {
		return false
	}
	topics := q.ids("topic")
	return len(topics) == 0 || len(r.Topics()) == 0 || slices.ContainsFunc(topics, func(t string) bool { return slices.Contains(r.Topics(), t) })
}

// mayBeIn tells whether one of the countries named beside an institution may
// be said of it: "the Korea Brain Research Institute of Japan" is another one.
func (a *answer) mayBeIn(r *knowledge.Agreement, countries []string) bool {
	e, ok := a.b.base.Entity(knowledge.Ref{Kind: knowledge.Institution, ID: r.Institution})
	if r.Scope == knowledge.Overseas || slices.Contains(countries, korea) || !ok || e.Worldwide {
		return true
	}
	return slices.ContainsFunc(countries, func(c string) bool { return slices.Contains(e.Countries, c) })
}

// member tells whether a query about an institution asks no more than whether
// it is one of the partners.
func (q *query) member() bool {
	return (q.has("exists") || q.has("partner", "agreement", "ranked", "list") && !q.has("list", "all", "name")) && q.nothingMore()
}

// nothingMore tells whether a query about an institution asks for no more than
// whether it is a partner: not for a date, a number, a subject.
func (q *query) nothingMore() bool {
	if q.has("yearword") && len(q.Years) == 0 || q.has("monthword") && len(q.Months) == 0 {
		return false
	}
	return !q.has("when", "whichyear", "subject", "where", "country", "continent", "who", "whosigned", "count", "first", "last", "compare", "difference", "client", "scope", "why")
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
