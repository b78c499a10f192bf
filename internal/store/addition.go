package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"naru/internal/naru"
)

const additionColumns = `id, inquiry_id, kind, accepted_us, body, key_id`

// additionBody begins the context of the sealed body.
const additionBody = "additions.body"

// AddToInquiry writes an addition, its delivery (pending, attempt 0), and
// claims its documents, all at once; the delivery's zero values are filled in
// as Accept does. The returned addition is durable.
//
// When the key is known with the same body digest, or an addition of that digest
// came since AlikeSince, the addition accepted then is returned with replayed =
// true and nothing is written. Errors:
// KindNotFound "inquiry_unknown" for an inquiry that does not exist or is
// erased; KindConflict "idempotency_key_reused"; KindRateLimited
// "additions_too_many" beyond AtMost; KindInvalid as of Accept for documents;
// KindUnavailable.
func (s *Store) AddToInquiry(ctx context.Context, a naru.AdditionAcceptance) (accepted naru.Addition, replayed bool, err error) {
	w := &adding{vault: s.vault, acceptance: a}
	if err := w.prepare(); err != nil {
		return naru.Addition{}, false, err
	}
	if err := s.write(ctx, "add to inquiry", foreground, w); err != nil {
		return naru.Addition{}, false, err
	}
	if w.first != nil {
		return *w.first, true, nil
	}
	return w.acceptance.Addition, false, nil
}

// adding is the work of AddToInquiry.
type adding struct {
	vault      *vault
	acceptance naru.AdditionAcceptance
	body       any
	delivery   []any
	first      *naru.Addition
	refused    error
}

func (w *adding) prepare() (err error) {
	a, d := &w.acceptance.Addition, w.acceptance.Delivery
	a.AcceptedAt = storedTime(a.AcceptedAt)
	if a.ID == "" || a.InquiryID == "" || a.Kind == "" || a.AcceptedAt.IsZero() || w.acceptance.Key == "" || w.acceptance.BodyDigest == "" {
		return errors.New("store: add to inquiry: ID, InquiryID, Kind, AcceptedAt, Key and BodyDigest are required")
	}
	encoded, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("store: encode addition %s: %w", a.ID, err)
	}
	if w.body, err = w.vault.sealBody(encoded, additionBody, a.ID, a.InquiryID); err != nil {
		return err
	}
	d.InquiryID, d.About = a.InquiryID, a.ID
	if d.CreatedAt.IsZero() {
		d.CreatedAt = a.AcceptedAt
	}
	w.delivery, err = appendDeliveryRow(nil, d)
	return err
}

func (w *adding) refusal() error { return w.refused }

func (w *adding) do(t *transaction) error {
	w.first, w.refused = nil, nil
	a, accepted := w.acceptance.Addition, micros(w.acceptance.Addition.AcceptedAt)
	// Raising the promise takes the row's lock, too: of two repetitions at once
	// the later sees what the earlier wrote, and erasing waits.
	n, err := t.exec(`UPDATE inquiries SET deliveries_expected = deliveries_expected + 1 WHERE id = $1 AND erased_us = 0`, a.InquiryID)
	if err != nil {
		return err
	}
	if n == 0 {
		return naru.NewError(naru.KindNotFound, "inquiry_unknown", nil)
	}
	if known, err := w.replay(t); err != nil || known {
		if err == nil {
			_, err = t.exec(`UPDATE inquiries SET deliveries_expected = deliveries_expected - 1 WHERE id = $1`, a.InquiryID)
		}
		return err
	}
	if err := w.bound(t); err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO additions (id, inquiry_id, kind, accepted_us, idempotency_key, body_digest, body, key_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, a.ID, a.InquiryID, string(a.Kind), accepted, w.acceptance.Key, w.acceptance.BodyDigest, w.body, w.vault.keyID()); err != nil {
		return err
	}
	if _, err := t.bulk(insertDeliveries, w.delivery); err != nil {
		return err
	}
	return claimAttachments(t, a.InquiryID, a.Attachments)
}

// replay finds what a known key stands for, or what says the same.
func (w *adding) replay(t *transaction) (known bool, err error) {
	a, key, digest := &w.acceptance, w.acceptance.Key, ""
	if known, err = t.one(`SELECT body_digest FROM additions WHERE idempotency_key = $1`, []any{key}, &digest); err != nil {
		return known, err
	}
	if known && digest != a.BodyDigest {
		w.refused = naru.NewError(naru.KindConflict, "idempotency_key_reused", nil)
		return true, nil
	}
	if !known && !a.AlikeSince.IsZero() {
		known, err = t.one(`SELECT idempotency_key FROM additions WHERE inquiry_id = $1 AND body_digest = $2 AND accepted_us >= $3 ORDER BY accepted_us LIMIT 1`,
			[]any{a.Addition.InquiryID, a.BodyDigest, micros(a.AlikeSince)}, &key)
	}
	if err != nil || !known {
		return known, err
	}
	err = t.query(`SELECT `+additionColumns+` FROM additions WHERE idempotency_key = $1`, []any{key}, func(scan scanFunc) error {
		first, err := w.vault.decodeAddition(scan)
		w.first = &first
		return err
	})
	return true, err
}

// bound refuses more additions than the inquiry may get.
func (w *adding) bound(t *transaction) error {
	if w.acceptance.AtMost == 0 {
		return nil
	}
	var got int
	_, err := t.one(`SELECT COUNT(*) FROM additions WHERE inquiry_id = $1 AND accepted_us >= $2`,
		[]any{w.acceptance.Addition.InquiryID, micros(w.acceptance.Since)}, &got)
	if err == nil && got >= w.acceptance.AtMost {
		err = &naru.Error{Kind: naru.KindRateLimited, Code: "additions_too_many", Args: map[string]any{"Max": w.acceptance.AtMost}, RetryAfter: time.Hour}
	}
	return err
}

func (v *vault) decodeAddition(scan scanFunc) (a naru.Addition, err error) {
	var id, inquiry, kind, body string
	var accepted, keyID int64
	if err := scan(&id, &inquiry, &kind, &accepted, &body, &keyID); err != nil {
		return naru.Addition{}, err
	}
	if body, err = v.openText(keyID, body, additionBody, id, inquiry); err != nil {
		return naru.Addition{}, fmt.Errorf("store: addition %s: %w", id, err)
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		// The decoder's error may quote the body: it stays out.
		return naru.Addition{}, fmt.Errorf("store: body of addition %s cannot be decoded", id)
	}
	a.ID, a.InquiryID, a.Kind, a.AcceptedAt = id, inquiry, naru.AdditionKind(kind), fromMicros(accepted)
	return a, nil
}

// Addition fails with KindNotFound "addition_unknown", also for one of an
// erased inquiry.
func (s *Store) Addition(ctx context.Context, id string) (naru.Addition, error) {
	found, err := s.additions(ctx, `SELECT `+additionColumns+` FROM additions WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = naru.NewError(naru.KindNotFound, "addition_unknown", nil)
	}
	if err != nil {
		return naru.Addition{}, s.translate("read addition", err)
	}
	return found[0], nil
}

// Additions returns all additions of an inquiry in the order they came; none
// for an unknown inquiry.
func (s *Store) Additions(ctx context.Context, inquiryID string) ([]naru.Addition, error) {
	found, err := s.additions(ctx, `SELECT `+additionColumns+` FROM additions WHERE inquiry_id = $1 ORDER BY accepted_us, id`, inquiryID)
	return found, s.translate("read additions of inquiry", err)
}

func (s *Store) additions(ctx context.Context, text, key string) (found []naru.Addition, err error) {
	err = s.reader.query(ctx, text, []any{key}, func(scan scanFunc) error {
		a, err := s.vault.decodeAddition(scan)
		found = append(found, a)
		return err
	})
	return found, err
}
