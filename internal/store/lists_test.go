package store

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
)

// TestListsNeedNoMoreRoom encodes the arrays of a statement as the driver does: the
// room made for the first is enough for all.
func TestListsNeedNoMoreRoom(t *testing.T) {
	t.Parallel()
	b := newBulk(`INSERT INTO t (a, b, c) `, `TEXT, BIGINT, TEXT`, ``)
	var args []any
	for n := range 300 {
		args = append(args, "key", int64(n), strings.Repeat("жа", n))
	}
	lists, err := b.lists(args)
	if err != nil {
		t.Fatal(err)
	}
	types := pgtype.NewMap()
	types.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{wrapRoomy}, types.TryWrapEncodePlanFuncs...)
	var buf []byte
	room := 0
	for i, oid := range []uint32{pgtype.TextArrayOID, pgtype.Int8ArrayOID, pgtype.TextArrayOID} {
		begin := len(buf)
		if buf, err = types.Encode(oid, pgtype.BinaryFormatCode, lists[i], buf); err != nil {
			t.Fatal(err)
		}
		if room == 0 {
			room = cap(buf)
		}
		if oid != pgtype.TextArrayOID {
			continue
		}
		var texts []string
		if err := types.Scan(oid, pgtype.BinaryFormatCode, buf[begin:], &texts); err != nil {
			t.Fatal(err)
		}
		for n := range texts {
			if texts[n] != args[n*b.columns+i] {
				t.Fatalf("column %d, row %d: %q", i+1, n, texts[n])
			}
		}
	}
	if cap(buf) != room || len(buf) > room {
		t.Errorf("room for %d bytes became %d, of which %d were needed", room, cap(buf), len(buf))
	}
	if _, err := b.lists([]any{"key", "no number", "text"}); err == nil {
		t.Error("a text was taken for a number")
	}
}
