package chat

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"naru/internal/naru"
)

// dialogue is one entry of testdata/dialogues.yaml.
type dialogue struct {
	ID   string              `yaml:"id"`
	Want []string            `yaml:"want"`
	Say  map[string][]string `yaml:"say"`
}

// TestDialogues goes through conversations step by step in every language.
func TestDialogues(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/dialogues.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var dialogues []dialogue
	if err := yaml.UnmarshalWithOptions(data, &dialogues, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	b := newBot(t)
	steps, wrong := 0, 0
	for _, d := range dialogues {
		for _, lang := range naru.Languages {
			messages := d.Say[lang]
			if len(messages) != len(d.Want) {
				t.Errorf("%s in %s: %d messages, %d wanted", d.ID, lang, len(messages), len(d.Want))
				continue
			}
			id := ""
			for i, message := range messages {
				r := say(t, b, id, lang, message)
				id = r.ConversationID
				steps++
				if why := d.wrong(i, r); why != "" {
					wrong++
					t.Errorf("%s in %s: %s\n   %s: (%s) %.160s", d.ID, lang, strings.Join(messages[:i+1], " > "), why, r.Kind, strings.ReplaceAll(r.Text, "\n", " / "))
				}
			}
		}
	}
	t.Logf("%d steps of %d dialogues, %d wrong", steps, len(dialogues), wrong)
}

// wrong tells what is wrong with the reply to a step; "" for nothing.
func (d dialogue) wrong(step int, r Reply) string {
	kind, want, ok := strings.Cut(d.Want[step], ":")
	if !ok {
		kind, want = string(KindAnswer), d.Want[step]
	}
	if string(r.Kind) != kind && want != "(?i)." {
		return "wanted " + kind
	}
	if !regexp.MustCompile("(?i)" + want).MatchString(strings.Join(variants(r.Text), "\n")) {
		return "wanted " + want
	}
	return ""
}
