package store

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"naru/internal/naru"
	"naru/internal/store/pgtest"
)

func onPostgres(t *testing.T, run func(t *testing.T, s *Store)) {
	t.Helper()
	on(t, []string{"postgres"}, Options{}, run)
}

// TestDeadlockIsRetried lets two writers lock two rows in opposite order.
func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, s *Store) {
		for _, id := range []string{"a", "b"} {
			if err := s.write(t.Context(), "prepare", foreground, entry(id, nil)); err != nil {
				t.Fatal(err)
			}
		}
		var bothHoldOne, done sync.WaitGroup
		bothHoldOne.Add(2)
		runs := make(chan struct{}, 100)
		for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
			var once sync.Once
			done.Go(func() {
				err := s.write(t.Context(), "lock", foreground, workFunc(func(t *transaction) error {
					runs <- struct{}{}
					for i, id := range order {
						if _, err := t.exec(`UPDATE entries SET parent = NULL WHERE id = $1`, id); err != nil {
							return err
						}
						if i == 0 {
							once.Do(bothHoldOne.Done)
							bothHoldOne.Wait()
						}
					}
					return nil
				}))
				if err != nil {
					t.Error(err)
				}
			})
			// The second must go to another writer: wait until the first holds
			// its row.
			<-runs
		}
		done.Wait()
		if len(runs) == 0 {
			t.Error("no operation ran twice: there was no deadlock to retry")
		}
	})
}

// TestReconnect cuts the writer's connection in the middle of a transaction.
func TestReconnect(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, s *Store) {
		cut := false
		err := s.write(t.Context(), "cut", foreground, workFunc(func(t *transaction) error {
			if err := entry("a", nil).do(t); err != nil || cut {
				return err
			}
			cut = true
			_, err := t.exec(`SELECT pg_terminate_backend(pg_backend_pid())`)
			return err
		}))
		if err != nil {
			t.Errorf("nothing was committed, so it could be done again: %v", err)
		}
		if got := entries(t, s); got != "a" {
			t.Errorf("entries %q", got)
		}
	})
}

// TestCutDuringCommit cuts the connection when nobody can know the result.
func TestCutDuringCommit(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, s *Store) {
		for _, statement := range []string{
			`CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'`,
			`CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON parents DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()`,
		} {
			if _, err := s.writing.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		runs := 0
		err := s.write(t.Context(), "cut", foreground, workFunc(func(t *transaction) error {
			runs++
			_, err := t.exec(`INSERT INTO parents (id) VALUES ('a')`)
			return err
		}))
		if !naru.IsKind(err, naru.KindUnavailable) || runs != 1 {
			t.Errorf("after %d runs: %v", runs, err)
		}
		if err := s.write(t.Context(), "next", foreground, entry("a", nil)); err != nil {
			t.Errorf("the next operation: %v", err)
		}
	})
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, s *Store) {
		err := s.write(t.Context(), "read-only", foreground, workFunc(func(t *transaction) error {
			if _, err := t.exec(`SET TRANSACTION READ ONLY`); err != nil {
				return err
			}
			return entry("a", nil).do(t)
		}))
		if !naru.IsKind(err, naru.KindUnavailable) {
			t.Errorf("a read-only server: %v", err)
		}
	})
}

// TestDurableCommits checks that a server with synchronous_commit off is
// overruled.
func TestDurableCommits(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	for set, want := range map[string]string{"off": "on", "remote_apply": "remote_apply"} {
		query := u.Query()
		query.Set("synchronous_commit", set)
		u.RawQuery = query.Encode()
		s, err := Open(t.Context(), Options{URL: u.String(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		var got string
		err = s.write(t.Context(), "show", foreground, workFunc(func(t *transaction) error {
			_, err := t.one(`SHOW synchronous_commit`, nil, &got)
			return err
		}))
		if err := errors.Join(err, s.Close()); err != nil || got != want {
			t.Errorf("set to %s it is %s, want %s; %v", set, got, want, err)
		}
	}
}

// TestPlansOfSmallTables checks that plans made for empty tables, which the
// server keeps while they grow, use the indexes.
func TestPlansOfSmallTables(t *testing.T) {
	t.Parallel()
	onPostgres(t, func(t *testing.T, s *Store) {
		type statement struct {
			text string
			args []any
		}
		var statements []statement
		for b, row := range map[*bulk][]any{
			markQueued:       {"d", int64(0), "e", int64(1)},
			claimDeliveries:  {"d", int64(0), "w", int64(1)},
			extendLeases:     {"d", "w", int64(1)},
			completeAttempts: {"d", int64(1), "w", int64(1), "delivered", ""},
			finishDeliveries: {"d", int64(1), "w", "delivered", "delivered", "", int64(0), int64(1)},
			replayDead:       {"d", int64(1), int64(2)},
			selectClaimed:    {"d"},
		} {
			lists, err := b.lists(row)
			if err != nil {
				t.Fatal(err)
			}
			plan := ""
			err = s.write(t.Context(), "explain", foreground, workFunc(func(t *transaction) error {
				plan, err = explainPrepared(t.query, b.arrays, len(lists))
				return err
			}))
			if err != nil || !strings.Contains(plan, "$1") || !strings.Contains(plan, "_pkey") || strings.Contains(plan, "Seq Scan on ") || strings.Contains(plan, "Hash") || strings.Contains(plan, "Merge") {
				t.Errorf("%s\n%s%v", b.arrays, plan, err)
			}
			for _, partial := range []string{"deliveries_due", "deliveries_queued", "deliveries_leased", "inquiries_kept"} {
				if strings.Contains(plan, partial) {
					t.Errorf("%s reads the whole of %s\n%s", b.arrays, partial, plan)
				}
			}
		}
		statements = append(statements,
			statement{selectDue, []any{1, 9}}, statement{selectTally, nil}, statement{selectOldest, nil},
			statement{selectInquiry, []any{"i"}}, statement{selectReference, []any{"r"}},
		)
		for _, st := range statements {
			query := func(text string, args []any, each func(scanFunc) error) error {
				return s.reader.query(t.Context(), text, args, each)
			}
			plan, err := explain(query, st.text, st.args)
			if err != nil || strings.Contains(plan, "Seq Scan on deliveries") || strings.Contains(plan, "Seq Scan on attempts") ||
				strings.Contains(plan, "Seq Scan on inquiries") {
				t.Errorf("%s\n%s%v", st.text, plan, err)
			}
		}
	})
}

// explain returns the plan of a statement, which query runs.
func explain(query func(text string, args []any, each func(scanFunc) error) error, text string, args []any) (plan string, err error) {
	err = query("EXPLAIN "+text, args, func(scan scanFunc) error {
		var line string
		err := scan(&line)
		plan += line + "\n"
		return err
	})
	return plan, err
}

// explainPrepared returns the plan that a session keeps for a statement with so
// many parameters, whatever they are.
func explainPrepared(query func(text string, args []any, each func(scanFunc) error) error, text string, parameters int) (plan string, err error) {
	nothing := func(scanFunc) error { return nil }
	if err := query("PREPARE explained AS "+text, nil, nothing); err != nil {
		return "", err
	}
	plan, err = explain(query, "(VERBOSE) EXECUTE explained ("+strings.TrimSuffix(strings.Repeat("NULL, ", parameters), ", ")+")", nil)
	return plan, errors.Join(err, query("DEALLOCATE explained", nil, nothing))
}

// TestClosedConnectionIsUnavailable uses a connection that broke while nobody
// looked: that is the database's trouble and not ours.
func TestClosedConnectionIsUnavailable(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), "SELECT 1")
	if class := classifyPostgres(err); class != classConnection {
		t.Errorf("%v is classified as %d", err, class)
	}
}
