package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"naru/internal/knowledge"
	"naru/internal/lazy"
	"naru/internal/server"
)

// scopeProjects is beside the scopes of agreements the third value of the
// filter "scope".
const scopeProjects = "projects"

// networkNotes must stay in sight wherever the lists are shown.
var networkNotes = []string{"list-undated", "overseas-rows", "overseas-undated", "territory-as-listed", "turkey-in-europe", "domestic-count", "two-owners"}

// network is the dataset as the page shows it in one language: the same for
// all readers, and only marked by what each looks for.
type network struct {
	words
	Notes []string
	Map   []bubble
	World worldmap
	// Ranking counts the overseas agreements by country, most first.
	Ranking []share
	// Countries is how many countries or territories overseas agreements are
	// listed under.
	Countries int
	Overseas  []continent
	Domestic  []year
	Projects  []*entry
	Sources   []quotation
	all       []*entry
	continents, countries, topics,
	years []option
}

// continent and nation group the overseas agreements as the page lists them.
type continent struct {
	Name    string
	Nations []nation
}

type nation struct {
	// Name is empty for entries without a country.
	Name    string
	Entries []*entry
}

// year groups the domestic agreements.
type year struct {
	Year    int
	Entries []*entry
}

// entry is an agreement or a project.
type entry struct {
	ID, Scope, Continent, Country string
	Year                          int
	Topics                        []string
	Name                          string
	// Printed is the English name where it differs from Name.
	Printed string
	Date    dated
	// Subject and what is printed for it, where that differs.
	Subject, SubjectPrinted string
	// Place, Client and Work are those of a project.
	Place, Client string
	Work, Notes   []string
	// Find is what the search looks through.
	Find string
}

// share is a country in the ranking.
type share struct {
	ID, Name string
	Count    int
	// Width is of 100.
	Width   string
	Address string
}

// option is a choice of a filter.
type option struct {
	Value, Name string
	Count       int
}

func (p *pages) registerNetwork() error {
	type prepared struct {
		*network
		whole kept
	}
	all := lazy.New(func(language string) (prepared, error) {
		n, err := newNetwork(p.words(language))
		if err != nil {
			return prepared{}, fmt.Errorf("web: network: %w", err)
		}
		whole, err := p.keepPage(page{render: p.render, Name: "network", Language: language, way: "network", Data: n.look(search{})})
		return prepared{n, whole}, err
	})
	p.keep("/:language/network", server.LimitRead, p.in(func(c *gin.Context) error {
		found, err := all.Get(c.Param("language"))
		if err != nil {
			return err
		}
		if c.Request.URL.RawQuery != "" {
			if search := newSearch(c.Request.URL.Query()); !search.empty() {
				server.Cache(c, "public, max-age=300")
				return p.send(c, http.StatusOK, "network", found.look(search))
			}
		}
		return found.whole.serve(c)
	}))
	return p.inEach(func(language string) error {
		found, err := all.Get(language)
		if err != nil {
			return err
		}
		nothing := found.look(search{Scope: scopeProjects, Text: "nothing has these words"})
		_, err = p.render.html(page{render: p.render, Name: "network", Language: language, way: "network", Data: nothing})
		return err
	})
}

// Count is how many entries there are of a scope.
func (n *network) Count(scope string) int {
	count := 0
	for _, e := range n.all {
		if e.Scope == scope {
			count++
		}
	}
	return count
}

// newNetwork prepares everything that does not depend on the reader.
func newNetwork(w words) (*network, error) {
	world, err := readWorldmap()
	if err != nil {
		return nil, err
	}
	n := &network{words: w, World: world, Notes: w.notes(networkNotes...)}
	counts := tally{}
	for i, a := range w.base.Agreements() {
		e := w.agreement(&w.base.Agreements()[i])
		n.all = append(n.all, e)
		if a.Scope == knowledge.Domestic {
			n.addDomestic(e)
		} else {
			n.addOverseas(e, counts)
		}
	}
	for i := range w.base.Projects() {
		e := w.project(&w.base.Projects()[i])
		n.all, n.Projects = append(n.all, e), append(n.Projects, e)
	}
	n.rank(counts)
	n.Map = world.bubbles(counts, w)
	n.collectOptions()
	seen := map[string]bool{}
	for _, rows := range w.base.Rows() {
		q := w.quotation(rows.Citation())
		if (rows.Agreement != nil || rows.Project != nil) && !seen[q.Section] {
			seen[q.Section] = true
			n.Sources = append(n.Sources, q)
		}
	}
	return n, nil
}

// tally counts entries by an id.
type tally map[string]int

func (n *network) addOverseas(e *entry, counts tally) {
	place, country := capital(n.Name(knowledge.Continent, e.Continent)), ""
	if e.Continent == "" {
		place = ""
	}
	if e.Country != "" {
		counts[e.Country]++
		country = n.Name(knowledge.Country, e.Country)
	}
	i := slices.IndexFunc(n.Overseas, func(c continent) bool { return c.Name == place })
	if i < 0 {
		i, n.Overseas = len(n.Overseas), append(n.Overseas, continent{Name: place})
	}
	c := &n.Overseas[i]
	j := slices.IndexFunc(c.Nations, func(n nation) bool { return n.Name == country })
	if j < 0 {
		j, c.Nations = len(c.Nations), append(c.Nations, nation{Name: country})
	}
	c.Nations[j].Entries = append(c.Nations[j].Entries, e)
}

func (n *network) addDomestic(e *entry) {
	i := slices.IndexFunc(n.Domestic, func(y year) bool { return y.Year == e.Year })
	if i < 0 {
		i, n.Domestic = len(n.Domestic), append(n.Domestic, year{Year: e.Year})
	}
	n.Domestic[i].Entries = append(n.Domestic[i].Entries, e)
}

func (w words) agreement(a *knowledge.Agreement) *entry {
	e := &entry{
		ID: a.ID, Scope: string(a.Scope), Continent: a.Continent, Country: a.Country, Year: a.Date.Year, Date: w.date(a.Date), Topics: a.Topics(),
		Name: w.Name(knowledge.Institution, a.Institution), Notes: w.notes(a.Notes...),
	}
	texts := append(w.called(knowledge.Institution, a.Institution), a.Name)
	if e.Name != a.Name {
		e.Printed = a.Name
	}
	if s := a.SubjectEntity(); s != nil {
		e.Subject = s.Name(w.language)
		if e.Subject != a.Subject {
			e.SubjectPrinted = a.Subject
		}
		texts = append(append(texts, e.Subject, a.Subject), w.names(knowledge.Topic, e.Topics)...)
	}
	texts = append(append(texts, w.called(knowledge.Country, a.Country)...), w.called(knowledge.Continent, a.Continent)...)
	e.Find = findable(append(texts, a.Date.String())...)
	return e
}

func (w words) project(r *knowledge.ProjectRecord) *entry {
	continents := slices.Clone(r.Continents)
	for _, c := range r.Countries {
		if continent := w.base.ContinentOf(c); continent != "" && !slices.Contains(continents, continent) {
			continents = append(continents, continent)
		}
	}
	places := slices.Concat(w.names(knowledge.Country, r.Countries), w.names(knowledge.Continent, r.Continents), w.names(knowledge.Region, r.Regions))
	e := &entry{
		ID: r.ID, Scope: scopeProjects, Continent: strings.Join(continents, " "), Country: strings.Join(r.Countries, " "), Year: r.Year,
		Name: w.Name(knowledge.Project, r.Project), Place: strings.Join(places, " · "), Client: w.Name(knowledge.Institution, r.Client), Notes: w.notes(r.Notes...),
	}
	if e.Name != r.Name {
		e.Printed = r.Name
	}
	texts := slices.Concat(w.called(knowledge.Project, r.Project), w.called(knowledge.Institution, r.Client), places, []string{r.Name, r.ClientPrinted})
	for _, item := range r.Work {
		work := w.Name(knowledge.WorkScope, item.Item)
		e.Work = append(e.Work, capital(work))
		texts = append(texts, work, item.Printed)
	}
	for _, c := range continents {
		texts = append(texts, w.Name(knowledge.Continent, c))
	}
	if r.Year != 0 {
		texts = append(texts, strconv.Itoa(r.Year))
	}
	e.Find = findable(texts...)
	return e
}

// called are the names of an entity in the language and in English.
func (w words) called(kind knowledge.Kind, id string) []string {
	e, ok := w.base.Entity(knowledge.Ref{Kind: kind, ID: id})
	if !ok {
		return nil
	}
	return append(e.All(w.language), e.All(knowledge.Languages[0])...)
}

// rank orders the countries by their agreements, then by name.
func (n *network) rank(counts tally) {
	most := 1
	for id, count := range counts {
		most = max(most, count)
		query := url.Values{"scope": {string(knowledge.Overseas)}, "country": {id}}
		n.Ranking = append(n.Ranking, share{ID: id, Name: n.Name(knowledge.Country, id), Count: count, Address: "?" + query.Encode() + "#found"})
	}
	collator := n.collator()
	slices.SortFunc(n.Ranking, func(a, b share) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return collator.CompareString(a.Name, b.Name)
	})
	for i := range n.Ranking {
		n.Ranking[i].Width = attribute(float64(n.Ranking[i].Count) / float64(most) * 100)
	}
	n.Countries = len(n.Ranking)
}

func (w words) collator() *collate.Collator {
	return collate.New(language.Make(w.language), collate.IgnoreCase)
}

func (n *network) collectOptions() {
	continents, countries, topics, years := tally{}, tally{}, tally{}, tally{}
	for _, e := range n.all {
		for id := range strings.FieldsSeq(e.Continent) {
			continents[id]++
		}
		for id := range strings.FieldsSeq(e.Country) {
			countries[id]++
		}
		for _, id := range e.Topics {
			topics[id]++
		}
		if e.Year != 0 {
			years[strconv.Itoa(e.Year)]++
		}
	}
	options := func(counts tally, kind knowledge.Kind) []option {
		var all []option
		for id, count := range counts {
			name := id
			if kind != "" {
				name = capital(n.Name(kind, id))
			}
			all = append(all, option{id, name, count})
		}
		collator := n.collator()
		slices.SortFunc(all, func(a, b option) int { return collator.CompareString(a.Name, b.Name) })
		return all
	}
	n.continents, n.countries = options(continents, knowledge.Continent), options(countries, knowledge.Country)
	n.topics, n.years = options(topics, knowledge.Topic), options(years, "")
	slices.SortStableFunc(n.topics, func(a, b option) int { return b.Count - a.Count })
	slices.Reverse(n.years)
}
