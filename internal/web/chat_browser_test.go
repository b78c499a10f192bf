package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"naru/internal/chat"
	"naru/internal/naru"
)

// talkWindow is a window with a talk in it.
type talkWindow struct {
	*window
	// root is the script that finds what the talk is in: the document, or the
	// shadow root of a widget.
	root string
	// plain: the window runs no scripts of pages.
	plain bool
}

// until waits for a condition by asking again and again, for where pages run
// no scripts no timer goes off in them.
func (w talkWindow) until(script string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		// A question that a page takes with it when it is left gets no answer.
		one, end := context.WithTimeout(ctx, patience/10)
		held, err := chromedp.Run(one, chromedp.Evaluate[bool](script))
		if end(); err == nil && held {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			w.t.Fatalf("%s: wait for %s\n%s", w.text("location.pathname"), script, w.text("document.body.innerText.slice(-500)"))
		}
	}
}

// at is the script that finds an element of the talk.
func (w talkWindow) at(css string) string { return fmt.Sprintf(`%s.querySelector(%q)`, w.root, css) }

func (w talkWindow) press(css string) {
	w.t.Helper()
	w.until(w.at(css) + ` !== null`)
	// In the middle, where nothing lies over it.
	w.truth(`(` + w.at(css) + `.scrollIntoView({block: "center"}), true)`)
	w.do("press "+css, chromedp.Click(chromedp.JSPath(w.at(css)), chromedp.NodeVisible))
}

// keys types into what has the focus.
func (w talkWindow) keys(text string) {
	w.t.Helper()
	w.do("type "+text, chromedp.KeyEvent(text))
}

// focused wants the input to have the focus.
func (w talkWindow) focused() {
	w.t.Helper()
	if w.plain {
		return // the page that was loaded shows the answer
	}
	w.truth(w.root + `.activeElement === ` + w.at(".talk-form input[type=text]"))
}

// say types a message and sends it with the keyboard.
func (w talkWindow) say(message string) {
	w.t.Helper()
	w.truth(`(` + w.at(".talk-form input[type=text]") + `.focus(), true)`)
	w.keys(message + "\r")
}

// answered waits for the reply to the nth message and returns its text.
func (w talkWindow) answered(n int) string {
	w.t.Helper()
	w.until(fmt.Sprintf(`%s.querySelectorAll(".turn").length === %d && %s.textContent === ""`, w.root, 2*n, w.at(".talk-state")))
	return w.text(w.root + `.querySelector(".turn:last-child .talk-text").innerText`)
}

// rest scrolls to the end, where the form lies over nothing.
func (w talkWindow) rest() {
	w.t.Helper()
	w.truth(`(scrollTo(0, document.body.scrollHeight), true)`)
}

// offline cuts the line, or mends it.
func (w talkWindow) offline(cut bool) {
	w.t.Helper()
	w.do("cut the line", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Offline: cut, DownloadThroughput: -1, UploadThroughput: -1}},
		})
		return err
	}))
}

// questions to ask in a talk: the answer to the first and the one that follows
// it have the numbers 5 and 7, and the last one is none for the dataset.
var questions = map[string][3]string{
	"en": {"How many partner institutions are there in Mongolia?", "and in Kazakhstan?", "How much is a dental implant?"},
	"ko": {"몽골 협력기관은 몇 곳인가요?", "카자흐스탄은요?", "임플란트 가격은 얼마인가요?"},
	"ar": {"كم عدد المؤسسات الشريكة في منغوليا؟", "وفي كازاخستان؟", "كم سعر زراعة الأسنان؟"},
	"kk": {"Моңғолияда неше серіктес мекеме бар?", "ал Қазақстанда ше?", "Тіс импланты қанша тұрады?"},
}

// walk goes through a talk: two questions, a source, a thumb, a chart, and the
// hand-off up to its button.
func (w talkWindow) walk(language string) {
	w.t.Helper()
	asked := questions[language]
	w.say(asked[0])
	if text := w.answered(1); !strings.Contains(text, "5") {
		w.t.Errorf("%s: %q is answered by %q", language, asked[0], text)
	}
	w.focused()
	w.truth(w.at(".talk-form input[type=text]") + `.value === ""`)
	w.say(asked[1])
	if text := w.answered(2); !strings.Contains(text, "7") {
		w.t.Errorf("%s: %q is answered by %q", language, asked[1], text)
	}
	w.press(".turn:last-child .talk-sources summary")
	w.truth(w.at(".turn:last-child .talk-sources") + `.open && ` + w.at(".turn:last-child q") + `.checkVisibility() && ` + w.at(".turn:last-child .where") + `.textContent.includes("· ")`)
	w.press(`.turn:last-child .talk-rate button[value$=":yes"]`)
	w.until(w.at(`.turn:last-child .talk-rate [aria-pressed="true"]`) + `?.value.endsWith(":yes") && ` + w.at(".turn:last-child .talk-rate [role=status]") + `.textContent !== ""`)
	// What is suggested is a question too; this one has a chart.
	w.press(".talk-chips .chip:last-child")
	w.answered(3)
	w.until(w.at(".turn:last-child img") + `?.complete`)
	w.truth(`(i => i.naturalWidth > 0 && i.alt !== "" && i.getAttribute("width") > 0 && i.getAttribute("height") > 0)(` + w.at(".turn:last-child img") + `)`)
	// Its smallest letters have 12 pixels at its natural size.
	w.truth(`(i => i.clientWidth / i.naturalWidth * 12 >= 11)(` + w.at(".turn:last-child img") + `)`)
	w.say(asked[2])
	w.answered(4)
	w.until(w.at(".turn:last-child .talk-write .button") + ` !== null`)
}

// arrives wants the form of the hand-off, filled in.
func (w talkWindow) arrives(language string) {
	w.t.Helper()
	w.until(fmt.Sprintf(`document.readyState === "complete" && location.pathname.startsWith("/%s/patient") && document.querySelector("#f-complaint")?.value === %q && document.querySelector("#f-language").value === %q`, language, questions[language][2], language))
	w.until(`!document.querySelector("#problems") && !document.querySelector(".consent :checked") && (document.querySelector("[name=purpose]:checked") ?? document.querySelector("#f-purpose"))?.value === "cost_estimate"`)
}

// The page of questions and the panel of the start page, at several widths.
func TestTalkInABrowser(t *testing.T) {
	t.Parallel()
	site := program(t, nil)
	for i, language := range []string{"en", "ko", "ar", "kk"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := talkWindow{window: newWindow(t, site), root: "document"}
			for j, place := range []string{"chat", ""} {
				look := []struct {
					width  int64
					scheme string
				}{{320, "light"}, {768, "dark"}, {1440, "light"}}[(i+j)%3]
				w.resize(look.width, look.scheme)
				at := fmt.Sprintf("/%s/%s at %d, %s", language, place, look.width, look.scheme)
				w.open("/" + language + "/" + place)
				w.rest()
				w.examine(at)
				w.walk(language)
				w.rest()
				w.examine(at + " after a talk")

				// Loaded again, and on the other page: all of it is there.
				for _, path := range []string{place, map[string]string{"chat": "", "": "chat"}[place]} {
					w.open("/" + language + "/" + path)
					w.until(`document.querySelectorAll(".turn").length === 8`)
					w.truth(`document.querySelectorAll('.talk-rate [aria-pressed="true"]').length === 1`)
				}
				w.open("/" + language + "/" + place)
				w.press(".turn:last-child .talk-write .button")
				w.arrives(language)
				w.truth(`(history.back(), true)`)
				w.until(`document.querySelectorAll(".turn").length === 8`)

				w.offline(true)
				w.say("abc")
				w.until(`document.querySelector(".talk-state.offline .plain") !== null`)
				w.truth(`document.querySelector("#talk-message").value === "abc" && document.querySelectorAll(".turn").length === 8`)
				w.examine(at + " without a connection")
				w.offline(false)
				// Not even a page that is loaded again loses what was typed.
				w.open("/" + language + "/" + place)
				w.until(`document.querySelector("#talk-message").value === "abc"`)
				w.offline(true)
				w.say("")
				w.until(`document.querySelector(".talk-state.offline .plain") !== null`)
				w.offline(false)
				w.press(".talk-state .plain")
				w.answered(5)
				w.truth(`document.querySelector("#talk-message").value === ""`)

				w.press("[data-forget]")
				w.until(`document.querySelectorAll(".turn.you").length === 0 && document.querySelectorAll(".talk-chips .chip").length === 3`)
				w.focused()
				w.truth(`sessionStorage.getItem("naru.talk") === null`)
			}
		})
	}
}

// Everything in a talk can be reached and used with the keyboard alone.
func TestTalkByKeyboard(t *testing.T) {
	t.Parallel()
	w := talkWindow{window: newWindow(t, program(t, nil)), root: "document"}
	w.open("/en/chat")
	// tab goes on until the focus is where it is wanted.
	tab := func(css string) {
		t.Helper()
		for range 40 {
			if w.text(fmt.Sprintf(`String(document.activeElement?.matches(%q))`, css)) == "true" {
				w.truth(`(r => r.top >= 0 && r.bottom <= innerHeight)(document.activeElement.getBoundingClientRect())`)
				return
			}
			w.keys("\t")
		}
		t.Fatalf("the focus never comes to %s", css)
	}
	// The script makes the same links of a reply as the server does, and lets
	// lines end in the same places.
	check := func(language, text string, kind chat.ReplyKind, markup string) {
		reply, err := json.Marshal(map[string]any{"entries": []any{map[string]any{"desk": map[string]any{"text": text, "kind": kind, "language": language}, "at": time.Now().UnixMilli()}}})
		if err != nil {
			t.Fatal(err)
		}
		w.truth(fmt.Sprintf(`(sessionStorage.setItem("naru.talk", JSON.stringify(%s)), true)`, reply))
		w.open("/" + language + "/chat")
		w.until(`document.querySelector(".turn.desk .talk-text") !== null`)
		if got := html.UnescapeString(w.text(`document.querySelector(".turn.desk .talk-text").innerHTML`)); got != markup {
			t.Errorf("%q becomes\n%+q\nwant\n%+q", text, got, markup)
		}
	}
	for _, x := range reachable {
		check("en", x.text, x.kind, x.markup)
	}
	for language, text := range broken {
		check(language, text, chat.KindAnswer, "<p>"+typography().Set(language, text)+"</p>")
	}
	w.open("/en/chat")
	w.press("[data-forget]")
	w.until(`document.querySelectorAll(".talk-chips .chip").length === 3`)
	tab("#talk-message")
	w.keys(questions["en"][0] + "\r")
	w.answered(1)
	w.truth(`(document.querySelector(".skip").focus(), true)`)
	tab(".turn:last-child summary")
	w.keys("\r")
	w.truth(`document.querySelector(".turn:last-child details").open`)
	tab(`.turn:last-child [name=helpful][value$=":no"]`)
	w.keys(" ")
	w.until(`document.activeElement.getAttribute("aria-pressed") === "true"`)
	tab(".talk-chips .chip")
	w.keys("\r")
	w.answered(2)
	w.focused()
	w.keys(questions["en"][2] + "\r")
	w.answered(3)
	w.truth(`(document.querySelector(".skip").focus(), true)`)
	tab(".turn:last-child .talk-write .button")
	w.keys("\r")
	w.arrives("en")
}

// Without a script the page is a form with the same contents.
func TestTalkWithoutAScript(t *testing.T) {
	t.Parallel()
	w := talkWindow{window: newWindow(t, program(t, nil)), root: "document", plain: true}
	w.do("switch scripts off", chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	for _, language := range []string{"en", "ar"} {
		w.open("/" + language + "/")
		w.walk(language)
		w.truth(`location.pathname.endsWith("/chat") && document.querySelectorAll(".turn.you").length === 4`)
		w.press(".turn:last-child .talk-write .button")
		w.arrives(language)
	}
}

// Every language, as it is opened and with an answer, a chart and an offer.
func TestTalksAreAccessible(t *testing.T) {
	t.Parallel()
	site := program(t, nil)
	for i, language := range naru.Languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := talkWindow{window: newWindow(t, site), root: "document"}
			w.resize([]int64{320, 1440}[i%2], []string{"dark", "light"}[i%2])
			w.open("/" + language + "/chat")
			w.rest()
			w.examine("/" + language + "/chat")
			w.press(".talk-chips .chip:last-child")
			w.answered(1)
			w.say("xyzzy")
			w.answered(2)
			const open = `(document.querySelectorAll(".talk-sources").forEach(d => d.open = true), true)`
			w.truth(open)
			w.rest()
			w.examine("/" + language + "/chat with answers")
			// The same talk in the panel of the start page, in the other look.
			w.resize([]int64{1440, 320}[i%2], []string{"light", "dark"}[i%2])
			w.open("/" + language + "/")
			w.until(`document.querySelectorAll(".turn").length === 4`)
			w.truth(open)
			w.rest()
			w.examine("/" + language + "/ with a talk")
		})
	}
}
