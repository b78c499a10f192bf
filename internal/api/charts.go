package api

import (
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

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
	var served sync.Map // key → server.Content: compressed when first asked for
	s.API().Handle(server.Route{Method: http.MethodGet, Pattern: chartPattern, CrossOrigin: true, Limit: server.LimitRead, Handler: func(c *gin.Context) error {
		name, isSVG := strings.CutSuffix(c.Param(chartParameter), ".svg")
		language := s.Language(c)
		svg, ok := charts.SVG(name, language)
		if !isSVG || !ok {
			return naru.NewError(naru.KindNotFound, "not_found", nil)
		}
		picture, ok := served.Load(key{name, language})
		if !ok {
			picture = server.NewContent("image/svg+xml", svg)
			served.Store(key{name, language}, picture)
		}
		header := c.Writer.Header()
		header.Set("Content-Language", language)
		header.Set("Content-Security-Policy", charts.Policy())
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
		header.Add("Vary", "Accept-Language")
		return picture.(server.Content).Serve(c, "public, max-age=300")
	}})
}
