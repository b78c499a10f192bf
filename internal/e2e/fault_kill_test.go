package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// moment is a random time within which anything may be under way.
func moment(most time.Duration) time.Duration { return rand.N(most) }

func TestFaultKilledAllInOne(t *testing.T) {
	t.Parallel()
	s := allInOne(t, startRelay(t, func(r *relay) { r.delay = 10 * time.Millisecond }))
	l := s.load(4, 5*time.Millisecond)
	var ends []time.Time
	n := times(2, 50)
	for range n {
		l.more(5)
		<-time.After(moment(150 * time.Millisecond))
		ends = append(ends, s.work[0].crash())
	}
	l.more(5)
	s.settle(t, l, time.Minute, ends, result{part: "program", fault: "kill -9 under load, all in one", faults: n, bound: senders * n})
}

func TestFaultKilledServe(t *testing.T) {
	t.Parallel()
	s := split(t, startRelay(t), 1, 1, "", "")
	l := s.load(4, 5*time.Millisecond)
	var ends []time.Time
	n := times(1, 50)
	for range n {
		l.more(5)
		<-time.After(moment(150 * time.Millisecond))
		ends = append(ends, s.serve[0].crash())
	}
	l.more(5)
	// No sender dies: nothing may be doubled.
	s.settle(t, l, time.Minute, ends, result{part: "program", fault: "kill -9 of `serve` under load", faults: n})
}

func TestFaultKilledWorker(t *testing.T) {
	t.Parallel()
	killWorkers(t, 2)
	if *long {
		t.Run("five", func(t *testing.T) {
			t.Parallel()
			killWorkers(t, 5)
		})
	}
}

// killWorkers kills one of several workers after the other.
func killWorkers(t *testing.T, workers int) {
	s := split(t, startRelay(t, func(r *relay) { r.delay = 20 * time.Millisecond }), 1, workers, "", "")
	l := s.load(4, 5*time.Millisecond)
	var ends []time.Time
	n := times(2, 50)
	for i := range n {
		l.more(5)
		<-time.After(moment(150 * time.Millisecond))
		ends = append(ends, s.work[i%workers].crash())
	}
	l.more(5)
	s.settle(t, l, 90*time.Second, ends, result{
		part: "program", fault: fmt.Sprintf("kill -9 of one of %d `work` under load", workers), faults: n, bound: senders * n,
	})
}

// step is a moment in the life of a delivery that can be seen from outside, in
// what goes from one part to another.
type step struct {
	name string
	// serve tells that `serve` dies, not `work`.
	serve bool
	// proxy is where the bytes pass, fromClient their direction.
	proxy      func(*site) *proxy
	fromClient bool
	bytes      string
	// after is what the client must have sent on the same connection before;
	// empty for nothing.
	after string
	// passing tells that the bytes still get through.
	passing bool
}

func toRelay(s *site) *proxy    { return s.smtp }
func toBroker(s *site) *proxy   { return s.broker }
func toDatabase(s *site) *proxy { return s.database }

// insert is the kind of an inquiry as a parameter of a statement: its length,
// and the text.
const insert = "\x00\x00\x00\x07patient"

var steps = []step{
	{name: "before the commit", serve: true, proxy: toDatabase, fromClient: true, bytes: "COMMIT\x00", after: insert},
	{name: "after the commit, before the 202", serve: true, proxy: toDatabase, bytes: "COMMIT\x00", after: insert},
	{name: "before publishing", proxy: toBroker, fromClient: true, bytes: "PUB naru.deliveries"},
	{name: "after publishing, before it is known", proxy: toBroker, bytes: `"stream":"NARU_DELIVERIES","seq":`},
	{name: "before DATA", proxy: toRelay, fromClient: true, bytes: "DATA\r\n"},
	{name: "after the data, before the relay's 250", proxy: toRelay, fromClient: true, bytes: "\r\n.\r\n", passing: true},
	{name: "after the relay's 250", proxy: toRelay, bytes: "250 2.0.0 OK: queued"},
	{name: "before the mark", proxy: toDatabase, fromClient: true, bytes: "delivered"},
	{name: "after the mark, before the ack", proxy: toBroker, fromClient: true, bytes: "+ACK"},
}

// TestFaultKilledAtEveryStep kills a process exactly when the bytes that mark
// a step pass a proxy.
func TestFaultKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	if !*long {
		killAtSteps(t, "at each named step", steps, 1)
		return
	}
	for _, at := range steps {
		t.Run(at.name, func(t *testing.T) {
			t.Parallel()
			killAtSteps(t, at.name, []step{at}, 8)
		})
	}
}

func killAtSteps(t *testing.T, name string, steps []step, rounds int) {
	s := split(t, startRelay(t), 1, 1, "", "")
	l := s.load(2, 10*time.Millisecond)
	r := result{part: "program", fault: "kill -9 " + name}
	var ends []time.Time
	for range rounds {
		for _, at := range steps {
			l.more(3)
			victim := s.work[0]
			if at.serve {
				victim = s.serve[0]
			} else {
				// Whatever the step, other mails are under way.
				r.bound += senders
			}
			s.killAt(t, at, victim)
			ends = append(ends, time.Now())
			victim.again()
			r.faults++
		}
	}
	l.more(3)
	s.settle(t, l, 90*time.Second, ends, r)
}

// killAt kills the victim at the step and returns when it has ended.
func (s *site) killAt(t *testing.T, at step, victim *node) {
	t.Helper()
	var (
		fired atomic.Bool
		armed sync.Map // connections on which after has passed
	)
	target, p := victim.cmd.Process, at.proxy(s)
	p.watch(func(on *link, fromClient bool, passing []byte) bool {
		if fired.Load() {
			return true
		}
		if fromClient && at.after != "" && bytes.Contains(passing, []byte(at.after)) {
			armed.Store(on, true)
		}
		if _, ready := armed.Load(on); !ready && at.after != "" || fromClient != at.fromClient || !bytes.Contains(passing, []byte(at.bytes)) {
			return true
		}
		if !fired.CompareAndSwap(false, true) {
			return true
		}
		_ = target.Kill()
		return at.passing
	})
	defer p.watch(nil)
	select {
	case <-victim.exited:
	case <-time.After(60 * time.Second):
		t.Fatalf("the step is never reached: %s", at.name)
	}
}
