package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// dial opens a bare connection to the node, from an address of the loopback
// network so that it counts as another client for every n.
func (n *node) dial(t testing.TB, from int) net.Conn {
	t.Helper()
	dialer := net.Dialer{Timeout: 10 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+from/200), byte(1+from%200))}}
	conn, err := dialer.Dial("tcp", strings.TrimPrefix(n.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// serves fails the test unless an inquiry is accepted within the limit.
func (s *site) serves(t *testing.T, limit time.Duration, when string) {
	t.Helper()
	began := time.Now()
	s.serve[0].inquire(t, s.serve[0].bodies()[0])
	if took := time.Since(began); took > limit {
		t.Errorf("%s, an inquiry took %v", when, took)
	}
}

// TestFaultSlowClients sends headers and bodies a byte at a time, and half
// of them and nothing more: each such client is cut off, meanwhile others are
// served, and all is free again afterwards.
func TestFaultSlowClients(t *testing.T) {
	t.Parallel()
	s := allInOne(t, startRelay(t), "NARU_HTTP_READ_HEADER_TIMEOUT=2s")
	n := s.serve[0]
	before := n.level()
	body := n.bodies()[0]
	head := fmt.Sprintf("POST /api/v1/inquiries HTTP/1.1\r\nHost: desk.test\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(body))
	count := times(100, 500)
	var slow sync.WaitGroup
	var cutOff atomic.Int64
	for i := range count {
		conn := n.dial(t, i)
		slow.Go(func() {
			go drip(conn, head[:len(head)-4]) // never ends its header
			_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
			if _, err := io.Copy(io.Discard, conn); closed(err) {
				cutOff.Add(1)
			}
		})
	}
	s.serves(t, 5*time.Second, "beside slow headers")
	slow.Wait()
	if int(cutOff.Load()) != count {
		t.Errorf("%d of %d slow headers cut off", cutOff.Load(), count)
	}
	// Half a body, then the client's side is closed: a clear answer, at once.
	for i := range 20 {
		conn := n.dial(t, i)
		if _, err := io.WriteString(conn, head+string(body[:len(body)/2])); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil && response.StatusCode/100 != 4 {
			t.Errorf("half a body is answered %d", response.StatusCode)
		} else if err != nil && !closed(err) {
			t.Errorf("half a body: %v", err)
		}
	}
	if b, balanced := s.reconcile(); !balanced || b.Inquiries["patient"] != 1 {
		t.Errorf("books after slow clients: %+v", b)
	}
	report(t, result{part: "clients", fault: "headers a byte at a time, half bodies", faults: count + 20, inquiries: 1, mails: len(s.relay.taken())})
	n.backTo(t, before)
}

func drip(conn net.Conn, text string) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for _, b := range []byte(text) {
		if _, err := conn.Write([]byte{b}); err != nil {
			return
		}
		<-tick.C
	}
}

// closed tells whether the connection was closed or reset, and did not just
// stay silent.
func closed(err error) bool {
	var network net.Error
	return !errors.As(err, &network) || !network.Timeout()
}

// TestFaultIdleConnections opens connections and says nothing: beyond
// a limit they are refused, from other addresses one is still served.
func TestFaultIdleConnections(t *testing.T) {
	t.Parallel()
	count := times(1000, 10_000)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if int(limit.Cur) < count+2000 {
		t.Fatalf("%d files may be open, %d connections are to be made", limit.Cur, count)
	}
	s := allInOne(t, startRelay(t))
	n := s.serve[0]
	before := n.level()
	conns := make([]net.Conn, count)
	for i := range conns {
		conns[i] = n.dial(t, 0) // one address
	}
	s.serves(t, 5*time.Second, "beside idle connections of one client")
	if status := n.status("/readyz"); status != http.StatusOK {
		t.Errorf("/readyz says %d", status)
	}
	for _, c := range conns {
		_ = c.Close()
	}
	n.backTo(t, before)
	report(t, result{part: "clients", fault: "idle connections of one client", faults: count, inquiries: 1, mails: len(s.relay.taken())})
	// A stop does not wait for connections that never asked for anything.
	n.dial(t, 1)
	began := time.Now()
	if code := n.terminate(t); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the stop took %v with a silent connection open", took)
	}
}

// TestFaultFloods sends more than one client may and more than the program can, with
// and without idempotency keys: what is refused says when to come back, what
// is accepted is delivered once, and others are served meanwhile.
func TestFaultFloods(t *testing.T) {
	t.Parallel()
	relay := startRelay(t)
	s := allInOne(t, relay, "NARU_LIMITS_EXEMPT=127.0.0.1", "NARU_HTTP_MAX_CONCURRENT=32", "NARU_DATABASE_MAX_WAITING=16")
	n := s.serve[0]
	body := n.bodies()[1]
	total := times(600, 20_000)
	var (
		mu       sync.Mutex
		statuses = map[int]int{}
		cases    = map[string]receipt{}
		keys     = map[string]string{}
		flooding sync.WaitGroup
	)
	// Sixty clients: of one address, of many, and of an exempt one.
	for c := range 60 {
		from := net.IPv4(127, 0, 0, 2)
		switch {
		case c >= 40:
			from = net.IPv4(127, 0, 0, 1)
		case c >= 20:
			from = net.IPv4(127, 9, byte(c), 1)
		}
		client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}).DialContext}}
		defer client.CloseIdleConnections()
		flooding.Go(func() {
			for i := range total / 60 {
				key := ""
				if i%2 == 0 {
					key = fmt.Sprintf("storm-%d-%d", c, i/6) // three times each
				}
				status, r, hasty := flood1(client, n.url, body, key)
				mu.Lock()
				statuses[status]++
				if status == http.StatusAccepted {
					cases[r.Reference] = r
					if first, ok := keys[key]; ok && key != "" && first != r.Reference {
						t.Errorf("key %s has the cases %s and %s", key, first, r.Reference)
					}
					keys[key] = r.Reference
				}
				if hasty {
					t.Errorf("%d without Retry-After", status)
				}
				mu.Unlock()
			}
		})
	}
	flooding.Wait()
	for status := range statuses {
		if status != 202 && status != 429 && status != 503 {
			t.Errorf("%d answers of status %d", statuses[status], status)
		}
	}
	// In a crowd, "come back" (503) may be all that the one address with twenty
	// clients hears. Alone and one after the other, it soon has used up its share.
	one := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext}}
	defer one.CloseIdleConnections()
	within(t, time.Minute, "the one address is told to slow down", func() bool {
		status, r, hasty := flood1(one, n.url, body, "")
		statuses[status]++
		if status == http.StatusAccepted {
			cases[r.Reference] = r
		}
		if hasty {
			t.Errorf("%d without Retry-After", status)
		}
		return status == http.StatusTooManyRequests
	})
	t.Logf("answers by status: %v", statuses)
	s.serves(t, 2*time.Second, "after a flood")
	within(t, time.Minute, "everything accepted is delivered", func() bool { return len(relay.missing(cases)) == 0 })
	within(t, 30*time.Second, "the books are balanced", func() bool {
		b, balanced := s.reconcile()
		return balanced && b.Inquiries["partner"] == len(cases)
	})
	mails := relay.taken()
	if len(mails) != different(mails) {
		t.Errorf("%d mails doubled", len(mails)-different(mails))
	}
	report(t, result{
		part: "clients", fault: fmt.Sprintf("flood from 41 addresses: %d accepted, %d told to slow down, %d to come back", statuses[202], statuses[429], statuses[503]),
		faults: total, inquiries: len(cases), mails: len(mails), doubled: len(mails) - different(mails), lost: len(relay.missing(cases)),
	})
}

// flood1 sends one inquiry; hasty tells of a refusal without advice.
func flood1(client *http.Client, url string, body []byte, key string) (status int, r receipt, hasty bool) {
	request, err := http.NewRequest(http.MethodPost, url+"/api/v1/inquiries", bytes.NewReader(body))
	if err != nil {
		return 0, r, false
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, r, false
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode == http.StatusAccepted && json.Unmarshal(answer, &r) != nil {
		return 0, r, false
	}
	refused := response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusServiceUnavailable
	return response.StatusCode, r, refused && response.Header.Get("Retry-After") == ""
}

// TestFaultBodiesAtTheLimit sends bodies of exactly the largest size allowed and of
// one byte more.
func TestFaultBodiesAtTheLimit(t *testing.T) {
	t.Parallel()
	const limit = 256 << 10
	s := allInOne(t, startRelay(t))
	n := s.serve[0]
	body := n.bodies()[0]
	sized := func(size int) []byte {
		// White space after the value is part of JSON.
		return append(bytes.Clone(body), bytes.Repeat([]byte(" "), size-len(body))...)
	}
	for size, want := range map[int]int{limit - 1: 202, limit: 202, limit + 1: 413, 10 * limit: 413, 0: 400} {
		content := []byte{}
		if size > 0 {
			content = sized(size)
		}
		response, answer, err := n.post("/api/v1/inquiries", "application/json", content)
		if err != nil || response.StatusCode != want {
			t.Errorf("%d bytes: %v %.200s, want %d", size, err, answer, want)
		}
	}
	within(t, 30*time.Second, "the books are balanced", func() bool {
		b, balanced := s.reconcile()
		return balanced && b.Inquiries["patient"] == 2 && b.Deliveries.Delivered == 4
	})
}
