package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"naru/internal/naru"
)

func TestAdditions(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	var got accepted
	d.post(t, d.spec.example(t, "patient")).read(t, &got)
	stored := d.stored(t, got.Reference)
	way := "/api/v1/inquiries/" + got.Reference
	post := func(path, body string, header ...string) answer {
		t.Helper()
		return d.do(t, http.MethodPost, way+path, []byte(body), append([]string{"Content-Type", "application/json", "Authorization", "Bearer " + stored.Secret}, header...)...)
	}
	var document uploaded
	d.upload(t, part{partFile, "result.pdf", "application/pdf", pdfText}).read(t, &document)
	message := `{"message": "  Жаңа талдау\r\nдайын ", "attachments": ["` + document.ID + `"]}`
	first := post("/additions", message, "Idempotency-Key", "one")
	again := post("/additions", message, "Idempotency-Key", "one")
	if first.StatusCode != 202 || again.StatusCode != 202 || !bytes.Equal(first.body, again.body) || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Fatalf("first %d %s, again %d %s", first.StatusCode, first.body, again.StatusCode, again.body)
	}
	// A double click of a client that sends no key: both get the same answer.
	slips := make([]answer, 2)
	var clicks sync.WaitGroup
	for i := range slips {
		clicks.Go(func() { slips[i] = post("/additions", message) })
	}
	clicks.Wait()
	for _, slip := range slips {
		if slip.StatusCode != 202 || !bytes.Equal(slip.body, first.body) || slip.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("the same without a key: %d %s", slip.StatusCode, slip.body)
		}
	}
	if p := post("/additions", `{"message": "another"}`, "Idempotency-Key", "one").problem(t); p.Status != 409 || p.Code != "idempotency_key_reused" {
		t.Errorf("the key with another message: %+v", p)
	}
	kept, err := d.store.Additions(t.Context(), stored.ID)
	if err != nil || len(kept) != 1 || kept[0].Message != "Жаңа талдау\nдайын" || len(kept[0].Attachments) != 1 || kept[0].Attachments[0].Name != "result.pdf" {
		t.Fatalf("kept %+v, %v", kept, err)
	}
	deliveries, err := d.store.InquiryDeliveries(t.Context(), stored.ID)
	if err != nil {
		t.Fatal(err)
	}
	mails := map[naru.DeliveryKind]naru.Delivery{}
	for _, one := range deliveries {
		mails[one.Kind] = one
	}
	if mail := mails[naru.DeliveryAddition]; len(deliveries) != 3 || mail.About != kept[0].ID || mail.TeamID != stored.TeamID || mail.RequestID != first.Header.Get("X-Request-Id") {
		t.Errorf("deliveries %+v", deliveries)
	}

	for body, want := range map[string]string{
		`{}`: "/message required", `{"message": 7}`: "/message type_string", `{"message": "<script>x</script>"}`: "/message markup",
		`{"message": "` + strings.Repeat("a", 5001) + `"}`: "/message too_long", `{"attachments": ["none"]}`: "/attachments/0 attachment_unknown",
		`{"massage": "x"}`: "/massage unknown_field_similar", `{"attachments": "x"}`: "/attachments type_attachments",
	} {
		p := post("/additions", body, "Accept-Language", "ko").problem(t)
		if p.Status != 422 || len(p.Errors) == 0 || p.Errors[0].Pointer+" "+p.Errors[0].Code != want {
			t.Errorf("%.60s: %+v, want %s", body, p, want)
		}
	}
	// What cannot be taken twice: the document belongs to the first.
	if p := post("/additions", `{"attachments": ["`+document.ID+`"]}`).problem(t); p.Status != 422 || p.Errors[0].Code != "attachment_unknown" {
		t.Errorf("a document taken already: %+v", p)
	}
	for _, secret := range []string{"", "wrong"} {
		for _, path := range []string{"/additions", "/erasure"} {
			a := d.do(t, http.MethodPost, way+path+"?key="+url.QueryEscape(secret), []byte(`{"message": "x"}`), "Content-Type", "application/json")
			if p := a.problem(t); p.Status != 404 || p.Code != "inquiry_unknown" {
				t.Errorf("%s with the secret %q: %+v", path, secret, p)
			}
		}
	}

	if p := post("/erasure", `{"confirm": "222-222-222"}`).problem(t); p.Status != 422 || p.Errors[0].Code != "not_confirmed" {
		t.Errorf("erasure that is not confirmed: %+v", p)
	}
	asked := post("/erasure", `{"confirm": "`+strings.ToLower(got.Reference)+`"}`)
	repeated := post("/erasure", `{"confirm": "`+got.Reference+`"}`)
	if asked.StatusCode != 202 || !bytes.Equal(asked.body, repeated.body) || repeated.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("erasure %d %s, again %d %s", asked.StatusCode, asked.body, repeated.StatusCode, repeated.body)
	}
	timeline := string(d.do(t, http.MethodGet, way+"?key="+url.QueryEscape(stored.Secret), nil).body)
	for _, code := range []string{`"added"`, `"erasure_asked"`} {
		if strings.Count(timeline, code) != 1 {
			t.Errorf("timeline %s lacks %s", timeline, code)
		}
	}

	// A day's share, and no more.
	for n := 3; ; n++ {
		a := post("/additions", fmt.Sprintf(`{"message": "more %d"}`, n))
		if a.StatusCode == 202 && n <= 20 {
			continue
		}
		if p := a.problem(t); n != 21 || p.Status != 429 || p.Code != "additions_too_many" || a.Header.Get("Retry-After") == "" {
			t.Errorf("addition %d: %+v", n, p)
		}
		break
	}
	if r, err := d.store.Reconcile(t.Context()); err != nil || !r.Balanced() || r.Expected != 2+20 {
		t.Errorf("books: %+v, %v", r, err)
	}
}
