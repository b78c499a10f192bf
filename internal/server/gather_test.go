package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gin-gonic/gin"

	"naru/internal/locale"
)

// writes counts the calls by which a server's connections write, and fails
// them when told to.
type writes struct {
	net.Listener
	calls, open atomic.Int64
	broken      atomic.Bool
}

func (w *writes) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}
	w.open.Add(1)
	return &writer{conn, w}, nil
}

type writer struct {
	net.Conn
	all *writes
}

func (w *writer) Write(p []byte) (int, error) {
	w.all.calls.Add(1)
	if w.all.broken.Load() {
		return 0, errors.New("broken pipe")
	}
	return w.Conn.Write(p)
}

func (w *writer) Close() error {
	w.all.open.Add(-1)
	return w.Conn.Close()
}

func TestContentLeavesInOnePiece(t *testing.T) {
	t.Parallel()
	texts, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{PublicURL: "https://naru.example", Catalog: texts, Match: locale.Match})
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string][]byte{}
	for name, length := range map[string]int{"short": 100, "page": 3500, "list": 24 << 10, "longest": gatherTo, "picture": 300 << 10} {
		body := make([]byte, length)
		random := rand.New(rand.NewPCG(1, uint64(length)))
		for i := range body {
			body[i] = byte(random.Uint32()) // cannot be compressed
		}
		content := NewContent("image/png", body)
		bodies[name] = body
		get("/"+name, func(c *gin.Context) error { return content.Serve(c, "public, max-age=60") })(s)
	}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &writes{Listener: inner}
	stopped := make(chan error, 1)
	go func() { stopped <- s.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		if err := errors.Join(s.Shutdown(context.Background()), <-stopped); err != nil {
			t.Error(err)
		}
	})

	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	t.Cleanup(client.CloseIdleConnections)
	ask := func(method, name string) ([]byte, error) {
		request, err := http.NewRequestWithContext(t.Context(), method, "http://"+inner.Addr().String()+"/"+name, nil)
		if err != nil {
			return nil, err
		}
		answer, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		return io.ReadAll(answer.Body)
	}
	for range 3 {
		for name, want := range bodies {
			before := l.calls.Load()
			got, err := ask(http.MethodGet, name)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s: %d bytes of %d, %v", name, len(got), len(want), err)
			}
			if calls := l.calls.Load() - before; (name == "picture") != (calls > 1) {
				t.Errorf("%s of %d bytes left in %d calls", name, len(want), calls)
			}
			if got, err := ask(http.MethodHead, name); err != nil || len(got) != 0 {
				t.Errorf("HEAD of %s: %d bytes, %v", name, len(got), err)
			}
		}
	}
	if n := l.open.Load(); n != 1 {
		t.Errorf("%d connections are open: one should have done", n)
	}

	// A client that cannot be written to is not waited for.
	l.broken.Store(true)
	if _, err := ask(http.MethodGet, "page"); err == nil || !strings.Contains(err.Error(), "EOF") {
		t.Errorf("an answer that was never sent: %v", err)
	}
	l.broken.Store(false)
	if got, err := ask(http.MethodGet, "page"); err != nil || !bytes.Equal(got, bodies["page"]) {
		t.Errorf("after a broken connection: %d bytes, %v", len(got), err)
	}
}
