package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"naru/internal/naru"
)

// FinishAttempt records the result of an attempt and moves the delivery to
// the result's State; with StateDead the notice is created in the same
// transaction, unless the delivery is itself a notice. When the lease was
// lost only the attempt's record is completed, except that "delivered" still
// wins over pending, queued and dead: the mail is out. Repeating a result
// changes nothing. KindNotFound "attempt_unknown" when the worker never made
// this attempt.
func (s *Store) FinishAttempt(ctx context.Context, r naru.AttemptResult) error {
	switch {
	case r.State != naru.StateDelivered && r.State != naru.StateDead && r.State != naru.StatePending:
		return fmt.Errorf("store: finish attempt: state %q ends no attempt", r.State)
	case (r.State == naru.StateDelivered) != (r.Outcome == naru.OutcomeDelivered):
		return fmt.Errorf("store: finish attempt: state %q contradicts outcome %q", r.State, r.Outcome)
	case r.StartedAt.IsZero() || r.EndedAt.IsZero():
		return errors.New("store: finish attempt: StartedAt and EndedAt are required")
	}
	if r.NextAttemptAt.IsZero() {
		r.NextAttemptAt = r.EndedAt
	}
	r.Reply = cleanReply(r.Reply)
	return s.write(ctx, "finish attempt", background, &finish{AttemptResult: r})
}

// The row of a delivery holds the attempt that delivered it: an attempt has a row of
// its own only when another may follow, or when it was taken for lost.
var (
	insertAttempts = newBulk(`INSERT INTO attempts (delivery_id, number, worker, started_us, ended_us, outcome, reply) `,
		`TEXT, BIGINT, TEXT, BIGINT, BIGINT, TEXT, TEXT`, ``)
	completeAttempts = newBulk(`UPDATE attempts SET ended_us = v.column4, outcome = v.column5, reply = v.column6
		FROM (`, `TEXT, BIGINT, TEXT, BIGINT, TEXT, TEXT`, `) AS v
		WHERE attempts.delivery_id = v.column1 AND attempts.number = v.column2 AND attempts.worker = v.column3
		AND attempts.outcome IN ('started', 'unknown')
		RETURNING delivery_id`)
	finishDeliveries = newBulk(`UPDATE deliveries SET state = v.column4, outcome = v.column5, reply = v.column6,
		next_us = v.column7, finished_us = v.column8, lease_us = 0,
		worker = CASE WHEN v.column4 = 'delivered' THEN v.column3 ELSE '' END
		FROM (`, `TEXT, BIGINT, TEXT, TEXT, TEXT, TEXT, BIGINT, BIGINT`, `) AS v
		WHERE deliveries.id = v.column1 AND deliveries.attempt = v.column2 AND deliveries.worker = v.column3
		AND deliveries.state || '' = 'sending'
		RETURNING id`)
)

// finish is the work of FinishAttempt.
type finish struct {
	naru.AttemptResult
	unknown bool
	// held is set while the worker still holds the delivery, completed when the record
	// of an attempt that was taken for lost has got its result.
	held, completed bool
}

func (f *finish) refusal() error {
	if f.unknown {
		return naru.NewError(naru.KindNotFound, "attempt_unknown", nil)
	}
	return nil
}

func (f *finish) do(t *transaction) error { return f.doAll(t, []work{f}) }

func (f *finish) doAll(t *transaction, all []work) error {
	byID := make(map[string]*finish, len(all))
	for _, w := range all {
		f := w.(*finish)
		if byID[f.DeliveryID] != nil {
			return errApart // the order of results of one delivery matters
		}
		*f = finish{AttemptResult: f.AttemptResult}
		byID[f.DeliveryID] = f
	}
	// First the delivery, then its attempts, as in every other method: the row
	// lock of the delivery is what orders the results of two workers.
	ids := slices.Sorted(maps.Keys(byID)) // rows are locked in one order: no deadlocks
	deliveries := make([]any, 0, len(all)*finishDeliveries.columns)
	for _, id := range ids {
		deliveries = append(deliveries, byID[id].row()...)
	}
	if err := t.bulkChanged(finishDeliveries, deliveries, func(id string) { byID[id].held = true }); err != nil {
		return err
	}
	ended := make([]any, 0, len(all)*insertAttempts.columns)
	var late []any
	for _, id := range ids {
		switch f := byID[id]; {
		case f.held && f.State == naru.StateDelivered:
		case f.held:
			ended = append(ended, id, int64(f.Number), f.Worker, micros(f.StartedAt), micros(f.EndedAt), string(f.Outcome), f.Reply)
		default:
			late = append(late, id, int64(f.Number), f.Worker, micros(f.EndedAt), string(f.Outcome), f.Reply)
		}
	}
	if err := t.bulkLater(insertAttempts, ended); err != nil {
		return err
	}
	if err := t.bulkChanged(completeAttempts, late, func(id string) { byID[id].completed = true }); err != nil {
		return err
	}
	for _, f := range byID {
		if err := f.conclude(t); err != nil {
			return err
		}
	}
	return nil
}

// row is the row of finishDeliveries.
func (f *finish) row() []any {
	next, finished := int64(0), micros(f.EndedAt)
	if f.State == naru.StatePending {
		next, finished = micros(f.NextAttemptAt), 0
	}
	return []any{f.DeliveryID, int64(f.Number), f.Worker, string(f.State), string(f.Outcome), f.Reply, next, finished}
}

// conclude does what follows from a recorded result.
func (f *finish) conclude(t *transaction) error {
	switch {
	case !f.held && !f.completed:
		var one int
		known, err := t.one(`SELECT 1 FROM attempts WHERE delivery_id = $1 AND number = $2 AND worker = $3
			UNION SELECT 1 FROM deliveries WHERE id = $1 AND attempt = $2 AND worker = $3 AND state = 'delivered'`,
			[]any{f.DeliveryID, f.Number, f.Worker}, &one)
		f.unknown = !known
		return err
	case !f.held && f.State == naru.StateDelivered:
		return f.deliveredLate(t)
	case !f.held:
		return nil
	case f.State == naru.StateDelivered:
		t.count(deliveredCounter, 1)
		return nil
	}
	if f.Number > 1 {
		if delivered, err := settle(t, f.DeliveryID, f.EndedAt); delivered || err != nil {
			return err
		}
	}
	if f.State == naru.StatePending {
		return nil
	}
	t.count(deadCounter, 1)
	if f.Notice == nil {
		return nil
	}
	return f.insertNotice(t)
}

// deliveredLate makes the delivery delivered unless it is so already or
// somebody is sending it: then the end of that attempt will find this one's
// record.
func (f *finish) deliveredLate(t *transaction) error {
	// Changing nothing takes the row lock: on PostgreSQL a result that is
	// about to be committed would otherwise not be seen.
	if _, err := t.exec(`UPDATE deliveries SET attempt = attempt WHERE id = $1`, f.DeliveryID); err != nil {
		return err
	}
	var state naru.DeliveryState
	if _, err := t.one(`SELECT state FROM deliveries WHERE id = $1`, []any{f.DeliveryID}, &state); err != nil {
		return err
	}
	switch state {
	case naru.StateDead:
		t.count(deadCounter, -1)
	case naru.StatePending, naru.StateQueued:
	default:
		return nil
	}
	t.count(deliveredCounter, 1)
	return setDelivered(t, f.DeliveryID, f.EndedAt)
}

// insertNotice tells of the delivery's death, unless it is a notice itself.
func (f *finish) insertNotice(t *transaction) error {
	notice := *f.Notice
	var kind naru.DeliveryKind
	var requestID string
	if _, err := t.one(`SELECT inquiry_id, kind, request_id FROM deliveries WHERE id = $1`, []any{f.DeliveryID}, &notice.InquiryID, &kind, &requestID); err != nil {
		return err
	}
	if kind == naru.DeliveryNotice {
		return nil
	}
	notice.About, notice.Kind = f.DeliveryID, naru.DeliveryNotice
	if notice.RequestID == "" {
		notice.RequestID = requestID
	}
	if notice.CreatedAt.IsZero() {
		notice.CreatedAt = f.EndedAt
	}
	row, err := appendDeliveryRow(nil, notice)
	if err != nil {
		return err
	}
	if _, err := t.bulk(insertDeliveries, row); err != nil {
		return err
	}
	_, err = t.exec(`UPDATE deliveries SET notices = notices + 1 WHERE id = $1`, f.DeliveryID)
	return err
}

// maxReplyBytes is ample for a reply code, an enhanced code and a class.
const maxReplyBytes = 120

// cleanReply makes a reply storable whatever a relay has sent: PostgreSQL
// refuses invalid UTF-8 and NUL, and a result that cannot be stored would be
// a mail sent twice.
func cleanReply(reply string) string {
	reply = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(reply, ""))
	if len(reply) > maxReplyBytes {
		reply = strings.ToValidUTF8(reply[:maxReplyBytes], "")
	}
	return reply
}
