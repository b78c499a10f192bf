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
// these. Publishing a dispatch twice within the duplicate window stores it
// once, unless the stream has lost it meanwhile.
func (q *Queue) Publish(ctx context.Context, dispatches []naru.Dispatch) ([]naru.Queued, error) {
	stored, duplicates, err := q.publish(ctx, subjectDeliveries, dispatches, "")
	if len(duplicates) == 0 {
		return stored, err
	}
	// The server remembers ids longer than messages: a stream that was emptied
	// refuses as duplicates what it no longer holds. These get an id that is
	// new, and the same for every relay that finds this out.
	state, stateErr := q.State(ctx)
	if stateErr != nil {
		return stored, errors.Join(err, stateErr)
	}
	var lost []naru.Dispatch
	for _, d := range duplicates {
		if d.Sequence >= state.First && d.Sequence <= state.Last {
			stored = append(stored, d)
		} else {
			lost = append(lost, d.Dispatch)
		}
	}
	again, duplicates, againErr := q.publish(ctx, subjectDeliveries, lost, "."+strconv.FormatUint(state.First, 36))
	return append(append(stored, again...), duplicates...), errors.Join(err, againErr)
}

// PublishDead announces dead deliveries on their own stream and returns the
// ids of those that are stored.
func (q *Queue) PublishDead(ctx context.Context, dispatches []naru.Dispatch) ([]string, error) {
	stored, duplicates, err := q.publish(ctx, subjectDeadLetters, dispatches, "")
	ids := make([]string, 0, len(stored)+len(duplicates))
	for _, d := range append(stored, duplicates...) {
		ids = append(ids, d.DeliveryID)
	}
	return ids, err
}

// publish returns what was stored now and what the server took for a
// duplicate, with the sequence that the first had. suffix is added to the ids.
func (q *Queue) publish(ctx context.Context, subject string, dispatches []naru.Dispatch, suffix string) (stored, duplicates []naru.Queued, err error) {
	futures, err := q.publishAll(subject, dispatches, suffix)
	acks, waitErr := q.await(ctx, futures)
	waitErr = errors.Join(waitErr, q.mend(ctx, subject, waitErr))
	for i, ack := range acks {
		switch queued := (naru.Queued{Dispatch: dispatches[i]}); {
		case ack == nil:
		case ack.Duplicate:
			queued.Sequence = ack.Sequence
			duplicates = append(duplicates, queued)
		default:
			queued.Sequence = ack.Sequence
			stored = append(stored, queued)
		}
	}
	return stored, duplicates, errors.Join(err, waitErr)
}

// publishAll starts publishing and returns a future for each dispatch up to
// the first that could not be started.
func (q *Queue) publishAll(subject string, dispatches []naru.Dispatch, suffix string) ([]jetstream.PubAckFuture, error) {
	if err := q.connected(); err != nil {
		return nil, err
	}
	futures := make([]jetstream.PubAckFuture, 0, len(dispatches))
	for _, d := range dispatches {
		body, err := json.Marshal(d)
		if err != nil {
			return futures, fmt.Errorf("encode dispatch: %w", err)
		}
		future, err := q.js.PublishAsync(subject, body, jetstream.WithMsgID(messageID(d)+suffix), jetstream.WithRetryAttempts(0))
		if err != nil {
			return futures, fmt.Errorf("publish dispatch: %w", err)
		}
		futures = append(futures, future)
	}
	return futures, nil
}

// await returns the server's answer to each future, nil where none came.
func (q *Queue) await(ctx context.Context, futures []jetstream.PubAckFuture) ([]*jetstream.PubAck, error) {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	acks := make([]*jetstream.PubAck, len(futures))
	var first error
	for i, future := range futures {
		select {
		case acks[i] = <-future.Ok():
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
	return acks, first
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
		Held:  info.State.Msgs,
	}, nil
}
