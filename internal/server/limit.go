package server

import (
	"container/list"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"naru/internal/naru"
)

// Limit names a rate limit.
type Limit string

// The limits, by what a request costs. The names stand in metrics.
const (
	LimitSubmit Limit = "submit" // inquiries
	LimitUpload Limit = "upload" // attachments
	LimitLookup Limit = "lookup" // case numbers and secrets
	LimitRead   Limit = "read"   // everything else
)

// Rate is how much one client may ask for: Burst requests at once, and
// PerSecond in the long run.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Rates are the limits per client; a request must keep all Rates of its
// limit. Nil means the default, an empty list no limit. The defaults are wide
// enough for a hospital whose staff and patients share one address.
type Rates struct {
	Submit []Rate // 30 at once, 1 per second
	Upload []Rate // 40 at once, 2 per second
	Lookup []Rate // 60 at once, 2 per second
	Read   []Rate // 200 at once, 20 per second
}

func (r Rates) withDefaults() Rates {
	for _, d := range []struct {
		rates     *[]Rate
		otherwise Rate
	}{{&r.Submit, Rate{1, 30}}, {&r.Upload, Rate{2, 40}}, {&r.Lookup, Rate{2, 60}}, {&r.Read, Rate{20, 200}}} {
		if *d.rates == nil {
			*d.rates = []Rate{d.otherwise}
		}
	}
	return r
}

func newLimits(r Rates, clients int) map[Limit]*rateLimiter {
	limits := make(map[Limit]*rateLimiter)
	for name, rates := range map[Limit][]Rate{LimitSubmit: r.Submit, LimitUpload: r.Upload, LimitLookup: r.Lookup, LimitRead: r.Read} {
		limits[name] = &rateLimiter{rates: rates, clients: clients, seen: make(map[uint64]*list.Element)}
	}
	return limits
}

// rateLimit refuses a client that asks too often. It panics for a name
// unknown.
func (s *Server) rateLimit(name Limit) Handler {
	limiter, ok := s.limits[name]
	if !ok {
		panic(fmt.Sprintf("server: no rate limit is called %q", name))
	}
	return func(c *gin.Context) error {
		if len(limiter.rates) == 0 {
			return nil
		}
		network := clientNetwork(c.ClientIP())
		if contains(s.unlimited, network) {
			return nil
		}
		if wait := limiter.take(maphash.Comparable(s.seed, network), s.options.Clock()); wait > 0 {
			s.options.Metrics.RateLimited(string(name))
			return &naru.Error{Kind: naru.KindRateLimited, Code: "rate_limited", RetryAfter: wait}
		}
		return nil
	}
}

// rateLimiter keeps a token bucket per client and rate, of the clients seen
// last, by a keyed digest of their address. Forgetting a client gives it full
// buckets, so a flood from many addresses locks nobody out.
type rateLimiter struct {
	rates   []Rate
	clients int

	mu     sync.Mutex // guards all below
	seen   map[uint64]*list.Element
	recent list.List // of *client, the last seen in front
}

type client struct {
	digest  uint64
	buckets []*rate.Limiter
}

// take takes a token from each bucket and returns 0, or none and how long to
// wait for them.
func (l *rateLimiter) take(digest uint64, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	buckets := l.client(digest).buckets
	// One bucket needs no second thought when it has a token, as most do.
	if len(buckets) == 1 && buckets[0].AllowN(now, 1) {
		return 0
	}
	var wait time.Duration
	reserved := make([]*rate.Reservation, 0, len(l.rates))
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

// client returns the buckets of a client and marks it as seen last.
func (l *rateLimiter) client(digest uint64) *client {
	if element, ok := l.seen[digest]; ok {
		l.recent.MoveToFront(element)
		return element.Value.(*client)
	}
	if l.recent.Len() >= l.clients {
		delete(l.seen, l.recent.Remove(l.recent.Back()).(*client).digest)
	}
	c := &client{digest: digest}
	for _, r := range l.rates {
		c.buckets = append(c.buckets, rate.NewLimiter(rate.Limit(r.PerSecond), max(1, r.Burst)))
	}
	l.seen[digest] = l.recent.PushFront(c)
	return c
}

// gate counts who is inside.
type gate struct {
	limit  int64
	inside atomic.Int64
}

func (g *gate) enter() bool {
	if g.inside.Add(1) > g.limit {
		g.inside.Add(-1)
		return false
	}
	return true
}

func (g *gate) leave() { g.inside.Add(-1) }
