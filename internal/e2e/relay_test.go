package e2e

import (
	"bytes"
	"crypto/tls"
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
	// reference is the case number in the subject, empty for none.
	reference string
	// opening counts the calls of up before the session began.
	opening int
	at      time.Time
}

// relay is a real SMTP server that keeps what it takes and misbehaves on
// demand. The settings are made before it is used, or changed with set.
type relay struct {
	// delay is how long it takes over each mail before it answers 250.
	delay time.Duration
	// gather is how many mails must be under way at once, the first time, before
	// any of them is answered; 0: none. gathered is closed when they are.
	gather   int
	gathered chan struct{}
	// refuse, if set, may refuse a mail after its data was sent; try counts the
	// times this Message-ID was offered, from 1.
	refuse func(to, messageID string, try int) *smtp.SMTPError
	// mailFrom, if set, may refuse at MAIL.
	mailFrom func() *smtp.SMTPError
	// hangUp, if set, may close the connection after the data, without an
	// answer; keep tells whether the mail was taken all the same.
	hangUp func(messageID string, try int) (hangUp, keep bool)
	// limit is how many sessions may be open; more are refused with 421. 0: any
	// number.
	limit int
	// certificate and maxBytes are used from the next up on: STARTTLS is
	// offered with the one, SIZE with the other.
	certificate *tls.Certificate
	maxBytes    int64

	addr string

	mu       sync.Mutex // guards what follows
	server   *smtp.Server
	listener net.Listener
	mails    []caught
	tries    map[string]int
	// byReference holds the Message-IDs taken for each case number.
	byReference map[string]map[string]bool
	changed     chan struct{} // closed and replaced with each mail taken
	// inData counts the mails being worked on.
	inData             int
	sessions, openings int
	// refused counts everything that was refused or hung up on.
	refused int
}

// set changes settings of a relay in use.
func (r *relay) set(change func(*relay)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r)
}

// refusals is how often the relay refused something or hung up.
func (r *relay) refusals() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refused
}

// startRelay listens on a port of its own until the test ends.
func startRelay(t testing.TB, configure ...func(*relay)) *relay {
	t.Helper()
	r := &relay{addr: reserve(t), tries: map[string]int{}, byReference: map[string]map[string]bool{}, changed: make(chan struct{})}
	for _, c := range configure {
		c(r)
	}
	r.up(t)
	t.Cleanup(r.down)
	return r
}

// url is the NARU_SMTP_URL of the relay.
func (r *relay) url() string { return "smtp://" + r.addr + "?tls=none" }

// up starts listening, always on the same address.
func (r *relay) up(t testing.TB) {
	t.Helper()
	listener := listen(t, r.addr)
	r.mu.Lock()
	r.openings++
	server := smtp.NewServer(opening{r, r.openings})
	r.mu.Unlock()
	server.Domain = "relay.test"
	server.EnableSMTPUTF8 = true
	server.ErrorLog = discard{}
	r.mu.Lock()
	r.server, r.listener = server, listener
	server.MaxMessageBytes = r.maxBytes
	if r.certificate != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*r.certificate}}
	}
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

// opening is the relay between one up and the next.
type opening struct {
	*relay
	number int
}

func (r opening) NewSession(c *smtp.Conn) (smtp.Session, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.limit > 0 && r.sessions >= r.limit {
		r.refused++
		return nil, &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "too many connections"}
	}
	r.sessions++
	return &session{relay: r.relay, opening: r.number, conn: c.Conn()}, nil
}

type session struct {
	relay   *relay
	opening int
	conn    net.Conn
	to      string
}

func (s *session) Reset() { s.to = "" }

func (s *session) Logout() error {
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	s.relay.sessions--
	return nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	r := s.relay
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mailFrom != nil {
		if refusal := r.mailFrom(); refusal != nil {
			r.refused++
			return refusal
		}
	}
	return nil
}

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
	gathered := r.gathered
	if r.gather > 0 && r.inData == r.gather {
		r.gather = 0
		close(gathered)
	}
	r.mu.Unlock()
	if gathered != nil {
		<-gathered
	}
	if r.delay > 0 {
		<-time.After(r.delay)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inData--
	if r.refuse != nil {
		if refusal := r.refuse(s.to, id, try); refusal != nil {
			r.refused++
			return refusal
		}
	}
	hangUp, keep := false, true
	if r.hangUp != nil {
		if hangUp, keep = r.hangUp(id, try); hangUp {
			r.refused++
		}
	}
	if keep || !hangUp {
		c := caught{to: s.to, messageID: id, message: message, body: body, raw: raw, opening: s.opening, at: time.Now()}
		c.reference = subjectReference(c)
		if r.byReference[c.reference] == nil {
			r.byReference[c.reference] = map[string]bool{}
		}
		r.byReference[c.reference][id] = true
		r.mails = append(r.mails, c)
		close(r.changed)
		r.changed = make(chan struct{})
	}
	if hangUp {
		return s.conn.Close()
	}
	return nil
}

// missing returns the case numbers of which not both mails were taken.
func (r *relay) missing(cases map[string]receipt) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for reference := range cases {
		if len(r.byReference[reference]) < 2 {
			all = append(all, reference)
		}
	}
	return all
}

// count is how many mails were taken.
func (r *relay) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.mails)
}

// taken returns the mails taken so far.
func (r *relay) taken() []caught {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]caught(nil), r.mails...)
}

// wait returns when done is true of the mails taken, and fails the test when
// that does not come true within the limit.
func (r *relay) wait(t testing.TB, limit time.Duration, what string, done func([]caught) bool) []caught {
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
