package guard

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// buckets keeps token buckets by name, of the names seen last. To be forgotten
// is to have full buckets again.
type buckets struct {
	rates []Rate
	most  int

	mu     sync.Mutex // guards all below
	byName map[string]*list.Element
	recent list.List // of *entry, the last seen in front
}

type entry struct {
	name     string
	limiters []*rate.Limiter
}

func newBuckets(most int, rates ...Rate) *buckets {
	return &buckets{rates: rates, most: most, byName: make(map[string]*list.Element)}
}

// take takes a token from each bucket of the name that has one, and tells
// whether all had. So what is too much of one rate counts for the others, too.
func (b *buckets) take(name string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := true
	for _, l := range b.entry(name).limiters {
		all = l.AllowN(now, 1) && all
	}
	return all
}

// taken is how many tokens are missing in the first bucket of the name.
func (b *buckets) taken(name string, now time.Time) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.entry(name).limiters[0]
	return l.Burst() - int(l.TokensAt(now))
}

func (b *buckets) entry(name string) *entry {
	if element, ok := b.byName[name]; ok {
		b.recent.MoveToFront(element)
		return element.Value.(*entry)
	}
	if b.recent.Len() >= b.most {
		delete(b.byName, b.recent.Remove(b.recent.Back()).(*entry).name)
	}
	e := &entry{name: name}
	for _, r := range b.rates {
		e.limiters = append(e.limiters, rate.NewLimiter(rate.Limit(r.PerSecond), max(1, r.Burst)))
	}
	b.byName[name] = b.recent.PushFront(e)
	return e
}
