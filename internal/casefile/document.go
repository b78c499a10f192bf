package casefile

import (
	"context"
	"crypto/subtle"
	"fmt"

	"naru/internal/naru"
)

// Document is an attachment of an accepted inquiry.
type Document struct {
	naru.Attachment
	store Store
}

// OpenDocument returns the document for those who know its secret. An unknown
// id, a wrong secret, and a file that belongs to no inquiry are all
// KindNotFound "attachment_unknown".
func (s *Service) OpenDocument(ctx context.Context, id, secret string) (Document, error) {
	unknown := naru.NewError(naru.KindNotFound, "attachment_unknown", nil)
	if len(id) > 200 || len(secret) > 200 {
		return Document{}, unknown
	}
	a, inquiryID, err := s.store.Attachment(ctx, id)
	if err != nil && !naru.IsKind(err, naru.KindNotFound) {
		return Document{}, fmt.Errorf("open document: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(a.Secret), []byte(secret)) != 1 || secret == "" || err != nil || inquiryID == "" {
		return Document{}, unknown
	}
	return Document{a, s.store}, nil
}

// Each calls write with the bytes of the document, piece by piece and in
// order, until they end or write fails. A piece is valid during the call only.
func (d Document) Each(ctx context.Context, write func([]byte) error) error {
	if err := d.store.AttachmentChunks(ctx, d.ID, write); err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	return nil
}
