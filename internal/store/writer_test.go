package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/internal/naru"
	"naru/internal/store/pgtest"
)

func onBoth(t *testing.T, options Options, run func(t *testing.T, s *Store)) {
	t.Helper()
	on(t, []string{"sqlite", "postgres"}, options, run)
}

// on runs a test with an open, migrated store on each of the engines.
func on(t *testing.T, engines []string, options Options, run func(t *testing.T, s *Store)) {
	t.Helper()
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			options := options
			options.Logger = slog.New(slog.DiscardHandler)
			if options.URL = filepath.Join(t.TempDir(), "naru.db"); engine == "postgres" {
				options.URL = pgtest.URL(t)
			}
			s, err := Open(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			if _, err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, statement := range []string{
				`CREATE TABLE parents (id TEXT PRIMARY KEY)`,
				`CREATE TABLE entries (id TEXT PRIMARY KEY, parent TEXT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)`,
			} {
				if _, err := s.writing.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			run(t, s)
		})
	}
}

// entry is work that inserts a row and then returns an error, nil or not.
func entry(id string, err error) work {
	return workFunc(func(t *transaction) error {
		if _, err := t.exec(`INSERT INTO entries (id) VALUES ($1)`, id); err != nil {
			return err
		}
		t.count("entries", 1)
		return err
	})
}

func entries(t *testing.T, s *Store) string {
	t.Helper()
	var ids []string
	err := s.reader.query(t.Context(), `SELECT id FROM entries ORDER BY id`, nil, func(scan scanFunc) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(ids, " ")
}

// group commits the works as one group and returns their results. On SQLite
// the pool has but one connection, which the writer keeps once it has
// written: a test uses either the writer or this.
func group(s *Store, works ...work) []error {
	g := &groupCommitter{store: s}
	defer g.disconnect()
	var operations []*operation
	for i, w := range works {
		operations = append(operations, &operation{name: fmt.Sprint("work ", i), work: w, done: make(chan error, 1)})
	}
	g.commit(operations)
	var results []error
	for _, op := range operations {
		results = append(results, <-op.done)
	}
	return results
}

type refusedWork struct{}

func (refusedWork) do(*transaction) error { return nil }
func (refusedWork) refusal() error        { return naru.NewError(naru.KindConflict, "refused", nil) }

func TestGroupIsolation(t *testing.T) {
	t.Parallel()
	onBoth(t, Options{}, func(t *testing.T, s *Store) {
		sentinel := errors.New("sentinel")
		overlooked := workFunc(func(t *transaction) error {
			t.exec(`INSERT INTO entries (id) VALUES ('a')`) // exists; the error is not looked at
			return nil
		})
		results := group(s,
			entry("a", nil),
			entry("undone", sentinel),
			entry("a", nil),
			refusedWork{},
			workFunc(func(t *transaction) error {
				if err := entry("panicked", nil).do(t); err != nil {
					return err
				}
				panic("a bug")
			}),
			overlooked,
			workFunc(func(t *transaction) error { _, err := t.exec(`no SQL`); return err }),
			entry("b", nil),
		)
		for i, wanted := range []func(error) bool{
			func(err error) bool { return err == nil },
			func(err error) bool { return errors.Is(err, sentinel) },
			func(err error) bool { return s.dialect.classify(err) == classUnique },
			func(err error) bool { return naru.IsKind(err, naru.KindConflict) },
			func(err error) bool { return err != nil && strings.Contains(err.Error(), "panic") },
			func(err error) bool { return s.dialect.classify(err) == classUnique },
			func(err error) bool { return naru.IsKind(err, naru.KindInternal) },
			func(err error) bool { return err == nil },
		} {
			if !wanted(results[i]) {
				t.Errorf("operation %d: %v", i, results[i])
			}
		}
		if got := entries(t, s); got != "a b" {
			t.Errorf("entries %q, want those that succeeded", got)
		}
		var count int64
		if _, err := s.reader.one(t.Context(), `SELECT value FROM counters WHERE name = 'entries'`, nil, &count); err != nil || count != 2 {
			t.Errorf("counter is %d, want 2; %v", count, err)
		}
	})
}

// TestCommitFails checks that nobody is told of success when COMMIT fails,
// and that all are told they cannot know.
func TestCommitFails(t *testing.T) {
	t.Parallel()
	onBoth(t, Options{}, func(t *testing.T, s *Store) {
		orphan := workFunc(func(t *transaction) error {
			_, err := t.exec(`INSERT INTO entries (id, parent) VALUES ('orphan', 'none')`) // found out at COMMIT
			return err
		})
		for i, err := range group(s, entry("a", nil), orphan, entry("b", nil)) {
			if !naru.IsKind(err, naru.KindUnavailable) || naru.AsError(err).RetryAfter <= 0 {
				t.Errorf("operation %d: %v", i, err)
			}
		}
		if got := entries(t, s); got != "" {
			t.Errorf("entries %q, want none", got)
		}
		// The connection is fit for the next group.
		if err := group(s, entry("a", nil))[0]; err != nil {
			t.Error(err)
		}
	})
}

// TestCallerLeaves checks both sides of the moment at which an operation
// begins: before it the caller may take it back, after it the caller learns
// the truth.
func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	onBoth(t, Options{}, func(t *testing.T, s *Store) {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.write(ctx, "begun", foreground, workFunc(func(t *transaction) error {
			cancel()
			return entry("begun", nil).do(t)
		}))
		if err != nil {
			t.Errorf("an operation that had begun: %v", err)
		}

		release := plug(t, s)
		waiting, leave := context.WithCancel(t.Context())
		timed, timeout := context.WithTimeout(t.Context(), time.Millisecond)
		defer timeout()
		errs := make(chan error, 2)
		go func() { errs <- s.write(waiting, "left", foreground, entry("left", nil)) }()
		awaitWaiting(t, s, 1)
		leave()
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("an operation taken back: %v", err)
		}
		if err := s.write(timed, "timed out", foreground, entry("timed out", nil)); !naru.IsKind(err, naru.KindUnavailable) {
			t.Errorf("an operation out of time: %v", err)
		}
		release()
		// The queue is served in order: what was taken back would be done by now.
		if err := s.write(t.Context(), "last", foreground, entry("last", nil)); err != nil {
			t.Error(err)
		}
		if got := entries(t, s); got != "begun last" {
			t.Errorf("entries %q, want those not taken back", got)
		}
	})
}

// plug occupies all writers until released.
func plug(t *testing.T, s *Store) (release func()) {
	t.Helper()
	gate := make(chan struct{})
	var started, finished sync.WaitGroup
	for range s.dialect.writers {
		started.Add(1)
		var once sync.Once
		finished.Go(func() {
			err := s.write(context.WithoutCancel(t.Context()), "plug", background, workFunc(func(*transaction) error {
				once.Do(started.Done)
				<-gate
				return nil
			}))
			if err != nil {
				t.Error(err)
			}
		})
		started.Wait() // one after the other, or one writer would take several
	}
	return func() { close(gate); finished.Wait() }
}

// awaitWaiting waits until n requests are in the queue.
func awaitWaiting(t *testing.T, s *Store, n int) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); len(s.writer.requests) != n; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%d requests wait, want %d", len(s.writer.requests), n)
		}
	}
}

func TestOverload(t *testing.T) {
	t.Parallel()
	onBoth(t, Options{MaxWaiting: 2}, func(t *testing.T, s *Store) {
		release := plug(t, s)
		var waiting sync.WaitGroup
		for n := range 2 {
			waiting.Go(func() {
				if err := s.write(t.Context(), "request", foreground, entry(fmt.Sprint("request", n), nil)); err != nil {
					t.Error(err)
				}
			})
		}
		awaitWaiting(t, s, 2)
		err := s.write(t.Context(), "request", foreground, entry("refused", nil))
		if e := naru.AsError(err); e == nil || e.Kind != naru.KindUnavailable || e.Code != "overloaded" || e.RetryAfter <= 0 {
			t.Errorf("a request too many: %v", err)
		}
		// Marks are never refused: they wait for a place.
		for n := range 5 {
			waiting.Go(func() {
				if err := s.write(t.Context(), "mark", background, entry(fmt.Sprint("mark", n), nil)); err != nil {
					t.Error(err)
				}
			})
		}
		release()
		waiting.Wait()
		if got := entries(t, s); got != "mark0 mark1 mark2 mark3 mark4 request0 request1" {
			t.Errorf("entries %q", got)
		}
	})
}

// TestCollect checks how a group is made up: whatever waits, marks first, but
// no more than half of it when requests wait too, and not too many bytes.
func TestCollect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		marks, requests, weight int
		wantMarks, wantRequests int
	}{
		{0, 3, 0, 0, 3},
		{3, 0, 0, 3, 0},
		{3, 3, 0, 3, 3},
		{20, 20, 0, 4, 4},
		{20, 1, 0, 7, 1},
		{2, 20, 0, 2, 6},
		{0, 20, maxGroupBytes/2 + 1, 0, 2},
	} {
		w := &writer{limit: 8, marks: make(chan *operation, 20), requests: make(chan *operation, 20), stopping: make(chan struct{})}
		for range c.marks {
			w.marks <- &operation{name: "mark", weight: c.weight}
		}
		for range c.requests {
			w.requests <- &operation{name: "request", weight: c.weight}
		}
		marks, requests := 0, 0
		for _, op := range w.collect(nil) {
			if op.name == "mark" {
				marks++
			} else {
				requests++
			}
		}
		if marks != c.wantMarks || requests != c.wantRequests {
			t.Errorf("of %d marks and %d requests a group took %d and %d, want %d and %d",
				c.marks, c.requests, marks, requests, c.wantMarks, c.wantRequests)
		}
	}
}

// TestFull checks that a full disk is told as such, harms nothing, and is
// over when there is room again.
func TestFull(t *testing.T) {
	t.Parallel()
	// Only SQLite can be told to be full.
	on(t, []string{"sqlite"}, Options{}, func(t *testing.T, s *Store) {
		pages := func(n int) work {
			return workFunc(func(t *transaction) error {
				var now int
				_, err := t.one(fmt.Sprintf(`PRAGMA max_page_count = %d`, n), nil, &now)
				return err
			})
		}
		big := entry(strings.Repeat("x", 1<<20), nil)
		results := group(s, pages(1), entry("a", nil), big, entry("b", nil)) // 1 means the present size
		for i, err := range results {
			if !naru.IsKind(err, naru.KindUnavailable) || naru.AsError(err).Code != "store_unavailable" {
				t.Errorf("operation %d: %v", i, err)
			}
		}
		if got := entries(t, s); got != "" {
			t.Errorf("entries %q, want none", got)
		}
		if err := errors.Join(group(s, pages(1<<30), entry("a", nil), entry("b", nil))...); err != nil {
			t.Error(err)
		}
	})
}

func TestBulkSizes(t *testing.T) {
	t.Parallel()
	b := newBulk("INSERT ", "TEXT, 'a', BIGINT", " END")
	if got, want := b.numbered[len(bulkSizes)-1], "INSERT VALUES ($1, 'a', $2) END"; got != want {
		t.Errorf("one row: %q, want %q", got, want)
	}
	if got, want := b.unnumbered[len(bulkSizes)-3], "INSERT VALUES (?, 'a', ?), (?, 'a', ?), (?, 'a', ?), (?, 'a', ?) END"; got != want {
		t.Errorf("four rows: %q, want %q", got, want)
	}
	if got, want := b.numbered[len(bulkSizes)-3], "INSERT VALUES ($1, 'a', $2), ($3, 'a', $4), ($5, 'a', $6), ($7, 'a', $8) END"; got != want {
		t.Errorf("four rows: %q, want %q", got, want)
	}
	if got, want := b.arrays, "INSERT SELECT column1, 'a', column2 FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS BIGINT[])) AS list (column1, column2) END"; got != want {
		t.Errorf("arrays: %q, want %q", got, want)
	}
	if lists, err := b.lists([]any{"x", int64(1), "y", int64(2)}); err != nil || !reflect.DeepEqual(lists, []any{roomyTexts{[]string{"x", "y"}, 2 + 4*elementRoom + 2*arrayRoom}, []int64{1, 2}}) {
		t.Errorf("lists: %v, %v", lists, err)
	}
	if _, err := b.lists([]any{"x", true}); err == nil {
		t.Error("a list of truth values")
	}
	u := newBulk("UPDATE t SET a = v.column3 FROM (", "TEXT, BIGINT, TEXT", ") AS v WHERE t.id = v.column1 AND t.n = v.column2 RETURNING id")
	if want := "UPDATE t SET a = ?  WHERE t.id = ? AND t.n = ? "; u.row != want || u.returning != want+"RETURNING id" || !reflect.DeepEqual(u.order, []int{2, 0, 1}) {
		t.Errorf("update of one row: %q, %q, %v", u.row, u.returning, u.order)
	}
	for rows := range 200 {
		d := &dialect{bulkRows: bulkSizes[rows%2], numbered: true}
		args := make([]any, 2*rows)
		for i := range args {
			args[i] = i
		}
		next := 0
		err := b.each(d, args, func(text string, args []any) error {
			if last := fmt.Sprintf("$%d)", len(args)); !strings.Contains(text, last) || strings.Contains(text, fmt.Sprintf("$%d)", len(args)+1)) {
				t.Errorf("%d arguments for %s", len(args), text)
			}
			for _, a := range args {
				if a != next {
					t.Errorf("got argument %v, want %d", a, next)
				}
				next++
			}
			return nil
		})
		if err != nil || next != len(args) {
			t.Errorf("%d rows: %d of %d arguments used; %v", rows, next, len(args), err)
		}
	}
}

// TestTurn: a small group has the other writers wait for it, but not for ever, and
// a large one does not.
func TestTurn(t *testing.T) {
	t.Parallel()
	w := &writer{turn: make(chan struct{}, 1)}
	w.turn <- struct{}{}
	end := w.keepTurn(make([]*operation, enough))
	if len(w.turn) > 0 {
		t.Error("a large group keeps the turn")
	}
	end()
	w.turn <- struct{}{}
	end = w.keepTurn(make([]*operation, 1))
	w.turn <- struct{}{} // when patience has ended
	end()
	if len(w.turn) == 0 {
		t.Error("the turn of another was ended")
	}
	end = w.keepTurn(make([]*operation, enough-1))
	end()
	select {
	case w.turn <- struct{}{}:
	case <-time.After(time.Minute):
		t.Error("the turn of a group that is committed goes on")
	}
}
