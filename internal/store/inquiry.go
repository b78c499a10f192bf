package store

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"naru/internal/naru"
)

// Accept writes an inquiry and its deliveries (pending, attempt 0), and claims
// its attachments. The returned inquiry is durable; its AcceptedAt is cut to
// microseconds.
//
// When the case number is that of an inquiry accepted with the same key and body
// digest, that inquiry is returned with replayed = true and nothing is written.
// So nothing needs to find inquiries by their keys, which stand in the bodies:
// an index of random digests would be half of what is written. Errors:
// KindConflict "idempotency_key_reused" for the same key with another body;
// KindConflict "reference_taken" when another inquiry has the case number, or one
// whose key is forgotten; KindInvalid
// with a field error "attachment_unknown" at /attachments/<i> for each
// document that is unknown, incomplete or already part of an inquiry;
// KindUnavailable.
//
// In deliveries, zero values are filled in: InquiryID and RequestID from the
// inquiry, CreatedAt from AcceptedAt, NextAttemptAt from CreatedAt, GiveUpAt
// GiveUpAfter later.
func (s *Store) Accept(ctx context.Context, a naru.Acceptance) (accepted naru.Inquiry, replayed bool, err error) {
	const operation = "accept inquiry"
	w := &acceptance{vault: s.vault, request: newStoredRequest(a.Key, a.BodyDigest), keysSince: a.KeysSince, inquiry: a.Inquiry}
	if err := w.prepare(a.Deliveries); err != nil {
		return naru.Inquiry{}, false, err
	}
	if first, found, err := s.earlier(ctx, a); err != nil || found {
		return first, found, err
	}
	// An unknown document would undo a group, so it is found by reading first;
	// not with a key, as the documents may be claimed by the inquiry that the
	// key stands for. The writer checks in any case.
	if a.Key == "" {
		if err := s.checkAttachments(ctx, a.Inquiry.Attachments); err != nil {
			return naru.Inquiry{}, false, s.translate(operation, err)
		}
	}
	if err := s.write(ctx, operation, foreground, w); err != nil {
		return naru.Inquiry{}, false, err
	}
	if w.met == nil {
		return w.inquiry, false, nil
	}
	return *w.met, true, nil
}

// Replay returns the inquiry that Accept would return as replayed, and false where
// there is none. Of the inquiry, only the case number is looked at. It reads only:
// of two requests at the same time both may be told false, and Accept decides.
// Errors: KindConflict "idempotency_key_reused" and "reference_taken" as with
// Accept; KindUnavailable.
func (s *Store) Replay(ctx context.Context, a naru.Acceptance) (first naru.Inquiry, found bool, err error) {
	if first, found, err := s.earlier(ctx, a); err != nil || found {
		return first, found, err
	}
	w := &acceptance{vault: s.vault, request: newStoredRequest(a.Key, a.BodyDigest), keysSince: a.KeysSince, inquiry: a.Inquiry}
	found, err = w.meet(func(text string, args []any, each func(scanFunc) error) error {
		return s.reader.query(ctx, text, args, each)
	})
	if err == nil {
		err = w.refusal()
	}
	if err != nil || !found {
		return naru.Inquiry{}, false, s.translate("look for an earlier request", err)
	}
	return *w.met, true, nil
}

const (
	selectInquiry    = `SELECT ` + inquiryColumns + ` FROM inquiries WHERE id = $1 AND erased_us = 0`
	selectReference  = `SELECT ` + inquiryColumns + ` FROM inquiries WHERE reference = $1 AND erased_us = 0`
	selectTaken      = `SELECT ` + inquiryColumns + `, erased_us FROM inquiries WHERE reference = $1`
	claimAttachment  = `UPDATE attachments SET inquiry_id = $1 WHERE id = $2 AND complete AND inquiry_id IS NULL`
	selectClaimables = `SELECT 1 FROM attachments WHERE id = $1 AND complete AND inquiry_id IS NULL`
)

var insertInquiries = newBulk(`INSERT INTO inquiries (id, reference, kind, language, country, team_id, accepted_us,
	deliveries_expected, body, key_id) `, `TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, BIGINT, BIGINT, TEXT, BIGINT`,
	` ON CONFLICT (reference) DO NOTHING RETURNING id`)

// meet reads the inquiry that has the case number and tells whether there is one.
func (a *acceptance) meet(query func(text string, args []any, each func(scanFunc) error) error) (found bool, err error) {
	err = query(selectTaken, []any{string(a.inquiry.Reference)}, func(scan scanFunc) error {
		var row inquiryRow
		var erased int64
		if err := scan(append(row.dest(), &erased)...); err != nil {
			return err
		}
		found = true
		if len(a.request) == 0 || erased != 0 || fromMicros(row.accepted).Before(a.keysSince) {
			a.taken = true
			return nil
		}
		first, request, err := a.vault.decodeRequest(&row)
		switch {
		case err != nil:
			return err
		case !request.sameKey(a.request):
			a.taken = true
		case !bytes.Equal(request, a.request):
			a.reused = true
		default:
			a.met = &first
		}
		return nil
	})
	return found, err
}

func (s *Store) checkAttachments(ctx context.Context, attachments []naru.Attachment) error {
	var wrong []naru.FieldError
	for i, a := range attachments {
		var one int
		found, err := s.reader.one(ctx, selectClaimables, []any{a.ID}, &one)
		if err != nil {
			return err
		}
		if !found {
			wrong = append(wrong, unknownAttachmentAt(i))
		}
	}
	return invalidAttachments(wrong)
}

func unknownAttachmentAt(i int) naru.FieldError {
	return naru.FieldError{Pointer: fmt.Sprintf("/attachments/%d", i), Code: "attachment_unknown"}
}

func invalidAttachments(wrong []naru.FieldError) error {
	if len(wrong) == 0 {
		return nil
	}
	return &naru.Error{Kind: naru.KindInvalid, Code: "invalid", Fields: wrong}
}

// acceptance is the work of Accept.
type acceptance struct {
	vault     *vault
	request   storedRequest
	keysSince time.Time
	inquiry   naru.Inquiry
	// row and deliveries are the arguments of the inserts.
	row        []any
	deliveries []any
	// met is the inquiry that the same request has caused already. reused is set
	// when it was another one with the same key, taken when the inquiry with the
	// case number has nothing to do with this one.
	met           *naru.Inquiry
	reused, taken bool
}

// prepare does everything that needs no database, in the caller's goroutine.
func (a *acceptance) prepare(deliveries []naru.Delivery) error {
	in := &a.inquiry
	in.AcceptedAt = storedTime(in.AcceptedAt)
	if in.ID == "" || in.Reference == "" || in.Kind == "" || in.AcceptedAt.IsZero() {
		return errors.New("store: accept inquiry: ID, Reference, Kind and AcceptedAt are required")
	}
	body, err := a.vault.encodeInquiry(*in, a.request)
	if err != nil {
		return err
	}
	a.row = []any{
		in.ID, string(in.Reference), string(in.Kind), in.Language, in.Contact.Country, in.TeamID,
		micros(in.AcceptedAt), int64(len(deliveries)), body, a.vault.keyID(),
	}
	a.deliveries = make([]any, 0, len(deliveries)*insertDeliveries.columns)
	for _, d := range deliveries {
		if d.InquiryID != "" && d.InquiryID != in.ID {
			return fmt.Errorf("store: accept inquiry: delivery %s is of another inquiry", d.ID)
		}
		d.InquiryID = in.ID
		if d.RequestID == "" {
			d.RequestID = in.RequestID
		}
		if d.CreatedAt.IsZero() {
			d.CreatedAt = in.AcceptedAt
		}
		if a.deliveries, err = appendDeliveryRow(a.deliveries, d); err != nil {
			return err
		}
	}
	return nil
}

func (a *acceptance) refusal() error {
	switch {
	case a.reused:
		return naru.NewError(naru.KindConflict, "idempotency_key_reused", nil)
	case a.taken:
		return naru.NewError(naru.KindConflict, "reference_taken", nil)
	}
	return nil
}

func (a *acceptance) do(t *transaction) error { return a.doAll(t, []work{a}) }

func (a *acceptance) doAll(t *transaction, all []work) error {
	rows := make([]any, 0, len(all)*insertInquiries.columns)
	for _, w := range all {
		a := w.(*acceptance)
		a.met, a.reused, a.taken = nil, false, false
		rows = append(rows, a.row...)
	}
	inserted := make(map[string]bool, len(all))
	if err := t.bulkChanged(insertInquiries, rows, func(id string) { inserted[id] = true }); err != nil {
		return err
	}
	deliveries := make([]any, 0, len(all)*2*insertDeliveries.columns)
	for _, w := range all {
		if a := w.(*acceptance); inserted[a.inquiry.ID] {
			deliveries = append(deliveries, a.deliveries...)
		}
	}
	if err := t.bulkLater(insertDeliveries, deliveries); err != nil {
		return err
	}
	for _, w := range all {
		a := w.(*acceptance)
		if !inserted[a.inquiry.ID] {
			if found, err := a.meet(t.query); err != nil || !found {
				return cmp.Or(err, fmt.Errorf("store: inquiry %s met none, and was not inserted", a.inquiry.ID))
			}
			continue
		}
		if err := claimAttachments(t, a.inquiry.ID, a.inquiry.Attachments); err != nil {
			return err
		}
		t.count(acceptedCounter(a.inquiry.Kind), 1)
	}
	return nil
}

// claimAttachments makes documents part of the inquiry.
func claimAttachments(t *transaction, inquiryID string, attachments []naru.Attachment) error {
	var wrong []naru.FieldError
	for i, attachment := range attachments {
		n, err := t.exec(claimAttachment, inquiryID, attachment.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			wrong = append(wrong, unknownAttachmentAt(i))
		}
	}
	return invalidAttachments(wrong)
}

// InquiryByID fails with KindNotFound "inquiry_unknown", also for an erased
// one.
func (s *Store) InquiryByID(ctx context.Context, id string) (naru.Inquiry, error) {
	return s.inquiry(ctx, selectInquiry, id)
}

// InquiryByReference fails with KindNotFound "inquiry_unknown", also for an
// erased one.
func (s *Store) InquiryByReference(ctx context.Context, reference naru.Reference) (naru.Inquiry, error) {
	return s.inquiry(ctx, selectReference, string(reference))
}

func (s *Store) inquiry(ctx context.Context, text, key string) (in naru.Inquiry, err error) {
	found := false
	err = s.reader.query(ctx, text, []any{key}, func(scan scanFunc) (err error) {
		found = true
		in, err = s.vault.decodeInquiry(scan)
		return err
	})
	if err == nil && !found {
		err = naru.NewError(naru.KindNotFound, "inquiry_unknown", nil)
	}
	return in, s.translate("read inquiry", err)
}
