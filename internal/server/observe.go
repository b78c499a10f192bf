package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// observe gives the request its id, catches panics, and logs and measures how
// it ended. The log names the route's pattern and nothing that the client
// sent.
func (s *Server) observe(c *gin.Context) {
	started := time.Now()
	id := requestID(c.GetHeader("X-Request-Id"))
	x := begin(c, id)
	c.Writer.Header()["X-Request-Id"] = []string{id}
	s.options.Metrics.RequestsInFlight(1)
	defer func() {
		panicked := recover()
		aborted := s.recovered(c, panicked)
		took := time.Since(started)
		s.options.Metrics.RequestsInFlight(-1)
		s.options.Metrics.RequestServed(c.FullPath(), c.Request.Method, c.Writer.Status(), took)
		s.logRequest(c, x, took)
		if aborted {
			panic(http.ErrAbortHandler)
		}
	}()
	c.Next()
}

func (s *Server) logRequest(c *gin.Context, x *exchange, took time.Duration) {
	level, status := slog.LevelInfo, c.Writer.Status()
	if x.route != nil && x.route.quiet && status < http.StatusInternalServerError {
		level = slog.LevelDebug
	}
	if !s.log.Enabled(x, level) {
		return
	}
	// Where in the code it is logged is always here, and costs time to find out.
	record := slog.NewRecord(time.Now(), level, "request served", 0)
	record.AddAttrs(
		slog.String("method", boundedMethod(c.Request.Method)), slog.String("route", c.FullPath()), slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000), slog.Int("bytes", max(0, c.Writer.Size())),
	)
	if x.code != "" {
		record.AddAttrs(slog.String("code", x.code))
	}
	// That the request's context has ended concerns no log (slog.Handler), and a
	// log that cannot be written can be told to nobody.
	_ = s.log.Handler().Handle(x, record)
}

func boundedMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// recovered answers for a panic and tells whether the connection must be cut,
// because a part of another answer has gone out already.
func (s *Server) recovered(c *gin.Context, panicked any) (abort bool) {
	if panicked == nil {
		return false
	}
	if err, ok := panicked.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return true
	}
	// What a library panics with may quote its input: only errors of the
	// runtime are known not to.
	what := fmt.Sprintf("%T", panicked)
	if err, ok := panicked.(runtime.Error); ok {
		what = err.Error()
	}
	s.log.ErrorContext(c.Request.Context(), "handler panicked", "panic", what, "route", c.FullPath(), "stack", string(debug.Stack()))
	if c.Writer.Written() {
		return true
	}
	c.Abort()
	s.fail(c, errPanicked)
	return false
}
