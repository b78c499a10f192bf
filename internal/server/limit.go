package server

import (
	"container/list"
	"fmt"
	"net/netip"
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
// PerSecond in the long run. A negative PerSecond means no limit.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Rates are the limits per client. A zero Rate means its default. They are
// meant to be wide enough for a hospital whose staff and patients share one
// address.
type Rates struct {
	Submit Rate // 1 per second, 30 at once
	Upload Rate // 2 per second, 40 at once
	Lookup Rate // 2 per second, 60 at once
	Read   Rate // 20 per second, 200 at once
}

func (r Rates) withDefaults() Rates {
	for _, d := range []struct {
		rate      *Rate
		otherwise Rate
	}{{&r.Submit, Rate{1, 30}}, {&r.Upload, Rate{2, 40}}, {&r.Lookup, Rate{2, 60}}, {&r.Read, Rate{20, 200}}} {
		if d.rate.PerSecond == 0 {
			*d.rate = d.otherwise
		}
		d.rate.Burst = max(1, d.rate.Burst)
	}
	return r
}

func newLimits(r Rates, clients int, unlimited []netip.Prefix) map[Limit]*rateLimiter {
	limits := make(map[Limit]*rateLimiter)
	for name, rate := range map[Limit]Rate{LimitSubmit: r.Submit, LimitUpload: r.Upload, LimitLookup: r.Lookup, LimitRead: r.Read} {
		limits[name] = &rateLimiter{rate: rate, clients: clients, unlimited: unlimited, buckets: make(map[[16]byte]*list.Element)}
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
		if limiter.rate.PerSecond < 0 {
			return nil
		}
		network := clientNetwork(c.ClientIP())
		if contains(limiter.unlimited, network) {
			return nil
		}
		if wait := limiter.take(s.clientDigest(network), s.options.Clock()); wait > 0 {
			s.options.Metrics.RateLimited(string(name))
			return &naru.Error{Kind: naru.KindRateLimited, Code: "rate_limited", RetryAfter: wait}
		}
		return nil
	}
}

// rateLimiter keeps one token bucket per client, of the clients seen last.
// Forgetting a client gives it a full bucket, so a flood from many addresses
// locks nobody out.
type rateLimiter struct {
	rate      Rate
	clients   int
	unlimited []netip.Prefix

	mu      sync.Mutex // guards all below
	buckets map[[16]byte]*list.Element
	recent  list.List // of *bucket, the last seen in front
}

type bucket struct {
	client [16]byte
	tokens *rate.Limiter
}

// take takes a token and returns 0, or how long to wait for one.
func (l *rateLimiter) take(client [16]byte, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	element, ok := l.buckets[client]
	if ok {
		l.recent.MoveToFront(element)
	} else {
		if l.recent.Len() >= l.clients {
			oldest := l.recent.Back()
			delete(l.buckets, l.recent.Remove(oldest).(*bucket).client)
		}
		element = l.recent.PushFront(&bucket{client, rate.NewLimiter(rate.Limit(l.rate.PerSecond), l.rate.Burst)})
		l.buckets[client] = element
	}
	reservation := element.Value.(*bucket).tokens.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
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
