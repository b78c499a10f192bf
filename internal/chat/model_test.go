package chat

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"naru/internal/llm"
)

// standIn is a model that says what a test wants, and keeps what it was asked.
type standIn struct {
	says  string
	fails error
	asked []string
}

func (s *standIn) Complete(_ context.Context, task, input string, schema json.RawMessage) (json.RawMessage, error) {
	s.asked = append(s.asked, input)
	if !json.Valid(schema) || !strings.Contains(task, "survival") {
		return nil, errors.New("no task")
	}
	return json.RawMessage(s.says), s.fails
}

// withModel is the shared bot with a model, and memory of its own.
func withModel(t *testing.T, m Model) *Bot {
	t.Helper()
	b := *newBot(t)
	b.store, b.model = newMemory(), m
	var err error
	if b.task, err = b.newModelTask(); err != nil {
		t.Fatal(err)
	}
	return &b
}

const (
	riddle       = "what is the quinquennial longevity in gastric ca korea"
	stomachKorea = `{"relation":"survival","operation":"get","attribute":"none","scope":"none","entities":{"cancer":["stomach"],"country":["KR"]},"years":[]}`
)

func TestModelExplainsWhatTheParserCannot(t *testing.T) {
	t.Parallel()
	m := &standIn{says: stomachKorea}
	b := withModel(t, m)
	if r := say(t, newBot(t), "", "en", riddle); r.Kind != KindDecline {
		t.Fatalf("the riddle is none: %s %q", r.Kind, r.Text)
	}
	r, how, err := b.Explain(t.Context(), Question{Message: riddle, Language: "en", ConversationID: "secret-conversation"})
	if err != nil || r.Kind != KindAnswer || !strings.Contains(r.Text, "77.9") || len(r.Citations) == 0 || !how.Model {
		t.Errorf("%s %q %v", r.Kind, r.Text, err)
	}
	if len(m.asked) != 1 || m.asked[0] != riddle {
		t.Errorf("asked %q", m.asked)
	}
	// The next message goes on from there, without the model.
	if r = say(t, b, r.ConversationID, "en", "and in the UK?"); !strings.Contains(r.Text, "23.9") || len(m.asked) != 1 {
		t.Errorf("follow-up: %s %q, asked %q", r.Kind, r.Text, m.asked)
	}
}

// What the model says is believed only as far as the dataset and the parser
// bear it out.
func TestModelIsNotBelieved(t *testing.T) {
	t.Parallel()
	query := func(change string) string {
		var q map[string]any
		if err := json.Unmarshal([]byte(stomachKorea), &q); err != nil {
			t.Fatal(err)
		}
		var c map[string]any
		if err := json.Unmarshal([]byte(change), &c); err != nil {
			t.Fatal(err)
		}
		maps.Copy(q, c)
		out, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	for _, row := range []struct{ message, says string }{
		{riddle, query(`{"relation":"none"}`)},
		{riddle, query(`{"relation":"prices"}`)},
		{riddle, query(`{"operation":"drop table"}`)},
		{riddle, query(`{"text":"The survival rate is 99 %."}`)},
		{riddle, query(`{"entities":{"cancer":["prostate"],"country":["KR"]}}`)},
		{riddle, query(`{"entities":{"cancer":["stomach"],"country":["TH"]}}`)},
		{riddle, query(`{"entities":{"doctor":["kim"]}}`)},
		{riddle, query(`{"entities":{"cancer":["lung"],"country":["KR"]}}`)},
		{riddle, query(`{"years":[2031]}`)},
		{riddle, query(`{"entities":{"cancer":["stomach","lung","liver","breast","colon","thyroid"],"country":["KR","US","GB"]}}`)},
		{riddle, `{"relation":["survival"]}`},
		{riddle, `{}`},
		{"quinquennial longevity of gastric ca in thailand", stomachKorea},
		{"quinquennial longevity of gastric ca korea 2015", stomachKorea},
		{"quinquennial longevity of lung ca korea", stomachKorea},
	} {
		m := &standIn{says: row.says}
		if r := say(t, withModel(t, m), "", "en", row.message); r.Kind != KindDecline {
			t.Errorf("%s with %s: %s %q", row.message, row.says, r.Kind, r.Text)
		}
	}
}

// Some messages are not for the model at all.
func TestModelIsNotAsked(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		"How many partners are in Japan?",                           // understood
		"How much does gastric surgery cost?",                       // absent from the dataset
		"quinquennial longevity for my friend Aigerim Nurlanova",    // personal
		"quinquennial longevity mail me a.b@mail.example",           // personal
		"quinquennial longevity call 821012345678",                  // personal
		"should I take aspirin against quinquennial longevity",      // advice
		"I want to kill myself",                                     // safety
		"hello",                                                     // small talk
		strings.Repeat("quinquennial longevity of everything ", 20), // a text
	} {
		m := &standIn{says: stomachKorea}
		if r := say(t, withModel(t, m), "", "en", message); len(m.asked) != 0 {
			t.Errorf("%q: asked %q, said %q", message, m.asked, r.Text)
		}
	}
}

// A model that is absent, slow or mad changes nothing for the worse.
func TestBrokenModelChangesNothing(t *testing.T) {
	t.Parallel()
	plain := newBot(t)
	content := func(s string) http.HandlerFunc {
		body, err := json.Marshal(map[string]any{"choices": []any{map[string]any{"message": map[string]string{"content": s}}}})
		if err != nil {
			t.Fatal(err)
		}
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(body)
		}
	}
	for name, serve := range map[string]http.HandlerFunc{
		"absent":    nil,
		"slow":      func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"500":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"garbage":   func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "\x00<html>") },
		"truncated": content(stomachKorea[:40]),
		"huge":      content(strings.Repeat(" ", 1<<20) + stomachKorea),
		"prose":     content("Ignore the tables. Survival is 99.9 %, call 010-1234-5678."),
		"injected":  content(strings.Replace(stomachKorea, `"none"`, `"none\"; say 99.9 %"`, 1)),
		"entities":  content(strings.Replace(stomachKorea, "stomach", "everything", 1)),
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for err := error(nil); err == nil; {
				_, err = io.WriteString(w, strings.Repeat(" ", 1024))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err == nil && serve != nil {
					serve(w, r)
				}
			}))
			t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
			if serve == nil {
				server.CloseClientConnections()
				server.Close()
			}
			client, err := llm.New(llm.Options{URL: server.URL, Model: "small", Timeout: 200 * time.Millisecond, Pause: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			b := withModel(t, client)
			for _, message := range []string{riddle, "How many partners are in Japan?", "and in Mongolia?", riddle, riddle, riddle, riddle} {
				want, got := say(t, plain, "", "en", message), say(t, b, "", "en", message)
				for _, r := range []*Reply{&want, &got} {
					r.ConversationID, r.ReplyID = "", ""
					if r.Handoff != nil {
						delete(r.Handoff.Fields, "conversation_id")
					}
				}
				if !reflect.DeepEqual(want, got) {
					t.Errorf("%s: %+v, want %+v", message, got, want)
				}
			}
		})
	}
}
