package outline

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestPrinted: it is what the library finds out in three goes.
func TestPrinted(t *testing.T) {
	t.Parallel()
	pieces := []string{"a", "\n", "\t", "\x00", "\x7f", "é", "中", "\ufeff", "\ufffd", "𠮷", "\xc3", "\x80", "\xed\xa0\x80", "\xe0\x80\x80", "\xe4\xb8", "\xf4\x90\x80\x80", "\xff", "\xef\xbb", "\xc0\x80"}
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, "pieces"), "")
		want := utf8.ValidString(s) && !strings.Contains(s, "\ufeff") &&
			!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' })
		if got := printed(s); got != want {
			t.Errorf("%q: %t, want %t", s, got, want)
		}
	})
}
