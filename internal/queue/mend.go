package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// storeFailed is the server's code for a message that it could not store:
	// the stream is full, or its files cannot be written.
	storeFailed = 10077
	// patience is how many times in a row storing must fail before a stream is
	// made anew.
	patience = 2
)

// mender counts failures to store.
type mender struct {
	mu sync.Mutex
	// failures in a row, by subject. Guarded by mu.
	failures map[string]int
}

// failed counts one result and returns the failures in a row.
func (m *mender) failed(subject string, failed bool) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failures == nil {
		m.failures = map[string]int{}
	}
	if !failed {
		m.failures[subject] = 0
		return 0
	}
	m.failures[subject]++
	return m.failures[subject]
}

// mend is told how publishing ended. A stream whose files could not be written
// once, as when the disk was full, takes no message more until the server is
// restarted, though the server answers everything else. All that it holds can
// be rebuilt, so it is made anew instead.
func (q *Queue) mend(ctx context.Context, subject string, published error) error {
	var refused *jetstream.APIError
	broken := errors.As(published, &refused) && refused.ErrorCode == storeFailed
	// A server that cannot write says nothing at all.
	silent := errors.Is(published, context.DeadlineExceeded) && ctx.Err() == nil
	if q.mender.failed(subject, broken || silent) < patience {
		return nil
	}
	name := map[string]string{subjectDeliveries: StreamDeliveries, subjectDeadLetters: StreamDeadLetters}[subject]
	stream, err := q.js.Stream(ctx, name)
	if err != nil {
		return fmt.Errorf("look at stream %s: %w", name, err)
	}
	if full(stream.CachedInfo()) {
		return nil // in order, and emptied by those who read it
	}
	q.options.Logger.Warn("queue cannot store though it has room; its stream is made anew", "stream", name)
	if err := q.js.DeleteStream(ctx, name); err != nil {
		return fmt.Errorf("delete broken stream %s: %w", name, err)
	}
	q.mender.failed(subject, false)
	return q.Ensure(ctx)
}

// revive turns JetStream on again in the server inside: it turns itself off
// when its disk fails it.
func (q *Queue) revive() error {
	if q.server == nil || q.server.JetStreamEnabled() {
		return nil
	}
	q.options.Logger.Warn("queue server had turned its storage off; it is turned on again")
	err := q.server.EnableJetStream(&server.JetStreamConfig{StoreDir: q.options.StoreDir, MaxMemory: maxMemory, MaxStore: q.options.maxStore(), CompressOK: true})
	if err != nil {
		return fmt.Errorf("turn on queue storage: %w", err)
	}
	return nil
}

// full tells whether a stream may refuse a window of messages for its limits.
func full(info *jetstream.StreamInfo) bool {
	config, state := info.Config, info.State
	return config.MaxMsgs > 0 && state.Msgs+Window > uint64(config.MaxMsgs) ||
		config.MaxBytes > 0 && state.Bytes+Window<<10 > uint64(config.MaxBytes)
}
