package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"naru/internal/knowledge"
)

// search is what a reader looks for; empty fields restrict nothing. The names
// of its parameters are those of GET /api/v1/agreements.
type search struct {
	Scope, Continent, Country, Subject, Text string
	Year                                     string
	words                                    []string
}

func newSearch(q url.Values) search {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	s := search{
		Scope: get("scope"), Continent: get("continent"), Country: get("country"), Subject: get("subject"), Year: get("year"), Text: get("text"),
	}
	s.words = wanted(s.Text)
	return s
}

func (s search) empty() bool {
	return s.Scope == "" && s.Continent == "" && s.Country == "" && s.Subject == "" && s.Year == "" && s.Text == ""
}

func (s search) takes(e *entry) bool {
	return (s.Scope == "" || s.Scope == e.Scope) &&
		(s.Continent == "" || slices.Contains(strings.Fields(e.Continent), s.Continent)) &&
		(s.Country == "" || slices.Contains(strings.Fields(e.Country), s.Country)) &&
		(s.Subject == "" || slices.Contains(e.Topics, s.Subject)) &&
		(s.Year == "" || s.Year == strconv.Itoa(e.Year)) &&
		finds(e.Find, s.words)
}

// found is the data of network.html.
type found struct {
	*network
	Search search
	// Shown is how many entries are found, of All.
	Shown, All int
	taken      map[*entry]bool
}

// look marks what the search takes.
func (n *network) look(s search) found {
	f := found{network: n, Search: s, All: len(n.all), taken: make(map[*entry]bool, len(n.all))}
	if s.words == nil {
		s.words = wanted(s.Text)
	}
	for _, e := range n.all {
		if s.takes(e) {
			f.taken[e] = true
			f.Shown++
		}
	}
	return f
}

// Without tells whether nothing of a group, or not this entry, is found.
func (f found) Without(group any) bool {
	switch g := group.(type) {
	case *entry:
		return !f.taken[g]
	case nation:
		return !slices.ContainsFunc(g.Entries, func(e *entry) bool { return f.taken[e] })
	case year:
		return !slices.ContainsFunc(g.Entries, func(e *entry) bool { return f.taken[e] })
	case continent:
		return !slices.ContainsFunc(g.Nations, func(n nation) bool { return !f.Without(n) })
	}
	return false
}

// None tells whether nothing of a scope is found.
func (f found) None(scope string) bool {
	for e := range f.taken {
		if e.Scope == scope {
			return false
		}
	}
	return true
}

// choices is a select of the form.
type choices struct {
	Field, Label string
	// All is the choice that restricts nothing.
	All, Chosen string
	Options     []option
}

// Filters are the selects of the form.
func (f found) Filters(all string) []choices {
	s := f.Search
	scopes := []option{
		{string(knowledge.Overseas), f.Label("overseas"), f.Count("overseas")},
		{string(knowledge.Domestic), f.Label("domestic"), f.Count("domestic")},
		{scopeProjects, f.Series("projects"), f.Count(scopeProjects)},
	}
	return []choices{
		{"scope", f.Label("scope"), all, s.Scope, scopes},
		{"continent", f.Label("continent"), all, s.Continent, f.continents},
		{"country", f.Label("country"), all, s.Country, f.countries},
		{"year", f.Label("year"), all, s.Year, f.years},
		{"subject", f.Label("subject"), all, s.Subject, f.topics},
	}
}
