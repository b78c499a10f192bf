package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"naru/internal/intake"
	"naru/internal/lazy"
	"naru/internal/server"
)

// Meta tells what a form needs in a language, one of naru.Languages.
type Meta interface {
	Meta(language string) intake.Meta
}

// registerMeta serves GET /api/v1/meta. What it says changes only with the
// configuration, so it is written once.
func registerMeta(s *server.Server, meta Meta) {
	answers := lazy.New(func(language string) (server.Content, error) {
		body, err := json.Marshal(meta.Meta(language))
		if err != nil {
			return server.Content{}, fmt.Errorf("write what forms need: %w", err)
		}
		return server.NewContent("application/json", body), nil
	})
	s.API().Handle(server.Route{Method: http.MethodGet, Pattern: "/api/v1/meta", Limit: server.LimitRead, Handler: func(c *gin.Context) error {
		language := s.Language(c)
		answer, err := answers.Get(language)
		if err != nil {
			return err
		}
		c.Header("Content-Language", language)
		c.Writer.Header().Add("Vary", "Accept-Language")
		return answer.Serve(c, "public, max-age=300")
	}})
}
