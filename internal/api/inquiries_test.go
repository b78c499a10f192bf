package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"naru/internal/bucket"
	"naru/internal/naru"
	"naru/internal/server"
)

// body is a request that tests change.
type body map[string]any

func (d *desk) body(t *testing.T, example string, changes ...any) body {
	t.Helper()
	var b body
	if err := json.Unmarshal(d.spec.example(t, example), &b); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		if b[changes[i].(string)] = changes[i+1]; changes[i+1] == nil {
			delete(b, changes[i].(string))
		}
	}
	return b
}

func (b body) json(t *testing.T) []byte {
	t.Helper()
	raw, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestExamplesAreAcceptedAsTheyStand(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for kind, language := range map[string]string{"patient": "kk", "partner": "en"} {
		a := d.post(t, d.spec.example(t, kind))
		if a.StatusCode != http.StatusAccepted {
			t.Fatalf("%s: %d %s", kind, a.StatusCode, a.body)
		}
		var got accepted
		a.read(t, &got)
		stored := d.stored(t, got.Reference)
		if string(stored.Kind) != kind || stored.Language != language || stored.RequestID != a.Header.Get("X-Request-Id") || got.Team.ID != stored.TeamID || got.Team.Name == "" {
			t.Errorf("%s: answer %+v, stored %+v", kind, got, stored)
		}
		if want := d.url + "/" + language + "/inquiries/" + got.Reference + "?key=" + url.QueryEscape(stored.Secret); got.StatusURL != want {
			t.Errorf("status_url %s, want %s", got.StatusURL, want)
		}
		if want := d.url + "/api/v1/inquiries/" + got.Reference; a.Header.Get("Location") != want || a.Header.Get("Content-Language") != language {
			t.Errorf("Location %s, language %s", a.Header.Get("Location"), a.Header.Get("Content-Language"))
		}
		if !got.AcknowledgedBy.Equal(stored.AcceptedAt.Add(time.Minute)) || !got.AnswerBy.After(stored.AcceptedAt) {
			t.Errorf("promises %v, %v for %v", got.AcknowledgedBy, got.AnswerBy, stored.AcceptedAt)
		}
		if a.Header.Get("Idempotent-Replayed") != "" {
			t.Error("a first request is called a replay")
		}
	}
	metrics := string(d.do(t, http.MethodGet, "/metrics", nil).body)
	for _, line := range []string{`naru_inquiries_accepted_total{kind="patient"} 1`, `naru_inquiries_accepted_total{kind="partner"} 1`} {
		if !strings.Contains(metrics, line) {
			t.Errorf("metrics lack %s", line)
		}
	}
}

func TestRetriesAreAcceptedOnce(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	example := d.spec.example(t, "partner")
	key := []string{"Idempotency-Key", "5f0c1d5e-6f6b-4b0a"}
	first := d.post(t, example, key...)
	again := d.post(t, example, key...)
	if first.StatusCode != 202 || again.StatusCode != 202 || !bytes.Equal(first.body, again.body) || again.Header.Get("Idempotent-Replayed") != "true" || first.Header.Get("Location") != again.Header.Get("Location") {
		t.Errorf("first %d %s, again %d %s", first.StatusCode, first.body, again.StatusCode, again.body)
	}
	if p := d.post(t, d.body(t, "partner", "headcount", 5).json(t), key...).problem(t); p.Status != 409 || p.Code != "idempotency_key_reused" {
		t.Errorf("another body: %+v", p)
	}
	for _, bad := range []string{strings.Repeat("k", 300), "with space", "žluť", "", "  "} {
		if p := d.post(t, example, "Idempotency-Key", bad).problem(t); p.Status != 400 || p.Code != "idempotency_key_malformed" {
			t.Errorf("key %.20q: %+v", bad, p)
		}
	}
	if metrics := string(d.do(t, http.MethodGet, "/metrics", nil).body); !strings.Contains(metrics, `naru_inquiries_accepted_total{kind="partner"} 1`) {
		t.Error("a replay is counted")
	}
}

// TestInquiriesSideBySideKeepApart: requests are read into room that others used
// before.
func TestInquiriesSideBySideKeepApart(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for i := range 40 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			words := strings.Repeat(fmt.Sprintf("Complaint number %d. ", i), i+1)
			a := d.post(t, d.body(t, "patient", "complaint", words).json(t))
			var got accepted
			a.read(t, &got)
			if stored := d.stored(t, got.Reference); stored.Patient.Complaint != strings.TrimSpace(words) {
				t.Errorf("kept as %q", stored.Patient.Complaint)
			}
		})
	}
}

// TestNoAcknowledgementIsPromisedWhereNoneIsSent: the field stays.
func TestNoAcknowledgementIsPromisedWhereNoneIsSent(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for address, want := range map[string]bool{"no-reply@mail.example": false, "writer@mail.example": true} {
		var got map[string]any
		a := d.post(t, d.body(t, "partner", "email", address).json(t))
		a.read(t, &got)
		by, present := got["acknowledged_by"]
		if a.StatusCode != 202 || !present || (by != nil) != want {
			t.Errorf("%s: %d %s", address, a.StatusCode, a.body)
		}
	}
}

func TestEveryWrongFieldIsToldAtOnceInTheLanguage(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	p := d.post(t, d.body(t, "patient", "language", "mn", "name", nil, "email", "nobody at home", "birth_date", "1998-02-30", "sex", 7, "colour", "blue", "nationality", "kazakh").json(t), "Accept-Language", "ru").problem(t)
	want := map[string]string{"/name": "required", "/email": "mailbox", "/birth_date": "date", "/sex": "type_string", "/colour": "unknown_field", "/nationality": "country"}
	for _, e := range p.Errors {
		if want[e.Pointer] != e.Code {
			t.Errorf("%s: %s, want %q", e.Pointer, e.Code, want[e.Pointer])
		}
		delete(want, e.Pointer)
	}
	if len(want) > 0 || p.Status != 422 || p.Title != d.catalog.Text("mn", "problem.invalid.title", nil) {
		t.Errorf("missing %v in %+v", want, p)
	}
}

// What hostile or broken clients send gets a clear problem, and nothing of it
// comes back or into the log.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	const mark = "MARKME"
	many := make(body)
	for i := range 10_000 {
		many[fmt.Sprintf("%s%d", mark, i)] = i
	}
	for name, row := range map[string]struct {
		body        []byte
		contentType string
		status      int
	}{
		"nothing":               {nil, "application/json", 400},
		"not JSON":              {[]byte(mark + "{"), "application/json", 400},
		"half":                  {d.spec.example(t, "partner")[:200], "application/json", 400},
		"an array":              {[]byte(`["` + mark + `"]`), "application/json", 400},
		"two objects":           {append(d.spec.example(t, "partner"), `{"x":"`+mark+`"}`...), "application/json", 400},
		"a name twice":          {[]byte(`{"kind":"patient","` + mark + `":1,"` + mark + `":2}`), "application/json", 400},
		"10,000 fields":         {many.json(t), "application/json", 400},
		"deep nesting":          {[]byte(`{"kind":"patient","name":` + strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000) + `}`), "application/json", 400},
		"invalid UTF-8":         {[]byte("{\"kind\":\"patient\",\"name\":\"" + mark + "\xff\xfe\"}"), "application/json", 400},
		"too large":             {d.body(t, "partner", "description", strings.Repeat(mark, 60_000)).json(t), "application/json", 413},
		"a text too long":       {d.body(t, "partner", "description", strings.Repeat(mark, 900)).json(t), "application/json", 422},
		"a header in a name":    {d.body(t, "partner", "name", mark+"\r\nBcc: all@evil.example").json(t), "application/json", 422},
		"a header in an email":  {d.body(t, "partner", "email", mark+"@evil.example\r\nBcc: all@evil.example").json(t), "application/json", 422},
		"a script":              {d.body(t, "partner", "description", "<script>"+mark+"</script>").json(t), "application/json", 422},
		"a script as a name":    {d.body(t, "partner", "institution", `"><img src=x onerror=`+mark+`>`).json(t), "application/json", 422},
		"a direction override":  {d.body(t, "partner", "name", "\u202e"+mark).json(t), "application/json", 422},
		"a null byte":           {d.body(t, "partner", "title", mark+"\x00").json(t), "application/json", 422},
		"wrong types":           {d.body(t, "partner", "name", []string{mark}, "headcount", mark, "has_agreement", mark, "consents", mark).json(t), "application/json", 422},
		"an unknown kind":       {d.body(t, "partner", "kind", mark).json(t), "application/json", 422},
		"a hostile member":      {d.body(t, "partner", "<script>"+mark, 1).json(t), "application/json", 422},
		"no media type":         {d.spec.example(t, "partner"), "", 415},
		"another media type":    {d.spec.example(t, "partner"), "text/plain", 415},
		"a form without parts":  {[]byte("a=" + mark), "application/x-www-form-urlencoded", 415},
		"another charset":       {d.spec.example(t, "partner"), "application/json; charset=euc-kr", 415},
		"a form without border": {[]byte(mark), "multipart/form-data", 400},
		"a broken form":         {[]byte(mark), "multipart/form-data; boundary=x", 400},
		"a form that ends":      {[]byte("--x\r\nContent-Disposition: form-data; name=inquiry\r\n\r\n{}\r\n--x"), "multipart/form-data; boundary=x", 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := []string{"Accept-Language", "vi"}
			if row.contentType != "" {
				header = append(header, "Content-Type", row.contentType)
			}
			a := d.do(t, http.MethodPost, "/api/v1/inquiries", row.body, header...)
			p := a.problem(t)
			if p.Status != row.status {
				t.Errorf("status %d, want %d: %s", p.Status, row.status, a.body)
			}
			if row.status == 422 && len(p.Errors) == 0 {
				t.Errorf("no field named: %s", a.body)
			}
			if bytes.Contains(a.body, []byte(mark)) && name != "a hostile member" {
				t.Errorf("comes back: %s", a.body)
			}
			if bytes.Contains(a.body, []byte("<script")) || bytes.Contains(a.body, []byte("\x00")) || bytes.ContainsRune(a.body, '\u202e') {
				t.Errorf("comes back raw: %s", a.body)
			}
		})
	}
	t.Cleanup(func() {
		if log := d.log.String(); strings.Contains(log, mark) || strings.Contains(log, "evil.example") {
			t.Error("the log repeats what was sent")
		}
	})
	if p := d.post(t, d.spec.example(t, "partner"), "Content-Encoding", "gzip").problem(t); p.Status != 415 {
		t.Errorf("a compressed body: %+v", p)
	}
}

func TestFormsCarryTheirDocuments(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	inquiry := part{partInquiry, "", "application/json", string(d.spec.example(t, "patient"))}
	pdf := part{partFile, "bericht ü.pdf", "application/pdf", pdfText}
	png := part{partFile, "scan.png", "application/octet-stream", pngText}
	send := func(t *testing.T, key string, parts ...part) answer {
		body, contentType := form(t, parts...)
		header := []string{"Content-Type", contentType}
		if key != "" {
			header = append(header, "Idempotency-Key", key)
		}
		return d.do(t, http.MethodPost, "/api/v1/inquiries", body, header...)
	}
	first := send(t, "one", inquiry, pdf, png)
	if first.StatusCode != 202 {
		t.Fatalf("form: %d %s", first.StatusCode, first.body)
	}
	var got accepted
	first.read(t, &got)
	documents := d.stored(t, got.Reference).Attachments
	if len(documents) != 2 || documents[0].Name != "bericht ü.pdf" || documents[0].Type != "application/pdf" || documents[1].Type != "image/png" || documents[1].Size != int64(len(pngText)) {
		t.Errorf("documents %+v", documents)
	}

	again := send(t, "one", inquiry, pdf, png)
	if again.StatusCode != 202 || !bytes.Equal(again.body, first.body) || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same form again: %d %s", again.StatusCode, again.body)
	}
	if p := send(t, "one", inquiry, png).problem(t); p.Status != 409 {
		t.Errorf("with other documents: %+v", p)
	}
	for name, row := range map[string]struct {
		parts  []part
		status int
		detail string
	}{
		"no inquiry":         {[]part{pdf}, 422, "/inquiry"},
		"nothing":            {nil, 422, "/inquiry"},
		"inquiry last":       {[]part{pdf, inquiry}, 422, "/inquiry"},
		"an unknown part":    {[]part{inquiry, {"passport", "p.pdf", "", pdfText}}, 422, "/passport"},
		"a hostile part":     {[]part{inquiry, {"<script>", "p.pdf", "", pdfText}}, 422, "/?"},
		"a type not taken":   {[]part{inquiry, pdf, {partFile, "virus.exe", "", "MZ\x90\x00" + strings.Repeat("x", 500)}}, 415, ""},
		"a document too big": {[]part{inquiry, {partFile, "big.pdf", "", pdfText + strings.Repeat("x", fileLimit)}}, 413, ""},
		"a wrong inquiry":    {[]part{{partInquiry, "", "application/json", `{"kind":"patient"}`}, pdf}, 422, "/name"},
		"all too big":        {[]part{inquiry, {partFile, "a.pdf", "", pdfText + strings.Repeat("x", fileLimit-1000)}, {partFile, "b.pdf", "", pdfText + strings.Repeat("x", fileLimit-1000)}}, 413, "/file"},
	} {
		t.Run(name, func(t *testing.T) {
			p := send(t, "", row.parts...).problem(t)
			pointers := make([]string, 0, len(p.Errors))
			for _, e := range p.Errors {
				pointers = append(pointers, e.Pointer)
			}
			if p.Status != row.status || row.detail != "" && !strings.Contains(strings.Join(pointers, " "), row.detail) {
				t.Errorf("%+v, want %d at %q", p, row.status, row.detail)
			}
		})
	}
	// Of all that failed or was replayed, nothing may stay.
	if n, err := d.store.DeleteOrphanAttachments(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 0 {
		t.Errorf("%d documents left behind, %v", n, err)
	}
}

func TestTimelineIsForThoseWhoKnowTheSecret(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	var got accepted
	d.post(t, d.spec.example(t, "patient")).read(t, &got)
	stored := d.stored(t, got.Reference)
	way := "/api/v1/inquiries/"
	type timeline struct {
		Reference, Kind, State string
		Team                   struct{ ID, Name string }
		Timeline               []struct{ Code, Text string }
	}
	for _, reference := range []string{got.Reference, strings.ToLower(strings.ReplaceAll(got.Reference, "-", ""))} {
		var seen timeline
		a := d.do(t, http.MethodGet, way+reference+"?language=ar&key="+url.QueryEscape(stored.Secret), nil)
		a.read(t, &seen)
		if a.StatusCode != 200 || seen.Reference != got.Reference || seen.Kind != "patient" || seen.State != "received" || len(seen.Timeline) != 1 ||
			seen.Timeline[0].Text != d.catalog.Text("ar", "timeline.received", nil) || a.Header.Get("Content-Language") != "ar" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", reference, a.StatusCode, a.body)
		}
		if bytes.Contains(a.body, []byte(stored.Contact.Name)) || bytes.Contains(a.body, []byte(stored.Secret)) || bytes.Contains(a.body, []byte("@")) {
			t.Errorf("tells too much: %s", a.body)
		}
	}
	if a := d.do(t, http.MethodGet, way+got.Reference, nil, "Authorization", "Bearer "+stored.Secret); a.StatusCode != 200 {
		t.Errorf("bearer token: %d", a.StatusCode)
	}
	other, err := naru.NewReference(strings.NewReader(strings.Repeat("naru carries people across ", 9)))
	if err != nil {
		t.Fatal(err)
	}
	var refusals []string
	for _, address := range []string{
		got.Reference, got.Reference + "?key=", got.Reference + "?key=wrong", got.Reference + "?key=" + strings.ToUpper(stored.Secret) + "x",
		string(other) + "?key=" + url.QueryEscape(stored.Secret), "nonsense?key=x", "%00?key=%00", url.PathEscape("' OR 1=1 --") + "?key=x", strings.Repeat("A", 90),
	} {
		p := d.do(t, http.MethodGet, way+address, nil).problem(t)
		if p.Status != 404 || p.Code != "inquiry_unknown" {
			t.Errorf("%s: %+v", address, p)
		}
		p.Instance = ""
		refusals = append(refusals, fmt.Sprint(p))
	}
	for _, r := range refusals {
		if r != refusals[0] {
			t.Errorf("refusals differ: %s, %s", r, refusals[0])
		}
	}
	if log := d.log.String(); strings.Contains(log, stored.Secret) || strings.Contains(log, got.Reference) {
		t.Error("the log names a case or its secret")
	}
}

func TestMethodsAndLimits(t *testing.T) {
	t.Parallel()
	d := open(t, func(o *server.Options) { o.Rates.Lookup = []bucket.Rate{{PerSecond: 0.001, Burst: 3}} })
	a := d.do(t, http.MethodPut, "/api/v1/inquiries", nil)
	if p := a.problem(t); p.Status != 405 || a.Header.Get("Allow") != "POST" {
		t.Errorf("%+v, Allow %q", p, a.Header.Get("Allow"))
	}
	if p := d.do(t, http.MethodGet, "/api/v2/inquiries", nil, "Accept", "text/html").problem(t); p.Status != 404 {
		t.Errorf("%+v", p)
	}
	for i := range 5 {
		a := d.do(t, http.MethodGet, "/api/v1/inquiries/guess?key=guess", nil)
		if p := a.problem(t); i < 3 && p.Status != 404 || i >= 3 && (p.Status != 429 || a.Header.Get("Retry-After") == "") {
			t.Errorf("guess %d: %+v", i, p)
		}
	}
}
