package intake

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"naru/internal/naru"
)

// shelf is an UploadStore that keeps everything in memory and fails on
// demand.
type shelf struct {
	attachments map[string]naru.Attachment
	chunks      map[string][][]byte
	complete    map[string]bool
	files       int
	size        int64
	failAt      int // chunk that fails; 0: none
	since       time.Time
}

func newShelf() *shelf {
	return &shelf{attachments: map[string]naru.Attachment{}, chunks: map[string][][]byte{}, complete: map[string]bool{}}
}

func (s *shelf) CreateAttachment(_ context.Context, a naru.Attachment) error {
	s.attachments[a.ID] = a
	return nil
}

func (s *shelf) AppendChunk(ctx context.Context, id string, n int, data []byte) error {
	if s.failAt > 0 && n == s.failAt {
		return errors.New("disk full")
	}
	if n != len(s.chunks[id]) || len(data) > chunkBytes || ctx.Err() != nil {
		return fmt.Errorf("chunk %d of %d bytes: %w", n, len(data), ctx.Err())
	}
	s.chunks[id] = append(s.chunks[id], bytes.Clone(data))
	return nil
}

func (s *shelf) CompleteAttachment(_ context.Context, a naru.Attachment) error {
	s.attachments[a.ID], s.complete[a.ID] = a, true
	return nil
}

func (s *shelf) DeleteAttachment(ctx context.Context, id string) error {
	delete(s.attachments, id)
	delete(s.chunks, id)
	return ctx.Err()
}

func (s *shelf) ClientUploads(_ context.Context, _ string, since time.Time) (int, int64, error) {
	s.since = since
	return s.files, s.size, nil
}

func newUploads(t testing.TB, s *shelf, limit int64) *Uploads {
	t.Helper()
	u, err := NewUploads(UploadOptions{Store: s, TempDir: t.TempDir(), FileBytes: limit, Clock: func() time.Time { return now }, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

var (
	pdf   = []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
	jpeg  = append([]byte{0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0}, make([]byte, 50)...)
	png   = append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), make([]byte, 50)...)
	dicom = append(append(make([]byte, 128), "DICM\x02\x00\x00\x00UL\x04\x00"...), make([]byte, 50)...)
	exe   = append([]byte("MZ\x90\x00\x03\x00\x00\x00"), make([]byte, 200)...)
)

// archive packs files given as name, content, name, content, …
func archive(t testing.TB, entries ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		header := &zip.FileHeader{Name: entries[i].(string), Method: zip.Deflate}
		if after, ok := strings.CutPrefix(header.Name, "locked:"); ok {
			header.Name, header.Flags = after, 1
		}
		if after, ok := strings.CutPrefix(header.Name, "link:"); ok {
			header.Name = after
			header.SetMode(os.ModeSymlink | 0o777)
		}
		f, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(entries[i+1].([]byte)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func docx(t testing.TB) []byte {
	return archive(t, "[Content_Types].xml", []byte("<Types/>"), "_rels/.rels", []byte("<x/>"), "word/document.xml", []byte("<w:document/>"))
}

func TestDocumentTypes(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, 20<<20)
	for _, x := range []struct {
		name, claimed string
		content       []byte
		want          string // media type, or the code of the problem
	}{
		{"letter.pdf", "application/pdf", pdf, typePDF},
		{"LETTER.PDF", "", pdf, typePDF},
		{"photo.jpeg", "image/jpg", jpeg, typeJPEG},
		{"scan.png", "application/octet-stream", png, typePNG},
		{"IM000001", "", dicom, typeDICOM},
		{"a.dcm", "application/dicom; charset=binary", dicom, typeDICOM},
		{"1.2.840.113619", "", dicom, typeDICOM},
		{"report.docx", typeDOCX, docx(t), typeDOCX},
		{"all.zip", "application/x-zip-compressed", archive(t, "a/b.pdf", pdf, "c.JPG", jpeg, "DICOM/IM1", dicom, "DICOM/", []byte{}, "r.docx", docx(t), "__MACOSX/._b.pdf", exe, ".DS_Store", exe), typeZIP},
		{"letter.pdf", "image/png", pdf, "attachment_type_mismatch"},
		{"letter.png", "", pdf, "attachment_type_mismatch"},
		{"letter.pdf.exe", "", pdf, "attachment_type_mismatch"},
		{"letter", "", pdf, "attachment_type_mismatch"},
		{"a.pdf", "", dicom, "attachment_type_mismatch"},
		{"a.pdf", "not a type", pdf, "attachment_type_mismatch"},
		{"report.zip", "", docx(t), "attachment_type_mismatch"},
		{"x.docx", "", archive(t, "a.pdf", pdf), "attachment_type_mismatch"},
		{"a.exe", "", exe, "attachment_type_unsupported"},
		{"a.pdf", "", exe, "attachment_type_unsupported"},
		{"a.txt", "", []byte("hello"), "attachment_type_unsupported"},
		{"a.html", "", []byte("<html><script>"), "attachment_type_unsupported"},
		{"a.svg", "", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "attachment_type_unsupported"},
		{"a.heic", "", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), "attachment_type_unsupported"},
		{"x.xlsx", "", archive(t, "[Content_Types].xml", []byte("<Types/>"), "xl/workbook.xml", []byte("<x/>")), "attachment_type_unsupported"},
		{"x.docx", "", archive(t, "[Content_Types].xml", []byte("<Types/>"), "word/document.xml", []byte("<x/>"), "word/vbaProject.bin", exe), "attachment_type_unsupported"},
		{"x.zip", "", archive(t, "viewer.exe", exe), "attachment_archive_content"},
		{"x.zip", "", archive(t, "a.pdf", exe), "attachment_archive_content"},
		{"x.zip", "", archive(t, "a.exe", pdf), "attachment_archive_content"},
		{"x.zip", "", archive(t, "inner.zip", archive(t, "a.pdf", pdf)), "attachment_archive_content"},
		{"x.zip", "", archive(t, "locked:a.pdf", pdf), "attachment_archive_encrypted"},
		{"x.zip", "", archive(t, "../../etc/passwd.pdf", pdf), "attachment_archive_unsafe"},
		{"x.zip", "", archive(t, "/a.pdf", pdf), "attachment_archive_unsafe"},
		{"x.zip", "", archive(t, `a\b.pdf`, pdf), "attachment_archive_unsafe"},
		{"x.zip", "", archive(t, "C:a.pdf", pdf), "attachment_archive_unsafe"},
		{"x.zip", "", archive(t, "link:a.pdf", []byte("/etc/passwd")), "attachment_archive_unsafe"},
		{"x.zip", "", archive(t, "empty/", []byte{}), "attachment_archive_empty"},
		{"x.zip", "", archive(t, "a.pdf", append(bytes.Clone(pdf), zeros...)), "attachment_archive_bomb"},
		{"x.zip", "", archive(t, "a.pdf", pdf)[:60], "attachment_archive_broken"},
		{"x.zip", "", append([]byte("PK\x03\x04"), zeros[:5000]...), "attachment_archive_broken"},
		{"a.pdf", "", nil, "attachment_empty"},
	} {
		s := newShelf()
		u := newUploads(t, s, 0)
		a, err := u.Take(context.Background(), Upload{Name: x.name, Type: x.claimed, Body: bytes.NewReader(x.content)})
		got := a.Type
		if err != nil {
			got = naru.AsError(err).Code
		}
		if got != x.want {
			t.Errorf("%s (%q): %s, want %s: %v", x.name, x.claimed, got, x.want, err)
		}
		if err == nil {
			if kept := bytes.Join(s.chunks[a.ID], nil); !bytes.Equal(kept, x.content) || !s.complete[a.ID] {
				t.Errorf("%s: %d bytes kept, complete %v", x.name, len(kept), s.complete[a.ID])
			}
		} else if len(s.attachments)+len(s.chunks) > 0 {
			t.Errorf("%s: something stays behind", x.name)
		}
		if left, _ := os.ReadDir(u.options.TempDir); len(left) > 0 {
			t.Errorf("%s: %s stays in the folder", x.name, left[0].Name())
		}
	}
}

func TestUploadIsStreamedAndHashed(t *testing.T) {
	t.Parallel()
	content := append(bytes.Clone(pdf), make([]byte, 2*chunkBytes+17)...)
	if _, err := rand.Read(content[len(pdf):]); err != nil {
		t.Fatal(err)
	}
	s := newShelf()
	a, err := newUploads(t, s, int64(len(content))).Take(context.Background(), Upload{Name: "a.pdf", Client: "c", Body: iotest.HalfReader(bytes.NewReader(content))})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	if a.SHA256 != hex.EncodeToString(sum[:]) || a.Size != int64(len(content)) || len(s.chunks[a.ID]) != 3 || a.Client != "c" || len(a.ID) != 27 || len(a.Secret) != 27 || a.ID == a.Secret {
		t.Errorf("%+v in %d chunks", a, len(s.chunks[a.ID]))
	}
	if !s.since.Equal(now.Add(-time.Hour).Truncate(time.Microsecond)) {
		t.Errorf("counted since %v", s.since)
	}
	_, err = newUploads(t, newShelf(), int64(len(content))-1).Take(context.Background(), Upload{Name: "a.pdf", Body: bytes.NewReader(content)})
	if e := naru.AsError(err); e.Kind != naru.KindTooLarge || e.Code != "attachment_too_large" {
		t.Errorf("one byte too many: %v", err)
	}
	_, err = newUploads(t, newShelf(), 100).Take(context.Background(), Upload{Name: "a.zip", Body: bytes.NewReader(archive(t, "a.pdf", pdf))})
	if !naru.IsKind(err, naru.KindTooLarge) {
		t.Errorf("archive too large: %v", err)
	}
}

func TestFailedUploadsLeaveNothing(t *testing.T) {
	t.Parallel()
	content := append(bytes.Clone(pdf), make([]byte, 3*chunkBytes)...)
	zipped := archive(t, "a.pdf", pdf)
	ctx, cancel := context.WithCancel(context.Background())
	for name, x := range map[string]struct {
		body   io.Reader
		failAt int
		want   string
	}{
		"connection lost":       {io.MultiReader(bytes.NewReader(content), iotest.ErrReader(io.ErrUnexpectedEOF)), 0, "attachment_aborted"},
		"lost at once":          {iotest.ErrReader(errors.New("reset")), 0, "attachment_aborted"},
		"lost in the archive":   {io.MultiReader(bytes.NewReader(zipped[:50]), iotest.ErrReader(errors.New("reset"))), 0, "attachment_aborted"},
		"store fails":           {bytes.NewReader(content), 2, "internal"},
		"client leaves halfway": {io.MultiReader(bytes.NewReader(content), readerFunc(func([]byte) (int, error) { cancel(); return 0, context.Canceled })), 0, "internal"}, // the store goes with the request
	} {
		s := newShelf()
		s.failAt = x.failAt
		u := newUploads(t, s, 0)
		_, err := u.Take(ctx, Upload{Name: "a.pdf", Body: x.body})
		if got := naru.AsError(err).Code; err == nil || got != x.want {
			t.Errorf("%s: %v", name, err)
		}
		if len(s.attachments)+len(s.chunks) > 0 {
			t.Errorf("%s: something stays behind", name)
		}
		if left, _ := os.ReadDir(u.options.TempDir); len(left) > 0 {
			t.Errorf("%s: a file stays behind", name)
		}
		if ctx.Err() != nil {
			ctx, cancel = context.WithCancel(context.Background())
		}
	}
	cancel()
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestUploadsStopWhenTheDiskIsNearlyFull: documents that come in side by side
// may be far more than the room that is kept free.
func TestUploadsStopWhenTheDiskIsNearlyFull(t *testing.T) {
	t.Parallel()
	full := &naru.Error{Kind: naru.KindUnavailable, Code: "store_unavailable", RetryAfter: time.Minute}
	noise := make([]byte, 1<<20)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"scan.pdf": append([]byte("%PDF-1.7\n"), noise...), "scans.zip": archive(t, "a.pdf", append([]byte("%PDF-1.7\n"), noise...))} {
		s := newShelf()
		u := newUploads(t, s, 2<<20)
		read := 0
		u.options.Room = func(context.Context) error {
			if read > 512<<10 {
				return full
			}
			return nil
		}
		rest := bytes.NewReader(content)
		_, err := u.Take(t.Context(), Upload{Name: name, Body: readerFunc(func(p []byte) (int, error) {
			n, err := rest.Read(p)
			read += n
			return n, err
		})})
		if !errors.Is(err, full) || rest.Len() == 0 {
			t.Errorf("%s: %v with %d bytes left", name, err, rest.Len())
		}
		if len(s.attachments)+len(s.chunks) > 0 {
			t.Errorf("%s: %d documents left", name, len(s.attachments))
		}
	}
}

// TestArchivesThatTheDiskDoesNotTake are to be sent again later.
func TestArchivesThatTheDiskDoesNotTake(t *testing.T) {
	t.Parallel()
	u := newUploads(t, newShelf(), 1<<20)
	u.options.TempDir = filepath.Join(t.TempDir(), "gone")
	_, err := u.Take(t.Context(), Upload{Name: "scans.zip", Body: bytes.NewReader(archive(t, "a.pdf", []byte("%PDF-1.7\n")))})
	if e := naru.AsError(err); e.Kind != naru.KindUnavailable || e.Code != "store_unavailable" || e.RetryAfter == 0 {
		t.Errorf("error %v", err)
	}
}

func TestClientLimits(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		client string
		files  int
		size   int64
		want   string
	}{
		{"c", 59, 300<<20 - 1, ""}, {"c", 60, 0, "attachment_rate_limited"}, {"c", 0, 300 << 20, "attachment_rate_limited"}, {"", 1000, 1 << 40, ""},
	} {
		s := newShelf()
		s.files, s.size = x.files, x.size
		_, err := newUploads(t, s, 0).Take(context.Background(), Upload{Name: "a.pdf", Client: x.client, Body: bytes.NewReader(pdf)})
		if x.want == "" && err != nil || x.want != "" && (naru.AsError(err).Code != x.want || naru.AsError(err).RetryAfter == 0) {
			t.Errorf("%+v: %v", x, err)
		}
	}
}

func TestAttachmentsOfAnInquiry(t *testing.T) {
	t.Parallel()
	s, store := newService(t, func(o *Options) { o.Limits = Limits{Attachments: 3, AttachmentBytes: 100} })
	for i, size := range []int64{40, 50, 60} {
		id := fmt.Sprintf("id%d", i)
		store.attachments[id] = naru.Attachment{ID: id, Name: "a.pdf", Size: size}
	}
	for _, x := range []struct {
		ids  []string
		want string
	}{
		{[]string{"id0", "id1"}, ""},
		{[]string{"id0", "id1", "id2"}, "/attachments attachments_too_large"},
		{[]string{"id0", "idx"}, "/attachments/1 attachment_unknown"},
		{[]string{"id0", "id0"}, "/attachments/1 attachment_repeated"},
		{[]string{"1", "2", "3", "4"}, "/attachments attachments_too_many"},
		{[]string{""}, "/attachments/0 type_string"},
	} {
		if got := strings.Join(problems(t, s, partner().with(object{"attachments": x.ids}).body(t)), ", "); got != x.want {
			t.Errorf("%v: %s, want %s", x.ids, got, x.want)
		}
	}
	if a := store.accepted[0].Inquiry.Attachments; len(a) != 2 || a[1].ID != "id1" || a[1].Size != 50 {
		t.Errorf("%+v", a)
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	pdfType, _ := typeOf(typePDF)
	for name, want := range map[string]string{
		"a.pdf": "a.pdf", `C:\Users\me\scan 1.pdf`: "scan 1.pdf", "../../etc/x.pdf": "x.pdf", " Анализ  крови\t2026.pdf ": "Анализ крови 2026.pdf", "진단서.pdf": "진단서.pdf",
		"e\u0301.pdf": "é.pdf", "a\r\nSubject: x.pdf": "a Subject_ x.pdf", "gpj.\u202efdp.pdf": "gpj.fdp.pdf", "<b>|?.pdf": "_b___.pdf", ".pdf": "document.pdf", "": "document.pdf", "...": "document.pdf",
		"\x00.pdf": "document.pdf", ".htaccess.pdf": "htaccess.pdf", strings.Repeat("ж", 300) + ".pdf": strings.Repeat("ж", 146) + ".pdf", "x\xff.pdf": "x.pdf", "a/": "document.pdf", "a.b.c.PDF": "a.b.c.PDF",
	} {
		if got := cleanName(name, pdfType); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, seed := range []string{"a.pdf", `..\..\x`, "\u202e.\x00", strings.Repeat("a.", 200), "ж/.", "a." + strings.Repeat("x", 200)} {
		f.Add(seed)
	}
	pdfType, _ := typeOf(typePDF)
	f.Fuzz(func(t *testing.T, name string) {
		got := cleanName(name, pdfType)
		if got == "" || !utf8.ValidString(got) || utf8.RuneCountInString(got) > maxName || strings.ContainsAny(got, "\r\n\x00/\\<>:\"|?*\u202e") || strings.HasPrefix(got, ".") {
			t.Errorf("%q becomes %q", name, got)
		}
	})
}

func FuzzInspectArchive(f *testing.F) {
	f.Add(archive(f, "a.pdf", pdf, "b/IM1", dicom))
	f.Add(docx(f))
	f.Add(archive(f, "../x.pdf", pdf))
	f.Fuzz(func(t *testing.T, content []byte) {
		found, err := inspectArchive(bytes.NewReader(content), int64(len(content)))
		if err == nil && found.mediaType != typeZIP && found.mediaType != typeDOCX {
			t.Errorf("found %q", found.mediaType)
		}
	})
}

func TestDocumentsSentAlong(t *testing.T) {
	t.Parallel()
	s, store := newService(t, func(o *Options) { o.Limits = Limits{Attachments: 2, AttachmentBytes: 100} })
	store.attachments["id0"] = naru.Attachment{ID: "id0", Name: "a.pdf", Size: 40}
	body := partner().with(object{"attachments": []string{"id0"}}).body(t)
	document := func(id, sum string, size int64) naru.Attachment {
		return naru.Attachment{ID: id, SHA256: sum, Size: size}
	}
	key := "k"
	accept := func(documents ...naru.Attachment) (Receipt, error) {
		for _, d := range documents {
			store.attachments[d.ID] = d
		}
		return s.Accept(context.Background(), Request{Body: body, IdempotencyKey: key, Documents: documents})
	}
	first, err := accept(document("d1", "aa", 60))
	if err != nil || len(first.Inquiry.Attachments) != 2 || first.Inquiry.Attachments[1].ID != "d1" {
		t.Fatalf("%+v, %v", first.Inquiry.Attachments, err)
	}
	if again, err := accept(document("d2", "aa", 60)); err != nil || !again.Replayed || again.Inquiry.ID != first.Inquiry.ID {
		t.Errorf("same documents again: %v", err)
	}
	if _, err := accept(document("d3", "bb", 60)); naru.AsError(err).Code != "idempotency_key_reused" {
		t.Errorf("another document under the same key: %v", err)
	}
	key = ""
	if _, err := accept(document("d4", "aa", 61)); naru.AsError(err).Fields[0].Code != "attachments_too_large" {
		t.Errorf("too large together: %v", err)
	}
	if _, err := accept(document("d5", "aa", 1), document("d6", "bb", 1)); naru.AsError(err).Fields[0].Code != "attachments_too_many" {
		t.Errorf("too many together: %v", err)
	}
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	s := newShelf()
	u := newUploads(t, s, 0)
	a, err := u.Take(context.Background(), Upload{Name: "a.pdf", Body: bytes.NewReader(pdf)})
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Discard(context.Background(), a.ID); err != nil || len(s.attachments) > 0 {
		t.Errorf("%v; %d left", err, len(s.attachments))
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := u.Discard(gone, a.ID); err == nil {
		t.Error("the store's failure is not told")
	}
}
