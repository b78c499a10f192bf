package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"naru/internal/store/pgtest"
)

// TestFaultRollingRestart restarts every process in turn, as an upgrade does,
// under load: nobody notices.
func TestFaultRollingRestart(t *testing.T) {
	t.Parallel()
	s := split(t, startRelay(t, func(r *relay) { r.delay = 10 * time.Millisecond }), 1, 2, "", "")
	l := s.load(3, 10*time.Millisecond)
	r := result{part: "program", fault: "rolling restart of everything under load (SIGTERM)"}
	var ends []time.Time
	for range times(1, 10) {
		for _, n := range append(append([]*node{}, s.work...), s.serve...) {
			l.more(5)
			if code := n.terminate(t); code != 0 {
				t.Errorf("%v ended with %d", n.args, code)
			}
			ends = append(ends, time.Now())
			n.again()
			r.faults++
		}
	}
	s.settle(t, l, time.Minute, ends, r)
}

// TestFaultScaleOut runs two `serve` and up to three `work` on PostgreSQL and a
// cluster of three brokers, with a relay that takes 50 ms for each mail.
func TestFaultScaleOut(t *testing.T) {
	t.Parallel()
	const delay = 50 * time.Millisecond
	relay := startRelay(t, func(r *relay) { r.delay = delay })
	network, target, database := pgtest.Address(t, pgtest.URL(t))
	databaseURL := "postgres://naru@" + startProxy(t, network, target).addr + "/" + database + "?sslmode=disable"
	smtp := startProxy(t, "tcp", relay.addr)
	brokers := startCluster(t, 3)
	env := func() []string {
		return environment(t.TempDir(), "NARU_SMTP_URL=smtp://"+smtp.addr+"?tls=none", "NARU_PUBLIC_URL=http://desk.test",
			"NARU_DATABASE_URL="+databaseURL, "NARU_NATS_URL="+urls(brokers), "NARU_NATS_REPLICAS=3")
	}
	s := &site{t: t, relay: relay, smtp: smtp, env: env()}

	// All at once, on an empty database: one of them migrates it.
	nodes := make([]*node, 3)
	var starting sync.WaitGroup
	for i := range nodes {
		role := "serve"
		if i == 2 {
			role = "work"
		}
		n := &node{t: t, env: append(env(), "NARU_HTTP_ADDR="+reserve(t), "NARU_WORK_ADDR="+reserve(t)), args: []string{role}}
		nodes[i] = n
		starting.Go(func() { n.process = start(t, n.env, n.args...) })
	}
	starting.Wait()
	s.serve, s.work = nodes[:2], nodes[2:]
	migrated := 0
	for _, n := range nodes {
		migrated += strings.Count(n.output(), "database migrated")
	}
	if migrated != 1 {
		t.Errorf("%d processes say that they migrated the database", migrated)
	}

	all := map[string]receipt{}
	rates := make([]float64, 3)
	for workers := 1; workers <= 3; workers++ {
		if workers > 1 {
			s.work = append(s.work, newNode(t, env(), "work"))
		}
		rates[workers-1] = s.throughput(t, all, times(60, 300)*workers)
		ceiling := float64(workers*senders) / delay.Seconds()
		t.Logf("%d workers: %.0f mails/s, %.2f of the ceiling of %.0f", workers, rates[workers-1], rates[workers-1]/ceiling, ceiling)
	}
	if *long && rates[2] < 1.3*rates[0] { // a short backlog says little
		t.Errorf("three workers send %.0f mails/s, one %.0f", rates[2], rates[0])
	}

	// One worker dies on the way; both serves take inquiries.
	urls := []string{s.serve[0].url, s.serve[1].url}
	var turn struct {
		sync.Mutex
		n int
	}
	l := startLoad(t, func() string {
		turn.Lock()
		defer turn.Unlock()
		turn.n++
		return urls[turn.n%2]
	}, s.serve[0].bodies(), 8, 5*time.Millisecond)
	l.more(40)
	s.work[1].kill()
	killed := time.Now()
	l.more(40)
	cases := l.end()
	maps.Copy(cases, all)
	l.begun.Store(int64(len(cases)))
	s.settle(t, l, 90*time.Second, []time.Time{killed}, result{
		part: "scale-out", fault: fmt.Sprintf("2 serve, 3 work, 3 brokers; one work killed; %.0f, %.0f, %.0f mails/s with 1, 2, 3 work at a 50 ms relay", rates[0], rates[1], rates[2]),
		faults: 1, bound: senders,
	})
}

// throughput lets a backlog of n inquiries build up while the relay cannot be
// reached and returns how many mails are sent each second when it is back.
func (s *site) throughput(t *testing.T, all map[string]receipt, n int) float64 {
	t.Helper()
	s.smtp.refuse()
	s.smtp.cut()
	cases := flood(t, s.serve[0].process, n, 16, false)
	maps.Copy(all, cases)
	s.smtp.accept(t)
	taken := s.relay.count()
	waitFor(t, 3*time.Minute, "the first mails", func() bool { return s.relay.count() > taken+n/4 })
	taken, began := s.relay.count(), time.Now()
	left := 2 * n * 3 / 8
	waitFor(t, 5*time.Minute, "the backlog", func() bool { return s.relay.count() > taken+left })
	rate := float64(s.relay.count()-taken) / time.Since(began).Seconds()
	waitFor(t, 5*time.Minute, "everything is delivered", func() bool { return len(s.relay.missing(cases)) == 0 })
	return rate
}

// TestLimitsAreSharedByServingProcesses takes all that one address may send
// from one process; the other refuses it, too. What they tell each other names
// nobody.
func TestLimitsAreSharedByServingProcesses(t *testing.T) {
	t.Parallel()
	const burst = 20
	b := startBroker(t)
	s := split(t, startRelay(t), 2, 0, "", "nats://"+b.settings.Addr, "NARU_LIMITS_EXEMPT=192.0.2.1",
		"NARU_LIMITS_INQUIRIES_PER_MINUTE=1", "NARU_LIMITS_INQUIRIES_PER_HOUR=60", fmt.Sprint("NARU_LIMITS_BURST=", burst))
	conn, err := nats.Connect("nats://" + b.settings.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	told, err := conn.SubscribeSync("naru.limits")
	if err == nil {
		err = conn.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	body := s.serve[0].bodies()[0]
	send := func(n *node) bool {
		response, answer, err := n.post("/api/v1/inquiries", "application/json", body)
		switch {
		case err != nil:
			t.Fatal(err)
		case response.StatusCode == http.StatusTooManyRequests && response.Header.Get("Retry-After") == "":
			t.Error("refused without Retry-After")
		case response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusAccepted:
			t.Fatalf("%d %s", response.StatusCode, answer)
		}
		return response.StatusCode == http.StatusAccepted
	}
	taken := 0
	for send(s.serve[0]) {
		taken++
	}
	if taken < burst || taken > burst+2 {
		t.Fatalf("%d of %d inquiries accepted", taken, burst)
	}
	for heard := 0; heard < taken; {
		message, err := told.NextMsg(20 * time.Second)
		if err != nil {
			t.Fatalf("%d of %d told: %v", heard, taken, err)
		}
		var m struct {
			Process string
			Taken   map[string]map[uint64]int
		}
		if err := json.Unmarshal(message.Data, &m); err != nil || strings.Contains(string(message.Data), "127.0.0.1") {
			t.Fatalf("%v: %s", err, message.Data)
		}
		for _, n := range m.Taken["submit"] {
			heard += n
		}
	}
	// The broker tells both at a time; the other may be a moment later than we.
	more := 0
	for send(s.serve[1]) {
		more++
	}
	if more > burst/2 {
		t.Errorf("the other process accepted %d more of %d", more, burst)
	}
}
