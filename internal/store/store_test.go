package store_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"naru/internal/store"
	"naru/internal/store/pgtest"
	"naru/internal/store/storetest"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashVariable); path != "" {
		crash(path)
	}
	os.Exit(pgtest.Main(m))
}

// open opens a store that is closed when the test ends.
func open(t testing.TB, options store.Options) *store.Store {
	t.Helper()
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Clock == nil {
		options.Clock = storetest.Now
	}
	s, err := store.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) *store.Store {
		// A name that must be escaped in a URL.
		return open(t, store.Options{URL: filepath.Join(t.TempDir(), "new folder", "100% ?#naru.db")})
	})
}

// The suite is the same with keys and without.
func TestSQLiteEncrypted(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	storetest.Run(t, func(t *testing.T) *store.Store {
		return open(t, store.Options{URL: filepath.Join(t.TempDir(), "naru.db"), Keys: keys})
	})
}

func TestPostgresEncrypted(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	storetest.Run(t, func(t *testing.T) *store.Store {
		return open(t, store.Options{URL: pgtest.URL(t), Keys: keys})
	})
}
