package queue

import (
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// wakeEvery is the least time between two messages that wake relays elsewhere: where
// inquiries come faster, one tells of several.
const wakeEvery = 2 * time.Millisecond

// bell says when relays elsewhere were woken last.
type bell struct {
	mu   sync.Mutex // guards all below
	rang time.Time
	// due: it will ring, for all who have called Wake since.
	due bool
}

// Wake tells every relay that new deliveries wait. It never blocks; a wake
// that is lost costs the relay's next look at the outbox, no more.
func (q *Queue) Wake() {
	if q.Embedded() {
		// Nobody else can be listening: no message need travel for each inquiry.
		q.listening.Lock()
		defer q.listening.Unlock()
		for wakes := range q.listeners {
			wake(wakes)
		}
		return
	}
	q.bell.mu.Lock()
	defer q.bell.mu.Unlock()
	if q.bell.due {
		return
	}
	if wait := wakeEvery - time.Since(q.bell.rang); wait > 0 {
		q.bell.due = true
		time.AfterFunc(wait, q.ringIfDue)
		return
	}
	q.ring()
}

// ring is called with the lock of the bell.
func (q *Queue) ring() {
	q.bell.rang, q.bell.due = time.Now(), false
	// Not being connected is the only failure, and the relay's own sweep
	// covers it.
	_ = q.conn.Publish(subjectWake, nil)
}

func (q *Queue) ringIfDue() {
	q.bell.mu.Lock()
	defer q.bell.mu.Unlock()
	if q.bell.due {
		q.ring()
	}
}

// Wakes returns a channel that holds one value after one or more calls of
// Wake by any process, and a function that ends the subscription.
func (q *Queue) Wakes() (<-chan struct{}, func(), error) {
	wakes := make(chan struct{}, 1)
	if q.Embedded() {
		q.listening.Lock()
		defer q.listening.Unlock()
		q.listeners[wakes] = true
		return wakes, func() {
			q.listening.Lock()
			defer q.listening.Unlock()
			delete(q.listeners, wakes)
		}, nil
	}
	sub, err := q.conn.Subscribe(subjectWake, func(*nats.Msg) { wake(wakes) })
	if err != nil {
		return nil, nil, fmt.Errorf("subscribe to wakes: %w", err)
	}
	return wakes, func() { _ = sub.Unsubscribe() }, nil
}

// TellTaken tells the other processes what was taken from rate limits here. It
// never blocks; what is lost counts here alone.
func (q *Queue) TellTaken(message []byte) { _ = q.conn.Publish(subjectTaken, message) }

// HearTaken calls fn, one call at a time, with every message of TellTaken, those
// of this process included, until the function it returns is called.
func (q *Queue) HearTaken(fn func(message []byte)) (func(), error) {
	sub, err := q.conn.Subscribe(subjectTaken, func(m *nats.Msg) { fn(m.Data) })
	if err != nil {
		return nil, fmt.Errorf("subscribe to limits: %w", err)
	}
	return func() { _ = sub.Unsubscribe() }, nil
}

func wake(wakes chan<- struct{}) {
	select {
	case wakes <- struct{}{}:
	default: // there is one already
	}
}
