package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/bucket"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/telemetry"
)

// catalog is the real one, of the area that holds problems.
var catalog = sync.OnceValues(func() (*locale.Catalog, error) {
	return locale.Load(os.DirFS("../../config/locales"), "api")
})

// journal keeps the log of a server.
type journal struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// running is a server that listens on a port of its own.
type running struct {
	*Server
	url string
	log *journal
	// stopped gets what Serve returned.
	stopped chan error
}

// start runs a server with the routes that register adds.
func start(t *testing.T, o Options, register func(*Server)) *running {
	t.Helper()
	texts, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	r := &running{log: &journal{}, stopped: make(chan error, 1)}
	if o.PublicURL == "" {
		o.PublicURL = "http://naru.example"
	}
	if o.Logger, err = telemetry.NewLogger("debug", "json", r.log); err != nil {
		t.Fatal(err)
	}
	o.Catalog, o.Match = texts, locale.Match
	if r.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	if register != nil {
		register(r.Server)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.url = "http://" + l.Addr().String()
	go func() { r.stopped <- r.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := r.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
	return r
}

// get adds a route that answers as h does.
func get(pattern string, h Handler) func(*Server) {
	return func(s *Server) { s.API().Handle(Route{Method: http.MethodGet, Pattern: pattern, Handler: h}) }
}

func ok(c *gin.Context) error {
	JSON(c, http.StatusOK, map[string]string{"status": "ok"})
	return nil
}

// answer is a response that was read.
type answer struct {
	*http.Response
	body []byte
}

func (a answer) problem(t *testing.T) Problem {
	t.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("Content-Type %q, status %d, body %.200q", got, a.StatusCode, a.body)
	}
	var p Problem
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != a.StatusCode || p.Instance != "urn:naru:request:"+a.Header.Get("X-Request-Id") || p.Title == "" || p.Type != "http://naru.example/docs#problem-"+p.Code {
		t.Errorf("problem %+v with status %d", p, a.StatusCode)
	}
	return p
}

// do sends a request; header holds names and values.
func (r *running) do(t *testing.T, method, path string, body io.Reader, header ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, r.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response, content}
}

// records returns the log's lines with the message.
func (j *journal) records(t *testing.T, message string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(j.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if record["msg"] == message {
			all = append(all, record)
		}
	}
	return all
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not within 10 s", what)
		}
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	texts, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	good := Options{PublicURL: "https://naru.example", Catalog: texts, Match: locale.Match}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Options){
		"no address":       func(o *Options) { o.PublicURL = "" },
		"another scheme":   func(o *Options) { o.PublicURL = "ftp://naru.example" },
		"no catalogue":     func(o *Options) { o.Catalog = nil },
		"no languages":     func(o *Options) { o.Match = nil },
		"unreadable proxy": func(o *Options) { o.TrustedProxies = []string{"proxy"} },
		"unreadable net":   func(o *Options) { o.UnlimitedClients = []string{"10.0.0.0/99"} },
		"no randomness":    func(o *Options) { o.Random = strings.NewReader("short") },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: New succeeded", name)
		}
	}
}

func TestEveryErrorKindIsAProblemThatHidesItsCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("pq: password authentication failed for user aigerim@example.org")
	r := start(t, Options{}, get("/fail/:kind", func(c *gin.Context) error {
		var kind int
		if _, err := fmt.Sscan(c.Param("kind"), &kind); err != nil {
			return err
		}
		return fmt.Errorf("deep inside: %w", naru.NewError(naru.ErrorKind(kind), "conflict", cause))
	}))
	for kind, want := range map[naru.ErrorKind]int{
		naru.KindInternal: 500, naru.KindMalformed: 400, naru.KindInvalid: 422, naru.KindNotFound: 404, naru.KindConflict: 409,
		naru.KindTooLarge: 413, naru.KindUnsupportedType: 415, naru.KindRateLimited: 429, naru.KindUnavailable: 503, naru.KindForbidden: 403, naru.KindMethodNotAllowed: 405,
	} {
		a := r.do(t, http.MethodGet, fmt.Sprintf("/fail/%d", kind), nil)
		p := a.problem(t)
		if p.Status != want {
			t.Errorf("kind %d: status %d, want %d", kind, p.Status, want)
		}
		if kind == naru.KindInternal && p.Code != "internal" {
			t.Errorf("an internal failure shows its code %q", p.Code)
		}
		if bytes.Contains(a.body, []byte("password")) || bytes.Contains(a.body, []byte("deep inside")) {
			t.Errorf("kind %d: the cause is shown: %s", kind, a.body)
		}
		if retry := a.Header.Get("Retry-After"); (retry != "") != (want == 429 || want == 503) {
			t.Errorf("kind %d: Retry-After %q", kind, retry)
		}
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("kind %d: Cache-Control %q", kind, a.Header.Get("Cache-Control"))
		}
	}
	if n := len(r.log.records(t, "request failed")); n != 1 {
		t.Errorf("%d internal failures are logged, want 1", n)
	}
}

func TestProblemsSpeakTheLanguageOfTheRequest(t *testing.T) {
	t.Parallel()
	texts, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, Options{}, get("/wrong", func(c *gin.Context) error {
		SetLanguage(c, c.Query("set"))
		return &naru.Error{Kind: naru.KindInvalid, Code: "invalid", Fields: []naru.FieldError{
			{Pointer: "/consents/0/id", Code: "required"}, {Pointer: "/<b>\u202e~1x", Code: "unheard_of"},
		}}
	}))
	for _, row := range []struct{ query, accept, want string }{
		{"", "", "en"},
		{"", "kk-KZ,kk;q=0.9,ru;q=0.8", "kk"},
		{"?language=ar", "kk", "ar"},
		{"?language=ar&set=vi", "kk", "vi"},
		{"?set=tlh", "mn", "mn"},
		{"?language=" + strings.Repeat("x", 5000), "ja", "ja"},
		{"?language=%00%ff", "zh-TW", "zh-Hans"},
	} {
		a := r.do(t, http.MethodGet, "/wrong"+row.query, nil, "Accept-Language", row.accept)
		p := a.problem(t)
		if got := a.Header.Get("Content-Language"); got != row.want || p.Title != texts.Text(row.want, "problem.invalid.title", nil) {
			t.Errorf("%.60s %q: language %q, title %q; want %s", row.query, row.accept, got, p.Title, row.want)
		}
		if len(p.Errors) != 2 || p.Errors[0].Pointer != "/consents/0/id" || p.Errors[0].Code != "required" || p.Errors[0].Detail == "" {
			t.Errorf("errors %+v", p.Errors)
		}
		if strings.ContainsRune(p.Errors[1].Detail, '\u202e') || !strings.Contains(p.Errors[1].Detail, "/x") {
			t.Errorf("name of an unknown field: %q", p.Errors[1].Detail)
		}
	}
}

func TestUnknownRoutesAndMethods(t *testing.T) {
	t.Parallel()
	r := start(t, Options{}, func(s *Server) {
		get("/api/v1/thing", ok)(s)
		s.API().Handle(Route{Method: http.MethodPost, Pattern: "/api/v1/thing", Handler: ok})
		s.SetErrorPage(func(_ *gin.Context, p Problem) ([]byte, error) { return []byte("<p>" + p.Code + " " + p.Language), nil })
	})
	if p := r.do(t, http.MethodGet, "/nowhere", nil).problem(t); p.Status != 404 || p.Code != "not_found" {
		t.Errorf("unknown path: %+v", p)
	}
	a := r.do(t, http.MethodDelete, "/api/v1/thing", nil)
	if p := a.problem(t); p.Status != 405 || p.Code != "method_not_allowed" {
		t.Errorf("unknown method: %+v", p)
	}
	for _, method := range []string{"GET", "HEAD", "POST"} {
		if !strings.Contains(a.Header.Get("Allow"), method) {
			t.Errorf("Allow %q lacks %s", a.Header.Get("Allow"), method)
		}
	}
	browser := []string{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}
	page := r.do(t, http.MethodGet, "/ko/nowhere", nil, browser...)
	if page.StatusCode != 404 || string(page.body) != "<p>not_found ko" || !strings.Contains(page.Header.Get("Content-Security-Policy"), "style-src 'self'") ||
		page.Header.Get("Cross-Origin-Opener-Policy") != "same-origin" || !strings.Contains(page.Header.Get("Permissions-Policy"), "camera=()") {
		t.Errorf("error page: %d %s %q", page.StatusCode, page.body, page.Header)
	}
	r.do(t, http.MethodGet, "/api/v1/nowhere", nil, browser...).problem(t)
}

func TestRequestIDsAndSecurityHeaders(t *testing.T) {
	t.Parallel()
	var seen string
	r := start(t, Options{PublicURL: "https://naru.example"}, get("/id", func(c *gin.Context) error {
		seen = telemetry.RequestID(c.Request.Context())
		return ok(c)
	}))
	if a := r.do(t, http.MethodGet, "/id", nil, "X-Request-Id", "trace-0123_abc"); a.Header.Get("X-Request-Id") != "trace-0123_abc" || seen != "trace-0123_abc" {
		t.Errorf("a harmless id is not kept: %q, %q", a.Header.Get("X-Request-Id"), seen)
	}
	for _, bad := range []string{"", "short", strings.Repeat("a", 65), "mail@example.org", "a b c d e f g h", "<script>alert(1)", "žluťoučký"} {
		if a := r.do(t, http.MethodGet, "/id", nil, "X-Request-Id", bad); a.Header.Get("X-Request-Id") == bad || len(a.Header.Get("X-Request-Id")) != 36 {
			t.Errorf("id %q became %q", bad, a.Header.Get("X-Request-Id"))
		}
	}
	header := r.do(t, http.MethodGet, "/id", nil).Header
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
		"Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if header.Get("Server") != "" || header.Get("X-Powered-By") != "" {
		t.Errorf("the software is named: %v", header)
	}
	plain := start(t, Options{}, get("/id", ok))
	if plain.do(t, http.MethodGet, "/id", nil).Header.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS without https")
	}
}

func TestTheLogNamesRoutesNotRequests(t *testing.T) {
	t.Parallel()
	r := start(t, Options{}, get("/cases/:number", ok))
	r.do(t, http.MethodGet, "/cases/SECRETNUMBER?key=SECRETKEY", nil, "User-Agent", "SECRETAGENT", "Referer", "http://SECRETREFERER/")
	r.do(t, http.MethodGet, "/SECRETPATH/@x", nil)
	eventually(t, "two requests logged", func() bool { return len(r.log.records(t, "request served")) == 2 })
	if log := r.log.String(); strings.Contains(log, "SECRET") || strings.Contains(log, "127.0.0.1") {
		t.Errorf("log tells too much:\n%s", log)
	}
	first := r.log.records(t, "request served")[0]
	if first["route"] != "/cases/:number" || first["method"] != "GET" || first["status"] != 200.0 || first["bytes"] == 0.0 || first["request_id"] == nil || first["duration_ms"] == nil {
		t.Errorf("record %v", first)
	}
}

func TestPanicsBecomeProblems(t *testing.T) {
	t.Parallel()
	r := start(t, Options{}, func(s *Server) {
		get("/boom", func(*gin.Context) error { panic("the mail of aigerim@example.org") })(s)
		get("/late", func(c *gin.Context) error {
			c.Header("Content-Length", "1000")
			c.Writer.WriteHeader(http.StatusOK)
			if _, err := c.Writer.WriteString("half of the"); err != nil {
				return err
			}
			c.Writer.Flush()
			return errors.New("the rest is gone")
		})(s)
	})
	a := r.do(t, http.MethodGet, "/boom", nil)
	if p := a.problem(t); p.Status != 500 || p.Code != "internal" {
		t.Errorf("problem %+v", p)
	}
	records := r.log.records(t, "handler panicked")
	if len(records) != 1 || !strings.Contains(records[0]["stack"].(string), "server_test.go") || records[0]["panic"] != "string" || strings.Contains(r.log.String(), "aigerim") {
		t.Errorf("log %s", r.log)
	}
	response, err := http.Get(r.url + "/late")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("an answer that broke off looks whole: %q", body)
	}
	if got := r.do(t, http.MethodGet, "/boom", nil).StatusCode; got != 500 {
		t.Errorf("after a cut connection the server answers %d", got)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	read := make(chan int, 10)
	r := start(t, Options{BodyLimit: 1000}, func(s *Server) {
		h := func(c *gin.Context) error {
			body, err := io.ReadAll(c.Request.Body)
			read <- len(body)
			if err != nil {
				return fmt.Errorf("read body: %w", naru.NewError(naru.KindMalformed, "malformed", err))
			}
			return ok(c)
		}
		s.API().Handle(Route{Method: http.MethodPost, Pattern: "/small", Handler: h})
		s.API().Handle(Route{Method: http.MethodPost, Pattern: "/large", Handler: h, Transfer: Multipart, TransferLimit: 5000})
	})
	form := []string{"Content-Type", "multipart/form-data; boundary=x"}
	for _, row := range []struct {
		path   string
		size   int
		header []string
		want   int
	}{
		{"/small", 1000, nil, 200},
		{"/small", 1001, nil, 413},
		{"/small", 1001, form, 413},
		{"/large", 5000, form, 200},
		{"/large", 5001, form, 413},
		{"/large", 1001, nil, 413},
	} {
		body := strings.Repeat("a", row.size)
		if got := r.do(t, http.MethodPost, row.path, strings.NewReader(body), row.header...); got.StatusCode != row.want {
			t.Errorf("%s with %d bytes: %d, want %d", row.path, row.size, got.StatusCode, row.want)
		} else if row.want == 413 && got.problem(t).Code != "body_too_large" {
			t.Errorf("%s: %s", row.path, got.body)
		} else if row.want == 200 {
			<-read
		}
		// Without a declared length the limit is met while reading.
		if got := r.do(t, http.MethodPost, row.path, io.MultiReader(strings.NewReader(body)), row.header...); got.StatusCode != row.want {
			t.Errorf("%s with %d bytes in chunks: %d, want %d", row.path, row.size, got.StatusCode, row.want)
		} else if n := <-read; n > 5000 {
			t.Errorf("%d bytes were read", n)
		}
	}
}

// A transfer that declares too much is told what its route says of it, any
// other request the general text.
func TestTransfersSayWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	r := start(t, Options{BodyLimit: 1000}, func(s *Server) {
		s.API().Handle(Route{
			Method: http.MethodPost, Pattern: "/file", Handler: ok, Transfer: Multipart, TransferLimit: 5000,
			TooLarge: &naru.Error{Kind: naru.KindTooLarge, Code: "attachment_too_large", Args: map[string]any{"Max": locale.Size(4000)}},
		})
	})
	body := strings.Repeat("a", 5001)
	p := r.do(t, http.MethodPost, "/file", strings.NewReader(body), "Content-Type", "multipart/form-data; boundary=x").problem(t)
	if p.Status != 413 || p.Code != "attachment_too_large" {
		t.Errorf("a form: %+v", p)
	}
	if p := r.do(t, http.MethodPost, "/file", strings.NewReader(body)).problem(t); p.Status != 413 || p.Code != "body_too_large" {
		t.Errorf("no form: %+v", p)
	}
}

func TestOtherSitesCannotPostToPages(t *testing.T) {
	t.Parallel()
	r := start(t, Options{}, func(s *Server) {
		s.Pages().Handle(Route{Method: http.MethodPost, Pattern: "/form", Handler: ok})
		s.API().Handle(Route{Method: http.MethodPost, Pattern: "/api/v1/form", Handler: ok})
	})
	foreign := []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}
	if a := r.do(t, http.MethodPost, "/form", nil, foreign...); a.StatusCode != 403 || a.problem(t).Code != "cross_origin" {
		t.Errorf("a form of another site: %d", a.StatusCode)
	}
	for name, header := range map[string][]string{"our own": {"Sec-Fetch-Site", "same-origin"}, "our public address": {"Origin", "http://naru.example"}, "a program": nil} {
		if a := r.do(t, http.MethodPost, "/form", nil, header...); a.StatusCode != 200 {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	if a := r.do(t, http.MethodPost, "/api/v1/form", nil, foreign...); a.StatusCode != 200 {
		t.Errorf("the API, which knows no cookies: %d", a.StatusCode)
	}
}

func TestConfiguredSitesMayAsk(t *testing.T) {
	t.Parallel()
	const friend = "https://www.friend.example"
	r := start(t, Options{Origins: []string{friend, "http://friend.example:8081"}, Rates: Rates{Read: []bucket.Rate{{PerSecond: 0.001, Burst: 1}}}}, func(s *Server) {
		s.API().Handle(Route{Method: http.MethodPost, Pattern: "/api/v1/ask", Handler: ok, CrossOrigin: true})
		s.API().Handle(Route{Method: http.MethodGet, Pattern: "/picture", Handler: ok, CrossOrigin: true, Limit: LimitRead})
		s.API().Handle(Route{Method: http.MethodPost, Pattern: "/api/v1/other", Handler: ok})
		s.Pages().Handle(Route{Method: http.MethodPost, Pattern: "/begin", Handler: ok, AnyOrigin: true})
	})
	ask := func(method, path, origin string, header ...string) answer {
		return r.do(t, method, path, nil, append(header, "Origin", origin, "Sec-Fetch-Site", "cross-site")...)
	}
	may := func(a answer) string { return a.Header.Get("Access-Control-Allow-Origin") }
	varies := func(a answer) bool { return slices.Contains(a.Header.Values("Vary"), "Origin") }
	for _, origin := range []string{friend, "http://friend.example:8081"} {
		before := ask(http.MethodOptions, "/api/v1/ask", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
		if before.StatusCode != 204 || may(before) != origin || before.Header.Get("Access-Control-Allow-Methods") != "POST" || before.Header.Get("Access-Control-Allow-Headers") != "Content-Type" || before.Header.Get("Access-Control-Max-Age") == "" || !varies(before) {
			t.Errorf("preflight from %s: %d %v", origin, before.StatusCode, before.Header)
		}
		if a := ask(http.MethodPost, "/api/v1/ask", origin); a.StatusCode != 200 || may(a) != origin || !varies(a) || a.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("question from %s: %d %v", origin, a.StatusCode, a.Header)
		}
	}
	for _, origin := range []string{"https://evil.example", "https://www.friend.example.evil.example", "http://www.friend.example", "HTTPS://WWW.FRIEND.EXAMPLE", "null", "", "*"} {
		before := ask(http.MethodOptions, "/api/v1/ask", origin, "Access-Control-Request-Method", "POST")
		if before.StatusCode != 403 || may(before) != "" || before.problem(t).Code != "cross_origin" || !varies(before) {
			t.Errorf("preflight from %q: %d %v", origin, before.StatusCode, before.Header)
		}
		if a := ask(http.MethodPost, "/api/v1/ask", origin); may(a) != "" || !varies(a) {
			t.Errorf("question from %q: %v", origin, a.Header)
		}
	}
	if a := ask(http.MethodPost, "/api/v1/other", friend); may(a) != "" {
		t.Error("a route that is not marked lets other sites read")
	}
	if a := ask(http.MethodOptions, "/api/v1/other", friend, "Access-Control-Request-Method", "POST"); a.StatusCode != 405 || may(a) != "" {
		t.Errorf("preflight of a route that is not marked: %d", a.StatusCode)
	}
	// A refusal can be read as well.
	first, second := ask(http.MethodGet, "/picture", friend), ask(http.MethodGet, "/picture", friend)
	if first.StatusCode != 200 || second.StatusCode != 429 || may(second) != friend || !varies(second) {
		t.Errorf("too often: %d, %d %v", first.StatusCode, second.StatusCode, second.Header)
	}
	if a := ask(http.MethodPost, "/begin", "null"); a.StatusCode != 200 {
		t.Errorf("a form that changes nothing: %d", a.StatusCode)
	}
}

func TestClientsThatLeaveAreNotErrors(t *testing.T) {
	t.Parallel()
	inside := make(chan struct{})
	r := start(t, Options{}, get("/slow", func(c *gin.Context) error {
		close(inside)
		<-c.Request.Context().Done()
		return c.Request.Context().Err()
	}))
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /slow HTTP/1.1\r\nHost: naru.example\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-inside
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "request logged", func() bool { return len(r.log.records(t, "request served")) == 1 })
	if record := r.log.records(t, "request served")[0]; record["status"] != 499.0 || len(r.log.records(t, "request failed")) != 0 {
		t.Errorf("log %s", r.log)
	}
}

func TestRequestsThatTakeTooLongAreEnded(t *testing.T) {
	t.Parallel()
	r := start(t, Options{RequestTimeout: 50 * time.Millisecond}, get("/slow", func(c *gin.Context) error {
		<-c.Request.Context().Done()
		return fmt.Errorf("ask the store: %w", c.Request.Context().Err())
	}))
	if a := r.do(t, http.MethodGet, "/slow", nil); a.StatusCode != 503 || a.problem(t).Code != "unavailable" || a.Header.Get("Retry-After") == "" {
		t.Errorf("answer %d %s", a.StatusCode, a.body)
	}
}

// raw opens a connection of its own and writes the text.
func (r *running) raw(t *testing.T, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

func TestNetHTTPReportsWithoutAddresses(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log := slog.NewLogLogger(addressless{slog.NewTextHandler(&b, nil)}, slog.LevelWarn)
	log.Print("http: TLS handshake error from 203.0.113.7:4711: EOF\n")
	log.Print("http: Accept error from [2001:db8::1]:99: too many open files; retrying in 5ms")
	if got := b.String(); strings.Contains(got, "203.0") || strings.Contains(got, "2001:") || !strings.Contains(got, "too many open files; retrying in 5ms") {
		t.Errorf("log %s", got)
	}
}
