package mail

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// badRelay is an SMTP server that misbehaves as told.
type badRelay struct {
	ln       net.Listener
	greeting string
	ehlo     []string // further lines of the answer to EHLO
	// on may answer a step in its own way: "greeting", "EHLO", "MAIL", "RCPT",
	// "DATA", "END" and so on. An empty answer stands for the usual one.
	on func(s *session, step, arg string) string

	mu       sync.Mutex // guards all below
	sessions int
	mails    []string
	steps    []string
	wg       sync.WaitGroup
	conns    map[net.Conn]bool
	done     chan struct{}
}

// Answers that are no SMTP reply.
const (
	answerClose = "\x00close" // close at once
	answerHang  = "\x00hang"  // say nothing until the test ends
)

type session struct {
	*badRelay
	conn net.Conn
	r    *bufio.Reader
	n    int    // number of the connection, from 1
	sent int    // mails taken on it
	last string // reply sent last
	off  bool   // the transaction was refused: RCPT and DATA are out of sequence
}

func startRelay(t testing.TB, change func(*badRelay)) *badRelay {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &badRelay{ln: ln, greeting: "220 relay.test ESMTP", ehlo: []string{"8BITMIME", "ENHANCEDSTATUSCODES"}, conns: map[net.Conn]bool{}, done: make(chan struct{})}
	if change != nil {
		change(b)
	}
	b.wg.Go(b.accept)
	t.Cleanup(b.stop)
	return b
}

func (b *badRelay) stop() {
	select {
	case <-b.done:
		return
	default:
	}
	close(b.done)
	_ = b.ln.Close()
	b.closeAll()
	b.wg.Wait()
}

// closeAll drops every connection, as a restart would.
func (b *badRelay) closeAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		_ = c.Close()
	}
}

func (b *badRelay) url(query string) string { return "smtp://" + b.ln.Addr().String() + query }

func (b *badRelay) accept() {
	for {
		conn, err := b.ln.Accept()
		if err != nil {
			return
		}
		b.mu.Lock()
		b.sessions++
		s := &session{badRelay: b, conn: conn, r: bufio.NewReader(conn), n: b.sessions}
		b.conns[conn] = true
		b.mu.Unlock()
		b.wg.Go(func() {
			s.serve()
			_ = conn.Close()
			b.mu.Lock()
			delete(b.conns, conn)
			b.mu.Unlock()
		})
	}
}

// answer says what is due for a step and tells whether to go on.
func (s *session) answer(step, arg, usual string) bool {
	s.mu.Lock()
	s.steps = append(s.steps, step)
	s.mu.Unlock()
	if s.on != nil {
		if own := s.on(s, step, arg); own != "" {
			usual = own
		}
	}
	switch usual {
	case answerClose:
		return false
	case answerHang:
		<-s.done
		return false
	}
	s.last = usual
	_, err := fmt.Fprintf(s.conn, "%s\r\n", strings.ReplaceAll(usual, "\n", "\r\n"))
	return err == nil
}

func (s *session) serve() {
	if !s.answer("greeting", "", s.greeting) {
		return
	}
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			return
		}
		verb, arg, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		verb = strings.ToUpper(verb)
		usual := "250 2.0.0 ok"
		switch verb {
		case "EHLO":
			usual = "250-relay.test\n250-" + strings.Join(s.ehlo, "\n250-")
			if i := strings.LastIndex(usual, "250-"); s.ehlo != nil {
				usual = usual[:i] + "250 " + usual[i+4:]
			} else {
				usual = "250 relay.test"
			}
		case "MAIL", "RSET":
			s.off = false
		case "RCPT":
			if s.off {
				usual = "503 5.5.1 bad sequence"
			}
		case "DATA":
			if usual = "354 go ahead"; s.off {
				usual = "503 5.5.1 bad sequence"
			}
		case "QUIT":
			usual = "221 2.0.0 bye"
		}
		if !s.answer(verb, arg, usual) {
			return
		}
		switch verb {
		case "QUIT":
			return
		case "MAIL", "RCPT":
			s.off = s.off || s.last[0] >= '4'
		case "DATA":
			if !strings.HasPrefix(s.last, "354") {
				continue
			}
			body, err := s.body()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.mails = append(s.mails, body)
			s.mu.Unlock()
			s.sent++
			if !s.answer("END", body, "250 2.0.0 taken") {
				return
			}
		}
	}
}

// body reads to the end of the data and leaves the dots as they came.
func (s *session) body() (string, error) {
	var b strings.Builder
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == ".\r\n" {
			return b.String(), nil
		}
		b.WriteString(line)
	}
}

func (b *badRelay) taken() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.mails...)
}

func (b *badRelay) count(step string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, s := range b.steps {
		if s == step {
			n++
		}
	}
	return n
}

var quiet = slog.New(slog.DiscardHandler)

func newTestSender(t testing.TB, url string, change func(*SMTPOptions)) *Sender {
	t.Helper()
	o := SMTPOptions{URL: url, DialTimeout: 5 * time.Second, SendTimeout: 5 * time.Second, Logger: quiet, HELO: "client.test"}
	if change != nil {
		change(&o)
	}
	s, err := NewSender(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// testMessage is a mail written by hand; header has whole fields.
func testMessage(body string, header ...string) *Message {
	header = append([]string{"From: <desk@naru.example>", "To: <writer@example.com>", "Content-Type: text/plain; charset=UTF-8"}, header...)
	return &Message{From: "<desk@naru.example>", To: "<writer@example.com>", Raw: []byte(strings.Join(header, "\r\n") + "\r\n\r\n" + body)}
}

// certificate makes a self-signed certificate for 127.0.0.1.
func certificate(t testing.TB, notAfter time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "relay.test"}, NotBefore: notAfter.Add(-48 * time.Hour), NotAfter: notAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
