package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/nats-io/nats-server/v2/server"

	"naru/internal/store/pgtest"
)

const senders = 8 // default number of kept connections

// flood sends n inquiries from c clients and returns those accepted, by case
// number. It stops at the first refusal when the process is meant to die.
func flood(t *testing.T, p *process, n, c int, mayDie bool) map[string]receipt {
	t.Helper()
	examples := p.examples(t)
	bodies := [][]byte{examples["patient"], examples["partner"]}
	var (
		mu       sync.Mutex
		accepted = map[string]receipt{}
		refused  sync.Once
		clients  sync.WaitGroup
		work     = make(chan int)
	)
	for range c {
		clients.Go(func() {
			for i := range work {
				response, answer, err := p.post("/api/v1/inquiries", "application/json", bodies[i%2])
				if err != nil {
					if !mayDie {
						t.Errorf("inquiry %d: %v", i, err)
					}
					continue
				}
				var r receipt
				if response.StatusCode != http.StatusAccepted || json.Unmarshal(answer, &r) != nil {
					refused.Do(func() { t.Errorf("inquiry %d: %d %s", i, response.StatusCode, answer) })
					continue
				}
				mu.Lock()
				accepted[r.Reference] = r
				mu.Unlock()
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	clients.Wait()
	return accepted
}

// allDelivered tells whether each case number stands in the subject of two
// different mails.
func allDelivered(cases map[string]receipt) func([]caught) bool {
	return func(mails []caught) bool { return len(undelivered(cases, mails)) == 0 }
}

func undelivered(cases map[string]receipt, mails []caught) []string {
	ids := map[string]map[string]bool{}
	for _, m := range mails {
		if reference := subjectReference(m); reference != "" {
			if ids[reference] == nil {
				ids[reference] = map[string]bool{}
			}
			ids[reference][m.messageID] = true
		}
	}
	var missing []string
	for reference := range cases {
		if len(ids[reference]) < 2 {
			missing = append(missing, reference)
		}
	}
	return missing
}

// subjectReference finds the case number in a subject; empty if there is none.
func subjectReference(m caught) string {
	subject := decoded(m.message.Header.Get("Subject"))
	for _, word := range strings.FieldsFunc(subject, func(r rune) bool { return !strings.ContainsRune("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", r) }) {
		if len(word) == len("K7Q-X3M-9A4") && strings.Count(word, "-") == 2 {
			return word
		}
	}
	return ""
}

func decoded(header string) string {
	text, err := new(mime.WordDecoder).DecodeHeader(header)
	if err != nil {
		return header
	}
	return text
}

func TestFaultKilledWithTheBrokersFolderGone(t *testing.T) {
	t.Parallel()
	relay := startRelay(t, func(r *relay) { r.delay = 50 * time.Millisecond })
	dir := t.TempDir()
	env := environment(dir, "NARU_SMTP_URL="+relay.url())
	p := start(t, env)
	cases := flood(t, p, 150, 16, false)
	if len(cases) != 150 {
		t.Fatalf("%d of 150 accepted", len(cases))
	}
	// Somewhere on the way: after a random number of the 300 mails.
	some := 20 + rand.IntN(200)
	relay.wait(t, 60*time.Second, "some mails", func(mails []caught) bool { return len(mails) >= some })
	p.kill()
	if err := os.RemoveAll(filepath.Join(dir, "nats")); err != nil {
		t.Fatal(err)
	}
	start(t, env)
	mails := relay.wait(t, 60*time.Second, "every inquiry has its two mails", allDelivered(cases))
	if doubled := len(mails) - different(mails); doubled > senders {
		t.Errorf("%d mails doubled, at most one per connection may be", doubled)
	} else {
		t.Logf("killed after %d mails: %d doubled", some, doubled)
	}
	waitFor(t, 30*time.Second, "balanced", func() bool { _, code := run(t, env, "reconcile"); return code == 0 })
}

func TestFaultGreylistingDelaysAndLosesNothing(t *testing.T) {
	t.Parallel()
	relay := startRelay(t, func(r *relay) {
		r.refuse = func(_, _ string, try int) *smtp.SMTPError {
			if try == 1 {
				return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, try again"}
			}
			return nil
		}
	})
	env := environment(t.TempDir(), "NARU_SMTP_URL="+relay.url())
	p := start(t, env)
	cases := flood(t, p, 50, 8, false)
	mails := relay.wait(t, 60*time.Second, "every inquiry has its two mails", allDelivered(cases))
	if len(mails) != 100 {
		t.Errorf("%d mails for 50 inquiries", len(mails))
	}
	reconciled(t, env)
}

func TestFaultRelayAwayAndBack(t *testing.T) {
	t.Parallel()
	relay := startRelay(t)
	relay.down()
	env := environment(t.TempDir(), "NARU_SMTP_URL="+relay.url())
	p := start(t, env)
	cases := flood(t, p, 50, 8, false)
	waitFor(t, 30*time.Second, "the outage is noticed", func() bool { return strings.Contains(p.output(), "mail relay is away") })
	if mails := relay.taken(); len(mails) > 0 {
		t.Fatalf("%d mails while the relay is down", len(mails))
	}
	back := time.Now()
	relay.up(t)
	mails := relay.wait(t, 10*time.Second, "recovery within ten seconds", allDelivered(cases))
	t.Logf("all delivered %v after the relay's return", time.Since(back).Round(time.Millisecond))
	if len(mails) != 100 {
		t.Errorf("%d mails for 50 inquiries", len(mails))
	}
	waitFor(t, 30*time.Second, "balanced", func() bool { _, code := run(t, env, "reconcile"); return code == 0 })
}

func TestFaultRefusedForGoodIsToldToTheFallbackTeam(t *testing.T) {
	t.Parallel()
	var bad sync.Map // Message-IDs refused
	relay := startRelay(t, func(r *relay) {
		r.refuse = func(to, id string, _ int) *smtp.SMTPError {
			if strings.HasPrefix(to, "moved@") {
				bad.Store(id, true)
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user " + to}
			}
			return nil
		}
	})
	env := environment(t.TempDir(), "NARU_SMTP_URL="+relay.url())
	p := start(t, env)
	var body map[string]any
	if err := json.Unmarshal(p.examples(t)["patient"], &body); err != nil {
		t.Fatal(err)
	}
	body["email"] = "moved@clinic.example"
	wrong, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	lost := p.inquire(t, wrong)
	cases := flood(t, p, 20, 4, false)
	relay.wait(t, 30*time.Second, "other mail is unaffected", allDelivered(cases))
	mails := relay.wait(t, 30*time.Second, "team mail and notice of the failed one", allDelivered(map[string]receipt{lost.Reference: lost}))
	notices := 0
	for _, m := range mails {
		if strings.HasPrefix(m.to, "fallback") || strings.Contains(m.to, "desk@") {
			if subjectReference(m) == lost.Reference && m.message.Header.Get("Auto-Submitted") == "auto-generated" {
				notices++
			}
		}
	}
	if notices != 1 {
		t.Errorf("%d notices to the fallback team", notices)
	}
	out, code := run(t, env, "deadletters", "list")
	if code != 0 || !strings.Contains(out, lost.Reference) || !strings.Contains(out, "550 5.1.1") {
		t.Errorf("deadletters list ended with %d:\n%s", code, out)
	}
	if strings.Contains(out, "moved@") || strings.Contains(p.output(), "moved@") || strings.Contains(p.output(), "clinic.example") {
		t.Error("an address stands in the list or in the log")
	}
	reconciled(t, env)

	// The relay changes its mind; the operator replays.
	relay.mu.Lock()
	relay.refuse = nil
	relay.mu.Unlock()
	if out, code := run(t, env, "deadletters", "replay", "--all"); code != 0 {
		t.Fatalf("replay ended with %d:\n%s", code, out)
	}
	relay.wait(t, 30*time.Second, "the replayed acknowledgement", func(mails []caught) bool {
		for _, m := range mails {
			if _, was := bad.Load(m.messageID); was && m.to == "moved@clinic.example" {
				return true
			}
		}
		return false
	})
	reconciled(t, env)
}

func TestFaultTerminatedUnderLoad(t *testing.T) {
	t.Parallel()
	relay := startRelay(t, func(r *relay) { r.delay = 400 * time.Millisecond })
	env := environment(t.TempDir(), "NARU_SMTP_URL="+relay.url())
	p := start(t, env)
	cases := flood(t, p, 60, 16, false)
	if code := p.terminate(t); code != 0 {
		t.Errorf("ended with %d:\n%s", code, p.tail())
	}
	before := relay.taken()
	if len(before) == 120 {
		t.Error("all mails were out before the stop: the test proves nothing")
	}
	if len(before) != different(before) {
		t.Errorf("%d mails doubled before the restart", len(before)-different(before))
	}
	start(t, env)
	mails := relay.wait(t, 60*time.Second, "every inquiry has its two mails", allDelivered(cases))
	if len(mails) != 120 {
		t.Errorf("%d mails for 60 inquiries", len(mails))
	}
	waitFor(t, 30*time.Second, "balanced", func() bool { _, code := run(t, env, "reconcile"); return code == 0 })
}

func TestTwoWorkersOnPostgresAndNATSSendNothingTwice(t *testing.T) {
	t.Parallel()
	nats, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true, DisableJetStreamBanner: true})
	if err != nil {
		t.Fatal(err)
	}
	nats.Start()
	defer func() { nats.Shutdown(); nats.WaitForShutdown() }()
	if !nats.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS server not ready")
	}
	// One worker alone never has so many mails under way.
	relay := startRelay(t, func(r *relay) {
		r.delay, r.gather, r.gathered = 20*time.Millisecond, senders+1, make(chan struct{})
	})
	database := pgtest.URL(t)
	env := func() []string {
		return environment(t.TempDir(), "NARU_SMTP_URL="+relay.url(), "NARU_DATABASE_URL="+database, "NARU_NATS_URL="+nats.ClientURL(), "NARU_PUBLIC_URL=http://desk.test")
	}
	shared := env()
	if out, code := run(t, shared, "migrate"); code != 0 {
		t.Fatalf("migrate ended with %d:\n%s", code, out)
	}
	start(t, env(), "work")
	second := start(t, env(), "work")
	p := start(t, shared, "serve")
	cases := flood(t, p, 150, 16, false)
	// One of them goes in the middle: the other takes over what it gave back.
	relay.wait(t, 60*time.Second, "half of the mails", func(mails []caught) bool { return len(mails) >= 150 })
	if code := second.terminate(t); code != 0 {
		t.Errorf("worker ended with %d:\n%s", code, second.tail())
	}
	mails := relay.wait(t, 60*time.Second, "every inquiry has its two mails", allDelivered(cases))
	if len(mails) != 300 {
		t.Errorf("%d mails for 150 inquiries", len(mails))
	}
	waitFor(t, 30*time.Second, "balanced", func() bool { _, code := run(t, shared, "reconcile"); return code == 0 })
}

func TestSameIdempotencyKeySameAnswer(t *testing.T) {
	t.Parallel()
	relay := startRelay(t)
	env := environment(t.TempDir(), "NARU_SMTP_URL="+relay.url())
	p := start(t, env)
	body := p.examples(t)["patient"]
	var (
		mu      sync.Mutex
		answers = map[string]int{}
		clients sync.WaitGroup
	)
	for range 16 {
		clients.Go(func() {
			r := p.inquire(t, body, "Idempotency-Key", "double-click")
			mu.Lock()
			answers[fmt.Sprint(r)]++
			mu.Unlock()
		})
	}
	clients.Wait()
	if len(answers) != 1 {
		t.Errorf("%d different answers to one key: %v", len(answers), answers)
	}
	other := bytes.Replace(body, []byte(`"patient"`), []byte(` "patient"`), 1)
	response, answer, err := p.post("/api/v1/inquiries", "application/json", other, "Idempotency-Key", "double-click")
	if err != nil || response.StatusCode != http.StatusConflict {
		t.Errorf("same key, other body: %v %s, %v", response.StatusCode, answer, err)
	}
	relay.wait(t, 30*time.Second, "two mails", func(mails []caught) bool { return len(mails) == 2 })
	waitFor(t, 30*time.Second, "balanced", func() bool { _, code := run(t, env, "reconcile"); return code == 0 })
	if mails := relay.taken(); len(mails) != 2 {
		t.Errorf("%d mails for one inquiry", len(mails))
	}
}
