package web

import (
	"github.com/gin-gonic/gin"

	"naru/internal/server"
)

// contact is a team as visitors see it.
type contact struct{ Name, Email, Phone string }

// homes makes the start page in every language, once: it is the same for all.
func (p *pages) homes() (server.Handler, error) {
	contents := make(map[string]server.Content, len(p.options.Languages))
	for _, language := range p.options.Languages {
		body, err := p.render.html(page{render: p.render, Name: "home", Language: language, Data: p.contacts(language)})
		if err != nil {
			return nil, err
		}
		contents[language] = server.NewContent("text/html; charset=utf-8", body)
	}
	return func(c *gin.Context) error {
		language := c.Param("language")
		c.Header("Content-Language", language)
		return contents[language].Serve(c, "public, max-age=300")
	}, nil
}

// contacts lists the teams that people may write to. The fallback team hears
// of mails that failed and is no address for visitors.
func (p *pages) contacts(language string) []contact {
	var all []contact
	for _, t := range p.options.Teams {
		if !t.Fallback || len(p.options.Teams) == 1 {
			all = append(all, contact{t.Name(language), t.Email, t.Phone})
		}
	}
	return all
}
