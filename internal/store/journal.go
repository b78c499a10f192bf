package store

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
	"sync/atomic"
)

// journal copies SQLite's write-ahead log back into the database file, so that it
// can begin anew and neither grows nor slows down reading. SQLite would do so
// within a COMMIT, while everybody waits for the thousands of pages; here most of
// it is done beside the writer, over a connection of its own, and only what came
// meanwhile is left for the writer, as the log begins anew only when nothing is
// left. Should it fail, SQLite itself does it when the log is four times as long.
//
// PostgreSQL has its own way; there is no journal then.
type journal struct {
	db     *sql.DB
	logger *slog.Logger
	// limit is the number of pages in the log from which they are copied.
	limit int
	wake  chan struct{}
	done  sync.WaitGroup
	// under way: somebody copies, and need not be told to. rest tells the writer
	// to copy what is left.
	underWay, rest atomic.Bool
	commits        int // since the last look; the writer's
}

const (
	// journalPages are 16 MB: the ends of tables and indexes, which every commit
	// changes, are copied once for many commits.
	journalPages = 4000
	// lookEvery is the number of commits after which the writer looks how long the
	// log is.
	lookEvery = 32
	// The rest is what is left after a round that copied no more than this, or
	// after some rounds: the writer may be faster.
	journalRest, journalRounds = 256, 4
)

// The answers are whether another one copies, the pages in the log, and those of
// them that are copied.
const (
	journalLook = `PRAGMA wal_checkpoint(NOOP)`
	journalCopy = `PRAGMA wal_checkpoint(PASSIVE)`
)

func startJournal(db *sql.DB, limit int, logger *slog.Logger) *journal {
	j := &journal{db: db, limit: limit, logger: logger, wake: make(chan struct{}, 1)}
	j.done.Go(func() {
		for range j.wake {
			j.copy(context.Background())
			j.underWay.Store(false)
		}
	})
	return j
}

// stop waits for what is under way. Nobody may commit any more.
func (j *journal) stop() error {
	if j == nil {
		return nil
	}
	close(j.wake)
	j.done.Wait()
	return j.db.Close()
}

// committed is called by the writer after each transaction. What fails here is
// no failure of the transaction.
func (j *journal) committed(ctx context.Context, s *session) {
	if j == nil {
		return
	}
	j.commits++
	switch {
	case j.rest.Load():
		j.rest.Store(false)
		j.ask(func(each func(scanFunc) error) error { return s.query(ctx, journalCopy, nil, each) })
	case j.commits >= lookEvery && !j.underWay.Load():
		j.commits = 0
		left, ok := j.ask(func(each func(scanFunc) error) error { return s.query(ctx, journalLook, nil, each) })
		if ok && left >= j.limit {
			j.underWay.Store(true)
			j.wake <- struct{}{}
		}
	}
}

// copy copies until little is left.
func (j *journal) copy(ctx context.Context) {
	for range journalRounds {
		before, ok := j.on(ctx, journalLook)
		if !ok {
			return
		}
		if _, ok = j.on(ctx, journalCopy); !ok {
			return
		}
		if before <= journalRest {
			break
		}
	}
	j.rest.Store(true)
}

func (j *journal) on(ctx context.Context, text string) (left int, ok bool) {
	return j.ask(func(each func(scanFunc) error) error {
		rows, err := j.db.QueryContext(ctx, text)
		if err != nil {
			return err
		}
		return drain(rows, each)
	})
}

// ask returns the number of pages that are not copied; ok is false when that is
// not known.
func (j *journal) ask(query func(each func(scanFunc) error) error) (left int, ok bool) {
	var busy, pages, copied int
	err := query(func(scan scanFunc) error { return scan(&busy, &pages, &copied) })
	if err != nil {
		j.logger.Debug("copying the database journal failed", slog.Any("error", err))
	}
	return pages - copied, err == nil
}
