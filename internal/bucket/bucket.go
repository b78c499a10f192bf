// Package bucket keeps token buckets by key, of the keys seen last. To be
// forgotten is to have full buckets again, so that a flood of keys locks nobody
// out. A Ledger lets the sets of several processes count together.
package bucket

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is what a bucket lets through: Burst at once, and PerSecond in the long
// run.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Set is a bucket of each of several rates for every key. It is safe for
// concurrent use.
type Set struct {
	rates []Rate
	most  int
	note  func(key uint64) // that a token was taken; nil where nobody asks

	mu     sync.Mutex // guards all below
	byKey  map[uint64]*list.Element
	recent list.List // of *entry, the last seen in front
}

type entry struct {
	key     uint64
	buckets []*rate.Limiter
}

// New remembers at most so many keys, which are digests of what is counted.
// Without rates nothing is ever too much.
func New(most int, rates ...Rate) *Set {
	return &Set{rates: rates, most: most, byKey: make(map[uint64]*list.Element)}
}

// Unlimited tells whether there are no rates.
func (s *Set) Unlimited() bool { return len(s.rates) == 0 }

// TakeAll takes a token from each bucket of the key and returns 0, or takes
// none and returns how long to wait for them.
func (s *Set) TakeAll(key uint64, now time.Time) time.Duration {
	wait := s.takeAll(key, now)
	if wait == 0 && s.note != nil {
		s.note(key)
	}
	return wait
}

func (s *Set) takeAll(key uint64, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	buckets := s.entry(key).buckets
	// One bucket needs no second thought when it has a token, as most do.
	if len(buckets) == 1 && buckets[0].AllowN(now, 1) {
		return 0
	}
	var wait time.Duration
	reserved := make([]*rate.Reservation, 0, len(buckets))
	for _, b := range buckets {
		r := b.ReserveN(now, 1)
		reserved = append(reserved, r)
		wait = max(wait, r.DelayFrom(now))
	}
	if wait > 0 {
		for _, r := range reserved {
			r.CancelAt(now)
		}
	}
	return wait
}

// TakeAny takes a token from each bucket of the key that has one, and tells
// whether all had. So what is too much of one rate counts for the others, too.
func (s *Set) TakeAny(key uint64, now time.Time) bool {
	if s.note != nil {
		s.note(key)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := true
	for _, b := range s.entry(key).buckets {
		all = b.AllowN(now, 1) && all
	}
	return all
}

// Taken is how many tokens are missing in the first bucket of the key, of
// which there must be one.
func (s *Set) Taken(key uint64, now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.entry(key).buckets[0]
	return b.Burst() - int(b.TokensAt(now))
}

// drain takes n tokens from each bucket of the key, or what is left of it.
func (s *Set) drain(key uint64, n int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.entry(key).buckets {
		b.AllowN(now, max(0, min(n, int(b.TokensAt(now)))))
	}
}

// entry returns the buckets of a key and marks it as seen last. The caller
// holds mu.
func (s *Set) entry(key uint64) *entry {
	if element, ok := s.byKey[key]; ok {
		s.recent.MoveToFront(element)
		return element.Value.(*entry)
	}
	if s.recent.Len() >= s.most {
		delete(s.byKey, s.recent.Remove(s.recent.Back()).(*entry).key)
	}
	e := &entry{key: key}
	for _, r := range s.rates {
		e.buckets = append(e.buckets, rate.NewLimiter(rate.Limit(r.PerSecond), max(1, r.Burst)))
	}
	s.byKey[key] = s.recent.PushFront(e)
	return e
}
