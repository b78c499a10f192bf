package relay

import (
	"context"
	"time"

	"naru/internal/naru"
)

// A mark that a delivery is queued matters where it has to wait. Where mailers are
// idle they claim it at once, which replaces the mark; writing it first would only
// make them wait for that transaction. So a few marks are put off, by which time
// most of them have nothing left to change. What was published and not marked is
// pending still, and the relay leaves it out when it looks for what is due; if the
// relay dies meanwhile, the next one publishes it again, and the broker drops that.
const (
	// markDelay is how long marks are put off.
	markDelay = 20 * time.Millisecond
	// many marks are written at once: there is a backlog.
	many = 16
)

// marks are what was published and is not marked yet.
type marks struct {
	queued []naru.Queued
	// epoch is that of the stream it was published to, since when the first was.
	epoch string
	since time.Time
}

// add takes what was published just now.
func (m *marks) add(epoch string, queued []naru.Queued) {
	if len(m.queued) == 0 {
		m.epoch, m.since = epoch, time.Now()
	}
	m.queued = append(m.queued, queued...)
}

// due is how long the marks can be put off yet.
func (m *marks) due() time.Duration {
	if len(m.queued) >= many {
		return 0
	}
	return max(0, markDelay-time.Since(m.since))
}

// without drops from due what is published already.
func (m *marks) without(due []naru.Dispatch) []naru.Dispatch {
	if len(m.queued) == 0 {
		return due
	}
	published := make(map[naru.Dispatch]bool, len(m.queued))
	for _, q := range m.queued {
		published[q.Dispatch] = true
	}
	kept := due[:0]
	for _, d := range due {
		if !published[d] {
			kept = append(kept, d)
		}
	}
	return kept
}

// mark writes down what was published, and goes on when ctx ends: what is published
// should be known.
func (r *Relay) mark(ctx context.Context) error {
	if len(r.unmarked.queued) == 0 {
		return nil
	}
	marking, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	unmarked := r.unmarked
	r.unmarked = marks{}
	return r.options.Store.MarkQueued(marking, unmarked.epoch, unmarked.queued)
}
