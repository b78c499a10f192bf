package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/pressly/goose/v3"

	"naru/internal/naru"
)

// Restore fills the database from a backup of either engine, as old as it may
// be, brings the tables up to date, and reconciles. The file is read to its
// end first, so that one that is not whole changes nothing.
//
// Whatever was on its way to a mailbox when the backup was made is pending and
// due, with GiveUpAfter from now: mails sent since are sent again, with the
// same Message-ID. What is personal is sealed with the keys of this store;
// contents of a backup from before there were keys lie readable in the database
// until the end of the restore.
//
// Errors: KindInvalid "backup_damaged" for a file that is no whole backup, and
// "backup_too_new" for one of a later program; KindConflict
// "database_not_empty" unless replace is set, which drops what is there;
// KindUnavailable. Nobody else may use the database meanwhile.
func (s *Store) Restore(ctx context.Context, r io.ReadSeeker, replace bool) (BackupInfo, error) {
	info, err := s.restore(ctx, r, replace)
	return info, s.translate("restore", err)
}

func (s *Store) restore(ctx context.Context, r io.ReadSeeker, replace bool) (info BackupInfo, err error) {
	if info, err = readBackup(r, nil, nil); err != nil {
		return info, err
	}
	newest, err := newestSchema()
	if err != nil {
		return info, err
	}
	if info.Schema > newest {
		return info, naru.NewError(naru.KindInvalid, "backup_too_new", fmt.Errorf("store: the backup is of version %d, this program knows %d", info.Schema, newest))
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return info, err
	}
	empty, err := s.empty(ctx, newest)
	if err != nil {
		return info, err
	}
	if !empty && !replace {
		return info, naru.NewError(naru.KindConflict, "database_not_empty", nil)
	}
	err = s.withProvider(func(p *goose.Provider) error {
		if _, err := p.DownTo(ctx, 0); err != nil {
			return err
		}
		_, err := p.UpTo(ctx, info.Schema)
		return err
	})
	if err == nil && info.Schema >= encryptionSchema {
		err = s.unlock(ctx)
	}
	if err == nil {
		err = s.fill(ctx, r, info.Schema)
	}
	if err == nil {
		s.noEarlier.Store(false)
		_, err = s.Migrate(ctx)
	}
	if err == nil {
		_, err = s.Reseal(ctx)
	}
	if err == nil {
		err = s.Scrub(ctx)
	}
	if err != nil {
		return info, err
	}
	err = s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		if err := s.checkFile(ctx, tx); err != nil {
			return err
		}
		info.Account, err = reconcile(ctx, tx, s.clock())
		return err
	})
	return info, err
}

// empty tells whether the tables do not exist or hold nothing. Of an earlier schema
// it looks at those that every schema has.
func (s *Store) empty(ctx context.Context, newest int64) (bool, error) {
	version, err := s.SchemaVersion(ctx)
	if err != nil || version == 0 {
		return err == nil, err
	}
	tables := backupTables
	if version < newest {
		tables = []string{"inquiries", "attachments", "counters"}
	}
	for _, table := range tables {
		var one int
		found, err := s.reader.one(ctx, `SELECT 1 FROM `+table+` LIMIT 1`, nil, &one)
		if err != nil || found {
			return false, err
		}
	}
	return true, nil
}

// attemptsSchema is the migration from which on attempts under way have no row in
// attempts.
const attemptsSchema = 9

// fill inserts all rows in one transaction, on a connection of its own, into tables
// of the schema.
func (s *Store) fill(ctx context.Context, r io.Reader, schema int64) (err error) {
	db := s.dialect.openWriter()
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the cause is what matters
		}
	}()
	// Kept until the transaction ends; there are a few for each table.
	statements := map[string]*sql.Stmt{}
	load := &tableLoader{vault: s.vault, dialect: &s.dialect, exec: func(text string, args []any) (err error) {
		statement := statements[text]
		if statement == nil {
			if statement, err = tx.PrepareContext(ctx, text); err != nil {
				return err
			}
			statements[text] = statement
		}
		_, err = statement.ExecContext(ctx, args...)
		return err
	}}
	if _, err := readBackup(r, load.begin, load.add); err != nil {
		return err
	}
	if err := load.flush(); err != nil {
		return err
	}
	now := s.clock()
	if schema >= attemptsSchema {
		_, err := tx.ExecContext(ctx, `INSERT INTO attempts (delivery_id, number, worker, started_us, ended_us, outcome, reply)
			SELECT id, attempt, worker, started_us, $1, 'unknown', 'restored' FROM deliveries WHERE state = 'sending'
			ON CONFLICT (delivery_id, number) DO NOTHING`, micros(now))
		if err != nil {
			return err
		}
	}
	for _, statement := range []struct {
		text string
		args []any
	}{
		{`UPDATE attempts SET outcome = 'unknown', ended_us = $1, reply = 'restored' WHERE outcome = 'started'`, []any{micros(now)}},
		{`UPDATE deliveries SET outcome = 'unknown', reply = 'restored' WHERE state = 'sending'`, nil},
		{`UPDATE deliveries SET state = 'pending', next_us = $1, lease_us = 0, worker = '', queued_epoch = '', queued_seq = 0
			WHERE state IN ('queued', 'sending')`, []any{micros(now)}},
		{`UPDATE deliveries SET give_up_us = $1 WHERE state = 'pending' AND give_up_us < $1`, []any{micros(now.Add(naru.GiveUpAfter))}},
	} {
		if _, err := tx.ExecContext(ctx, statement.text, statement.args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// loadRows are inserted at once: few, for those of documents are large.
const loadRows = 16

// tableLoader inserts rows, several with one statement.
type tableLoader struct {
	vault   *vault
	dialect *dialect
	exec    func(text string, args []any) error
	table   backupTable
	insert  *bulk
	args    []any
}

func (l *tableLoader) begin(t backupTable) error {
	if err := l.flush(); err != nil {
		return err
	}
	l.table = t
	l.insert = newBulk(`INSERT INTO `+t.Table+` (`+strings.Join(t.Columns, ", ")+`) `, strings.TrimSuffix(strings.Repeat("?, ", len(t.Columns)), ", "), ``)
	return nil
}

func (l *tableLoader) add(values []any) error {
	if sealed, ok := sealedTableNamed(l.table.Table); ok {
		if err := l.vault.sealRow(sealed, row{l.table.Columns, values}); err != nil {
			return err
		}
	}
	l.args = append(l.args, values...)
	if len(l.args) < loadRows*l.insert.columns {
		return nil
	}
	return l.flush()
}

func (l *tableLoader) flush() error {
	if len(l.args) == 0 {
		return nil
	}
	err := l.insert.each(l.dialect, l.args, l.exec)
	l.args = l.args[:0]
	return err
}

func damaged(cause error) error { return naru.NewError(naru.KindInvalid, "backup_damaged", cause) }

// readBackup reads a backup to its end, checks that it is whole, and calls
// table and row, which may be nil, for what it holds.
func readBackup(r io.Reader, table func(backupTable) error, row func([]any) error) (info BackupInfo, err error) {
	packed, err := gzip.NewReader(bufio.NewReaderSize(r, 64<<10))
	if err != nil {
		return info, damaged(err)
	}
	lines := json.NewDecoder(packed)
	lines.UseNumber()
	var header backupHeader
	switch err := lines.Decode(&header); {
	case err != nil:
		return info, damaged(err)
	case header.Format != backupFormat:
		return info, damaged(errors.New("store: not a backup of naru"))
	case header.Version > backupVersion:
		return info, naru.NewError(naru.KindInvalid, "backup_too_new", nil)
	}
	info = BackupInfo{Schema: header.Schema, Engine: header.Engine, CreatedAt: header.CreatedAt, Rows: map[string]int64{}}
	var current backupTable
	for {
		var line json.RawMessage
		if err := lines.Decode(&line); err != nil {
			return info, damaged(fmt.Errorf("store: the backup ends early: %w", err))
		}
		var mark struct {
			backupTable
			backupEnd
		}
		if line[0] == '[' {
			values, err := current.decode(line)
			if err != nil {
				return info, damaged(err)
			}
			info.Rows[current.Table]++
			if row != nil {
				if err := row(values); err != nil {
					return info, err
				}
			}
			continue
		}
		if err := json.Unmarshal(line, &mark); err != nil {
			return info, damaged(err)
		}
		if mark.End {
			return info, checkEnd(lines, info.Rows, mark.Rows)
		}
		current = mark.backupTable
		if !current.known() {
			return info, damaged(errors.New("store: the backup has a table that is not known"))
		}
		info.Rows[current.Table] = 0
		if table != nil {
			if err := table(current); err != nil {
				return info, err
			}
		}
	}
}

// checkEnd compares the counts, and reads on to the end: only there the
// checksum is verified.
func checkEnd(lines *json.Decoder, counted, promised map[string]int64) error {
	if err := lines.Decode(new(json.RawMessage)); !errors.Is(err, io.EOF) {
		return damaged(errors.Join(errors.New("store: the backup does not end where it should"), err))
	}
	if !maps.Equal(counted, promised) {
		return damaged(errors.New("store: the backup lacks rows"))
	}
	return nil
}

// decode reads a row of the table.
func (t backupTable) decode(line []byte) ([]any, error) {
	var cells []json.RawMessage
	if err := json.Unmarshal(line, &cells); err != nil {
		return nil, err
	}
	if len(cells) != len(t.Types) {
		return nil, fmt.Errorf("store: a row of table %q has %d columns", t.Table, len(cells))
	}
	values := make([]any, len(cells))
	for i, cell := range cells {
		if string(cell) == "null" {
			continue
		}
		var err error
		if values[i], err = decodeCell(t.Types[i], cell); err != nil {
			return nil, fmt.Errorf("store: column %s of table %s cannot be read", t.Columns[i], t.Table)
		}
	}
	return values, nil
}

func decodeCell(t columnType, cell []byte) (any, error) {
	switch t {
	case integerColumn:
		var n int64
		err := json.Unmarshal(cell, &n)
		return n, err
	case booleanColumn:
		var b bool
		err := json.Unmarshal(cell, &b)
		return b, err
	}
	var text string
	if err := json.Unmarshal(cell, &text); err != nil || t == textColumn {
		return text, err
	}
	return base64.StdEncoding.DecodeString(text)
}
