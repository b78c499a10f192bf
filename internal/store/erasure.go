package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"naru/internal/naru"
)

// EraseInquiry removes everything personal about an inquiry: what was written
// then and later, its documents, its idempotency key, the records of attempts to
// mail it.
// Mails not delivered yet, dead ones included, are cancelled. What is left is a
// row without contents and the deliveries, so that the account stays balanced;
// every method that reads inquiries treats it as unknown.
//
// Erasing again changes nothing and returns the time of the first and the
// Message-IDs, so that whoever was interrupted can go on. KindNotFound
// "inquiry_unknown"; KindConflict "delivery_under_way" while a worker sends one
// of its mails: nothing is changed, and trying again in a moment is right.
func (s *Store) EraseInquiry(ctx context.Context, reference naru.Reference, now time.Time) (naru.Erasure, error) {
	w := &erasure{reference: reference, now: storedTime(now)}
	if err := s.write(ctx, "erase inquiry", background, w); err != nil {
		return naru.Erasure{}, err
	}
	return w.result, nil
}

// erasure is the work of EraseInquiry.
type erasure struct {
	reference        naru.Reference
	now              time.Time
	result           naru.Erasure
	unknown, sending bool
}

func (e *erasure) refusal() error {
	switch {
	case e.unknown:
		return naru.NewError(naru.KindNotFound, "inquiry_unknown", nil)
	case e.sending:
		return &naru.Error{Kind: naru.KindConflict, Code: "delivery_under_way", RetryAfter: time.Second}
	}
	return nil
}

func (e *erasure) do(t *transaction) error {
	e.result, e.unknown, e.sending = naru.Erasure{Reference: e.reference}, false, false
	if known, err := e.open(t); err != nil || !known {
		e.unknown = !known
		return err
	}
	if err := e.readDeliveries(t); err != nil || e.sending {
		return err
	}
	if !e.result.ErasedAt.IsZero() {
		return nil
	}
	e.result.ErasedAt, e.result.First = e.now, true
	return e.remove(t)
}

// open finds the inquiry and takes its row lock: erasing it twice at once must
// not cancel its mails twice.
func (e *erasure) open(t *transaction) (known bool, err error) {
	if _, err := t.exec(`UPDATE inquiries SET state = state WHERE reference = $1`, string(e.reference)); err != nil {
		return false, err
	}
	var accepted, erased int64
	known, err = t.one(`SELECT id, kind, accepted_us, erased_us FROM inquiries WHERE reference = $1`, []any{string(e.reference)},
		&e.result.InquiryID, &e.result.Kind, &accepted, &erased)
	e.result.AcceptedAt, e.result.ErasedAt = fromMicros(accepted), fromMicros(erased)
	return known, err
}

// readDeliveries takes their row locks, against claims and results, and looks
// whether one is in a worker's hands. One whose lease has ended is not: its
// worker is gone, and should it report after all, its result is only recorded.
func (e *erasure) readDeliveries(t *transaction) error {
	// Twice: the first may have waited for a result that caused a notice, which
	// only the second sees. Then nothing can cause any more.
	for range 2 {
		if _, err := t.exec(`UPDATE deliveries SET attempt = attempt WHERE inquiry_id = $1`, e.result.InquiryID); err != nil {
			return err
		}
	}
	return t.query(`SELECT kind, state, team_id, message_id, attempt, lease_us FROM deliveries WHERE inquiry_id = $1
		ORDER BY created_us, id`, []any{e.result.InquiryID}, func(scan scanFunc) error {
		var m naru.ErasedMail
		var lease int64
		if err := scan(&m.Kind, &m.State, &m.TeamID, &m.MessageID, &m.Attempts, &lease); err != nil {
			return err
		}
		e.sending = e.sending || m.State == naru.StateSending && lease > micros(e.now)
		e.result.Mails = append(e.result.Mails, m)
		return nil
	})
}

func (e *erasure) remove(t *transaction) error {
	r, id := &e.result, e.result.InquiryID
	if _, err := t.one(`SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM attachments WHERE inquiry_id = $1`, []any{id},
		&r.Attachments, &r.AttachmentBytes); err != nil {
		return err
	}
	var delivering int64 // attempts that the rows of their deliveries hold
	if _, err := t.one(`SELECT COUNT(*) FROM deliveries WHERE inquiry_id = $1 AND state = 'delivered' AND worker <> ''`, []any{id}, &delivering); err != nil {
		return err
	}
	for i, m := range r.Mails {
		switch m.State {
		case naru.StateDelivered, naru.StateCancelled:
			continue
		case naru.StateDead:
			t.count(deadCounter, -1)
		}
		t.count(cancelledCounter, 1)
		r.Mails[i].State = naru.StateCancelled
		r.Cancelled++
	}
	for _, step := range []struct {
		removed *int64
		text    string
		args    []any
	}{
		{nil, `UPDATE inquiries SET body = '', key_id = 0, country = '', language = '', state = 'erased', erased_us = $1 WHERE id = $2`, []any{micros(e.now), id}},
		{nil, `DELETE FROM additions WHERE inquiry_id = $1`, []any{id}},
		{nil, `DELETE FROM attachments WHERE inquiry_id = $1`, []any{id}},
		{nil, `DELETE FROM earlier_keys WHERE inquiry_id = $1`, []any{id}},
		// Of an attempt that nobody has answered for a record stays, for the answer;
		// it names a worker and a time.
		{nil, `INSERT INTO attempts (delivery_id, number, worker, started_us, ended_us, outcome, reply)
			SELECT id, attempt, worker, started_us, 0, 'started', '' FROM deliveries WHERE inquiry_id = $1 AND state = 'sending'
			ON CONFLICT (delivery_id, number) DO NOTHING`, []any{id}},
		{&r.Attempts, `DELETE FROM attempts WHERE outcome <> 'started' AND delivery_id IN (SELECT id FROM deliveries WHERE inquiry_id = $1)`, []any{id}},
		{nil, `UPDATE deliveries SET state = 'cancelled', outcome = '', next_us = 0, lease_us = 0, queued_epoch = '', queued_seq = 0,
			finished_us = $1 WHERE inquiry_id = $2 AND state NOT IN ('delivered', 'cancelled')`, []any{micros(e.now), id}},
		{nil, `UPDATE deliveries SET request_id = '', reply = '', worker = '' WHERE inquiry_id = $1`, []any{id}},
	} {
		n, err := t.exec(step.text, step.args...)
		if err != nil {
			return err
		}
		if step.removed != nil {
			*step.removed = n
		}
	}
	r.Attempts += delivering
	return nil
}

// Scrub removes from the files what erasing and deleting has left in them, as
// far as the engine lets it be done at once: SQLite's write-ahead log still
// holds earlier versions of rows until it is emptied. PostgreSQL does it by
// itself, with the next vacuum and the log's rotation. KindUnavailable when others
// read or copy the log all the time.
func (s *Store) Scrub(ctx context.Context) error {
	if s.dialect.scrub == "" {
		return nil
	}
	db := s.dialect.openWriter()
	err := scrub(ctx, db, s.dialect.scrub)
	if closed := db.Close(); err == nil {
		err = closed
	}
	return s.translate("scrub", err)
}

const (
	// scrubPatience is how long those are waited for who copy or read the log.
	scrubPatience = 10 * time.Second
	// Nobody can write while readers are waited for, which may be a backup that
	// takes minutes: so it is done for moments, with pauses.
	scrubMoment = `PRAGMA busy_timeout = 50`
	scrubPause  = 200 * time.Millisecond
)

// scrub tries again while somebody else copies or reads the log.
func scrub(ctx context.Context, db *sql.DB, text string) error {
	if _, err := db.ExecContext(ctx, scrubMoment); err != nil {
		return err
	}
	tick := time.NewTicker(scrubPause)
	defer tick.Stop()
	for begin := time.Now(); ; {
		var busy, pages, copied int
		if err := db.QueryRowContext(ctx, text).Scan(&busy, &pages, &copied); err != nil || busy == 0 {
			return err
		}
		if time.Since(begin) > scrubPatience {
			return unavailable("scrub", errors.New("the write-ahead log is in use"))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// InquiriesAcceptedBefore returns at most limit inquiries that are not erased,
// oldest first.
func (s *Store) InquiriesAcceptedBefore(ctx context.Context, before time.Time, limit int) (found []naru.Reference, err error) {
	err = s.reader.query(ctx, `SELECT reference FROM inquiries WHERE erased_us = 0 AND accepted_us < $1
		ORDER BY accepted_us LIMIT $2`, []any{micros(before), limit}, func(scan scanFunc) error {
		var reference naru.Reference
		err := scan(&reference)
		found = append(found, reference)
		return err
	})
	return found, s.translate("read old inquiries", err)
}

// LatestAcceptance is when the last of the inquiries that are not erased was
// accepted; the zero time where there is none.
func (s *Store) LatestAcceptance(ctx context.Context) (latest time.Time, err error) {
	err = s.reader.query(ctx, `SELECT COALESCE(MAX(accepted_us), 0) FROM inquiries WHERE erased_us = 0`, nil, func(scan scanFunc) error {
		var us int64
		err := scan(&us)
		latest = fromMicros(us)
		return err
	})
	return latest, s.translate("read latest inquiry", err)
}

// DeleteOldAttempts removes the records of attempts begun before the time whose
// delivery was delivered or cancelled before it, too, and returns how many.
// Those of mails that are dead or wait are kept for whoever must find out why, and
// the one that delivered a mail is part of the mail.
func (s *Store) DeleteOldAttempts(ctx context.Context, before time.Time) (int, error) {
	return s.sweep(ctx, "delete old attempts", func(t *transaction) (int, error) {
		var rows []any
		err := t.query(`SELECT a.delivery_id, a.number FROM attempts AS a JOIN deliveries AS d ON d.id = a.delivery_id
			WHERE a.started_us < $1 AND d.state IN ('delivered', 'cancelled') AND d.finished_us < $1
			ORDER BY a.started_us LIMIT $2`, []any{micros(before), batchRows}, func(scan scanFunc) error {
			var id string
			var number int64
			err := scan(&id, &number)
			rows = append(rows, id, number)
			return err
		})
		if err != nil {
			return 0, err
		}
		n, err := t.bulk(deleteAttempts, rows)
		return int(n), err
	})
}

var deleteAttempts = newBulk(`DELETE FROM attempts WHERE (delivery_id, number) IN (`, `TEXT, BIGINT`, `)`)

// DeadSince counts the dead deliveries that died at the time or later.
func (s *Store) DeadSince(ctx context.Context, since time.Time) (n int, err error) {
	_, err = s.reader.one(ctx, `SELECT COUNT(*) FROM deliveries WHERE state = 'dead' AND finished_us >= $1`, []any{micros(since)}, &n)
	return n, s.translate("count dead letters", err)
}
