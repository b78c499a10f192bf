// Package bucket keeps token buckets by key, of the keys seen last. To be
// forgotten is to have full buckets again, so that a flood of keys locks nobody
// out.
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
type Set[K comparable] struct {
	rates []Rate
	most  int

	mu     sync.Mutex // guards all below
	byKey  map[K]*list.Element
	recent list.List // of *entry[K], the last seen in front
}

type entry[K comparable] struct {
	key     K
	buckets []*rate.Limiter
}

// New remembers at most so many keys. Without rates nothing is ever too much.
func New[K comparable](most int, rates ...Rate) *Set[K] {
	return &Set[K]{rates: rates, most: most, byKey: make(map[K]*list.Element)}
}

// Unlimited tells whether there are no rates.
func (s *Set[K]) Unlimited() bool { return len(s.rates) == 0 }

// TakeAll takes a token from each bucket of the key and returns 0, or takes
// none and returns how long to wait for them.
func (s *Set[K]) TakeAll(key K, now time.Time) time.Duration {
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
func (s *Set[K]) TakeAny(key K, now time.Time) bool {
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
func (s *Set[K]) Taken(key K, now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.entry(key).buckets[0]
	return b.Burst() - int(b.TokensAt(now))
}

// entry returns the buckets of a key and marks it as seen last. The caller
// holds mu.
func (s *Set[K]) entry(key K) *entry[K] {
	if element, ok := s.byKey[key]; ok {
		s.recent.MoveToFront(element)
		return element.Value.(*entry[K])
	}
	if s.recent.Len() >= s.most {
		delete(s.byKey, s.recent.Remove(s.recent.Back()).(*entry[K]).key)
	}
	e := &entry[K]{key: key}
	for _, r := range s.rates {
		e.buckets = append(e.buckets, rate.NewLimiter(rate.Limit(r.PerSecond), max(1, r.Burst)))
	}
	s.byKey[key] = s.recent.PushFront(e)
	return e
}
