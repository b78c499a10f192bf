// Package web is naru for people: the start page, the page that shows what
// became of an inquiry, the documents that teams open from their mail, error
// pages, and the files that pages load.
//
// Pages are made on the server from templates and the message catalogue, work
// without a script, and load nothing from elsewhere. Every address has the
// language in front (/{language}/…); pages about a person are kept by nobody.
// All templates are read, every page is rehearsed and every static file loaded
// at the start, so that a broken one stops the program there. Pages that are the
// same for all readers are made when the first one comes, and kept. Everything
// is safe for concurrent use.
package web

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/casefile"
	"naru/internal/lazy"
	"naru/internal/naru"
	"naru/internal/server"
	"naru/internal/telemetry"
	"naru/internal/typeset"
)

// Catalog holds the texts of pages.
type Catalog interface {
	Text(language, key string, args map[string]any) string
	// DateTime writes a time as the language does, with the name of its zone.
	DateTime(language string, t time.Time, zone *time.Location) string
	Date(language string, t time.Time) string
	Bytes(language string, n int64) string
	// Decimal writes unscaled / 10^scale with all digits.
	Decimal(language string, unscaled int64, scale int) string
}

// Cases opens inquiries and documents for those who hold their secret.
type Cases interface {
	Open(ctx context.Context, reference, secret string) (casefile.File, error)
	OpenDocument(ctx context.Context, id, secret string) (casefile.Document, error)
	// Locate returns the secret of a case to those who know its number and
	// the e-mail address of its writer; KindNotFound for all others.
	Locate(ctx context.Context, reference, email string) (naru.Reference, string, error)
}

// Options of the pages. All fields are required except where noted.
type Options struct {
	Inquiries Inquiries
	Additions Additions
	Uploads   Uploads
	Cases     Cases
	Catalog   Catalog
	// Content is what the pages of the dataset are made from.
	Content Content
	// Institutions are names that the partner form suggests. May be nil.
	Institutions []string
	// Metrics may be nil.
	Metrics *telemetry.Metrics
	// Clock tells the time; nil means time.Now. LeastReview is how long the
	// page before sending must have been shown; zero means a second.
	Clock       func() time.Time
	LeastReview time.Duration
	// Guard asks suspicious senders for proof; nil: nobody is.
	Guard Guard
	// Chat answers in the talks; nil: there are none. Remember is how long it
	// remembers a conversation; zero means 30 minutes.
	Chat     Chat
	Remember time.Duration
	// Typography tells where lines may end.
	Typography *typeset.Setter
	// Templates holds web/ and static/.
	Templates fs.FS
	Assets    *Assets
	// Look is what the operator changes.
	Look Look
	// Languages are those offered; nil means naru.Languages.
	Languages []string
	// Trusted: templates and texts are known to work, so that pages are rehearsed
	// in the first language alone; otherwise in all.
	Trusted bool
	// Direction returns "rtl" or "ltr" for a language.
	Direction func(language string) string
	// Teams are shown as contacts.
	Teams []naru.Team
	// Center and Association are the names of the two houses, by language.
	Center, Association map[string]string
	// PublicURL is where people reach the program, without a slash at the
	// end.
	PublicURL string
	// Zone is the time zone that times are told in.
	Zone *time.Location
}

type pages struct {
	options Options
	server  *server.Server
	routes  *server.Group
	render  *renderer
	forms   *forms
}

// section is a family of pages.
type section struct {
	// templates are the pages, each with the parts it shares: "form parts".
	templates []string
	// register prepares the pages and adds their routes.
	register func(*pages) error
}

func sections() []section {
	return []section{
		{[]string{"error"}, (*pages).registerProblem},
		{[]string{"home talk"}, (*pages).registerHome},
		{[]string{"patient form fields", "partner form fields", "review"}, (*pages).registerForms},
		{[]string{"status fields"}, (*pages).registerStatus},
		{[]string{"erasure"}, (*pages).registerAdditions},
		{[]string{"receipt"}, (*pages).registerReceipt},
		{[]string{"chat talk"}, (*pages).registerChat},
		{[]string{"followup"}, (*pages).registerFollowup},
		{[]string{"network source", "figures source", "questions source talk", "contacts source", "privacy source", "accessibility source"}, (*pages).registerContent},
		{[]string{"extra"}, (*pages).registerExtra},
	}
}

// Register adds all routes, and makes error pages of problems.
func Register(s *server.Server, o Options) error {
	switch {
	case o.Cases == nil, o.Catalog == nil, o.Templates == nil, o.Assets == nil, o.Typography == nil, o.Direction == nil, o.Zone == nil:
		return errors.New("web: Cases, Catalog, Templates, Assets, Typography, Direction and Zone are required")
	case o.PublicURL == "":
		return errors.New("web: PublicURL is required")
	}
	if o.Languages == nil {
		o.Languages = naru.Languages
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Remember == 0 {
		o.Remember = 30 * time.Minute
	}
	if o.LeastReview == 0 {
		o.LeastReview = time.Second
	}
	all := sections()
	var names []string
	for _, one := range all {
		names = append(names, one.templates...)
	}
	render, err := newRenderer(o, names)
	if err != nil {
		return err
	}
	p := &pages{options: o, server: s, routes: s.Pages(), render: render}
	for _, one := range all {
		if err := one.register(p); err != nil {
			return err
		}
	}
	p.get("/", server.LimitRead, p.negotiate)
	p.get("/:language", server.LimitRead, p.in(p.addSlash))
	p.routes.Handle(server.Route{Method: http.MethodGet, Pattern: "/static/:file", CrossOrigin: true, Memory: true, Handler: o.Assets.serve})
	if err := p.registerWidget(); err != nil {
		return err
	}
	p.routes.Handle(server.Route{Method: http.MethodGet, Pattern: "/attachments/:id", Limit: server.LimitLookup, Handler: p.document, Transfer: server.Always})
	return nil
}

// get adds a route.
func (p *pages) get(pattern string, limit server.Limit, h server.Handler) {
	p.routes.Handle(server.Route{Method: http.MethodGet, Pattern: pattern, Limit: limit, Handler: h})
}

// keep adds a route that answers from memory.
func (p *pages) keep(pattern string, limit server.Limit, h server.Handler) {
	p.routes.Handle(server.Route{Method: http.MethodGet, Pattern: pattern, Limit: limit, Handler: h, Memory: true})
}

// in serves a page in the language of its address; others are not found.
func (p *pages) in(h server.Handler) server.Handler {
	return func(c *gin.Context) error {
		language := c.Param("language")
		if !slices.Contains(p.options.Languages, language) {
			return naru.NewError(naru.KindNotFound, "not_found", nil)
		}
		server.SetLanguage(c, language)
		return h(c)
	}
}

// negotiate sends visitors of / to the start page in their language.
func (p *pages) negotiate(c *gin.Context) error {
	language := p.server.Language(c)
	if !slices.Contains(p.options.Languages, language) {
		language = p.options.Languages[0]
	}
	c.Writer.Header().Add("Vary", "Accept-Language")
	c.Redirect(http.StatusFound, "/"+language+"/")
	return nil
}

// addSlash sends /{language} to /{language}/.
func (p *pages) addSlash(c *gin.Context) error {
	c.Redirect(http.StatusPermanentRedirect, "/"+c.Param("language")+"/")
	return nil
}

// same serves a page that is the same for all readers of a language. Way is
// its address below the language; data returns what the template gets, and is
// called once for each language at most.
func (p *pages) same(name, way string, data func(language string) any) error {
	contents := lazy.New(func(language string) (kept, error) {
		return p.keepPage(page{render: p.render, Name: name, Language: language, way: way, Data: data(language)})
	})
	p.keep("/:language/"+way, server.LimitRead, p.in(func(c *gin.Context) error {
		found, err := contents.Get(c.Param("language"))
		if err != nil {
			return err
		}
		return found.serve(c)
	}))
	return p.inEach(func(language string) error {
		_, err := contents.Get(language)
		return err
	})
}

// kept is a page that is the same for all readers of a language.
type kept struct {
	server.Content
	language []string
}

func (p *pages) keepPage(made page) (kept, error) {
	body, err := p.render.html(made)
	if err != nil {
		return kept{}, err
	}
	return kept{server.NewContent("text/html; charset=utf-8", body), []string{made.Language}}, nil
}

func (k kept) serve(c *gin.Context) error {
	c.Writer.Header()["Content-Language"] = k.language
	return k.Serve(c, "public, max-age=300")
}

// inEach does something in every language in which pages are rehearsed.
func (p *pages) inEach(do func(language string) error) error {
	languages := p.options.Languages
	if p.options.Trusted {
		languages = languages[:1]
	}
	for _, language := range languages {
		if err := do(language); err != nil {
			return err
		}
	}
	return nil
}
