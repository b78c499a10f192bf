// Package store keeps everything naru must not lose: inquiries, the mails
// they cause (the outbox), every attempt to send one, and uploaded documents.
// One SQL text runs on SQLite and on PostgreSQL; what differs is in
// dialect.go.
//
// Concurrency. All methods are safe for concurrent use. Reads use a pool of
// connections. Writes are handed to writer goroutines (one on SQLite, several
// on PostgreSQL), which commit whatever is waiting as one transaction: the
// sync to disk, by far the dearest part, is shared, and nobody waits for
// company. Requests from the public and the workers' marks wait in two
// queues that are served in turn.
//
// Failure. A write either is committed and durable when its method returns
// nil, or has left no trace when it returns an error. The one exception: when
// the connection breaks during COMMIT nobody can know, and the error is
// KindUnavailable; every write may therefore be repeated. An operation that
// fails does not touch its neighbours in the group. Ending the context takes
// back a write that is still waiting; one that has begun runs to its end and
// its true result is returned. A database that is down, full or read-only
// gives KindUnavailable "store_unavailable", too long a queue KindUnavailable
// "overloaded", both with RetryAfter; what cannot be explained is
// KindInternal. Errors never hold stored values.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// Options configure a Store. URL and Logger are required.
type Options struct {
	// URL is "postgres://…", "sqlite:///path/file.db" or a bare file path. The
	// folder of a file is made when it is missing.
	URL    string
	Logger *slog.Logger
	// Keys seal what is personal; nil for a database that is not encrypted. A
	// store with keys must be unlocked, by Migrate or Unlock, before it is used.
	Keys Sealer
	// Clock is asked where a method is not given the time; nil is time.Now.
	Clock func() time.Time
	// GroupLimit is the most operations committed together; 0 is 256, 1 turns
	// group commit off.
	GroupLimit int
	// MaxWaiting is how many operations may wait in each of the two queues
	// before further requests are refused as overloaded; 0 is 4096.
	MaxWaiting int
	// Committed is told of each write transaction: its duration with the sync
	// to disk, and how many operations it held. It must not block. May be nil.
	Committed func(took time.Duration, operations int)
}

// Store is an open database.
type Store struct {
	dialect dialect
	clock   func() time.Time
	logger  *slog.Logger
	vault   *vault
	reader  *reader
	writer  *writer
	// writing is the pool that the writers hold their connections from.
	writing *sql.DB
	// journal is nil where the engine has none that is ours to look after.
	journal   *journal
	committed func(took time.Duration, operations int)
	// noEarlier is set when there are no keys of earlier schemas left.
	noEarlier atomic.Bool
}

// Open connects and starts the writers; it does not migrate. It fails with
// KindUnavailable when the database cannot be reached, and with another error
// when the options make no sense.
func Open(ctx context.Context, options Options) (*Store, error) {
	if options.Logger == nil {
		return nil, errors.New("store: Options.Logger is required")
	}
	if options.GroupLimit < 0 || options.MaxWaiting < 0 {
		return nil, fmt.Errorf("store: GroupLimit %d and MaxWaiting %d must not be negative", options.GroupLimit, options.MaxWaiting)
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.Committed == nil {
		options.Committed = func(time.Duration, int) {}
	}
	if options.GroupLimit == 0 {
		options.GroupLimit = 256
	}
	if options.MaxWaiting == 0 {
		options.MaxWaiting = 4096
	}
	d, err := openDialect(options.URL)
	if err != nil {
		return nil, err
	}
	s := &Store{dialect: d, clock: options.Clock, logger: options.Logger, vault: &vault{keys: options.Keys, bytes: d.textTakesBytes}, writing: d.openWriter(), committed: options.Committed}
	s.reader = &reader{db: d.openReader(), prepare: d.prepare}
	// The writing pool first: it is the one that may create the file and set
	// its journal mode.
	err = s.writing.PingContext(ctx)
	if err == nil {
		err = s.reader.db.PingContext(ctx)
	}
	if err != nil {
		return nil, errors.Join(s.translate("open", err), s.writing.Close(), s.reader.close())
	}
	if d.journalPages > 0 {
		s.journal = startJournal(d.openWriter(), d.journalPages, options.Logger)
	}
	s.writer = startWriter(s, options.GroupLimit, options.MaxWaiting)
	return s, nil
}

// Dialect is "sqlite" or "postgres".
func (s *Store) Dialect() string { return s.dialect.name }

// Waiting is the number of writes that wait for a writer now.
func (s *Store) Waiting() int { return len(s.writer.requests) + len(s.writer.marks) }

// Ping asks the database for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	_, err := s.reader.one(ctx, `SELECT 1`, nil, &one)
	return s.translate("ping", err)
}

// Close refuses new writes, finishes those that wait, and closes all
// connections. A second call does nothing.
func (s *Store) Close() error {
	if !s.writer.stop() {
		return nil
	}
	if err := errors.Join(s.journal.stop(), s.reader.close(), s.writing.Close()); err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}

// storable tells whether there can be a row with the text, which others have
// made, as its key: PostgreSQL takes no other, where SQLite just finds none.
func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// micros turns a time into the stored form; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros is the inverse of micros, in UTC.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
