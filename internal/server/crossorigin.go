package server

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"naru/internal/naru"
)

// preflightAge is how long browsers may remember what a preflight said, in
// seconds; none keeps it longer than two hours.
const preflightAge = "7200"

// crossOrigin lets pages of the configured origins read the answer. It comes
// before everything else of the route, so that they can also read a refusal.
func (s *Server) crossOrigin(c *gin.Context) {
	header := c.Writer.Header()
	// Without it a cache would give one site the leave meant for another.
	header.Add("Vary", "Origin")
	if origin := c.GetHeader("Origin"); slices.Contains(s.options.Origins, origin) {
		header.Set("Access-Control-Allow-Origin", origin)
	}
}

// preflight answers the question whether a request of the method may be made.
func (s *Server) preflight(method string) Handler {
	return func(c *gin.Context) error {
		header := c.Writer.Header()
		header.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
		if header.Get("Access-Control-Allow-Origin") == "" {
			return naru.NewError(naru.KindForbidden, "cross_origin", nil)
		}
		header.Set("Access-Control-Allow-Methods", method)
		header.Set("Access-Control-Allow-Headers", "Content-Type")
		header.Set("Access-Control-Max-Age", preflightAge)
		c.Status(http.StatusNoContent)
		return nil
	}
}
