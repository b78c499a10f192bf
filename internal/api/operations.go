package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"naru/internal/server"
	"naru/internal/telemetry"
)

// RegisterOperations adds /healthz, /readyz and /metrics alone, for processes
// that serve nothing else. Metrics may be nil.
func RegisterOperations(s *server.Server, health *telemetry.Health, metrics *telemetry.Metrics) {
	routes := s.Operations()
	routes.Handle(server.Route{Method: http.MethodGet, Pattern: "/healthz", Quiet: true, Handler: func(c *gin.Context) error {
		server.JSON(c, http.StatusOK, map[string]string{"status": "ok"})
		return nil
	}})
	routes.Handle(server.Route{Method: http.MethodGet, Pattern: "/readyz", Quiet: true, Handler: func(c *gin.Context) error {
		readiness := health.Ready(c.Request.Context())
		status := http.StatusOK
		if !readiness.Ready() {
			status = http.StatusServiceUnavailable
			c.Header("Retry-After", "5")
		}
		server.JSON(c, status, readiness)
		return nil
	}})
	if metrics == nil {
		return
	}
	handler := metrics.Handler()
	routes.Handle(server.Route{Method: http.MethodGet, Pattern: "/metrics", Quiet: true, Handler: func(c *gin.Context) error {
		handler.ServeHTTP(c.Writer, c.Request)
		return nil
	}})
}
