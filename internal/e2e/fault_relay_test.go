package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

func temporary() *smtp.SMTPError {
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "try again"}
}

func closing() *smtp.SMTPError {
	return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "closing"}
}

// first returns a function that is true for the first time of each key.
func first() func(key string) bool {
	var seen sync.Map
	return func(key string) bool {
		_, was := seen.LoadOrStore(key, true)
		return !was
	}
}

// misbehaviour is a relay that refuses or fails each mail the first time that
// it is offered: as many faults as mails.
type misbehaviour struct {
	name string
	set  func(*relay)
	// doubles tells that every fault may double a mail: nobody can know
	// whether it was taken.
	doubles bool
}

// once refuses each mail the first time.
func once(how *smtp.SMTPError) func(*relay) {
	return func(r *relay) {
		r.refuse = func(_, _ string, try int) *smtp.SMTPError {
			if try == 1 {
				return how
			}
			return nil
		}
	}
}

func everyThirdMAIL(r *relay) {
	n := 0
	r.mailFrom = func() *smtp.SMTPError {
		if n++; n%3 == 0 {
			return closing()
		}
		return nil
	}
}

var misbehaviours = []misbehaviour{
	{"each mail greylisted once (451)", once(temporary()), false},
	{"421 in the middle, after the data", once(closing()), false},
	{"421 at every third MAIL", everyThirdMAIL, false},
	{"hangs up after the data, mail not taken", func(r *relay) {
		r.hangUp = func(_ string, try int) (bool, bool) { return try == 1, false }
	}, false},
	{"hangs up after the data, mail taken", func(r *relay) {
		is := first()
		r.hangUp = func(id string, try int) (bool, bool) { return is(id) && try == 1, true }
	}, true},
	{"takes two connections only", func(r *relay) { r.limit, r.delay = 2, 2*time.Millisecond }, false},
}

// everything is all of them in one: each mail is greylisted, then the
// connection is hung up on, while others are refused at MAIL or at the door.
var everything = misbehaviour{"451, 421, hang-ups and a limit of connections, all at once", func(r *relay) {
	once(temporary())(r)
	everyThirdMAIL(r)
	r.hangUp = func(_ string, try int) (bool, bool) { return try == 2, false }
	r.limit = 4
}, false}

func TestFaultRelayRefuses(t *testing.T) {
	t.Parallel()
	cases := []misbehaviour{everything}
	if *long {
		cases = append(cases, misbehaviours...)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := allInOne(t, startRelay(t, c.set))
			l := s.load(8, 0)
			l.more(times(15, 60))
			l.end()
			result := result{part: "relay", fault: c.name}
			if c.doubles {
				result.bound = 2 * l.count()
			}
			s.settleCounted(t, l, result)
		})
	}
}

// settleCounted is settle where the relay counted the faults.
func (s *site) settleCounted(t *testing.T, l *load, r result) {
	t.Helper()
	within(t, 2*time.Minute, "everything is delivered", func() bool { return len(s.relay.missing(l.accepted)) == 0 })
	r.faults = s.relay.refusals()
	if r.faults == 0 {
		t.Error("no fault happened")
	}
	s.settle(t, l, time.Minute, nil, r)
}

// TestFaultRelayLink does to the way to the relay what networks do.
func TestFaultRelayLink(t *testing.T) {
	t.Parallel()
	each(t, "relay", 30, 500*time.Millisecond, func(t *testing.T) (*site, []harm) {
		s := allInOne(t, startRelay(t, func(r *relay) { r.delay = 5 * time.Millisecond }))
		p := s.smtp
		return s, []harm{
			{name: "connections refused", do: func(*testing.T) { p.refuse(); p.cut() }, undo: func(t *testing.T) { p.accept(t) }, doubles: senders},
			{name: "connections cut", do: func(*testing.T) { p.cut() }, doubles: senders},
			{name: "silent", do: func(*testing.T) { p.stall() }, undo: func(*testing.T) { p.resume() }},
			{name: "silent, then cut", do: func(*testing.T) { p.stall() }, undo: func(*testing.T) { p.cut(); p.resume() }, doubles: senders},
			{name: "slow bytes", do: func(*testing.T) { p.slow(5*time.Millisecond, 32<<10) }, undo: func(*testing.T) { p.slow(0, 0) }},
		}
	})
}

// authority issues certificates for tests and can be trusted by the program.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	// file is the PEM file of its certificate.
	file string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, file: filepath.Join(t.TempDir(), "authority.pem")}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// issue returns a certificate for the host that ends at the time.
func (a *authority) issue(t *testing.T, host string, end time.Time) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: end}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestFaultRelayTLS has the relay show bad certificates or none where
// encryption is mandatory: mail waits, and goes out when the relay is mended.
func TestFaultRelayTLS(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t), newAuthority(t)
	inAnHour := time.Now().Add(time.Hour)
	r := startRelay(t)
	s := allInOne(t, r, "NARU_SMTP_URL=smtp://"+r.addr, "SSL_CERT_FILE="+ours.file)
	l := s.load(2, 20*time.Millisecond)
	bad := []*tls.Certificate{
		nil, // no STARTTLS
		ours.issue(t, "127.0.0.1", time.Now().Add(-time.Minute)),
		ours.issue(t, "another.example", inAnHour),
		theirs.issue(t, "127.0.0.1", inAnHour),
	}
	good := ours.issue(t, "127.0.0.1", inAnHour)
	restart := func(c *tls.Certificate) {
		r.down()
		r.set(func(r *relay) { r.certificate = c })
		r.up(t)
	}
	var ends []time.Time
	res := result{part: "relay", fault: "no STARTTLS, certificate expired, for another host, of unknown authority"}
	for range times(1, 5) {
		for _, c := range bad {
			restart(c)
			bad := r.openings
			l.more(5)
			<-time.After(moment(time.Second))
			if slices.ContainsFunc(r.taken(), func(m caught) bool { return m.opening == bad }) {
				t.Error("mail went out without proper encryption")
			}
			restart(good)
			ends = append(ends, time.Now())
			res.faults++
			res.bound += senders // down cuts what is being sent
			count := r.count()
			waitFor(t, 10*time.Second, "sending goes on within ten seconds", func() bool { return r.count() > count })
		}
	}
	s.settle(t, l, time.Minute, ends, res)
}

// TestFaultRelaySize has the relay take smaller mails than there are: all are
// dead at once, told where that can be, and go out by replay when it is mended.
func TestFaultRelaySize(t *testing.T) {
	t.Parallel()
	r := startRelay(t, func(r *relay) { r.maxBytes = 1 << 10 })
	s := allInOne(t, r)
	l := s.load(2, 0)
	l.more(times(5, 50))
	cases := l.end()
	var b books
	within(t, time.Minute, "all are dead", func() bool {
		b, _ = s.reconcile()
		return b.Balanced && b.Deliveries.Pending+b.Deliveries.Queued+b.Deliveries.Sending == 0
	})
	// Each mail, and the notice of its death.
	if want := 4 * len(cases); b.Deliveries.Dead != want || r.count() > 0 {
		t.Errorf("%d dead of %d, %d mails taken", b.Deliveries.Dead, want, r.count())
	}
	r.down()
	r.set(func(r *relay) { r.maxBytes = 0 })
	r.up(t)
	if out, code := run(t, s.env, "deadletters", "replay", "--all"); code != 0 {
		t.Fatalf("replay ended with %d:\n%s", code, out)
	}
	began := time.Now()
	within(t, time.Minute, "everything is delivered", func() bool {
		b, _ = s.reconcile()
		return b.Balanced && b.Deliveries.Delivered == 4*len(cases)
	})
	mails := r.taken()
	if len(r.missing(cases)) > 0 || len(mails) != different(mails) {
		t.Errorf("%d inquiries lack a mail, %d doubled", len(r.missing(cases)), len(mails)-different(mails))
	}
	report(t, result{
		part: "relay", fault: "takes mails up to 1 KiB only; replayed when mended", faults: 2 * len(cases), inquiries: len(cases),
		mails: len(mails), lost: len(r.missing(cases)), doubled: len(mails) - different(mails), drained: time.Since(began),
	})
}
