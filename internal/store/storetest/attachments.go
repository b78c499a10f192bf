package storetest

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"naru/internal/naru"
	"naru/internal/store"
)

// unstorable are ids that somebody may ask for and that no row can have.
var unstorable = []string{"a\x00b", "\xff"}

func testAttachment(f *fixture) {
	// All byte values: nothing may be taken for text or a number.
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	chunks := [][]byte{all, []byte("12345"), bytes.Repeat([]byte{0xff}, store.MaxChunkBytes)}
	a := f.attachment(string(chunks[0]), string(chunks[1]), string(chunks[2]))
	got, owner, err := f.Attachment(f.ctx, a.ID)
	f.ok(err)
	equal(f, "attachment", got, a)
	equal(f, "owner", owner, "")
	n := 0
	f.ok(f.AttachmentChunks(f.ctx, a.ID, func(data []byte) error {
		if !bytes.Equal(data, chunks[n]) {
			f.Errorf("chunk %d differs", n)
		}
		n++
		return nil
	}))
	equal(f, "chunks", n, len(chunks))
	stop := errors.New("stop")
	if err := f.AttachmentChunks(f.ctx, a.ID, func([]byte) error { return stop }); !errors.Is(err, stop) {
		f.Errorf("got %v, want the callback's error", err)
	}
	for _, id := range unstorable {
		_, _, err := f.Attachment(f.ctx, id)
		f.fails(err, naru.KindNotFound, "attachment_unknown")
		f.fails(f.AttachmentChunks(f.ctx, id, func([]byte) error { return nil }), naru.KindNotFound, "attachment_unknown")
		f.fails(f.DeleteAttachment(f.ctx, id), naru.KindNotFound, "attachment_unknown")
	}
	empty := f.attachment()
	f.ok(f.AttachmentChunks(f.ctx, empty.ID, func([]byte) error { return errors.New("a chunk of an empty document") }))
}

func testAttachmentChunksInOrder(f *fixture) {
	a := naru.Attachment{ID: f.id("attachment"), Size: 6, CreatedAt: f.now}
	f.ok(f.CreateAttachment(f.ctx, a))
	if err := f.CreateAttachment(f.ctx, a); !naru.IsKind(err, naru.KindInternal) {
		f.Errorf("the same id twice: %v", err)
	}
	f.fails(f.AppendChunk(f.ctx, a.ID, 1, []byte("abc")), naru.KindConflict, "chunk_out_of_order")
	f.ok(f.AppendChunk(f.ctx, a.ID, 0, []byte("abc")))
	f.fails(f.AppendChunk(f.ctx, a.ID, 0, []byte("abc")), naru.KindConflict, "chunk_out_of_order")
	for _, length := range []int{0, store.MaxChunkBytes + 1} {
		if err := f.AppendChunk(f.ctx, a.ID, 1, make([]byte, length)); err == nil {
			f.Errorf("a chunk of %d bytes was taken", length)
		}
	}
	_, _, err := f.Attachment(f.ctx, a.ID)
	f.fails(err, naru.KindNotFound, "attachment_unknown")
	f.fails(f.AttachmentChunks(f.ctx, a.ID, func([]byte) error { return nil }), naru.KindNotFound, "attachment_unknown")
	f.fails(f.CompleteAttachment(f.ctx, a), naru.KindConflict, "attachment_incomplete")
	f.ok(f.AppendChunk(f.ctx, a.ID, 1, []byte("def")))
	f.ok(f.CompleteAttachment(f.ctx, a))
	f.fails(f.AppendChunk(f.ctx, a.ID, 2, []byte("ghi")), naru.KindNotFound, "attachment_unknown")
	f.fails(f.CompleteAttachment(f.ctx, a), naru.KindNotFound, "attachment_unknown")
}

func testDeleteAttachment(f *fixture) {
	free, claimed := f.attachment("one", "two"), f.attachment("three")
	a := f.acceptance()
	a.Inquiry.Attachments = []naru.Attachment{claimed}
	_, _, err := f.Accept(f.ctx, a)
	f.ok(err)
	f.ok(f.DeleteAttachment(f.ctx, free.ID))
	_, _, err = f.Attachment(f.ctx, free.ID)
	f.fails(err, naru.KindNotFound, "attachment_unknown")
	f.fails(f.DeleteAttachment(f.ctx, claimed.ID), naru.KindNotFound, "attachment_unknown")
	_, _, err = f.Attachment(f.ctx, claimed.ID)
	f.ok(err)
}

func testClientUploads(f *fixture) {
	for i, client := range []string{"a", "a", "b", "a"} {
		document := naru.Attachment{ID: f.id("attachment"), Client: client, CreatedAt: f.now.Add(time.Duration(i) * time.Hour)}
		f.ok(f.CreateAttachment(f.ctx, document))
		f.ok(f.AppendChunk(f.ctx, document.ID, 0, []byte(strings.Repeat("x", i+1)))) // counts before completion
	}
	for since, want := range map[time.Time][2]int64{f.now: {3, 1 + 2 + 4}, f.now.Add(time.Hour): {2, 2 + 4}, f.now.Add(9 * time.Hour): {0, 0}} {
		files, size, err := f.ClientUploads(f.ctx, "a", since)
		f.ok(err)
		equal(f, "uploads", [2]int64{int64(files), size}, want)
	}
}

func testDeleteOrphanAttachments(f *fixture) {
	claimed := f.attachment("claimed")
	a := f.acceptance()
	a.Inquiry.Attachments = []naru.Attachment{claimed}
	_, _, err := f.Accept(f.ctx, a)
	f.ok(err)
	const old = 40 // more than one batch
	for range old {
		f.attachment("old")
	}
	f.now = f.now.Add(time.Hour)
	young := f.attachment("young")
	f.count(old)(f.DeleteOrphanAttachments(f.ctx, f.now))
	f.count(0)(f.DeleteOrphanAttachments(f.ctx, f.now))
	for _, kept := range []string{claimed.ID, young.ID} {
		_, _, err := f.Attachment(f.ctx, kept)
		f.ok(err)
	}
}
