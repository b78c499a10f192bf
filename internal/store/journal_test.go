package store

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestJournal: the log begins anew again and again, without SQLite's own doing
// within a COMMIT, and nothing is lost.
func TestJournal(t *testing.T) {
	t.Parallel()
	on(t, []string{"sqlite"}, Options{}, func(t *testing.T, s *Store) {
		const limit, rows = 100, 1000
		s.journal.limit = limit
		for i := range rows {
			if err := s.write(t.Context(), "entry", foreground, entry(strings.Repeat("x", 3000)+string(rune('a'+i%26))+time.Now().String(), nil)); err != nil {
				t.Fatal(err)
			}
		}
		var name string
		var number int
		if _, err := s.reader.one(t.Context(), `SELECT seq, file FROM pragma_database_list WHERE name = 'main'`, nil, &number, &name); err != nil {
			t.Fatal(err)
		}
		log, err := os.Stat(name + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		if pages := log.Size() / 4096; pages > 10*limit {
			t.Errorf("the log of %s has grown to %d pages", filepath.Base(name), pages)
		}
		var count int
		if _, err := s.reader.one(t.Context(), `SELECT COUNT(*) FROM entries`, nil, &count); err != nil || count != rows {
			t.Errorf("%d rows, want %d; %v", count, rows, err)
		}
		if err := s.Scrub(t.Context()); err != nil {
			t.Error(err)
		}
		if log, err = os.Stat(name + "-wal"); err != nil || log.Size() > 0 {
			t.Errorf("scrubbed, the log is %d bytes; %v", log.Size(), err)
		}
	})
}

// TestScrubbingLetsOthersWrite scrubs while somebody reads for long, as a backup
// does: the traces stay, and it says so, but nobody who writes has to wait for it.
func TestScrubbingLetsOthersWrite(t *testing.T) {
	t.Parallel()
	on(t, []string{"sqlite"}, Options{}, func(t *testing.T, s *Store) {
		write := func() error { return s.write(t.Context(), "entry", foreground, entry(time.Now().String(), nil)) }
		if err := write(); err != nil {
			t.Fatal(err)
		}
		err := s.snapshot(t.Context(), func(tx *sql.Tx) error {
			var count int
			if err := tx.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM entries`).Scan(&count); err != nil {
				return err
			}
			if err := write(); err != nil {
				return err
			}
			scrubbing, end := context.WithCancel(t.Context())
			defer end()
			scrubbed := make(chan error, 1)
			go func() { scrubbed <- s.Scrub(scrubbing) }()
			for begin := time.Now(); time.Since(begin) < time.Second; {
				select {
				case err := <-scrubbed:
					t.Errorf("scrubbed beside a reader: %v", err)
					scrubbed <- err
				default:
				}
				single := time.Now()
				if err := write(); err != nil {
					return err
				}
				if took := time.Since(single); took > 3*time.Second {
					t.Errorf("a write took %s", took)
				}
			}
			end()
			<-scrubbed
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Scrub(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
