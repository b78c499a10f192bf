package web_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// most is how many times a key is pressed before something counts as out of
// its reach.
const most = 300

// press presses a key until a condition holds.
func (w *window) press(key, condition string) {
	w.t.Helper()
	for range most {
		if held, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](condition)); err != nil {
			w.t.Fatalf("%s: %v", condition, err)
		} else if held {
			return
		}
		w.do("press a key", chromedp.KeyEvent(key))
	}
	w.t.Fatalf("%s is out of the keyboard's reach, which ends at %s", condition, w.text(`document.activeElement.outerHTML.slice(0, 200)`))
}

// tab goes from field to field until one is reached, and is where it can be
// seen.
func (w *window) tab(css string) {
	w.t.Helper()
	w.press(kb.Tab, fmt.Sprintf(`document.activeElement.matches(%q)`, css))
	w.truth(`(r => r.bottom > 0 && r.top < innerHeight)(document.activeElement.getBoundingClientRect())`)
}

// enter presses Enter as one event, as browsers have it: what follows a link
// within the page must not end in the field that is reached.
func (w *window) enter(css string) {
	w.t.Helper()
	w.tab(css)
	w.do("enter", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
		if _, err := cdp.Call(ctx, tab, input.DispatchKeyEvent, key); err != nil {
			return err
		}
		key.Type, key.Text = input.DispatchKeyEventTypeKeyUp, ""
		_, err := cdp.Call(ctx, tab, input.DispatchKeyEvent, key)
		return err
	}))
}

// The whole way of a patient with nothing but keys, on the narrowest screen:
// the form, its mistakes, sending, the status, a message, the wish to be
// forgotten.
func TestPatientJourneyByKeyboard(t *testing.T) {
	t.Parallel()
	url := program(t, nil)
	for _, language := range []string{"en", "ar"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := newWindow(t, url)
			key := func(css, keys string) {
				t.Helper()
				w.tab(css)
				w.do("keys", chromedp.KeyEvent(keys))
			}
			w.open("/" + language + "/patient")
			key(`input[name="writer"]`, " ")
			key("#f-name", "DIAS SADYKOV")
			key(`[name="birth_date_day"]`, "27")
			key(`[name="birth_date_month"]`, "3")
			key(`[name="birth_date_year"]`, "1980")
			for _, list := range []string{"#f-nationality", "#f-residence"} {
				w.tab(list)
				w.press(kb.ArrowDown, fmt.Sprintf(`document.querySelector(%q).value === "KZ"`, list))
			}
			key("#f-email", "dias@post")
			key(`input[name="purpose"]`, " ")
			key("#f-complaint", "leukemia")
			key("#f-consent_personal_information", " ")
			key("#f-consent_sensitive_information", " ")
			w.enter("#inquiry .actions .button")
			w.until(`document.activeElement.id === "problems"`)

			// From the list of mistakes to the field.
			w.enter(`#problems a[href="#f-email"]`)
			w.until(`document.activeElement.id === "f-email"`)
			// Coming back with the tabulator selects what stands there.
			w.do("go back", chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
			key("#f-email", "dias@post.example")
			w.truth(`document.querySelector("#f-email").value === "dias@post.example"`)
			w.enter("#inquiry .actions .button")
			w.until(`document.readyState === "complete" && document.querySelector(".answers")`)
			w.until(`Date.now() - Number(document.querySelector('[name="shown"]').value) > 1100`)
			w.enter("#send .actions .button")
			w.until(`document.readyState === "complete" && document.querySelector("[data-draft-sent]")`)

			w.enter(`a.button[href*="/inquiries/"]`)
			w.until(`document.readyState === "complete" && document.querySelector(".timeline")`)
			key("#f-message", "new results")
			w.enter("#add .actions .button")
			w.until(`document.readyState === "complete" && document.querySelector("#sent")`)
			w.enter("#erasure a.button")
			w.until(`document.readyState === "complete" && document.querySelector("#f-confirm")`)
			key("#f-confirm", " ")
			w.enter("main form .button")
			w.until(`document.querySelector("#erasure") && !document.querySelector("#erasure a.button")`)
		})
	}
}
