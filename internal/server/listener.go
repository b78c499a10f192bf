package server

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// limitConnections refuses connections beyond the limits, instead of letting
// them wait unheard in the queue of the operating system.
func (s *Server) limitConnections(l net.Listener) net.Listener {
	return &limitedListener{
		Listener: l, server: s, total: s.options.MaxConnections, each: max(1, s.options.MaxConnections/2),
		perClient: make(map[netip.Addr]int),
	}
}

type limitedListener struct {
	net.Listener
	server *Server
	// total is how many connections may be open, and each how many from one
	// client.
	total, each int

	mu        sync.Mutex // guards all below
	open      int
	perClient map[netip.Addr]int
	refusing  int
}

// refusal is written to connections that cannot be served. Nothing has been
// read of the request, so it is in no language.
const refusal = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n"

// Accept returns the next connection that may be served.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		remote := remoteAddress(conn)
		client := l.client(remote)
		if l.enter(client) {
			l.server.options.Metrics.HTTPConnections(1)
			return &countedConn{Conn: conn, remote: remote, leave: sync.OnceFunc(func() {
				l.leave(client)
				l.server.options.Metrics.HTTPConnections(-1)
			})}, nil
		}
		l.server.options.Metrics.Shed("connections")
		l.refuse(conn)
	}
}

// remoteAddress is the other end of a connection; the zero Addr where that is no
// address of the internet.
func remoteAddress(conn net.Conn) netip.Addr {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return plainAddress(tcp.AddrPort().Addr())
}

// client returns whom a connection counts for; the zero Addr when it counts for
// nobody, as with a trusted proxy that brings many clients.
func (l *limitedListener) client(remote netip.Addr) netip.Addr {
	if !remote.IsValid() || contains(l.server.proxies, remote) {
		return netip.Addr{}
	}
	return networkOf(remote)
}

func (l *limitedListener) enter(client netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.total || client.IsValid() && l.perClient[client] >= l.each {
		return false
	}
	l.open++
	if client.IsValid() {
		l.perClient[client]++
	}
	return true
}

func (l *limitedListener) leave(client netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if client.IsValid() {
		if l.perClient[client]--; l.perClient[client] == 0 {
			delete(l.perClient, client)
		}
	}
}

// refuse says 503 and closes, in the background and for a bounded number at a
// time; more are closed at once.
func (l *limitedListener) refuse(conn net.Conn) {
	l.mu.Lock()
	full := l.refusing >= 256
	if !full {
		l.refusing++
	}
	l.mu.Unlock()
	if full {
		_ = conn.Close()
		return
	}
	go func() {
		defer func() {
			_ = conn.Close()
			l.mu.Lock()
			l.refusing--
			l.mu.Unlock()
		}()
		// Errors mean that the client left, which is what we want.
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		if _, err := io.WriteString(conn, refusal); err != nil {
			return
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
		// Closing with unread bytes would reset the connection, and the
		// client might never see the answer.
		_, _ = io.CopyN(io.Discard, conn, 16<<10)
	}()
}

type countedConn struct {
	net.Conn
	remote netip.Addr // the zero Addr where it is none of the internet
	leave  func()
	held   *[]byte // what is gathered; nil when writes go through
}

func (c *countedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
