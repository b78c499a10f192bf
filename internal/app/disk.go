package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"naru/internal/naru"
	"naru/internal/store"
	"naru/internal/telemetry"
)

// errDiskLow is why inquiries are refused.
var errDiskLow = errors.New("the disk of the data folder is nearly full")

// diskGuard watches the free space of a folder's disk. It is safe for
// concurrent use.
type diskGuard struct {
	dir string
	// reserve in bytes; 0 turns the guard off.
	reserve uint64
	free    func(dir string) (bytes uint64, err error)
}

// freeFor is how long an answer about free space holds: what is accepted in the
// meantime is little beside any reserve.
const freeFor = 50 * time.Millisecond

// recently asks free again when its last answer is older than freeFor; for one
// folder. It is safe for concurrent use.
func recently(free func(dir string) (uint64, error)) func(dir string) (uint64, error) {
	type answer struct {
		bytes uint64
		until time.Time
	}
	var last atomic.Pointer[answer]
	return func(dir string) (uint64, error) {
		if known := last.Load(); known != nil && time.Now().Before(known.until) {
			return known.bytes, nil
		}
		bytes, err := free(dir)
		if err == nil {
			last.Store(&answer{bytes, time.Now().Add(freeFor)})
		}
		return bytes, err
	}
}

// check is errDiskLow below the reserve.
func (g diskGuard) check(context.Context) error {
	if g.reserve == 0 {
		return nil
	}
	free, err := g.free(g.dir)
	if err != nil {
		return fmt.Errorf("look at the disk of the data folder: %w", err)
	}
	if free < g.reserve {
		return errDiskLow
	}
	return nil
}

// guardedStore takes no new inquiries while the disk is nearly full, so that
// there is room to bring what was taken to its end: marks of mails sent need the
// disk, too. Documents ask for room while they come in.
type guardedStore struct {
	*store.Store
	disk diskGuard
}

func (s guardedStore) room(ctx context.Context) error {
	// A disk that cannot be asked is no reason to refuse: the store finds out.
	if err := s.disk.check(ctx); errors.Is(err, errDiskLow) {
		return &naru.Error{Kind: naru.KindUnavailable, Code: "store_unavailable", RetryAfter: time.Minute, Cause: err}
	}
	return nil
}

func (s guardedStore) Accept(ctx context.Context, a naru.Acceptance) (naru.Inquiry, bool, error) {
	if err := s.room(ctx); err != nil {
		return naru.Inquiry{}, false, err
	}
	return s.Store.Accept(ctx, a)
}

func (s guardedStore) AddToInquiry(ctx context.Context, a naru.AdditionAcceptance) (naru.Addition, bool, error) {
	if err := s.room(ctx); err != nil {
		return naru.Addition{}, false, err
	}
	return s.Store.AddToInquiry(ctx, a)
}

// guarded is the store for what the public sends. The guard is for SQLite,
// which lives in the data folder; PostgreSQL has a disk of its own.
func (p *program) guarded() guardedStore {
	guard := diskGuard{dir: p.Config.DataDir, free: recently(freeSpace)}
	if !p.Config.Postgres() && canSeeFreeSpace {
		guard.reserve = uint64(p.Config.Disk.Reserve)
	}
	if guard.reserve > 0 {
		p.health.Register(telemetry.Check{Name: "disk", Required: true, Run: guard.check})
	}
	return guardedStore{p.store, guard}
}
