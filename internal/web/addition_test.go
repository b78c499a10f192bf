package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"naru/config"
	"naru/internal/naru"
)

// writeMore opens the page of an inquiry.
func writeMore(t *testing.T, r *reader, inquiry naru.Inquiry) screen {
	t.Helper()
	s := r.open(t, way(inquiry, r.language))
	if s.StatusCode != http.StatusOK {
		t.Fatalf("page of the inquiry: %d", s.StatusCode)
	}
	checkScreen(t, "page of an inquiry", r.language, s)
	return s
}

func TestWritersAddToTheirInquiry(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	for _, language := range []string{"en", "ko", "ar", "kk"} {
		inquiry := s.accept(t, language)
		r := newReader(s.url, language)
		first := writeMore(t, r, inquiry)
		add := strings.Replace(way(inquiry, language), "?", "/additions?", 1)
		values := first.values()

		// Nothing at all is no addition.
		empty := r.send(t, add, values)
		if empty.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(empty.body, s.text(language, "add.nothing", nil)) {
			t.Errorf("%s: nothing was sent and got %d", language, empty.StatusCode)
		}
		checkScreen(t, "page with a problem", language, empty)

		// A file that is not taken costs nothing that was typed.
		values.Set("message", "Жаңа талдау\r\nдайын")
		refused := r.send(t, add, values, file{"virus.exe", "application/octet-stream", "MZ\x90"}, file{"good.pdf", "application/pdf", "%PDF-1.7 good"})
		if refused.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(refused.body, "virus.exe: ") || !strings.Contains(refused.body, "Жаңа талдау") || len(refused.values()["document"]) != 1 {
			t.Errorf("%s: a bad file got %d", language, refused.StatusCode)
		}
		checkScreen(t, "page with a bad file", language, refused)

		// Sent twice, as by a double click, it is one.
		values = refused.values()
		var where string
		for range 2 {
			sent := r.send(t, add, values)
			where = sent.Header.Get("Location")
			if sent.StatusCode != http.StatusSeeOther || where != way(inquiry, language)+"&sent=message#sent" {
				t.Fatalf("%s: sending got %d %s", language, sent.StatusCode, where)
			}
		}
		values.Set("message", "Тағы")
		values.Del("document")
		if sent := r.send(t, add, values); sent.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: another message from the page kept by the browser got %d", language, sent.StatusCode)
		}
		kept, err := s.store.Additions(t.Context(), inquiry.ID)
		if err != nil || len(kept) != 2 || kept[0].Message != "Жаңа талдау\nдайын" || len(kept[0].Attachments) != 1 || kept[1].Message != "Тағы" {
			t.Fatalf("%s: kept %+v, %v", language, kept, err)
		}
		s.finish(t, inquiry, naru.DeliveryAddition, naru.OutcomeDelivered, naru.StateDelivered)
		after := r.open(t, strings.TrimSuffix(where, "#sent"))
		checkScreen(t, "page after an addition", language, after)
		for _, key := range []string{"add.sent", "timeline.added", "timeline.added_forwarded"} {
			if !strings.Contains(after.body, s.text(language, key, nil)) {
				t.Errorf("%s: the page does not say %s", language, key)
			}
		}
		if strings.Contains(after.body, "талдау") {
			t.Errorf("%s: the page shows what was written", language)
		}
	}
}

func TestErasureIsAskedForInTwoSteps(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	for _, language := range naru.Languages {
		inquiry := s.accept(t, language)
		r := newReader(s.url, language)
		first := writeMore(t, r, inquiry)
		erase := strings.Replace(way(inquiry, language), "?", "/erasure?", 1)
		if !strings.Contains(first.body, `href="`+erase+`"`) {
			t.Errorf("%s: no way to the erasure", language)
		}
		page := r.open(t, erase)
		checkScreen(t, "erasure", language, page)
		if page.StatusCode != http.StatusOK || page.Header.Get("Cache-Control") != "no-store" || !strings.Contains(page.Header.Get("X-Robots-Tag"), "noindex") {
			t.Errorf("%s: %d %v", language, page.StatusCode, page.Header)
		}
		slip := r.post(t, erase, nil)
		checkScreen(t, "erasure not confirmed", language, slip)
		if slip.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(slip.body, s.text(language, "erasure.missing", nil)) {
			t.Errorf("%s: a slip got %d", language, slip.StatusCode)
		}
		for range 2 {
			if sent := r.post(t, erase, with(url.Values{}, "confirm", "yes")); sent.StatusCode != http.StatusSeeOther || sent.Header.Get("Location") != way(inquiry, language)+"#erasure" {
				t.Errorf("%s: asking got %d", language, sent.StatusCode)
			}
		}
		kept, err := s.store.Additions(t.Context(), inquiry.ID)
		if err != nil || len(kept) != 1 || kept[0].Kind != naru.AdditionErasure {
			t.Errorf("%s: kept %+v, %v", language, kept, err)
		}
		after := r.open(t, way(inquiry, language))
		for _, key := range []string{"erasure.asked", "timeline.erasure_asked"} {
			if !strings.Contains(after.body, s.text(language, key, nil)) {
				t.Errorf("%s: the page does not say %s", language, key)
			}
		}
		checkScreen(t, "page after asking", language, after)
		checkScreen(t, "erasure asked for", language, r.open(t, erase))
	}
	if r, err := s.store.Reconcile(t.Context()); err != nil || !r.Balanced() {
		t.Errorf("books: %+v, %v", r, err)
	}
}

func TestAdditionsAreForThoseWhoKnowTheSecret(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	inquiry := s.accept(t, "en")
	inquiry.Secret = "wrong"
	r := newReader(s.url, "en")
	for _, path := range []string{"/additions?", "/erasure?"} {
		where := strings.Replace(way(inquiry, "en"), "?", path, 1)
		if got := r.send(t, where, with(url.Values{}, "message", "x", "confirm", "yes"), file{"good.pdf", "application/pdf", "%PDF-1.7 good"}); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s with a wrong secret: %d", path, got.StatusCode)
		}
	}
}

// Who is asked to wait finds the message still there.
func TestNoMessageIsLostToALimit(t *testing.T) {
	t.Parallel()
	// This machine is exempt by default.
	where := program(t, func(c *config.Config) { c.Limits.Exempt = nil })
	r := newReader(where, "mn")
	review := r.send(t, "/mn/patient", patient())
	sent := r.post(t, "/mn/patient/send", with(review.values(), "shown", "0"))
	receipt, err := url.Parse(sent.Header.Get("Location"))
	if err != nil || sent.StatusCode != http.StatusSeeOther {
		t.Fatalf("sending: %d, %v", sent.StatusCode, err)
	}
	path := strings.Replace(receipt.Path, "/receipt", "", 1)
	values := r.open(t, path+"?"+receipt.RawQuery).values()
	for n := range 500 {
		got := r.send(t, path+"/additions?"+receipt.RawQuery, with(values, "message", "Шинжилгээний хариу", "remove", fmt.Sprint("none ", n)))
		if got.StatusCode == http.StatusOK {
			continue
		}
		checkScreen(t, "limited", "mn", got)
		if got.StatusCode != http.StatusTooManyRequests || !strings.Contains(got.body, "Шинжилгээний хариу") || got.Header.Get("Retry-After") == "" {
			t.Errorf("%d, or what was typed is lost", got.StatusCode)
		}
		return
	}
	t.Error("there is no limit")
}
