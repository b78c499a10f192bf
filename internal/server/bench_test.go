package server

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"naru/internal/bucket"
	"naru/internal/locale"
	"naru/internal/telemetry"
)

// BenchmarkEdge measures what a request costs in this package alone, beside
// the same handler in Gin without anything around it.
func BenchmarkEdge(b *testing.B) {
	texts, err := catalog()
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(Options{
		PublicURL: "https://naru.example", Catalog: texts, Match: locale.Match, Metrics: telemetry.NewMetrics(),
		Logger: slog.New(slog.NewJSONHandler(io.Discard, nil)), Rates: Rates{Read: []bucket.Rate{{PerSecond: 1e9, Burst: 1e9}}},
	})
	if err != nil {
		b.Fatal(err)
	}
	s.API().Handle(Route{Method: http.MethodGet, Pattern: "/thing/:id", Limit: LimitRead, Handler: ok})
	bare := gin.New()
	bare.GET("/thing/:id", func(c *gin.Context) { _ = ok(c) })
	for name, handler := range map[string]http.Handler{"ours": s.Handler(), "bare": bare} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, "/thing/7", nil)
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
