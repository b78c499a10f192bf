package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"naru/internal/naru"
)

// Problem is what a client learns of a failure (RFC 9457). All texts are in
// the language of the request.
type Problem struct {
	// Type is the address of the code's description.
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Instance names the request, for questions about it.
	Instance string `json:"instance"`
	// Code is stable and made for programs.
	Code   string         `json:"code"`
	Errors []FieldProblem `json:"errors,omitempty"`

	// RequestID and Language are for error pages.
	RequestID string `json:"-"`
	Language  string `json:"-"`
}

// FieldProblem says what is wrong with one field.
type FieldProblem struct {
	// Pointer is a JSON pointer (RFC 6901) into the request body.
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// ErrorPage renders a problem as a page for people.
type ErrorPage func(*gin.Context, Problem) ([]byte, error)

// SetErrorPage decides how problems look in a browser; without it they are
// JSON everywhere. Call it before Serve.
func (s *Server) SetErrorPage(page ErrorPage) { s.errorPage = page }

var errPanicked = errors.New("handler panicked")

// statusClientGone is what the log and the metrics show for requests whose
// client left; nobody receives it.
const statusClientGone = 499

// statuses and the code whose sentences serve when a more special code has
// none.
var kinds = map[naru.ErrorKind]struct {
	status int
	code   string
}{
	naru.KindInternal:         {http.StatusInternalServerError, "internal"},
	naru.KindMalformed:        {http.StatusBadRequest, "malformed"},
	naru.KindInvalid:          {http.StatusUnprocessableEntity, "invalid"},
	naru.KindNotFound:         {http.StatusNotFound, "not_found"},
	naru.KindConflict:         {http.StatusConflict, "conflict"},
	naru.KindTooLarge:         {http.StatusRequestEntityTooLarge, "body_too_large"},
	naru.KindUnsupportedType:  {http.StatusUnsupportedMediaType, "unsupported_media_type"},
	naru.KindRateLimited:      {http.StatusTooManyRequests, "rate_limited"},
	naru.KindUnavailable:      {http.StatusServiceUnavailable, "unavailable"},
	naru.KindForbidden:        {http.StatusForbidden, "forbidden"},
	naru.KindMethodNotAllowed: {http.StatusMethodNotAllowed, "method_not_allowed"},
}

// fail answers a request with the problem that err is.
func (s *Server) fail(c *gin.Context, err error) {
	x := exchangeOf(c)
	if x.client.Err() != nil && x.Err() == context.Canceled {
		x.code = "client_gone"
		if !c.Writer.Written() {
			c.Status(statusClientGone)
		}
		return
	}
	failure := describe(err)
	x.code = failure.Code
	s.logFailure(c, failure, err)
	if c.Writer.Written() {
		// Too late for an answer: cut the connection, so that the client sees
		// that its file is not whole.
		panic(http.ErrAbortHandler)
	}
	kind, known := kinds[failure.Kind]
	if !known {
		kind = kinds[naru.KindInternal]
	}
	header := c.Writer.Header()
	if wait := retryAfter(failure); wait > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	problem := s.problem(c, failure, kind.status, kind.code)
	defer s.linger(c, failure.Kind)()
	header.Set("Content-Language", problem.Language)
	header.Add("Vary", "Accept-Language")
	header.Del("Content-Disposition")
	header.Set("Cache-Control", "no-store")
	if s.errorPage != nil && areaOf(c) == areaPages && Prefers(c.GetHeader("Accept"), "application/json", "text/html") == "text/html" {
		header.Add("Vary", "Accept")
		page, err := s.errorPage(c, problem)
		if err == nil {
			HTML(c, problem.Status, page)
			return
		}
		s.log.ErrorContext(c.Request.Context(), "error page could not be rendered", "error", err)
	}
	writeJSON(c, problem.Status, "application/problem+json", problem)
}

func (s *Server) logFailure(c *gin.Context, failure *naru.Error, err error) {
	// What the client did wrong is in the access log, by its code.
	ctx := c.Request.Context()
	switch {
	case errors.Is(err, errPanicked): // logged with its stack
	case failure.Kind == naru.KindInternal:
		s.log.ErrorContext(ctx, "request failed", "code", failure.Code, "route", c.FullPath(), "error", err)
	case failure.Kind == naru.KindUnavailable && failure.Code != "overloaded":
		s.log.WarnContext(ctx, "request could not be served for now", "code", failure.Code, "route", c.FullPath(), "error", err)
	}
}

func retryAfter(failure *naru.Error) time.Duration {
	if failure.RetryAfter == 0 && (failure.Kind == naru.KindUnavailable || failure.Kind == naru.KindRateLimited) {
		return 5 * time.Second
	}
	return failure.RetryAfter
}

// problem says a failure in the language of the request.
func (s *Server) problem(c *gin.Context, failure *naru.Error, status int, general string) Problem {
	language, id := s.Language(c), RequestID(c)
	code := failure.Code
	if failure.Kind == naru.KindInternal || code == "" {
		code = general
	}
	p := Problem{
		Type: s.public.JoinPath("docs").String() + "#problem-" + code, Status: status, Code: code,
		Title:    s.sentence(language, "problem."+code+".title", "problem."+general+".title", failure.Args),
		Detail:   s.sentence(language, "problem."+code+".detail", "problem."+general+".detail", failure.Args),
		Instance: "urn:naru:request:" + id, RequestID: id, Language: language,
	}
	for _, f := range failure.Fields {
		args := map[string]any{"Field": s.fieldName(language, f.Pointer)}
		maps.Copy(args, f.Args)
		p.Errors = append(p.Errors, FieldProblem{
			Pointer: f.Pointer, Code: f.Code, Detail: s.sentence(language, "field."+f.Code, "field.invalid", args),
		})
	}
	return p
}

// sentence returns the first of two messages that exists.
func (s *Server) sentence(language, key, otherwise string, args map[string]any) string {
	if text := s.options.Catalog.Text(language, key, args); text != key {
		return text
	}
	return s.options.Catalog.Text(language, otherwise, args)
}

// fieldName returns the name people know the field by. A field the catalogue
// does not name is called as in the body.
func (s *Server) fieldName(language, pointer string) string {
	tokens := strings.Split(pointer, "/")
	name := ""
	for i := len(tokens) - 1; i >= 0 && name == ""; i-- {
		// An index says nothing: /attachments/0 is about attachments.
		if strings.Trim(tokens[i], "0123456789") != "" {
			name = strings.NewReplacer("~1", "/", "~0", "~").Replace(tokens[i])
		}
	}
	key := "field_name." + name
	if text := s.options.Catalog.Text(language, key, nil); text != key {
		return text
	}
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60]) + "…"
	}
	return name
}

// JSON answers with a value as application/json.
func JSON(c *gin.Context, status int, value any) { writeJSON(c, status, "application/json", value) }

func writeJSON(c *gin.Context, status int, mediaType string, value any) {
	body := jsonBodies.Get().(*bytes.Buffer)
	body.Reset()
	if err := json.NewEncoder(body).Encode(value); err != nil {
		panic(err) // our own types: a value that JSON cannot hold is a bug
	}
	c.Writer.Header()["Content-Length"] = []string{strconv.Itoa(body.Len())}
	c.Data(status, mediaType, body.Bytes())
	if body.Cap() <= keptBody {
		jsonBodies.Put(body)
	}
}

// keptBody is the length in bytes up to which the room for an answer is kept for
// the next.
const keptBody = 16 << 10

var jsonBodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}
