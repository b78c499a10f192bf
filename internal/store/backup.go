package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"naru/internal/naru"
)

// A backup is one file for both engines: gzip over lines of JSON. The first
// line is a backupHeader; then, for each table, a backupTable and its rows as
// arrays; the last line is a backupEnd, without which the file is not whole.
const (
	backupFormat  = "naru backup"
	backupVersion = 1
)

// Tables in an order that satisfies their references, and those that are not
// kept: they hold what is over within minutes or belongs to one database.
var (
	backupTables = []string{"inquiries", "earlier_keys", "deliveries", "attempts", "additions", "attachments", "attachment_chunks", "counters", "chat_misses"}
	// formerTables are in backups of earlier versions.
	formerTables   = []string{"idempotency_keys"}
	fleetingTables = []string{"conversations", "conversation_turns", "leases", "secrets"}
)

// BackupInfo describes a backup.
type BackupInfo struct {
	// Schema is the version of the tables, Engine where they came from.
	Schema    int64
	Engine    string
	CreatedAt time.Time
	// Rows counts rows by table.
	Rows map[string]int64
	// Account is the reconciliation of what the backup holds.
	Account naru.Reconciliation
}

type backupHeader struct {
	Format    string    `json:"format"`
	Version   int       `json:"version"`
	Schema    int64     `json:"schema"`
	Engine    string    `json:"engine"`
	CreatedAt time.Time `json:"created_at"`
}

type backupTable struct {
	Table   string       `json:"table"`
	Columns []string     `json:"columns"`
	Types   []columnType `json:"types"`
}

type backupEnd struct {
	End  bool             `json:"end"`
	Rows map[string]int64 `json:"rows"`
}

// columnType is one of the four types that columns have.
type columnType string

const (
	textColumn    columnType = "text"
	integerColumn columnType = "integer"
	booleanColumn columnType = "boolean"
	bytesColumn   columnType = "bytes"
)

// columnTypeOf takes the name that either engine has for the type.
func columnTypeOf(name string) (columnType, error) {
	switch name {
	case "TEXT":
		return textColumn, nil
	case "BIGINT", "INT8":
		return integerColumn, nil
	case "BOOLEAN", "BOOL":
		return booleanColumn, nil
	case "BYTEA":
		return bytesColumn, nil
	}
	return "", fmt.Errorf("store: a column of type %s has no form in a backup", name)
}

// Backup writes everything, as of one moment, while others read and write. The
// engine is asked first whether its file is sound. What is sealed is opened, for
// a backup must be of use also to those who have lost the keys with the
// database: the file is readable, and to be encrypted by other means. The backup is whole only
// when the error is nil. KindConflict "schema_outdated" when the tables are not
// of the version this program knows; KindUnavailable.
func (s *Store) Backup(ctx context.Context, w io.Writer) (BackupInfo, error) {
	info := BackupInfo{Engine: s.dialect.name, CreatedAt: s.clock().UTC(), Rows: map[string]int64{}}
	var err error
	if info.Schema, err = s.currentSchema(ctx); err != nil {
		return info, err
	}
	err = s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		if err := s.checkFile(ctx, tx); err != nil {
			return err
		}
		if info.Account, err = reconcile(ctx, tx, s.clock()); err != nil {
			return err
		}
		return s.writeBackup(ctx, tx, w, &info)
	})
	return info, s.translate("back up", err)
}

// currentSchema is the version of the tables when it is the one this program
// knows.
func (s *Store) currentSchema(ctx context.Context) (int64, error) {
	have, err := s.SchemaVersion(ctx)
	if err != nil {
		return 0, err
	}
	if want, err := newestSchema(); err != nil || have != want {
		return 0, naru.NewError(naru.KindConflict, "schema_outdated",
			errors.Join(err, fmt.Errorf("store: the database is at version %d, this program knows version %d", have, want)))
	}
	return have, nil
}

// checkFile lets the engine verify its own file.
func (s *Store) checkFile(ctx context.Context, tx *sql.Tx) error {
	if s.dialect.check == "" {
		return nil
	}
	var answer string
	if err := tx.QueryRowContext(ctx, s.dialect.check).Scan(&answer); err != nil {
		return err
	}
	if answer != "ok" {
		return errors.New("store: the database file is damaged")
	}
	return nil
}

func (s *Store) writeBackup(ctx context.Context, tx *sql.Tx, w io.Writer, info *BackupInfo) error {
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(packed, 64<<10)
	lines := json.NewEncoder(buffered)
	lines.SetEscapeHTML(false)
	err = lines.Encode(backupHeader{backupFormat, backupVersion, info.Schema, info.Engine, info.CreatedAt})
	for _, table := range backupTables {
		if err == nil {
			info.Rows[table], err = s.writeTable(ctx, tx, table, lines)
		}
	}
	if err == nil {
		err = lines.Encode(backupEnd{true, info.Rows})
	}
	if err == nil {
		err = buffered.Flush()
	}
	return errors.Join(err, packed.Close())
}

func (s *Store) writeTable(ctx context.Context, tx *sql.Tx, table string, lines *json.Encoder) (n int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT * FROM `+table)
	if err != nil {
		return 0, err
	}
	head, err := describeTable(table, rows)
	if err == nil {
		err = lines.Encode(head)
	}
	if err != nil {
		return 0, errors.Join(err, rows.Close())
	}
	sealed, isSealed := sealedTableNamed(table)
	err = drain(rows, func(scan scanFunc) error {
		values, err := head.scan(scan)
		if err == nil && isSealed {
			err = s.vault.openRow(sealed, row{head.Columns, values})
		}
		if err != nil {
			return err
		}
		n++
		return lines.Encode(values)
	})
	return n, err
}

// scan reads a row.
func (t backupTable) scan(scan scanFunc) ([]any, error) {
	cells, values := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i, t := range t.Types {
		cells[i] = newCell(t)
	}
	if err := scan(cells...); err != nil {
		return nil, err
	}
	for i, cell := range cells {
		values[i] = cell.(valuer).value()
	}
	return values, nil
}

func describeTable(table string, rows *sql.Rows) (backupTable, error) {
	columns, err := rows.ColumnTypes()
	head := backupTable{Table: table}
	for _, c := range columns {
		t, typeErr := columnTypeOf(strings.ToUpper(c.DatabaseTypeName()))
		err = errors.Join(err, typeErr)
		head.Columns, head.Types = append(head.Columns, c.Name()), append(head.Types, t)
	}
	return head, err
}

// valuer is a cell that was scanned: its value, or nil for NULL.
type valuer interface{ value() any }

type cell[T any] struct{ sql.Null[T] }

func (c *cell[T]) value() any {
	if !c.Valid {
		return nil
	}
	return c.V
}

func newCell(t columnType) any {
	switch t {
	case textColumn:
		return new(cell[string])
	case integerColumn:
		return new(cell[int64])
	case booleanColumn:
		return new(cell[bool])
	default:
		return new(cell[[]byte])
	}
}

// known tells whether a name from a file is one of ours: names become part of
// statements.
func (t backupTable) known() bool {
	for _, c := range t.Columns {
		if c == "" || strings.Trim(c, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return false
		}
	}
	return (slices.Contains(backupTables, t.Table) || slices.Contains(formerTables, t.Table)) && len(t.Columns) > 0 && len(t.Columns) == len(t.Types)
}
