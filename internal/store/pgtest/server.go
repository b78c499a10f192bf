package pgtest

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server that belongs to one test, which may stop and
// start it.
type Server struct{ server *server }

// StartServer starts one that ends with the test. Without PostgreSQL the test
// is skipped, or fails where CI=true.
func StartServer(t testing.TB) *Server {
	t.Helper()
	s, err := start()
	if errors.Is(err, errNoBinaries) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return &Server{s}
}

// URL returns the URL of a new, empty database. The server must be running
// when the test ends, for the database is dropped then.
func (s *Server) URL(t testing.TB) string {
	t.Helper()
	return s.server.newDatabase(t)
}

// Execute runs a statement as the superuser in the database postgres.
func (s *Server) Execute(t testing.TB, statement string) {
	t.Helper()
	if err := s.server.execute(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// Durable makes the server that url is of sync to the disk, as it would outside
// tests, from now on.
func Durable(t testing.TB, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	fsync := "off"
	for _, statement := range []string{`ALTER SYSTEM SET fsync = on`, `ALTER SYSTEM SET full_page_writes = on`, `SELECT pg_reload_conf()`} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	// The server reads its settings again when it comes to it.
	for fsync != "on" {
		if err := conn.QueryRow(t.Context(), `SELECT setting FROM pg_settings, pg_sleep(0.01) WHERE name = 'fsync'`).Scan(&fsync); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Stop ends the server in an orderly way: transactions are rolled back and
// sessions told.
func (s *Server) Stop(t testing.TB) { t.Helper(); s.end(t, "stop") }

// Crash ends the server at once; it recovers from its log when it is started
// again.
func (s *Server) Crash(t testing.TB) { t.Helper(); s.end(t, "crash") }

// end returns when the server has ended, which removes its lock file.
func (s *Server) end(t testing.TB, wish string) {
	t.Helper()
	if _, err := io.WriteString(s.server.pipe, wish+"\n"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(filepath.Join(s.server.folder, "data", "postmaster.pid")); errors.Is(err, os.ErrNotExist) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("pgtest: server does not %s:\n%s", wish, s.server.output.String())
		}
	}
}

// Start starts the server again after Stop or Crash, and returns when it takes
// connections.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if _, err := io.WriteString(s.server.pipe, "start\n"); err != nil {
		t.Fatal(err)
	}
	if err := s.server.awaitReady(); err != nil {
		t.Fatal(err)
	}
}

// Address splits the URL of a database into where its server listens, as
// net.Dial takes it, and the name of the database: for tests that put
// something between.
func Address(t testing.TB, rawURL string) (network, address, database string) {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return "unix", filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432"), strings.TrimPrefix(u.Path, "/")
}
