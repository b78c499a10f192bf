package bucket

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTheKeySeenLongestAgoIsForgotten(t *testing.T) {
	t.Parallel()
	s := New(2, Rate{PerSecond: 0.001, Burst: 1})
	now := time.Unix(0, 0)
	take := func(key uint64) bool { return s.TakeAll(key, now) == 0 }
	if !take(1) || !take(2) || take(1) || !take(3) || take(1) || !take(2) {
		t.Error("wrong key forgotten")
	}
	if n := len(s.byKey); n != 2 || s.recent.Len() != 2 {
		t.Errorf("%d keys remembered, %d in order; want 2", n, s.recent.Len())
	}
}

func TestForgottenHaveFullBuckets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(0, 0)
		s := New(3, Rate{0, 2})
		for _, key := range rapid.SliceOf(rapid.Uint64Range(1, 5)).Draw(t, "keys") {
			s.TakeAny(key, now)
			if len(s.byKey) > 3 || len(s.byKey) != s.recent.Len() {
				t.Fatalf("%d keys, %d entries", len(s.byKey), s.recent.Len())
			}
			if taken := s.Taken(key, now); taken < 1 || taken > 2 {
				t.Fatalf("%d tokens taken of 2", taken)
			}
		}
	})
}

// One rate that is used up costs the others nothing by TakeAll, and their
// tokens by TakeAny.
func TestTakeAllAndTakeAny(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	s := New(1, Rate{PerSecond: 0.001, Burst: 3}, Rate{PerSecond: 0.5, Burst: 1})
	if wait := s.TakeAll(1, now); wait != 0 {
		t.Fatalf("the first waits %v", wait)
	}
	if wait := s.TakeAll(1, now); wait != 2*time.Second || s.Taken(1, now) != 1 {
		t.Errorf("the second waits %v, %d taken", wait, s.Taken(1, now))
	}
	if s.TakeAny(1, now) || s.Taken(1, now) != 2 {
		t.Errorf("%d taken, want 2", s.Taken(1, now))
	}
}

func TestSetsOfOneLedgerCountTogether(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	type process struct {
		ledger *Ledger
		set    *Set
	}
	start := func() process {
		p := process{NewLedger(), New(10, Rate{PerSecond: 0.5, Burst: 3}, Rate{PerSecond: 0.1, Burst: 5})}
		p.ledger.Add("inquiries", p.set)
		return p
	}
	one, two := start(), start()
	exchange := func() {
		a, b := one.ledger.Flush(), two.ledger.Flush()
		one.ledger.Settle(b, now)
		two.ledger.Settle(a, now)
	}
	one.set.TakeAll(7, now)
	one.set.TakeAll(7, now)
	two.set.TakeAll(8, now)
	exchange()
	if one.set.Taken(8, now) != 1 || two.set.Taken(7, now) != 2 {
		t.Fatalf("%d and %d taken elsewhere, want 1 and 2", one.set.Taken(8, now), two.set.Taken(7, now))
	}
	if wait := two.set.TakeAll(7, now); wait != 0 {
		t.Errorf("the third of three waits %v", wait)
	}
	exchange()
	if wait := one.set.TakeAll(7, now); wait != 2*time.Second {
		t.Errorf("the fourth of three waits %v, want 2s", wait)
	}
	if taken := one.ledger.Flush(); taken != nil {
		t.Errorf("what was refused, or told already, is told: %v", taken)
	}
	one.set.TakeAny(7, now)
	exchange()
	if n := two.set.Taken(7, now); n != 3 {
		t.Errorf("%d taken, want all 3", n)
	}
	two.ledger.Settle(Taken{"inquiries": {7: -5, 8: 1 << 40}, "others": {7: 1}}, now)
	if n := two.set.Taken(7, now); n != 3 {
		t.Errorf("%d taken after nonsense, want 3", n)
	}
}

func TestALedgerForgetsWhatAFloodOfKeysTakes(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l, s := NewLedger(), New(1, Rate{PerSecond: 1, Burst: 1})
	l.Add("reads", s)
	for key := range uint64(maxNoted + 5) {
		s.TakeAll(key, now)
	}
	if n := len(l.Flush()["reads"]); n != maxNoted {
		t.Errorf("%d keys noted, want %d", n, maxNoted)
	}
}
