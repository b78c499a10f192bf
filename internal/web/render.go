package web

import (
	"bytes"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/lazy"
	"naru/internal/server"
)

// renderer holds the parsed pages.
type renderer struct {
	options Options
	pages   map[string]*template.Template
	// texts are those that say the same on every page: setting one takes long
	// beside everything else that a page is made of.
	texts *lazy.Map[textKey, string]
}

// newRenderer parses the layout with the files of each page: web/<name>.html
// and those of the parts it shares with others. A name is "page" or
// "page part part".
func newRenderer(o Options, names []string) (*renderer, error) {
	r := &renderer{options: o, pages: make(map[string]*template.Template)}
	r.texts = lazy.New(func(k textKey) (string, error) { return r.text(k.language, k.key, map[string]any{}) })
	for _, name := range names {
		files := []string{"web/layout.html"}
		parts := strings.Fields(name)
		for _, part := range parts {
			files = append(files, "web/"+part+".html")
		}
		t, err := template.New("layout.html").Option("missingkey=error").Funcs(template.FuncMap{"unbroken": o.unbroken}).ParseFS(o.Templates, files...)
		if err != nil {
			return nil, fmt.Errorf("web: page %s: %w", parts[0], err)
		}
		r.pages[parts[0]] = t
	}
	return r, nil
}

// page is what every template gets.
type page struct {
	render *renderer
	// Name of the template, Language of the page.
	Name, Language string
	// way is the address below the language, query that behind it.
	way   string
	query url.Values
	// Data is the page's own.
	Data any
}

// newPage describes the page that the request asks for.
func (r *renderer) newPage(c *gin.Context, name, language string, data any) page {
	p := page{render: r, Name: name, Language: language, Data: data}
	first, way, _ := strings.Cut(strings.TrimPrefix(c.Request.URL.Path, "/"), "/")
	if first == language {
		p.way, p.query = way, c.Request.URL.Query()
		// The switcher decides the language from here on.
		p.query.Del("language")
	}
	return p
}

// html writes the page.
func (r *renderer) html(p page) ([]byte, error) {
	var b bytes.Buffer
	if err := r.pages[p.Name].Execute(&b, p); err != nil {
		return nil, fmt.Errorf("render page %s: %w", p.Name, err)
	}
	return b.Bytes(), nil
}

// T returns a text in the language of the page; pairs are the names and values
// of its placeholders.
func (p page) T(key string, pairs ...any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("text %s: a placeholder without a value", key)
	}
	if len(pairs) == 0 {
		return p.render.texts.Get(textKey{p.Language, key})
	}
	args := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		args[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return p.render.text(p.Language, key, args)
}

// textKey names a text without placeholders of its own.
type textKey struct{ language, key string }

// text fills a text in and sets it for a page.
func (r *renderer) text(language, key string, args map[string]any) (string, error) {
	args["Center"], args["Association"] = r.options.Center[language], r.options.Association[language]
	text := r.options.Catalog.Text(language, key, args)
	if text == key {
		return "", fmt.Errorf("no text %s", key)
	}
	return r.options.Typography.Set(language, text), nil
}

// Colon stands between a name and what it is, and brings its own space.
func (p page) Colon() (string, error) { return p.T("format.item", "Label", "", "Value", "") }

// scoped is a page with one thing on it, for templates of parts.
type scoped struct {
	page
	It any
}

// With passes a part of the data to a template that needs the page as well.
func (p page) With(it any) scoped { return scoped{p, it} }

// Mailbox takes an e-mail address apart, so that it can end a line well.
func (p page) Mailbox(address string) mailbox { return mailbox(address) }

// mailbox is an e-mail address.
type mailbox string

// Local is what stands before the @.
func (m mailbox) Local() string {
	local, _, _ := strings.Cut(string(m), "@")
	return local
}

// Host is the rest, with the @.
func (m mailbox) Host() string { return strings.TrimPrefix(string(m), m.Local()) }

// Lines are the lines of a text, for paragraphs of their own.
func (p page) Lines(text string) []string {
	return strings.Split(strings.TrimSpace(p.Set(text)), "\n")
}

// unbroken keeps together what is of one word in a text as printed, in English.
func (o *Options) unbroken(text any) string { return o.Typography.Set("en", fmt.Sprint(text)) }

// Set keeps together in a text what no line may take apart.
func (p page) Set(text string) string { return p.render.options.Typography.Set(p.Language, text) }

// Bytes writes a size.
func (p page) Bytes(n int64) string { return p.render.options.Catalog.Bytes(p.Language, n) }

// Direction is "ltr" or "rtl".
func (p page) Direction() string { return p.render.options.Direction(p.Language) }

// Asset is the address of a static file.
func (p page) Asset(name string) string { return p.render.options.Assets.URL(name) }

// Logo stands before the desk's name, nil for naru's mark; LogoDark is for dark
// screens.
func (p page) Logo() *Logo { return p.render.options.Look.Logo }

// LogoDark is nil where Logo is for all screens.
func (p page) LogoDark() *Logo { return p.render.options.Look.LogoDark }

// ThemeColour is what browsers colour around the page.
func (p page) ThemeColour() string {
	if p.render.options.Look.Accent != "" {
		return p.render.options.Look.Accent
	}
	return "#0d5b63"
}

// Home is the address of the start page.
func (p page) Home() string { return "/" + p.Language + "/" }

// Public is an absolute address of this site.
func (p page) Public(address string) string { return p.render.options.PublicURL + address }

// Time writes a time for people and for machines.
func (p page) Time(t time.Time) moment {
	return moment{t.UTC().Format(time.RFC3339), p.render.options.Typography.Time(p.Language, p.render.options.Catalog.DateTime(p.Language, t, p.render.options.Zone))}
}

type moment struct{ Machine, Text string }

// other is this page in a language.
type other struct {
	Language, Name, Direction, Address string
	Current                            bool
}

// Others lists the page in all languages offered.
func (p page) Others() []other {
	all := make([]other, 0, len(p.render.options.Languages))
	for _, language := range p.render.options.Languages {
		address := url.URL{Path: "/" + language + "/" + p.way, RawQuery: p.query.Encode()}
		all = append(all, other{
			Language: language, Name: p.render.options.Catalog.Text(language, "site.language_name", nil),
			Direction: p.render.options.Direction(language), Address: address.String(), Current: language == p.Language,
		})
	}
	return all
}

// send answers with a page.
func (p *pages) send(c *gin.Context, status int, name string, data any) error {
	body, err := p.render.html(p.render.newPage(c, name, p.server.Language(c), data))
	if err != nil {
		return err
	}
	c.Header("Content-Language", p.server.Language(c))
	server.HTML(c, status, body)
	return nil
}
