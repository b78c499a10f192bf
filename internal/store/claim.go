package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

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
