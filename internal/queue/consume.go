package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"naru/internal/naru"
)

// Message is one dispatch taken from the stream. Exactly one of Ack and Return
// must be called.
type Message struct {
	naru.Dispatch
	// PublishedAt is when the stream stored it.
	PublishedAt time.Time
	// Origin is told what became of it.
	Origin Origin
}

// Origin takes a message back; jetstream.Msg is one.
type Origin interface {
	Ack() error
	NakWithDelay(delay time.Duration) error
}

// Ack removes the message from the stream. An acknowledgement that is lost
// makes the server deliver the message again after AckWait; the claim in the
// store then refuses it.
func (m Message) Ack() error { return m.Origin.Ack() }

// Return gives the message back, to be delivered again after the delay.
func (m Message) Return(delay time.Duration) error { return m.Origin.NakWithDelay(delay) }

// Consume calls handle for each message, one at a time, until ctx ends; handle
// blocks to slow the stream down. At most prefetch messages wait in this
// process. It makes stream and consumer anew when they are gone, waits while
// the servers are away, and returns nil when ctx ends.
func (q *Queue) Consume(ctx context.Context, prefetch int, handle func(Message)) error {
	down := false
	for ctx.Err() == nil {
		err := q.consumeOnce(ctx, prefetch, handle, func() {
			if down {
				down = false
				q.options.Logger.Info("queue consumer is back")
			}
		})
		if !down && ctx.Err() == nil {
			down = true
			q.options.Logger.Warn("queue consumer lost", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
	return nil
}

func (q *Queue) consumeOnce(ctx context.Context, prefetch int, handle func(Message), up func()) error {
	setup, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	consumer, err := q.js.Consumer(setup, StreamDeliveries, ConsumerMailer)
	if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrConsumerNotFound) {
		if err = q.Ensure(setup); err == nil {
			consumer, err = q.js.Consumer(setup, StreamDeliveries, ConsumerMailer)
		}
	}
	if err != nil {
		return fmt.Errorf("open consumer: %w", err)
	}
	messages, err := consumer.Messages(
		jetstream.PullMaxMessages(prefetch),
		jetstream.PullExpiry(10*time.Second),
		// Two missed heartbeats tell that server or consumer are gone.
		jetstream.PullHeartbeat(time.Second),
	)
	if err != nil {
		return fmt.Errorf("open messages: %w", err)
	}
	defer giveBack(messages)
	up()
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("next message: %w", err)
		}
		q.take(msg, handle)
	}
}

// giveBack ends the iterator and returns what it had fetched and not handed
// on, so that other mailers need not wait for AckWait.
func giveBack(messages jetstream.MessagesContext) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	messages.Drain()
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return
		}
		// What cannot be returned now comes back after AckWait.
		_ = msg.Nak()
	}
}

// take decodes a message and hands it on. One that cannot be read was not
// written by us: it is removed, since no delivery can depend on it.
func (q *Queue) take(msg jetstream.Msg, handle func(Message)) {
	m := Message{Origin: msg}
	if err := json.Unmarshal(msg.Data(), &m.Dispatch); err != nil || m.DeliveryID == "" {
		q.options.Logger.Error("queue message is not a dispatch", "size_bytes", len(msg.Data()))
		if err := msg.Term(); err != nil {
			q.options.Logger.Warn("queue message not removed", "error", err)
		}
		return
	}
	if meta, err := msg.Metadata(); err == nil {
		m.PublishedAt = meta.Timestamp
	}
	handle(m)
}
