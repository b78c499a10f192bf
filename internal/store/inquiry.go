package store

import (
	"context"
	"errors"
	"fmt"

	"naru/internal/naru"
)

// Accept writes an inquiry, its deliveries (pending, attempt 0), its
// idempotency key, and claims its attachments. The returned inquiry is
// durable; its AcceptedAt is cut to microseconds.
//
// When the key is known with the same body digest, the inquiry accepted then
// is returned with replayed = true and nothing is written. Errors:
// KindConflict "idempotency_key_reused" for a known key with another body;
// KindConflict "reference_taken" when the case number exists; KindInvalid
// with a field error "attachment_unknown" at /attachments/<i> for each
// document that is unknown, incomplete or already part of an inquiry;
// KindUnavailable.
//
// In deliveries, zero values are filled in: InquiryID and RequestID from the
// inquiry, CreatedAt from AcceptedAt, NextAttemptAt from CreatedAt, GiveUpAt
// GiveUpAfter later.
func (s *Store) Accept(ctx context.Context, a naru.Acceptance) (accepted naru.Inquiry, replayed bool, err error) {
	const operation = "accept inquiry"
	w := &acceptance{vault: s.vault, key: a.Key, digest: a.BodyDigest, inquiry: a.Inquiry}
	if err := w.prepare(a.Deliveries); err != nil {
		return naru.Inquiry{}, false, err
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
	if w.first == nil {
		return w.inquiry, false, nil
	}
	return *w.first, true, nil
}

// Replay returns the inquiry that was accepted under the key from a body with
// the digest, and false where the key is not known. It reads only: of two
// requests at the same time both may be told false, and Accept decides.
// Errors: KindConflict "idempotency_key_reused" for a known key with another
// body; KindUnavailable.
func (s *Store) Replay(ctx context.Context, key, bodyDigest string) (first naru.Inquiry, found bool, err error) {
	var digest, id string
	found, err = s.reader.one(ctx, selectKey, []any{key}, &digest, &id)
	if err != nil || !found {
		return naru.Inquiry{}, false, s.translate("look up idempotency key", err)
	}
	if digest != bodyDigest {
		return naru.Inquiry{}, false, naru.NewError(naru.KindConflict, "idempotency_key_reused", nil)
	}
	first, err = s.InquiryByID(ctx, id)
	if naru.IsKind(err, naru.KindNotFound) {
		// Erased between the two reads, and its keys with it.
		return naru.Inquiry{}, false, nil
	}
	return first, err == nil, err
}

const (
	selectKey        = `SELECT body_digest, inquiry_id FROM idempotency_keys WHERE idempotency_key = $1`
	selectInquiry    = `SELECT ` + inquiryColumns + ` FROM inquiries WHERE id = $1 AND erased_us = 0`
	selectReference  = `SELECT ` + inquiryColumns + ` FROM inquiries WHERE reference = $1 AND erased_us = 0`
	claimAttachment  = `UPDATE attachments SET inquiry_id = $1 WHERE id = $2 AND complete AND inquiry_id IS NULL`
	selectClaimables = `SELECT 1 FROM attachments WHERE id = $1 AND complete AND inquiry_id IS NULL`
)

var (
	insertKeys = newBulk(`INSERT INTO idempotency_keys (idempotency_key, body_digest, inquiry_id, created_us) `,
		`TEXT, TEXT, TEXT, BIGINT`, ` ON CONFLICT (idempotency_key) DO NOTHING`)
	insertKeysReturning = newBulk(`INSERT INTO idempotency_keys (idempotency_key, body_digest, inquiry_id, created_us) `,
		`TEXT, TEXT, TEXT, BIGINT`, ` ON CONFLICT (idempotency_key) DO NOTHING RETURNING inquiry_id`)
	insertInquiries = newBulk(`INSERT INTO inquiries (id, reference, kind, language, country, team_id, accepted_us,
		deliveries_expected, body, key_id) `, `TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, BIGINT, BIGINT, TEXT, BIGINT`, ` ON CONFLICT (reference) DO NOTHING`)
)

// replay finds what a known key stands for.
func (a *acceptance) replay(t *transaction) error {
	var digest, id string
	found, err := t.one(selectKey, []any{a.key}, &digest, &id)
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("store: an idempotency key vanished while inquiry %s was accepted", a.inquiry.ID)
	case digest != a.digest:
		a.reused = true
		return nil
	}
	err = t.query(selectInquiry, []any{id}, func(scan scanFunc) error {
		first, err := a.vault.decodeInquiry(scan)
		a.first = &first
		return err
	})
	if err == nil && a.first == nil {
		err = fmt.Errorf("store: inquiry %s of an idempotency key is missing", id)
	}
	return err
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
	vault       *vault
	key, digest string
	inquiry     naru.Inquiry
	// row and deliveries are the arguments of the inserts.
	row        []any
	deliveries []any
	// first is the inquiry that the key stood for already, and reused is set
	// when that came from another body.
	first  *naru.Inquiry
	reused bool
}

// prepare does everything that needs no database, in the caller's goroutine.
func (a *acceptance) prepare(deliveries []naru.Delivery) error {
	in := &a.inquiry
	in.AcceptedAt = storedTime(in.AcceptedAt)
	if in.ID == "" || in.Reference == "" || in.Kind == "" || in.AcceptedAt.IsZero() {
		return errors.New("store: accept inquiry: ID, Reference, Kind and AcceptedAt are required")
	}
	body, err := a.vault.encodeInquiry(*in)
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
		row, err := newDeliveryRow(d)
		if err != nil {
			return err
		}
		a.deliveries = append(a.deliveries, row...)
	}
	return nil
}

func (a *acceptance) refusal() error {
	if a.reused {
		return naru.NewError(naru.KindConflict, "idempotency_key_reused", nil)
	}
	return nil
}

func (a *acceptance) do(t *transaction) error { return a.doAll(t, []work{a}) }

func (a *acceptance) doAll(t *transaction, all []work) error {
	fresh, known, err := insertAllKeys(t, all)
	if err != nil {
		return err
	}
	inquiries := make([]any, 0, len(fresh)*insertInquiries.columns)
	deliveries := make([]any, 0, len(fresh)*2*insertDeliveries.columns)
	for _, a := range fresh {
		inquiries = append(inquiries, a.row...)
		deliveries = append(deliveries, a.deliveries...)
	}
	taken := func(inserted int64) error {
		switch {
		case inserted == int64(len(fresh)):
			return nil
		case len(all) > 1:
			return errApart
		}
		return naru.NewError(naru.KindConflict, "reference_taken", nil)
	}
	if err := t.bulkLater(insertInquiries, inquiries, taken); err != nil {
		return err
	}
	if err := t.bulkLater(insertDeliveries, deliveries, nil); err != nil {
		return err
	}
	for _, a := range fresh {
		if err := claimAttachments(t, a.inquiry.ID, a.inquiry.Attachments); err != nil {
			return err
		}
		t.count(acceptedCounter(a.inquiry.Kind), 1)
	}
	for _, a := range known { // perhaps by one of the fresh
		if err := a.replay(t); err != nil {
			return err
		}
	}
	return nil
}

// insertAllKeys tells the inquiries that are new from those whose key is
// known.
func insertAllKeys(t *transaction, all []work) (fresh, known []*acceptance, err error) {
	rows := make([]any, 0, len(all)*insertKeys.columns)
	fresh = make([]*acceptance, 0, len(all))
	for _, w := range all {
		a := w.(*acceptance)
		a.first, a.reused = nil, false
		if a.key != "" {
			rows = append(rows, a.key, a.digest, a.inquiry.ID, micros(a.inquiry.AcceptedAt))
		}
	}
	inserted := make(map[string]bool, len(all))
	if t.session.dialect.rowByRow {
		row := 0
		err = t.eachRow(insertKeys, rows, func(affected int64) {
			inserted[rows[row+2].(string)] = affected > 0
			row += insertKeys.columns
		})
	} else {
		err = t.bulkQuery(insertKeysReturning, rows, func(scan scanFunc) error {
			var id string
			err := scan(&id)
			inserted[id] = true
			return err
		})
	}
	for _, w := range all {
		if a := w.(*acceptance); a.key == "" || inserted[a.inquiry.ID] {
			fresh = append(fresh, a)
		} else {
			known = append(known, a)
		}
	}
	return fresh, known, err
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
