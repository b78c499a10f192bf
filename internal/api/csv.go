package api

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"naru/internal/knowledge"
)

// column is a member of an item: its name in JSON, and the way to it.
type column struct {
	name string
	path []int
}

// columnsOf lists the columns of an item in order. Members of embedded structs
// and of the citation are columns of their own; lists of citations are for
// JSON alone.
func columnsOf[T any]() []column { return columnsIn(reflect.TypeFor[T](), nil) }

func columnsIn(t reflect.Type, path []int) (all []column) {
	for i := range t.NumField() {
		f := t.Field(i)
		way := append(append([]int{}, path...), i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous, f.Type == reflect.TypeFor[knowledge.Citation]():
			all = append(all, columnsIn(f.Type, way)...)
		case f.Type != reflect.TypeFor[[]knowledge.Citation]():
			all = append(all, column{name, way})
		}
	}
	return all
}

// byteOrderMark tells spreadsheets that what follows is UTF-8.
const byteOrderMark = "\ufeff"

// listSeparator stands between the entries of a list in one cell.
const listSeparator = "; "

// writeCSV writes a list as RFC 4180 has it: a row of names, the items, then
// the total.
func writeCSV[T any](l listing[T], columns []column, mark bool) ([]byte, error) {
	var b bytes.Buffer
	if mark {
		b.WriteString(byteOrderMark)
	}
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = harmless(l.Fields.text(c.name))
	}
	items := l.Items
	if l.Total != nil {
		items = append(slices.Clip(items), *l.Total)
	}
	err := w.Write(row)
	for _, item := range items {
		value := reflect.ValueOf(item)
		for i, c := range columns {
			row[i] = cell(value.FieldByIndex(c.path).Interface())
		}
		if err == nil {
			err = w.Write(row)
		}
	}
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("api: write CSV: %w", err)
	}
	return b.Bytes(), nil
}

// cell writes a value; what is absent is an empty cell.
func cell(value any) string {
	switch v := value.(type) {
	case string:
		return harmless(v)
	case []string:
		return harmless(strings.Join(v, listSeparator))
	case int:
		if v == 0 {
			return ""
		}
		return strconv.Itoa(v)
	case knowledge.Decimal:
		return v.String()
	}
	panic(fmt.Sprintf("api: no cell for a %T", value)) // our own types: a bug
}

// harmless keeps spreadsheets from running a text as a formula: an apostrophe
// in front makes it one.
func harmless(text string) string {
	if text != "" && strings.ContainsAny(text[:1], "=+-@\t\r") || strings.HasPrefix(text, "＝") || strings.HasPrefix(text, "＋") || strings.HasPrefix(text, "－") || strings.HasPrefix(text, "＠") {
		return "'" + text
	}
	return text
}
