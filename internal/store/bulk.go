package store

import (
	"slices"
	"strconv"
	"strings"
)

// bulk is a statement about a list of rows.
type bulk struct {
	columns int
	// row is an insert or update for a single row, and order has the column that
	// each of its placeholders stands for. returning is what it returns.
	row, returning string
	order          []int
	// types are those of the columns, empty where they are not known.
	types []string
	// numbered and unnumbered hold the rows as VALUES, in a few sizes: any number
	// of rows is made up of statements that are already prepared. They differ in
	// their placeholders.
	numbered, unnumbered [len(bulkSizes)]string
	// arrays has one array for each column, and so takes any number of rows.
	arrays string
}

var bulkSizes = [...]int{16, 4, 2, 1}

// newBulk composes a statement of head, the list of rows as something to select
// from, whose columns are called column1, column2, …, and tail. In row, TEXT and
// BIGINT stand for a value of the type and "?" for one of any type, which no
// arrays can be made of; head and tail have no placeholders.
func newBulk(head, row, tail string) *bulk {
	b := &bulk{}
	items := strings.Split(row, ", ")
	names := make([]string, 0, len(items))
	lists := make([]string, 0, len(items))
	selected := slices.Clone(items)
	for i, item := range items {
		if item != "?" && item != "TEXT" && item != "BIGINT" {
			continue
		}
		b.columns++
		selected[i] = "column" + strconv.Itoa(b.columns)
		names = append(names, selected[i])
		if item != "?" {
			b.types = append(b.types, item)
			lists = append(lists, "CAST($"+strconv.Itoa(b.columns)+" AS "+item+"[])")
		}
	}
	if len(b.types) == b.columns {
		b.arrays = head + "SELECT " + strings.Join(selected, ", ") + " FROM unnest(" + strings.Join(lists, ", ") + ") AS list (" + strings.Join(names, ", ") + ")" + tail
	}
	for i, size := range bulkSizes {
		n := 0
		rows := make([]string, size)
		for r := range rows {
			values := slices.Clone(items)
			for c := range values {
				if values[c] != selected[c] {
					n++
					values[c] = "$" + strconv.Itoa(n)
				}
			}
			rows[r] = "(" + strings.Join(values, ", ") + ")"
		}
		b.numbered[i] = head + "VALUES " + strings.Join(rows, ", ") + tail
		for c := range items {
			if items[c] != selected[c] {
				items[c] = "?"
			}
		}
		row := "(" + strings.Join(items, ", ") + ")"
		b.unnumbered[i] = head + "VALUES " + row + strings.Repeat(", "+row, size-1) + tail
	}
	b.forOneRow(head, tail)
	return b
}

// fromList is where an update names the rows to change.
const fromList, asList = "FROM (", ") AS v"

// forOneRow composes the statement for a single row.
func (b *bulk) forOneRow(head, tail string) {
	switch {
	case strings.HasPrefix(head, "INSERT "):
		b.returning = b.unnumbered[len(bulkSizes)-1]
		for c := range b.columns {
			b.order = append(b.order, c)
		}
	case strings.HasPrefix(head, "UPDATE ") && strings.HasSuffix(head, fromList) && strings.HasPrefix(tail, asList):
		pieces := strings.Split(strings.TrimSuffix(head, fromList)+strings.TrimPrefix(tail, asList), "v.column")
		for i, piece := range pieces[1:] {
			b.order = append(b.order, int(piece[0]-'1')) // of less than ten columns
			pieces[i+1] = piece[1:]
		}
		b.returning = strings.Join(pieces, "?")
	}
	b.row, _, _ = strings.Cut(b.returning, "RETURNING")
}

// each splits args, which hold whole rows, among the sizes that the engine takes.
func (b *bulk) each(d *dialect, args []any, run func(text string, args []any) error) error {
	texts := &b.unnumbered
	if d.numbered {
		texts = &b.numbered
	}
	for i, size := range bulkSizes {
		if size > d.bulkRows {
			continue
		}
		for n := size * b.columns; len(args) >= n; args = args[n:] {
			if err := run(texts[i], args[:n]); err != nil {
				return err
			}
		}
	}
	return nil
}
