package chat

import (
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"naru/internal/naru"
)

// TestActsDoNotContradict checks that every phrase of acts.yaml means one
// thing, and that small talk gets its text in every language.
func TestActsDoNotContradict(t *testing.T) {
	t.Parallel()
	a, err := loadActs(os.DirFS("../../config/knowledge/lexicon"))
	if err != nil {
		t.Fatal(err)
	}
	b := newBot(t)
	for _, kind := range a.whole {
		if name, small := strings.CutPrefix(string(kind), actSmall); small {
			for _, lang := range naru.Languages {
				if text := b.catalog.Text(lang, "chat.small."+name, nil); strings.HasPrefix(text, "chat.") || text == "" {
					t.Fatalf("no text for %s in %s", kind, lang)
				}
			}
		}
	}
}

// TestSmallTalk says every phrase of small talk to a new conversation.
func TestSmallTalk(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../config/knowledge/lexicon/acts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Small map[string]string }
	if err := yaml.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	b := newBot(t)
	said := 0
	for name, phrases := range f.Small {
		for phrase := range strings.SplitSeq(phrases, "|") {
			phrase = strings.TrimSpace(phrase)
			if phrase == "" {
				continue
			}
			said++
			if r := say(t, b, "", "", phrase); r.Kind != KindSmalltalk {
				t.Errorf("%s: %q got %s %q", name, phrase, r.Kind, r.Text)
			}
		}
	}
	if said < 300 {
		t.Errorf("%d phrases", said)
	}
}

func TestCorrections(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for message, want := range map[string]string{
		"no, I meant liver":          "liver",
		"아니, 간암 말이에요":                "간암",
		"いや、肝がんのことです":                "肝がん",
		"нет, я имел в виду печень":  "печень",
		"không, ý tôi là gan":        "gan",
		"لا، أقصد الكبد":             "الكبد",
		"How many partners in Japan": "",
		"no":                         "",
		"không, gan cơ":              "gan",
		"Có đối tác nào ở Mông Cổ?":  "",
	} {
		if got := b.acts.correction(message); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
}
