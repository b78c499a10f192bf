package mail

import (
	"context"
	"sync"
	"time"
)

// pool hands out kept connections, and permits to open one, to at most limit
// holders at a time. Every permit taken is given back by put, whatever became
// of the connection, so that failed dials cannot use the pool up.
type pool struct {
	mu sync.Mutex // guards all below
	// idle connections, the one used last at the end: few mails keep few
	// connections warm and let the others time out.
	idle []*conn
	// held counts permits and connections out with senders.
	held    int
	waiting []chan grant
	closed  bool
	drained chan struct{} // closed when closed and nothing is held
	// max is the configured number. limit is lower for a while after the relay
	// refused a further connection; limitUntil says for how long.
	max, limit int
	limitUntil time.Time
	now        func() time.Time
}

// grant is a connection, or with nil the permit to open one.
type grant struct{ c *conn }

func newPool(max int, now func() time.Time) *pool {
	return &pool{max: max, limit: max, now: now, drained: make(chan struct{})}
}

// get waits for a connection or, when it returns nil, the permit to open one.
// It fails when ctx ends or the pool is closed.
func (p *pool) get(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	if g, ok := p.next(); ok {
		p.mu.Unlock()
		return g.c, nil
	}
	ch := make(chan grant, 1)
	p.waiting = append(p.waiting, ch)
	p.mu.Unlock()

	select {
	case g, ok := <-ch:
		if !ok {
			return nil, errClosed
		}
		return g.c, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	for i, other := range p.waiting {
		if other == ch {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			p.mu.Unlock()
			return nil, ctx.Err()
		}
	}
	p.mu.Unlock()
	// It was granted or closed in the same moment: pass it on.
	if g, ok := <-ch; ok {
		p.put(g.c)
	}
	return nil, ctx.Err()
}

// next takes what may be handed out now; mu is held.
func (p *pool) next() (grant, bool) {
	if p.limit < p.max && p.now().After(p.limitUntil) {
		p.limit = p.max
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		p.held++
		return grant{c}, true
	}
	if p.held+len(p.idle) < p.limit {
		p.held++
		return grant{}, true
	}
	return grant{}, false
}

// put gives back what get returned: the connection if it can be used again,
// else nil.
func (p *pool) put(c *conn) {
	p.mu.Lock()
	p.held--
	closing := p.closed
	if !closing && c != nil {
		c.idleSince = p.now()
		p.idle = append(p.idle, c)
		c = nil
	}
	p.serve()
	if closing && p.held == 0 {
		close(p.drained)
	}
	p.mu.Unlock()
	if c != nil {
		c.quit()
	}
}

// serve hands out to those who wait; mu is held.
func (p *pool) serve() {
	for len(p.waiting) > 0 {
		g, ok := p.next()
		if !ok {
			return
		}
		p.waiting[0] <- g
		p.waiting = p.waiting[1:]
	}
}

// shrink is told that the relay refused a connection beyond those open. It
// lowers the limit for the time given and reports whether there is another
// connection to wait for.
func (p *pool) shrink(d time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	others := p.held - 1 + len(p.idle)
	if others < 1 {
		return false
	}
	p.limit, p.limitUntil = min(p.limit, others), p.now().Add(d)
	return true
}

// expire takes the connections idle since before t out of the pool.
func (p *pool) expire(t time.Time) []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.idle) && p.idle[n].idleSince.Before(t) {
		n++
	}
	old := append([]*conn(nil), p.idle[:n]...)
	p.idle = append(p.idle[:0], p.idle[n:]...)
	return old
}

// close lets nobody in any more and returns the idle connections; drained is
// closed when the last holder has given back.
func (p *pool) close() []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	for _, ch := range p.waiting {
		close(ch)
	}
	idle := p.idle
	p.waiting, p.idle = nil, nil
	if p.held == 0 {
		close(p.drained)
	}
	return idle
}
