package api

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"naru/internal/intake"
	"naru/internal/naru"
	"naru/internal/server"
)

// Meta tells what a form needs in a language, one of naru.Languages.
type Meta interface {
	Meta(language string) intake.Meta
}

// registerMeta serves GET /api/v1/meta. What it says changes only with the
// configuration, so it is written once.
func registerMeta(s *server.Server, meta Meta) {
	answers := make(map[string]server.Content, len(naru.Languages))
	for _, language := range naru.Languages {
		body, err := json.Marshal(meta.Meta(language))
		if err != nil {
			panic(err) // our own type: a value that JSON cannot hold is a bug
		}
		answers[language] = server.NewContent("application/json", body)
	}
	s.API().Handle(server.Route{Method: http.MethodGet, Pattern: "/api/v1/meta", Limit: server.LimitRead, Handler: func(c *gin.Context) error {
		language := s.Language(c)
		c.Header("Content-Language", language)
		c.Writer.Header().Add("Vary", "Accept-Language")
		return answers[language].Serve(c, "public, max-age=300")
	}})
}
