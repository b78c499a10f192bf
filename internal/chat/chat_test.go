package chat

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"naru/internal/naru"
)

// say runs one message of a conversation.
func say(t testing.TB, b *Bot, id, lang, message string) Reply {
	t.Helper()
	r, err := b.Reply(context.Background(), Question{Message: message, Language: lang, ConversationID: id})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestConversationStepsThroughClarification(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	r := say(t, b, "", "en", "liver survival rate")
	if r.Kind != KindClarify || len(r.Suggestions) != 2 {
		t.Fatalf("ambiguous question: %s %q", r.Kind, r.Text)
	}
	if r = say(t, b, r.ConversationID, "en", "the second one"); r.Kind != KindAnswer || !strings.Contains(r.Text, "79.72") && !strings.Contains(r.Text, "39.3") {
		t.Errorf("second choice: %s %q", r.Kind, r.Text)
	}
}

func TestConversationGivesTheRest(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	r := say(t, b, "", "en", "How many overseas partners are there?")
	if r.Kind != KindAnswer {
		t.Fatalf("%s %q", r.Kind, r.Text)
	}
	r = say(t, b, r.ConversationID, "en", "show more")
	if r.Kind != KindAnswer || !strings.Contains(r.Text, "Kumamoto") {
		t.Errorf("more: %s %q", r.Kind, r.Text)
	}
}

func TestYesAfterDeclineIsHandoff(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	r := say(t, b, "", "en", "How much does a liver transplant cost?")
	if r.Kind != KindDecline || r.Handoff == nil || r.Handoff.Message == "" {
		t.Fatalf("%s %q %v", r.Kind, r.Text, r.Handoff)
	}
	if r = say(t, b, r.ConversationID, "en", "yes please"); r.Kind != KindHandoff {
		t.Errorf("%s %q", r.Kind, r.Text)
	}
}

func TestHandoffKnowsWhatWasSaid(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	r := say(t, b, "", "en", "We want to cooperate as a partner hospital in Vietnam, please contact me")
	if r.Kind != KindHandoff || r.Handoff.Kind != naru.KindPartner || r.Handoff.Country != "VN" || r.Handoff.Language != "en" {
		t.Errorf("%s %+v", r.Kind, r.Handoff)
	}
}

func TestConversationExpires(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	b := *newBot(t)
	b.store = newMemory()
	b.clock = func() time.Time { return now }
	r := say(t, &b, "", "en", "How many foreign patients came in 2018?")
	if r = say(t, &b, r.ConversationID, "en", "and in 2019?"); !strings.Contains(r.Text, "497,464") {
		t.Errorf("follow-up: %s %q", r.Kind, r.Text)
	}
	now = now.Add(time.Hour)
	if r = say(t, &b, r.ConversationID, "en", "and in 2017?"); r.Kind == KindAnswer {
		t.Errorf("after an hour: %s %q", r.Kind, r.Text)
	}
}

func TestStateHoldsNoMessage(t *testing.T) {
	t.Parallel()
	b := *newBot(t)
	m := newMemory()
	b.store = m
	say(t, &b, "", "en", "My name is Zaphod, my father has cancer, how many partners are in Japan")
	for _, data := range m.states {
		if strings.Contains(strings.ToLower(string(data)), "zaphod") || !json.Valid(data) {
			t.Errorf("state keeps the message: %s", data)
		}
	}
}

func TestAwkwardMessages(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for _, m := range []string{"", " ", "?", "\x00\xff\xfe", "%", "~", "2019", "....", "👍", strings.Repeat("a", 5000), strings.Repeat("한국 ", 2000), "١٢٣", "-", "12/13/14/15", "2019-2020", "99999999999999999999"} {
		r := say(t, b, "", "", m)
		if r.Text == "" || r.Citations == nil || r.Facts == nil || r.Suggestions == nil {
			t.Errorf("%q: %+v", m, r)
		}
		if r.Kind == KindAnswer {
			t.Errorf("%q was answered: %q", m, r.Text)
		}
	}
}

// TestQuotesStandInTheRecords checks that every quote of an answer is that of
// a record or a section of one.
func TestQuotesStandInTheRecords(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	known := map[string]bool{}
	for _, row := range b.base.Rows() {
		c := row.Citation()
		known[c.Quote], known[c.Section] = true, true
	}
	for _, q := range readQuestions(t, "testdata/questions/*.jsonl") {
		r, _ := ask(t, b, q, true)
		for _, c := range r.Citations {
			if !known[c.Quote] || c.Source == "" {
				t.Errorf("%s: quote %q is in no record", q.ID, c.Quote)
			}
		}
	}
}

// TestQuotesStandInThePages checks the same against the pages themselves,
// where they are at hand.
func TestQuotesStandInThePages(t *testing.T) {
	pages := os.Getenv("NARU_CHAT_PAGES")
	if pages == "" {
		t.Log("NARU_CHAT_PAGES is not set: the records stand for the pages")
		return
	}
	files, err := filepath.Glob(filepath.Join(pages, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages in %s: %v", pages, err)
	}
	text := ""
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text += " " + string(data)
	}
	text = strings.ToLower(strings.Join(strings.Fields(judgeSpaces(text)), " "))
	b := newBot(t)
	for _, q := range readQuestions(t, "testdata/questions/*.jsonl") {
		r, _ := ask(t, b, q, true)
		for _, c := range r.Citations {
			if !strings.Contains(text, strings.ToLower(strings.Join(strings.Fields(judgeSpaces(c.Quote)), " "))) {
				t.Errorf("%s: quote %q is not in the pages", q.ID, c.Quote)
			}
		}
	}
}

func FuzzReply(f *testing.F) {
	for _, s := range []string{"How many partners in Japan?", "한국 위암 생존율은?", "2019-2020年外国患者", "ٱلسلام 2013", "а в Англии?", "Jyväskylä & C&T 5-year 117만 467"} {
		f.Add(s, "en")
	}
	b := newBot(f)
	f.Fuzz(func(t *testing.T, message, lang string) {
		start := time.Now()
		r, err := b.Reply(context.Background(), Question{Message: message, Language: lang})
		if err != nil || r.Text == "" {
			t.Errorf("%q: %v %+v", message, err, r)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("%q took %v", message, d)
		}
	})
}

func BenchmarkReply(b *testing.B) {
	bot := newBot(b)
	questions := readQuestions(b, "testdata/questions/*.jsonl")
	times := make([]time.Duration, 0, b.N)
	b.ResetTimer()
	for i := range b.N {
		q := questions[i%len(questions)]
		start := time.Now()
		if _, err := bot.Reply(context.Background(), Question{Message: q.Question, Language: q.Lang}); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	b.StopTimer()
	report(b, times)
}

// longTexts are messages of the greatest length that were hard to read: near
// misses of words and names, without spaces, in the letters of another
// language, figures beside figures.
func longTexts() []string {
	var long []string
	for _, unit := range []string{
		"qwertyuiop ", "협력기관이 ", "韩国医院合作", "партнёрство ", "سرطان المعدة ", "samsungscancercentwe", "bestspecializedhosыpitalsпсихикалықіденсаулық", "찾간", "학위문논",
		"معهد الالكتروني في كروريا ", "حكهوم حي سونجبوك ", "сонбук гу денсаулық сақта оеталық ", "агенвств донорств органов ", "KOICA хэзээ байгуулагдсан бэ? ", "どジンマ大学", "二一五 ",
		"1131 năm 1684-850%2058~1944年354%271년", "institute of science and technology of korea ", "졌it", "3жылығ", "анпаимер", "почхон үімет ", "ung thu vu o nhat ban la ", "ال ", "1.2,3:4/5-6~",
	} {
		long = append(long, string([]rune(strings.Repeat(unit, maxMessage))[:maxMessage]))
	}
	return long
}

// TestLongTextsCostInProportion holds the work for a message of the greatest
// length against that for half of it, counted in allocations, which no busy
// machine changes: what grew with the square of the length would go beyond. The
// time is BenchmarkReplyLong's.
func TestLongTextsCostInProportion(t *testing.T) {
	const most = 10 // a rune
	b := newBot(t)
	for _, text := range longTexts() {
		half := string([]rune(text)[:maxMessage/2])
		for _, lang := range []string{"", "en", "kk", "ar"} {
			allocations := func(message string) float64 {
				return testing.AllocsPerRun(1, func() {
					if _, err := b.Reply(t.Context(), Question{Message: message, Language: lang}); err != nil {
						t.Error(err)
					}
				})
			}
			whole, part := allocations(text), allocations(half)
			if whole > 3*part || whole > most*maxMessage {
				t.Errorf("%.40q … in %q: %.0f allocations, %.0f for half of it", text, lang, whole, part)
			}
		}
	}
}

func BenchmarkReplyLong(b *testing.B) {
	bot := newBot(b)
	long := longTexts()
	times := make([]time.Duration, 0, b.N)
	b.ResetTimer()
	for i := range b.N {
		start := time.Now()
		if _, err := bot.Reply(context.Background(), Question{Message: long[i%len(long)]}); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	b.StopTimer()
	report(b, times)
}

// TestWhatCannotBeKeptIsLeftOut: a database may take no zero characters.
func TestWhatCannotBeKeptIsLeftOut(t *testing.T) {
	t.Parallel()
	b, err := build()
	if err != nil {
		t.Fatal(err)
	}
	m := newMemory()
	b.store = m
	reply, err := b.Reply(t.Context(), Question{Message: "How many\x00partners in Mongolia?\xff", ConversationID: "a\x00b"})
	if err != nil {
		t.Fatal(err)
	}
	turns := m.turns[reply.ConversationID]
	if reply.ConversationID == "a\x00b" || len(turns) != 1 || turns[0].Turn.Question != "How many partners in Mongolia? " {
		t.Errorf("kept as %q: %+v", reply.ConversationID, turns)
	}
}
