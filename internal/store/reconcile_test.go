package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/pressly/goose/v3"

	"naru/internal/naru"
	"naru/internal/store"
	"naru/internal/store/pgtest"
)

// onBoth runs a test on each engine; db is a second way into the database.
func onBoth(t *testing.T, run func(t *testing.T, s *store.Store, db *sql.DB)) {
	t.Helper()
	onEmpty(t, func(t *testing.T, d database) {
		s := open(t, store.Options{URL: d.url, Clock: time.Now})
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open(d.driver, d.url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		run(t, s, db)
	})
}

// database is one without tables.
type database struct {
	driver, url string
	dialect     goose.Dialect
}

// onEmpty runs a test with an empty database of each engine.
func onEmpty(t *testing.T, run func(t *testing.T, d database)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		run(t, emptySQLite(t))
	})
	t.Run("pgx", func(t *testing.T) {
		t.Parallel()
		run(t, database{"pgx", pgtest.URL(t), goose.DialectPostgres})
	})
}

func emptySQLite(t *testing.T) database {
	return database{"sqlite", filepath.Join(t.TempDir(), "naru.db"), goose.DialectSQLite3}
}

// TestReconcileFinds checks that nothing that could be lost stays unseen.
func TestReconcileFinds(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, db *sql.DB) {
		const inquiries = 1200 // more than one batch
		var group sync.WaitGroup
		for worker := range 8 {
			group.Go(func() {
				for n := worker; n < inquiries; n += 8 {
					if _, _, err := s.Accept(t.Context(), inquiry("i", n)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		d, err := s.ClaimDelivery(t.Context(), naru.Claim{Dispatch: naru.Dispatch{DeliveryID: "i-000007-a"}, Worker: "w", Now: time.Now(), LeaseUntil: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		err = s.FinishAttempt(t.Context(), naru.AttemptResult{
			DeliveryID: d.ID, Number: 1, Worker: "w", StartedAt: d.StartedAt, EndedAt: time.Now(), Outcome: naru.OutcomePermanent, State: naru.StateDead,
			Notice: &naru.Delivery{ID: "notice", MessageID: "notice"},
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Reconcile(t.Context())
		if err != nil || !r.Balanced() || r.Expected != 2*inquiries+1 || r.Inquiries[naru.KindPatient] != inquiries {
			t.Fatalf("before: %+v; %v", r, err)
		}
		yearAgo := time.Now().AddDate(-1, 0, 0).UnixMicro()
		for name, c := range map[string]struct {
			spoil   string
			missing string
			stuck   string
			drift   string
		}{
			"lost team mail":       {spoil: `DELETE FROM deliveries WHERE id = 'i-000003-t'`, missing: "i-000003"},
			"lost acknowledgement": {spoil: `DELETE FROM deliveries WHERE id = 'i-001100-a'`, missing: "i-001100"},
			"lost notice":          {spoil: `DELETE FROM deliveries WHERE id = 'notice'`, missing: "i-000007"},
			"lost dead letter":     {spoil: `DELETE FROM deliveries WHERE id = 'i-000007-a'`, missing: "i-000007", drift: "dead"},
			"team mail turned":     {spoil: `UPDATE deliveries SET kind = 'acknowledgement' WHERE id = 'i-000003-t'`, missing: "i-000003"},
			"waiting too long":     {spoil: fmt.Sprintf(`UPDATE deliveries SET give_up_us = %d WHERE id = 'i-000004-a'`, yearAgo), stuck: "i-000004-a"},
			"unknown state":        {spoil: `UPDATE deliveries SET state = 'lost' WHERE id = 'i-000004-a'`, stuck: "i-000004-a"},
			"sending by nobody":    {spoil: `UPDATE deliveries SET state = 'sending' WHERE id = 'i-000004-a'`, stuck: "i-000004-a"},
			"queued nowhere":       {spoil: `UPDATE deliveries SET state = 'queued' WHERE id = 'i-000004-a'`, stuck: "i-000004-a"},
			"delivered by none":    {spoil: `UPDATE deliveries SET state = 'delivered', finished_us = 1 WHERE id = 'i-000004-a'`, stuck: "i-000004-a", drift: "delivered"},
			"counter":              {spoil: `UPDATE counters SET value = value + 1 WHERE name = 'dead'`, drift: "dead"},
		} {
			restore := snapshot(t, db)
			if _, err := db.Exec(c.spoil); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			r, err := s.Reconcile(t.Context())
			if err != nil || r.Balanced() {
				t.Errorf("%s: balanced: %+v; %v", name, r, err)
			}
			if c.missing != "" && !slices.Equal(r.Missing, []string{c.missing}) {
				t.Errorf("%s: missing %v, want %s", name, r.Missing, c.missing)
			}
			if c.stuck != "" && !slices.Equal(r.Stuck, []string{c.stuck}) {
				t.Errorf("%s: stuck %v, want %s", name, r.Stuck, c.stuck)
			}
			if c.drift != "" && r.Drift[c.drift] == 0 || c.drift == "" && len(r.Drift) > 0 {
				t.Errorf("%s: drift %v, want of %q", name, r.Drift, c.drift)
			}
			restore()
		}
		if r, err = s.Reconcile(t.Context()); err != nil || !r.Balanced() {
			t.Fatalf("restored: %+v; %v", r, err)
		}
		// A whole inquiry that is gone shows in the counter alone.
		for _, statement := range []string{
			`DELETE FROM deliveries WHERE inquiry_id = 'i-000005'`, `DELETE FROM inquiries WHERE id = 'i-000005'`,
		} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		if r, err = s.Reconcile(t.Context()); err != nil || r.Balanced() || r.Drift["accepted_patient"] != 1 {
			t.Errorf("lost inquiry: %+v; %v", r, err)
		}
		// The lists are bounded.
		if _, err := db.Exec(`DELETE FROM deliveries WHERE state = 'pending' AND kind = 'team'`); err != nil {
			t.Fatal(err)
		}
		if r, err = s.Reconcile(t.Context()); err != nil || len(r.Missing) != 100 {
			t.Errorf("%d missing are listed; %v", len(r.Missing), err)
		}
	})
}

// snapshot copies the tables that are spoiled and returns what puts them
// back.
func snapshot(t *testing.T, db *sql.DB) (restore func()) {
	t.Helper()
	run := func(statements ...string) {
		for _, statement := range statements {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	run(`CREATE TABLE deliveries_copy AS SELECT * FROM deliveries`, `CREATE TABLE attempts_copy AS SELECT * FROM attempts`,
		`CREATE TABLE counters_copy AS SELECT * FROM counters`)
	return func() {
		run(`DELETE FROM deliveries`, `DELETE FROM attempts`, `DELETE FROM counters`,
			`INSERT INTO deliveries SELECT * FROM deliveries_copy`, `INSERT INTO attempts SELECT * FROM attempts_copy`,
			`INSERT INTO counters SELECT * FROM counters_copy`,
			`DROP TABLE deliveries_copy`, `DROP TABLE attempts_copy`, `DROP TABLE counters_copy`)
	}
}

// TestConcurrentMigrations starts three programs at once on an empty
// database.
func TestConcurrentMigrations(t *testing.T) {
	t.Parallel()
	for _, url := range []string{filepath.Join(t.TempDir(), "naru.db"), pgtest.URL(t)} {
		var group sync.WaitGroup
		var mutex sync.Mutex
		total := 0
		for range 3 {
			s := open(t, store.Options{URL: url})
			group.Go(func() {
				n, err := s.Migrate(t.Context())
				mutex.Lock()
				defer mutex.Unlock()
				total += n
				if err != nil {
					t.Errorf("%s: %v", s.Dialect(), err)
				}
			})
		}
		group.Wait()
		version, err := open(t, store.Options{URL: url}).SchemaVersion(t.Context())
		if err != nil || int64(total) != version {
			t.Errorf("%d migrations were applied, the version is %d; %v", total, version, err)
		}
	}
}

// TestNoAddressOutsideBody checks that an address stands in one column only.
func TestNoAddressOutsideBody(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, db *sql.DB) {
		if _, _, err := s.Accept(t.Context(), inquiry("i", 1)); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"inquiries", "deliveries", "counters"} {
			rows, err := db.Query(`SELECT * FROM ` + table)
			if err != nil {
				t.Fatal(err)
			}
			columns, err := rows.Columns()
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				values := make([]any, len(columns))
				for i := range values {
					values[i] = new(any)
				}
				if err := rows.Scan(values...); err != nil {
					t.Fatal(err)
				}
				for i, column := range columns {
					text := fmt.Sprint(*values[i].(*any))
					for _, personal := range []string{"anna@mail", "Анна", "химиотерапия", "+7701"} {
						if (column == "body") != strings.Contains(text, personal) {
							t.Errorf("%s.%s: %s", table, column, text)
						}
					}
				}
			}
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	logger := slog.New(slog.DiscardHandler)
	for url, unavailable := range map[string]bool{
		"":                              false,
		"file::memory:":                 false,
		"mysql://localhost/naru":        false,
		"postgres://%zz":                false,
		"/dev/null/naru.db":             false,
		"postgres://naru@127.0.0.1:1/x": true, // nobody listens
		"postgres://naru@/x?host=" + filepath.Join(t.TempDir(), "nowhere"): true,
	} {
		s, err := store.Open(context.Background(), store.Options{URL: url, Logger: logger})
		if err == nil || naru.IsKind(err, naru.KindUnavailable) != unavailable {
			t.Errorf("%q: %v", url, err)
		}
		if s != nil {
			t.Errorf("%q: a store beside the error", url)
		}
	}
	path := filepath.Join(t.TempDir(), "naru.db")
	for _, options := range []store.Options{{URL: path}, {URL: path, Logger: logger, GroupLimit: -1}, {URL: path, Logger: logger, MaxWaiting: -1}} {
		if _, err := store.Open(context.Background(), options); err == nil {
			t.Errorf("%+v was accepted", options)
		}
	}
}
