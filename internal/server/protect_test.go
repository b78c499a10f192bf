package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/bucket"
	"naru/internal/naru"
	"naru/internal/telemetry"
)

func limited(s *Server) {
	s.API().Handle(Route{Method: http.MethodGet, Pattern: "/limited", Limit: LimitSubmit, Handler: ok})
}

func TestClientsAreLimitedOneByOne(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	r := start(t, Options{
		TrustedProxies: []string{"127.0.0.1"}, UnlimitedClients: []string{"192.0.2.0/24", "::1/128", "2001:db8:9::7"}, Clock: func() time.Time { return now },
		Rates: Rates{Submit: []bucket.Rate{{PerSecond: 1, Burst: 2}, {PerSecond: 0.01, Burst: 3}}},
	}, limited)
	from := func(address string) answer {
		return r.do(t, http.MethodGet, "/limited", nil, "X-Forwarded-For", address)
	}
	expect := func(address string, statuses ...int) {
		t.Helper()
		for i, want := range statuses {
			if got := from(address); got.StatusCode != want {
				t.Errorf("request %d from %s: %d, want %d", i, address, got.StatusCode, want)
			}
		}
	}
	expect("203.0.113.7", 200, 200, 429)
	expect("203.0.113.8", 200)
	expect("2001:db8:1:2::1", 200)
	expect("2001:db8:1:2:ffff::2", 200)
	expect("2001:db8:1:2::3", 429) // the same network
	expect("2001:db8:1:3::1", 200)
	expect("192.0.2.99", 200, 200, 200, 200, 200)
	expect("::1", 200, 200, 200, 200)
	expect("2001:db8:9::7", 200, 200, 200, 200)
	expect("2001:db8:9::8", 200, 200, 429) // its neighbour is nobody special
	a := from("203.0.113.7")
	if p := a.problem(t); p.Code != "rate_limited" || a.Header.Get("Retry-After") != "1" {
		t.Errorf("problem %+v, Retry-After %q", p, a.Header.Get("Retry-After"))
	}
	now = now.Add(time.Second)
	expect("203.0.113.7", 200, 429) // the second rate has no more to give
	if got := from("203.0.113.7").Header.Get("Retry-After"); got != "99" {
		t.Errorf("Retry-After %s, want 99", got)
	}
	now = now.Add(100 * time.Second)
	expect("203.0.113.7", 200)
}

func TestForgedAddressesAreNotBelieved(t *testing.T) {
	t.Parallel()
	r := start(t, Options{Rates: Rates{Submit: []bucket.Rate{{PerSecond: 0.001, Burst: 2}}}}, limited)
	for i, want := range []int{200, 200, 429, 429} {
		forged := fmt.Sprintf("198.51.100.%d", i)
		if got := r.do(t, http.MethodGet, "/limited", nil, "X-Forwarded-For", forged, "X-Real-IP", forged, "Forwarded", "for="+forged); got.StatusCode != want {
			t.Errorf("request %d: %d, want %d", i, got.StatusCode, want)
		}
	}
}

// A proxy that adds what cannot be read as an address leaves other headers to
// the client.
func TestOnlyTheProxysOwnHeaderIsBelieved(t *testing.T) {
	t.Parallel()
	r := start(t, Options{TrustedProxies: []string{"127.0.0.1"}, Rates: Rates{Submit: []bucket.Rate{{PerSecond: 0.001, Burst: 2}}}}, limited)
	for i, want := range []int{200, 200, 429, 429} {
		forged := fmt.Sprintf("198.51.100.%d", i)
		if got := r.do(t, http.MethodGet, "/limited", nil, "X-Forwarded-For", "203.0.113.7:4711", "X-Real-IP", forged); got.StatusCode != want {
			t.Errorf("request %d: %d, want %d", i, got.StatusCode, want)
		}
	}
}

func TestClientDigestsTellNothingAndDiffer(t *testing.T) {
	t.Parallel()
	digests := make(map[string]bool)
	shared := make([]byte, 32)
	for _, key := range [][]byte{nil, nil, shared, shared} {
		r := start(t, Options{ClientKey: key, UnlimitedClients: []string{"198.51.100.1"}, TrustedProxies: []string{"127.0.0.1"}}, func(s *Server) {
			get("/client", func(c *gin.Context) error {
				c.String(http.StatusOK, s.Client(c))
				return nil
			})(s)
		})
		digest := func(address string) string {
			return string(r.do(t, http.MethodGet, "/client", nil, "X-Forwarded-For", address).body)
		}
		if a, b := digest("203.0.113.7"), digest("::ffff:203.0.113.7"); a != b || len(a) != 32 {
			t.Errorf("digests %q, %q of one client", a, b)
		}
		if got := digest("198.51.100.1"); got != "" {
			t.Errorf("a client without limits has the digest %q", got)
		}
		digests[digest("203.0.113.7")] = true
	}
	if len(digests) != 3 {
		t.Errorf("%d digests by two keys drawn and one shared, want 3", len(digests))
	}
}

func TestOneClientCannotHoldAllTransfers(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan struct{}), make(chan struct{})
	r := start(t, Options{MaxTransfers: 4, TrustedProxies: []string{"127.0.0.1"}, UnlimitedClients: []string{"192.0.2.1"}}, func(s *Server) {
		s.API().Handle(Route{Method: http.MethodGet, Pattern: "/transfer", Transfer: Always, Handler: func(c *gin.Context) error {
			inside <- struct{}{}
			<-leave
			return ok(c)
		}})
	})
	from := func(address string) int {
		return r.do(t, http.MethodGet, "/transfer", nil, "X-Forwarded-For", address).StatusCode
	}
	statuses := make(chan int, 5)
	enter := func(address string) {
		go func() { statuses <- from(address) }()
		<-inside
	}
	enter("203.0.113.7")
	enter("203.0.113.7")
	if got := from("203.0.113.7"); got != http.StatusServiceUnavailable {
		t.Errorf("a third of one client: %d", got)
	}
	enter("203.0.113.8")
	enter("192.0.2.1")
	if got := from("203.0.113.9"); got != http.StatusServiceUnavailable {
		t.Errorf("a fifth: %d", got)
	}
	close(leave)
	for range 4 {
		if got := <-statuses; got != http.StatusOK {
			t.Errorf("one inside: %d", got)
		}
	}
	enter("203.0.113.7") // its places are free again
	if got := <-statuses; got != http.StatusOK {
		t.Errorf("afterwards: %d", got)
	}
}

func TestAFullServerRefusesAndStillTellsItsHealth(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan struct{}), make(chan struct{})
	r := start(t, Options{MaxRequests: 1, MaxTransfers: 1}, func(s *Server) {
		wait := func(c *gin.Context) error {
			inside <- struct{}{}
			<-leave
			return ok(c)
		}
		get("/slow", wait)(s)
		get("/fast", ok)(s)
		s.API().Handle(Route{Method: http.MethodGet, Pattern: "/transfer", Handler: ok, Transfer: Always})
		s.Operations().Handle(Route{Method: http.MethodGet, Pattern: "/healthz", Handler: ok})
	})
	done := make(chan int, 1)
	go func() { done <- r.do(t, http.MethodGet, "/slow", nil).StatusCode }()
	<-inside
	if a := r.do(t, http.MethodGet, "/fast", nil); a.StatusCode != 503 || a.problem(t).Code != "overloaded" || a.Header.Get("Retry-After") != "2" {
		t.Errorf("beyond the limit: %d %s", a.StatusCode, a.body)
	}
	if got := r.do(t, http.MethodGet, "/healthz", nil).StatusCode; got != 200 {
		t.Errorf("health of a full server: %d", got)
	}
	if got := r.do(t, http.MethodGet, "/transfer", nil).StatusCode; got != 200 {
		t.Errorf("transfers have places of their own: %d", got)
	}
	close(leave)
	if got := <-done; got != 200 {
		t.Errorf("the request inside: %d", got)
	}
	if got := r.do(t, http.MethodGet, "/fast", nil).StatusCode; got != 200 {
		t.Errorf("after it left: %d", got)
	}
}

func TestConnectionsBeyondTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	// Two from one address, of four in all.
	r := start(t, Options{MaxConnections: 4}, get("/", ok))
	request := "GET / HTTP/1.1\r\nHost: naru.example\r\n\r\n"
	first, answers := r.raw(t, request)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Fatalf("first connection: %q, %v", line, err)
	}
	r.raw(t, "GET / HT") // never finishes
	_, refused := r.raw(t, request)
	response, err := http.ReadResponse(refused, nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" || !response.Close {
		t.Errorf("third connection: %d %v", response.StatusCode, response.Header)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a place free again", func() bool {
		conn, answers := r.raw(t, "GET / HTTP/1.1\r\nHost: naru.example\r\nConnection: close\r\n\r\n")
		defer conn.Close()
		line, err := answers.ReadString('\n')
		return err == nil && strings.Contains(line, "200")
	})
}

func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	r := start(t, Options{HeaderTimeout: 50 * time.Millisecond, RequestTimeout: 100 * time.Millisecond, StallTimeout: 100 * time.Millisecond}, func(s *Server) {
		read := func(c *gin.Context) error {
			if _, err := io.Copy(io.Discard, c.Request.Body); err != nil {
				return fmt.Errorf("read: %w", err)
			}
			return ok(c)
		}
		s.API().Handle(Route{Method: http.MethodPost, Pattern: "/body", Handler: read})
		s.API().Handle(Route{Method: http.MethodPost, Pattern: "/upload", Handler: read, Transfer: Always, TransferLimit: 1 << 20})
	})
	for name, text := range map[string]string{
		"a header that does not end":  "GET / HTTP/1.1\r\nHost: naru.example\r\nX-",
		"a body that does not come":   "POST /body HTTP/1.1\r\nHost: naru.example\r\nContent-Length: 100\r\n\r\nabc",
		"an upload that stands still": "POST /upload HTTP/1.1\r\nHost: naru.example\r\nContent-Length: 100000\r\n\r\nabc",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, answers := r.raw(t, text)
			if rest, err := io.ReadAll(answers); err != nil || strings.HasPrefix(string(rest), "HTTP/1.1 200") {
				t.Errorf("%v, %q", err, rest)
			}
		})
	}
}

// pieces takes what is written, and fails after so many.
type pieces struct {
	gin.ResponseWriter
	sizes []int
	most  int
}

func (w *pieces) Write(p []byte) (int, error) {
	if len(w.sizes) == w.most {
		return 0, io.ErrClosedPipe
	}
	w.sizes = append(w.sizes, len(p))
	return len(p), nil
}

// What a handler writes at once may take a slow line longer than a transfer may
// stand still.
func TestLongWritesMoveOn(t *testing.T) {
	t.Parallel()
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	for _, most := range []int{100, 2} {
		to := &pieces{ResponseWriter: c.Writer, most: most}
		w := &movingWriter{to, &movingDeadline{control: http.NewResponseController(c.Writer), stall: time.Minute, last: time.Now().Add(time.Hour)}}
		n, err := w.Write(make([]byte, 3*pieceBytes+1))
		if want := min(4, most); len(to.sizes) != want || slices.Max(to.sizes) > pieceBytes || (err != nil) != (want < 4) {
			t.Errorf("%d bytes written by %v, %v", n, to.sizes, err)
		}
		if want := min(3*pieceBytes+1, most*pieceBytes); n != want {
			t.Errorf("%d bytes written, want %d", n, want)
		}
	}
}

func TestTransfersMayTakeLongAsLongAsTheyMove(t *testing.T) {
	t.Parallel()
	// Each is slower than an ordinary request may be.
	tick := 30 * time.Millisecond
	r := start(t, Options{HeaderTimeout: 50 * time.Millisecond, RequestTimeout: 50 * time.Millisecond, StallTimeout: 5 * time.Second}, func(s *Server) {
		s.API().Handle(Route{Method: http.MethodPost, Pattern: "/upload", Transfer: Always, TransferLimit: 1 << 20, Handler: func(c *gin.Context) error {
			n, err := io.Copy(io.Discard, c.Request.Body)
			if err != nil {
				return err
			}
			JSON(c, http.StatusOK, n)
			return nil
		}})
		s.API().Handle(Route{Method: http.MethodGet, Pattern: "/download", Transfer: Always, Handler: func(c *gin.Context) error {
			ticker := time.NewTicker(tick)
			defer ticker.Stop()
			for range 10 {
				<-ticker.C
				if err := c.Request.Context().Err(); err != nil {
					return err
				}
				if _, err := c.Writer.WriteString("x"); err != nil {
					return err
				}
				c.Writer.Flush()
			}
			return nil
		}})
	})
	reader, writer := io.Pipe()
	go func() {
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		for range 10 {
			<-ticker.C
			if _, err := writer.Write([]byte("x")); err != nil {
				return
			}
		}
		_ = writer.Close()
	}()
	if a := r.do(t, http.MethodPost, "/upload", reader); a.StatusCode != 200 || strings.TrimSpace(string(a.body)) != "10" {
		t.Errorf("upload: %d %s", a.StatusCode, a.body)
	}
	if a := r.do(t, http.MethodGet, "/download", nil); a.StatusCode != 200 || string(a.body) != "xxxxxxxxxx" {
		t.Errorf("download: %d %q", a.StatusCode, a.body)
	}
}

func TestShutdownFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	health := telemetry.NewHealth(nil)
	inside, leave := make(chan struct{}), make(chan struct{})
	r := start(t, Options{Health: health}, get("/slow", func(c *gin.Context) error {
		close(inside)
		<-leave
		if err := c.Request.Context().Err(); err != nil {
			return err
		}
		return ok(c)
	}))
	if !health.Ready(t.Context()).Ready() {
		t.Fatal("not ready before")
	}
	done := make(chan answer, 1)
	go func() { done <- r.do(t, http.MethodGet, "/slow", nil) }()
	<-inside
	stopped := make(chan error, 1)
	go func() { stopped <- r.Shutdown(t.Context()) }()
	eventually(t, "unready", func() bool { return !health.Ready(t.Context()).Ready() })
	eventually(t, "new connections refused", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	select {
	case err := <-stopped:
		t.Fatalf("Shutdown returned %v before the request ended", err)
	default:
	}
	close(leave)
	if a := <-done; a.StatusCode != 200 {
		t.Errorf("request under way: %d %s", a.StatusCode, a.body)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-r.stopped; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestWhoIsToldToStopServesOnForAWhile: a load balancer that asks whether it is ready
// takes its time to notice.
func TestWhoIsToldToStopServesOnForAWhile(t *testing.T) {
	t.Parallel()
	health := telemetry.NewHealth(nil)
	r := start(t, Options{Health: health, DrainDelay: time.Hour}, get("/", ok))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- r.Shutdown(ctx) }()
	eventually(t, "unready", func() bool { return !health.Ready(t.Context()).Ready() })
	if a := r.do(t, http.MethodGet, "/", nil); a.StatusCode != 200 {
		t.Errorf("a request meanwhile: %d %s", a.StatusCode, a.body)
	}
	cancel()
	if err := <-stopped; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-r.stopped; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestShutdownEndsByItsDeadline(t *testing.T) {
	t.Parallel()
	inside := make(chan struct{})
	r := start(t, Options{}, get("/slow", func(c *gin.Context) error {
		close(inside)
		<-c.Request.Context().Done()
		return c.Request.Context().Err()
	}))
	_, answers := r.raw(t, "GET /slow HTTP/1.1\r\nHost: naru.example\r\n\r\n")
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown = %v, want the deadline", err)
	}
	if rest, err := io.ReadAll(answers); err == nil && len(rest) > 0 {
		t.Errorf("an answer after the deadline: %q", rest)
	}
}

// Connections opened in advance, that have sent nothing, do not hold up a stop.
func TestShutdownDoesNotWaitForSilentConnections(t *testing.T) {
	t.Parallel()
	r := start(t, Options{}, get("/", ok))
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// Served, so the silent one was accepted before it.
	if response, err := http.Get(r.url + "/"); err != nil {
		t.Fatal(err)
	} else if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := r.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the stop took %v", took)
	}
}

// A client that sends all before it looks at the answer gets to see it.
func TestRefusedBodiesAreReadOnSoThatTheAnswerArrives(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	r := start(t, Options{BodyLimit: 1000}, func(s *Server) {
		s.API().Handle(Route{Method: http.MethodPost, Pattern: "/small", Handler: ok})
		s.API().Handle(Route{Method: http.MethodPost, Pattern: "/upload", Transfer: Always, TransferLimit: size + 1, Handler: func(c *gin.Context) error {
			if _, err := io.CopyN(io.Discard, c.Request.Body, 1000); err != nil {
				return err
			}
			return naru.NewError(naru.KindUnsupportedType, "unsupported_media_type", nil)
		}})
	})
	for path, want := range map[string]int{"/small": 413, "/upload": 415} {
		conn, answers := r.raw(t, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: naru.example\r\nContent-Length: %d\r\n\r\n", path, size))
		if _, err := conn.Write(make([]byte, size)); err != nil {
			t.Errorf("%s: cut off while sending: %v", path, err)
			continue
		}
		response, err := http.ReadResponse(answers, nil)
		if err != nil || response.StatusCode != want || !response.Close {
			t.Errorf("%s: %+v, %v", path, response, err)
		}
	}
	// One that asks first is not made to send.
	_, answers := r.raw(t, fmt.Sprintf("POST /small HTTP/1.1\r\nHost: naru.example\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", size))
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "413") {
		t.Errorf("expecting 100: %q, %v", line, err)
	}
}
