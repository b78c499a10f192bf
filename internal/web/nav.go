package web

// place is a page that the navigation leads to. It is shown when its template
// was loaded; its name is the message nav.<Name>.
type place struct {
	// Name is that of the template, way the address below the language.
	Name, way string
}

// The places in the head of every page, and those in its foot.
var (
	mainPlaces = []place{
		{"chat", "chat"},
		{"patient", "patient"},
		{"partner", "partner"},
		{"followup", "follow-up"},
		{"network", "network"},
		{"figures", "figures"},
		{"questions", "questions"},
		{"contacts", "contacts"},
	}
	footPlaces = []place{{"privacy", "privacy"}, {"accessibility", "accessibility"}}
)

// link is a place as a page shows it.
type link struct {
	Label, Address string
	// Language is that of the label where it is not the page's.
	Language string
	// Current: it is the page shown.
	Current bool
}

// Main lists the links in the head of the page.
func (p page) Main() ([]link, error) { return p.links(mainPlaces, true) }

// Foot lists the links in the foot of the page.
func (p page) Foot() ([]link, error) { return p.links(footPlaces, false) }

func (p page) links(places []place, menu bool) ([]link, error) {
	all := make([]link, 0, len(places))
	for _, l := range places {
		if !p.Has(l.Name) {
			continue
		}
		label, err := p.T("nav." + l.Name)
		if err != nil {
			return nil, err
		}
		all = append(all, link{Label: label, Address: p.Way(l.way), Current: p.way == l.way})
	}
	return append(all, p.extraLinks(menu)...), nil
}

// Has tells whether there is a page of the name.
func (p page) Has(name string) bool {
	return p.render.pages[name] != nil && (name != chatWay || p.render.options.Chat != nil)
}

// Way is the address of a page in the language of this one; way stands below
// the language: "patient".
func (p page) Way(way string) string { return "/" + p.Language + "/" + way }

// Canonical is the one absolute address of the page.
func (p page) Canonical() string { return p.Public(p.Way(p.way)) }

// Default is the absolute address for readers of none of the languages: the
// start page chooses by what the browser says, all others are in the first
// language offered.
func (p page) Default() string {
	if p.way == "" {
		return p.Public("/")
	}
	return p.Public("/" + p.render.options.Languages[0] + "/" + p.way)
}
