package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"maps"
	"slices"
)

// session is a writer's connection with its prepared statements. It belongs
// to one goroutine. Transactions are begun and ended by statements, as
// sql.Tx would prepare every statement anew.
type session struct {
	conn    *sql.Conn
	dialect *dialect
	// statements are by text; the texts are constants of this package.
	statements map[string]*sql.Stmt
	// direct are those that the driver executes without database/sql, which costs
	// as much as a short statement; values is room for their arguments.
	direct map[string]driver.Stmt
	values []driver.NamedValue
	// pending are sent together with the next statement; see dialect.pipeline.
	pending []statement
}

// statement is one whose outcome nobody waits for before the next is sent.
type statement struct {
	text string
	args []any
}

func openSession(ctx context.Context, db *sql.DB, d *dialect) (*session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &session{conn: conn, dialect: d, statements: map[string]*sql.Stmt{}, direct: map[string]driver.Stmt{}}, nil
}

// begin begins a transaction, at the latest with its first statement.
func (s *session) begin(ctx context.Context) error {
	s.pending = s.pending[:0]
	if s.dialect.pipeline != nil {
		s.pending = append(s.pending, statement{text: s.dialect.begin})
		return nil
	}
	_, err := s.exec(ctx, s.dialect.begin)
	return err
}

// rollback ends the transaction.
func (s *session) rollback(ctx context.Context) error {
	s.pending = s.pending[:0]
	_, err := s.exec(ctx, "ROLLBACK")
	return err
}

// flush sends what is pending.
func (s *session) flush(ctx context.Context, each func(scan scanFunc) error) (affected int64, err error) {
	if len(s.pending) == 0 {
		return 0, nil
	}
	all := s.pending
	s.pending = s.pending[:0]
	err = s.conn.Raw(func(conn any) (err error) {
		affected, err = s.dialect.pipeline(ctx, conn, all, each)
		return err
	})
	clear(all)
	return affected, err
}

func (s *session) exec(ctx context.Context, text string, args ...any) (affected int64, err error) {
	if len(s.pending) > 0 {
		s.pending = append(s.pending, statement{text: text, args: args})
		return s.flush(ctx, nil)
	}
	var result sql.Result
	if s.dialect.prepare {
		var statement *sql.Stmt
		if statement, err = s.statement(ctx, text); err == nil {
			result, err = statement.ExecContext(ctx, args...)
		}
	} else {
		result, err = s.conn.ExecContext(ctx, text, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s *session) query(ctx context.Context, text string, args []any, each func(scan scanFunc) error) error {
	if len(s.pending) > 0 {
		s.pending = append(s.pending, statement{text: text, args: args})
		_, err := s.flush(ctx, each)
		return err
	}
	var rows *sql.Rows
	var err error
	if s.dialect.prepare {
		var statement *sql.Stmt
		if statement, err = s.statement(ctx, text); err == nil {
			rows, err = statement.QueryContext(ctx, args...)
		}
	} else {
		rows, err = s.conn.QueryContext(ctx, text, args...)
	}
	if err != nil {
		return err
	}
	return drain(rows, each)
}

func (s *session) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if statement, ok := s.statements[text]; ok {
		return statement, nil
	}
	statement, err := s.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.statements[text] = statement
	return statement, nil
}

// execRows executes a statement once for each row of args, strings and int64, and
// calls each with the number of rows affected. order has the column that each
// placeholder stands for.
func (s *session) execRows(ctx context.Context, text string, columns int, order []int, args []any, each func(affected int64)) error {
	return s.conn.Raw(func(conn any) error {
		statement, err := s.directStatement(ctx, conn, text)
		if err != nil {
			return err
		}
		for ; len(args) > 0; args = args[columns:] {
			s.values = s.values[:0]
			for i, column := range order {
				s.values = append(s.values, driver.NamedValue{Ordinal: i + 1, Value: args[column]})
			}
			result, err := statement.ExecContext(ctx, s.values)
			if err != nil {
				return err
			}
			affected, err := result.RowsAffected()
			if err != nil {
				return err
			}
			each(affected)
		}
		return nil
	})
}

// directStatement returns a statement of the driver's connection.
func (s *session) directStatement(ctx context.Context, conn any, text string) (driver.StmtExecContext, error) {
	statement, ok := s.direct[text]
	if !ok {
		var err error
		if statement, err = conn.(driver.ConnPrepareContext).PrepareContext(ctx, text); err != nil {
			return nil, err
		}
		s.direct[text] = statement
	}
	return statement.(driver.StmtExecContext), nil
}

// close gives up the connection itself, not only our use of it: nobody may
// inherit a transaction that could not be ended.
func (s *session) close() error {
	var failures []error
	for _, statement := range s.statements {
		failures = append(failures, statement.Close())
	}
	err := s.conn.Raw(func(any) error {
		for _, statement := range s.direct {
			failures = append(failures, statement.Close())
		}
		return driver.ErrBadConn
	})
	if err != nil && !errors.Is(err, driver.ErrBadConn) && !errors.Is(err, sql.ErrConnDone) {
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// transaction is what an operation writes with.
type transaction struct {
	ctx     context.Context
	session *session
	// failed is the first error of a statement. PostgreSQL executes nothing
	// more after one and answers COMMIT with a silent rollback, so an
	// operation that overlooks it must not count as done.
	failed error
	// apart: each operation has a savepoint, and what it does is done at once.
	apart bool
	// counts collects the changes of counters until the end of the group: one
	// update of the hottest rows, as late as possible.
	counts map[string]int64
}

func (t *transaction) exec(text string, args ...any) (affected int64, err error) {
	affected, err = t.session.exec(t.ctx, text, args...)
	t.note(err)
	return affected, err
}

func (t *transaction) query(text string, args []any, each func(scan scanFunc) error) error {
	err := t.session.query(t.ctx, text, args, each)
	t.note(err)
	return err
}

// one reads the only row into dest and tells whether there is one.
func (t *transaction) one(text string, args []any, dest ...any) (found bool, err error) {
	err = t.query(text, args, func(scan scanFunc) error {
		found = true
		return scan(dest...)
	})
	return found, err
}

// bulk executes the statement for all rows of args and adds up the affected
// rows.
func (t *transaction) bulk(b *bulk, args []any) (affected int64, err error) {
	if b.row != "" && t.session.dialect.rowByRow {
		err = t.eachRow(b, args, func(n int64) { affected += n })
		return affected, err
	}
	err = t.each(b, args, func(text string, args []any) error {
		n, err := t.exec(text, args...)
		affected += n
		return err
	})
	return affected, err
}

// bulkLater is bulk for a statement of which nothing but an error is wanted, by the
// end of the transaction at the latest: where statements are round trips it is sent
// with the next one.
func (t *transaction) bulkLater(b *bulk, args []any) error {
	if t.session.dialect.pipeline == nil || t.apart {
		_, err := t.bulk(b, args)
		return err
	}
	if len(args) == 0 {
		return nil
	}
	lists, err := b.lists(args)
	if err == nil {
		t.session.pending = append(t.session.pending, statement{b.arrays, lists})
	}
	return err
}

// finish is the end of all work before COMMIT.
func (t *transaction) finish(shard int64) error {
	if err := t.flushCounts(shard); err != nil {
		return err
	}
	_, err := t.session.flush(t.ctx, nil)
	t.note(err)
	return t.failed
}

// eachRow executes the statement for the rows of args one by one.
func (t *transaction) eachRow(b *bulk, args []any, each func(affected int64)) error {
	err := t.session.execRows(t.ctx, b.row, b.columns, b.order, args, each)
	t.note(err)
	return err
}

// bulkQuery is bulk for a statement with RETURNING.
func (t *transaction) bulkQuery(b *bulk, args []any, each func(scan scanFunc) error) error {
	return t.each(b, args, func(text string, args []any) error { return t.query(text, args, each) })
}

// bulkChanged executes an update that returns the first column of the rows of args
// that changed something, a text, and calls changed with each.
func (t *transaction) bulkChanged(b *bulk, args []any, changed func(key string)) error {
	if t.session.dialect.rowByRow {
		next := 0
		return t.eachRow(b, args, func(affected int64) {
			if affected > 0 {
				changed(args[next].(string))
			}
			next += b.columns
		})
	}
	return t.bulkQuery(b, args, func(scan scanFunc) error {
		var key string
		if err := scan(&key); err != nil {
			return err
		}
		changed(key)
		return nil
	})
}

// each runs the statement in the way that suits the engine.
func (t *transaction) each(b *bulk, args []any, run func(text string, args []any) error) error {
	if b.row != "" && t.session.dialect.rowByRow {
		row := make([]any, len(b.order))
		for ; len(args) > 0; args = args[b.columns:] {
			for i, column := range b.order {
				row[i] = args[column]
			}
			if err := run(b.returning, row); err != nil {
				return err
			}
		}
		return nil
	}
	if !t.session.dialect.arrays {
		return b.each(t.session.dialect, args, run)
	}
	if len(args) == 0 {
		return nil
	}
	lists, err := b.lists(args)
	if err != nil {
		return err
	}
	return run(b.arrays, lists)
}

func (t *transaction) note(err error) {
	if err != nil && t.failed == nil {
		t.failed = err
	}
}

// count changes a counter when the operation is committed.
func (t *transaction) count(name string, delta int64) { t.counts[name] += delta }

var addCounters = newBulk(`INSERT INTO counters (name, shard, value) `, `TEXT, BIGINT, BIGINT`,
	` ON CONFLICT (name, shard) DO UPDATE SET value = counters.value + excluded.value`)

// flushCounts writes the collected counters. Sorted, so that two writers that
// share a shard cannot wait for each other in a circle.
func (t *transaction) flushCounts(shard int64) error {
	args := make([]any, 0, 3*len(t.counts))
	for _, name := range slices.Sorted(maps.Keys(t.counts)) {
		if delta := t.counts[name]; delta != 0 {
			args = append(args, name, shard, delta)
		}
	}
	return t.bulkLater(addCounters, args)
}
