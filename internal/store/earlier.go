package store

import (
	"context"
	"time"

	"naru/internal/naru"
)

// Keys of inquiries from before schema 8, whose case numbers have nothing to do
// with them. No more come, and those that there are grow old.

const (
	selectEarlierKey = `SELECT body_digest, inquiry_id FROM earlier_keys WHERE idempotency_key = $1`
	selectEarlier    = `SELECT 1 FROM earlier_keys LIMIT 1`
)

// earlier returns the inquiry that was accepted for the request before schema 8.
// Errors: KindConflict "idempotency_key_reused"; KindUnavailable.
func (s *Store) earlier(ctx context.Context, a naru.Acceptance) (first naru.Inquiry, found bool, err error) {
	const operation = "look up earlier idempotency key"
	if a.Key == "" || s.noEarlier.Load() {
		return naru.Inquiry{}, false, nil
	}
	var digest, id string
	found, err = s.reader.one(ctx, selectEarlierKey, []any{a.Key}, &digest, &id)
	if err == nil && !found {
		var one int
		var some bool
		some, err = s.reader.one(ctx, selectEarlier, nil, &one)
		if err == nil && !some {
			s.noEarlier.Store(true)
		}
	}
	if err != nil || !found {
		return naru.Inquiry{}, false, s.translate(operation, err)
	}
	if digest != a.BodyDigest {
		return naru.Inquiry{}, false, naru.NewError(naru.KindConflict, "idempotency_key_reused", nil)
	}
	first, err = s.InquiryByID(ctx, id)
	if naru.IsKind(err, naru.KindNotFound) {
		// Erased between the two reads, and its keys with it.
		return naru.Inquiry{}, false, nil
	}
	return first, err == nil, err
}

// DeleteEarlierKeys removes keys of earlier schemas first used before the time,
// and returns how many: a request repeated later than that is a new inquiry.
func (s *Store) DeleteEarlierKeys(ctx context.Context, before time.Time) (int, error) {
	return s.sweep(ctx, "delete earlier idempotency keys", func(t *transaction) (int, error) {
		n, err := t.exec(`DELETE FROM earlier_keys WHERE idempotency_key IN (
			SELECT idempotency_key FROM earlier_keys WHERE created_us < $1 ORDER BY created_us LIMIT $2)`, micros(before), batchRows)
		return int(n), err
	})
}
