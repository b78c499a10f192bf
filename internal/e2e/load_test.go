package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load is a number of clients that send inquiries one after the other, each
// with an Idempotency-Key of its own, and try again until it is accepted: what
// a good client does. So every inquiry it began is known to be accepted in the
// end, and none may be accepted twice.
type load struct {
	t       testing.TB
	target  func() string
	bodies  [][]byte
	client  *http.Client
	stop    chan struct{}
	stopped sync.Once
	clients sync.WaitGroup
	begun   atomic.Int64
	failed  atomic.Bool

	mu       sync.Mutex // guards what follows
	accepted map[string]receipt
	at       map[string]time.Time
	// statuses counts answers by status, 0 where there was none.
	statuses map[int]int
	// hasty counts refusals (429, 503) that do not say when to come back.
	hasty int
}

// startLoad begins. target returns the base URL to send to now; pause is how
// long each client rests between inquiries.
func startLoad(t testing.TB, target func() string, bodies [][]byte, clients int, pause time.Duration) *load {
	l := &load{
		t: t, target: target, bodies: bodies, stop: make(chan struct{}),
		client:   &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: clients}},
		accepted: map[string]receipt{}, at: map[string]time.Time{}, statuses: map[int]int{},
	}
	for range clients {
		l.clients.Go(func() {
			for {
				l.inquire()
				select {
				case <-l.stop:
					return
				case <-time.After(pause):
				}
				if l.failed.Load() {
					return
				}
			}
		})
	}
	t.Cleanup(func() {
		l.stopped.Do(func() { close(l.stop) })
		l.clients.Wait()
		l.client.CloseIdleConnections()
	})
	return l
}

// inquire sends one inquiry until it is accepted, for at most two minutes.
func (l *load) inquire() {
	n := l.begun.Add(1)
	key := fmt.Sprintf("load-%p-%d", l, n)
	body := l.bodies[int(n)%len(l.bodies)]
	for giveUp := time.Now().Add(2 * time.Minute); time.Now().Before(giveUp) && !l.failed.Load(); <-time.After(25 * time.Millisecond) {
		r, status := l.once(key, body)
		l.mu.Lock()
		l.statuses[status]++
		l.mu.Unlock()
		switch {
		case status == http.StatusAccepted:
			l.mu.Lock()
			l.accepted[r.Reference], l.at[r.Reference] = r, time.Now()
			l.mu.Unlock()
			return
		case status == 0, status == http.StatusServiceUnavailable, status == http.StatusTooManyRequests:
		default:
			l.fail("inquiry answered %d", status)
			return
		}
	}
	l.fail("inquiry %d not accepted within two minutes", n)
}

// fail tells of the first failure alone and ends the load.
func (l *load) fail(format string, args ...any) {
	if l.failed.CompareAndSwap(false, true) {
		l.t.Errorf(format, args...)
	}
}

func (l *load) once(key string, body []byte) (r receipt, status int) {
	request, err := http.NewRequest(http.MethodPost, l.target()+"/api/v1/inquiries", bytes.NewReader(body))
	if err != nil {
		return r, 0
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	response, err := l.client.Do(request)
	if err != nil {
		return r, 0
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return r, 0 // cut off: perhaps accepted
	}
	if s := response.StatusCode; (s == http.StatusServiceUnavailable || s == http.StatusTooManyRequests) && response.Header.Get("Retry-After") == "" {
		l.mu.Lock()
		l.hasty++
		l.mu.Unlock()
	}
	if response.StatusCode == http.StatusAccepted && json.Unmarshal(answer, &r) != nil {
		return r, 0
	}
	return r, response.StatusCode
}

// count is how many are accepted so far.
func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.accepted)
}

// more waits until n further inquiries are accepted.
func (l *load) more(n int) {
	l.t.Helper()
	want := l.count() + n
	waitFor(l.t, 90*time.Second, "inquiries go on being accepted", func() bool { return l.count() >= want })
}

// end stops the clients when what they began is accepted, and returns all.
func (l *load) end() map[string]receipt {
	l.t.Helper()
	l.stopped.Do(func() { close(l.stop) })
	l.clients.Wait()
	if begun := int(l.begun.Load()); begun != len(l.accepted) {
		l.t.Errorf("%d inquiries begun, %d case numbers given", begun, len(l.accepted))
	}
	if l.hasty > 0 {
		l.t.Errorf("%d refusals without Retry-After", l.hasty)
	}
	return l.accepted
}

// recoveries returns for each moment at which a fault ended how long it took
// until a mail of an inquiry accepted after it was out.
func (l *load) recoveries(ends []time.Time, mails []caught) []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string]time.Time{} // first mail by case number
	for _, m := range mails {
		if first, ok := out[m.reference]; !ok || m.at.Before(first) {
			out[m.reference] = m.at
		}
	}
	var all []time.Duration
	for _, end := range ends {
		var first time.Time
		for reference, at := range l.at {
			if sent, ok := out[reference]; ok && at.After(end) && sent.After(end) && (first.IsZero() || sent.Before(first)) {
				first = sent
			}
		}
		if !first.IsZero() {
			all = append(all, first.Sub(end))
		}
	}
	return all
}
