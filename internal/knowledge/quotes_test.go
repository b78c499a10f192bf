package knowledge

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sourceTexts gives the text of each source page: from the folder of pages beside the repository if it is there, else
// from the rows and phrases held as test data.
func sourceTexts(t *testing.T) (texts map[string]string, whole bool) {
	t.Helper()
	texts = map[string]string{}
	pages, err := filepath.Glob("../../../shared/seeds/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range pages {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(file), ".txt")] = squeeze(string(text))
	}
	if len(texts) > 0 {
		return texts, true
	}
	return heldTexts(t), false
}

func heldTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, name := range []string{centerPage, associationPage} {
		for _, l := range readPage(t, name) {
			texts[name] += " " + l.text
		}
	}
	phrases, err := os.ReadFile("testdata/phrases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(phrases)) {
		if parts := strings.SplitN(line, "\t", 3); len(parts) == 3 {
			texts[parts[0]] += "\n" + parts[2]
		}
	}
	for name := range texts {
		texts[name] = squeeze(texts[name])
	}
	return texts
}

func TestQuotesAreVerbatim(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	for _, texts := range []map[string]string{heldTexts(t), func() map[string]string { m, _ := sourceTexts(t); return m }()} {
		for _, r := range b.Rows() {
			if !strings.Contains(texts[r.Source], squeeze(r.Quote)) {
				t.Errorf("%s: %q is not on page %s", r.ID, r.Quote, r.Source)
			}
			if r.Project != nil {
				for _, w := range r.Project.Work {
					if !strings.Contains(texts[r.Source], w.Printed) {
						t.Errorf("%s: %q is not on page %s", r.ID, w.Printed, r.Source)
					}
				}
			}
		}
	}
}

// A quote begins on the line that the record names, as far as the whole page is at hand; of prose it stands in it.
func TestQuotesStandOnTheirLines(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	held := map[string]map[int]string{}
	for _, name := range []string{centerPage, associationPage} {
		held[name] = map[int]string{}
		for _, l := range readPage(t, name) {
			held[name][l.n] = l.text
		}
	}
	for _, r := range b.Rows() {
		line, ok := held[r.Source][r.Line]
		if !ok {
			continue // prose, of which only phrases are held
		}
		first := strings.Fields(line)[0]
		if !strings.Contains(line, squeeze(r.Quote)) && !strings.HasPrefix(squeeze(r.Quote), first) {
			t.Errorf("%s: line %d reads %q, the quote is %q", r.ID, r.Line, line, r.Quote)
		}
	}
}
