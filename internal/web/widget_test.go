package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"naru/config"
	"naru/internal/naru"
)

// widgetFiles are the addresses in the loader: the modules and, for a language,
// its texts.
var widgetFiles = regexp.MustCompile(`"(/static/[a-z]+\.[0-9a-f]{12}\.js|/widget/[A-Za-z-]+\.[0-9a-f]{12}\.js)"`)

// fetched is an answer as it goes over the line.
type fetched struct {
	*http.Response
	body []byte
	// size is the body with the headers, in bytes.
	size int
}

func fetchFrom(t *testing.T, method, url, origin string, header ...string) fetched {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip")
	if origin != "" {
		request.Header.Set("Origin", origin)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	size := len(body)
	for name, values := range response.Header {
		for _, value := range values {
			size += len(name) + len(value) + len(": \r\n")
		}
	}
	return fetched{response, body, size}
}

// The widget is small, kept for ever where its address tells its bytes, and
// for the sites allowed alone.
func TestWidgetIsSmallAndForSitesAllowed(t *testing.T) {
	t.Parallel()
	const friend, stranger, limit = "https://www.friend.example", "https://www.stranger.example", 20_000
	desk := program(t, func(c *config.Config) { c.Widget.Origins = []string{friend} })
	loader := fetchFrom(t, http.MethodGet, desk+"/widget.js", friend)
	plain := fetchFrom(t, http.MethodGet, desk+"/widget.js", "", "Accept-Encoding", "identity")
	if loader.StatusCode != 200 || loader.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || loader.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" || !strings.Contains(loader.Header.Get("Cache-Control"), "max-age=3600") {
		t.Fatalf("%d %v", loader.StatusCode, loader.Header)
	}
	if again := fetchFrom(t, http.MethodGet, desk+"/widget.js", "", "If-None-Match", loader.Header.Get("ETag")); again.StatusCode != 304 {
		t.Errorf("unchanged, and answered %d", again.StatusCode)
	}
	languages, shared := map[string]string{}, loader.size
	for _, found := range widgetFiles.FindAllStringSubmatch(string(plain.body), -1) {
		address := found[1]
		file := fetchFrom(t, http.MethodGet, desk+address, friend)
		if file.StatusCode != 200 || file.Header.Get("Access-Control-Allow-Origin") != friend || !strings.Contains(strings.Join(file.Header.Values("Vary"), ", "), "Origin") || !strings.Contains(file.Header.Get("Cache-Control"), "immutable") || file.Header.Get("ETag") == "" {
			t.Errorf("%s: %d %v", address, file.StatusCode, file.Header)
		}
		if other := fetchFrom(t, http.MethodGet, desk+address, stranger); other.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may be read by others", address)
		}
		if language, ok := strings.CutPrefix(address, "/widget/"); ok {
			language, _, _ = strings.Cut(language, ".")
			languages[language] = address
			if size := file.size; size > 6000 {
				t.Errorf("texts in %s: %d bytes", language, size)
			}
			continue
		}
		shared += file.size
	}
	largest := 0
	for _, language := range naru.Languages {
		if languages[language] == "" {
			t.Fatalf("no widget in %s", language)
		}
		size := shared + fetchFrom(t, http.MethodGet, desk+languages[language], friend).size
		if largest = max(largest, size); size >= limit {
			t.Errorf("%s: %d bytes transferred, at most %d", language, size, limit)
		}
	}
	t.Logf("%d bytes transferred at most, headers and all", largest)
	for path, method := range map[string]string{"/api/v1/chat": "POST", "/api/v1/chat/feedback": "POST"} {
		before := fetchFrom(t, http.MethodOptions, desk+path, friend, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", "content-type")
		if before.StatusCode != 204 || before.Header.Get("Access-Control-Allow-Origin") != friend {
			t.Errorf("%s: preflight %d %v", path, before.StatusCode, before.Header)
		}
		if before := fetchFrom(t, http.MethodOptions, desk+path, stranger, "Access-Control-Request-Method", method); before.StatusCode != 403 || before.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: preflight of others %d", path, before.StatusCode)
		}
	}
	for origin, want := range map[string]string{friend: friend, stranger: ""} {
		if chart := fetchFrom(t, http.MethodGet, desk+"/charts/patients.svg?language=kk", origin); chart.StatusCode != 200 || chart.Header.Get("Access-Control-Allow-Origin") != want || chart.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("chart for %s: %d %v", origin, chart.StatusCode, chart.Header)
		}
	}
	if own := fetchFrom(t, http.MethodGet, program(t, nil)+"/widget.js", friend); own.StatusCode != 200 || own.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without settings: %d %v", own.StatusCode, own.Header)
	}
}

// The operator's colours are the widget's too, unless the site around it says
// otherwise.
func TestWidgetHasTheLookOfTheDesk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "look.yaml"), []byte("colours: {accent: '#7a1f5c'}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	desk := program(t, func(c *config.Config) { c.ConfigDir = dir })
	loader := fetchFrom(t, http.MethodGet, desk+"/widget.js", "", "Accept-Encoding", "identity")
	address := regexp.MustCompile(`/widget/en\.[0-9a-f]+\.js`).Find(loader.body)
	if texts := fetchFrom(t, http.MethodGet, desk+string(address), "", "Accept-Encoding", "identity"); !strings.Contains(string(texts.body), "--accent: var(--naru-accent, light-dark(#7a1f5c, ") {
		t.Error("the widget is not in the operator's colour")
	}
}

// neighbour is another site with the widget on it. It has rules of its own that
// are as strict as can be, wild styles, and shortcuts.
type neighbour struct {
	*httptest.Server
	// desk is where the widget comes from; set before anything is asked.
	desk string
}

func newNeighbour(t *testing.T) *neighbour {
	t.Helper()
	n := &neighbour{}
	mux := http.NewServeMux()
	serve := func(path, mediaType, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			header := w.Header()
			header.Set("Content-Type", mediaType+"; charset=utf-8")
			header.Set("Referrer-Policy", "no-referrer")
			header.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src 'self' %[1]s; style-src 'self'; connect-src %[1]s; img-src %[1]s; form-action %[1]s; require-trusted-types-for 'script'", n.desk))
			language := ""
			if chosen := r.FormValue("data"); chosen != "" {
				language = ` data-language="` + chosen + `"`
			}
			_, _ = io.WriteString(w, strings.NewReplacer("{desk}", n.desk, "{lang}", r.FormValue("lang"), "{data}", language).Replace(body))
		})
	}
	const page = `<!doctype html><html lang="{lang}"><head><title>Neighbour</title><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/wild.css"><script src="/shortcuts.js"></script></head><body><main><h1>Neighbour</h1><p>Text of its own.</p><button id="first">First</button></main>%s<footer>Foot</footer></body></html>`
	serve("/", "text/html", fmt.Sprintf(page, `<script async src="{desk}/widget.js"{data}></script>`))
	serve("/without", "text/html", fmt.Sprintf(page, ""))
	serve("/wild.css", "text/css", `html { font-size: 10px; } h1 { font-size: 20px; } body { font: 24px serif; color: #600; text-transform: uppercase; letter-spacing: 3px; } button, input, p, h2, section, form { margin: 9px !important; padding: 9px !important; border: 3px solid #600 !important; background: #fff !important; color: #600 !important; }`)
	serve("/shortcuts.js", "text/javascript", `addEventListener("keydown", (e) => { document.documentElement.dataset.typed = (document.documentElement.dataset.typed ?? "") + e.key; });`)
	n.Server = httptest.NewServer(mux)
	t.Cleanup(n.Close)
	return n
}

// origin is the site by a name that is not that of the desk.
func (n *neighbour) origin() string { return strings.Replace(n.URL, "127.0.0.1", "localhost", 1) }

const shadow = `document.querySelector("naru-chat").shadowRoot`

// visit opens the neighbour and waits for the widget.
func (w talkWindow) visit(n *neighbour, query string) {
	w.t.Helper()
	w.do("visit", chromedp.Navigate(n.origin()+"/?"+query), chromedp.WaitReady(chromedp.CSS("footer")))
	w.until(`document.querySelector("naru-chat")?.shadowRoot?.querySelector(".launcher") != null`)
}

func TestWidgetOnAnotherSite(t *testing.T) {
	t.Parallel()
	n := newNeighbour(t)
	n.desk = program(t, func(c *config.Config) { c.Widget.Origins = []string{n.origin()} })
	for i, language := range []string{"en", "ko", "ar", "kk"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := talkWindow{window: newWindow(t, n.origin()), root: shadow}
			width := []int64{320, 768, 1440, 320}[i]
			w.resize(width, []string{"light", "dark"}[i%2])
			at := fmt.Sprintf("widget in %s at %d", language, width)
			w.do("without", chromedp.Navigate(n.origin()+"/without?lang=en"))
			names := w.text(`Object.getOwnPropertyNames(window).sort().join(" ")`)
			w.visit(n, "lang=en&data="+language)
			if after := w.text(`Object.getOwnPropertyNames(window).sort().join(" ")`); after != names {
				t.Errorf("%s leaves names behind: %s, before %s", at, after, names)
			}
			w.examine(at + ", closed")
			w.truth(fmt.Sprintf(`%s.firstElementChild.lang === %q`, shadow, language))

			// With the keyboard: in, away, and back to where the focus was.
			w.truth(`(document.querySelector("#first").focus(), true)`)
			w.keys("\t")
			w.truth(shadow + `.activeElement?.className === "launcher"`)
			w.keys("\r")
			w.focused()
			w.truth(w.at(".launcher") + `.getAttribute("aria-expanded") === "true" && ` + w.at("[role=dialog]") + `.checkVisibility()`)
			w.truth(`(r => r.left >= 0 && r.top >= 0 && r.right <= innerWidth && r.bottom <= innerHeight)(` + w.at("[role=dialog]") + `.getBoundingClientRect())`)
			w.examine(at + ", open")
			w.keys("\x1b")
			w.truth(shadow + `.activeElement?.className === "launcher" && !` + w.at("[role=dialog]") + `.checkVisibility()`)
			w.keys("\r")
			w.focused()

			w.walk(language)
			w.examine(at + " after a talk")
			// Neither the styles around nor their unit reach in, and no key out.
			w.truth(`(s => s.color !== "rgb(102, 0, 0)" && s.textTransform === "none" && parseFloat(s.fontSize) >= 15)(getComputedStyle(` + w.at(".turn.desk") + `))`)
			w.truth(`!/[a-z0-9?؟]/i.test((document.documentElement.dataset.typed ?? "").replace(/Tab|Enter|Escape/g, ""))`)

			w.visit(n, "lang=en&data="+language)
			if width < 768 {
				w.truth(`!` + w.at("[role=dialog]") + `.checkVisibility()`)
				w.press(".launcher")
			}
			w.until(shadow + `.querySelectorAll(".turn").length === 8`)
			w.offline(true)
			w.say("abc")
			w.until(w.at(".talk-state.offline .plain") + ` !== null`)
			w.examine(at + " without a connection")
			w.offline(false)
			w.press(".talk-state .plain")
			w.answered(5)
			w.press("[data-forget]")
			w.until(shadow + `.querySelectorAll(".turn.you").length === 0`)
			w.say(questions[language][2])
			w.answered(1)
			w.press(".close")
			w.truth(shadow + `.activeElement?.className === "launcher"`)
			w.press(".launcher")
			w.handOver(language)
		})
	}
}

// handOver presses the button of the fourth reply. It opens a page beside, which
// cannot reach the one with the widget, and leaves that where it is. What the
// page shows is looked at in the place of the widget's.
func (w talkWindow) handOver(language string) {
	w.t.Helper()
	here := w.text(`location.href`)
	// By a key, as a person does: browsers let no script open a page beside.
	w.truth(`(b => { b.focus(); return true })(` + w.at(".talk-write .button") + `)`)
	w.keys("\r")
	w.opened("/" + language + "/patient/begin")
	w.truth(fmt.Sprintf(`location.href === %q`, here))
	w.truth(`(f => { const { target } = f; f.target = "_self"; return target === "_blank"; })(` + w.at(".talk-write") + `)`)
	w.press(".talk-write .button")
	w.arrives(language)
}

// opened waits for a page with the path that this one opened.
func (w talkWindow) opened(path string) {
	w.t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for limit := time.Now().Add(patience); time.Now().Before(limit); <-again.C {
		pages, err := chromedp.Targets(w.ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, page := range pages {
			address, err := url.Parse(page.URL)
			if err != nil || address.Path != path || page.OpenerID == "" {
				continue
			}
			if page.CanAccessOpener {
				w.t.Errorf("%s can reach the page that opened it", path)
			}
			return
		}
	}
	w.t.Fatalf("no page %s is opened beside", path)
}
