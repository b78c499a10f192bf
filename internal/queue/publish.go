package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"naru/internal/naru"
)

// Window is how many dispatches Publish has under way at once, and so the
// most that one call should be given.
const Window = 256

// publishTimeout bounds the wait for the acknowledgements of one window.
const publishTimeout = 5 * time.Second

// Publish stores the dispatches in the stream and returns those that are
// stored, whatever happens to the others; the error tells of the first of
// these. Publishing a dispatch twice within two minutes stores it once.
func (q *Queue) Publish(ctx context.Context, dispatches []naru.Dispatch) ([]naru.Queued, error) {
	futures, err := q.publishAll(subjectDeliveries, dispatches)
	stored := make([]naru.Queued, 0, len(futures))
	sequences, waitErr := q.await(ctx, futures)
	for i, sequence := range sequences {
		if sequence > 0 {
			stored = append(stored, naru.Queued{Dispatch: dispatches[i], Sequence: sequence})
		}
	}
	return stored, errors.Join(err, waitErr)
}

// PublishDead announces dead deliveries on their own stream and returns the
// ids of those that are stored.
func (q *Queue) PublishDead(ctx context.Context, dispatches []naru.Dispatch) ([]string, error) {
	futures, err := q.publishAll(subjectDeadLetters, dispatches)
	sequences, waitErr := q.await(ctx, futures)
	stored := make([]string, 0, len(futures))
	for i, sequence := range sequences {
		if sequence > 0 {
			stored = append(stored, dispatches[i].DeliveryID)
		}
	}
	return stored, errors.Join(err, waitErr)
}

// publishAll starts publishing and returns a future for each dispatch up to
// the first that could not be started.
func (q *Queue) publishAll(subject string, dispatches []naru.Dispatch) ([]jetstream.PubAckFuture, error) {
	if err := q.connected(); err != nil {
		return nil, err
	}
	futures := make([]jetstream.PubAckFuture, 0, len(dispatches))
	for _, d := range dispatches {
		body, err := json.Marshal(d)
		if err != nil {
			return futures, fmt.Errorf("encode dispatch: %w", err)
		}
		future, err := q.js.PublishAsync(subject, body, jetstream.WithMsgID(messageID(d)), jetstream.WithRetryAttempts(0))
		if err != nil {
			return futures, fmt.Errorf("publish dispatch: %w", err)
		}
		futures = append(futures, future)
	}
	return futures, nil
}

// await returns the stream sequence of each future, 0 where none came.
func (q *Queue) await(ctx context.Context, futures []jetstream.PubAckFuture) ([]uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	sequences := make([]uint64, len(futures))
	var first error
	for i, future := range futures {
		select {
		case ack := <-future.Ok():
			sequences[i] = ack.Sequence
		case err := <-future.Err():
			if first == nil {
				first = fmt.Errorf("publish dispatch: %w", err)
			}
		case <-ctx.Done():
			if first == nil {
				first = fmt.Errorf("publish dispatch: %w", ctx.Err())
			}
		}
	}
	return sequences, first
}

// messageID is what the server knows duplicates by. The attempt is part of it
// because a retry is a new message: with the delivery's id alone, one that
// comes within the window would be dropped.
func messageID(d naru.Dispatch) string {
	return d.DeliveryID + "." + strconv.Itoa(d.Attempt)
}

// State reports what the deliveries stream holds. The error wraps
// jetstream.ErrStreamNotFound when there is none; Ensure makes it.
func (q *Queue) State(ctx context.Context) (naru.StreamState, error) {
	if err := q.connected(); err != nil {
		return naru.StreamState{}, err
	}
	stream, err := q.js.Stream(ctx, StreamDeliveries)
	if err != nil {
		return naru.StreamState{}, fmt.Errorf("look at stream: %w", err)
	}
	info := stream.CachedInfo()
	return naru.StreamState{
		Epoch: strconv.FormatInt(info.Created.UnixNano(), 36),
		First: info.State.FirstSeq,
		Last:  info.State.LastSeq,
	}, nil
}
