package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// caught is one mail that the relay took.
type caught struct {
	to, messageID string
	message       *mail.Message
	body          []byte
	raw           []byte
}

// relay is a real SMTP server that keeps what it takes and misbehaves on
// demand. The functions are set before it is used.
type relay struct {
	// delay is how long it takes over each mail before it answers 250.
	delay time.Duration
	// refuse, if set, may refuse a mail after its data was sent; try counts the
	// times this Message-ID was offered, from 1.
	refuse func(to, messageID string, try int) *smtp.SMTPError

	addr string

	mu       sync.Mutex // guards what follows
	server   *smtp.Server
	listener net.Listener
	mails    []caught
	tries    map[string]int
	changed  chan struct{} // closed and replaced with each mail taken
	// inData counts the mails being worked on, mostInData the most at once.
	inData, mostInData int
}

// startRelay listens on a port of its own until the test ends.
func startRelay(t *testing.T, configure ...func(*relay)) *relay {
	t.Helper()
	r := &relay{addr: "127.0.0.1:0", tries: map[string]int{}, changed: make(chan struct{})}
	for _, c := range configure {
		c(r)
	}
	r.up(t)
	t.Cleanup(r.down)
	return r
}

// url is the NARU_SMTP_URL of the relay.
func (r *relay) url() string { return "smtp://" + r.addr + "?tls=none" }

// up starts listening, on the same address after the first time.
func (r *relay) up(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	r.addr = listener.Addr().String()
	server := smtp.NewServer(r)
	server.Domain = "relay.test"
	server.EnableSMTPUTF8 = true
	server.ErrorLog = discard{}
	r.mu.Lock()
	r.server, r.listener = server, listener
	r.mu.Unlock()
	go func() { _ = server.Serve(listener) }()
}

// down refuses connections and cuts those that are open.
func (r *relay) down() {
	r.mu.Lock()
	server, listener := r.server, r.listener
	r.mu.Unlock()
	// The server may not have begun to serve, and then does not know it.
	_ = listener.Close()
	_ = server.Close()
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

func (r *relay) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{relay: r}, nil }

type session struct {
	relay *relay
	to    string
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Reset()                               { s.to = "" }
func (s *session) Logout() error                        { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.to != "" {
		return errors.New("one recipient a mail")
	}
	s.to = to
	return nil
}

func (s *session) Data(from io.Reader) error {
	raw, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("not a mail: %w", err)
	}
	body, err := io.ReadAll(message.Body)
	if err != nil {
		return err
	}
	r, id := s.relay, strings.Trim(message.Header.Get("Message-Id"), "<>")
	r.mu.Lock()
	r.tries[id]++
	try := r.tries[id]
	r.inData++
	r.mostInData = max(r.mostInData, r.inData)
	r.mu.Unlock()
	if r.delay > 0 {
		<-time.After(r.delay)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inData--
	if r.refuse != nil {
		if refusal := r.refuse(s.to, id, try); refusal != nil {
			return refusal
		}
	}
	r.mails = append(r.mails, caught{to: s.to, messageID: id, message: message, body: body, raw: raw})
	close(r.changed)
	r.changed = make(chan struct{})
	return nil
}

// taken returns the mails taken so far.
func (r *relay) taken() []caught {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]caught(nil), r.mails...)
}

// wait returns when done is true of the mails taken, and fails the test when
// that does not come true within the limit.
func (r *relay) wait(t *testing.T, limit time.Duration, what string, done func([]caught) bool) []caught {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	for {
		r.mu.Lock()
		changed := r.changed
		r.mu.Unlock()
		mails := r.taken()
		if done(mails) {
			return mails
		}
		select {
		case <-changed:
		case <-deadline.C:
			t.Fatalf("after %v, with %d mails: %s", limit, len(mails), what)
		}
	}
}

// different counts Message-IDs.
func different(mails []caught) int {
	ids := map[string]bool{}
	for _, m := range mails {
		ids[m.messageID] = true
	}
	return len(ids)
}
