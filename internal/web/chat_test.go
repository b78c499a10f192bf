package web_test

import (
	"context"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"naru/internal/chat"
	"naru/internal/naru"
	"naru/internal/web"
)

// parrot answers with what the test wants, and notes what it is told.
type parrot struct {
	reply  chat.Reply
	asked  chat.Question
	rated  chat.Rating
	unsure error
}

func (p *parrot) Reply(_ context.Context, q chat.Question) (chat.Reply, error) {
	p.asked = q
	return p.reply, nil
}

func (p *parrot) Rate(_ context.Context, r chat.Rating) error {
	p.rated = r
	return p.unsure
}

// post sends a form as a page of the site does, or of another one.
func (s *site) post(t *testing.T, path string, form url.Values, header ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response, string(body)}
}

// What a form carries along comes from the visitor and is taken as that: shown
// as text, with nothing in it that leads elsewhere.
func TestTalkThatComesWithTheForm(t *testing.T) {
	t.Parallel()
	bot := &parrot{reply: chat.Reply{
		ConversationID: "c2", ReplyID: "r2", Language: "ar", Kind: chat.KindAnswer, Suggestions: []string{"more?"}, Facts: []chat.Fact{{Key: "secret-fact"}},
		Text: "In all:\n• one\n• two\nBy year — 2019: 1; 2020: 2; 2021: 3; 2022: 4\nالسنوات – 2015: 1؛ 2016: 2؛ 2017: 3؛ 2018: 4.\n年別 – 2011年: 1／2012年: 2／2013年: 3／2014年: 4です。\nProject – Uganda; client: A; scope: b; c\nEnd",
	}}
	s := open(t, func(o *web.Options) { o.Chat = bot })
	declined := chat.Reply{
		ConversationID: "c1", ReplyID: "r1", Language: "en", Kind: chat.KindDecline, Text: "<script>no</script>",
		Chart:   &chat.Chart{Drawing: chat.Drawing{URL: "https://evil.example/x.svg"}, Alt: "chart", Narrow: chat.Drawing{URL: "/charts/x.svg"}},
		Handoff: &chat.Handoff{Kind: naru.KindPartner, URL: "https://evil.example/", Fields: map[string]string{"description": "first"}},
	}
	narrow := chat.Reply{ConversationID: "c1", Language: "en", Kind: chat.KindAnswer, Text: "yes", Chart: &chat.Chart{Drawing: chat.Drawing{URL: "/charts/x.svg"}, Narrow: chat.Drawing{URL: "https://evil.example/x.svg"}}}
	entries := []map[string]any{{"you": "<b>first</b>"}, {}, {"desk": declined}, {"you": "second"}, {"desk": narrow}}
	before, err := json.Marshal(map[string]any{"conversation": "c1", "entries": entries})
	if err != nil {
		t.Fatal(err)
	}
	a := s.post(t, "/kk/chat", url.Values{"talk": {string(before)}, "message": {" next "}})
	if a.StatusCode != 200 || bot.asked != (chat.Question{Message: "next", Language: "kk", ConversationID: "c1"}) {
		t.Fatalf("%d, asked %+v", a.StatusCode, bot.asked)
	}
	checkPage(t, "talk", a)
	for _, want := range []string{
		"&lt;b&gt;first", "&lt;script&gt;no", `action="/kk/partner/begin"`, `value="first"`, `lang="ar" dir="rtl"`, `<ul class="lines"><li><bdi>one</bdi></li><li><bdi>two</bdi></li></ul>`,
		`<p>By year</p><ul class="row"><li>2019: 1</li>`, `<li>2018: 4</li></ul>`, `<li>2014年: 4</li></ul>`, "<p>Project\u00a0– Uganda; client: A; scope: b; c</p>", `value="more?"`, `id="latest"`, `value="r2:yes"`,
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("page lacks %s", want)
		}
	}
	if strings.Contains(a.body, "evil.example/x.svg") || strings.Contains(a.body, `action="https:`) || strings.Contains(a.body, "secret-fact") {
		t.Error("page shows what it must not")
	}
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a talk may be kept: %s", a.Header.Get("Cache-Control"))
	}

	thumb := s.post(t, "/kk/chat", url.Values{"talk": {string(before)}, "helpful": {"r1:no"}})
	if bot.rated != (chat.Rating{ConversationID: "c1", ReplyID: "r1"}) || strings.Count(thumb.body, `aria-pressed="true"`) != 1 || !strings.Contains(thumb.body, s.text("kk", "chat_page.thanks", nil)) {
		t.Errorf("rated %+v", bot.rated)
	}
	bot.unsure = naru.NewError(naru.KindNotFound, "reply_unknown", nil)
	if late := s.post(t, "/kk/chat", url.Values{"talk": {string(before)}, "helpful": {"r1:yes"}}); !strings.Contains(late.body, s.text("kk", "chat_page.unrated", nil)) || strings.Contains(late.body, `aria-pressed="true"`) {
		t.Error("a thumb that came too late looks as if it counted")
	}
	if odd := s.post(t, "/kk/chat", url.Values{"talk": {`{"entries": 7`}, "chosen": {"x"}, "message": {"y"}}); odd.StatusCode != 200 || bot.asked.Message != "x" || bot.asked.ConversationID != "" {
		t.Errorf("%d, asked %+v", odd.StatusCode, bot.asked)
	}
	if foreign := s.post(t, "/kk/chat", url.Values{"message": {"x"}}, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); foreign.StatusCode != 403 {
		t.Errorf("a talk of another site: %d", foreign.StatusCode)
	}
}

// What in a reply can be written to or called is a link, and nothing else is:
// here on the page without a script, in TestTalkByKeyboard with one.
func TestRepliesLeadToPeople(t *testing.T) {
	t.Parallel()
	bot := &parrot{}
	s := open(t, func(o *web.Options) { o.Chat = bot })
	for _, x := range reachable {
		bot.reply = chat.Reply{ConversationID: "c", ReplyID: "r", Language: "en", Kind: x.kind, Text: x.text}
		a := s.post(t, "/en/chat", url.Values{"message": {"x"}})
		_, reply, _ := strings.Cut(a.body, `<div class="talk-text">`)
		reply, _, _ = strings.Cut(reply, "</div>")
		if got := strings.ReplaceAll(html.UnescapeString(reply), "\n", ""); got != x.markup {
			t.Errorf("%q becomes\n%s\nwant\n%s", x.text, got, x.markup)
		}
	}
	for language, text := range broken {
		bot.reply = chat.Reply{ConversationID: "c", ReplyID: "r", Language: language, Kind: chat.KindAnswer, Text: text}
		a := s.post(t, "/en/chat", url.Values{"message": {"x"}})
		if set := typography().Set(language, text); set == text || !strings.Contains(html.UnescapeString(a.body), "<p>"+set+"</p>") {
			t.Errorf("%s: %q is not set for narrow lines", language, text)
		}
	}
}

// reachable are replies with what they become.
var reachable = []struct {
	kind         chat.ReplyKind
	text, markup string
}{
	{
		chat.KindAnswer, "KIMA: phone 82-2-362-7607~9; e-mail a.b@khidi.or.kr.",
		"<p>KIMA: phone <a href=\"tel:+82-2-362-7607\"><bdi dir=\"ltr\">82-2-362-7607~9</bdi></a>; e-\u2060mail " + `<a href="mailto:a.b@khidi.or.kr"><bdi dir="ltr">a.b@khidi.or.kr</bdi></a>.</p>`,
	},
	{chat.KindAnswer, "• 전화 +82-2-920-6203번", `<ul class="lines"><li><bdi>전화 <a href="tel:+82-2-920-6203"><bdi dir="ltr">+82-2-920-6203</bdi></a>번</bdi></li></ul>`},
	{chat.KindAnswer, "From 2007-03-20 to 20-03-2016: 119 of 1-2-3, x@y", "<p>From 2007-03-20\u00a0to 20-03-2016: 119\u00a0of 1-2-3, x@y</p>"},
	{
		chat.KindAnswer, "17:\n" + strings.Repeat("• x\n", 16) + "• y",
		`<p>17:</p><ul class="lines">` + strings.Repeat("<li><bdi>x</bdi></li>", 10) + `</ul><details class="talk-rest"><summary lang="en" dir="ltr">Show the rest (7)</summary><ul class="lines">` +
			strings.Repeat("<li><bdi>x</bdi></li>", 6) + `<li><bdi>y</bdi></li></ul></details>`,
	},
	{chat.KindEmergency, "119에 전화하세요", `<p><a href="tel:119"><bdi dir="ltr">119</bdi></a>에 전화하세요</p>`},
}

// broken are replies in which lines may not end everywhere, by language.
var broken = map[string]string{
	"en": "Al-Farabi, 2009–2023 — article 9 of (WCAG) 2.2", "ko": "수집·이용(12%)과 알 수 있습니다", "zh-Hans": "您的电子邮箱，例如24个月后1年", "ja": "お問い合わせは24か月後、例：10日",
	"ru": "Великобритания — с кем-то из организации-партнёра за 3 878 062", "mn": "2023 оны нийлбэр (3,878,062)-тэй ч таарахгүй уу?", "kk": "Ұлыбритания — 119, 7609-ға ата-ана",
	"ar": "من 2010~2023 إلى المادة 9", "vi": "Bệnh nhân nước ngoài: Điều 9, 18:00 ngày 3 tháng 2",
}

// Others may fill in answers, and nothing else.
func TestFormBegunElsewhere(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	given := url.Values{
		"complaint": {"How much is it?"}, "purpose": {"cost_estimate"}, "residence": {"KZ"}, "language": {"kk"}, "birth_date": {"1990-03-27"}, "conversation_id": {"talk"},
		"consent_personal_information": {"yes"}, "version_personal_information": {"0"}, "document": {"id 5 name.pdf"}, "key": {"k"}, "nonsense": {"x"},
	}
	a := s.post(t, "/kk/patient/begin", given, "Origin", "null", "Sec-Fetch-Site", "cross-site")
	if a.StatusCode != 200 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	checkPage(t, "form", a)
	for _, want := range []string{"How much is it?", `value="1990"`, `name="conversation_id" value="talk"`, `data-begun="`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("form lacks %s", want)
		}
	}
	for _, refused := range []string{"name.pdf", `name="key"`, `value="0"`, `id="problems"`, "nonsense"} {
		if strings.Contains(a.body, refused) {
			t.Errorf("form has %s", refused)
		}
	}
	if strings.Count(a.body, " checked") > 1 { // the purpose
		t.Error("a consent is ticked")
	}
	if again := s.get(t, "/kk/patient/begin", browser...); again.StatusCode != 303 || again.Header.Get("Location") != "/kk/patient" {
		t.Errorf("loaded again: %d", again.StatusCode)
	}
	if files := s.post(t, "/kk/partner/begin", nil, "Content-Type", "multipart/form-data; boundary=x"); files.StatusCode != 415 {
		t.Errorf("files from elsewhere: %d", files.StatusCode)
	}
}

func TestModulesImportEachOther(t *testing.T) {
	t.Parallel()
	assets, err := web.NewAssets(fstest.MapFS{
		"static/a.js": {Data: []byte(`import { b } from "./b.js"; import("./c.js");`)}, "static/b.js": {Data: []byte(`export * from "./c.js";`)}, "static/c.js": {Data: []byte("export const b = 1;")},
	}, web.Look{})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := web.NewAssets(fstest.MapFS{
		"static/a.js": {Data: []byte(`import { b } from "./b.js"; import("./c.js");`)}, "static/b.js": {Data: []byte(`export * from "./c.js";`)}, "static/c.js": {Data: []byte("export const b = 2;")},
	}, web.Look{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.js", "b.js", "c.js"} {
		if assets.URL(name) == changed.URL(name) {
			t.Errorf("%s keeps its address when what it imports changes", name)
		}
	}
	for what, files := range map[string]fstest.MapFS{
		"none":     {"static/a.js": {Data: []byte(`import "./b.js";`)}},
		"a circle": {"static/a.js": {Data: []byte(`import "./b.js";`)}, "static/b.js": {Data: []byte(`import "./a.js";`)}},
	} {
		if _, err := web.NewAssets(files, web.Look{}); err == nil {
			t.Errorf("a module that imports %s is taken", what)
		}
	}
}
