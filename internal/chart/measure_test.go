package chart

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text string
		room float64 // in em
		want []string
	}{
		{"one two three", 100, []string{"one two three"}},
		{"one two three", 5, []string{"one two", "three"}},
		{"антидисестаблишментарианизм", 3, []string{"антидисестаблишментарианизм"}}, // better out than cut
		{"甲状腺がん、", 5, []string{"甲状腺が", "ん、"}},                                       // no comma at the start
		{"人口100万人（推定）", 6, []string{"人口100万人", "（推定）"}},                             // no bracket at the end
		{"", 5, nil},
	} {
		if got := wrap(row.text, 1, row.room); !slices.Equal(got, row.want) {
			t.Errorf("%q in %v: %q, want %q", row.text, row.room, got, row.want)
		}
	}
	if got := balance("а аа ааа аа а", 1, 6.5); len(got) != 2 || measure(got[0], 1) > 5.5 {
		t.Errorf("uneven: %q", got)
	}
	if got := settle("аа ааа ааа аа а", 1, 7.5); len(got) != 2 || got[1] != "аа а" {
		t.Errorf("a word alone: %q", got)
	}
	for _, want := range [][]string{{"世界ランキング入りした", "韓国の病院", "（専門分野別）"}, {"世界排名中的韩国医院，", "按专科"}} {
		if got := balance(strings.Join(want, ""), 1, 11.5); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Nothing is lost, and what can be broken fits.
func TestWrapKeepsTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(strings.Fields(rapid.StringOfN(rapid.RuneFrom([]rune("ab Яж 漢字、。（）がー.1%")), 0, 60, -1).Draw(t, "text")), " ")
		room := rapid.Float64Range(8, 30).Draw(t, "room")
		for name, lines := range map[string][]string{"wrap": wrap(text, 1, room), "balance": balance(text, 1, room), "settle": settle(text, 1, room)} {
			if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(text, " ", "") {
				t.Fatalf("%s: %q became %q", name, text, got)
			}
			for _, line := range lines {
				if len(pieces(line, breaks)) > 1 && measure(line, 1) > room {
					t.Fatalf("%s: %q is wider than %v", name, line, room)
				}
			}
		}
		if n := len(wrap(text, 1, room)); len(balance(text, 1, room)) != n || len(settle(text, 1, room)) > n {
			t.Fatalf("takes more lines: %q", text)
		}
	})
}
