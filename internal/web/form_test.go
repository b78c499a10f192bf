package web_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"naru/config"
	"naru/internal/locale"
	"naru/internal/naru"
)

// reader is a browser without scripts.
type reader struct {
	url, language string
	client        *http.Client
}

func newReader(url, language string) *reader {
	return &reader{url, language, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// screen is a page as it came.
type screen struct {
	answer
	root *html.Node
}

func (r *reader) load(t testing.TB, request *http.Request) screen {
	t.Helper()
	request.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	response, err := r.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return screen{answer{response, string(body)}, root}
}

func (r *reader) open(t testing.TB, path string) screen {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.load(t, request)
}

// file is a document to send along.
type file struct{ name, mediaType, content string }

// send sends values and files as a multipart form.
func (r *reader) send(t *testing.T, path string, values url.Values, files ...file) screen {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, f := range append(files, file{"", "application/octet-stream", ""}) {
		header := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename="%s"`, f.name)}, "Content-Type": {f.mediaType}}
		part, err := w.CreatePart(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", w.FormDataContentType())
	return r.load(t, request)
}

// post sends values as browsers send forms without files.
func (r *reader) post(t *testing.T, path string, values url.Values) screen {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r.load(t, request)
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// values are what the form of the page would send, as a reader left it.
func (s screen) values() url.Values {
	values := url.Values{}
	for n := range s.root.Descendants() {
		name, _ := attribute(n, "name")
		value, _ := attribute(n, "value")
		_, checked := attribute(n, "checked")
		kind, _ := attribute(n, "type")
		switch {
		case name == "" || kind == "file" || n.Data == "button" || n.Data == "meta" || n.Data == "details":
		case n.Data == "textarea" && n.FirstChild != nil:
			values.Add(name, strings.TrimPrefix(n.FirstChild.Data, "\n"))
		case n.Data == "select":
			for o := range n.Descendants() {
				if _, selected := attribute(o, "selected"); selected {
					value, _ := attribute(o, "value")
					values.Add(name, value)
				}
			}
		case n.Data == "input" && (kind != "radio" && kind != "checkbox" || checked):
			values.Add(name, value)
		}
	}
	return values
}

// ids are those of all elements.
func (s screen) ids() map[string]int {
	ids := map[string]int{}
	for n := range s.root.Descendants() {
		if id, ok := attribute(n, "id"); ok {
			ids[id]++
		}
	}
	return ids
}

var references = regexp.MustCompile(`(?:for|aria-describedby|aria-labelledby|list)="([^"]+)"|href="#([^"]+)"`)

// checkScreen looks at what every page must have.
func checkScreen(t *testing.T, what, language string, s screen) {
	t.Helper()
	checkPage(t, what, s.answer)
	if !strings.Contains(s.body, `<html lang="`+language+`" dir="`+locale.Direction(language)+`">`) || s.Header.Get("Content-Language") != language {
		t.Errorf("%s: not in %s", what, language)
	}
	ids := s.ids()
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%s: id %s stands %d times", what, id, n)
		}
	}
	for _, m := range references.FindAllStringSubmatch(s.body, -1) {
		for id := range strings.FieldsSeq(m[1] + m[2]) {
			if ids[id] == 0 {
				t.Errorf("%s: refers to %s, which is not there", what, id)
			}
		}
	}
	if latin := leftovers(s.root, language); latin != "" {
		t.Errorf("%s: %q was left in another language", what, latin)
	}
}

var words = regexp.MustCompile(`[A-Za-z]{3,}(?: [A-Za-z]{2,}){2,}`)

// leftovers finds a run of English words in a page of another script, names
// and what people wrote apart.
// Languages in Latin letters are left to the comparison of the catalogues.
func leftovers(root *html.Node, language string) string {
	if language == "en" || language == "vi" {
		return ""
	}
	for n := range root.Descendants() {
		if n.Type != html.TextNode || n.Parent.Data == "script" || n.Parent.Data == "bdi" {
			continue
		}
		if dir, _ := attribute(n.Parent, "dir"); dir == "auto" {
			continue // what people wrote
		}
		if found := words.FindString(n.Data); found != "" {
			return found
		}
	}
	return ""
}

const pdf = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

func patient() url.Values {
	return url.Values{
		"writer": {"family"}, "writer_name": {"Алия Садыкова"}, "writer_relation": {"анасы"}, "writer_authority": {"consent_of_patient"},
		"name": {"DIAS SADYKOV"}, "birth_date_year": {"1984"}, "birth_date_month": {"3"}, "birth_date_day": {"27"}, "nationality": {"KZ"}, "residence": {"KZ"},
		"email": {"dias@post.example"}, "language": {"kk"}, "purpose": {"second_opinion"}, "complaint": {"Жедел лейкоз, 2025 жылдан бері.\nЕмделдік."},
		"stay_days": {"٣٠"}, "visa_letter": {"yes"}, "arrival": {"2027-02-01"},
		"consent_personal_information": {"yes"}, "consent_sensitive_information": {"yes"},
	}
}

func partner() url.Values {
	return url.Values{
		"institution": {"Heidelberg University Hospital"}, "country": {"DE"}, "type": {"hospital"}, "name": {"Jana Weiß"}, "title": {"Head of office"},
		"email": {"office@klinik.example"}, "topic": {"agreement"}, "description": {"A visit, and an agreement."}, "headcount": {"4"}, "has_agreement": {"yes"},
		"consent_personal_information": {"yes"},
	}
}

func with(values url.Values, pairs ...string) url.Values {
	changed := maps.Clone(values)
	for i := 0; i < len(pairs); i += 2 {
		changed.Set(pairs[i], pairs[i+1])
	}
	return changed
}

func TestFormsInEveryLanguage(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	for _, language := range naru.Languages {
		r := newReader(s.url, language)
		for _, path := range []string{"", "patient", "partner", "follow-up"} {
			page := r.open(t, "/"+language+"/"+path)
			if page.StatusCode != 200 {
				t.Errorf("%s %s: %d", language, path, page.StatusCode)
			}
			checkScreen(t, language+"/"+path, language, page)
			if !strings.Contains(page.body, `<link rel="canonical" href="`+s.url+"/"+language+"/"+path+`">`) || strings.Count(page.body, `rel="alternate"`) != len(naru.Languages)+1 {
				t.Errorf("%s/%s: no canonical address or alternates", language, path)
			}
			if path != "" && !strings.Contains(page.body, `aria-current="page"`) {
				t.Errorf("%s/%s: the navigation does not show where we are", language, path)
			}
		}
		for way, values := range map[string]url.Values{"patient": patient(), "partner": partner()} {
			empty := r.send(t, "/"+language+"/"+way, url.Values{})
			if empty.StatusCode != 422 {
				t.Errorf("%s %s empty: %d", language, way, empty.StatusCode)
			}
			checkScreen(t, language+" "+way+" empty", language, empty)
			review := r.send(t, "/"+language+"/"+way, values)
			if review.StatusCode != 200 {
				t.Fatalf("%s %s: %d %s", language, way, review.StatusCode, review.body)
			}
			checkScreen(t, language+" review of "+way, language, review)
		}
	}
}

// The whole way without a script: mistakes, corrections, documents, a second
// look, sending, twice over, and finding the inquiry again.
func TestPatientJourneyWithoutScript(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	for _, language := range []string{"en", "ko", "ar", "kk"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			r := newReader(s.url, language)
			way := "/" + language + "/patient"
			mistaken := with(patient(), "email", "dias@post", "birth_date_month", "13", "writer_relation", "", "stay_days", "long", "phone", "call me", "nationality", "")
			mistaken.Del("consent_sensitive_information")
			wrong := r.send(t, way, mistaken, file{"анализ.pdf", "application/pdf", pdf}, file{"run.exe", "application/octet-stream", "MZ\x90\x00 this is a program"})
			if wrong.StatusCode != 422 || wrong.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("%d %s", wrong.StatusCode, wrong.Header.Get("Cache-Control"))
			}
			checkScreen(t, "corrections", language, wrong)
			for _, field := range []string{"email", "birth_date", "writer_relation", "stay_days", "phone", "nationality", "consent_sensitive_information", "file"} {
				if !strings.Contains(wrong.body, `<a href="#f-`+field+`">`) || !strings.Contains(wrong.body, `id="e-`+field+`"`) {
					t.Errorf("nothing is said of %s", field)
				}
			}
			for _, untouched := range []string{"name", "residence", "complaint", "purpose"} {
				if strings.Contains(wrong.body, `href="#f-`+untouched+`"`) {
					t.Errorf("%s is complained of", untouched)
				}
			}
			kept := wrong.values()
			for name, typed := range mistaken {
				if typed[0] != "" && !slices.Equal(kept[name], typed) {
					t.Errorf("%s: typed %q, shown again %q", name, typed, kept[name])
				}
			}
			if len(kept["document"]) != 1 || !strings.HasSuffix(kept.Get("document"), " анализ.pdf") {
				t.Fatalf("documents %q", kept["document"])
			}

			corrected := with(kept, "email", "dias@post.example", "birth_date_month", "3", "writer_relation", "анасы", "stay_days", "٣٠", "phone", "+7 701 234 56 78", "nationality", "KZ", "consent_sensitive_information", "yes")
			review := r.send(t, way, corrected)
			if review.StatusCode != 200 {
				t.Fatalf("corrected: %d %s", review.StatusCode, review.body)
			}
			checkScreen(t, "review", language, review)
			for _, want := range []string{"DIAS SADYKOV", "dias@post.example", "анализ.pdf", s.text(language, "purpose.second_opinion", nil), html.EscapeString(s.catalog.Country(language, "KZ")), s.text(language, "review.agreed", nil)} {
				if !strings.Contains(review.body, want) {
					t.Errorf("review lacks %q", want)
				}
			}

			// Back to the form, and on again: nothing has changed.
			edited := r.post(t, way, with(review.values(), "step", "edit"))
			if got := edited.values(); edited.StatusCode != 200 || got.Get("complaint") != patient().Get("complaint") || got.Get("key") == "" || len(got["document"]) != 1 {
				t.Errorf("edit: %d %v", edited.StatusCode, got)
			}
			sent := r.post(t, way+"/send", review.values())
			if sent.StatusCode != 303 {
				t.Fatalf("send: %d %s", sent.StatusCode, sent.body)
			}
			again := r.post(t, way+"/send", review.values())
			if again.Header.Get("Location") != sent.Header.Get("Location") {
				t.Errorf("sent twice: %s and %s", sent.Header.Get("Location"), again.Header.Get("Location"))
			}
			receipt := r.open(t, sent.Header.Get("Location"))
			if receipt.StatusCode != 200 || receipt.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("receipt: %d", receipt.StatusCode)
			}
			checkScreen(t, "receipt", language, receipt)
			reference := regexp.MustCompile(`[2-9A-Z]{3}-[2-9A-Z]{3}-[2-9A-Z]{3}`).FindString(receipt.body)

			// Gone back and changed after sending: asked, and kept as another.
			other := r.post(t, way+"/send", with(review.values(), "complaint", "Басқа мәселе"))
			if other.StatusCode != 409 || !strings.Contains(other.body, s.text(language, "review.sent_before", nil)) {
				t.Fatalf("changed after sending: %d", other.StatusCode)
			}
			values := other.values()
			values.Del("document") // claimed by the first
			if second := r.post(t, way+"/send", values); second.StatusCode != 303 || second.Header.Get("Location") == sent.Header.Get("Location") {
				t.Errorf("another inquiry: %d to %s", second.StatusCode, second.Header.Get("Location"))
			}

			found := r.post(t, "/"+language+"/follow-up", url.Values{"reference": {" " + strings.ToLower(strings.ReplaceAll(reference, "-", "")) + " "}, "email": {"DIAS@post.example"}})
			if found.StatusCode != 303 {
				t.Fatalf("follow-up: %d", found.StatusCode)
			}
			status := r.open(t, found.Header.Get("Location"))
			if status.StatusCode != 200 || !strings.Contains(status.body, reference) {
				t.Errorf("status: %d", status.StatusCode)
			}
			unknown := r.post(t, "/"+language+"/follow-up", url.Values{"reference": {reference}, "email": {"other@post.example"}})
			if unknown.StatusCode != 422 || !strings.Contains(unknown.body, s.text(language, "followup.unknown", nil)) || unknown.values().Get("reference") != reference {
				t.Errorf("wrong address: %d", unknown.StatusCode)
			}
			checkScreen(t, "follow-up", language, unknown)
		})
	}
	if log := s.log.String(); strings.Contains(log, "SADYKOV") || strings.Contains(log, "post.example") || strings.Contains(log, "лейкоз") {
		t.Error("the log tells what was typed")
	}
}

func TestPartnerJourneyWithoutScript(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	r := newReader(s.url, "ja")
	form := r.open(t, "/ja/partner")
	if !strings.Contains(form.body, `<option value="Astana Medical University">`) {
		t.Error("no institution is suggested")
	}
	review := r.send(t, "/ja/partner", partner())
	sent := r.post(t, "/ja/partner/send", review.values())
	if sent.StatusCode != 303 {
		t.Fatalf("%d %s", sent.StatusCode, sent.body)
	}
	if back := r.open(t, "/ja/partner/send"); back.StatusCode != 303 || back.Header.Get("Location") != "/ja/partner" {
		t.Errorf("the address of the sending, opened: %d to %q", back.StatusCode, back.Header.Get("Location"))
	}
}

// A reader who comes from the chat finds the form filled in, and decides
// whether the talk goes along.
func TestConversationGoesAlongWithConsentOnly(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	asked := naru.Turn{At: time.Now().UTC().Truncate(time.Microsecond), Language: "kk", Kind: "decline", Question: "Операция Zxqv-97 қанша тұрады?", Answer: "Деректерімізде жоқ."}
	err := s.store.SaveConversation(t.Context(), naru.ConversationStep{ID: "talk", State: []byte("{}"), Expires: time.Now().Add(time.Hour), ReplyID: "r", Number: 1, Turn: asked})
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(s.url, "kk")
	prefill := url.Values{"step": {"edit"}, "conversation_id": {"talk"}, "purpose": {"cost_estimate"}, "complaint": {asked.Question}, "residence": {"KZ"}, "language": {"kk"}}
	form := r.post(t, "/kk/patient", prefill)
	checkScreen(t, "prefilled form", "kk", form)
	shown := form.values()
	if form.StatusCode != http.StatusOK || shown.Get("complaint") != asked.Question || shown.Get("purpose") != "cost_estimate" || shown.Get("residence") != "KZ" || shown.Get("conversation_id") != "talk" {
		t.Fatalf("%d %v", form.StatusCode, shown)
	}
	if form.ids()["f-consent_conversation"] != 1 || shown.Has("consent_conversation") || strings.Contains(form.body, `id="problems"`) {
		t.Error("the tick is missing, set already, or something is complained of")
	}
	if plain := r.open(t, "/kk/patient"); plain.ids()["f-consent_conversation"] != 0 {
		t.Error("the tick stands in the form of those who did not come from the chat")
	}
	send := func(pairs ...string) naru.Inquiry {
		t.Helper()
		review := r.send(t, "/kk/patient", with(patient(), append(pairs, "conversation_id", "talk")...))
		checkScreen(t, "review", "kk", review)
		if !strings.Contains(review.body, s.text("kk", "consent.conversation.title", nil)) {
			t.Error("the review does not say whether the talk goes along")
		}
		sent := r.post(t, "/kk/patient/send", review.values())
		if sent.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d %s", sent.StatusCode, sent.body)
		}
		reference := naru.Reference(strings.Split(sent.Header.Get("Location"), "/")[3])
		inquiry, err := s.store.InquiryByReference(t.Context(), reference)
		if err != nil {
			t.Fatal(err)
		}
		return inquiry
	}
	if without := send(); len(without.Conversation) != 0 {
		t.Errorf("without consent: %+v", without.Conversation)
	}
	with := send("consent_conversation", "yes")
	if len(with.Conversation) != 1 || with.Conversation[0] != asked {
		t.Errorf("with consent: %+v", with.Conversation)
	}
	if strings.Contains(s.log.String(), "Zxqv") {
		t.Error("the talk stands in the log")
	}
	if _, err := s.store.EraseInquiry(t.Context(), with.Reference, time.Now()); err != nil {
		t.Fatal(err)
	}
	if erased, err := s.store.InquiryByID(t.Context(), with.ID); err == nil && len(erased.Conversation) > 0 {
		t.Error("erased, the talk is still there")
	}
}

func TestChildrenNeedTheirGuardian(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	r := newReader(s.url, "en")
	child := with(patient(), "birth_date_year", "2020", "writer", "self", "writer_name", "left over", "writer_relation", "left over")
	wrong := r.send(t, "/en/patient", child)
	for _, want := range []string{`href="#f-guardian_name"`, `href="#f-guardian_relation"`, `href="#f-consent_guardian"`, `<details class="part minor" open>`} {
		if !strings.Contains(wrong.body, want) {
			t.Errorf("page lacks %s", want)
		}
	}
	if strings.Contains(wrong.body, `href="#f-writer_name"`) {
		t.Error("what is hidden from a patient who writes is complained of")
	}
	if review := r.send(t, "/en/patient", with(child, "guardian_name", "Aliya", "guardian_relation", "mother", "consent_guardian", "yes")); review.StatusCode != 200 || strings.Contains(review.body, ">left over<") {
		t.Errorf("%d", review.StatusCode)
	}
}

func TestWhatIsChosenIsNotAskedToBeFilledIn(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	page := newReader(s.url, "en").send(t, "/en/patient", with(patient(), "purpose", "", "complaint", ""))
	for key, field := range map[string]string{"form.problem_choose": "purpose", "field.required": "complaint"} {
		if want := s.text("en", key, map[string]any{"Field": s.text("en", "field_name."+field, nil)}); !strings.Contains(page.body, want) {
			t.Errorf("page lacks %q", want)
		}
	}
}

func TestTrapsHoldOffProgramsAndNoPerson(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	r := newReader(s.url, "vi")
	trapped := r.send(t, "/vi/patient", with(patient(), "company_fax", "+1"))
	if trapped.StatusCode != 422 || !strings.Contains(trapped.body, s.text("vi", "form.problem_trap", nil)) {
		t.Fatalf("a filled trap: %d", trapped.StatusCode)
	}
	freed := trapped.values()
	if freed.Get("company_fax") != "" || freed.Get("complaint") != patient().Get("complaint") {
		t.Error("the trap stays filled, or something else is lost")
	}
	review := r.send(t, "/vi/patient", freed)
	if review.StatusCode != 200 {
		t.Fatalf("a person caught once: %d", review.StatusCode)
	}
	for _, shown := range []string{"", "x", "99999999999999"} {
		hasty := r.post(t, "/vi/patient/send", with(review.values(), "shown", shown))
		if hasty.StatusCode != 422 || !strings.Contains(hasty.body, s.text("vi", "review.too_fast", nil)) {
			t.Errorf("shown %q: %d", shown, hasty.StatusCode)
		}
		if sent := r.post(t, "/vi/patient/send", hasty.values()); shown == "" && sent.StatusCode != 303 {
			t.Errorf("sent once more: %d", sent.StatusCode)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/vi/patient", strings.NewReader(patient().Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 403 {
		t.Errorf("sent from another site: %d", response.StatusCode)
	}
}

// Who is asked for proof gets the page back with all that was typed.
func TestNothingTypedIsLostToALimit(t *testing.T) {
	t.Parallel()
	url := program(t, func(c *config.Config) {
		// This machine is exempt by default.
		c.Limits.InquiriesPerHour, c.Limits.InquiriesPerMinute, c.Limits.Burst, c.Limits.Exempt = 1, 1, 1, nil
	})
	r := newReader(url, "en")
	review := r.send(t, "/en/patient", patient())
	if first := r.post(t, "/en/patient/send", with(review.values(), "shown", "0")); first.StatusCode != 303 {
		t.Fatalf("first: %d", first.StatusCode)
	}
	limited := r.post(t, "/en/patient/send", with(review.values(), "shown", "0", "complaint", "Another matter"))
	if limited.StatusCode != 429 || limited.Header.Get("Retry-After") == "" || limited.values().Get("complaint") != "Another matter" {
		t.Errorf("%d, Retry-After %q, %v", limited.StatusCode, limited.Header.Get("Retry-After"), limited.values())
	}
	checkScreen(t, "limited", "en", limited)
}

func TestDocumentsAreRemovedWithoutScript(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	r := newReader(s.url, "en")
	form := r.send(t, "/en/patient", with(patient(), "step", "edit"), file{"one.pdf", "application/pdf", pdf}, file{"two.pdf", "application/pdf", pdf + "2"})
	values := form.values()
	if len(values["document"]) != 2 {
		t.Fatalf("documents %q", values["document"])
	}
	id, _, _ := strings.Cut(values["document"][0], " ")
	fewer := r.send(t, "/en/patient", with(values, "remove", id))
	if got := fewer.values()["document"]; fewer.StatusCode != 200 || len(got) != 1 || got[0] != values["document"][1] {
		t.Errorf("%d, left %q", fewer.StatusCode, got)
	}
	gone := r.send(t, "/en/patient", values)
	if gone.StatusCode != 422 || !strings.Contains(gone.body, "one.pdf: ") || len(gone.values()["document"]) != 1 {
		t.Errorf("a document that is gone: %d, left %q", gone.StatusCode, gone.values()["document"])
	}
}
