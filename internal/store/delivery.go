package store

import (
	"context"
	"fmt"

	"naru/internal/naru"
)

// deliveryColumns are what deliveryRow holds.
const deliveryColumns = `id, inquiry_id, kind, state, team_id, about, message_id, request_id, attempt,
	created_us, give_up_us, next_us, lease_us, started_us, outcome, reply, finished_us`

// deliveryRow is a delivery as it is stored.
type deliveryRow struct {
	naru.Delivery
	created, giveUp, next, lease, started, finished int64
}

func (r *deliveryRow) dest() []any {
	d := &r.Delivery
	return []any{
		&d.ID, &d.InquiryID, &d.Kind, &d.State, &d.TeamID, &d.About, &d.MessageID, &d.RequestID, &d.Attempt,
		&r.created, &r.giveUp, &r.next, &r.lease, &r.started, &d.Outcome, &d.Reply, &r.finished,
	}
}

func (r *deliveryRow) delivery() naru.Delivery {
	d := r.Delivery
	d.CreatedAt, d.GiveUpAt, d.NextAttemptAt = fromMicros(r.created), fromMicros(r.giveUp), fromMicros(r.next)
	d.LeaseUntil, d.FinishedAt = fromMicros(r.lease), fromMicros(r.finished)
	if d.State == naru.StateSending {
		d.StartedAt = fromMicros(r.started)
	}
	return d
}

func scanDelivery(scan scanFunc) (naru.Delivery, error) {
	var r deliveryRow
	err := scan(r.dest()...)
	return r.delivery(), err
}

var insertDeliveries = newBulk(`INSERT INTO deliveries (id, inquiry_id, kind, team_id, about, message_id, request_id,
	created_us, waiting_us, give_up_us, next_us, state) `,
	`TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, BIGINT, BIGINT, BIGINT, BIGINT, 'pending'`, ``)

// appendDeliveryRow appends the row of insertDeliveries for a delivery that begins:
// pending, whatever else d says.
func appendDeliveryRow(rows []any, d naru.Delivery) ([]any, error) {
	if d.ID == "" || d.InquiryID == "" || d.Kind == "" || d.MessageID == "" || d.CreatedAt.IsZero() {
		return nil, fmt.Errorf("store: new delivery %q: ID, InquiryID, Kind, MessageID and CreatedAt are required", d.ID)
	}
	if d.NextAttemptAt.IsZero() {
		d.NextAttemptAt = d.CreatedAt
	}
	if d.GiveUpAt.IsZero() {
		d.GiveUpAt = d.CreatedAt.Add(naru.GiveUpAfter)
	}
	return append(rows,
		d.ID, d.InquiryID, string(d.Kind), d.TeamID, d.About, d.MessageID, d.RequestID,
		micros(d.CreatedAt), micros(d.CreatedAt), micros(d.GiveUpAt), micros(d.NextAttemptAt)), nil
}

// Delivery fails with KindNotFound "delivery_unknown".
func (s *Store) Delivery(ctx context.Context, id string) (naru.Delivery, error) {
	found, err := s.deliveries(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = naru.NewError(naru.KindNotFound, "delivery_unknown", nil)
	}
	if err != nil {
		return naru.Delivery{}, s.translate("read delivery", err)
	}
	return found[0], nil
}

// InquiryDeliveries returns all deliveries of the inquiry in the order they
// were created; none for an unknown inquiry.
func (s *Store) InquiryDeliveries(ctx context.Context, inquiryID string) ([]naru.Delivery, error) {
	found, err := s.deliveries(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE inquiry_id = $1
		ORDER BY created_us, id`, inquiryID)
	return found, s.translate("read deliveries of inquiry", err)
}

func (s *Store) deliveries(ctx context.Context, text string, args ...any) (found []naru.Delivery, err error) {
	err = s.reader.query(ctx, text, args, func(scan scanFunc) error {
		d, err := scanDelivery(scan)
		found = append(found, d)
		return err
	})
	return found, err
}

// dispatches reads rows of id and attempt.
func (s *Store) dispatches(ctx context.Context, text string, args ...any) (found []naru.Dispatch, err error) {
	err = s.reader.query(ctx, text, args, func(scan scanFunc) error {
		var d naru.Dispatch
		err := scan(&d.DeliveryID, &d.Attempt)
		found = append(found, d)
		return err
	})
	return found, err
}

// selectAttempts takes the attempt under way, and the one that delivered, from the
// delivery.
const selectAttempts = `SELECT delivery_id, number, worker, started_us, ended_us, outcome, reply FROM attempts WHERE delivery_id = $1
	UNION ALL SELECT id, attempt, worker, started_us, finished_us,
			CASE state WHEN 'sending' THEN 'started' ELSE outcome END, CASE state WHEN 'sending' THEN '' ELSE reply END
		FROM deliveries WHERE id = $1 AND state IN ('sending', 'delivered') AND worker <> ''
		AND NOT EXISTS (SELECT 1 FROM attempts WHERE delivery_id = deliveries.id AND number = deliveries.attempt)
	ORDER BY number`

// Attempts returns the attempts of a delivery in their order; none for an
// unknown delivery.
func (s *Store) Attempts(ctx context.Context, deliveryID string) (found []naru.Attempt, err error) {
	err = s.reader.query(ctx, selectAttempts, []any{deliveryID}, func(scan scanFunc) error {
		var a naru.Attempt
		var started, ended int64
		err := scan(&a.DeliveryID, &a.Number, &a.Worker, &started, &ended, &a.Outcome, &a.Reply)
		a.StartedAt, a.EndedAt = fromMicros(started), fromMicros(ended)
		found = append(found, a)
		return err
	})
	return found, s.translate("read attempts", err)
}
