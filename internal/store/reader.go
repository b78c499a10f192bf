package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// reader runs queries on the pool for reading.
type reader struct {
	db *sql.DB
	// prepare tells to keep prepared statements, by their text.
	prepare bool
	// statements maps text to *sql.Stmt. The texts are constants of this
	// package, so their number is bounded.
	statements sync.Map
}

// query calls each for every row; scan reads the row's columns.
func (r *reader) query(ctx context.Context, text string, args []any, each func(scan scanFunc) error) error {
	rows, err := r.rows(ctx, text, args)
	if err != nil {
		return err
	}
	return drain(rows, each)
}

// one reads the only row into dest and tells whether there is one.
func (r *reader) one(ctx context.Context, text string, args []any, dest ...any) (found bool, err error) {
	err = r.query(ctx, text, args, func(scan scanFunc) error {
		found = true
		return scan(dest...)
	})
	return found, err
}

func (r *reader) rows(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if !r.prepare {
		return r.db.QueryContext(ctx, text, args...)
	}
	if known, ok := r.statements.Load(text); ok {
		return known.(*sql.Stmt).QueryContext(ctx, args...)
	}
	// Not the caller's context: the statement outlives the call.
	statement, err := r.db.PrepareContext(context.WithoutCancel(ctx), text)
	if err != nil {
		return nil, err
	}
	if known, raced := r.statements.LoadOrStore(text, statement); raced {
		if err := statement.Close(); err != nil {
			return nil, err
		}
		statement = known.(*sql.Stmt)
	}
	return statement.QueryContext(ctx, args...)
}

func (r *reader) close() error {
	var failures []error
	r.statements.Range(func(_, statement any) bool {
		failures = append(failures, statement.(*sql.Stmt).Close())
		return true
	})
	return errors.Join(append(failures, r.db.Close())...)
}

// scanFunc reads the columns of one row.
type scanFunc func(dest ...any) error

// drain reads all rows and always closes them.
func drain(rows *sql.Rows, each func(scan scanFunc) error) error {
	defer rows.Close() // reports nothing that Err does not
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
