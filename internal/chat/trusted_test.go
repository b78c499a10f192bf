package chat

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"naru/internal/naru"
)

// TestLexiconsMadeWhenNeededAnswerTheSame asks a bot that has compiled nothing in
// all languages at once.
func TestLexiconsMadeWhenNeededAnswerTheSame(t *testing.T) {
	t.Parallel()
	all := newBot(t)
	b, err := buildAs(true)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]int{}
	var asking sync.WaitGroup
	for _, q := range readQuestions(t, "testdata/questions/*.jsonl") {
		if asked[q.Lang]++; asked[q.Lang] > 6 {
			continue
		}
		asking.Go(func() {
			for _, lang := range []string{q.Lang, ""} {
				in := Question{Message: q.Question, Language: lang}
				want, err := all.Reply(context.Background(), in)
				if err != nil {
					t.Error(err)
				}
				got, err := b.Reply(context.Background(), in)
				if err != nil || got.Text != want.Text || got.Language != want.Language {
					t.Errorf("%s %q: %s %q, %v; wanted %s %q", q.Lang, q.Question, got.Language, got.Text, err, want.Language, want.Text)
				}
			}
		})
	}
	asking.Wait()
	for _, lang := range naru.Languages {
		if asked[lang] == 0 {
			t.Errorf("no question in %s", lang)
		}
	}
}

// TestTrustedBotNeedsNoOtherLexicon: neither New nor a question whose letters
// leave no choice looks at the lexicons of other languages.
func TestTrustedBotNeedsNoOtherLexicon(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Trusted = true
	o.Lexicon = without{o.Lexicon, []string{"ja.yaml", "zh-Hans.yaml", "ru.yaml", "mn.yaml", "kk.yaml", "ar.yaml", "vi.yaml"}}
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := b.Reply(t.Context(), Question{Message: "몽골 협력병원 몇 곳이에요?"}); err != nil || r.Language != "ko" || r.Kind != KindAnswer {
		t.Errorf("replied %+v, %v", r, err)
	}
}

// without is a file system that lacks files.
type without struct {
	fs.FS
	names []string
}

func (w without) Open(name string) (fs.File, error) {
	if slices.Contains(w.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return w.FS.Open(name)
}

// TestFaultsOfAllLexiconsAreTold at the start, unless they are trusted.
func TestFaultsOfAllLexiconsAreTold(t *testing.T) {
	t.Parallel()
	o := options(t)
	files := fstest.MapFS{}
	for _, name := range []string{"acts", "cards", "handoff", "signs", "en", "ko", "zh-Hans", "ja", "ru", "mn", "kk", "ar", "vi"} {
		data, err := fs.ReadFile(os.DirFS("../../config/knowledge/lexicon"), name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		files[name+".yaml"] = &fstest.MapFile{Data: data}
	}
	faults := map[string]string{"vi": "words:\n  nonsense: vô nghĩa", "ja": "entities:\n  tokyo: 東京"}
	for lang, fault := range faults {
		files[lang+".yaml"] = &fstest.MapFile{Data: []byte("language: " + lang + "\n" + fault + "\n")}
	}
	o.Lexicon = files
	_, err := New(o)
	for _, want := range []string{`vi.yaml: unknown word "nonsense"`, `ja.yaml: entity "tokyo" is not kind:id`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.300v does not say %s", err, want)
		}
	}
}
