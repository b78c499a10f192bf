package api

import (
	"encoding/csv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"naru/internal/knowledge"
)

// A cell that a spreadsheet would run is made a text, and only such a cell.
func TestCellsAreHarmless(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "a=b": "a=b", "=1+1": "'=1+1", "+82": "'+82", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "＝1": "'＝1", "서울": "서울", "82-2-920-6203": "82-2-920-6203",
	} {
		if got := cell(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	if got := cell([]string{"=a", "b"}); got != "'=a; b" {
		t.Errorf("list: %q", got)
	}
	if got := cell(knowledge.Decimal{Unscaled: -650, Scale: 1}); got != "-65.0" {
		t.Errorf("a number of ours: %q", got)
	}
}

// Whatever the texts are, a reader of RFC 4180 gets them back.
func TestCSVCanBeReadBack(t *testing.T) {
	t.Parallel()
	columns := columnsOf[rankedHospital]()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab=+-@\",;\n\t 한م'"))).Filter(func(s string) bool { return !strings.Contains(s, "\r") })
		l := listing[rankedHospital]{}
		for _, c := range columns {
			l.Fields = append(l.Fields, member{c.name, c.name})
		}
		for range rapid.IntRange(0, 5).Draw(t, "items") {
			l.Items = append(l.Items, rankedHospital{ID: "x" + text.Draw(t, "id"), PrintedName: text.Draw(t, "name"), origin: origin{Note: []string{text.Draw(t, "note")}, Citation: knowledge.Citation{Quote: text.Draw(t, "quote")}}})
		}
		b, err := writeCSV(l, columns, false)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
		if err != nil || len(rows) != len(l.Items)+1 {
			t.Fatalf("%v: %q", err, b)
		}
		for i, item := range l.Items {
			for j, want := range map[int]string{0: item.ID, 3: item.PrintedName, 5: item.Note[0], len(columns) - 1: item.Citation.Quote} {
				got := rows[i+1][j]
				if strings.TrimPrefix(got, "'") != strings.TrimPrefix(want, "'") || got != want && !strings.ContainsAny(want[:1], "=+-@\t") {
					t.Fatalf("column %d: %q became %q", j, want, got)
				}
				if got != "" && strings.ContainsAny(got[:1], "=+-@\t") {
					t.Fatalf("%q is run as a formula", got)
				}
			}
		}
	})
}
