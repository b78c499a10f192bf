package store_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"naru/internal/naru"
	"naru/internal/store"
)

// TestEarlierKeys repeats a request that a program of schema 7 accepted, which knew
// it again by a table of keys, whatever its case number was.
func TestEarlierKeys(t *testing.T) {
	t.Parallel()
	onEmpty(t, func(t *testing.T, d database) {
		first := acceptAtSchema7(t, d)

		s := open(t, store.Options{URL: d.url, Clock: time.Now})
		if _, err := s.Restore(t.Context(), emptyBackup(t), false); !naru.IsKind(err, naru.KindConflict) {
			t.Errorf("restored over an inquiry of an earlier schema: %v", err)
		}
		if n, err := s.Migrate(t.Context()); err != nil || n == 0 {
			t.Fatalf("%d migrations; %v", n, err)
		}
		again := inquiry("again", 1)
		again.Key, again.BodyDigest = first.Key, first.BodyDigest
		for _, ask := range []func() (naru.Inquiry, bool, error){
			func() (naru.Inquiry, bool, error) { return s.Replay(t.Context(), again) },
			func() (naru.Inquiry, bool, error) { return s.Accept(t.Context(), again) },
		} {
			got, replayed, err := ask()
			if err != nil || !replayed || got.Reference != first.Inquiry.Reference {
				t.Errorf("repeated: %s, %v, %v", got.Reference, replayed, err)
			}
		}
		other := again
		other.BodyDigest = "other"
		if _, _, err := s.Accept(t.Context(), other); !naru.IsKind(err, naru.KindConflict) || naru.AsError(err).Code != "idempotency_key_reused" {
			t.Errorf("the key with another body: %v", err)
		}
		if _, replayed, err := s.Accept(t.Context(), inquiry("new", 1)); replayed || err != nil {
			t.Errorf("another key: %v, %v", replayed, err)
		}
		if n, err := s.DeleteEarlierKeys(t.Context(), time.UnixMicro(keyUsed)); n != 0 || err != nil {
			t.Errorf("%d young keys deleted, %v", n, err)
		}
		if n, err := s.DeleteEarlierKeys(t.Context(), time.UnixMicro(keyUsed+1)); n != 1 || err != nil {
			t.Errorf("%d old keys deleted, %v", n, err)
		}
		if _, replayed, err := s.Accept(t.Context(), again); replayed || err != nil {
			t.Errorf("the key forgotten: %v, %v", replayed, err)
		}
		if _, replayed, err := s.Accept(t.Context(), again); !replayed || err != nil {
			t.Errorf("the key of now: %v, %v", replayed, err)
		}
	})
}

// emptyBackup is that of a database without inquiries.
func emptyBackup(t *testing.T) *bytes.Reader {
	t.Helper()
	s := open(t, store.Options{URL: filepath.Join(t.TempDir(), "empty.db"), Clock: time.Now})
	var b bytes.Buffer
	_, err := s.Migrate(t.Context())
	if err == nil {
		_, err = s.Backup(t.Context(), &b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b.Bytes())
}

// TestRestoreOverEmptyTablesOfBefore restores into a database that a program of
// schema 7 made and nobody used.
func TestRestoreOverEmptyTablesOfBefore(t *testing.T) {
	t.Parallel()
	d := emptySQLite(t)
	d.leaveAt(t, 7, func(*sql.DB) {})
	s := open(t, store.Options{URL: d.url, Clock: time.Now})
	if info, err := s.Restore(t.Context(), emptyBackup(t), false); err != nil || !info.Account.Balanced() {
		t.Errorf("%+v; %v", info, err)
	}
}

// keyUsed is when the key was used, in Unix microseconds.
const keyUsed = 1795308574000000

// acceptAtSchema7 leaves a database as a program of schema 7 does.
func acceptAtSchema7(t *testing.T, d database) naru.Acceptance {
	t.Helper()
	a := inquiry("earlier", 1)
	d.leaveAt(t, 7, func(db *sql.DB) {
		for _, statement := range []struct {
			text string
			args []any
		}{
			{`INSERT INTO inquiries (id, reference, kind, language, country, team_id, accepted_us, deliveries_expected, body)
				VALUES ($1, $2, 'patient', 'en', 'KZ', 'international', $3, 0, '{"contact":{"name":"Anna Kim"}}')`, []any{a.Inquiry.ID, string(a.Inquiry.Reference), keyUsed}},
			{`INSERT INTO idempotency_keys (idempotency_key, body_digest, inquiry_id, created_us) VALUES ($1, $2, $3, $4)`, []any{a.Key, a.BodyDigest, a.Inquiry.ID, keyUsed}},
		} {
			if _, err := db.ExecContext(t.Context(), statement.text, statement.args...); err != nil {
				t.Fatal(err)
			}
		}
	})
	return a
}

// leaveAt makes the tables of an earlier schema and has them filled; from a later
// schema it goes back.
func (d database) leaveAt(t *testing.T, schema int64, fill func(*sql.DB)) {
	t.Helper()
	db, err := sql.Open(d.driver, d.url)
	if err != nil {
		t.Fatal(err)
	}
	migrations, err := goose.NewProvider(d.dialect, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := migrations.Close(); err != nil { // and db
			t.Error(err)
		}
	}()
	if _, err := migrations.UpTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.DownTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	fill(db)
}
