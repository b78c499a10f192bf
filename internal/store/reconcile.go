package store

import (
	"context"
	"database/sql"
	"time"

	"naru/internal/naru"
)

const (
	// reconcileBatch is the number of inquiries per query: memory is constant
	// however many there are.
	reconcileBatch = 1000
	// maxListed bounds the lists in a reconciliation.
	maxListed = 100
	// stuckAfter is how long after its time to be given up a delivery may
	// still wait.
	stuckAfter = 24 * time.Hour
)

// Reconcile counts everything ever accepted, as of one moment, and holds the
// deliveries against what the acceptances and the deaths must have caused,
// and the running counters against the true counts.
func (s *Store) Reconcile(ctx context.Context) (naru.Reconciliation, error) {
	var r naru.Reconciliation
	err := s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		r, err = reconcile(ctx, tx, s.clock())
		return err
	})
	return r, s.translate("reconcile", err)
}

// snapshot reads all tables as of one moment.
func (s *Store) snapshot(ctx context.Context, read func(*sql.Tx) error) error {
	tx, err := s.reader.db.BeginTx(ctx, &s.dialect.snapshot)
	if err != nil {
		return err
	}
	defer tx.Rollback() // it only read
	return read(tx)
}

func reconcile(ctx context.Context, tx *sql.Tx, now time.Time) (r naru.Reconciliation, err error) {
	r.Inquiries, r.Drift = map[naru.Kind]int64{}, map[string]int64{}
	for after, more := "", true; more && err == nil; {
		after, more, err = reconcileInquiries(ctx, tx, after, &r)
	}
	if err == nil {
		err = reconcileStates(ctx, tx, now, &r)
	}
	if err == nil {
		err = reconcileCounters(ctx, tx, &r)
	}
	return r, err
}

// reconcileInquiries takes a batch of inquiries with ids above after, and
// returns the last id and whether there may be more.
func reconcileInquiries(ctx context.Context, tx *sql.Tx, after string, r *naru.Reconciliation) (last string, more bool, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT i.id, i.kind, i.deliveries_expected, i.erased_us,
			COUNT(CASE WHEN d.kind = 'team' THEN 1 END),
			COUNT(CASE WHEN d.kind <> 'notice' THEN 1 END),
			COUNT(CASE WHEN d.kind = 'notice' THEN 1 END),
			CAST(COALESCE(SUM(d.notices), 0) AS BIGINT),
			COUNT(CASE WHEN d.state = 'pending' THEN 1 END),
			COUNT(CASE WHEN d.state = 'queued' THEN 1 END),
			COUNT(CASE WHEN d.state = 'sending' THEN 1 END),
			COUNT(CASE WHEN d.state = 'delivered' THEN 1 END),
			COUNT(CASE WHEN d.state = 'dead' THEN 1 END),
			COUNT(CASE WHEN d.state = 'cancelled' THEN 1 END)
		FROM (SELECT id, kind, deliveries_expected, erased_us FROM inquiries WHERE id > $1 ORDER BY id LIMIT $2) AS i
		LEFT JOIN deliveries AS d ON d.inquiry_id = i.id
		GROUP BY i.id, i.kind, i.deliveries_expected, i.erased_us ORDER BY i.id`, after, reconcileBatch)
	if err != nil {
		return "", false, err
	}
	n := 0
	err = drain(rows, func(scan scanFunc) error {
		var kind naru.Kind
		var expected, erased, team, caused, notices, noticesCaused int64
		var t naru.Tally
		if err := scan(&last, &kind, &expected, &erased, &team, &caused, &notices, &noticesCaused,
			&t.Pending, &t.Queued, &t.Sending, &t.Delivered, &t.Dead, &t.Cancelled); err != nil {
			return err
		}
		n++
		r.Inquiries[kind]++
		if erased != 0 {
			r.Erased++
		}
		r.Expected += expected + noticesCaused
		r.Deliveries.Pending += t.Pending
		r.Deliveries.Queued += t.Queued
		r.Deliveries.Sending += t.Sending
		r.Deliveries.Delivered += t.Delivered
		r.Deliveries.Dead += t.Dead
		r.Deliveries.Cancelled += t.Cancelled
		if (caused != expected || notices != noticesCaused || expected > 0 && team == 0) && len(r.Missing) < maxListed {
			r.Missing = append(r.Missing, last)
		}
		return nil
	})
	return last, n == reconcileBatch, err
}

// reconcileStates lists deliveries that no method of this package leaves
// behind, and those that wait for too long.
func reconcileStates(ctx context.Context, tx *sql.Tx, now time.Time, r *naru.Reconciliation) error {
	rows, err := tx.QueryContext(ctx, `SELECT id FROM deliveries WHERE
		state NOT IN ('pending', 'queued', 'sending', 'delivered', 'dead', 'cancelled')
		OR (state IN ('delivered', 'dead', 'cancelled')) = (finished_us = 0)
		OR (state = 'delivered') <> (outcome = 'delivered')
		OR (state = 'pending' AND next_us = 0)
		OR (state = 'queued') <> (queued_epoch <> '')
		OR (state = 'sending') <> (lease_us <> 0 AND worker <> '' AND attempt > 0)
		OR (finished_us = 0 AND give_up_us < $1)
		ORDER BY id LIMIT $2`, micros(now.Add(-stuckAfter)), maxListed)
	if err != nil {
		return err
	}
	return drain(rows, func(scan scanFunc) error {
		var id string
		err := scan(&id)
		r.Stuck = append(r.Stuck, id)
		return err
	})
}

func reconcileCounters(ctx context.Context, tx *sql.Tx, r *naru.Reconciliation) error {
	drift := map[string]int64{
		deliveredCounter: -r.Deliveries.Delivered,
		deadCounter:      -r.Deliveries.Dead,
		cancelledCounter: -r.Deliveries.Cancelled,
	}
	for kind, n := range r.Inquiries {
		drift[acceptedCounter(kind)] -= n
	}
	rows, err := tx.QueryContext(ctx, selectCounters)
	if err != nil {
		return err
	}
	err = drain(rows, func(scan scanFunc) error {
		var name string
		var value int64
		err := scan(&name, &value)
		drift[name] += value
		return err
	})
	for name, difference := range drift {
		if difference != 0 {
			r.Drift[name] = difference
		}
	}
	return err
}
