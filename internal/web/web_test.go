package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"naru/config"
	"naru/internal/bucket"
	"naru/internal/calendar"
	"naru/internal/casefile"
	"naru/internal/intake"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/server"
	"naru/internal/store"
	"naru/internal/telemetry"
	"naru/internal/typeset"
	"naru/internal/web"
	"naru/templates"
)

// texts are read once: they do not change.
// typography is where lines may end, as shipped; nil where it cannot be read,
// which Register refuses.
var typography = sync.OnceValue(func() *typeset.Setter {
	text, err := fs.ReadFile(config.Files(""), "typography.yaml")
	if err != nil {
		return nil
	}
	s, err := typeset.Parse(string(text), naru.Languages)
	if err != nil {
		return nil
	}
	return s
})

var texts = sync.OnceValues(func() (*locale.Catalog, error) {
	locales, err := fs.Sub(config.Files(""), "locales")
	if err != nil {
		return nil, err
	}
	return locale.Load(locales)
})

// site is the real pages on a real store, at a port of its own.
type site struct {
	url     string
	store   *store.Store
	catalog *locale.Catalog
	log     *journal
	next    byte
}

type journal struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func open(t *testing.T, change func(*web.Options)) *site {
	t.Helper()
	s := &site{log: &journal{}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	s.catalog, err = texts()
	must(err)
	logger, err := telemetry.NewLogger("debug", "json", s.log)
	must(err)
	s.store, err = store.Open(t.Context(), store.Options{URL: filepath.Join(t.TempDir(), "naru.db"), Logger: logger, Clock: time.Now})
	must(err)
	t.Cleanup(func() {
		if err := s.store.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	_, err = s.store.Migrate(t.Context())
	must(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	s.url = "http://" + l.Addr().String()
	teams, err := config.LoadDesk(config.Files(""))
	must(err)
	cases, err := casefile.New(casefile.Options{Store: s.store, Team: teams.Team})
	must(err)
	files, err := templates.FS("")
	must(err)
	assets, err := web.NewAssets(files, web.Look{})
	must(err)
	unlimited := []bucket.Rate{}
	srv, err := server.New(server.Options{
		PublicURL: s.url, Catalog: s.catalog, Match: locale.Match, Logger: logger,
		Rates: server.Rates{Submit: unlimited, Upload: unlimited, Lookup: unlimited, Read: unlimited},
	})
	must(err)
	names := config.Default().Organisations
	inquiries, uploads := useCases(t, s.store, teams, s.catalog, s.url)
	additions, err := intake.NewAdditions(intake.AdditionOptions{Service: inquiries, Store: s.store, Open: cases.Inquiry})
	must(err)
	o := web.Options{
		Content: content(t), Trusted: true,
		Inquiries: inquiries, Additions: additions, Uploads: uploads, Institutions: []string{"Heidelberg University Hospital", "Astana Medical University"}, LeastReview: time.Nanosecond,
		Cases: cases, Catalog: s.catalog, Templates: files, Assets: assets, Typography: typography(), Direction: locale.Direction, Teams: teams.Teams,
		Center: names.Center.Map(), Association: names.Association.Map(), PublicURL: s.url, Zone: calendar.Seoul,
	}
	if change != nil {
		change(&o)
	}
	must(web.Register(srv, o))
	served := make(chan error, 1)
	go func() { served <- srv.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

type answer struct {
	*http.Response
	body string
}

// browser is what a browser sends.
var browser = []string{"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

func (s *site) get(t *testing.T, path string, header ...string) answer {
	t.Helper()
	return s.do(t, http.MethodGet, path, header...)
}

func (s *site) do(t *testing.T, method, path string, header ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	}
	response, err := client.Do(request)
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

// accept writes an inquiry with its two mails.
func (s *site) accept(t *testing.T, language string, documents ...naru.Attachment) naru.Inquiry {
	t.Helper()
	s.next++
	reference, err := naru.NewReference(strings.NewReader(strings.Repeat(fmt.Sprintf("case %d of the test ", s.next), 9)))
	if err != nil {
		t.Fatal(err)
	}
	id := func(n int) string { return fmt.Sprintf("01a20000-0000-7000-8000-%06d%06d", s.next, n) }
	now := time.Now().UTC().Truncate(time.Microsecond)
	inquiry := naru.Inquiry{
		ID: id(0), Reference: reference, Secret: "gsSDcwuZp8fNqMFT5n0" + fmt.Sprint(s.next), Kind: naru.KindPatient, Language: language, AcceptedAt: now, AnswerBy: now.Add(24 * time.Hour),
		RequestID: "r", TeamID: "external-affairs", Rule: "all", Contact: naru.Contact{Name: "Дияс Нұрланов", Email: "dias@post.example", Country: "KZ"},
		Patient: &naru.Patient{Name: "Дияс Нұрланов", Complaint: "leukaemia"}, Attachments: documents,
	}
	mail := func(n int, kind naru.DeliveryKind, team string) naru.Delivery {
		return naru.Delivery{ID: id(n), InquiryID: inquiry.ID, Kind: kind, State: naru.StatePending, TeamID: team, MessageID: id(n) + "@naru.example", CreatedAt: now, NextAttemptAt: now, RequestID: "r"}
	}
	stored, _, err := s.store.Accept(t.Context(), naru.Acceptance{
		Inquiry: inquiry, Deliveries: []naru.Delivery{mail(1, naru.DeliveryTeam, inquiry.TeamID), mail(2, naru.DeliveryAcknowledgement, "")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// finish makes one attempt of a mail and ends it.
func (s *site) finish(t *testing.T, inquiry naru.Inquiry, kind naru.DeliveryKind, outcome naru.Outcome, state naru.DeliveryState) {
	t.Helper()
	deliveries, err := s.store.InquiryDeliveries(t.Context(), inquiry.ID)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	for _, d := range deliveries {
		if d.Kind != kind {
			continue
		}
		claimed, err := s.store.ClaimDelivery(t.Context(), naru.Claim{Dispatch: naru.Dispatch{DeliveryID: d.ID, Attempt: d.Attempt}, Worker: "w", Now: now, LeaseUntil: now.Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		result := naru.AttemptResult{DeliveryID: d.ID, Number: claimed.Attempt, Worker: "w", StartedAt: claimed.StartedAt, EndedAt: now, Outcome: outcome, Reply: "250", State: state, NextAttemptAt: now.Add(time.Minute)}
		if err := s.store.FinishAttempt(t.Context(), result); err != nil {
			t.Fatal(err)
		}
	}
}

func way(inquiry naru.Inquiry, language string) string {
	return "/" + language + "/inquiries/" + string(inquiry.Reference) + "?key=" + url.QueryEscape(inquiry.Secret)
}

// text is a message as it stands in a page.
func (s *site) text(language, key string, args map[string]any) string {
	return html.EscapeString(typography().Set(language, s.catalog.Text(language, key, args)))
}

func TestStatusPageInEveryLanguage(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	inquiry := s.accept(t, "kk")
	for _, language := range naru.Languages {
		a := s.get(t, way(inquiry, language), browser...)
		if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/html; charset=utf-8" || a.Header.Get("Content-Language") != language {
			t.Fatalf("%s: %d %v", language, a.StatusCode, a.Header)
		}
		for _, want := range []string{
			`<html lang="` + language + `" dir="` + locale.Direction(language) + `">`, string(inquiry.Reference), s.text(language, "status.state_received", nil),
			s.text(language, "timeline.received", nil), html.EscapeString(typography().Time(language, s.catalog.DateTime(language, inquiry.AnswerBy, calendar.Seoul))), "82-2-920-6203",
		} {
			if !strings.Contains(a.body, want) {
				t.Errorf("%s: page lacks %q", language, want)
			}
		}
		for _, other := range naru.Languages {
			if !strings.Contains(a.body, `href="`+html.EscapeString(way(inquiry, other))+`"`) {
				t.Errorf("%s: no way to the page in %s", language, other)
			}
		}
		if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(a.Header.Get("X-Robots-Tag"), "noindex") {
			t.Errorf("%s: headers of a personal page: %v", language, a.Header)
		}
		checkPage(t, language, a)
		for _, private := range []string{"Дияс", "dias@post.example", "leukaemia", "external-affairs@"} {
			if strings.Contains(a.body, private) {
				t.Errorf("%s: page shows %q", language, private)
			}
		}
	}
	if log := s.log.String(); strings.Contains(log, inquiry.Secret) || strings.Contains(log, string(inquiry.Reference)) {
		t.Error("the log names the case or its secret")
	}
}

var (
	loads     = regexp.MustCompile(`(?:src|href|action)="([^"]*)"`)
	forbidden = regexp.MustCompile(`(?i)<script[^>]*>[^<]|<style| style=| on\w+="|javascript:|<no value>|ZgotmplZ|\{\{|site\.|status\.|timeline\.|home\.|error_page\.`)
)

// checkPage looks for what no page may have: text that was not filled in,
// scripts or styles in the page, and addresses elsewhere.
func checkPage(t *testing.T, what string, a answer) {
	t.Helper()
	if found := forbidden.FindString(a.body); found != "" {
		t.Errorf("%s: page has %q", what, found)
	}
	for _, m := range loads.FindAllStringSubmatch(a.body, -1) {
		if address := m[1]; !strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "#") && !strings.HasPrefix(address, "mailto:") && !strings.HasPrefix(address, "tel:") && !strings.HasPrefix(address, "http://127.0.0.1:") {
			t.Errorf("%s: page refers to %s", what, address)
		}
	}
	policy := a.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("%s: policy %q", what, policy)
	}
}

func TestStatusPageTellsWhatHappened(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	inquiry := s.accept(t, "en")
	shows := func(state string, events ...string) {
		t.Helper()
		page := s.get(t, way(inquiry, "en"), browser...).body
		if !strings.Contains(page, s.text("en", "status.state_"+state, nil)) {
			t.Errorf("state %s is not shown", state)
		}
		for _, code := range []string{"received", "acknowledged", "forwarded", "delayed", "escalated", "unreachable"} {
			if want := strings.Contains(strings.Join(events, " "), code); strings.Contains(page, s.text("en", "timeline."+code, nil)) != want {
				t.Errorf("event %s: want shown %v", code, want)
			}
		}
	}
	s.finish(t, inquiry, naru.DeliveryTeam, naru.OutcomeTemporary, naru.StatePending)
	shows("delayed", "received", "delayed")
	s.finish(t, inquiry, naru.DeliveryTeam, naru.OutcomeDelivered, naru.StateDelivered)
	shows("forwarded", "received", "forwarded")
	s.finish(t, inquiry, naru.DeliveryAcknowledgement, naru.OutcomePermanent, naru.StateDead)
	shows("forwarded", "received", "forwarded", "unreachable")
}

func TestStatusLinkServesProgramsToo(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	inquiry := s.accept(t, "kk")
	a := s.get(t, way(inquiry, "ja"), "Accept", "application/json")
	var d casefile.Description
	if err := json.Unmarshal([]byte(a.body), &d); err != nil || a.StatusCode != 200 {
		t.Fatalf("%d %s: %v", a.StatusCode, a.body, err)
	}
	if d.Reference != inquiry.Reference || d.State != casefile.StateReceived || len(d.Timeline) != 1 || d.Timeline[0].Text != s.catalog.Text("ja", "timeline.received", nil) || d.Team.Name != "対外協力チーム" {
		t.Errorf("%+v", d)
	}
	if a := s.get(t, way(inquiry, "ja")); !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("without a preference: %s", a.Header.Get("Content-Type"))
	}
	if a := s.get(t, way(inquiry, "ja")+"x", "Accept", "application/json"); a.StatusCode != 404 || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("wrong secret: %d %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
}

func TestBrokenLinksGetAPageThatHelps(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	inquiry := s.accept(t, "kk")
	reference := string(inquiry.Reference)
	for _, language := range naru.Languages {
		for _, path := range []string{"?key=wrong", "", "?key=" + strings.ToLower(inquiry.Secret) + "%00"} {
			a := s.get(t, "/"+language+"/inquiries/"+reference+path, browser...)
			if a.StatusCode != 404 || !strings.Contains(a.body, s.text(language, "error_page.lost_safe", nil)) || !strings.Contains(a.body, s.text(language, "problem.inquiry_unknown.title", nil)) ||
				!strings.Contains(a.body, a.Header.Get("X-Request-Id")) || !strings.Contains(a.body, `<html lang="`+language+`"`) {
				t.Errorf("%s %q: %d", language, path, a.StatusCode)
			}
			checkPage(t, language, a)
		}
	}
	for path, language := range map[string]string{"/vi/nothing": "vi", "/de/": "ru", "/xx/inquiries/" + reference: "ru", "/static/none.css": "ru", "/kk/inquiries/" + reference + "/x": "kk", "/%3Cscript%3Ealert(1)": "ru", "/ar": ""} {
		a := s.get(t, path, append([]string{"Accept-Language", "ru"}, browser...)...)
		if language == "" {
			if a.StatusCode != 308 || a.Header.Get("Location") != path+"/" {
				t.Errorf("%s: %d to %s", path, a.StatusCode, a.Header.Get("Location"))
			}
			continue
		}
		if a.StatusCode != 404 || a.Header.Get("Content-Language") != language || strings.Contains(a.body, "<script>alert") {
			t.Errorf("%s: %d in %q", path, a.StatusCode, a.Header.Get("Content-Language"))
		}
	}
	if a := s.do(t, http.MethodPost, "/ko/", browser...); a.StatusCode != 405 || a.Header.Get("Allow") != "GET, HEAD" || !strings.Contains(a.body, `<html lang="ko"`) {
		t.Errorf("POST: %d, Allow %q", a.StatusCode, a.Header.Get("Allow"))
	}
}

func TestStartPageInEveryLanguage(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	for accept, want := range map[string]string{"": "/en/", "kk-KZ,ru;q=0.8": "/kk/", "fr,mn;q=0.1": "/mn/", "zh-TW": "/zh-Hans/", "nonsense;;q=x": "/en/"} {
		if a := s.get(t, "/", "Accept-Language", accept); a.StatusCode != 302 || a.Header.Get("Location") != want || !strings.Contains(a.Header.Get("Vary"), "Accept-Language") {
			t.Errorf("%q: %d to %s", accept, a.StatusCode, a.Header.Get("Location"))
		}
	}
	for _, language := range naru.Languages {
		a := s.get(t, "/"+language+"/", browser...)
		if a.StatusCode != 200 || !strings.Contains(a.body, s.text(language, "home.title", nil)) || !strings.Contains(a.body, s.text(language, "site.emergency", nil)) ||
			!strings.Contains(a.body, "external-affairs@center.example") || strings.Contains(a.body, "inquiry-desk@center.example") {
			t.Errorf("%s: %d", language, a.StatusCode)
		}
		for _, other := range naru.Languages {
			if !strings.Contains(a.body, `hreflang="`+other+`" href="`+s.url+"/"+other+`/"`) {
				t.Errorf("%s: no alternate %s", language, other)
			}
		}
		checkPage(t, language, a)
		if again := s.get(t, "/"+language+"/", "If-None-Match", a.Header.Get("ETag")); again.StatusCode != 304 {
			t.Errorf("%s: unchanged, and answered %d", language, again.StatusCode)
		}
	}
	few := open(t, func(o *web.Options) { o.Languages = []string{"en", "ko"} })
	if a := few.get(t, "/", "Accept-Language", "kk"); a.Header.Get("Location") != "/en/" {
		t.Errorf("a language that is not offered: %s", a.Header.Get("Location"))
	}
	if a := few.get(t, "/kk/", browser...); a.StatusCode != 404 {
		t.Errorf("a page in a language that is not offered: %d", a.StatusCode)
	}
	if a := few.get(t, "/ko/"); strings.Contains(a.body, `"/kk/"`) {
		t.Error("the switcher offers what is not offered")
	}
}

func TestStaticFilesAreKeptForEver(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	page := s.get(t, "/en/", browser...).body
	style := regexp.MustCompile(`href="(/static/naru\.[0-9a-f]{12}\.css)"`).FindStringSubmatch(page)
	if style == nil {
		t.Fatal("the page has no style with a digest")
	}
	a := s.get(t, style[1], "Accept-Encoding", "gzip")
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") || a.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	for _, path := range []string{"/static/naru.css", "/static/naru.000000000000.css", "/static/", "/static/..%2fweb%2flayout.html", "/static/%00"} {
		if got := s.get(t, path).StatusCode; got != 404 {
			t.Errorf("%s: %d", path, got)
		}
	}
	for name, files := range map[string]fstest.MapFS{
		"a program": {"static/run.exe": {}}, "a folder": {"static/more/x.css": {}}, "nothing": {},
	} {
		if _, err := web.NewAssets(files, web.Look{}); err == nil {
			t.Errorf("%s among static files is taken", name)
		}
	}
}

func TestDocumentsAreForThoseWhoKnowTheirSecret(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	content := bytes.Repeat([]byte("0123456789abcdef"), 40_000) // several pieces
	document := naru.Attachment{
		ID: "doc-1", Name: "Анализ \"крови\" 100%; ü.pdf", Size: int64(len(content)), Type: "application/pdf", SHA256: strings.Repeat("0", 64), Secret: "Pj3kq0", CreatedAt: time.Now().UTC(),
	}
	orphan := document
	orphan.ID = "doc-2"
	for _, d := range []naru.Attachment{document, orphan} {
		if err := s.store.CreateAttachment(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		for n := 0; n*(256<<10) < len(content); n++ {
			if err := s.store.AppendChunk(t.Context(), d.ID, n, content[n*(256<<10):min(len(content), (n+1)*(256<<10))]); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.store.CompleteAttachment(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	s.accept(t, "kk", document)
	a := s.get(t, "/attachments/doc-1?key=Pj3kq0")
	if a.StatusCode != 200 || a.body != string(content) || a.ContentLength != int64(len(content)) || a.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("%d, %d bytes, %v", a.StatusCode, len(a.body), a.Header)
	}
	want := `attachment; filename="______ _______ 100_; _.pdf"; filename*=UTF-8''%D0%90%D0%BD%D0%B0%D0%BB%D0%B8%D0%B7%20%22%D0%BA%D1%80%D0%BE%D0%B2%D0%B8%22%20100%25%3B%20%C3%BC.pdf`
	if got := a.Header.Get("Content-Disposition"); got != want {
		t.Errorf("Content-Disposition\n%s\nwant\n%s", got, want)
	}
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("headers %v", a.Header)
	}
	if head := s.do(t, http.MethodHead, "/attachments/doc-1?key=Pj3kq0"); head.StatusCode != 200 || head.ContentLength != int64(len(content)) || head.body != "" {
		t.Errorf("HEAD: %d, length %d", head.StatusCode, head.ContentLength)
	}
	for _, path := range []string{"doc-1", "doc-1?key=", "doc-1?key=pj3kq0", "doc-2?key=Pj3kq0", "doc-3?key=Pj3kq0", "%00?key=%00"} {
		a := s.get(t, "/attachments/"+path, append([]string{"Accept-Language", "ko"}, browser...)...)
		if a.StatusCode != 404 || !strings.Contains(a.body, s.text("ko", "problem.attachment_unknown.title", nil)) || a.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	if strings.Contains(s.log.String(), "Pj3kq0") {
		t.Error("the log tells the secret")
	}
}

func TestRegisterFindsBrokenTemplatesAtTheStart(t *testing.T) {
	t.Parallel()
	files, err := templates.FS("")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := texts()
	if err != nil {
		t.Fatal(err)
	}
	copyOf := func(change func(fstest.MapFS)) fstest.MapFS {
		all := fstest.MapFS{}
		for _, folder := range []string{"web", "static"} {
			entries, err := fs.ReadDir(files, folder)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				data, err := fs.ReadFile(files, folder+"/"+e.Name())
				if err != nil {
					t.Fatal(err)
				}
				all[folder+"/"+e.Name()] = &fstest.MapFile{Data: data}
			}
		}
		change(all)
		return all
	}
	desk, err := config.LoadDesk(config.Files(""))
	if err != nil {
		t.Fatal(err)
	}
	inquiries, uploads := useCases(t, (*store.Store)(nil), desk, catalog, "http://naru.example")
	register := func(all fstest.MapFS, trusted bool, languages ...string) error {
		assets, err := web.NewAssets(all, web.Look{})
		if err != nil {
			return err
		}
		s, err := server.New(server.Options{PublicURL: "http://naru.example", Catalog: catalog, Match: locale.Match})
		if err != nil {
			t.Fatal(err)
		}
		cases, err := casefile.New(casefile.Options{Store: (*store.Store)(nil), Team: func(string) (naru.Team, bool) { return naru.Team{}, false }})
		if err != nil {
			t.Fatal(err)
		}
		additions, err := intake.NewAdditions(intake.AdditionOptions{Service: inquiries, Store: (*store.Store)(nil), Open: cases.Inquiry})
		if err != nil {
			t.Fatal(err)
		}
		return web.Register(s, web.Options{
			Inquiries: inquiries, Additions: additions, Uploads: uploads, Content: content(t), Languages: languages, Trusted: trusted,
			Cases: cases, Catalog: catalog, Templates: all, Assets: assets, Typography: typography(), Direction: locale.Direction, PublicURL: "http://naru.example", Zone: calendar.Seoul,
		})
	}
	if err := register(copyOf(func(fstest.MapFS) {}), false, naru.Languages...); err != nil {
		t.Fatalf("the shipped ones: %v", err)
	}
	inArabic := copyOf(func(all fstest.MapFS) {
		all["web/home.html"].Data = []byte(`{{define "title"}}{{if eq .Language "ar"}}{{.None}}{{end}}{{end}}`)
	})
	if err := register(inArabic, false, "en", "ar"); err == nil {
		t.Error("a field does not exist in the last language: Register succeeded")
	}
	if err := register(inArabic, true, "en", "ar"); err != nil {
		t.Errorf("a page was made that nobody asked for: %v", err)
	}
	for name, change := range map[string]func(fstest.MapFS){
		"a page is missing": func(all fstest.MapFS) { delete(all, "web/status.html") },
		"a page is broken":  func(all fstest.MapFS) { all["web/error.html"].Data = []byte(`{{define "content"}}{{.}`) },
		"a text does not exist": func(all fstest.MapFS) {
			all["web/home.html"].Data = []byte(`{{define "title"}}{{.T "home.none"}}{{end}}`)
		},
		"a rare text does not exist": func(all fstest.MapFS) {
			all["web/status.html"].Data = bytes.ReplaceAll(all["web/status.html"].Data, []byte("status.state_delayed"), []byte("status.state_late"))
		},
		"a rare field does not exist": func(all fstest.MapFS) {
			all["web/error.html"].Data = bytes.ReplaceAll(all["web/error.html"].Data, []byte("$.Set .Detail"), []byte("$.Set .Details"))
		},
		"a field does not exist": func(all fstest.MapFS) { all["web/home.html"].Data = []byte(`{{define "title"}}{{.None}}{{end}}`) },
	} {
		if err := register(copyOf(change), true, "en", "ar"); err == nil {
			t.Errorf("%s: Register succeeded", name)
		}
	}
}
