package e2e

import (
	"bytes"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/store/pgtest"
)

func TestFaultPostgres(t *testing.T) {
	t.Parallel()
	each(t, "PostgreSQL", 12, 700*time.Millisecond, func(t *testing.T) (*site, []harm) {
		server := pgtest.StartServer(t)
		network, target, database := pgtest.Address(t, server.URL(t))
		p := startProxy(t, network, target)
		s := split(t, startRelay(t, func(r *relay) { r.delay = 5 * time.Millisecond }), 1, 2, "postgres://naru@"+p.addr+"/"+database+"?sslmode=disable", "")
		s.database = p
		return s, []harm{
			{name: "stopped and started", do: func(t *testing.T) { server.Stop(t) }, undo: func(t *testing.T) { server.Start(t) }},
			{name: "crashed and started", do: func(t *testing.T) { server.Crash(t) }, undo: func(t *testing.T) { server.Start(t) }},
			{name: "connections cut", do: func(*testing.T) { p.cut() }},
			{name: "connections cut at COMMIT", do: func(t *testing.T) { cutAt(t, p, true, "COMMIT") }},
			{name: "connections cut at the answer to COMMIT", do: func(t *testing.T) { cutAt(t, p, false, "COMMIT\x00") }},
			{name: "sessions terminated", do: func(t *testing.T) {
				server.Execute(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '`+database+`'`)
			}},
			{name: "refused", do: func(*testing.T) { p.refuse(); p.cut() }, undo: func(t *testing.T) { p.accept(t) }},
			{name: "silent", do: func(*testing.T) { p.stall() }, undo: func(*testing.T) { p.resume() }},
			{name: "silent, then cut", do: func(*testing.T) { p.stall() }, undo: func(*testing.T) { p.cut(); p.resume() }},
			{name: "slow", do: func(*testing.T) { p.slow(20*time.Millisecond, 256<<10) }, undo: func(*testing.T) { p.slow(0, 0) }},
			{name: "read-only", do: func(t *testing.T) {
				server.Execute(t, `ALTER DATABASE `+database+` SET default_transaction_read_only = on`)
				p.cut()
			}, undo: func(t *testing.T) {
				server.Execute(t, `ALTER DATABASE `+database+` RESET default_transaction_read_only`)
				p.cut()
			}},
			{name: "connections exhausted", do: func(t *testing.T) {
				server.Execute(t, `ALTER DATABASE `+database+` CONNECTION LIMIT 1`)
				p.cut()
			}, undo: func(t *testing.T) { server.Execute(t, `ALTER DATABASE `+database+` CONNECTION LIMIT -1`) }},
		}
	})
}

// cutAt resets the next connection on which the bytes pass, before they do.
func cutAt(t *testing.T, p *proxy, fromClient bool, at string) {
	t.Helper()
	cut := make(chan struct{})
	var done atomic.Bool
	p.watch(func(_ *link, from bool, passing []byte) bool {
		if from != fromClient || !bytes.Contains(passing, []byte(at)) || !done.CompareAndSwap(false, true) {
			return true
		}
		close(cut)
		return false
	})
	defer p.watch(nil)
	select {
	case <-cut:
	case <-time.After(30 * time.Second):
		t.Errorf("%q never passes", at)
	}
}

// TestFaultPostgresFailover moves the database to a server at another
// address, of which the program knows from the beginning: the first host named
// is then gone for good.
func TestFaultPostgresFailover(t *testing.T) {
	t.Parallel()
	network, target, database := pgtest.Address(t, pgtest.URL(t))
	first, second := startProxy(t, network, target), startProxy(t, network, target)
	second.refuse()
	s := split(t, startRelay(t), 1, 1, "postgres://naru@"+first.addr+","+second.addr+"/"+database+"?sslmode=disable&target_session_attrs=read-write", "")
	l := s.load(3, 10*time.Millisecond)
	r := result{part: "PostgreSQL", fault: "failover to another address and back", faults: times(2, 20)}
	var ends []time.Time
	from, to := first, second
	for range r.faults {
		l.more(10)
		from.refuse()
		from.cut()
		<-time.After(moment(300 * time.Millisecond))
		to.accept(t)
		ends = append(ends, time.Now())
		from, to = to, from
		l.more(10)
	}
	s.settle(t, l, time.Minute, ends, r)
}
