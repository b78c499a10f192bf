package mail

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"naru/internal/naru"
)

// goodRelay is a real SMTP server that keeps what it takes.
type goodRelay struct {
	server *smtp.Server
	addr   string
	mu     sync.Mutex // guards mails and users
	mails  []string
	from   []string
	users  []string
}

func startGoodRelay(t testing.TB, change func(*smtp.Server), listen func() (net.Listener, error)) *goodRelay {
	t.Helper()
	g := &goodRelay{}
	g.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &goodSession{relay: g}, nil }))
	g.server.Domain = "relay.test"
	g.server.AllowInsecureAuth = true
	g.server.ErrorLog = silent{}
	if change != nil {
		change(g.server)
	}
	if listen == nil {
		listen = func() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }
	}
	ln, err := listen()
	if err != nil {
		t.Fatal(err)
	}
	g.addr = ln.Addr().String()
	var wg sync.WaitGroup
	wg.Go(func() { _ = g.server.Serve(ln) })
	t.Cleanup(func() { _ = g.server.Close(); wg.Wait() })
	return g
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

type goodSession struct {
	relay *goodRelay
	from  string
}

func (s *goodSession) Reset()        {}
func (s *goodSession) Logout() error { return nil }

func (s *goodSession) Mail(from string, _ *smtp.MailOptions) error { s.from = from; return nil }
func (s *goodSession) Rcpt(string, *smtp.RcptOptions) error        { return nil }

func (s *goodSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	s.relay.mails, s.relay.from = append(s.relay.mails, string(b)), append(s.relay.from, s.from)
	return nil
}

func (s *goodSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *goodSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "s3cret" {
			return errors.New("wrong")
		}
		s.relay.mu.Lock()
		defer s.relay.mu.Unlock()
		s.relay.users = append(s.relay.users, user)
		return nil
	}), nil
}

func TestTLS(t *testing.T) {
	t.Parallel()
	good, roots := certificate(t, time.Now().Add(time.Hour))
	expired, expiredRoots := certificate(t, time.Now().Add(-time.Hour))
	starttls := func(c tls.Certificate) *goodRelay {
		return startGoodRelay(t, func(s *smtp.Server) { s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{c}} }, nil)
	}
	implicit := startGoodRelay(t, nil, func() (net.Listener, error) {
		return tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{good}})
	})
	old := startGoodRelay(t, func(s *smtp.Server) {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	}, nil)
	plain := startGoodRelay(t, nil, nil)
	secure := starttls(good)
	for name, c := range map[string]struct {
		url   string
		roots bool
		old   bool
		reply string // empty: delivered
	}{
		"mandatory":                      {url: "smtp://u:s3cret@" + secure.addr, roots: true},
		"mandatory, unknown authority":   {url: "smtp://u:s3cret@" + secure.addr, reply: ClassCertificate},
		"mandatory, expired":             {url: "smtp://" + starttls(expired).addr, old: true, reply: ClassCertificate},
		"mandatory, no STARTTLS":         {url: "smtp://" + plain.addr, reply: ClassNoSTARTTLS},
		"mandatory, TLS 1.1":             {url: "smtp://" + old.addr, roots: true, reply: ClassTLS},
		"opportunistic, offered":         {url: "smtp://" + secure.addr + "?tls=opportunistic", roots: true},
		"opportunistic, unknown":         {url: "smtp://" + secure.addr + "?tls=opportunistic", reply: ClassCertificate},
		"opportunistic, not offered":     {url: "smtp://" + plain.addr + "?tls=opportunistic"},
		"none":                           {url: "smtp://" + secure.addr + "?tls=none"},
		"none, password to this machine": {url: "smtp://u:s3cret@" + plain.addr + "?tls=none"},
		"implicit":                       {url: "smtps://u:s3cret@" + implicit.addr, roots: true},
		"implicit, unknown authority":    {url: "smtps://" + implicit.addr, reply: ClassCertificate},
		"implicit, plain relay":          {url: "smtps://" + plain.addr, reply: ClassTLS},
		"wrong password":                 {url: "smtp://u:guess@" + secure.addr, roots: true, reply: "auth 454 4.7.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestSender(t, c.url, func(o *SMTPOptions) {
				o.DialTimeout = 2 * time.Second
				if c.roots {
					o.RootCAs = roots
				}
				if c.old {
					o.RootCAs = expiredRoots
				}
			})
			r := s.Send(t.Context(), testMessage("hello"))
			switch {
			case c.reply == "" && (r.Outcome != naru.OutcomeDelivered || s.Probe(t.Context()) != nil):
				t.Errorf("Send = %+v, Probe = %v", r, s.Probe(t.Context()))
			case c.reply != "" && (r.Outcome != naru.OutcomeUnavailable || r.Reply != c.reply):
				t.Errorf("Send = %+v, want unavailable %q", r, c.reply)
			}
		})
	}
}

// TestPasswordStaysInside: to another machine, no password goes out in clear
// text, whatever the URL asks.
func TestPasswordStaysInside(t *testing.T) {
	t.Parallel()
	b := startRelay(t, func(b *badRelay) { b.ehlo = []string{"AUTH PLAIN LOGIN"} })
	s := newTestSender(t, strings.Replace(b.url("?tls=none"), "//", "//u:s3cret@", 1), nil)
	s.relay.host = "relay.test" // the address stays that of this machine
	if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeUnavailable || r.Reply != ClassAuthInsecure {
		t.Errorf("Send = %+v, want auth_unencrypted", r)
	}
	if b.count("AUTH") != 0 {
		t.Error("AUTH was sent")
	}
}

func TestSMTPUTF8(t *testing.T) {
	t.Parallel()
	var got string
	utf8 := startRelay(t, func(b *badRelay) {
		b.ehlo = []string{"8BITMIME", "SMTPUTF8"}
		b.on = func(_ *session, step, arg string) string {
			if step == "MAIL" {
				got = arg
			}
			return ""
		}
	})
	message := func() *Message {
		m := testMessage("hello")
		m.To = "<김@example.com>"
		return m
	}
	s := newTestSender(t, utf8.url("?tls=none"), nil)
	if r := s.Send(t.Context(), message()); r.Outcome != naru.OutcomeDelivered || !strings.Contains(got, "SMTPUTF8") {
		t.Errorf("Send = %+v after MAIL %s", r, got)
	}
	if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered || strings.Contains(got, "SMTPUTF8") {
		t.Errorf("Send = %+v after MAIL %s: SMTPUTF8 without need", r, got)
	}
	s = newTestSender(t, startRelay(t, nil).url("?tls=none"), nil)
	if r := s.Send(t.Context(), message()); r.Outcome != naru.OutcomePermanent || r.Reply != ClassNoSMTPUTF8 {
		t.Errorf("Send = %+v, want smtputf8_unsupported", r)
	}
	if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered {
		t.Errorf("the mail after it: %+v", r)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	g := startGoodRelay(t, func(s *smtp.Server) { s.MaxMessageBytes = 10_000 }, nil)
	s := newTestSender(t, "smtp://"+g.addr+"?tls=none", nil)
	if r := s.Send(t.Context(), testMessage(strings.Repeat("x\r\n", 4000))); r.Outcome != naru.OutcomePermanent || r.Reply != ClassTooLarge {
		t.Errorf("Send = %+v, want too_large", r)
	}
	if r := s.Send(t.Context(), testMessage("small")); r.Outcome != naru.OutcomeDelivered {
		t.Errorf("the mail after it: %+v", r)
	}
}

// TestOfferIsAskedForAgain: what a kept connection's relay offered when it was
// opened rules out no mail; a new connection is asked.
func TestOfferIsAskedForAgain(t *testing.T) {
	t.Parallel()
	b := startRelay(t, func(b *badRelay) {
		b.on = func(s *session, step, _ string) string {
			if step == "EHLO" && s.n == 1 {
				return "250-relay.test\n250 SIZE 10000"
			}
			return ""
		}
	})
	s := newTestSender(t, b.url("?tls=none"), nil)
	for i, body := range []string{"small", strings.Repeat("x\r\n", 4000)} {
		if r := s.Send(t.Context(), testMessage(body)); r.Outcome != naru.OutcomeDelivered {
			t.Errorf("mail %d: %+v", i, r)
		}
	}
}

// TestBodyArrivesAsItIs: dots, long bodies and stray line ends.
func TestBodyArrivesAsItIs(t *testing.T) {
	t.Parallel()
	g := startGoodRelay(t, nil, nil)
	s := newTestSender(t, "smtp://"+g.addr+"?tls=none", nil)
	huge := strings.Repeat(strings.Repeat("0123456789", 7)+"\r\n", 20_000)
	for _, c := range []struct{ body, want string }{
		{".\r\n..\r\n.hidden\r\nend.", ".\r\n..\r\n.hidden\r\nend."},
		{"a\n.\nb", "a\r\n.\r\nb"},
		{"a\r.\rb\r\n\r.\r\nQUIT\r\n", "a.b\r\n.\r\nQUIT\r\n"},
		{huge, huge},
		{"", ""},
	} {
		if r := s.Send(t.Context(), testMessage(c.body)); r.Outcome != naru.OutcomeDelivered {
			t.Fatalf("Send = %+v", r)
		}
		g.mu.Lock()
		last := g.mails[len(g.mails)-1]
		g.mu.Unlock()
		_, body, _ := strings.Cut(last, "\r\n\r\n")
		if body = strings.TrimSuffix(body, "\r\n"); body != strings.TrimSuffix(c.want, "\r\n") {
			t.Errorf("%.40q arrived as %.40q (%d bytes, want %d)", c.body, body, len(body), len(c.want))
		}
	}
}

// FuzzRender checks that what is sent ends where it should and nowhere else.
func FuzzRender(f *testing.F) {
	f.Add([]byte("a\r\n.\r\nb"))
	f.Add([]byte("\r.\n\r\n..\r"))
	f.Add([]byte("a: b\r\n\r\nfit\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := render(&Message{From: "<a@example.com>", To: "<b@example.com>", Raw: b})
		if err != nil {
			t.Fatal(err)
		}
		again, err := render(&Message{From: "<a@example.com>", To: "<b@example.com>", Raw: m.data[:len(m.data)-len(endOfData)]})
		if err != nil {
			t.Fatal(err)
		}
		if dotted := bytes.HasPrefix(m.data, []byte{'.'}) && len(m.data) > 3 || bytes.Contains(m.data[:len(m.data)-3], []byte("\n.")); !dotted && !bytes.Equal(m.data, again.data) {
			t.Fatalf("%q is written as %q, and that as %q", b, m.data, again.data)
		}
		out := string(m.data)
		if i := strings.Index("\r\n"+out, "\r\n.\r\n"); i+2 != len(out)-1 {
			t.Fatalf("%q: the data ends early: %q", b, out)
		}
		if strings.Count(out, "\r") != strings.Count(out, "\r\n") || strings.Count(out, "\n") != strings.Count(out, "\r\n") {
			t.Fatalf("%q: a CR or LF stands alone: %q", b, out)
		}
	})
}

func TestUnsendable(t *testing.T) {
	t.Parallel()
	s := newTestSender(t, "smtp://127.0.0.1:1?tls=none", nil)
	raw := testMessage("hello").Raw
	for name, m := range map[string]*Message{
		"no sender":                {To: "<a@example.com>", Raw: raw},
		"no recipient":             {From: "<a@example.com>", Raw: raw},
		"a command in its address": {From: "<a@example.com>", To: "<b@example.com>\r\nRCPT TO:<c@example.com>", Raw: raw},
	} {
		if r := s.Send(t.Context(), m); r.Outcome != naru.OutcomePermanent || r.Reply != ClassUnsendable {
			t.Errorf("%s: Send = %+v", name, r)
		}
	}
}
