package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"naru/internal/naru"
)

// ClaimDelivery is ClaimDeliveries for one: KindConflict "claim_lost" when there is
// nothing to claim.
func (s *Store) ClaimDelivery(ctx context.Context, c naru.Claim) (naru.Delivery, error) {
	won, err := s.ClaimDeliveries(ctx, []naru.Claim{c})
	switch {
	case err != nil:
		return naru.Delivery{}, err
	case len(won) == 0:
		return naru.Delivery{}, naru.NewError(naru.KindConflict, "claim_lost", nil)
	}
	return won[0], nil
}

// ClaimDeliveries takes the right to make one attempt at each: the delivery becomes
// sending with Attempt one higher, and says when the attempt began; it has a record
// of its own from its end on. It may be taken from pending and queued with the
// attempt number of the dispatch. Returned are those that were taken, in any order.
// There is nothing to claim where another holds the delivery, whether its lease has
// ended or not (ReleaseExpired alone takes it away), where it is finished, or does
// not exist. The inquiry comes along if it can be opened.
func (s *Store) ClaimDeliveries(ctx context.Context, all []naru.Claim) ([]naru.Delivery, error) {
	for _, c := range all {
		if c.Worker == "" || c.Now.IsZero() || !c.LeaseUntil.After(c.Now) {
			return nil, errors.New("store: claim deliveries: Worker, Now and a later LeaseUntil are required")
		}
	}
	w := &claims{all: all}
	if err := s.write(ctx, "claim deliveries", background, w); err != nil {
		return nil, err
	}
	won := make([]naru.Delivery, 0, len(w.won))
	for _, c := range w.won {
		c.delivery.Inquiry = c.inquiry.open(s.vault)
		won = append(won, c.delivery)
	}
	return won, nil
}

// Where rows are named by their ids, the condition of a partial index is put as an
// expression that hides it: PostgreSQL would rather read the whole index, with all
// that is dead in it, than look each row up.
var (
	claimDeliveries = newBulk(setClaimed+fromList, claimRow, asList+whereClaimable)
	// claimReturning reads what it claims along with the inquiries: the writer has at
	// hand for all at once what each reader would have to look for. Nobody can erase
	// an inquiry before the lease of a mail of it ends; whoever comes later reads it
	// again.
	claimReturning = newBulk(setClaimed+fromList, claimRow, asList+`, inquiries`+whereClaimable+`
		AND inquiries.id = deliveries.inquiry_id RETURNING `+claimedColumns)
	// selectClaimed does so where rows are updated one by one.
	selectClaimed = newBulk(`SELECT `+claimedColumns+` FROM (`, `TEXT`, `) AS v
		JOIN deliveries ON deliveries.id = v.column1 JOIN inquiries ON inquiries.id = deliveries.inquiry_id`)
)

const (
	setClaimed = `UPDATE deliveries SET state = 'sending', attempt = deliveries.attempt + 1,
		worker = v.column3, lease_us = v.column4, started_us = v.column5, queued_epoch = '', queued_seq = 0
		`
	claimRow       = `TEXT, BIGINT, TEXT, BIGINT, BIGINT`
	whereClaimable = `
		WHERE deliveries.id = v.column1 AND deliveries.attempt = v.column2 AND deliveries.state || '' IN ('pending', 'queued')`
)

var claimedColumns = columnsOf("deliveries", deliveryColumns) + `, ` + columnsOf("inquiries", inquiryColumns)

// columnsOf puts the table before each column of a list.
func columnsOf(table, list string) string {
	var all []string
	for column := range strings.SplitSeq(list, ",") {
		all = append(all, table+"."+strings.TrimSpace(column))
	}
	return strings.Join(all, ", ")
}

// claimedInquiry is an inquiry that claims have read, opened by the first that
// asks: the mails of one inquiry are often claimed together.
type claimedInquiry struct {
	row    inquiryRow
	once   sync.Once
	opened *naru.Inquiry
}

// open returns nil if it cannot be opened: whoever reads it again learns why.
func (c *claimedInquiry) open(v *vault) *naru.Inquiry {
	c.once.Do(func() {
		if in, err := v.decodeRow(&c.row); err == nil {
			c.opened = &in
		}
	})
	return c.opened
}

// claims is the work of ClaimDeliveries.
type claims struct {
	all []naru.Claim
	won []claimedDelivery
}

type claimedDelivery struct {
	delivery naru.Delivery
	inquiry  *claimedInquiry
}

func (*claims) refusal() error { return nil }

func (c *claims) do(t *transaction) error { return c.doAll(t, []work{c}) }

func (*claims) doAll(t *transaction, all []work) error {
	by := make(map[string]*claims, len(all))
	var wanted []naru.Claim
	for _, w := range all {
		c := w.(*claims)
		c.won = nil
		for _, one := range c.all {
			if other := by[one.DeliveryID]; other != nil && other != c {
				return errApart // two want the same
			}
			by[one.DeliveryID] = c
		}
		wanted = append(wanted, c.all...)
	}
	// Rows are locked in one order: no deadlocks.
	slices.SortStableFunc(wanted, func(x, y naru.Claim) int { return strings.Compare(x.DeliveryID, y.DeliveryID) })
	args := make([]any, 0, len(wanted)*claimDeliveries.columns)
	for _, c := range wanted {
		args = append(args, c.DeliveryID, int64(c.Attempt), c.Worker, micros(c.LeaseUntil), micros(c.Now))
	}
	inquiries := make(map[string]*claimedInquiry, len(wanted))
	claimed := func(scan scanFunc) error {
		var d deliveryRow
		var in inquiryRow
		if err := scan(append(d.dest(), in.dest()...)...); err != nil {
			return err
		}
		if inquiries[in.id] == nil {
			inquiries[in.id] = &claimedInquiry{row: in}
		}
		winner := by[d.ID]
		winner.won = append(winner.won, claimedDelivery{d.delivery(), inquiries[in.id]})
		return nil
	}
	if !t.session.dialect.rowByRow {
		return t.bulkQuery(claimReturning, args, claimed)
	}
	won := make([]any, 0, len(wanted))
	if err := t.bulkChanged(claimDeliveries, args, func(id string) { won = append(won, id) }); err != nil {
		return err
	}
	return t.bulkQuery(selectClaimed, won, claimed)
}

var extendLeases = newBulk(`UPDATE deliveries SET lease_us = v.column3
	FROM (`, `TEXT, TEXT, BIGINT`, `) AS v
	WHERE deliveries.id = v.column1 AND deliveries.worker = v.column2 AND deliveries.state || '' = 'sending'`)

// ExtendLeases prolongs the worker's leases on the deliveries that it still
// holds of those named. The worker names what it has in hand and not
// "everything of mine": a claim whose answer was lost is in nobody's hand and
// must end.
func (s *Store) ExtendLeases(ctx context.Context, worker string, ids []string, until time.Time) error {
	if worker == "" || until.IsZero() {
		return errors.New("store: extend leases: worker and time are required")
	}
	args := make([]any, 0, len(ids)*extendLeases.columns)
	for _, id := range slices.Sorted(slices.Values(ids)) { // in one order: no deadlocks
		args = append(args, id, worker, micros(until))
	}
	return s.write(ctx, "extend leases", background, workFunc(func(t *transaction) error {
		_, err := t.bulk(extendLeases, args)
		return err
	}))
}

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

var (
	insertAttempts = newBulk(`INSERT INTO attempts (delivery_id, number, worker, started_us, ended_us, outcome, reply) `,
		`TEXT, BIGINT, TEXT, BIGINT, BIGINT, TEXT, TEXT`, ``)
	completeAttempts = newBulk(`UPDATE attempts SET ended_us = v.column4, outcome = v.column5, reply = v.column6
		FROM (`, `TEXT, BIGINT, TEXT, BIGINT, TEXT, TEXT`, `) AS v
		WHERE attempts.delivery_id = v.column1 AND attempts.number = v.column2 AND attempts.worker = v.column3
		AND attempts.outcome IN ('started', 'unknown')
		RETURNING delivery_id`)
	finishDeliveries = newBulk(`UPDATE deliveries SET state = v.column4, outcome = v.column5, reply = v.column6,
		next_us = v.column7, finished_us = v.column8, lease_us = 0, worker = ''
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
		if f := byID[id]; f.held {
			ended = append(ended, id, int64(f.Number), f.Worker, micros(f.StartedAt), micros(f.EndedAt), string(f.Outcome), f.Reply)
		} else {
			late = append(late, id, int64(f.Number), f.Worker, micros(f.EndedAt), string(f.Outcome), f.Reply)
		}
	}
	if err := t.bulkLater(insertAttempts, ended, nil); err != nil {
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
		known, err := t.one(`SELECT 1 FROM attempts WHERE delivery_id = $1 AND number = $2 AND worker = $3`,
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
