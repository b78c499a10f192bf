package relay_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/naru"
	"naru/internal/queue"
	"naru/workers/relay"
)

// countingQueue counts what it is given to publish.
type countingQueue struct {
	*queue.Queue
	given atomic.Int64
}

func (q *countingQueue) Publish(ctx context.Context, dispatches []naru.Dispatch) ([]naru.Queued, error) {
	q.given.Add(int64(len(dispatches)))
	return q.Queue.Publish(ctx, dispatches)
}

func TestWhatIsPublishedIsMarkedOnceAndWhenTheRelayStops(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	real, js := openQueue(t, queue.Options{})
	q := &countingQueue{Queue: real}
	r, err := relay.New(relay.Options{Store: s, Queue: q, Logger: silent, LongestWait: 2 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	// Each comes while those before it are pending still.
	for n := range 10 {
		accept(t, s, 1)
		real.Wake()
		waitFor(t, "published", func() bool { return messages(t, js, queue.StreamDeliveries) == 2*(n+1) })
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := tally(t, s); n != (naru.Tally{Queued: 20}) || q.given.Load() != 20 {
		t.Errorf("%+v, %d published", n, q.given.Load())
	}
}
