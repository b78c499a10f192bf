package chat

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// own is the shipped lexicon with files of whoever runs the desk beside it.
type own struct {
	fs.FS
	files fstest.MapFS
}

func (o own) Open(name string) (fs.File, error) {
	if _, ok := o.files[name]; ok {
		return o.files.Open(name)
	}
	return o.FS.Open(name)
}

// withOwn makes a bot that knows the words of own files, by language.
func withOwn(t *testing.T, files map[string]string) (*Bot, error) {
	t.Helper()
	o := options(t)
	added := own{o.Lexicon, fstest.MapFS{}}
	for lang, text := range files {
		added.files["own/"+lang+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	o.Lexicon = added
	return New(o)
}

// TestOwnWordsAreAddedToTheShippedOnes: what is shipped stays known.
func TestOwnWordsAreAddedToTheShippedOnes(t *testing.T) {
	t.Parallel()
	b, err := withOwn(t, map[string]string{
		"en": "words:\n  partner: buddyfolk\nfunction: verily\n",
		"kk": "entities:\n  country:MN: ханзуландия\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []struct{ lang, asked, same string }{
		{"en", "Verily, how many buddyfolk in Mongolia?", "How many partners in Mongolia?"},
		{"kk", "ханзуландияда қанша серіктес бар?", "Моңғолияда қанша серіктес бар?"},
	} {
		want, err := b.Reply(t.Context(), Question{Message: q.same, Language: q.lang})
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.Reply(t.Context(), Question{Message: q.asked, Language: q.lang})
		if err != nil || got.Kind != KindAnswer || got.Text != want.Text {
			t.Errorf("%q: %s %q, %v; wanted %q", q.asked, got.Kind, got.Text, err, want.Text)
		}
		if shipped, err := newBot(t).Reply(t.Context(), Question{Message: q.asked, Language: q.lang}); err != nil || shipped.Kind == KindAnswer {
			t.Errorf("%q is answered without the own words: %+v, %v", q.asked, shipped, err)
		}
	}
}

// TestFaultsOfOwnWordsAreTold with the name of their file.
func TestFaultsOfOwnWordsAreTold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"words:\n  partnr: ally\n":        `unknown word "partnr"`,
		"suffixes: s\n":                   "suffixes",
		"entities:\n  country: Neverland": `"country" is not kind:id`,
	} {
		for _, lang := range []string{"en", "mn"} {
			if _, err := withOwn(t, map[string]string{lang: text}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, %q: %.200v does not say %s", lang, text, err, want)
			} else if !strings.Contains(want, "kind:id") && !strings.Contains(err.Error(), "own/"+lang+".yaml") {
				t.Errorf("%.200v does not name the file", err)
			}
		}
	}
}

func TestPhrasesOfAList(t *testing.T) {
	t.Parallel()
	for list, want := range map[string][]string{
		"a | b c":             {"a", "b c"},
		"we list/show | have": {"we list", "we show", "have"},
		"a/b c/d":             {"a c", "a d", "b c", "b d"},
		"=x/=y z*/w*":         {"=x z*", "=x w*", "=y z*", "=y w*"},
		"":                    {""},
	} {
		var got []string
		for p := range phrasesOf(list) {
			got = append(got, strings.TrimSpace(p))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, wanted %q", list, got, want)
		}
	}
}
