package naru

import (
	"crypto/rand"
	"strings"
	"testing"
)

func newReference(t *testing.T) Reference {
	t.Helper()
	r, err := NewReference(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReferenceRoundTrip(t *testing.T) {
	t.Parallel()
	for range 1000 {
		want := newReference(t)
		got, ok := ParseReference(string(want))
		if !ok || got != want {
			t.Fatalf("ParseReference(%q) = %q, %v", want, got, ok)
		}
	}
}

func TestReferenceFindsEveryWrongSymbolAndSwap(t *testing.T) {
	t.Parallel()
	ref := strings.ReplaceAll(string(newReference(t)), "-", "")
	for i := range ref {
		for _, r := range referenceAlphabet {
			wrong := ref[:i] + string(r) + ref[i+1:]
			if _, ok := ParseReference(wrong); ok != (wrong == ref) {
				t.Errorf("%q for %q: accepted %v", wrong, ref, ok)
			}
		}
		for j := i + 1; j < len(ref); j++ {
			b := []byte(ref)
			b[i], b[j] = b[j], b[i]
			if _, ok := ParseReference(string(b)); ok != (string(b) == ref) {
				t.Errorf("swapped %q for %q: accepted %v", b, ref, ok)
			}
		}
	}
}

func TestReferenceAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	// 2A3C4E5H6 plus nothing is not valid by itself: derive a valid number
	// that has the symbols worth typing differently.
	symbols := make([]int, 0, referenceLength)
	for _, r := range "2A3C8E5H" {
		symbols = append(symbols, strings.IndexRune(referenceAlphabet, r))
	}
	want := formatReference(append(symbols, referenceCheck(symbols)))
	plain := strings.ReplaceAll(string(want), "-", "")
	check := plain[8:]
	for _, typed := range []string{
		string(want), plain, strings.ToLower(plain), " " + strings.ToLower(string(want)) + "\u200f ",
		"2А3-С8Е-5Н" + check,        // Cyrillic А С Е Н
		"２Ａ３ Ｃ８Ｅ ５Ｈ" + check,        // full width
		"٢A٣ C٨E ٥H" + check,        // Arabic-Indic digits
		"ZA3–CBE–SH" + check,        // look-alikes and en dashes
		"2a3.c8e.5h" + check + "\t", // dots
	} {
		if got, ok := ParseReference(typed); !ok || got != want {
			t.Errorf("ParseReference(%q) = %q, %v; want %q", typed, got, ok, want)
		}
	}
	for _, typed := range []string{"", "2A3-C8E", plain + "2", "2A3-C8E-5H!", strings.Repeat("2", 1000), "DROP TABLE", "０"} {
		if got, ok := ParseReference(typed); ok {
			t.Errorf("ParseReference(%q) = %q, want refusal", typed, got)
		}
	}
}

func FuzzParseReference(f *testing.F) {
	f.Add("K7Q-X3M-9A4")
	f.Add("2А3-С8Е-5Н2")
	f.Fuzz(func(t *testing.T, typed string) {
		if ref, ok := ParseReference(typed); ok {
			if again, ok := ParseReference(string(ref)); !ok || again != ref {
				t.Errorf("%q parsed to %q, which parses to %q, %v", typed, ref, again, ok)
			}
		}
	})
}
