package api_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"testing"

	"naru/config"
	"naru/internal/chat"
	"naru/internal/knowledge"
	"naru/internal/locale"
)

// facts is the shipped dataset, loaded once.
var facts = sync.OnceValues(func() (*knowledge.Base, error) {
	files, err := fs.Sub(config.Files(""), "knowledge")
	if err != nil {
		return nil, err
	}
	return knowledge.Load(files)
})

func newBot(t testing.TB, conversations chat.Conversations, catalog *locale.Catalog) *chat.Bot {
	t.Helper()
	base, err := facts()
	if err != nil {
		t.Fatal(err)
	}
	lexicon, err := fs.Sub(config.Files(""), "knowledge/lexicon")
	if err != nil {
		t.Fatal(err)
	}
	bot, err := chat.New(chat.Options{
		Knowledge: base, Lexicon: lexicon, Catalog: catalog, Conversations: conversations,
		Countries: func(language string) (countries []chat.Country) {
			for _, c := range catalog.Countries(language) {
				countries = append(countries, chat.Country{Code: c.Code, Name: c.Name})
			}
			return countries
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return bot
}

func (d *desk) ask(t *testing.T, q chat.Question) chat.Reply {
	t.Helper()
	body, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	a := d.do(t, http.MethodPost, "/api/v1/chat", body, "Content-Type", "application/json")
	var r chat.Reply
	if err := json.Unmarshal(a.body, &r); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s: %v", a.StatusCode, a.body, err)
	}
	return r
}

func TestChatAnswersDeclinesAndRemembers(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	first := d.ask(t, chat.Question{Message: "How many partner institutions are in Mongolia?", Language: "en"})
	if first.Kind != chat.KindAnswer || !strings.Contains(first.Text, "5") || len(first.Citations) == 0 || first.ConversationID == "" {
		t.Errorf("%+v", first)
	}
	second := d.ask(t, chat.Question{Message: "and in Kazakhstan?", Language: "en", ConversationID: first.ConversationID})
	if second.Kind != chat.KindAnswer || !strings.Contains(second.Text, "7") || second.ConversationID != first.ConversationID {
		t.Errorf("%+v", second)
	}
	declined := d.ask(t, chat.Question{Message: "How much is a dental implant in Seoul?", Language: "en"})
	if declined.Kind != chat.KindDecline && declined.Kind != chat.KindHandoff || declined.Handoff == nil {
		t.Errorf("%+v", declined)
	}
	korean := d.ask(t, chat.Question{Message: "2013년 외국인 환자 수는?"})
	if korean.Language != "ko" || !strings.Contains(korean.Text, "211,218") {
		t.Errorf("%+v", korean)
	}
	if strings.Contains(d.log.String(), "Kazakhstan") || strings.Contains(d.log.String(), "implant") {
		t.Error("a message stands in the log")
	}
}

func TestChatRefusesWhatIsNoQuestion(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for _, c := range []struct {
		body, media string
		status      int
		want        string
	}{
		{`{"message":"x"}`, "text/plain", http.StatusUnsupportedMediaType, "unsupported_media_type"},
		{`{"message":`, "application/json", http.StatusBadRequest, "body_malformed"},
		{`["x"]`, "application/json", http.StatusBadRequest, "body_not_object"},
		{`null`, "application/json", http.StatusBadRequest, "body_not_object"},
		{``, "application/json", http.StatusBadRequest, "body_malformed"},
		{`{}`, "application/json", http.StatusUnprocessableEntity, "/message required"},
		{`{"message":"  "}`, "application/json", http.StatusUnprocessableEntity, "/message required"},
		{`{"message":5,"language":[],"x/y":1}`, "application/json", http.StatusUnprocessableEntity, "/language type_string /message type_string /x~1y unknown_field"},
		{`{"message":"x","language":"pt"}`, "application/json", http.StatusUnprocessableEntity, "/language unknown_choice"},
		{`{"message":"x","conversation_id":"` + strings.Repeat("i", 101) + `"}`, "application/json", http.StatusUnprocessableEntity, "/conversation_id too_long"},
		{`{"message":"` + strings.Repeat("x", 40<<10) + `"}`, "application/json", http.StatusRequestEntityTooLarge, "body_too_large"},
	} {
		a := d.do(t, http.MethodPost, "/api/v1/chat", []byte(c.body), "Content-Type", c.media)
		var p struct {
			Code   string
			Errors []struct{ Pointer, Code, Detail string }
		}
		if err := json.Unmarshal(a.body, &p); err != nil {
			t.Fatalf("%.60s: %s", c.body, a.body)
		}
		got := []string{}
		for _, e := range p.Errors {
			got = append(got, e.Pointer+" "+e.Code)
			if e.Detail == "" || strings.HasPrefix(e.Detail, "field.") {
				t.Errorf("%.60s: %s has no sentence", c.body, e.Code)
			}
		}
		if len(got) == 0 {
			got = append(got, p.Code)
		}
		if a.StatusCode != c.status || strings.Join(got, " ") != c.want {
			t.Errorf("%.60s: %d %q, want %d %q", c.body, a.StatusCode, got, c.status, c.want)
		}
	}
}
