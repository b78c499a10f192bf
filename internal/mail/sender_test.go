package mail

import (
	"context"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"naru/internal/naru"
	"naru/internal/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pipelining runs a test with and without the extension.
func pipelining(t *testing.T, test func(t *testing.T, extensions []string)) {
	t.Helper()
	for name, extensions := range map[string][]string{"one by one": {"8BITMIME"}, "pipelined": {"PIPELINING", "8BITMIME"}} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, extensions) })
	}
}

func TestSendReusesConnection(t *testing.T) {
	t.Parallel()
	pipelining(t, func(t *testing.T, extensions []string) {
		b := startRelay(t, func(b *badRelay) { b.ehlo = extensions })
		s := newTestSender(t, b.url("?tls=none"), nil)
		for range 20 {
			if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered || r.Cause != nil {
				t.Fatalf("Send = %+v", r)
			}
		}
		if got := len(b.taken()); got != 20 {
			t.Errorf("%d mails taken, want 20", got)
		}
		if got := b.count("greeting"); got != 1 {
			t.Errorf("%d connections for 20 mails, want 1", got)
		}
		if b.count("RSET") != 0 || b.count("NOOP") != 0 {
			t.Error("RSET or NOOP between good mails")
		}
	})
}

// TestRefusals checks what every refusal at every step means, and that the
// next mail goes out as if nothing had been.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		step, answer string
		outcome      naru.Outcome
		reply        string
		replaced     bool // the connection was not kept
	}{
		{"MAIL", "451 4.3.0 try later writer@example.com", naru.OutcomeTemporary, "451 4.3.0", false},
		{"MAIL", "550 5.7.1 go away", naru.OutcomePermanent, "550 5.7.1", false},
		{"MAIL", "552 5.3.4 too big", naru.OutcomePermanent, "too_large 552 5.3.4", false},
		{"MAIL", "530 5.7.0 must issue STARTTLS first", naru.OutcomeUnavailable, "530 5.7.0", true},
		{"MAIL", "421 4.3.2 shutting down", naru.OutcomeUnavailable, "421 4.3.2", true},
		{"RCPT", "450 4.2.0 greylisted", naru.OutcomeTemporary, "450 4.2.0", false},
		{"RCPT", "452 4.5.3 too many recipients", naru.OutcomeTemporary, "452 4.5.3", false},
		{"RCPT", "550 5.1.1 no such user <writer@example.com>", naru.OutcomePermanent, "550 5.1.1", false},
		{"RCPT", "550-5.1.1 no such user\n550-5.1.1 really\n550 5.1.1 none", naru.OutcomePermanent, "550 5.1.1", false},
		{"RCPT", "550 no enhanced code", naru.OutcomePermanent, "550", false},
		{"RCPT", "550 5.1 is not one", naru.OutcomePermanent, "550", false},
		{"RCPT", "552 5.2.2 mailbox full", naru.OutcomePermanent, "552 5.2.2", false},
		{"RCPT", "421 4.7.0 too much from you", naru.OutcomeTemporary, "421 4.7.0", true},
		{"RCPT", "250 sure", naru.OutcomeDelivered, "250 2.0.0", false},
		{"RCPT", "251 will forward", naru.OutcomeDelivered, "250 2.0.0", false},
		{"RCPT", "354 what", naru.OutcomeUnavailable, ClassProtocol, true},
		{"RCPT", "not a reply", naru.OutcomeUnavailable, ClassProtocol, true},
		{"RCPT", answerClose, naru.OutcomeUnavailable, ClassLost, true},
		{"DATA", "451 4.3.0 queue full", naru.OutcomeTemporary, "451 4.3.0", false},
		{"DATA", "554 5.5.1 no valid recipients", naru.OutcomePermanent, "554 5.5.1", false},
		{"DATA", answerClose, naru.OutcomeUnavailable, ClassLost, true},
		{"END", "451 4.3.0 disk full", naru.OutcomeTemporary, "451 4.3.0", false},
		{"END", "421 4.3.2 shutting down", naru.OutcomeTemporary, "421 4.3.2", true},
		{"END", "550 5.7.1 content refused", naru.OutcomePermanent, "550 5.7.1", false},
		{"END", "552 too much", naru.OutcomePermanent, "too_large 552", false},
		{"END", "354 still going", naru.OutcomeUnknown, ClassProtocol, true},
		{"END", "what is this", naru.OutcomeUnknown, ClassProtocol, true},
		{"END", answerClose, naru.OutcomeUnknown, ClassLost, true},
	} {
		t.Run(c.step+" "+c.answer, func(t *testing.T) {
			t.Parallel()
			pipelining(t, func(t *testing.T, extensions []string) {
				var once sync.Once
				b := startRelay(t, func(b *badRelay) {
					b.ehlo = extensions
					b.on = func(_ *session, step, _ string) (answer string) {
						if step == c.step {
							once.Do(func() { answer = c.answer })
						}
						return answer
					}
				})
				s := newTestSender(t, b.url("?tls=none"), nil)
				r := s.Send(t.Context(), testMessage("first"))
				if r.Outcome != c.outcome || r.Reply != c.reply {
					t.Errorf("Send = %s %q, want %s %q", r.Outcome, r.Reply, c.outcome, c.reply)
				}
				if r.Cause != nil && strings.Contains(r.Cause.Error(), "writer@") {
					t.Errorf("the cause repeats the relay's words: %v", r.Cause)
				}
				if r := s.Send(t.Context(), testMessage("second")); r.Outcome != naru.OutcomeDelivered {
					t.Fatalf("the mail after it: %+v", r)
				}
				if got := b.count("greeting") > 1; got != c.replaced {
					t.Errorf("another connection was opened: %v, want %v", got, c.replaced)
				}
				mails := b.taken()
				if last := mails[len(mails)-1]; !strings.Contains(last, "second") || strings.Contains(last, "first") {
					t.Errorf("the last mail taken is %q", last)
				}
			})
		})
	}
}

// TestDeadKeptConnection checks that a connection which died while it was idle
// costs nothing: the mail goes out on a fresh one, once, in the same attempt.
func TestDeadKeptConnection(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"closed", "421 at MAIL", "421 at RCPT", "closed at MAIL", "closed at DATA", "503 at MAIL"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			pipelining(t, func(t *testing.T, extensions []string) {
				b := startRelay(t, func(b *badRelay) {
					b.ehlo = extensions
					b.on = func(s *session, step, _ string) string {
						if s.n > 1 || s.sent == 0 || !strings.HasSuffix(how, step) || step == "" {
							return ""
						}
						if code, _, _ := strings.Cut(how, " "); code != "closed" {
							return code + " 4.4.2 enough"
						}
						return answerClose
					}
				})
				s := newTestSender(t, b.url("?tls=none"), nil)
				for i := range 2 {
					if i == 1 && how == "closed" {
						b.closeAll()
					}
					if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered {
						t.Fatalf("mail %d: %+v", i, r)
					}
				}
				if got := len(b.taken()); got != 2 {
					t.Errorf("%d mails taken, want 2", got)
				}
				if got := s.Open(); got != 1 {
					t.Errorf("%d connections counted, want 1", got)
				}
			})
		})
	}
}

// TestLostAfterEndOfData: nothing may be sent again by itself once the data
// went out, on a fresh connection as on a kept one.
func TestLostAfterEndOfData(t *testing.T) {
	t.Parallel()
	b := startRelay(t, func(b *badRelay) {
		b.on = func(s *session, step, _ string) string {
			if step == "END" && s.sent > 1 {
				return answerClose
			}
			return ""
		}
	})
	s := newTestSender(t, b.url("?tls=none"), nil)
	if r := s.Send(t.Context(), testMessage("one")); r.Outcome != naru.OutcomeDelivered {
		t.Fatalf("first: %+v", r)
	}
	if r := s.Send(t.Context(), testMessage("two")); r.Outcome != naru.OutcomeUnknown || r.Reply != ClassLost {
		t.Fatalf("second: %+v, want unknown", r)
	}
	if got := len(b.taken()); got != 2 {
		t.Errorf("%d mails taken, want 2: it was sent again", got)
	}
}

func TestConnectionFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*badRelay)
		query  string
		user   string
		reply  string
	}{
		"554 greeting":      {change: func(b *badRelay) { b.greeting = "554 5.7.1 no service for you" }, reply: "greeting 554 5.7.1"},
		"421 greeting":      {change: func(b *badRelay) { b.greeting = "421 4.7.0 busy" }, reply: "greeting 421 4.7.0"},
		"no SMTP":           {change: func(b *badRelay) { b.greeting = "HTTP/1.1 400 Bad Request" }, reply: ClassProtocol},
		"closed at once":    {change: func(b *badRelay) { b.greeting = answerClose }, reply: ClassLost},
		"silent":            {change: func(b *badRelay) { b.greeting = answerHang }, reply: ClassTimeout},
		"endless reply":     {change: func(b *badRelay) { b.greeting = "220-" + strings.Repeat("x", maxReplyBytes+1) }, reply: ClassProtocol},
		"STARTTLS missing":  {query: "?tls=mandatory", reply: ClassNoSTARTTLS},
		"STARTTLS refused":  {query: "?tls=mandatory", change: func(b *badRelay) { b.ehlo = []string{"STARTTLS"}; b.on = only("STARTTLS", "454 4.7.0 not now") }, reply: "starttls 454 4.7.0"},
		"STARTTLS then rot": {query: "?tls=opportunistic", change: func(b *badRelay) { b.ehlo = []string{"STARTTLS"}; b.on = only("STARTTLS", "220 go") }, reply: ClassTLS},
		"AUTH missing":      {user: "user:pass@", reply: ClassNoAuth},
		"AUTH fails":        {user: "user:pass@", change: func(b *badRelay) { b.ehlo = []string{"AUTH PLAIN"}; b.on = only("AUTH", "535 5.7.8 bad credentials") }, reply: "auth 535 5.7.8"},
		"AUTH for later":    {user: "user:pass@", change: func(b *badRelay) { b.ehlo = []string{"AUTH PLAIN"}; b.on = only("AUTH", "454 4.7.0 backend away") }, reply: "auth 454 4.7.0"},
		"AUTH only unknown": {user: "user:pass@", change: func(b *badRelay) { b.ehlo = []string{"AUTH GSSAPI"} }, reply: ClassNoAuth},
		"EHLO and HELO":     {change: func(b *badRelay) { b.on = only("EHLO", "502 no", "HELO", "421 4.3.2 no") }, reply: "ehlo 502"},
		"5xx is not mail’s": {change: func(b *badRelay) { b.greeting = "550 5.1.1 never" }, reply: "greeting 550 5.1.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startRelay(t, c.change)
			if c.query == "" {
				c.query = "?tls=none"
			}
			dials, open := 0, 0
			s := newTestSender(t, strings.Replace(b.url(c.query), "//", "//"+c.user, 1), func(o *SMTPOptions) {
				o.DialTimeout = 500 * time.Millisecond
				o.OnDial = func(_ time.Duration, ok bool) {
					if !ok {
						dials++
					}
				}
				o.OnOpen = func(n int) { open = n }
			})
			// More attempts than there are connections: a failed dial must not use
			// one up.
			for range 3 {
				r := s.Send(t.Context(), testMessage("hello"))
				if r.Outcome != naru.OutcomeUnavailable || r.Reply != c.reply {
					t.Fatalf("Send = %s %q (%v), want unavailable %q", r.Outcome, r.Reply, r.Cause, c.reply)
				}
			}
			if err := s.Probe(t.Context()); err == nil {
				t.Error("Probe finds nothing wrong")
			}
			if dials != 4 || open != 0 || s.Open() != 0 {
				t.Errorf("%d failed dials told of, want 4; %d connections open, want 0", dials, open)
			}
		})
	}
}

// only answers the steps named, in pairs of step and answer.
func only(pairs ...string) func(*session, string, string) string {
	return func(_ *session, step, _ string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == step {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestDialFailures(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	_ = ln.Close()
	s := newTestSender(t, "smtp://"+address+"?tls=none", func(o *SMTPOptions) { o.Connections = 1 })
	for range 5 {
		if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeUnavailable || r.Reply != ClassRefused {
			t.Fatalf("Send = %+v, want unavailable dial_refused", r)
		}
	}
	s = newTestSender(t, "smtp://no-such-host.invalid:25?tls=none", nil)
	if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeUnavailable || r.Reply != ClassDNS {
		t.Fatalf("Send = %+v, want unavailable dns_failed", r)
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]naru.Outcome{"MAIL": naru.OutcomeUnavailable, "DATA": naru.OutcomeUnavailable, "END": naru.OutcomeUnknown} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			b := startRelay(t, func(b *badRelay) { b.on = only(step, answerHang) })
			s := newTestSender(t, b.url("?tls=none"), func(o *SMTPOptions) {
				o.SendTimeout, o.ReplyTimeout = 100*time.Millisecond, 100*time.Millisecond
			})
			if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != want || r.Reply != ClassTimeout {
				t.Errorf("Send = %+v, want %s timeout", r, want)
			}
		})
	}
}

// TestSlowReplyToTheData: a relay that looks a mail over before it says 250
// takes longer than anything else; the mail goes out, and once.
func TestSlowReplyToTheData(t *testing.T) {
	t.Parallel()
	const sendTimeout = 300 * time.Millisecond
	pipelining(t, func(t *testing.T, extensions []string) {
		b := startRelay(t, func(b *badRelay) {
			b.ehlo = extensions
			b.on = func(s *session, step, _ string) string {
				if step == "END" {
					select {
					case <-time.After(3 * sendTimeout):
					case <-s.done:
					}
				}
				return ""
			}
		})
		s := newTestSender(t, b.url("?tls=none"), func(o *SMTPOptions) { o.SendTimeout = sendTimeout })
		for i := range 2 {
			if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered {
				t.Fatalf("mail %d: Send = %+v", i+1, r)
			}
		}
		if mails, connections := len(b.taken()), b.count("greeting"); mails != 2 || connections != 1 {
			t.Errorf("the relay got %d mails on %d connections, want 2 on 1", mails, connections)
		}
	})
}

// TestDefaultReplyTimeout: RFC 5321 asks for ten minutes, and whoever holds
// the mail must know.
func TestDefaultReplyTimeout(t *testing.T) {
	t.Parallel()
	s := newTestSender(t, "smtp://relay.test?tls=none", func(o *SMTPOptions) { o.DialTimeout, o.SendTimeout = time.Second, time.Minute })
	if got, want := s.MaxAttempt(), 2*(time.Second+time.Minute)+10*time.Minute; got != want {
		t.Errorf("MaxAttempt = %v, want %v", got, want)
	}
}

// TestSlowBytes: a relay that sends its replies byte by byte is slow, not
// broken; the deadline is for the mail as a whole.
func TestSlowBytes(t *testing.T) {
	t.Parallel()
	b := startRelay(t, func(b *badRelay) {
		b.on = func(s *session, step, _ string) string {
			if step == "RCPT" {
				for _, c := range []byte("250-2.1.5 slowly\r\n") {
					_, _ = s.conn.Write([]byte{c})
				}
				return "250 2.1.5 done"
			}
			return ""
		}
	})
	s := newTestSender(t, b.url("?tls=none"), nil)
	if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered {
		t.Errorf("Send = %+v", r)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]naru.Outcome{
		"greeting": naru.OutcomeReleased, "MAIL": naru.OutcomeReleased, "DATA": naru.OutcomeReleased, "END": naru.OutcomeUnknown,
	} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			b := startRelay(t, func(b *badRelay) {
				b.on = func(_ *session, at, _ string) string {
					if at == step {
						cancel()
						return answerHang
					}
					return ""
				}
			})
			s := newTestSender(t, b.url("?tls=none"), nil)
			if r := s.Send(ctx, testMessage("hello")); r.Outcome != want {
				t.Errorf("Send = %+v, want %s", r, want)
			}
			if s.Open() != 0 {
				t.Error("the connection was kept")
			}
		})
	}
}

// TestWaitingForConnection: with all connections taken, Send waits; when ctx
// ends, or the sender is closed, it gives up without harm.
func TestWaitingForConnection(t *testing.T) {
	t.Parallel()
	reached, release := make(chan struct{}), make(chan struct{})
	b := startRelay(t, func(b *badRelay) {
		b.on = func(s *session, step, _ string) string {
			if step == "END" && s.sent == 1 && s.n == 1 {
				close(reached)
				<-release
			}
			return ""
		}
	})
	s := newTestSender(t, b.url("?tls=none"), func(o *SMTPOptions) { o.Connections = 1 })
	var first Result
	var wg sync.WaitGroup
	wg.Go(func() { first = s.Send(t.Context(), testMessage("first")) })
	<-reached
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan Result)
	wg.Go(func() { results <- s.Send(ctx, testMessage("second")) })
	waitFor(t, "the second mail to wait", func() bool { s.pool.mu.Lock(); defer s.pool.mu.Unlock(); return len(s.pool.waiting) == 1 })
	cancel()
	if r := <-results; r.Outcome != naru.OutcomeReleased {
		t.Errorf("cancelled: %+v", r)
	}
	deadline, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if r := s.Send(deadline, testMessage("late")); r.Outcome != naru.OutcomeUnavailable || r.Reply != ClassTimeout {
		t.Errorf("timed out: %+v", r)
	}
	wg.Go(func() { results <- s.Send(t.Context(), testMessage("third")) })
	waitFor(t, "the third mail to wait", func() bool { s.pool.mu.Lock(); defer s.pool.mu.Unlock(); return len(s.pool.waiting) == 1 })
	wg.Go(func() { _ = s.Close() })
	if r := <-results; r.Outcome != naru.OutcomeReleased || r.Reply != ClassClosed {
		t.Errorf("closed: %+v", r)
	}
	close(release)
	wg.Wait()
	if first.Outcome != naru.OutcomeDelivered {
		t.Errorf("the mail under way: %+v", first)
	}
	if r := s.Send(t.Context(), testMessage("after")); r.Outcome != naru.OutcomeReleased {
		t.Errorf("after Close: %+v", r)
	}
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(10 * time.Second)
	for !done() {
		select {
		case <-ticker.C:
		case <-timeout:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// TestConnectionLimit: a relay that takes fewer connections than are
// configured gets the mail all the same.
func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	const allowed = 2
	var mu sync.Mutex
	open := map[*session]bool{}
	b := startRelay(t, func(b *badRelay) {
		b.on = func(s *session, step, _ string) string {
			mu.Lock()
			defer mu.Unlock()
			switch step {
			case "greeting":
				if len(open) == allowed {
					return "421 4.7.0 too many connections"
				}
				open[s] = true
			case "QUIT":
				delete(open, s)
			}
			return ""
		}
	})
	s := newTestSender(t, b.url("?tls=none"), func(o *SMTPOptions) { o.Connections = 8 })
	if r := s.Send(t.Context(), testMessage("first")); r.Outcome != naru.OutcomeDelivered {
		t.Fatalf("first: %+v", r)
	}
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered {
				t.Errorf("Send = %+v", r)
			}
		})
	}
	wg.Wait()
	if got := len(b.taken()); got != 41 {
		t.Errorf("%d mails taken, want 41", got)
	}
	if got := s.Open(); got > allowed {
		t.Errorf("%d connections open, the relay allows %d", got, allowed)
	}
}

// TestOpenConnectionsInMetrics: the gauge is told how many there are, not how
// many more.
func TestOpenConnectionsInMetrics(t *testing.T) {
	t.Parallel()
	const connections = 4
	var begun atomic.Int32
	all := make(chan struct{})
	b := startRelay(t, func(b *badRelay) {
		b.on = func(s *session, step, _ string) string {
			if step == "MAIL" {
				// No mail goes on before every connection is open.
				if begun.Add(1) == connections {
					close(all)
				}
				select {
				case <-all:
				case <-s.done:
				}
			}
			return ""
		}
	})
	metrics := telemetry.NewMetrics()
	s := newTestSender(t, b.url("?tls=none"), func(o *SMTPOptions) { o.Connections, o.OnOpen = connections, metrics.SMTPConnections })
	gauge := func() string {
		w := httptest.NewRecorder()
		metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		_, after, _ := strings.Cut(w.Body.String(), "\nnaru_smtp_connections_open ")
		value, _, _ := strings.Cut(after, "\n")
		return value
	}
	var sending sync.WaitGroup
	for range connections {
		sending.Go(func() {
			if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered {
				t.Errorf("Send = %+v", r)
			}
		})
	}
	sending.Wait()
	if got := gauge(); got != "4" || s.Open() != connections {
		t.Errorf("the gauge shows %q, Open %d, want 4", got, s.Open())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := gauge(); got != "0" {
		t.Errorf("after the end the gauge shows %q, want 0", got)
	}
}

// TestProbe: a probe uses and keeps a connection of the pool, and a relay that
// only limits connections is not away.
func TestProbe(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	full := false
	b := startRelay(t, func(b *badRelay) {
		b.on = func(_ *session, step, _ string) string {
			mu.Lock()
			defer mu.Unlock()
			if full && step == "greeting" {
				return "421 4.7.0 too many connections"
			}
			return ""
		}
	})
	s := newTestSender(t, b.url("?tls=none"), func(o *SMTPOptions) { o.Connections = 2 })
	for range 2 {
		if err := s.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if b.count("greeting") != 1 || b.count("NOOP") != 1 || s.Open() != 1 {
		t.Errorf("%d connections made, %d open, %d NOOPs; want 1 each", b.count("greeting"), s.Open(), b.count("NOOP"))
	}
	mu.Lock()
	full = true
	mu.Unlock()
	held, err := s.pool.get(t.Context())
	if err != nil || held == nil {
		t.Fatalf("no kept connection: %v", err)
	}
	if err := s.Probe(t.Context()); err != nil {
		t.Errorf("with the relay full: %v", err)
	}
	s.pool.put(held)
	b.closeAll()
	if err := s.Probe(t.Context()); err == nil {
		t.Error("with every connection refused, the relay counts as there")
	}
	mu.Lock()
	full = false
	mu.Unlock()
	if err := s.Probe(t.Context()); err != nil {
		t.Errorf("with the relay back: %v", err)
	}
	_ = s.Close()
	if err := s.Probe(t.Context()); err == nil {
		t.Error("a closed sender probes")
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	b := startRelay(t, nil)
	s := newTestSender(t, b.url("?tls=none"), func(o *SMTPOptions) { o.IdleTimeout = 20 * time.Millisecond })
	if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered {
		t.Fatalf("Send = %+v", r)
	}
	waitFor(t, "the idle connection to be closed", func() bool { return s.Open() == 0 })
	if b.count("QUIT") != 1 {
		t.Error("closed without QUIT")
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	b := startRelay(t, nil)
	s := newTestSender(t, b.url("?tls=none"), func(o *SMTPOptions) { o.RatePerSecond = 50 })
	started := time.Now()
	for range 6 {
		if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered {
			t.Fatalf("Send = %+v", r)
		}
	}
	if took := time.Since(started); took < 95*time.Millisecond {
		t.Errorf("6 mails at 50/s took %v, want 100 ms at least", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := s.Send(ctx, testMessage("hello")); r.Outcome != naru.OutcomeReleased {
		t.Errorf("cancelled: %+v", r)
	}
}

// TestUnsolicitedReply: a connection on which the relay said more than it was
// asked is not used again, lest its words be taken for an answer.
func TestUnsolicitedReply(t *testing.T) {
	t.Parallel()
	b := startRelay(t, func(b *badRelay) {
		b.on = func(s *session, step, _ string) string {
			if step == "END" && s.n == 1 {
				return "250 2.0.0 taken\n250 2.0.0 and once more"
			}
			return ""
		}
	})
	s := newTestSender(t, b.url("?tls=none"), nil)
	for range 2 {
		if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered {
			t.Fatalf("Send = %+v", r)
		}
	}
	if got := b.count("greeting"); got != 2 {
		t.Errorf("%d connections, want 2", got)
	}
}

func TestRefusedInTheMiddleOfTheData(t *testing.T) {
	t.Parallel()
	b := startRelay(t, func(b *badRelay) {
		b.on = func(s *session, step, _ string) string {
			if step == "DATA" {
				// Takes a little of the data, refuses, and goes.
				_, _ = s.conn.Write([]byte("354 go ahead\r\n"))
				buf := make([]byte, 1000)
				_, _ = s.r.Read(buf)
				_, _ = s.conn.Write([]byte("552 5.3.4 too big\r\n"))
				if tcp, ok := s.conn.(*net.TCPConn); ok {
					_ = tcp.CloseWrite()
					_ = tcp.CloseRead()
				}
				return answerClose
			}
			return ""
		}
	})
	s := newTestSender(t, b.url("?tls=none"), nil)
	r := s.Send(t.Context(), testMessage(strings.Repeat(strings.Repeat("x", 70)+"\r\n", 300_000)))
	// Whether the refusal can still be read depends on the timing of the
	// reset; either way the mail was not taken.
	if r.Outcome != naru.OutcomePermanent && r.Outcome != naru.OutcomeUnavailable {
		t.Errorf("Send = %+v", r)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]SMTPOptions{
		"no URL":         {Logger: quiet},
		"http":           {URL: "http://relay.test", Logger: quiet},
		"no host":        {URL: "smtp://:25", Logger: quiet},
		"path":           {URL: "smtp://relay.test/inbox", Logger: quiet},
		"unknown tls":    {URL: "smtp://relay.test?tls=yes", Logger: quiet},
		"unknown option": {URL: "smtp://relay.test?ssl=1", Logger: quiet},
		"smtps, tls":     {URL: "smtps://relay.test?tls=none", Logger: quiet},
		"no user":        {URL: "smtp://:secret@relay.test", Logger: quiet},
		"connections":    {URL: "smtp://relay.test", Connections: 65, Logger: quiet},
		"negative":       {URL: "smtp://relay.test", RatePerSecond: -1, Logger: quiet},
		"no logger":      {URL: "smtp://relay.test"},
		"not a URL":      {URL: "smtp://user:secret%zz@relay.test", Logger: quiet},
	} {
		if s, err := NewSender(o); err == nil {
			_ = s.Close()
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows the password: %v", name, err)
		}
	}
	for raw, want := range map[string]relay{
		"smtp://relay.test":                             {host: "relay.test", address: "relay.test:587", policy: tlsMandatory},
		"smtps://u:p%40@relay.test":                     {host: "relay.test", address: "relay.test:465", policy: tlsImplicit, user: "u", password: "p@"},
		"smtp://u@relay.test:25/?tls=Opportunistic":     {host: "relay.test", address: "relay.test:25", policy: tlsOpportunistic, user: "u"},
		"smtp://[::1]:25?tls=none":                      {host: "::1", address: "[::1]:25", policy: tlsNone},
		"smtp://user%40domain:a%3Ab%2Fc@relay.test:587": {host: "relay.test", address: "relay.test:587", policy: tlsMandatory, user: "user@domain", password: "a:b/c"},
	} {
		if got, err := parseRelay(raw); err != nil || got != want {
			t.Errorf("parseRelay(%q) = %+v, %v; want %+v", raw, got, err, want)
		}
	}
}
