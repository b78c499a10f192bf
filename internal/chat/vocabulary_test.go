package chat

import (
	"os"
	"strings"
	"testing"

	"naru/internal/naru"
)

// TestLexiconsNameWhatTheDataHas finds misspelt ids: their words would be
// understood as nothing.
func TestLexiconsNameWhatTheDataHas(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for _, lang := range naru.Languages {
		f, err := loadLexicon(os.DirFS("../../config/knowledge/lexicon"), lang, nil)
		if err != nil {
			t.Fatal(err)
		}
		for key := range f.Entities {
			if kind, id, _ := strings.Cut(key, ":"); closed[kind] && !entity(b.base, kind, id) {
				t.Errorf("%s.yaml: nothing in the data is %s", lang, key)
			}
		}
	}
}
