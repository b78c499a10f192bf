package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"naru/internal/lazy"
	"naru/internal/naru"
	"naru/internal/server"
)

// Charts has pictures of the statistics.
type Charts interface {
	// SVG finds a picture; false when there is none.
	SVG(name, language string) ([]byte, bool)
	// Policy is the Content-Security-Policy that lets a picture have its
	// style when it is opened by itself.
	Policy() string
}

// chartPattern names its parameter with the ending, which is how Gin takes a
// parameter that is the whole of a segment.
const chartPattern, chartParameter = "/charts/:name.svg", "name.svg"

// registerCharts serves GET /charts/{name}.svg. The pictures may be shown by
// other sites: all of it is published data.
func registerCharts(s *server.Server, charts Charts) {
	type key struct{ name, language string }
	served := lazy.New(func(k key) (server.Content, error) {
		svg, _ := charts.SVG(k.name, k.language)
		return server.NewContent("image/svg+xml", svg), nil
	})
	s.API().Handle(server.Route{Method: http.MethodGet, Pattern: chartPattern, CrossOrigin: true, Limit: server.LimitRead, Handler: func(c *gin.Context) error {
		name, isSVG := strings.CutSuffix(c.Param(chartParameter), ".svg")
		language := s.Language(c)
		if _, ok := charts.SVG(name, language); !isSVG || !ok {
			return naru.NewError(naru.KindNotFound, "not_found", nil)
		}
		picture, err := served.Get(key{name, language})
		if err != nil {
			return err
		}
		header := c.Writer.Header()
		header.Set("Content-Language", language)
		header.Set("Content-Security-Policy", charts.Policy())
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
		header.Add("Vary", "Accept-Language")
		return picture.Serve(c, "public, max-age=300")
	}})
}
