package store

import (
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
