package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"naru/internal/naru"
)

// batchRows bounds how many rows one transaction of a sweep changes, so that
// others get their turn.
const batchRows = 256

// DueDeliveries returns at most limit pending deliveries that are due, the
// longest due first. They are not claimed: whoever publishes them twice is
// stopped by the broker's de-duplication and by ClaimDelivery.
func (s *Store) DueDeliveries(ctx context.Context, now time.Time, limit int) ([]naru.Dispatch, error) {
	due, err := s.dispatches(ctx, selectDue, micros(now), limit)
	return due, s.translate("read due deliveries", err)
}

const selectDue = `SELECT id, attempt FROM deliveries WHERE state = 'pending' AND next_us <= $1 ORDER BY next_us LIMIT $2`

// NextDue is when the next pending delivery is due, perhaps in the past; zero
// when none is pending.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	var us int64
	_, err := s.reader.one(ctx, `SELECT COALESCE(MIN(next_us), 0) FROM deliveries WHERE state = 'pending'`, nil, &us)
	return fromMicros(us), s.translate("read next due", err)
}

var markQueued = newBulk(`UPDATE deliveries SET state = 'queued', queued_epoch = v.column3, queued_seq = v.column4
	FROM (`, `TEXT, BIGINT, TEXT, BIGINT`, `) AS v
	WHERE deliveries.id = v.column1 AND deliveries.attempt = v.column2 AND deliveries.state || '' = 'pending'`)

// MarkQueued records where in the stream dispatches are. Those whose delivery
// is no longer pending with that attempt are left alone: a worker was faster.
func (s *Store) MarkQueued(ctx context.Context, epoch string, queued []naru.Queued) error {
	// Rows are locked in one order: no deadlocks.
	queued = slices.SortedFunc(slices.Values(queued), func(x, y naru.Queued) int { return strings.Compare(x.DeliveryID, y.DeliveryID) })
	for len(queued) > 0 {
		n := min(len(queued), batchRows)
		args := make([]any, 0, n*markQueued.columns)
		for _, q := range queued[:n] {
			args = append(args, q.DeliveryID, int64(q.Attempt), epoch, int64(q.Sequence))
		}
		err := s.write(ctx, "mark queued", background, workFunc(func(t *transaction) error {
			_, err := t.bulk(markQueued, args)
			return err
		}))
		if err != nil {
			return err
		}
		queued = queued[n:]
	}
	return nil
}

// RequeueLost makes queued deliveries pending again that the stream no longer
// holds, and returns how many.
func (s *Store) RequeueLost(ctx context.Context, stream naru.StreamState) (int, error) {
	const (
		operation = "requeue lost deliveries"
		lost      = `state = 'queued' AND (queued_epoch <> $1 OR queued_seq < $2 OR queued_seq > $3)`
	)
	args := []any{stream.Epoch, int64(stream.First), int64(stream.Last)}
	// Usually none is lost, and looking for them is no work for the writers.
	var one int
	if found, err := s.reader.one(ctx, `SELECT 1 FROM deliveries WHERE `+lost+` LIMIT 1`, args, &one); err != nil || !found {
		return 0, s.translate(operation, err)
	}
	return s.sweep(ctx, operation, func(t *transaction) (int, error) {
		n, err := t.exec(`UPDATE deliveries SET state = 'pending', queued_epoch = '', queued_seq = 0
			WHERE `+lost+` AND id IN (SELECT id FROM deliveries WHERE `+lost+` LIMIT $4)`, append(args, batchRows)...)
		return int(n), err
	})
}

// ReleaseExpired makes sending deliveries pending and due whose lease has
// ended, or ends later than naru.LongestLease from now, which tells of a clock
// that was set back since; it records their attempts as unknown, and returns
// how many.
func (s *Store) ReleaseExpired(ctx context.Context, now time.Time) (int, error) {
	return s.sweep(ctx, "release expired leases", func(t *transaction) (int, error) {
		return release(t, now, "lease_expired", `UPDATE deliveries `+setReleased+` WHERE state = 'sending' AND id IN (
			SELECT id FROM deliveries WHERE state = 'sending' AND (lease_us <= $3 OR lease_us > $4) LIMIT $5) `+returnReleased,
			micros(now), micros(now.Add(naru.LongestLease)), batchRows)
	})
}

// ReleaseWorker gives back what a worker holds that has stopped: like
// ReleaseExpired, without regard to the leases. An empty name means all
// workers, which is right when the program that starts is the only one.
func (s *Store) ReleaseWorker(ctx context.Context, worker string, now time.Time) (int, error) {
	return s.sweep(ctx, "release worker", func(t *transaction) (int, error) {
		return release(t, now, "worker_stopped", `UPDATE deliveries `+setReleased+` WHERE state = 'sending' AND id IN (
			SELECT id FROM deliveries WHERE state = 'sending' AND ($3 = '' OR worker = $3) LIMIT $4) `+returnReleased,
			worker, batchRows)
	})
}

// The worker stays, for the record of its attempt.
const (
	setReleased    = `SET state = 'pending', next_us = $1, lease_us = 0, outcome = 'unknown', reply = $2`
	returnReleased = `RETURNING id, attempt, worker, started_us`
)

// abandonAttempts finds a record where an older program, which began one with each
// attempt, made the claim.
var abandonAttempts = newBulk(`INSERT INTO attempts (delivery_id, number, worker, started_us, ended_us, reply, outcome) `,
	`TEXT, BIGINT, TEXT, BIGINT, BIGINT, TEXT, 'unknown'`,
	` ON CONFLICT (delivery_id, number) DO UPDATE SET ended_us = excluded.ended_us, outcome = excluded.outcome, reply = excluded.reply
	WHERE attempts.outcome = 'started'`)

// release runs the update, whose first parameters are now and the reply, and
// ends the attempts that were under way.
func release(t *transaction, now time.Time, reply, update string, args ...any) (int, error) {
	var released []naru.Dispatch
	var abandoned []any
	args = append([]any{micros(now), reply}, args...)
	err := t.query(update, args, func(scan scanFunc) error {
		var id, worker string
		var attempt, started int64
		err := scan(&id, &attempt, &worker, &started)
		released = append(released, naru.Dispatch{DeliveryID: id, Attempt: int(attempt)})
		abandoned = append(abandoned, id, attempt, worker, started, micros(now), reply)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, d := range released {
		if d.Attempt > 1 {
			if _, err := settle(t, d.DeliveryID, now); err != nil {
				return 0, err
			}
		}
	}
	_, err = t.bulk(abandonAttempts, abandoned)
	return len(released), err
}

// settle makes a delivery delivered that an attempt has delivered whose
// holder reported late, after another had taken over: the mail is out and
// must not be sent again. The caller has changed the delivery in this
// transaction and so holds its lock, without which PostgreSQL could let the
// report slip past.
func settle(t *transaction, id string, now time.Time) (delivered bool, err error) {
	var one int
	delivered, err = t.one(`SELECT 1 FROM attempts WHERE delivery_id = $1 AND outcome = 'delivered' LIMIT 1`, []any{id}, &one)
	if err != nil || !delivered {
		return false, err
	}
	t.count(deliveredCounter, 1)
	return true, setDelivered(t, id, now)
}

func setDelivered(t *transaction, id string, now time.Time) error {
	_, err := t.exec(`UPDATE deliveries SET state = 'delivered', outcome = 'delivered', reply = '', next_us = 0,
		queued_epoch = '', queued_seq = 0, worker = '', finished_us = $1 WHERE id = $2`, micros(now), id)
	return err
}

// HastenBeyond makes pending deliveries due now that wait for a moment later
// than the given one, which is not before now, and returns how many: the clock
// was set back since.
func (s *Store) HastenBeyond(ctx context.Context, now, beyond time.Time) (int, error) {
	const operation = "hasten deliveries beyond"
	var one int
	if found, err := s.reader.one(ctx, `SELECT 1 FROM deliveries WHERE state = 'pending' AND next_us > $1 LIMIT 1`, []any{micros(beyond)}, &one); err != nil || !found {
		return 0, s.translate(operation, err)
	}
	return s.sweep(ctx, operation, func(t *transaction) (int, error) {
		n, err := t.exec(`UPDATE deliveries SET next_us = $1 WHERE state = 'pending' AND id IN (
			SELECT id FROM deliveries WHERE state = 'pending' AND next_us > $2 LIMIT $3)`,
			micros(now), micros(beyond), batchRows)
		return int(n), err
	})
}

// HastenUnavailable makes pending deliveries due now that failed because the
// relay could not be reached, and returns how many: the relay is back.
func (s *Store) HastenUnavailable(ctx context.Context, now time.Time) (int, error) {
	return s.sweep(ctx, "hasten deliveries", func(t *transaction) (int, error) {
		n, err := t.exec(`UPDATE deliveries SET next_us = $1 WHERE state = 'pending' AND id IN (
			SELECT id FROM deliveries WHERE state = 'pending' AND next_us > $1 AND outcome = 'unavailable' LIMIT $2)`,
			micros(now), batchRows)
		return int(n), err
	})
}
