package e2e

import (
	"math/rand/v2"
	"testing"
	"time"
)

// stream is the name of the stream of deliveries, as operators see it.
const stream = "NARU_DELIVERIES"

// harm is a fault that is done and undone while the program works.
type harm struct {
	name string
	do   func(t *testing.T)
	// undo ends it; nil when do has done so.
	undo func(t *testing.T)
	// doubles is how many mails one such fault may double.
	doubles int
}

// harmed does each of the harms in turn, several times, while inquiries come
// in, and settles. The time a harm lasts is random, up to lasts.
func harmed(t *testing.T, s *site, part, name string, rounds int, lasts time.Duration, harms ...harm) result {
	t.Helper()
	l := s.load(3, 10*time.Millisecond)
	l.more(10)
	before := s.work[0].level()
	r := result{part: part, fault: name}
	var ends []time.Time
	for range rounds {
		for _, h := range harms {
			h.do(t)
			<-time.After(moment(lasts))
			if h.undo != nil {
				h.undo(t)
			}
			ends = append(ends, time.Now())
			r.faults++
			r.bound += h.doubles
			l.more(5)
		}
	}
	r = s.settle(t, l, 2*time.Minute, ends, r)
	s.work[0].backTo(t, before)
	return r
}

// each runs the harms as rows of their own in the long form, and together in
// the short one.
func each(t *testing.T, part string, rounds int, lasts time.Duration, setup func(t *testing.T) (*site, []harm)) {
	t.Helper()
	if !*long {
		s, harms := setup(t)
		name := ""
		for _, h := range harms {
			name += ", " + h.name
		}
		harmed(t, s, part, name[2:], 1, lasts, harms...)
		return
	}
	_, harms := setup(t)
	for i, h := range harms {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			s, harms := setup(t)
			harmed(t, s, part, h.name, rounds, lasts, harms[i])
		})
	}
}

func TestFaultBroker(t *testing.T) {
	t.Parallel()
	each(t, "broker", 12, 700*time.Millisecond, func(t *testing.T) (*site, []harm) {
		b := startBroker(t)
		p := startProxy(t, "tcp", b.settings.Addr)
		s := split(t, startRelay(t), 1, 1, "", "nats://"+p.addr)
		return s, []harm{
			{name: "stopped and started", do: func(*testing.T) { b.stop() }, undo: func(t *testing.T) { b.start(t) }},
			{name: "killed and started", do: func(*testing.T) { b.kill() }, undo: func(t *testing.T) { b.start(t) }},
			{name: "replaced by an empty one", do: func(t *testing.T) { b.kill(); b.settings.StoreDir = t.TempDir() }, undo: func(t *testing.T) { b.start(t) }},
			{name: "stream purged", do: func(t *testing.T) {
				if held, err := jetstreamOf(t, b.url()).Stream(t.Context(), stream); err == nil {
					_ = held.Purge(t.Context())
				}
			}},
			{name: "stream deleted", do: func(t *testing.T) { _ = jetstreamOf(t, b.url()).DeleteStream(t.Context(), stream) }},
			{name: "connections cut", do: func(*testing.T) { p.cut() }},
			{name: "refused", do: func(*testing.T) { p.refuse(); p.cut() }, undo: func(t *testing.T) { p.accept(t) }},
			{name: "silent", do: func(*testing.T) { p.stall() }, undo: func(*testing.T) { p.resume() }},
			{name: "silent, then cut", do: func(*testing.T) { p.stall() }, undo: func(*testing.T) { p.cut(); p.resume() }},
			{name: "slow", do: func(*testing.T) { p.slow(30*time.Millisecond, 64<<10) }, undo: func(*testing.T) { p.slow(0, 0) }},
		}
	})
}

// TestFaultCluster takes the leader of the stream and then a second node from
// a cluster of three, under load, and gives them back.
func TestFaultCluster(t *testing.T) {
	t.Parallel()
	brokers := startCluster(t, 3)
	s := split(t, startRelay(t), 1, 2, "", urls(brokers), "NARU_NATS_REPLICAS=3")
	l := s.load(3, 15*time.Millisecond)
	l.more(10)
	r := result{part: "broker", fault: "cluster of three: leader killed, then a second node, both back"}
	var ends []time.Time
	for range times(1, 8) {
		leader := leaderOf(t, brokers)
		leader.kill()
		l.more(10) // two of three go on
		second := brokers[rand.IntN(3)]
		for second == leader {
			second = brokers[rand.IntN(3)]
		}
		second.kill()
		l.more(10) // accepted without any broker
		second.start(t)
		ends = append(ends, time.Now())
		leader.start(t)
		r.faults += 2
		l.more(10)
	}
	s.settle(t, l, 2*time.Minute, ends, r)
}

// leaderOf returns the server that leads the stream.
func leaderOf(t *testing.T, brokers []*broker) (leader *broker) {
	t.Helper()
	js := jetstreamOf(t, urls(brokers))
	waitFor(t, time.Minute, "a leader of the stream", func() bool {
		held, err := js.Stream(t.Context(), stream)
		if err != nil {
			return false
		}
		info, err := held.Info(t.Context())
		if err != nil || info.Cluster == nil {
			return false
		}
		for _, b := range brokers {
			if b.settings.Name == info.Cluster.Leader {
				leader = b
			}
		}
		return leader != nil && leader.cmd != nil
	})
	return leader
}

// TestFaultBrokerFull fills the stream: publishing is refused, the outbox
// waits, and nothing is lost.
func TestFaultBrokerFull(t *testing.T) {
	t.Parallel()
	s := split(t, startRelay(t), 1, 1, "", "", "NARU_NATS_MAX_MESSAGES=1000")
	s.smtp.refuse()
	s.smtp.cut()
	l := s.load(16, 0)
	l.more(times(600, 1500))
	began := time.Now()
	s.smtp.accept(t)
	s.settle(t, l, 2*time.Minute, []time.Time{began}, result{part: "broker", fault: "stream full while the relay is away", faults: 1})
}
