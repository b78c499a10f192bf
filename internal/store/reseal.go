package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Reseal seals everything with the primary key that is sealed with another one
// or not at all, in small transactions, while others read and write. It may be
// interrupted and called again: what is done stays done. It returns how many
// rows it sealed; without keys it does nothing.
func (s *Store) Reseal(ctx context.Context) (total int, err error) {
	if s.vault.keys == nil {
		return 0, nil
	}
	for _, table := range sealedTables {
		n, err := s.resealTable(ctx, table)
		total += n
		if err != nil {
			return total, s.translate("reseal "+table.name, err)
		}
	}
	return total, s.sweptAll(ctx)
}

// ResealIfDue is Reseal unless all rows have been sealed with the primary key
// already, which it tells without reading them.
func (s *Store) ResealIfDue(ctx context.Context) (int, error) {
	if s.vault.keys == nil {
		return 0, nil
	}
	var swept int64
	_, err := s.reader.one(ctx, `SELECT swept FROM secrets WHERE name = $1`, []any{digestSecret}, &swept)
	if err != nil || swept == s.vault.keyID() {
		return 0, s.translate("read secrets", err)
	}
	return s.Reseal(ctx)
}

// sweptAll records the end of a pass, and seals the proof of the right keys
// itself: last, so that a key is missed for as long as it is needed.
func (s *Store) sweptAll(ctx context.Context) error {
	key := s.vault.digestKey.Load()
	if key == nil {
		return fmt.Errorf("store: reseal: the keys have not been checked; call Migrate or Unlock first")
	}
	value, err := s.vault.sealText(*key, "secrets.value", digestSecret)
	if err != nil {
		return err
	}
	return s.write(ctx, "reseal secrets", background, workFunc(func(t *transaction) error {
		_, err := t.exec(`UPDATE secrets SET value = $1, swept = $2 WHERE name = $3`, value, s.vault.keyID(), digestSecret)
		return err
	}))
}

// resealTable goes through a table in the order of its key.
func (s *Store) resealTable(ctx context.Context, table sealedTable) (total int, err error) {
	var after []any
	for {
		rows, err := s.foreignRows(ctx, table, after)
		if err != nil || len(rows) == 0 {
			return total, err
		}
		var changes []func(*transaction) (int64, error)
		for _, r := range rows {
			change, err := s.resealRow(table, r)
			if err != nil {
				return total, err
			}
			changes = append(changes, change)
		}
		n := 0
		err = s.write(ctx, "reseal", background, workFunc(func(t *transaction) error {
			n = 0
			for _, change := range changes {
				changed, err := change(t)
				if err != nil {
					return err
				}
				n += int(changed)
			}
			return nil
		}))
		total += n
		if err != nil {
			return total, err
		}
		last := rows[len(rows)-1]
		after = after[:0]
		for _, column := range table.key {
			after = append(after, last.get(column))
		}
	}
}

// foreignRows are the next rows that are not sealed with the primary key.
func (s *Store) foreignRows(ctx context.Context, table sealedTable, after []any) (found []row, err error) {
	args := []any{s.vault.keyID()}
	condition := ""
	if after != nil {
		var marks []string
		for _, value := range after {
			args = append(args, value)
			marks = append(marks, fmt.Sprintf("$%d", len(args)))
		}
		condition = ` AND (` + strings.Join(table.key, ", ") + `) > (` + strings.Join(marks, ", ") + `)`
	}
	text := fmt.Sprintf(`SELECT * FROM %s WHERE key_id <> $1 AND %s%s ORDER BY %s LIMIT %d`,
		table.name, table.live, condition, strings.Join(table.key, ", "), table.batch)
	rows, err := s.reader.rows(ctx, text, args)
	if err != nil {
		return nil, err
	}
	head, err := describeTable(table.name, rows)
	if err != nil {
		_ = rows.Close() // the cause is what matters
		return nil, err
	}
	err = drain(rows, func(scan scanFunc) error {
		values, err := head.scan(scan)
		found = append(found, row{head.Columns, values})
		return err
	})
	return found, err
}

// resealRow opens and seals a row, and returns how to write it. A row that was
// changed meanwhile, as by an erasure, is left as it is.
func (s *Store) resealRow(table sealedTable, r row) (func(*transaction) (int64, error), error) {
	was := row{r.columns, slices.Clone(r.values)}
	if err := s.vault.openRow(table, r); err != nil {
		return nil, err
	}
	if err := s.vault.sealRow(table, r); err != nil {
		return nil, err
	}
	if table.name == "chat_misses" {
		return func(t *transaction) (int64, error) { return resealMiss(t, was, r) }, nil
	}
	var set, where []string
	var args []any
	mark := func(value any) string {
		args = append(args, value)
		return fmt.Sprintf("$%d", len(args))
	}
	for _, column := range append([]string{"key_id"}, table.columns...) {
		set = append(set, column+" = "+mark(r.get(column)))
	}
	for _, column := range append([]string{"key_id"}, table.key...) {
		where = append(where, column+" = "+mark(was.get(column)))
	}
	text := `UPDATE ` + table.name + ` SET ` + strings.Join(set, ", ") + ` WHERE ` + strings.Join(where, " AND ") + ` AND ` + table.live
	return func(t *transaction) (int64, error) { return t.exec(text, args...) }, nil
}

// resealMiss moves a miss to the row of its digest, which may exist.
func resealMiss(t *transaction, was, r row) (int64, error) {
	n, err := t.exec(`DELETE FROM chat_misses WHERE language = $1 AND kind = $2 AND question = $3 AND key_id = $4 AND misses = $5`,
		was.get("language"), was.get("kind"), was.get("question"), was.get("key_id"), was.get("misses"))
	if err != nil || n == 0 {
		return 0, err // counted or removed meanwhile: the next pass finds it
	}
	return t.exec(`INSERT INTO chat_misses (language, kind, question, words, misses, last_us, key_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (language, kind, question) DO UPDATE
		SET misses = chat_misses.misses + EXCLUDED.misses, words = EXCLUDED.words, key_id = EXCLUDED.key_id`,
		r.get("language"), r.get("kind"), r.get("question"), r.get("words"), r.get("misses"), r.get("last_us"), r.get("key_id"))
}

// KeyUse counts the rows by the key that they are sealed with; 0 is for those
// that are readable. It reads all tables. The proof of the right keys is one of
// the rows: without its key, nothing else would be opened either.
func (s *Store) KeyUse(ctx context.Context) (map[int64]int64, error) {
	use := map[int64]int64{}
	proof, found, err := s.digestSecret(ctx)
	if err != nil {
		return nil, err
	}
	if found {
		id, err := sealedWith(proof)
		if err != nil {
			return nil, err
		}
		use[id]++
	}
	for _, table := range sealedTables {
		err := s.reader.query(ctx, `SELECT key_id, COUNT(*) FROM `+table.name+` WHERE `+table.live+` GROUP BY key_id`, nil, func(scan scanFunc) error {
			var id, n int64
			err := scan(&id, &n)
			use[id] += n
			return err
		})
		if err != nil {
			return nil, s.translate("count rows by key", err)
		}
	}
	return use, nil
}
