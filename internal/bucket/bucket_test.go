package bucket

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTheKeySeenLongestAgoIsForgotten(t *testing.T) {
	t.Parallel()
	s := New[uint64](2, Rate{PerSecond: 0.001, Burst: 1})
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
		s := New[string](3, Rate{0, 2})
		for _, key := range rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})).Draw(t, "keys") {
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
	s := New[string](1, Rate{PerSecond: 0.001, Burst: 3}, Rate{PerSecond: 0.5, Burst: 1})
	if wait := s.TakeAll("a", now); wait != 0 {
		t.Fatalf("the first waits %v", wait)
	}
	if wait := s.TakeAll("a", now); wait != 2*time.Second || s.Taken("a", now) != 1 {
		t.Errorf("the second waits %v, %d taken", wait, s.Taken("a", now))
	}
	if s.TakeAny("a", now) || s.Taken("a", now) != 2 {
		t.Errorf("%d taken, want 2", s.Taken("a", now))
	}
}
