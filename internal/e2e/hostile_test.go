package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jhillyerd/enmime/v2"
)

// marker stands in every hostile value; it must never be seen where it does
// not belong.
const marker = "xZq7Marker"

// with returns an example body with some members replaced.
func with(t *testing.T, example []byte, members map[string]any) []byte {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(example, &body); err != nil {
		t.Fatal(err)
	}
	maps.Copy(body, members)
	changed, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func TestHostileBodiesGetAClearProblemAndReachNothing(t *testing.T) {
	t.Parallel()
	relay := startRelay(t)
	p := start(t, environment(t.TempDir(), "NARU_SMTP_URL="+relay.url(), "NARU_LOG_LEVEL=debug"))
	patient := p.examples(t)["patient"]
	many := map[string]any{}
	for i := range 10_000 {
		many[fmt.Sprintf("%s%d", marker, i)] = i
	}
	for name, c := range map[string]struct {
		body   []byte
		kind   string
		status int
		// pointer of a field that must be named; empty: none.
		pointer string
	}{
		"not JSON":                {[]byte(marker + "{{{"), "", 400, ""},
		"empty":                   {nil, "", 400, ""},
		"an array":                {[]byte(`["` + marker + `"]`), "", 400, ""},
		"trailing data":           {append(bytes.Clone(patient), []byte(`{"`+marker+`":1}`)...), "", 400, ""},
		"invalid UTF-8":           {bytes.Replace(patient, []byte("NURLANOV"), []byte("\xff\xfe"+marker), 1), "", 400, ""},
		"another media type":      {patient, "text/plain", 415, ""},
		"form of a browser":       {[]byte("kind=patient&name=" + marker), "application/x-www-form-urlencoded", 415, ""},
		"unknown kind":            {with(t, patient, map[string]any{"kind": marker}), "", 422, "/kind"},
		"wrong types":             {with(t, patient, map[string]any{"name": 5, "email": []string{marker}, "in_hospital": marker, "stay_days": "many"}), "", 422, "/email"},
		"unknown field":           {with(t, patient, map[string]any{marker: "x"}), "", 422, "/" + marker},
		"10,000 fields":           {with(t, patient, many), "", 400, ""},
		"script":                  {with(t, patient, map[string]any{"complaint": "<script>" + marker + "</script>"}), "", 422, "/complaint"},
		"null byte":               {with(t, patient, map[string]any{"name": marker + "\x00"}), "", 422, "/name"},
		"header injection":        {with(t, patient, map[string]any{"name": marker + "\r\nBcc: " + marker + "@evil.example"}), "", 422, "/name"},
		"header injection, email": {with(t, patient, map[string]any{"email": "a@b.example\r\nBcc: " + marker + "@evil.example"}), "", 422, "/email"},
		"two addresses":           {with(t, patient, map[string]any{"email": "a@b.example, " + marker + "@evil.example"}), "", 422, "/email"},
		"RTL override":            {with(t, patient, map[string]any{"name": marker + "\u202egpj.exe"}), "", 422, "/name"},
		"too long":                {with(t, patient, map[string]any{"name": strings.Repeat(marker, 100)}), "", 422, "/name"},
		"too large":               {with(t, patient, map[string]any{"complaint": strings.Repeat(marker, 100_000)}), "", 413, ""},
		"deep":                    {[]byte(strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000)), "", 422, "/kind"},
	} {
		t.Run(name, func(t *testing.T) {
			kind := c.kind
			if kind == "" {
				kind = "application/json"
			}
			response, answer, err := p.post("/api/v1/inquiries", kind, c.body, "Accept-Language", "ko")
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != c.status {
				t.Fatalf("%d, want %d: %.300s", response.StatusCode, c.status, answer)
			}
			var problem struct {
				Type, Title, Detail, Code string
				Status                    int
				Errors                    []struct{ Pointer, Code, Detail string }
			}
			if media := response.Header.Get("Content-Type"); media != "application/problem+json" || json.Unmarshal(answer, &problem) != nil {
				t.Fatalf("not a problem: %s %.300s", media, answer)
			}
			if problem.Status != c.status || problem.Code == "" || problem.Title == "" || problem.Detail == "" {
				t.Errorf("%.300s", answer)
			}
			found := c.pointer == ""
			for _, e := range problem.Errors {
				found = found || e.Pointer == c.pointer && e.Code != "" && e.Detail != ""
			}
			if !found {
				t.Errorf("%s is not named: %.500s", c.pointer, answer)
			}
			// A field's name is told back, since the writer needs it; values
			// never are.
			if c.pointer != "/"+marker && bytes.Contains(answer, []byte(marker)) {
				t.Errorf("what was sent comes back: %.500s", answer)
			}
		})
	}
	if out := p.output(); strings.Contains(out, marker) {
		t.Errorf("the log repeats what was sent: %.300s", out[strings.Index(out, marker)-200:])
	}
	if mails := relay.taken(); len(mails) > 0 {
		t.Errorf("%d mails were sent", len(mails))
	}
}

func TestScriptsInTextsReachThePeopleAsText(t *testing.T) {
	t.Parallel()
	relay := startRelay(t)
	p := start(t, environment(t.TempDir(), "NARU_SMTP_URL="+relay.url(), "NARU_LOG_LEVEL=debug"))
	// Elements that run something are refused, see the test above; what may be
	// a doctor's shorthand is taken, and must stay text.
	script := `HbA1c < 7, PSA > 10 & <b onmouseover=alert(1)>` + marker + `</b> {{.}} ${7*7}`
	r := p.inquire(t, with(t, p.examples(t)["patient"], map[string]any{
		"name": "O'Neil & Söhne " + marker, "complaint": script, "treatment": `"><a href="javascript:alert(1)">x`, "language": "en",
	}))
	mails := relay.wait(t, 30*time.Second, "both mails", allDelivered(map[string]receipt{r.Reference: r}))
	words := false
	for _, m := range mails {
		for name, values := range m.message.Header {
			for _, v := range values {
				if strings.Contains(decoded(v), "<b ") || name == "Subject" && strings.Contains(decoded(v), marker) {
					t.Errorf("header %s: %s", name, decoded(v))
				}
			}
		}
		parsed, err := enmime.ReadEnvelope(bytes.NewReader(m.raw))
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<b onmouseover", "<a href=\"javascript", "</b> {{"} {
			if strings.Contains(parsed.HTML, bad) {
				t.Errorf("%s stands unescaped in the mail to %s", bad, m.to)
			}
		}
		words = words || strings.Contains(html.UnescapeString(parsed.HTML), script)
	}
	if !words {
		t.Error("the team does not get the writer's own words")
	}
	page, err := http.Get(r.StatusURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = page.Body.Close() }()
	shown, err := io.ReadAll(page.Body)
	if err != nil {
		t.Fatal(err)
	}
	if page.StatusCode != http.StatusOK || !bytes.Contains(shown, []byte(r.Reference)) || bytes.Contains(shown, []byte(marker)) {
		t.Errorf("status page %d: %.500s", page.StatusCode, shown)
	}
	if strings.Contains(p.output(), marker) {
		t.Error("the log holds what the writer wrote")
	}
	for _, secret := range []string{"aigerim", "NURLANOV", r.StatusURL[strings.Index(r.StatusURL, "key=")+4:]} {
		if strings.Contains(p.output(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestDocumentsReachTheTeam(t *testing.T) {
	t.Parallel()
	relay := startRelay(t)
	env := environment(t.TempDir(), "NARU_SMTP_URL="+relay.url(), "NARU_ATTACHMENTS_INLINE_LIMIT=100KiB")
	p := start(t, env)
	small := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("small "), 1000)...)
	large := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("large "), 100_000)...)
	upload := func(name string, content []byte) (id string) {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		response, answer, err := p.post("/api/v1/attachments", w.FormDataContentType(), form.Bytes())
		if err != nil || response.StatusCode != http.StatusCreated {
			t.Fatalf("upload: %v %s", err, answer)
		}
		var a struct {
			ID, Name, Type, SHA256 string
			Size                   int64
		}
		if err := json.Unmarshal(answer, &a); err != nil {
			t.Fatal(err)
		}
		if a.Name != name || a.Size != int64(len(content)) || a.Type != "application/pdf" {
			t.Errorf("%+v", a)
		}
		return a.ID
	}
	example := p.examples(t)["patient"]
	with1 := p.inquire(t, with(t, example, map[string]any{"attachments": []string{upload("소견서.pdf", small)}}))
	with2 := p.inquire(t, with(t, example, map[string]any{"attachments": []string{upload("заключение.pdf", large)}}))
	mails := relay.wait(t, 30*time.Second, "all mails", allDelivered(map[string]receipt{with1.Reference: with1, with2.Reference: with2}))
	inline, linked := false, false
	for _, m := range mails {
		parsed, err := enmime.ReadEnvelope(bytes.NewReader(m.raw))
		if err != nil {
			t.Fatal(err)
		}
		isTeam := m.message.Header.Get("Auto-Submitted") == "auto-generated"
		if !isTeam && (len(parsed.Attachments) > 0 || strings.Contains(parsed.HTML, "/attachments/")) {
			t.Error("the acknowledgement carries documents")
		}
		for _, a := range parsed.Attachments {
			inline = inline || isTeam && a.FileName == "소견서.pdf" && bytes.Equal(a.Content, small)
		}
		if i := strings.Index(parsed.Text, p.url+"/attachments/"); isTeam && i >= 0 {
			link := strings.Fields(parsed.Text[i:])[0]
			response, err := http.Get(link)
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			_, params, err := mime.ParseMediaType(response.Header.Get("Content-Disposition"))
			linked = err == nil && params["filename"] == "заключение.pdf" && bytes.Equal(content, large)
			without, _, _ := strings.Cut(link, "?")
			if status := p.status(strings.TrimPrefix(without, p.url)); status != http.StatusNotFound {
				t.Errorf("the document without its key: %d", status)
			}
		}
	}
	if !inline || !linked {
		t.Errorf("small document inline: %v, large document by link: %v", inline, linked)
	}
	// A document belongs to one inquiry.
	response, answer, err := p.post("/api/v1/inquiries", "application/json", with(t, example, map[string]any{"attachments": []string{"unknown"}}))
	if err != nil || response.StatusCode != http.StatusUnprocessableEntity || !bytes.Contains(answer, []byte("/attachments/0")) {
		t.Errorf("unknown document: %v %s", err, answer)
	}
}
