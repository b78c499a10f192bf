package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"naru/internal/naru"
)

// MaxChunkBytes is the largest piece AppendChunk takes: large enough to make
// few rows, small enough to be no burden for other writers.
const MaxChunkBytes = 256 << 10

// orphanBatch bounds how many documents one transaction removes; each may be
// megabytes.
const orphanBatch = 16

func attachmentUnknown() error {
	return naru.NewError(naru.KindNotFound, "attachment_unknown", nil)
}

// CreateAttachment begins an upload: ID, Client and CreatedAt are kept, the
// rest comes with CompleteAttachment. Until then it is unknown to
// all but ClientUploads.
func (s *Store) CreateAttachment(ctx context.Context, a naru.Attachment) error {
	if a.ID == "" || a.CreatedAt.IsZero() {
		return fmt.Errorf("store: create attachment: ID and CreatedAt are required")
	}
	return s.write(ctx, "create attachment", foreground, workFunc(func(t *transaction) error {
		_, err := t.exec(`INSERT INTO attachments (id, client, secret, name, type, sha256, created_us)
			VALUES ($1, $2, '', '', '', '', $3)`, a.ID, a.Client, micros(a.CreatedAt))
		return err
	}))
}

// AppendChunk adds the n-th piece, counted from 0, of at most MaxChunkBytes.
// Unknown or complete documents are KindNotFound "attachment_unknown"; a
// piece out of turn is KindConflict "chunk_out_of_order".
func (s *Store) AppendChunk(ctx context.Context, id string, n int, data []byte) error {
	if len(data) == 0 || len(data) > MaxChunkBytes {
		return fmt.Errorf("store: append chunk: %d bytes are not 1 to %d", len(data), MaxChunkBytes)
	}
	sealed, err := s.vault.seal(data, dataColumn, id, strconv.Itoa(n))
	if err != nil {
		return err
	}
	return s.writer.submit(ctx, "append chunk", foreground, len(data), workFunc(func(t *transaction) error {
		updated, err := t.exec(`UPDATE attachments SET size = size + $1, chunks = chunks + 1
			WHERE id = $2 AND chunks = $3 AND NOT complete`, len(data), id, n)
		if err != nil {
			return err
		}
		if updated == 0 {
			return unfinishedAttachment(t, id, "chunk_out_of_order")
		}
		_, err = t.exec(`INSERT INTO attachment_chunks (attachment_id, number, data, key_id) VALUES ($1, $2, $3, $4)`, id, n, sealed, s.vault.keyID())
		return err
	}))
}

// unfinishedAttachment explains why an unfinished upload could not be
// changed: it does not exist, or the conflict named.
func unfinishedAttachment(t *transaction, id, conflict string) error {
	var one int
	found, err := t.one(`SELECT 1 FROM attachments WHERE id = $1 AND NOT complete`, []any{id}, &one)
	switch {
	case err != nil:
		return err
	case found:
		return naru.NewError(naru.KindConflict, conflict, nil)
	default:
		return attachmentUnknown()
	}
}

// CompleteAttachment ends an upload and sets Name, Size, Type, SHA256 and
// Secret.
// KindNotFound "attachment_unknown" when there is no such unfinished upload;
// KindConflict "attachment_incomplete" when its pieces do not add up to Size.
func (s *Store) CompleteAttachment(ctx context.Context, a naru.Attachment) error {
	var sealed [4]string
	for i, f := range attachmentFields(&a) {
		var err error
		if sealed[i], err = s.vault.sealText([]byte(*f.value), f.column, a.ID, strconv.FormatInt(a.Size, 10)); err != nil {
			return err
		}
	}
	return s.write(ctx, "complete attachment", foreground, workFunc(func(t *transaction) error {
		n, err := t.exec(`UPDATE attachments SET name = $1, type = $2, sha256 = $3, secret = $4, key_id = $5, complete = TRUE
			WHERE id = $6 AND size = $7 AND NOT complete`, sealed[0], sealed[1], sealed[2], sealed[3], s.vault.keyID(), a.ID, a.Size)
		if err != nil || n == 1 {
			return err
		}
		return unfinishedAttachment(t, a.ID, "attachment_incomplete")
	}))
}

// DeleteAttachment removes a document, finished or not, that is not part of
// an inquiry; any other is KindNotFound "attachment_unknown".
func (s *Store) DeleteAttachment(ctx context.Context, id string) error {
	if !storable(id) {
		return attachmentUnknown()
	}
	return s.write(ctx, "delete attachment", foreground, workFunc(func(t *transaction) error {
		n, err := t.exec(`DELETE FROM attachments WHERE id = $1 AND inquiry_id IS NULL`, id)
		if err == nil && n == 0 {
			err = attachmentUnknown()
		}
		return err
	}))
}

// Attachment returns a complete document and the inquiry it is part of, empty
// for none yet; KindNotFound "attachment_unknown".
func (s *Store) Attachment(ctx context.Context, id string) (a naru.Attachment, inquiryID string, err error) {
	a, inquiryID, _, err = s.attachment(ctx, id)
	return a, inquiryID, err
}

func (s *Store) attachment(ctx context.Context, id string) (a naru.Attachment, inquiryID string, chunks int, err error) {
	if !storable(id) {
		return a, "", 0, attachmentUnknown()
	}
	var created, keyID int64
	found, err := s.reader.one(ctx, `SELECT id, name, size, type, sha256, secret, client, created_us, COALESCE(inquiry_id, ''), chunks, key_id
		FROM attachments WHERE id = $1 AND complete`, []any{id},
		&a.ID, &a.Name, &a.Size, &a.Type, &a.SHA256, &a.Secret, &a.Client, &created, &inquiryID, &chunks, &keyID)
	if err == nil && !found {
		err = attachmentUnknown()
	}
	for _, f := range attachmentFields(&a) {
		if err == nil {
			*f.value, err = s.vault.openText(keyID, *f.value, f.column, a.ID, strconv.FormatInt(a.Size, 10))
		}
	}
	a.CreatedAt = fromMicros(created)
	return a, inquiryID, chunks, s.translate("read attachment", err)
}

// dataColumn begins the context of a sealed piece.
const dataColumn = "attachment_chunks.data"

type attachmentField struct {
	column string
	value  *string
}

// attachmentFields are those that are sealed, for the id and the size.
func attachmentFields(a *naru.Attachment) [4]attachmentField {
	return [4]attachmentField{
		{"attachments.name", &a.Name}, {"attachments.type", &a.Type}, {"attachments.sha256", &a.SHA256}, {"attachments.secret", &a.Secret},
	}
}

// AttachmentChunks calls each with the pieces of a complete document in
// order; KindNotFound "attachment_unknown". No connection is held while each
// runs, however slow the one who downloads. Errors of each are returned as
// they are. Pieces that do not add up to the document's size are an error, at
// the end.
func (s *Store) AttachmentChunks(ctx context.Context, id string, each func([]byte) error) error {
	a, _, chunks, err := s.attachment(ctx, id)
	if err != nil {
		return err
	}
	for n := range chunks {
		var data []byte
		var keyID int64
		found, err := s.reader.one(ctx, `SELECT data, key_id FROM attachment_chunks WHERE attachment_id = $1 AND number = $2`, []any{id, n}, &data, &keyID)
		if err == nil && !found {
			err = attachmentUnknown() // deleted meanwhile
		}
		if err == nil {
			data, err = s.vault.open(keyID, data, dataColumn, id, strconv.Itoa(n))
		}
		if err != nil {
			return s.translate("read attachment chunk", err)
		}
		if err := each(data); err != nil {
			return err
		}
		a.Size -= int64(len(data))
	}
	if a.Size != 0 {
		return fmt.Errorf("store: read attachment %s: its pieces do not add up to its size", id)
	}
	return nil
}

// ClientUploads counts the documents a client has begun to upload since, and
// their bytes so far.
func (s *Store) ClientUploads(ctx context.Context, client string, since time.Time) (files int, bytes int64, err error) {
	_, err = s.reader.one(ctx, `SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM attachments
		WHERE client = $1 AND created_us >= $2`, []any{client, micros(since)}, &files, &bytes)
	return files, bytes, s.translate("count uploads", err)
}

// DeleteOrphanAttachments removes documents created before the time that are
// not part of an inquiry, and returns how many.
func (s *Store) DeleteOrphanAttachments(ctx context.Context, before time.Time) (int, error) {
	return s.sweep(ctx, "delete orphan attachments", func(t *transaction) (int, error) {
		n, err := t.exec(`DELETE FROM attachments WHERE inquiry_id IS NULL AND id IN (
			SELECT id FROM attachments WHERE inquiry_id IS NULL AND created_us < $1 ORDER BY created_us LIMIT $2)`,
			micros(before), orphanBatch)
		return int(n), err
	})
}

// sweep repeats a change of a bounded number of rows, each time in a
// transaction of its own, until there is nothing left to change.
func (s *Store) sweep(ctx context.Context, name string, batch func(*transaction) (int, error)) (total int, err error) {
	for {
		n := 0
		err := s.write(ctx, name, background, workFunc(func(t *transaction) (err error) {
			n, err = batch(t)
			return err
		}))
		if err != nil || n == 0 {
			return total, err
		}
		total += n
	}
}
