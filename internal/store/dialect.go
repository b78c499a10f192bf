package store

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is everything in which the two engines differ. All other files
// hold for both.
type dialect struct {
	name  string
	goose goose.Dialect
	// locker keeps two processes from migrating at once; nil where the
	// engine's own write lock has to do.
	locker func() (lock.SessionLocker, error)
	// writers is the number of writer goroutines and their connections.
	writers int
	// begin starts a writing transaction.
	begin string
	// prepare tells that a statement must be prepared by us to be parsed only
	// once; pgx keeps prepared statements by itself.
	prepare bool
	// bulkRows is the most rows in one statement. They save round trips to a
	// server; in SQLite, a journal for undoing part of a long statement costs
	// more than they save.
	bulkRows int
	// rowByRow tells to insert and update rows one by one, which is what SQLite does
	// best: a statement about one row needs no journal for undoing a part of it, no
	// table for the list, and no look for rows that refer to the new one.
	rowByRow bool
	// numbered tells to number the placeholders of long statements. SQLite takes
	// numbers for names, and looks through all of them for each.
	numbered bool
	// arrays tells to hand over rows of known types as one array for each column:
	// one round trip and one plan for any number of rows.
	arrays bool
	// pipeline sends statements together over a connection of the driver, with a
	// single wait for their answers, of which the last one's is read with each
	// unless that is nil. It ends with the first that fails. Nil where a statement
	// is no round trip.
	pipeline func(ctx context.Context, conn any, all []statement, each func(scan scanFunc) error) (affected int64, err error)
	// textTakesBytes tells that a TEXT column keeps bytes as they are.
	textTakesBytes bool
	// groupTimeout ends a group whose server no longer answers. Zero for none:
	// SQLite never waits for a peer, and modernc.org/sqlite starts a goroutine
	// per statement for every context that can end.
	groupTimeout time.Duration
	// journalPages is the length of the journal from which it is copied back; 0
	// where the engine sees to that.
	journalPages int
	// snapshot are the options of a transaction that sees one state of all
	// tables.
	snapshot sql.TxOptions

	// check asks the engine whether its file is sound and answers "ok"; empty
	// where that is no business of ours.
	check string
	// scrub rewrites what still holds earlier versions of rows; empty where
	// the engine does so by itself.
	scrub string

	openWriter, openReader func() *sql.DB
	classify               func(error) errorClass
}

// errorClass is what a driver's error means to the callers.
type errorClass int

const (
	// classOther: our fault or unexpected.
	classOther errorClass = iota
	// classUnique: a row with the same key exists.
	classUnique
	// classRetry: the transaction lost against another; running it again is
	// right and may succeed.
	classRetry
	// classUnavailable: the database cannot write now: full, read-only,
	// locked, broken.
	classUnavailable
	// classConnection: the connection is gone or cannot be made.
	classConnection
)

// openDialect tells the engine from the URL: "postgres://…" and
// "postgresql://…" for PostgreSQL; "sqlite:///abs/file.db", "sqlite:rel.db"
// or a bare path for SQLite.
func openDialect(rawURL string) (dialect, error) {
	scheme, rest, found := strings.Cut(rawURL, ":")
	switch {
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return postgresDialect(rawURL)
	case found && scheme == "sqlite":
		return sqliteDialect(strings.TrimPrefix(rest, "//"))
	case found && strings.HasPrefix(rest, "//"):
		return dialect{}, fmt.Errorf("store: database URL scheme %q is neither postgres nor sqlite", scheme)
	default:
		return sqliteDialect(rawURL)
	}
}

// sqliteDialect makes the folder and the file, readable by their owner alone:
// SQLite would give the file the mode of the umask.
func sqliteDialect(path string) (dialect, error) {
	if path == "" || strings.Contains(path, ":memory:") {
		return dialect{}, errors.New("store: SQLite needs the path of a file")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return dialect{}, fmt.Errorf("store: make database folder: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return dialect{}, fmt.Errorf("store: open database file: %w", err)
	}
	if err := file.Close(); err != nil {
		return dialect{}, fmt.Errorf("store: open database file: %w", err)
	}
	open := func(connections int, parameters string) func() *sql.DB {
		dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
			"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&" + parameters
		return func() *sql.DB {
			db := sql.OpenDB(sqliteConnector(dsn))
			db.SetMaxOpenConns(connections)
			db.SetMaxIdleConns(connections)
			return db
		}
	}
	return dialect{
		name:    "sqlite",
		goose:   goose.DialectSQLite3,
		writers: 1,
		// Taking the write lock at once: a transaction that reads first and
		// then wants to write fails when another has written in between.
		begin:    "BEGIN IMMEDIATE",
		prepare:  true,
		bulkRows: 4,

		rowByRow:       true,
		textTakesBytes: true,
		check:          "PRAGMA integrity_check",
		scrub:          "PRAGMA wal_checkpoint(TRUNCATE)",
		journalPages:   journalPages,
		// What is deleted is overwritten with zeros, so that nothing erased
		// stays in the file.
		openWriter: open(1, "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)&_pragma=wal_autocheckpoint("+strconv.Itoa(4*journalPages)+")&_txlock=immediate"),
		openReader: open(max(4, 2*runtime.GOMAXPROCS(0)), "_pragma=query_only(1)"),
		classify:   classifySQLite,
	}, nil
}

// sqliteConnector opens SQLite connections without the driver registry. A
// wrong DSN is reported at the first use.
type sqliteConnector string

func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	connector, err := sqlite.NewConnector(string(c))
	if err != nil {
		return nil, err
	}
	return connector.Connect(ctx)
}

func (c sqliteConnector) Driver() driver.Driver { return &sqlite.Driver{} }

func postgresDialect(rawURL string) (dialect, error) {
	config, err := pgx.ParseConfig(rawURL)
	if err != nil {
		// pgx leaves the password out of this error.
		return dialect{}, fmt.Errorf("store: read database URL: %w", err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "naru"
	}
	for _, c := range append([]*tls.Config{config.TLSConfig}, fallbackTLS(config)...) {
		if c != nil {
			c.MinVersion = tls.VersionTLS12
		}
	}
	open := func(connections int, prepare func(context.Context, *pgx.Conn) error) func() *sql.DB {
		return func() *sql.DB {
			db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(prepare))
			db.SetMaxOpenConns(connections)
			db.SetMaxIdleConns(connections)
			db.SetConnMaxIdleTime(5 * time.Minute)
			return db
		}
	}
	// Two, so that one fills its group while the other waits for the log; more
	// would make groups smaller, each of which costs its own statements.
	const writers = 2
	return dialect{
		name:  "postgres",
		goose: goose.DialectPostgres,
		locker: func() (lock.SessionLocker, error) {
			return lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		},
		writers:      writers,
		begin:        "BEGIN",
		bulkRows:     16,
		numbered:     true,
		arrays:       true,
		pipeline:     pipelinePostgres,
		groupTimeout: 30 * time.Second,
		snapshot:     sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		openWriter:   open(writers, prepareWriter),
		openReader:   open(8, prepareSession),
		classify:     classifyPostgres,
	}, nil
}

// fallbackTLS are the configurations for further hosts.
func fallbackTLS(config *pgx.ConnConfig) (all []*tls.Config) {
	for _, f := range config.Fallbacks {
		all = append(all, f.TLSConfig)
	}
	return all
}

// prepareSession overrules two things a server may do.
//
// It may answer COMMIT before the log is synced, and an accepted inquiry must
// survive a crash.
//
// It keeps plans, and those made while the tables are nearly empty read them
// from end to end, until autovacuum looks again, perhaps a minute and many
// thousands of rows later. Every frequent statement has its index, so reading
// whole tables is only for when there is no other way; without compiling,
// which the inflated cost would set off.
func prepareSession(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', FALSE)
		WHERE current_setting('synchronous_commit') = 'off'`)
	if err == nil {
		_, err = conn.Exec(ctx, `SELECT set_config('enable_seqscan', 'off', FALSE), set_config('jit', 'off', FALSE)`)
	}
	return err
}

// prepareWriter also keeps the server from planning each statement anew, which
// takes it longer than most of them, for lists differ in length: what is written
// are rows named by their ids, and looking each up is right for any number.
func prepareWriter(ctx context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	types.TryWrapEncodePlanFuncs = slices.Insert(types.TryWrapEncodePlanFuncs, 0, wrapRoomy)
	err := prepareSession(ctx, conn)
	if err == nil {
		_, err = conn.Exec(ctx, `SELECT set_config('plan_cache_mode', 'force_generic_plan', FALSE),
			set_config('enable_hashjoin', 'off', FALSE), set_config('enable_mergejoin', 'off', FALSE)`)
	}
	return err
}

func pipelinePostgres(ctx context.Context, conn any, all []statement, each func(scan scanFunc) error) (affected int64, err error) {
	batch := &pgx.Batch{}
	for _, s := range all {
		batch.Queue(s.text, s.args...)
	}
	results := conn.(*stdlib.Conn).Conn().SendBatch(ctx, batch)
	defer func() {
		if closed := results.Close(); err == nil {
			err = closed
		}
	}()
	for i := range all {
		if each != nil && i == len(all)-1 {
			rows, err := results.Query()
			if err != nil {
				return 0, err
			}
			defer rows.Close()
			for rows.Next() {
				if err := each(rows.Scan); err != nil {
					return 0, err
				}
			}
			return 0, rows.Err()
		}
		tag, err := results.Exec()
		if err != nil {
			return 0, err
		}
		affected = tag.RowsAffected()
	}
	return affected, nil
}

func classifySQLite(err error) errorClass {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return classifyConnection(err)
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return classUnique
	}
	switch e.Code() & 0xff { // the primary code of an extended one
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
		sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_PROTOCOL:
		return classUnavailable
	}
	return classOther
}

// classifyPostgres goes by SQLSTATE; its first two characters are the class.
func classifyPostgres(err error) errorClass {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return classConnection
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		// Nothing was sent: the connection was found closed, for one, which has
		// no error of its own type.
		if pgconn.SafeToRetry(err) {
			return classConnection
		}
		return classifyConnection(err)
	}
	switch e.Code {
	case "23505": // unique_violation
		return classUnique
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return classRetry
	case "57P01", "57P02", "57P03", "57P05": // shut down, crashed, starting, idle too long
		return classConnection
	case "25006", "55P03", "57014": // read-only, lock or statement timeout
		return classUnavailable
	}
	if len(e.Code) < 2 {
		return classOther
	}
	switch e.Code[:2] {
	case "08", "28", "3D": // connection, authorisation, no such database
		return classConnection
	case "53", "58", "XX": // no resources (disk full), system error, corruption
		return classUnavailable
	}
	return classOther
}

// classifyConnection recognises errors from beneath the database protocol.
func classifyConnection(err error) errorClass {
	var network net.Error
	switch {
	case errors.As(err, &network), errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return classConnection
	}
	return classOther
}
