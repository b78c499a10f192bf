package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"naru/config"
	"naru/internal/bucket"
	"naru/internal/guard"
	"naru/internal/naru"
	"naru/internal/web"
)

// asked returns the challenge on a page, and "" where there is none.
func (s screen) asked(t *testing.T) (challenge string, bits int) {
	t.Helper()
	for n := range s.root.Descendants() {
		if text, ok := attribute(n, "data-challenge"); ok {
			work, _ := attribute(n, "data-bits")
			bits, err := strconv.Atoi(work)
			if err != nil {
				t.Fatal(err)
			}
			return text, bits
		}
	}
	return "", 0
}

// From an address that many share, everybody comes through: with a script by
// work, without one by waiting, and with all that was typed.
func TestGuardLocksNobodyOut(t *testing.T) {
	t.Parallel()
	where := program(t, func(c *config.Config) {
		// This machine is exempt by default.
		c.Limits.InquiriesPerHour, c.Limits.InquiriesPerMinute, c.Limits.Burst, c.Limits.Exempt = 3, 3, 3, nil
	})
	passed, proved := map[string]bool{}, 0
	for n := range 12 {
		language := naru.Languages[n%len(naru.Languages)]
		r := newReader(where, language)
		values := patient()
		values.Set("complaint", fmt.Sprintf("%d. науқас", n))
		review := r.send(t, "/"+language+"/patient", values)
		sent := r.post(t, "/"+language+"/patient/send", with(review.values(), "shown", "0"))
		if challenge, bits := sent.asked(t); challenge != "" {
			proved++
			checkScreen(t, "proof", language, sent)
			again := sent.values()
			if sent.StatusCode != http.StatusTooManyRequests || sent.Header.Get("Retry-After") == "" || again.Get("complaint") != values.Get("complaint") {
				t.Errorf("%s: %d, Retry-After %q, %v", language, sent.StatusCode, sent.Header.Get("Retry-After"), again)
			}
			for nonce := 0; again.Get("nonce") == ""; nonce++ {
				if guard.Solves(challenge, strconv.Itoa(nonce), bits) {
					again.Set("nonce", strconv.Itoa(nonce))
				}
			}
			sent = r.post(t, "/"+language+"/patient/send", with(again, "shown", "0"))
		}
		if sent.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d. inquiry: %d", n, sent.StatusCode)
		}
		passed[sent.Header.Get("Location")] = true
	}
	if len(passed) != 12 || proved != 9 {
		t.Errorf("%d inquiries passed, %d proved themselves", len(passed), proved)
	}
}

func TestGuardLetsThoseWaitWhoHaveNoScript(t *testing.T) {
	t.Parallel()
	now := time.Now()
	clock := func() time.Time { return now }
	held, err := guard.New(guard.Options{Key: []byte("sixteen bytes or more"), Rates: []bucket.Rate{{Burst: 1}}, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, func(o *web.Options) { o.Guard, o.Clock = held, clock })
	r := newReader(s.url, "ar")
	send := func(values url.Values) screen {
		t.Helper()
		return r.post(t, "/ar/partner/send", with(values, "shown", "0"))
	}
	review := r.send(t, "/ar/partner", partner())
	if first := send(review.values()); first.StatusCode != http.StatusSeeOther {
		t.Fatalf("first: %d", first.StatusCode)
	}
	review = r.send(t, "/ar/partner", partner())
	asked := send(review.values())
	if _, bits := asked.asked(t); bits == 0 || !strings.Contains(asked.body, s.text("ar", "guard.wait", map[string]any{"Seconds": 20})) {
		t.Fatalf("second: %d", asked.StatusCode)
	}
	// A page without its key, as programs send it, is asked like any other.
	bare := asked.values()
	bare.Del("key")
	if without := send(bare); without.StatusCode != http.StatusTooManyRequests {
		t.Errorf("without a key: %d", without.StatusCode)
	}
	if hasty := send(asked.values()); hasty.StatusCode != http.StatusTooManyRequests {
		t.Errorf("not waited: %d", hasty.StatusCode)
	}
	now = now.Add(21 * time.Second)
	waited := send(asked.values())
	if waited.StatusCode != http.StatusSeeOther {
		t.Fatalf("waited: %d", waited.StatusCode)
	}
	// Pressed twice, it is the same inquiry.
	if again := send(asked.values()); again.Header.Get("Location") != waited.Header.Get("Location") {
		t.Errorf("again: %d %s, first %s", again.StatusCode, again.Header.Get("Location"), waited.Header.Get("Location"))
	}
}

// A real browser does the work by itself, in a worker, under the policy of the
// page.
func TestGuardInABrowser(t *testing.T) {
	t.Parallel()
	where := program(t, func(c *config.Config) {
		c.Limits.InquiriesPerHour, c.Limits.InquiriesPerMinute, c.Limits.Burst, c.Limits.Exempt = 1, 1, 1, nil
	})
	r := newReader(where, "ko")
	review := r.send(t, "/ko/patient", patient())
	if first := r.post(t, "/ko/patient/send", with(review.values(), "shown", "0")); first.StatusCode != http.StatusSeeOther {
		t.Fatalf("first: %d", first.StatusCode)
	}
	w := newWindow(t, where)
	w.open("/ko/partner")
	w.write("#f-institution", "Heidelberg University Hospital")
	w.choose("#f-country", "DE")
	w.truth(`(document.querySelector('[name="type"][value="hospital"], [name="type"]').tagName === "SELECT" ? document.querySelector('[name="type"]').value = "hospital" : document.querySelector('[name="type"][value="hospital"]').click(), true)`)
	w.write("#f-name", "Jana Weiß")
	w.write("#f-title", "Head of office")
	w.write("#f-email", "office@klinik.example")
	w.choose("#f-topic", "agreement")
	w.write("#f-description", "A visit, and an agreement.")
	w.click("#f-consent_personal_information")
	w.click("#inquiry .actions .button")
	w.wait(".answers")
	w.until(`Date.now() - Number(document.querySelector('[name="shown"]').value) > 1100`)
	w.click("#send .actions .button")
	w.until(`document.querySelector("[data-challenge] progress") || document.querySelector("[data-draft-sent]")`)
	w.until(`document.querySelector("[data-draft-sent]")`)
}
