package housekeeper_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"naru/internal/store"
	"naru/workers/housekeeper"
)

// memory is the lease of the store, without one: synctest's clock does not
// reach into a database.
type memory struct {
	mu     sync.Mutex // guards all below
	holder string
	until  time.Time
}

func (m *memory) AcquireLease(_ context.Context, _, holder string, now, until time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holder != "" && m.holder != holder && m.until.After(now) {
		return false, nil
	}
	m.holder, m.until = holder, until
	return true, nil
}

func (m *memory) ReleaseLease(_ context.Context, _, holder string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holder == holder {
		m.holder = ""
	}
	return nil
}

// start runs a housekeeper and returns how to stop it and its count of runs.
func start(t *testing.T, leases housekeeper.Leases, holder string, tick time.Duration) (stop func(), runs *atomic.Int64) {
	t.Helper()
	runs = new(atomic.Int64)
	h, err := housekeeper.New(housekeeper.Options{
		Logger: slog.New(slog.DiscardHandler), Leases: leases, Holder: holder, Tick: tick,
		Jobs: []housekeeper.Job{{Name: "count", Every: time.Minute, Run: func(context.Context, time.Time) (int, error) {
			runs.Add(1)
			return 1, nil
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := h.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	return func() { cancel(); running.Wait() }, runs
}

func TestOneWorksTheOtherWatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		leases := &memory{}
		stopFirst, first := start(t, leases, "first", 20*time.Second)
		synctest.Wait()
		stopSecond, second := start(t, leases, "second", 20*time.Second)
		time.Sleep(10*time.Minute + time.Second)
		if first.Load() != 11 || second.Load() != 0 {
			t.Errorf("first %d, second %d runs; want 11 and 0", first.Load(), second.Load())
		}
		stopFirst()
		time.Sleep(20 * time.Second)
		if first.Load() != 11 || second.Load() != 1 {
			t.Errorf("after the first stopped: %d and %d runs; want 11 and 1", first.Load(), second.Load())
		}
		stopSecond()
		// A holder that died keeps others waiting for its lease, not longer.
		if held, err := leases.AcquireLease(t.Context(), "", "dead", time.Now(), time.Now().Add(time.Minute)); !held || err != nil {
			t.Fatal(held, err)
		}
		stopThird, third := start(t, leases, "third", 20*time.Second)
		time.Sleep(59 * time.Second)
		if third.Load() != 0 {
			t.Error("the third did not wait")
		}
		time.Sleep(2 * time.Second)
		if third.Load() != 1 {
			t.Errorf("the third ran %d times; want once", third.Load())
		}
		stopThird()
	})
}

// TestLeaseOfTheStore runs two over a real store.
func TestLeaseOfTheStore(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Options{URL: filepath.Join(t.TempDir(), "naru.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	stopFirst, first := start(t, s, "first", 5*time.Millisecond)
	wait(t, first, 1)
	stopSecond, second := start(t, s, "second", 5*time.Millisecond)
	stopFirst()
	wait(t, second, 1)
	stopSecond()
	if first.Load() != 1 || second.Load() != 1 {
		t.Errorf("%d and %d runs, want one of each", first.Load(), second.Load())
	}
}

func wait(t *testing.T, n *atomic.Int64, want int64) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for n.Load() < want {
		select {
		case <-limit:
			t.Fatalf("%d runs, want %d", n.Load(), want)
		case <-time.After(time.Millisecond):
		}
	}
}

func TestFailureIsLoggedAndTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		runs := 0
		h, err := housekeeper.New(housekeeper.Options{
			Logger: slog.New(slog.NewTextHandler(&log, nil)), Leases: &memory{}, Holder: "h",
			Jobs: []housekeeper.Job{{Name: "broken", Run: func(context.Context, time.Time) (int, error) {
				runs++
				return 0, errors.New("no luck")
			}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute+time.Second)
		defer cancel()
		if err := h.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if runs != 2 || strings.Count(log.String(), "job=broken") != 2 {
			t.Errorf("%d runs, log:\n%s", runs, log.String())
		}
	})
	if _, err := housekeeper.New(housekeeper.Options{Logger: slog.New(slog.DiscardHandler), Leases: &memory{}, Holder: "h", Jobs: []housekeeper.Job{{}}}); err == nil {
		t.Error("a job without a name was taken")
	}
}
