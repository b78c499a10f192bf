package server

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/locale"
	"naru/internal/naru"
)

// Handler serves a request or returns why it could not. It must not have
// written anything when it returns an error, unless it streams.
type Handler func(*gin.Context) error

// Route is one operation.
type Route struct {
	// Method and Pattern as Gin takes them, e.g. "/api/v1/inquiries/:reference".
	// HEAD is served wherever GET is.
	Method, Pattern string
	Handler         Handler
	// Limit is the rate limit that applies; "" for none.
	Limit Limit
	// BodyLimit is the largest request body in bytes; zero means the
	// server's BodyLimit. Requests that declare more are refused before the
	// body is read.
	BodyLimit int64
	// Transfer tells which requests are uploads or downloads: they may take
	// TransferTimeout as long as they move on, have places of their own, and
	// bodies of up to TransferLimit bytes. Nil means none.
	Transfer      func(*http.Request) bool
	TransferLimit int64
	// TooLarge is what a transfer is refused with that declares more than
	// TransferLimit; nil means the general "body_too_large".
	TooLarge *naru.Error
	// Memory: the handler answers from memory and reads no body, so that there is
	// nothing to bound.
	Memory bool
	// Quiet routes are logged at debug level only.
	Quiet bool
	// CrossOrigin routes may be asked, and their answers read, by pages of
	// Options.Origins.
	CrossOrigin bool
	// AnyOrigin pages take forms from everywhere. For what changes nothing.
	AnyOrigin bool
}

// Always is a Route's Transfer that takes all requests.
func Always(*http.Request) bool { return true }

// Multipart is a Route's Transfer that takes forms with files.
func Multipart(r *http.Request) bool {
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), "multipart/form-data")
}

func (r Route) transfers(request *http.Request) bool {
	return r.Transfer != nil && r.Transfer(request)
}

// area is a family of routes that treat requests alike.
type area int

const (
	areaOperations area = iota // health and metrics: never shed
	areaAPI
	areaPages
)

// Group registers routes of one family.
type Group struct {
	server *Server
	area   area
}

// Operations returns the group for health and metrics, which answers even
// when the server is full.
func (s *Server) Operations() *Group { return &Group{s, areaOperations} }

// API returns the group for programs: problems are always JSON.
func (s *Server) API() *Group { return &Group{s, areaAPI} }

// Pages returns the group for browsers: problems are pages where a page is
// preferred, and requests that change something must come from our own pages.
func (s *Server) Pages() *Group { return &Group{s, areaPages} }

// takenRoute is what the middleware needs to know of the route that took a
// request.
type takenRoute struct {
	area  area
	quiet bool
}

// Handle registers a route. It panics when the pattern contradicts another,
// as Gin does.
func (g *Group) Handle(r Route) {
	s := g.server
	taken := &takenRoute{g.area, r.Quiet}
	chain := []gin.HandlerFunc{func(c *gin.Context) { exchangeOf(c).route = taken }}
	if r.CrossOrigin {
		chain = append(chain, s.crossOrigin)
		if r.Method != http.MethodGet {
			s.engine.Handle(http.MethodOptions, r.Pattern, append(slices.Clip(chain), s.handle(s.preflight(r.Method)))...)
		}
	}
	if g.area != areaOperations {
		chain = append(chain, s.admit(r))
	}
	if g.area == areaPages && !r.AnyOrigin {
		chain = append(chain, s.handle(s.sameOrigin))
	}
	if r.Limit != "" {
		chain = append(chain, s.handle(s.rateLimit(r.Limit)))
	}
	if !r.Memory {
		chain = append(chain, s.handle(s.bound(r)))
	}
	chain = append(chain, s.handle(r.Handler))
	s.engine.Handle(r.Method, r.Pattern, chain...)
	if r.Method == http.MethodGet {
		s.engine.Handle(http.MethodHead, r.Pattern, chain...)
	}
}

// handle adapts a Handler; after an error nothing further runs.
func (s *Server) handle(h Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			c.Abort()
			s.fail(c, err)
		}
	}
}

// admit takes a place for the request, or refuses it.
func (s *Server) admit(r Route) gin.HandlerFunc {
	return func(c *gin.Context) {
		leave, reason := s.place(c, r)
		if leave == nil {
			s.options.Metrics.Shed(reason)
			c.Abort()
			s.fail(c, &naru.Error{Kind: naru.KindUnavailable, Code: "overloaded", RetryAfter: 2 * time.Second})
			return
		}
		defer leave()
		c.Next()
	}
}

// place returns how to give the place of the request back, nil where there is
// none, and of which kind it is.
func (s *Server) place(c *gin.Context, r Route) (leave func(), kind string) {
	if r.transfers(c.Request) {
		network, limited := s.client(c)
		if !limited {
			network = netip.Addr{}
		}
		return s.transfers.enter(network), "transfers"
	}
	if !s.requests.enter() {
		return nil, "requests"
	}
	return s.requests.leave, "requests"
}

// bound limits the size of the body and the time of the request.
func (s *Server) bound(r Route) Handler {
	bodyLimit := r.BodyLimit
	if bodyLimit <= 0 {
		bodyLimit = s.options.BodyLimit
	}
	return func(c *gin.Context) error {
		limit, timeout, transfer := bodyLimit, s.options.RequestTimeout, r.transfers(c.Request)
		if transfer {
			limit, timeout = max(limit, r.TransferLimit), s.options.TransferTimeout
		}
		if c.Request.ContentLength > limit && transfer && r.TooLarge != nil {
			return r.TooLarge
		}
		if c.Request.ContentLength > limit {
			return &naru.Error{Kind: naru.KindTooLarge, Code: "body_too_large", Args: map[string]any{"Max": locale.Size(limit)}}
		}
		x := exchangeOf(c)
		var cancel context.CancelFunc
		x.Context, cancel = context.WithTimeout(x.Context, timeout)
		defer cancel()
		if c.Request.ContentLength < 0 { // else net/http reads no more than was declared
			c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
		}
		if transfer {
			s.keepMoving(c, timeout)
		}
		c.Next()
		return nil
	}
}

func (s *Server) sameOrigin(c *gin.Context) error {
	if err := s.crossCheck.Check(c.Request); err != nil {
		return naru.NewError(naru.KindForbidden, "cross_origin", err)
	}
	return nil
}

func noRoute(*gin.Context) error {
	return naru.NewError(naru.KindNotFound, "not_found", nil)
}

func noMethod(*gin.Context) error {
	return naru.NewError(naru.KindMethodNotAllowed, "method_not_allowed", nil)
}

// describe brings errors of the standard library into terms of package naru.
func describe(err error) *naru.Error {
	var known *naru.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &naru.Error{Kind: naru.KindTooLarge, Code: "body_too_large", Args: map[string]any{"Max": locale.Size(tooLarge.Limit)}, Cause: err}
	case errors.As(err, &known) && known.Kind != naru.KindInternal:
		return known
	case errors.Is(err, context.DeadlineExceeded):
		return &naru.Error{Kind: naru.KindUnavailable, Code: "unavailable", RetryAfter: 5 * time.Second, Cause: err}
	}
	return naru.AsError(err)
}

// areaOf tells which family a request belongs to, also where no route took it.
func areaOf(c *gin.Context) area {
	if r := exchangeOf(c).route; r != nil {
		return r.area
	}
	if strings.HasPrefix(c.Request.URL.Path, "/api/") {
		return areaAPI
	}
	return areaPages
}
