package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestQuotedPrintableQuotesWhatItMust(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long", 40)
	for text, want := range map[string]string{
		long + " end":        long[:75] + "=\r\n" + long[75:150] + "=\r\n" + long[150:] + " end\r\n",
		"a=b\x7f":            "a=3Db=7F\r\n",
		"blank \t":           "blank =09\r\n",
		long[:75] + ".dot\n": long[:75] + "=\r\n=2Edot\r\n",
		long[:75] + " ":      long[:75] + "=\r\n=20\r\n",
		long[:72] + "é":      long[:72] + "=C3=\r\n=A9\r\n",
	} {
		var w messageWriter
		if w.quotedPrintable([]byte(text)); string(w.b) != want {
			t.Errorf("%q is written %q, want %q", text, w.b, want)
		}
	}
}

func TestFitForDATA(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		"a: b\r\n\r\nc\r\n": true, "\r\n": true, "a.\r\n": true,
		"": false, "a": false, "a\r\nb": false, "a\n": false, "\n": false, "a\r\n\n": false, "a\rb\r\n": false, "a\r\r\n": false, "a\r\n.\r\n": false, ".a\r\n": false,
	} {
		if got := fit([]byte(raw)); got != want {
			t.Errorf("fit(%q) = %v", raw, got)
		}
	}
}

// TestTextsAreReadAsWritten lets the standard library read what was encoded.
func TestTextsAreReadAsWritten(t *testing.T) {
	t.Parallel()
	words := rapid.SampledFrom([]string{"word", " ", "\t", ".", "=", "\n", "\r\n", "From ", "한국", "é", "=_", strings.Repeat("long", 30)})
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(strings.Join(rapid.SliceOfN(words, 0, 60).Draw(t, "text"), ""))
		want := strings.ReplaceAll(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n", "\r\n")
		for name, e := range map[string]struct {
			write  func(*messageWriter, []byte)
			reader func(io.Reader) io.Reader
		}{
			"base64":           {(*messageWriter).base64Lines, func(r io.Reader) io.Reader { return base64.NewDecoder(base64.StdEncoding, r) }},
			"quoted-printable": {(*messageWriter).quotedPrintable, func(r io.Reader) io.Reader { return quotedprintable.NewReader(r) }},
		} {
			w := messageWriter{b: []byte("before\r\n")}
			e.write(&w, text)
			encoded, ok := bytes.CutPrefix(w.b, []byte("before\r\n"))
			if !ok || len(encoded) > 0 && !fit(encoded) || bytes.Contains(encoded, []byte("=_")) {
				t.Fatalf("%s of %q: %q", name, text, w.b)
			}
			for line := range strings.SplitSeq(string(encoded), "\r\n") {
				if len(line) > maxLine {
					t.Fatalf("%s of %q has a line of %d bytes", name, text, len(line))
				}
				if strings.HasPrefix(line, "From ") || strings.HasPrefix(line, ".") {
					t.Fatalf("%s of %q has a line that is changed on the way: %q", name, text, line)
				}
			}
			got, err := io.ReadAll(e.reader(bytes.NewReader(encoded)))
			// Quoted-printable ends the last line, whether it was ended or not.
			if err != nil || strings.TrimSuffix(string(got), "\r\n") != strings.TrimSuffix(want, "\r\n") {
				t.Fatalf("%s of %q is read as %q, %v: %q", name, text, got, err, encoded)
			}
		}
	})
}
