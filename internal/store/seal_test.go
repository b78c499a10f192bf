package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"naru/internal/keyring"
	"naru/internal/naru"
	"naru/internal/store"
)

func newKeys(t testing.TB) *keyring.Ring {
	t.Helper()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// rotated adds a key and makes it primary.
func rotated(t *testing.T, keys *keyring.Ring) *keyring.Ring {
	t.Helper()
	added, id, err := keys.Add()
	if err != nil {
		t.Fatal(err)
	}
	promoted, err := added.Promote(id)
	if err != nil {
		t.Fatal(err)
	}
	return promoted
}

// onDatabases runs a test on both engines. reopen closes the store that it
// opened before and opens the database with other keys; nil for none.
func onDatabases(t *testing.T, run func(t *testing.T, db *sql.DB, reopen func(keys store.Sealer) (*store.Store, error))) {
	onEmpty(t, func(t *testing.T, d database) {
		db, err := sql.Open(d.driver, d.url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		var last *store.Store
		t.Cleanup(func() {
			if last != nil {
				last.Close()
			}
		})
		run(t, db, func(keys store.Sealer) (*store.Store, error) {
			if last != nil {
				if err := last.Close(); err != nil {
					t.Fatal(err)
				}
			}
			s, err := store.Open(t.Context(), store.Options{URL: d.url, Logger: slog.New(slog.DiscardHandler), Clock: time.Now, Keys: keys})
			if err != nil {
				t.Fatal(err)
			}
			last = s
			_, err = s.Migrate(t.Context())
			return s, err
		})
	})
}

// mark is a word that stands in everything a person wrote, of one test alone:
// the log of PostgreSQL is shared.
type mark string

func newMark() mark { return mark("mark" + strings.ToLower(rand.Text()[:16])) }

func (m mark) in(text string) string { return text + " " + string(m) }

// write fills a store with the n-th set of all that is personal.
func (m mark) write(t *testing.T, s *store.Store, n int) {
	t.Helper()
	ctx := t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	document := naru.Attachment{
		ID: fmt.Sprint("document", n), Name: m.in("findings of") + ".pdf", Type: "application/pdf", SHA256: m.in("digest"), Secret: m.in("link"), CreatedAt: time.Now(),
	}
	ok(s.CreateAttachment(ctx, document))
	for chunk := range 3 {
		ok(s.AppendChunk(ctx, document.ID, chunk, []byte(m.in("%PDF"))))
		document.Size += int64(len(m.in("%PDF")))
	}
	ok(s.CompleteAttachment(ctx, document))
	a := inquiry("mark", n)
	a.Inquiry.Contact.Name, a.Inquiry.Contact.Email, a.Inquiry.Secret = m.in("Zhanna"), string(m)+"@clinic.example", m.in("secret")
	a.Inquiry.Patient.Complaint = m.in("глиобластома")
	a.Inquiry.Attachments = []naru.Attachment{document}
	_, _, err := s.Accept(ctx, a)
	ok(err)
	_, _, err = s.AddToInquiry(ctx, naru.AdditionAcceptance{
		Addition: naru.Addition{ID: fmt.Sprint("addition", n), InquiryID: a.Inquiry.ID, Kind: naru.AdditionMessage, AcceptedAt: time.Now(), Message: m.in("another finding")},
		Delivery: naru.Delivery{ID: fmt.Sprint("added", n), Kind: naru.DeliveryAddition, TeamID: "international", MessageID: fmt.Sprint("added", n)},
		Key:      fmt.Sprint("key", n), BodyDigest: "digest",
	})
	ok(err)
	ok(s.SaveConversation(ctx, naru.ConversationStep{
		ID: "conversation", State: []byte(m.in("{}")), Expires: time.Now().Add(time.Hour), ReplyID: fmt.Sprint("reply", n), Number: n + 1,
		Turn: naru.Turn{At: time.Now(), Language: "en", Kind: "answer", Question: m.in("does it hurt"), Answer: m.in("no")},
	}))
	ok(s.CountMiss(ctx, naru.Miss{Language: "en", Kind: "declined", Question: m.in("what does it cost"), Words: string(m), LastAt: time.Now()}))
}

// read checks that the store gives the n-th set back.
func (m mark) read(t *testing.T, s *store.Store, n int) {
	t.Helper()
	ctx := t.Context()
	in, err := s.InquiryByReference(ctx, naru.Reference(fmt.Sprintf("mark-%06d", n)))
	if err != nil || in.Contact.Name != m.in("Zhanna") || in.Patient.Complaint != m.in("глиобластома") || in.Secret != m.in("secret") {
		t.Fatalf("inquiry %d: %+v, %v", n, in, err)
	}
	added, err := s.Addition(ctx, fmt.Sprint("addition", n))
	if err != nil || added.Message != m.in("another finding") {
		t.Fatalf("addition %d: %+v, %v", n, added, err)
	}
	id := fmt.Sprint("document", n)
	document, _, err := s.Attachment(ctx, id)
	if err != nil || document.Name != m.in("findings of")+".pdf" || document.Secret != m.in("link") {
		t.Fatalf("document %d: %+v, %v", n, document, err)
	}
	var content bytes.Buffer
	err = s.AttachmentChunks(ctx, id, func(b []byte) error {
		content.Write(b)
		return nil
	})
	if err != nil || content.String() != strings.Repeat(m.in("%PDF"), 3) {
		t.Fatalf("content %d: %q, %v", n, content.String(), err)
	}
}

// misses is how often the question of the mark was counted, in how many rows.
func (m mark) misses(t *testing.T, s *store.Store) (total int64, rows int) {
	t.Helper()
	misses, err := s.Misses(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, miss := range misses {
		if miss.Question == m.in("what does it cost") && miss.Words == string(m) {
			total, rows = total+miss.Count, rows+1
		}
	}
	return total, rows
}

// files are where the engine keeps this database, its log included.
func files(t *testing.T, db *sql.DB) []string {
	t.Helper()
	var path string
	if err := db.QueryRow(`SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path); err == nil {
		return []string{filepath.Dir(path)}
	}
	// Everything must be in the files before they are read.
	if _, err := db.Exec(`CHECKPOINT`); err != nil {
		t.Fatal(err)
	}
	var folder, oid string
	if err := db.QueryRow(`SELECT current_setting('data_directory'), (SELECT oid::text FROM pg_database WHERE datname = current_database())`).Scan(&folder, &oid); err != nil {
		t.Fatal(err)
	}
	return []string{filepath.Join(folder, "base", oid), filepath.Join(folder, "pg_wal")}
}

// readable returns the files in which the mark stands.
func (m mark) readable(t *testing.T, folders []string) (found []string) {
	t.Helper()
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // the server tidies up
			}
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if bytes.Contains(content, []byte(m)) {
				found = append(found, filepath.Base(path))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// TestNothingReadable looks for what was written in every byte of the files.
func TestNothingReadable(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, db *sql.DB, reopen func(store.Sealer) (*store.Store, error)) {
		s, err := reopen(newKeys(t))
		if err != nil {
			t.Fatal(err)
		}
		m := newMark()
		for n := range 3 {
			m.write(t, s, n)
			m.read(t, s, n)
		}
		state, err := s.LoadConversation(t.Context(), "conversation")
		if err != nil || string(state) != m.in("{}") {
			t.Errorf("conversation %q, %v", state, err)
		}
		turns, err := s.Turns(t.Context(), "conversation")
		if err != nil || len(turns) != 3 || turns[2].Question != m.in("does it hurt") || turns[2].Answer != m.in("no") {
			t.Errorf("turns %+v, %v", turns, err)
		}
		if turn, changed, err := s.RateReply(t.Context(), "conversation", "reply1", true); err != nil || !changed || turn.Answer != m.in("no") {
			t.Errorf("rated %+v, %v, %v", turn, changed, err)
		}
		if total, rows := m.misses(t, s); total != 3 || rows != 1 {
			t.Errorf("%d misses in %d rows", total, rows)
		}
		if found := m.readable(t, files(t, db)); len(found) > 0 {
			t.Errorf("while open: %v", found)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if found := m.readable(t, files(t, db)); len(found) > 0 {
			t.Errorf("when closed: %v", found)
		}
	})
}

// TestWrongKeysAreRefused checks that nothing is done without the right keys,
// nor undone.
func TestWrongKeysAreRefused(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, _ *sql.DB, reopen func(store.Sealer) (*store.Store, error)) {
		keys, m := newKeys(t), newMark()
		s, err := reopen(keys)
		if err != nil {
			t.Fatal(err)
		}
		m.write(t, s, 1)
		for code, wrong := range map[string]store.Sealer{"keys_missing": nil, "keys_wrong": newKeys(t)} {
			s, err := reopen(wrong)
			if err == nil || naru.AsError(err).Code != code {
				t.Errorf("got %v, want %s", err, code)
			}
			if err := s.Unlock(t.Context()); err == nil || naru.AsError(err).Code != code {
				t.Errorf("Unlock: got %v, want %s", err, code)
			}
			if encrypted, err := s.Encrypted(t.Context()); !encrypted || err != nil {
				t.Errorf("Encrypted = %v, %v", encrypted, err)
			}
			if _, err := s.InquiryByID(t.Context(), "mark-000001"); err == nil {
				t.Errorf("%s: an inquiry was read", code)
			}
		}
		if s, err = reopen(keys); err != nil {
			t.Fatal(err)
		}
		m.read(t, s, 1)
	})
}

// TestEncryptAndRotate encrypts a database that is full, exchanges its key, and
// drops the old one, interrupted on the way.
func TestEncryptAndRotate(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, db *sql.DB, reopen func(store.Sealer) (*store.Store, error)) {
		m := newMark()
		s, err := reopen(nil)
		if err != nil {
			t.Fatal(err)
		}
		eventful(t, s)
		for n := range 3 {
			m.write(t, s, n)
		}
		if found := m.readable(t, files(t, db)); len(found) == 0 {
			t.Fatal("the search is blind")
		}
		if n, err := s.Reseal(t.Context()); n != 0 || err != nil {
			t.Fatalf("without keys %d rows sealed, %v", n, err)
		}
		// A question asked before and after is one row, once resealed.
		count := func(want int64, wantRows int) {
			t.Helper()
			if total, rows := m.misses(t, s); total != want || rows != wantRows {
				t.Errorf("%d misses in %d rows, want %d in %d", total, rows, want, wantRows)
			}
		}
		reseal := func(keys *keyring.Ring) {
			t.Helper()
			if s, err = reopen(keys); err != nil {
				t.Fatal(err)
			}
			ended, end := context.WithCancel(t.Context())
			end()
			if _, err := s.Reseal(ended); err == nil {
				t.Error("an ended context seals")
			}
			if n, err := s.ResealIfDue(t.Context()); n < 40 || err != nil {
				t.Fatalf("%d rows sealed, %v", n, err)
			}
			if n, err := s.ResealIfDue(t.Context()); n != 0 || err != nil {
				t.Errorf("again: %d, %v", n, err)
			}
			use, err := s.KeyUse(t.Context())
			if err != nil || len(use) != 1 || use[keys.Primary()] == 0 {
				t.Errorf("keys in use: %v, %v", use, err)
			}
		}
		first := newKeys(t)
		if s, err = reopen(first); err != nil {
			t.Fatal(err)
		}
		m.write(t, s, 3) // beside the readable rows
		count(4, 2)
		reseal(first)
		count(4, 1)
		second := rotated(t, first)
		if s, err = reopen(second); err != nil {
			t.Fatal(err)
		}
		m.write(t, s, 4)
		if use, err := s.KeyUse(t.Context()); err != nil || len(use) != 2 {
			t.Errorf("keys in use: %v, %v", use, err)
		}
		reseal(second)
		count(5, 1)
		alone, err := second.Remove(uint32(first.Primary()))
		if err != nil {
			t.Fatal(err)
		}
		if s, err = reopen(alone); err != nil {
			t.Fatal(err)
		}
		for n := range 5 {
			in, err := s.InquiryByID(t.Context(), fmt.Sprintf("mark-%06d", n))
			if err != nil || in.Contact.Name != m.in("Zhanna") {
				t.Errorf("inquiry %d: %v", n, err)
			}
		}
		if _, err := s.InquiryByReference(t.Context(), "old-000033"); !naru.IsKind(err, naru.KindNotFound) {
			t.Errorf("an erased inquiry: %v", err)
		}
		if r, err := s.Reconcile(t.Context()); err != nil || !r.Balanced() {
			t.Errorf("%+v, %v", r, err)
		}
		// Conversations from before are readable for the minutes they last.
		if n, err := s.DeleteExpiredConversations(t.Context(), time.Now().Add(2*time.Hour)); n == 0 || err != nil {
			t.Fatal(n, err)
		}
		if err := s.Scrub(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.Dialect() == "postgres" {
			return // its log holds the earlier rows until it is recycled
		}
		if found := m.readable(t, files(t, db)); len(found) > 0 {
			t.Errorf("left readable: %v", found)
		}
	})
}

// TestSealedStaysInItsPlace moves sealed values with a hand in the database.
func TestSealedStaysInItsPlace(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, db *sql.DB, reopen func(store.Sealer) (*store.Store, error)) {
		s, err := reopen(newKeys(t))
		if err != nil {
			t.Fatal(err)
		}
		const attacks = 7
		m := newMark()
		for n := range attacks {
			m.write(t, s, n)
		}
		attack := func(statement string) {
			t.Helper()
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		refused := func(what string, err error) {
			t.Helper()
			if err == nil {
				t.Errorf("%s: not noticed", what)
			}
		}
		inquiryOf := func(n int) error {
			_, err := s.InquiryByID(t.Context(), fmt.Sprintf("mark-%06d", n))
			return err
		}
		document := func(n int) error {
			return s.AttachmentChunks(t.Context(), fmt.Sprint("document", n), func([]byte) error { return nil })
		}
		attack(`UPDATE inquiries SET body = (SELECT body FROM inquiries WHERE id = 'mark-000001') WHERE id = 'mark-000000'`)
		refused("another's contents", inquiryOf(0))
		attack(`UPDATE inquiries SET reference = 'mine' WHERE id = 'mark-000002'`)
		refused("another case number", inquiryOf(2))
		attack(`UPDATE inquiries SET body = '{"contact":{"email":"me@attacker.example"}}' WHERE id = 'mark-000003'`)
		refused("contents made up", inquiryOf(3))
		attack(`UPDATE attachments SET secret = (SELECT name FROM attachments WHERE id = 'document0') WHERE id = 'document0'`)
		refused("another column", document(0))
		attack(`UPDATE attachment_chunks SET data = (SELECT data FROM attachment_chunks WHERE attachment_id = 'document1' AND number = 0) WHERE attachment_id = 'document1' AND number = 2`)
		refused("another piece", document(1))
		attack(`DELETE FROM attachment_chunks WHERE attachment_id = 'document2' AND number = 2`)
		attack(`UPDATE attachments SET chunks = 2 WHERE id = 'document2'`)
		refused("cut short", document(2))
		attack(`DELETE FROM attachment_chunks WHERE attachment_id = 'document3' AND number = 2`)
		attack(fmt.Sprintf(`UPDATE attachments SET chunks = 2, size = %d WHERE id = 'document3'`, 2*len(m.in("%PDF"))))
		refused("cut short with its size", document(3))
		m.read(t, s, attacks-1)
	})
}

// TestTheProofKeepsItsKeyInUse looks at a database in which nothing but the proof
// of the right keys is sealed: without the key of that, it could not be opened.
func TestTheProofKeepsItsKeyInUse(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, _ *sql.DB, reopen func(store.Sealer) (*store.Store, error)) {
		first := newKeys(t)
		second := rotated(t, first)
		for _, step := range []struct {
			keys store.Sealer
			use  func(*store.Store) error
			want int64
		}{
			{first, func(*store.Store) error { return nil }, first.Primary()},
			{second, func(*store.Store) error { return nil }, first.Primary()},
			{second, func(s *store.Store) error {
				_, err := s.Reseal(t.Context())
				return err
			}, second.Primary()},
		} {
			s, err := reopen(step.keys)
			if err != nil {
				t.Fatal(err)
			}
			if err := step.use(s); err != nil {
				t.Fatal(err)
			}
			if use, err := s.KeyUse(t.Context()); err != nil || len(use) != 1 || use[step.want] != 1 {
				t.Errorf("keys in use: %v, %v; want only %d", use, err, step.want)
			}
		}
	})
}

// TestBackupChangesKeys restores the backup of an encrypted database with other
// keys, and one of a readable database into an encrypted one.
func TestBackupChangesKeys(t *testing.T) {
	t.Parallel()
	onDatabases(t, func(t *testing.T, db *sql.DB, reopen func(store.Sealer) (*store.Store, error)) {
		other, m := newKeys(t), newMark()
		s, err := reopen(other)
		if err != nil {
			t.Fatal(err)
		}
		for _, keys := range []store.Sealer{newKeys(t), nil} {
			source := open(t, store.Options{URL: filepath.Join(t.TempDir(), "naru.db"), Clock: time.Now, Keys: keys})
			if _, err := source.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			eventful(t, source)
			m.write(t, source, 0)
			var b bytes.Buffer
			if _, err := source.Backup(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			info, err := s.Restore(t.Context(), bytes.NewReader(b.Bytes()), true)
			if err != nil || !info.Account.Balanced() {
				t.Fatalf("%+v, %v", info, err)
			}
			m.read(t, s, 0)
			if total, rows := m.misses(t, s); total != 1 || rows != 1 {
				t.Errorf("%d misses in %d rows", total, rows)
			}
			if use, err := s.KeyUse(t.Context()); err != nil || len(use) != 1 || use[other.Primary()] == 0 {
				t.Errorf("keys in use: %v, %v", use, err)
			}
			m.write(t, s, 1)
			if found := m.readable(t, files(t, db)); len(found) > 0 {
				t.Errorf("readable after a restore: %v", found)
			}
		}
	})
}
