package bench

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// relay takes every mail and keeps none.
type relay struct {
	addr string
	took atomic.Int64
	// delay is how long it takes over a mail, in nanoseconds.
	delay atomic.Int64
	// watch makes it note when the first and the last mail of a case came.
	watch atomic.Bool

	mu  sync.Mutex // guards what follows
	ats map[string][]time.Time
}

func startRelay(b *testing.B) *relay {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	r := &relay{addr: listener.Addr().String(), ats: map[string][]time.Time{}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return session{r}, nil }))
	server.Domain = "relay.example"
	server.MaxLineLength = 2000
	server.EnableSMTPUTF8 = true
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := server.Serve(listener); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			b.Error(err)
		}
	}()
	b.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	return r
}

func (r *relay) url() string { return "smtp://" + r.addr + "?tls=none" }

// arrivals returns when the mails of the cases came, by case number, and
// forgets them.
func (r *relay) arrivals() map[string][]time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	ats := r.ats
	r.ats = map[string][]time.Time{}
	return ats
}

type session struct{ relay *relay }

func (session) Reset()                               {}
func (session) Logout() error                        { return nil }
func (session) Mail(string, *smtp.MailOptions) error { return nil }
func (session) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s session) Data(r io.Reader) error {
	var kept bytes.Buffer
	w := io.Discard
	if s.relay.watch.Load() {
		w = &kept
	}
	if _, err := io.Copy(w, r); err != nil {
		return err
	}
	at := time.Now()
	if d := time.Duration(s.relay.delay.Load()); d > 0 {
		<-time.After(d)
	}
	s.relay.took.Add(1)
	if kept.Len() == 0 {
		return nil
	}
	m, err := mail.ReadMessage(bufio.NewReader(&kept))
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	for _, word := range strings.FieldsFunc(subject, func(r rune) bool { return !strings.ContainsRune("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", r) }) {
		if len(word) == len("K7Q-X3M-9A4") && strings.Count(word, "-") == 2 {
			s.relay.ats[word] = append(s.relay.ats[word], at)
		}
	}
	return nil
}
