package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"naru/internal/locale"
	"naru/internal/naru"
)

// UploadStore is where documents are kept. A document counts only once it is
// complete.
type UploadStore interface {
	CreateAttachment(context.Context, naru.Attachment) error
	// AppendChunk adds chunk n, counted from 0, of at most 256 KiB.
	AppendChunk(ctx context.Context, id string, n int, data []byte) error
	// CompleteAttachment sets name, size, type and digest.
	CompleteAttachment(context.Context, naru.Attachment) error
	DeleteAttachment(ctx context.Context, id string) error
	// ClientUploads counts what a client sent since a time.
	ClientUploads(ctx context.Context, client string, since time.Time) (files int, size int64, err error)
}

const (
	chunkBytes = 256 << 10
	// clientWindow is the time that limits per client count over.
	clientWindow = time.Hour
	// clientWait is what a client that reached a limit is told to wait: by
	// then a good part of the window has passed.
	clientWait = 10 * time.Minute
	// cleanupTimeout bounds the removal of an upload that failed.
	cleanupTimeout = 10 * time.Second
)

// UploadOptions are what Uploads are made of. Store, Clock and Random are
// required; zero limits mean the defaults.
type UploadOptions struct {
	Store UploadStore
	// TempDir keeps archives while they are looked into; empty: the system's
	// folder for such files.
	TempDir string
	// Room is asked again and again while a document comes in, and refuses more of
	// it when it is not nil: the disk is nearly full. Nil means never.
	Room func(context.Context) error
	// FileBytes is the size of one document; default 20 MiB.
	FileBytes int64
	// ClientFiles and ClientBytes bound what one client sends in an hour;
	// defaults 60 and 300 MiB.
	ClientFiles int
	ClientBytes int64
	Clock       func() time.Time
	Random      io.Reader
}

// Uploads takes documents before or with an inquiry. They go to the store in
// chunks as they arrive; archives wait in a file without a name until they
// have been looked into. Of an upload that fails or is given up, nothing
// stays.
type Uploads struct{ options UploadOptions }

// NewUploads checks the options.
func NewUploads(o UploadOptions) (*Uploads, error) {
	if o.Store == nil || o.Clock == nil || o.Random == nil {
		return nil, errors.New("intake: Store, Clock and Random are required for uploads")
	}
	if o.FileBytes == 0 {
		o.FileBytes = 20 << 20
	}
	if o.ClientFiles == 0 {
		o.ClientFiles = 60
	}
	if o.ClientBytes == 0 {
		o.ClientBytes = 300 << 20
	}
	if o.Room == nil {
		o.Room = func(context.Context) error { return nil }
	}
	return &Uploads{options: o}, nil
}

// Upload is one document on its way in.
type Upload struct {
	// Name and Type are what the client claims; Type may be empty.
	Name, Type string
	// Client is a keyed digest of the sender's address; empty for a client
	// that no limit applies to.
	Client string
	Body   io.Reader
}

// Take stores a document and describes it. Errors: KindTooLarge
// "attachment_too_large", KindUnsupportedType "attachment_type_unsupported"
// or "attachment_type_mismatch", KindInvalid "attachment_empty" or
// "attachment_archive_…", KindRateLimited "attachment_rate_limited",
// KindMalformed "attachment_aborted" when the body ended with an error, and
// those of the store.
func (u *Uploads) Take(ctx context.Context, up Upload) (naru.Attachment, error) {
	now := u.options.Clock().UTC().Truncate(time.Microsecond)
	if err := u.checkClient(ctx, up.Client, now); err != nil {
		return naru.Attachment{}, err
	}
	source := &limited{reader: up.Body, left: u.options.FileBytes, max: u.options.FileBytes, room: func() error { return u.options.Room(ctx) }}
	head, err := source.head()
	if err != nil {
		return naru.Attachment{}, err
	}
	found, err := sniff(head)
	if err != nil {
		return naru.Attachment{}, err
	}
	content := io.MultiReader(bytes.NewReader(head), source)
	if found.archive {
		file, archive, err := u.inspect(content)
		if err != nil {
			return naru.Attachment{}, err
		}
		defer closeQuietly(file)
		content, found = file, archive
	}
	name := cleanName(up.Name, found)
	if err := found.agrees(name, up.Type); err != nil {
		return naru.Attachment{}, err
	}
	a := naru.Attachment{Name: name, Type: found.mediaType, Client: up.Client, CreatedAt: now}
	if a.ID, err = newSecret(u.options.Random); err != nil {
		return naru.Attachment{}, err
	}
	if a.Secret, err = newSecret(u.options.Random); err != nil {
		return naru.Attachment{}, err
	}
	return a, u.keep(ctx, &a, content)
}

// checkClient refuses a client that has sent its share. Uploads that run side
// by side may each pass it once: the limit is against floods, not a quota.
func (u *Uploads) checkClient(ctx context.Context, client string, now time.Time) error {
	if client == "" {
		return nil
	}
	files, size, err := u.options.Store.ClientUploads(ctx, client, now.Add(-clientWindow))
	if err != nil {
		return fmt.Errorf("count uploads of a client: %w", err)
	}
	if files >= u.options.ClientFiles || size >= u.options.ClientBytes {
		return &naru.Error{
			Kind: naru.KindRateLimited, Code: "attachment_rate_limited", RetryAfter: clientWait,
			Args: map[string]any{"Files": u.options.ClientFiles, "Size": locale.Size(u.options.ClientBytes)},
		}
	}
	return nil
}

// keep writes the content in chunks and completes a.
func (u *Uploads) keep(ctx context.Context, a *naru.Attachment, content io.Reader) error {
	if err := u.options.Store.CreateAttachment(ctx, *a); err != nil {
		return fmt.Errorf("create attachment: %w", err)
	}
	err := u.copy(ctx, a, content)
	if err == nil {
		err = u.options.Store.CompleteAttachment(ctx, *a)
	}
	if err == nil {
		return nil
	}
	// The client may be gone and ctx with it; what it left must go all the
	// same. Should this fail too, the sweep finds it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	return errors.Join(fmt.Errorf("store attachment: %w", err), u.options.Store.DeleteAttachment(ctx, a.ID))
}

func (u *Uploads) copy(ctx context.Context, a *naru.Attachment, content io.Reader) error {
	sum := sha256.New()
	chunk := make([]byte, chunkBytes)
	for n := 0; ; n++ {
		read, err := io.ReadFull(content, chunk)
		if read > 0 {
			if err := u.append(ctx, a, n, chunk[:read], sum); err != nil {
				return err
			}
		}
		// Exactly these: an upload that broke off has one of them as its cause.
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			a.SHA256 = hex.EncodeToString(sum.Sum(nil))
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (u *Uploads) append(ctx context.Context, a *naru.Attachment, n int, chunk []byte, sum hash.Hash) error {
	if err := u.options.Store.AppendChunk(ctx, a.ID, n, chunk); err != nil {
		return err
	}
	a.Size += int64(len(chunk))
	_, err := sum.Write(chunk)
	return err
}

// inspect keeps an archive in a file that has no name any more, looks into it,
// and returns the file at its beginning. A disk that does not take it is
// KindUnavailable "store_unavailable".
func (u *Uploads) inspect(content io.Reader) (*os.File, documentType, error) {
	file, err := os.CreateTemp(u.options.TempDir, "upload-*")
	if err != nil {
		return nil, documentType{}, notKept(err)
	}
	if err := os.Remove(file.Name()); err != nil {
		closeQuietly(file)
		return nil, documentType{}, notKept(err)
	}
	size, err := io.Copy(file, content)
	var found documentType
	if err == nil {
		found, err = inspectArchive(file, size)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		closeQuietly(file)
		return nil, documentType{}, notKept(err)
	}
	return file, found, nil
}

// keepWait is what is advised to wait when the disk took no archive.
const keepWait = time.Minute

// notKept passes on what is known of the archive and the way it came; anything
// else is a failure of the disk.
func notKept(err error) error {
	if _, ok := errors.AsType[*naru.Error](err); ok {
		return err
	}
	return &naru.Error{Kind: naru.KindUnavailable, Code: "store_unavailable", RetryAfter: keepWait, Cause: fmt.Errorf("keep archive: %w", err)}
}

// closeQuietly closes a file whose content does not matter any more.
func closeQuietly(file *os.File) { _ = file.Close() }

// limited reads at most max bytes and turns what goes wrong into errors that
// can be shown.
type limited struct {
	reader    io.Reader
	left, max int64
	room      func() error
}

func (l *limited) Read(p []byte) (int, error) {
	if err := l.room(); err != nil {
		return 0, err
	}
	// One byte more than allowed tells a file that is too large from one that
	// just fits.
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, &naru.Error{Kind: naru.KindTooLarge, Code: "attachment_too_large", Args: map[string]any{"Max": locale.Size(l.max)}}
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	if _, ok := errors.AsType[*naru.Error](err); ok {
		return n, err
	}
	return n, naru.NewError(naru.KindMalformed, "attachment_aborted", err)
}

// headBytes suffice to recognise every type that is taken.
const headBytes = 3072

// head reads the beginning of the file.
func (l *limited) head() ([]byte, error) {
	head := make([]byte, headBytes)
	n, err := io.ReadFull(l, head)
	switch {
	case err == io.EOF:
		return nil, naru.NewError(naru.KindInvalid, "attachment_empty", nil)
	case err != nil && err != io.ErrUnexpectedEOF: // not as a cause: see copy
		return nil, err
	}
	return head[:n], nil
}
