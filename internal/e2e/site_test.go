package e2e

import (
	"bufio"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"naru/internal/store/pgtest"
)

// node is one process of an installation. It can be started again, with the
// same settings and address.
type node struct {
	*process
	t    testing.TB
	env  []string
	args []string
}

// newNode starts naru with the settings, on an address of its own.
func newNode(t testing.TB, env []string, args ...string) *node {
	t.Helper()
	addr := reserve(t)
	n := &node{t: t, env: append(env, "NARU_HTTP_ADDR="+addr, "NARU_WORK_ADDR="+addr), args: args}
	n.again()
	return n
}

// again starts it after it has ended.
func (n *node) again() {
	n.t.Helper()
	n.process = start(n.t, n.env, n.args...)
}

// crash kills it and starts it again; the time returned is when that began.
func (n *node) crash() time.Time {
	n.t.Helper()
	n.kill()
	began := time.Now()
	n.again()
	return began
}

// bodies are the two example inquiries.
func (n *node) bodies() [][]byte {
	examples := n.examples(n.t)
	return [][]byte{examples["patient"], examples["partner"]}
}

// site is an installation with proxies between its parts.
type site struct {
	t     testing.TB
	relay *relay
	smtp  *proxy // to the relay
	// database and broker are nil where they are inside the program.
	database, broker *proxy
	// env is what the commands of the operator run with.
	env         []string
	serve, work []*node // the same node when all in one
}

// allInOne is one process with SQLite and the broker inside.
func allInOne(t testing.TB, r *relay, more ...string) *site {
	t.Helper()
	s := &site{t: t, relay: r, smtp: startProxy(t, "tcp", r.addr)}
	s.env = environment(t.TempDir(), append([]string{"NARU_SMTP_URL=smtp://" + s.smtp.addr + "?tls=none"}, more...)...)
	n := newNode(t, s.env)
	s.serve, s.work = []*node{n}, []*node{n}
	return s
}

// split is serve and work processes with PostgreSQL and one broker; each has a
// data folder of its own. URLs, if not empty, are used instead of what is
// started and proxied by default.
func split(t testing.TB, r *relay, serving, working int, databaseURL, brokerURL string, more ...string) *site {
	t.Helper()
	s := &site{t: t, relay: r, smtp: startProxy(t, "tcp", r.addr)}
	if databaseURL == "" {
		network, target, database := pgtest.Address(t, pgtest.URL(t))
		s.database = startProxy(t, network, target)
		databaseURL = "postgres://naru@" + s.database.addr + "/" + database + "?sslmode=disable"
	}
	if brokerURL == "" {
		s.broker = startProxy(t, "tcp", startBroker(t).settings.Addr)
		brokerURL = "nats://" + s.broker.addr
	}
	environment := func() []string {
		return environment(t.TempDir(), append([]string{
			"NARU_SMTP_URL=smtp://" + s.smtp.addr + "?tls=none", "NARU_PUBLIC_URL=http://desk.test",
			"NARU_DATABASE_URL=" + databaseURL, "NARU_NATS_URL=" + brokerURL,
		}, more...)...)
	}
	s.env = environment()
	if out, code := run(t, s.env, "migrate"); code != 0 {
		t.Fatalf("migrate ended with %d:\n%s", code, out)
	}
	for range serving {
		s.serve = append(s.serve, newNode(t, environment(), "serve"))
	}
	for range working {
		s.work = append(s.work, newNode(t, environment(), "work"))
	}
	return s
}

// load starts clients that send to the first serving node.
func (s *site) load(clients int, pause time.Duration) *load {
	s.t.Helper()
	url := s.serve[0].url
	return startLoad(s.t, func() string { return url }, s.serve[0].bodies(), clients, pause)
}

// books is what `naru reconcile` counts.
type books struct {
	Inquiries  map[string]int
	Deliveries struct{ Pending, Queued, Sending, Delivered, Dead int }
	Balanced   bool
}

// reconcile returns the books; false when they are not balanced or cannot be
// read now.
func (s *site) reconcile() (b books, balanced bool) {
	s.t.Helper()
	out, code := run(s.t, s.env, "reconcile", "--json")
	if code != 0 {
		return b, false
	}
	// The log, if any, goes before.
	if err := json.Unmarshal([]byte(out[max(0, strings.Index(out, "{\n")):]), &b); err != nil {
		s.t.Fatalf("reconcile --json: %v\n%s", err, out)
	}
	return b, b.Balanced
}

// settle waits until all that the load had accepted is delivered and the books
// say so, checks that nothing is lost and that no more is doubled than bound
// allows, and reports. ends are the moments at which faults ended.
func (s *site) settle(t *testing.T, l *load, limit time.Duration, ends []time.Time, r result) result {
	t.Helper()
	cases := l.end()
	quiet := time.Now()
	within(t, limit, "everything is delivered", func() bool { return len(s.relay.missing(cases)) == 0 })
	var b books
	within(t, limit, "the books are balanced and nothing waits", func() (balanced bool) {
		<-time.After(200 * time.Millisecond) // looking is not free
		b, balanced = s.reconcile()
		return balanced && b.Deliveries.Pending+b.Deliveries.Queued+b.Deliveries.Sending == 0
	})
	r.drained = time.Since(quiet)
	mails := s.relay.taken()
	r.inquiries, r.mails, r.doubled = len(cases), len(mails), len(mails)-different(mails)
	r.lost, r.dead = len(s.relay.missing(cases)), b.Deliveries.Dead
	if r.lost > 0 {
		t.Errorf("%d of %d inquiries lack a mail", r.lost, len(cases))
	}
	if r.doubled > r.bound {
		t.Errorf("%d mails doubled, at most %d may be", r.doubled, r.bound)
	}
	accepted := 0
	for _, n := range b.Inquiries {
		accepted += n
	}
	if accepted != len(cases) {
		t.Errorf("%d inquiries in the books, %d case numbers given", accepted, len(cases))
	}
	if d := b.Deliveries.Delivered + b.Deliveries.Dead; d != 2*len(cases) {
		t.Errorf("%d mails for %d inquiries in the books", d, len(cases))
	}
	if all := l.recoveries(ends, mails); len(all) > 0 {
		r.recovery = slices.Max(all)
	}
	report(t, r)
	return r
}

// within is waitFor that goes on after the limit, so that the rest is still
// told.
func within(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	if *long {
		limit *= 4 // many faults leave much to be done, and the machine is full
	}
	deadline := time.Now().Add(limit)
	for !condition() {
		if time.Now().After(deadline) {
			t.Errorf("not after %v: %s", limit, what)
			return
		}
		<-time.After(25 * time.Millisecond)
	}
}

// level is what a process holds.
type level struct{ goroutines, residentBytes float64 }

// level reads the metrics of the node.
func (n *node) level() level {
	n.t.Helper()
	response, err := http.Get(n.url + "/metrics")
	if err != nil {
		n.t.Fatal(err)
	}
	defer response.Body.Close()
	var l level
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		number, _ := strconv.ParseFloat(value, 64)
		switch name {
		case "go_goroutines":
			l.goroutines = number
		case "process_resident_memory_bytes":
			l.residentBytes = number
		}
	}
	if l.goroutines == 0 || l.residentBytes == 0 {
		n.t.Fatal("the metrics lack the figures of the process")
	}
	return l
}

// backTo fails the test unless the node holds no more than before, give or
// take what caches and kept connections hold.
func (n *node) backTo(t *testing.T, before level) {
	t.Helper()
	var now level
	within(t, 60*time.Second, "goroutines and memory are back to level", func() bool {
		now = n.level()
		return now.goroutines <= before.goroutines+40 && now.residentBytes <= before.residentBytes+96<<20
	})
	t.Logf("goroutines %.0f → %.0f, memory %.0f → %.0f MiB", before.goroutines, now.goroutines, before.residentBytes/(1<<20), now.residentBytes/(1<<20))
}
