package chat

import (
	"slices"
	"strings"

	"naru/internal/knowledge"
)

// answerProjects answers questions about the global healthcare projects.
func (b *Bot) answerProjects(q *query, lang string) *answer {
	a := b.newAnswer(lang)
	a.topic = "hospital_consulting"
	all := b.facts.projects
	keep := func(match func(*project) bool) {
		var out []*project
		for _, p := range all {
			if match(p) {
				out = append(out, p)
			}
		}
		all = out
	}
	filtered := false
	if q.hasKind("xinst") {
		return a.decline("decline.noproject", args{"N": len(all)}) // nobody of that name ordered one
	}
	if ids := q.ids("project"); len(ids) > 0 {
		keep(func(p *project) bool { return slices.Contains(ids, p.id) })
		filtered = true
	}
	for _, site := range q.ids("site") {
		keep(func(p *project) bool { return strings.Contains(strings.ToLower(p.name), site) })
		filtered = true
	}
	if slices.ContainsFunc(q.but, func(s sense) bool { return s.kind == string(knowledge.Project) }) {
		keep(func(p *project) bool { return !q.leavesOut(string(knowledge.Project), p.id) })
		filtered = true
	}
	if q.outside() {
		had := *q
		had.Entities = map[string][]string{}
		for _, s := range q.but {
			had.Entities[s.kind] = append(had.Entities[s.kind], s.id)
		}
		if in := b.placesOf(&had); in != nil {
			keep(func(p *project) bool { return !in(p) })
			filtered = true
		}
	}
	if places := b.placesOf(q); places != nil {
		had := all
		keep(places)
		if !filtered {
			for _, c := range q.ids("country") {
				if c != korea && !slices.ContainsFunc(all, func(p *project) bool { return slices.Contains(p.countries, c) }) {
					a.say("no.project", args{"Country": b.catalog.Country(lang, c), "N": len(b.facts.projects)})
					a.country = c
				}
			}
			if len(all) == 0 && len(a.parts) > 0 {
				a.cite(b.facts.projectsHead)
				return a
			}
		} else if len(all) == 0 && q.hasKind("country") {
			all = had // the words of a place are a part of what was named
		}
		filtered = true
	}
	for _, id := range q.ids("institution") {
		if b.facts.owner[id] {
			continue
		}
		keep(func(p *project) bool { return (p.client == id) != q.has("rest", "negated", "except") })
		filtered = true
	}
	for _, id := range q.ids("workscope") {
		if len(all) == 1 && q.hasKind("project") && !q.has("exists") {
			break // the words paraphrase what the named project did
		}
		keep(func(p *project) bool {
			return slices.ContainsFunc(p.work, func(w string) bool { return w == id || strings.HasPrefix(w, id+"-") || strings.HasSuffix(w, "-"+id) })
		})
		filtered = true
	}
	for _, y := range q.Years {
		year := yearText(y)
		keep(func(p *project) bool { return strings.Contains(p.name, year) })
		filtered = true
	}
	if q.has("opened") {
		return a.decline("decline.nodate.project", nil) // what became of a project is not told
	}
	if q.follows("count", "yearword") {
		return a.decline("decline.nodate.project", nil) // how long one took
	}
	if q.has("when", "whichyear") && (len(all) != 1 || !strings.Contains(all[0].name, "2012")) {
		return a.decline("decline.nodate.project", nil)
	}
	if len(all) == 0 {
		return a.decline("decline.noproject", args{"N": len(b.facts.projects)})
	}
	if q.has("sum") && !q.has("project") {
		return a.decline("decline.general", nil) // the sum of what?
	}
	if q.has("sum") {
		q.Words["count"] = true
	}
	if (q.has("more", "less") || q.has("first", "last") && !q.hasKind("project")) && !q.has("count") || q.hasKind("ord") || q.has("highest", "lowest") && (filtered || !q.has("country", "client", "where", "who")) {
		return a.decline("decline.general", nil)
	}
	switch {
	case q.has("highest", "lowest") && !filtered && !q.has("list"):
		a.projectTallies(q)
	case len(all) == 1 && filtered && q.has("count") && !q.hasKind("project"):
		a.say("projects.count", args{"N": 1, "Of": len(b.facts.projects)})
		a.projectLines(q, all)
		a.derived(relProjects, "count", 1)
	case len(all) == 1:
		if filtered && q.has("exists") && !q.which && !q.has("client", "scope", "subject", "who", "when", "where", "country", "count") {
			a.say("yes", nil)
		}
		a.projectDetail(q, all[0])
	case q.has("client") && q.has("count") && !filtered, q.has("country") && q.has("count") && !filtered:
		a.projectSets(q)
	case q.has("country") && !filtered:
		a.projectSets(q)
	case q.has("client") && !q.has("count") && !filtered:
		a.projectSets(q)
	case q.has("count") && !q.has("list"):
		if len(all) == len(b.facts.projects) {
			a.say("projects.all", args{"N": len(all)})
		} else {
			a.say("projects.count", args{"N": len(all), "Of": len(b.facts.projects)})
		}
		if filtered {
			a.projectLines(q, all)
		} else {
			a.cite(b.facts.projectsHead)
		}
		a.derived(relProjects, "count", float64(len(all)))
	case q.has("scope", "client", "subject") && len(all) <= 2:
		for _, p := range all {
			a.projectDetail(q, p)
		}
	default:
		if filtered && q.has("exists") && !q.which && !q.has("client", "scope", "subject", "who", "where", "count") {
			a.say("yes", nil)
		}
		a.say("projects.list", args{"N": len(all)})
		a.projectLines(q, all)
		if !filtered {
			a.cite(b.facts.projectsHead)
		}
	}
	return a
}

// placesOf gives what tells whether a project is in one of the places of a
// query, nil where it names none. A continent beside one of its countries only
// says where that is.
func (b *Bot) placesOf(q *query) func(*project) bool {
	// Korea's projects are all of them.
	countries := slices.DeleteFunc(slices.Clone(q.ids("country")), func(c string) bool { return c == korea })
	regions := q.ids("region")
	continents := slices.DeleteFunc(slices.Clone(q.ids("continent")), func(c string) bool {
		return slices.ContainsFunc(countries, func(id string) bool { return b.base.ContinentOf(id) == c })
	})
	if len(countries)+len(regions)+len(continents) == 0 {
		return nil
	}
	return func(p *project) bool {
		return slices.ContainsFunc(countries, func(c string) bool { return slices.Contains(p.countries, c) }) ||
			slices.ContainsFunc(regions, func(r string) bool {
				e, ok := b.base.Entity(knowledge.Ref{Kind: knowledge.Region, ID: r})
				return slices.Contains(p.regions, r) || ok && strings.Contains(p.name, e.English())
			}) ||
			slices.ContainsFunc(continents, func(c string) bool {
				return slices.Contains(p.continents, c) || slices.ContainsFunc(p.countries, func(id string) bool { return b.base.ContinentOf(id) == c })
			})
	}
}

func (a *answer) projectName(p *project) string {
	e, ok := a.b.base.Entity(knowledge.Ref{Kind: knowledge.Project, ID: p.id})
	if !ok || a.lang == "en" || e.Name(a.lang) == p.name {
		return p.name
	}
	return e.Name(a.lang) + " (" + p.name + ")"
}

func (a *answer) places(p *project) string {
	var out []string
	for _, c := range p.countries {
		out = append(out, a.name(knowledge.Country, c))
	}
	for _, c := range p.continents {
		out = append(out, a.name(knowledge.Continent, c))
	}
	for _, r := range p.regions {
		out = append(out, a.name(knowledge.Region, r))
	}
	return a.enumerated(out)
}

func (a *answer) projectLines(q *query, list []*project) {
	for _, p := range list {
		a.parts = append(a.parts, "• "+a.text("projects.line", args{"Name": a.projectName(p), "Country": a.places(p), "Client": a.fullName(knowledge.Institution, p.client)}))
		a.useProject(p)
	}
}

func (a *answer) useProject(p *project) {
	a.cite(p.cite)
	a.note(p.notes...)
	a.facts = append(a.facts, Fact{Relation: relProjects, Key: p.id, Label: p.name, Value: p.client})
}

func (a *answer) projectDetail(q *query, p *project) {
	var work []string
	for i, w := range p.scope {
		if i < len(p.work) {
			if own := a.name(knowledge.WorkScope, p.work[i]); own != p.work[i] && a.lang != "en" {
				w = own + " (" + w + ")"
			}
		}
		work = append(work, w)
	}
	values := args{"Name": a.projectName(p), "Country": a.places(p), "Client": a.fullName(knowledge.Institution, p.client), "Work": a.items(work)}
	switch {
	case q.has("client") && !q.has("scope"):
		a.say("projects.client", values)
	case q.has("scope", "subject", "goal") && !q.has("client", "country", "continent", "where"):
		a.say("projects.scope", values)
	case q.has("country", "continent", "where") && !q.has("client", "scope"):
		a.say("projects.country", values)
	default:
		a.say("projects.detail", values)
	}
	a.useProject(p)
}

// projectSets lists the distinct countries or clients.
func (a *answer) projectSets(q *query) {
	var names []string
	add := func(s string) {
		if s != "" && !slices.Contains(names, s) {
			names = append(names, s)
		}
	}
	client := q.has("client")
	for _, p := range a.b.facts.projects {
		if client {
			add(a.fullName(knowledge.Institution, p.client))
		} else {
			add(a.places(p))
		}
	}
	key := "projects.countries"
	if client {
		key = "projects.clients"
	}
	a.say(key, args{"N": len(names), "Items": a.items(names)})
	a.cite(a.b.facts.projectsHead)
}

func (a *answer) projectTallies(q *query) {
	var list []tally
	for _, p := range a.b.facts.projects {
		k := p.client
		if !q.has("client", "who") {
			if len(p.countries) == 0 {
				continue
			}
			k = p.countries[0]
		}
		if i := slices.IndexFunc(list, func(t tally) bool { return t.id == k }); i >= 0 {
			list[i].n++
		} else {
			list = append(list, tally{k, 1})
		}
	}
	best := list[0]
	for _, t := range list {
		if t.n > best.n {
			best = t
		}
	}
	name := a.placeName(best.id)
	if q.has("client", "who") {
		name = a.fullName(knowledge.Institution, best.id)
	}
	if q.has("lowest") {
		a.decline("decline.nofigure", args{"About": a.text("about.projects", nil)})
		return
	}
	a.say("projects.most", args{"Name": name, "N": best.n, "Of": len(a.b.facts.projects)})
	a.cite(a.b.facts.projectsHead)
	a.derived(relProjects, best.id, float64(best.n))
}

// answerHospitals answers questions about the ranked hospitals.
func (b *Bot) answerHospitals(q *query, lang string) *answer {
	a := b.newAnswer(lang)
	list := b.facts.hospitals
	nowhere := func() *answer { return a.decline("decline.nofigure", args{"About": a.text("about."+q.Relation, nil)}) }
	// What is no hospital is ranked elsewhere, if at all.
	elsewhere := q.has("ranking") && !q.has("hospital", "whichhospital", "member", "exists", "isright", "negated", "list")
	if q.hasKind("xinst") {
		if elsewhere && !q.has("worldbest") {
			return nowhere()
		}
		a.say("no.hospital", args{"Name": q.Surface["xinst"], "N": len(list)})
		a.cite(b.facts.hospitalsHead)
		return a
	}
	if q.hasKind("place") && !q.hasKind("institution") {
		return a.decline("decline.word", args{"Topic": q.Surface["place"]}) // towns are not told
	}
	if len(q.Numbers) > 0 && q.Numbers[0] != float64(len(list)) && !(q.has("isright") && q.supposes()) {
		return a.decline("decline.general", nil) // the best five: the list has no order
	}
	known := false
	ids := q.ids("institution")
	listed := func(id string) bool { return slices.ContainsFunc(list, func(h hospital) bool { return h.id == id }) }
	if slices.ContainsFunc(ids, listed) { // of several that share a name, those of the list are meant
		ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(q.shared, id) && !listed(id) })
	}
	if elsewhere && slices.ContainsFunc(ids, func(id string) bool { return b.facts.owner[id] || !listed(id) && !b.treats(id) }) {
		return nowhere()
	}
	for _, id := range ids {
		if b.facts.owner[id] {
			continue
		}
		known = true
		name := a.fullName(knowledge.Institution, id)
		i := slices.IndexFunc(list, func(h hospital) bool { return h.id == id })
		if i < 0 {
			a.say("no.hospital", args{"Name": name, "N": len(list)})
			a.cite(b.facts.hospitalsHead)
			continue
		}
		a.say("hospitals.yes", args{"Name": name})
		a.cite(list[i].cite)
		a.facts = append(a.facts, Fact{Relation: relHospitals, Key: id, Label: list[i].name, Value: true})
	}
	if known && q.hasKind("ord") {
		return nowhere() // the place in it is not told
	}
	if known {
		return a
	}
	if !q.has("ranked", "worldbest") {
		return a.decline("decline.general", nil) // of the members only those in the ranking are told
	}
	if slices.Contains(q.ids("type"), "university") || q.has("university") {
		var out []hospital
		for _, h := range list {
			if strings.Contains(h.name, "University") {
				out = append(out, h)
			}
		}
		list = out
		a.say("hospitals.university", args{"N": len(list)})
	} else {
		a.say("hospitals.list", args{"N": len(list)})
	}
	var names, short []string
	for _, h := range list {
		names = append(names, a.fullName(knowledge.Institution, h.id))
		short = append(short, h.name)
		a.cite(h.cite)
		a.note(h.notes...)
	}
	if q.has("count") && !q.has("list") {
		a.derived(relHospitals, "count", float64(len(list)))
	}
	a.fit(names, short)
	return a
}
