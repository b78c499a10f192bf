package store

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestBackupKnowsEveryTable fails when a migration adds a table that nobody
// decided about.
func TestBackupKnowsEveryTable(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{URL: filepath.Join(t.TempDir(), "naru.db"), Logger: slog.New(slog.DiscardHandler), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var tables []string
	err = s.reader.query(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`, nil, func(scan scanFunc) error {
		var name string
		err := scan(&name)
		tables = append(tables, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	known := slices.Concat(backupTables, fleetingTables)
	slices.Sort(known)
	slices.Sort(tables)
	if !slices.Equal(tables, known) {
		t.Errorf("tables are %v, a backup knows %v", tables, known)
	}
	// A table whose rows may be sealed must be resealed with new keys, unless
	// its rows are over before.
	var sealed []string
	for _, table := range tables {
		var one int
		found, err := s.reader.one(t.Context(), `SELECT 1 FROM pragma_table_info($1) WHERE name = 'key_id'`, []any{table}, &one)
		if err != nil {
			t.Fatal(err)
		}
		if found && !slices.Contains(fleetingTables, table) {
			sealed = append(sealed, table)
		}
	}
	for _, table := range sealedTables {
		sealed = slices.DeleteFunc(sealed, func(name string) bool { return name == table.name })
	}
	if len(sealed) > 0 {
		t.Errorf("nothing reseals %v", sealed)
	}
}
