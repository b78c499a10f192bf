package api_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"naru/config"
	"naru/internal/chart"
	"naru/internal/chat"
	"naru/internal/knowledge"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/store"
)

// facts is the shipped dataset, loaded once.
var facts = sync.OnceValues(func() (*knowledge.Base, error) {
	files, err := fs.Sub(config.Files(""), "knowledge")
	if err != nil {
		return nil, err
	}
	return knowledge.Load(files)
})

func newBot(t testing.TB, kept *store.Store, charts *chart.Charts, catalog *locale.Catalog) *chat.Bot {
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
		Knowledge: base, Lexicon: lexicon, Catalog: catalog, Conversations: kept, Misses: kept,
		Picture: func(name, language string) (chat.Chart, bool) {
			c, ok := charts.Chart(name, language)
			if !ok {
				return chat.Chart{}, false
			}
			return chat.Chart{
				Drawing: chat.Drawing{URL: c.Path(), Width: c.Width, Height: c.Height}, Alt: c.Title,
				Narrow: chat.Drawing{URL: c.Narrow.Path(), Width: c.Narrow.Width, Height: c.Narrow.Height},
			}, true
		},
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

func TestChatShowsMoreThanText(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	compared := d.ask(t, chat.Question{Message: "Stomach cancer survival in Korea and the USA", Language: "ru"})
	if c := compared.Chart; c == nil || c.URL != "/charts/survival-stomach.svg?language=ru" || c.Narrow.URL != "/charts/survival-stomach-narrow.svg?language=ru" || c.Narrow.Width >= c.Width || c.Alt == "" || c.Width < 1 || c.Height < 1 {
		t.Fatalf("chart %+v", compared.Chart)
	}
	if picture := d.do(t, http.MethodGet, compared.Chart.URL, nil); picture.StatusCode != http.StatusOK || picture.Header.Get("Content-Language") != "ru" {
		t.Errorf("the chart answers %d in %s", picture.StatusCode, picture.Header.Get("Content-Language"))
	}
	list := d.ask(t, chat.Question{Message: "List all overseas partner institutions", Language: "en"})
	if list.More == nil || list.More.Count < 1 {
		t.Fatalf("more %+v", list.More)
	}
	rest := d.ask(t, chat.Question{Message: list.More.Message, Language: "en", ConversationID: list.ConversationID})
	if rest.Kind != chat.KindAnswer || rest.ReplyID == list.ReplyID || len(rest.Text) < 100 {
		t.Errorf("%+v", rest)
	}
	single := d.ask(t, chat.Question{Message: "How many foreign patients came in 2013?", Language: "en"})
	if single.Chart != nil || single.More != nil || single.Handoff != nil {
		t.Errorf("%+v", single)
	}
}

func TestHandoffOpensTheForm(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	declined := d.ask(t, chat.Question{Message: "How much does lung cancer treatment cost for a patient from Kazakhstan?", Language: "en"})
	h := declined.Handoff
	if h == nil || h.Kind != "patient" || h.URL != "/en/patient" || h.Purpose != "cost_estimate" || h.Department != "hematology_oncology" || h.Country != "KZ" {
		t.Fatalf("%s %q %+v", declined.Kind, declined.Text, h)
	}
	want := map[string]string{
		"language": "en", "conversation_id": declined.ConversationID, "purpose": h.Purpose, "department": h.Department, "residence": "KZ", "complaint": h.Message,
	}
	if !maps.Equal(h.Fields, want) {
		t.Errorf("fields %v, want %v", h.Fields, want)
	}
	accepted := d.ask(t, chat.Question{Message: "yes please", Language: "en", ConversationID: declined.ConversationID})
	if accepted.Kind != chat.KindHandoff || accepted.Handoff == nil || accepted.Handoff.Message != h.Message || accepted.Handoff.Purpose != h.Purpose {
		t.Errorf("%s %+v", accepted.Kind, accepted.Handoff)
	}
}

func TestFeedbackIsCountedWithoutThePerson(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	reply := d.ask(t, chat.Question{Message: "I am Zaphod, how many partners are in Japan?", Language: "en"})
	rate := func(body string, want int) {
		t.Helper()
		if a := d.do(t, http.MethodPost, "/api/v1/chat/feedback", []byte(body), "Content-Type", "application/json"); a.StatusCode != want {
			t.Errorf("%s: %d %s, want %d", body, a.StatusCode, a.body, want)
		}
	}
	ids := `{"conversation_id":"` + reply.ConversationID + `","reply_id":"` + reply.ReplyID + `","helpful":`
	for _, helpful := range []string{"true", "false", "false"} {
		rate(ids+helpful+"}", http.StatusNoContent)
	}
	misses, err := d.store.Misses(t.Context(), 10)
	misses = slices.DeleteFunc(misses, func(m naru.Miss) bool { return m.Kind == "declined" })
	if err != nil || len(misses) != 1 || misses[0].Kind != "disliked" || misses[0].Count != 1 || strings.Contains(strings.ToLower(misses[0].Question), "zaphod") || !strings.Contains(misses[0].Question, "partner") {
		t.Errorf("%+v, %v", misses, err)
	}
	rate(`{"conversation_id":"x","reply_id":"y","helpful":true}`, http.StatusNotFound)
	rate(`{"conversation_id":"x","helpful":"yes","more":1}`, http.StatusUnprocessableEntity)
	rate(`{"conversation_id":"`+strings.Repeat("x", 101)+`","reply_id":"y","helpful":true}`, http.StatusUnprocessableEntity)
	rate(`{`, http.StatusBadRequest)
	rate(`{"reply_id":"`+strings.Repeat("x", 8<<10)+`"}`, http.StatusRequestEntityTooLarge)
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
