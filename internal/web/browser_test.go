package web_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"naru/internal/naru"
)

// chromium is where the browser of the tests is.
const chromium = "/usr/bin/chromium"

// patience is how long one step may take: long, for a machine that is busy with
// other tests is no failure of the page.
const patience = 2 * time.Minute

// missing ends a test that needs what this machine does not have: it fails
// where everything has to be there.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing", what)
	}
	t.Skipf("%s is missing", what)
}

// window is a page of a real browser, 320 pixels wide until it is resized.
type window struct {
	t   testing.TB
	ctx context.Context
	// url is the site's, without a slash at the end.
	url string
}

// browsing is the one browser of all tests; closeBrowser ends it.
var browsing = sync.OnceValues(func() (context.Context, error) {
	allocated, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox)...)
	ctx, quit := chromedp.NewContext(allocated)
	closeBrowser = func() { quit(); stop() }
	return ctx, chromedp.Do(ctx)
})

var closeBrowser = func() {}

// newWindow opens a window for the test, with a profile of its own.
func newWindow(t testing.TB, url string) *window {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		missing(t, chromium)
	}
	browser, err := browsing()
	if err != nil {
		t.Fatalf("start %s: %v", chromium, err)
	}
	ctx, closeTab := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	// Of many windows each believes to be the one in front.
	if err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	})); err != nil {
		t.Fatalf("open a window: %v", err)
	}
	limited, cancel := context.WithTimeout(ctx, 15*time.Minute)
	t.Cleanup(cancel)
	w := &window{t, limited, url}
	w.resize(320, "light")
	return w
}

func (w *window) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		text, _ := chromedp.Run(w.ctx, chromedp.Evaluate[string](`location.pathname + "\n" + document.body.innerText.slice(0, 300)`))
		w.t.Fatalf("%s: %v\n%s", what, err, text)
	}
}

// resize sets the width of the page and "light" or "dark".
func (w *window) resize(width int64, scheme string) {
	w.t.Helper()
	w.do("resize", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		if _, err := cdp.Call(ctx, tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
			// Colours on their way are none to be measured.
			{Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return err
	}))
}

func (w *window) open(path string) {
	w.t.Helper()
	w.do("open "+path, chromedp.Navigate(w.url+path), chromedp.WaitReady(chromedp.CSS("footer")))
}

func (w *window) wait(css string) {
	w.t.Helper()
	w.do("wait for "+css, chromedp.WaitReady(chromedp.CSS(css)))
}

func (w *window) click(css string) {
	w.t.Helper()
	w.do("click "+css, chromedp.ScrollIntoView(chromedp.CSS(css)), chromedp.Click(chromedp.CSS(css), chromedp.NodeVisible))
}

// write replaces what stands in a field, as keys do.
func (w *window) write(css, text string) {
	w.t.Helper()
	w.do("find "+css, chromedp.WaitReady(chromedp.CSS(css)))
	w.truth(fmt.Sprintf(`(e => { e.focus(); e.select(); return true })(document.querySelector(%q))`, css))
	w.do("write "+css, chromedp.SendKeys(chromedp.CSS(css), text))
}

// choose picks an option of a list.
func (w *window) choose(css, value string) {
	w.t.Helper()
	w.truth(fmt.Sprintf(`(e => { e.value = %q; e.dispatchEvent(new Event("input", {bubbles: true})); return e.value === %q })(document.querySelector(%q))`, value, value, css))
}

// text evaluates a script that gives a text.
func (w *window) text(script string) string {
	w.t.Helper()
	text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		w.t.Fatalf("%s: %v", script, err)
	}
	return text
}

// truth wants a condition to hold.
func (w *window) truth(script string) {
	w.t.Helper()
	if held, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](script)); err != nil || !held {
		w.t.Errorf("%s: %s does not hold: %v", w.text("location.pathname"), script, err)
	}
}

// until waits for a condition, also across the page that a click leads to: the
// one being left takes the question with it, and the next is asked again.
func (w *window) until(script string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`new Promise(done => { const look = () => (%s) ? done(true) : setTimeout(look, 20); look(); })`, script), chromedp.EvalAwaitPromise))
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			w.t.Fatalf("%s: wait for %s: %v\n%s", w.text("location.pathname"), script, err, w.text("document.body.innerText.slice(0, 300)"))
		}
	}
}

// axe is the accessibility checker, fetched once for all tests.
var axe = sync.OnceValues(func() (string, error) {
	dir, err := npmTool(axeTool)
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(filepath.Join(dir, "axe.min.js"))
	return string(source), err
})

// examine has the page checked against WCAG 2.2 AA and good practice, and for
// a second direction of scrolling.
func (w *window) examine(what string) {
	w.t.Helper()
	w.check(what, `document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}`)
}

// examineLook checks the page that was examined before in another size: what
// was hidden then, the links in the bar, against everything, and the rest for
// what depends on sizes, and on colours as well if they are others.
func (w *window) examineLook(what string, colours bool) {
	w.t.Helper()
	rules := `"target-size", "scrollable-region-focusable", "link-in-text-block", "landmark-unique", "region"`
	if colours {
		rules += `, "color-contrast"`
	}
	w.check(what, `document, {resultTypes: ["violations"], runOnly: {type: "rule", values: [`+rules+`]}}`)
	w.check(what, `".bar", {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}`)
}

// check runs axe with what it is given, once it is let into the page.
func (w *window) check(what, how string) {
	w.t.Helper()
	source, err := axe()
	if err != nil {
		missing(w.t, "axe-core")
	}
	w.do("let the checker in", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
		return err
	}))
	if w.text(`typeof axe`) == "undefined" {
		if _, err := chromedp.Run(w.ctx, chromedp.Evaluate[any](source+"; 0")); err != nil {
			w.t.Fatalf("%s: start axe: %v", what, err)
		}
	}
	report, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`axe.run(`+how+`).then(r =>
		r.violations.map(v => v.id + ": " + v.help + v.nodes.map(n => "\n    " + n.target + " " + n.html.slice(0, 200) + " " + n.failureSummary.replaceAll("\n", " ")).join("")).join("\n"))`, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("%s: axe: %v", what, err)
	}
	if report != "" {
		w.t.Errorf("%s: %s", what, report)
	}
	if wide := w.text(`String(document.documentElement.scrollWidth - document.documentElement.clientWidth)`); wide != "0" {
		w.t.Errorf("%s: %s pixels wider than the window", what, wide)
	}
	// The name in the header takes two lines at most.
	if lines := w.text(`(b => String(b ? Math.round(b.offsetHeight / parseFloat(getComputedStyle(b).lineHeight)) : 0))(document.querySelector(".head .brand span"))`); lines > "2" {
		w.t.Errorf("%s: the name takes %s lines", what, lines)
	}
}

// Every page of the inquiry in every language.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	site := program(t, nil)
	for _, language := range naru.Languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := newWindow(t, site)
			look := func(path string) {
				t.Helper()
				w.bothLooks(language, "/"+language+"/"+path)
			}
			for _, path := range []string{"", "partner", "follow-up"} {
				w.open("/" + language + "/" + path)
				look(path)
			}
			// With everything open, and with every mistake.
			w.open("/" + language + "/patient")
			w.click(`#inquiry .actions .button`)
			w.until(`document.activeElement.id === "problems"`)
			w.truth(`(document.querySelectorAll("details").forEach(d => d.open = !d.name), true)`)
			look("patient with mistakes")
		})
	}
}

// bothLooks examines the page on the narrowest screen in light, and on a wide
// one in the dark. Colours do not depend on the language: the dark ones are
// measured in three.
func (w *window) bothLooks(language, what string) {
	w.t.Helper()
	w.examine(what + " at 320, light")
	w.resize(1440, "dark")
	w.examineLook(what+" at 1440, dark", slices.Contains([]string{"en", "ar", "kk"}, language))
	w.resize(320, "light")
}

func TestPatientJourneyInABrowser(t *testing.T) {
	t.Parallel()
	url := program(t, nil)
	dir := t.TempDir()
	report, photo := filepath.Join(dir, "отчёт.pdf"), filepath.Join(dir, "photo.png")
	for name, content := range map[string]string{report: pdf, photo: png} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, language := range []string{"en", "ko", "ar", "kk"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := newWindow(t, url)
			w.resize([]int64{768, 1440, 320, 320}[i], []string{"dark", "light", "dark", "light"}[i])
			w.open("/" + language + "/patient")
			w.truth(`getComputedStyle(document.querySelector(".other")).display === "none" && document.querySelector(".minor").hidden`)
			w.click(`input[name="writer"][value="family"]`)
			w.truth(`getComputedStyle(document.querySelector(".other")).display !== "none"`)
			w.write("#f-writer_name", "Алия Садыкова")
			w.write("#f-writer_relation", "анасы")
			w.choose("#f-writer_authority", "legal_guardian")
			w.write("#f-name", "DIAS SADYKOV")
			for name, value := range map[string]string{"year": "2020", "month": "3", "day": "27"} {
				w.write(`[name="birth_date_`+name+`"]`, value)
			}
			w.truth(`!document.querySelector(".minor").hidden && document.querySelector(".minor").open`)
			w.choose("#f-nationality", "KZ")
			w.choose("#f-residence", "KZ")
			w.write("#f-email", "dias@post")
			w.click(`input[name="purpose"][value="second_opinion"]`)
			w.write("#f-complaint", "Жедел лейкоз")

			w.do("add documents", chromedp.SetUploadFiles(chromedp.CSS("#f-file"), []string{report, photo}))
			w.until(`document.querySelectorAll('[name="document"]').length === 2 && document.querySelector("[data-documents] canvas")`)
			w.click(`[data-documents] li:last-child button`)
			w.until(`document.querySelectorAll('[name="document"]').length === 1`)
			w.until(`localStorage.getItem("naru.draft.patient")?.includes("SADYKOV") && sessionStorage.getItem("naru.draft.patient")?.includes("отчёт")`)
			w.truth(`!localStorage.getItem("naru.draft.patient").includes("лейкоз")`)

			// Loaded again: everything is back.
			w.open("/" + language + "/patient")
			w.until(`!document.querySelector("[data-draft-restored]").hidden`)
			w.truth(`document.querySelector("#f-name").value === "DIAS SADYKOV" && document.querySelector("#f-complaint").value === "Жедел лейкоз" && document.querySelectorAll('[name="document"]').length === 1`)
			w.truth(`document.querySelector('[name="writer"][value="family"]').checked && document.querySelector("#f-residence").value === "KZ" && !document.querySelector(".minor").hidden`)
			w.examine(language + " form with a draft")

			w.click("#f-consent_personal_information")
			w.click("#f-consent_sensitive_information")
			w.click("#f-consent_guardian")
			w.click("#inquiry .actions .button")
			w.wait("#problems")
			w.until(`document.activeElement.id === "problems"`)
			w.truth(`document.querySelectorAll("#problems li").length === 1`)
			w.click(`#problems a[href="#f-email"]`)
			w.truth(`document.activeElement.id === "f-email"`)
			w.write("#f-email", "dias@post.example")
			w.click("#inquiry .actions .button")
			w.wait(".answers")
			w.examine(language + " review")
			w.truth(`document.body.innerText.includes("DIAS SADYKOV") && document.body.innerText.includes("отчёт.pdf")`)
			w.until(`Date.now() - Number(document.querySelector('[name="shown"]').value) > 1100`)
			// Pressed twice at once: sent once.
			w.do("send", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
				_, err := chromedp.Evaluate[any](`(b => { b.click(); b.click() })(document.querySelector(".actions .button"))`)(ctx, tab)
				return err
			}), chromedp.WaitReady(chromedp.CSS("[data-draft-sent]")))
			w.examine(language + " receipt")
			w.until(`!localStorage.getItem("naru.draft.patient") && !sessionStorage.getItem("naru.draft.patient")`)
			reference := w.text(`document.querySelector(".case-number").innerText`)
			w.click(`a.button[href*="/inquiries/"]`)
			w.wait(".timeline")
			if got := w.text(`document.querySelector(".case-number").innerText`); got != reference || !strings.Contains(w.text("location.pathname"), "/"+language+"/inquiries/"+reference) {
				t.Errorf("status of %s, want %s", got, reference)
			}
			w.examine(language + " status")

			// Something more, with a document; then the wish to be forgotten.
			w.do("add a document", chromedp.SetUploadFiles(chromedp.CSS("#f-file"), []string{photo}))
			w.until(`document.querySelectorAll('[name="document"]').length === 1`)
			w.write("#f-message", "Жаңа талдау")
			w.examine(language + " message")
			w.click("#add .actions .button")
			w.until(`document.querySelector("#sent")`)
			w.until(`document.querySelectorAll(".timeline li").length >= 2`)
			w.examine(language + " status after a message")
			w.click(`#erasure a.button`)
			w.wait("#f-confirm")
			w.examine(language + " erasure")
			w.click("main form .button")
			w.wait("#problems")
			w.examine(language + " erasure not confirmed")
			w.click("#f-confirm")
			w.click("main form .button")
			w.until(`document.querySelector("#erasure") && !document.querySelector("#erasure a.button")`)

			w.open("/" + language + "/follow-up")
			w.write("#f-reference", strings.ToLower(strings.ReplaceAll(reference, "-", " ")))
			w.write("#f-email", "dias@post.example")
			w.click("main .actions .button")
			w.wait(".timeline")
		})
	}
}

// The menu and the switcher work with the keyboard alone, and the switcher
// keeps the page.
func TestNavigationByKeyboard(t *testing.T) {
	t.Parallel()
	w := newWindow(t, program(t, nil))
	w.open("/en/partner")
	w.do("menu", chromedp.Focus(chromedp.CSS(".menu summary")), chromedp.KeyEvent("\r"))
	w.truth(`document.querySelector(".menu details").open`)
	w.do("languages", chromedp.Focus(chromedp.CSS(".languages summary")), chromedp.KeyEvent("\r"))
	w.truth(`document.querySelector(".languages").open && !document.querySelector(".menu details").open`)
	w.do("Arabic", chromedp.Focus(chromedp.CSS(`.languages a[hreflang="ar"]`)), chromedp.KeyEvent("\r"), chromedp.WaitReady(chromedp.CSS(`html[lang="ar"] footer`)))
	w.truth(`location.pathname === "/ar/partner" && document.documentElement.dir === "rtl"`)
}

// png is a picture of one pixel.
const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\xdac\xfc\xcf\xc0P\x0f\x00\x04\x85\x01\x80\x84\xa9\x8c!\x00\x00\x00\x00IEND\xaeB`\x82"

// Nothing is lost and nothing is sent twice on the way back, nor when the line
// is gone while a document or the inquiry itself is under way.
func TestTheWayBackInABrowser(t *testing.T) {
	t.Parallel()
	url := program(t, nil)
	report := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(report, []byte(pdf), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"ja", "ar"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := newWindow(t, url)
			form := "/" + language + "/patient"
			review := func() {
				t.Helper()
				// On the way back browsers may fill in ticks again, or not.
				w.truth(`["personal_information", "sensitive_information"].every((name) => (c => c.checked || (c.click(), c.checked))(document.querySelector("#f-consent_" + name)))`)
				w.click("#inquiry .actions .button")
			}
			w.open(form)
			w.click(`input[name="writer"][value="self"]`)
			w.write("#f-name", "DIAS SADYKOV")
			for name, value := range map[string]string{"year": "1980", "month": "3", "day": "27"} {
				w.write(`[name="birth_date_`+name+`"]`, value)
			}
			w.choose("#f-nationality", "KZ")
			w.choose("#f-residence", "KZ")
			w.write("#f-email", "nobody")
			w.click(`input[name="purpose"][value="second_opinion"]`)
			w.write("#f-complaint", "Жедел лейкоз")

			// A line that says nothing any more.
			w.truth(`(() => { document.querySelector("[data-upload]").dataset.still = "200"; window.whole = XMLHttpRequest.prototype.send; XMLHttpRequest.prototype.send = () => {}; return true })()`)
			w.do("add a document", chromedp.SetUploadFiles(chromedp.CSS("#f-file"), []string{report}))
			w.until(`document.querySelector("[data-documents] .is-wrong") !== null && !document.querySelector("progress")`)
			w.truth(`(XMLHttpRequest.prototype.send = window.whole, true)`)
			w.click(`[data-documents] .is-wrong button`)
			w.do("add it again", chromedp.SetUploadFiles(chromedp.CSS("#f-file"), []string{report}))
			w.until(`document.querySelectorAll('[name="document"]').length === 1`)

			review()
			w.wait("#problems")
			w.write("#f-email", "dias@post.example")
			w.click("#inquiry .actions .button")
			w.wait("#send")
			// The page before was an answer to a form: it is there all the same.
			w.truth(`(history.back(), true)`)
			w.until(`document.querySelector("#f-name")?.value === "DIAS SADYKOV" && document.querySelector("#f-email").value === "dias@post.example" && document.querySelectorAll('[name="document"]').length === 1`)
			w.truth(`location.pathname === "` + form + `"`)
			review()
			w.wait("#send")
			w.until(`Date.now() - Number(document.querySelector('[name="shown"]').value) > 1100`)

			// It arrives, and the answer does not.
			w.truth(`(() => { const whole = fetch; window.fetch = async (...all) => { await whole(...all); window.fetch = whole; throw new TypeError("lost"); }; return true })()`)
			w.click("#send .actions .button")
			w.until(`document.activeElement.matches("[data-send-failed]:not([hidden])") && !document.querySelector("[aria-disabled]")`)
			w.examine(language + " review after a lost answer")
			w.click("#send .actions .button")
			w.wait("[data-draft-sent]")
			w.truth(`(history.back(), true)`)
			w.until(`location.pathname === "` + form + `" && document.readyState === "complete" && document.querySelector("#f-name")?.value === "" && !localStorage.getItem("naru.draft.patient")`)
		})
	}
}
