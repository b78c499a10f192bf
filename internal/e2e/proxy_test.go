package e2e

import (
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// reserve returns a loopback address that stays ours until the test ends: a
// socket is bound to it that never listens, so that nobody is given the port,
// dials are refused, and any process of this user may listen there.
func reserve(t testing.TB) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(os.NewSyscallError("socket", err))
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		t.Fatal(os.NewSyscallError("setsockopt", err))
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(os.NewSyscallError("bind", err))
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(os.NewSyscallError("getsockname", err))
	}
	return fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
}

// listen listens on an address reserved. A listener closed a moment ago may
// live on in a process that is just being started, until that has closed what
// it inherited.
func listen(t testing.TB, addr string) (listener net.Listener) {
	t.Helper()
	waitFor(t, 10*time.Second, "the address "+addr, func() (listening bool) {
		var err error
		listener, err = net.Listen("tcp", addr)
		return err == nil
	})
	return listener
}

// proxy stands between two parts and misbehaves like a network on demand.
type proxy struct {
	addr string

	mu              sync.Mutex // guards what follows
	network, target string
	listener        net.Listener // nil while it refuses
	links           map[*link]bool
	delay           time.Duration
	bytesPerSecond  int
	// flowing is closed while bytes may pass.
	flowing chan struct{}
	// tap sees what is about to be passed on, with the end of what was passed
	// before it; false cuts the connection instead.
	tap tap
}

// tap looks at what passes; on tells connections apart.
type tap func(on *link, fromClient bool, passing []byte) bool

// link is one proxied connection.
type link struct{ client, server net.Conn }

func (l *link) cut() {
	// A reset, as from a peer that has gone, not an orderly end.
	for _, c := range []net.Conn{l.client, l.server} {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

// startProxy passes on to the target ("tcp" or "unix") until the test ends.
func startProxy(t testing.TB, network, target string) *proxy {
	t.Helper()
	p := &proxy{addr: reserve(t), network: network, target: target, links: map[*link]bool{}, flowing: make(chan struct{})}
	close(p.flowing)
	p.accept(t)
	t.Cleanup(func() { p.resume(); p.refuse(); p.cut() })
	return p
}

// watch sets the tap; nil for none.
func (p *proxy) watch(tap tap) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tap = tap
}

// slow delays everything and limits the rate each way; zeros end it.
func (p *proxy) slow(delay time.Duration, bytesPerSecond int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay, p.bytesPerSecond = delay, bytesPerSecond
}

// stall lets nothing through, in either direction, and says nothing about it:
// connections can be made and stay open. resume delivers what was held, as a
// network does that comes back.
func (p *proxy) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flowing:
		p.flowing = make(chan struct{})
	default:
	}
}

func (p *proxy) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.flowing:
	default:
		close(p.flowing)
	}
}

// refuse makes dials fail at once; open connections stay.
func (p *proxy) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
}

// cut resets all open connections and returns how many.
func (p *proxy) cut() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.links)
	for l := range p.links {
		l.cut()
	}
	clear(p.links)
	return n
}

// accept takes connections, again after refuse.
func (p *proxy) accept(t testing.TB) {
	t.Helper()
	listener := listen(t, p.addr)
	p.mu.Lock()
	p.listener = listener
	p.mu.Unlock()
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.connect(client)
		}
	}()
}

func (p *proxy) connect(client net.Conn) {
	p.mu.Lock()
	network, target, flowing := p.network, p.target, p.flowing
	p.mu.Unlock()
	<-flowing
	server, err := net.Dial(network, target)
	if err != nil {
		(&link{client: client, server: client}).cut()
		return
	}
	l := &link{client: client, server: server}
	p.mu.Lock()
	p.links[l] = true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.pass(l, server, client, true) })
	both.Go(func() { p.pass(l, client, server, false) })
	both.Wait()
	l.client.Close()
	l.server.Close()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

// overlap is how much of what has passed a tap sees again, so that it does not
// miss what comes in two pieces.
const overlap = 64

func (p *proxy) pass(on *link, to, from net.Conn, fromClient bool) {
	buffer := make([]byte, overlap+32<<10)
	kept := 0
	for {
		n, err := from.Read(buffer[kept:])
		if n > 0 && !p.forward(on, to, buffer[:kept+n], kept, fromClient) {
			// The tap's wish: both sides learn that the connection is gone.
			on.cut()
			return
		}
		if err != nil {
			if half, ok := to.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
			return
		}
		end := kept + n
		kept = copy(buffer, buffer[max(0, end-overlap):end])
	}
}

// forward passes buffer[from:] on, late, slowly, or not at all.
func (p *proxy) forward(on *link, to net.Conn, buffer []byte, from int, fromClient bool) bool {
	p.mu.Lock()
	tap, delay, rate, flowing := p.tap, p.delay, p.bytesPerSecond, p.flowing
	p.mu.Unlock()
	if tap != nil && !tap(on, fromClient, buffer) {
		return false
	}
	<-flowing
	if rate > 0 {
		delay += time.Duration(float64(len(buffer)-from) / float64(rate) * float64(time.Second))
	}
	if delay > 0 {
		<-time.After(delay)
	}
	_, err := to.Write(buffer[from:])
	return err == nil
}
