package server

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// silentGrace is how long after a stop began a connection that has sent
// nothing may still begin its first request.
const silentGrace = 250 * time.Millisecond

// silentConns are the connections that have sent nothing yet, such as
// browsers open in advance. net/http gives each five seconds before it stops.
type silentConns struct {
	mu    sync.Mutex
	conns map[net.Conn]bool // guarded by mu
}

// follow is the server's ConnState.
func (s *silentConns) follow(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state != http.StateNew {
		delete(s.conns, c)
		return
	}
	if s.conns == nil {
		s.conns = map[net.Conn]bool{}
	}
	s.conns[c] = true
}

// closeSoon closes all when the grace is over; the function returned ends the
// wait and forbids it.
func (s *silentConns) closeSoon() (end func()) {
	timer := time.AfterFunc(silentGrace, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for c := range s.conns {
			_ = c.Close() // it has been told nothing and has nothing to lose
		}
	})
	return func() { timer.Stop() }
}
