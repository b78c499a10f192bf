package server

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"naru/internal/bucket"
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

// Rates are the limits per client; a request must keep all Rates of its
// limit. Nil means the default, an empty list no limit. The defaults are wide
// enough for a hospital whose staff and patients share one address.
type Rates struct {
	Submit []bucket.Rate // 30 at once, 1 per second
	Upload []bucket.Rate // 40 at once, 2 per second
	Lookup []bucket.Rate // 60 at once, 2 per second
	Read   []bucket.Rate // 200 at once, 20 per second
}

func (r Rates) withDefaults() Rates {
	for _, d := range []struct {
		rates     *[]bucket.Rate
		otherwise bucket.Rate
	}{{&r.Submit, bucket.Rate{PerSecond: 1, Burst: 30}}, {&r.Upload, bucket.Rate{PerSecond: 2, Burst: 40}}, {&r.Lookup, bucket.Rate{PerSecond: 2, Burst: 60}}, {&r.Read, bucket.Rate{PerSecond: 20, Burst: 200}}} {
		if *d.rates == nil {
			*d.rates = []bucket.Rate{d.otherwise}
		}
	}
	return r
}

// newLimits keeps the buckets of clients by a digest of their address.
func newLimits(r Rates, clients int, ledger *bucket.Ledger) map[Limit]*bucket.Set {
	limits := make(map[Limit]*bucket.Set)
	for name, rates := range map[Limit][]bucket.Rate{LimitSubmit: r.Submit, LimitUpload: r.Upload, LimitLookup: r.Lookup, LimitRead: r.Read} {
		limits[name] = bucket.New(clients, rates...)
		ledger.Add(string(name), limits[name])
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
		if limiter.Unlimited() {
			return nil
		}
		network, limited := s.client(c)
		if !limited {
			return nil
		}
		digest := s.clientDigest(network)
		if wait := limiter.TakeAll(binary.BigEndian.Uint64(digest[:]), s.options.Clock()); wait > 0 {
			s.options.Metrics.RateLimited(string(name))
			return &naru.Error{Kind: naru.KindRateLimited, Code: "rate_limited", RetryAfter: wait}
		}
		return nil
	}
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

// shares is a gate of which one client gets no more than half, as it might never
// give its places back in good time.
type shares struct {
	gate
	mu        sync.Mutex
	perClient map[netip.Addr]int64 // guarded by mu
}

// enter returns how to leave; nil where there is no place. The zero Addr shares
// with nobody.
func (s *shares) enter(client netip.Addr) (leave func()) {
	if !client.IsValid() {
		if !s.gate.enter() {
			return nil
		}
		return s.gate.leave
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.perClient[client] >= max(1, s.limit/2) || !s.gate.enter() {
		return nil
	}
	if s.perClient == nil {
		s.perClient = make(map[netip.Addr]int64)
	}
	s.perClient[client]++
	return func() {
		s.gate.leave()
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.perClient[client]--; s.perClient[client] == 0 {
			delete(s.perClient, client)
		}
	}
}
