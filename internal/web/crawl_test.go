package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"naru/config"
	"naru/internal/naru"
	"naru/internal/web"
)

// everyPage is the site as people of a language meet it: whatever links lead to,
// and what they see after they have sent something, right or wrong.
func everyPage(t *testing.T, where, language string) map[string]screen {
	t.Helper()
	r := newReader(where, language)
	found := map[string]screen{}
	home := "/" + language + "/"
	for waiting := []string{home}; len(waiting) > 0; waiting = waiting[1:] {
		path := waiting[0]
		if _, seen := found[path]; seen {
			continue
		}
		s := r.open(t, path)
		if s.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, s.StatusCode)
		}
		found[path] = s
		for n := range s.root.Descendants() {
			href, _ := attribute(n, "href")
			if to, _, _ := strings.Cut(href, "#"); n.Data == "a" && strings.HasPrefix(to, home) && !strings.ContainsRune(to, '?') {
				waiting = append(waiting, to)
			}
		}
	}
	if len(found) < 11 {
		t.Errorf("%s: links lead to %d pages", language, len(found))
	}
	at := func(what string, s screen, status int) screen {
		t.Helper()
		if s.StatusCode != status {
			t.Errorf("%s: %s got %d, want %d", language, what, s.StatusCode, status)
		}
		found[what] = s
		return s
	}
	at("a page that is not there", r.open(t, home+"nothing"), http.StatusNotFound)
	at("a case that is not there", r.open(t, home+"inquiries/222-222-222?key=x"), http.StatusNotFound)
	at("a way that is not allowed", r.post(t, home+"network", url.Values{}), http.StatusMethodNotAllowed)
	at("too much", r.post(t, home+"follow-up", url.Values{"reference": {strings.Repeat("x", 20<<10)}}), http.StatusRequestEntityTooLarge)
	at("follow-up of nothing", r.post(t, home+"follow-up", url.Values{"reference": {"222-222-222"}, "email": {"a@b.example"}}), http.StatusUnprocessableEntity)
	for _, way := range []string{"patient", "partner"} {
		at(way+" with every mistake", r.send(t, home+way, url.Values{"email": {"nobody"}}, file{"x.exe", "application/octet-stream", "MZ"}), http.StatusUnprocessableEntity)
	}
	at("an answer", r.post(t, home+"chat", url.Values{"message": {"MRI"}}), http.StatusOK)
	values := patient()
	values.Set("language", language)
	review := at("review", r.send(t, home+"patient", values, file{"a.pdf", "application/pdf", pdf}), http.StatusOK)
	sent := r.post(t, home+"patient/send", with(review.values(), "shown", "0"))
	receipt := sent.Header.Get("Location")
	if sent.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: sending got %d", language, sent.StatusCode)
	}
	at("receipt", r.open(t, receipt), http.StatusOK)
	status := strings.Replace(receipt, "/receipt", "", 1)
	at("status", r.open(t, status), http.StatusOK)
	at("status after a message", r.open(t, status+"&sent=message"), http.StatusOK)
	at("message with mistakes", r.send(t, strings.Replace(status, "?", "/additions?", 1), url.Values{}), http.StatusUnprocessableEntity)
	erasure := strings.Replace(status, "?", "/erasure?", 1)
	at("erasure", r.open(t, erasure), http.StatusOK)
	at("erasure not confirmed", r.post(t, erasure, url.Values{}), http.StatusUnprocessableEntity)
	return found
}

// foreign are letters that no text of a language has: those of other scripts,
// and of other languages in its own.
var foreign = func() map[string]*regexp.Regexp {
	const hangul, kana, han, arabic, cyrillic = `\p{Hangul}`, `\p{Hiragana}\p{Katakana}`, `\p{Han}`, `\p{Arabic}`, `\p{Cyrillic}`
	const vietnamese = `ăĂơƠưƯđĐ\x{1ea0}-\x{1ef9}`
	all := map[string]string{
		"en": hangul + kana + han + arabic + cyrillic + vietnamese, "vi": hangul + kana + han + arabic + cyrillic,
		"ko": kana + arabic + cyrillic + vietnamese, "zh-Hans": hangul + kana + arabic + cyrillic + vietnamese, "ja": hangul + arabic + cyrillic + vietnamese,
		"ru": hangul + kana + han + arabic + vietnamese + `әғқңөұүһӘҒҚҢӨҰҮҺ`, "mn": hangul + kana + han + arabic + vietnamese + `әғқңұһӘҒҚҢҰҺ`,
		"kk": hangul + kana + han + arabic + vietnamese, "ar": hangul + kana + han + cyrillic + vietnamese,
	}
	made := map[string]*regexp.Regexp{}
	for language, letters := range all {
		made[language] = regexp.MustCompile(`[` + letters + `]+`)
	}
	return made
}()

// spoken calls each for the texts that a page says or names things by in its
// own language: not those marked as another's, nor what people wrote.
func spoken(s screen, each func(text string)) {
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			if text := strings.TrimSpace(n.Data); text != "" {
				each(text)
			}
			return
		}
		if n.Type == html.ElementNode && n.Data != "html" {
			_, other := attribute(n, "lang")
			direction, _ := attribute(n, "dir")
			if other || direction == "auto" || slices.Contains([]string{"script", "style", "bdi", "datalist", "textarea", "code", "template"}, n.Data) {
				return
			}
			for _, name := range []string{"aria-label", "title", "alt", "placeholder"} {
				if text, ok := attribute(n, name); ok && text != "" {
					each(text)
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(s.root)
}

// halfWidth are marks that Chinese and Japanese write in full width after their
// own letters.
var halfWidth = regexp.MustCompile(`[\p{Han}\p{Hiragana}\p{Katakana}][:;,?!]`)

// Whatever a person of a language meets is in that language: no letters of
// another, and no text that is another's in the catalogue.
func TestNothingIsLeftInAnotherLanguage(t *testing.T) {
	t.Parallel()
	where := program(t, nil)
	catalog, err := texts()
	if err != nil {
		t.Fatal(err)
	}
	plain := map[string]map[string]string{}
	for _, language := range naru.Languages {
		plain[language] = map[string]string{}
		for _, key := range catalog.Keys("") {
			plain[language][typography().Set(language, catalog.Text(language, key, nil))] = key
		}
	}
	for _, language := range naru.Languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			for what, s := range everyPage(t, where, language) {
				spoken(s, func(text string) {
					if found := foreign[language].FindString(text); found != "" && !slices.Contains([]string{"あ", "中"}, found) {
						t.Errorf("%s: %q in %q is of another language", what, found, text)
					}
					if narrow := halfWidth.FindString(text); narrow != "" && (language == "ja" || language == "zh-Hans") {
						t.Errorf("%s: %q in %q is punctuation of another language", what, narrow, text)
					}
					if plain[language][text] != "" || len([]rune(text)) < 4 {
						return
					}
					for _, other := range naru.Languages {
						if sisters := "ru mn kk"; strings.Contains(sisters, other) && strings.Contains(sisters, language) && !strings.Contains(text, " ") {
							continue // they share many words
						}
						if key := plain[other][text]; key != "" && other != language {
							t.Errorf("%s: %q is the text %s in %s", what, text, key, other)
							return
						}
					}
				})
			}
		})
	}
}

// marked is a catalogue whose texts can be told from all others.
type marked struct{ web.Catalog }

func (m marked) mark(text string) string { return "⟦" + text + "⟧" }

func (m marked) Text(language, key string, args map[string]any) string {
	text := m.Catalog.Text(language, key, args)
	if text == key {
		return key
	}
	return m.mark(text)
}

func (m marked) Date(language string, at time.Time) string {
	return m.mark(m.Catalog.Date(language, at))
}

func (m marked) DateTime(language string, at time.Time, zone *time.Location) string {
	return m.mark(m.Catalog.DateTime(language, at, zone))
}

func (m marked) Bytes(language string, n int64) string { return m.mark(m.Catalog.Bytes(language, n)) }

var markedText = regexp.MustCompile(`⟦[^⟦⟧]*(?:⟦[^⟦⟧]*⟧[^⟦⟧]*)*⟧`)

// No sentence comes from Go code or a template: with a catalogue whose texts are
// marked, nothing unmarked is left but names and what was typed.
func TestEveryTextIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	s := open(t, func(o *web.Options) { o.Catalog = marked{o.Catalog} })
	known := map[string]bool{"PDF, JPEG, PNG, DOCX, DICOM, ZIP": true}
	houses := config.Default().Organisations
	given := map[string]any{"Center": houses.Center.Map()["en"], "Association": houses.Association.Map()["en"], "Months": 24}
	for _, key := range s.catalog.Keys("") {
		// Use cases have a catalogue of their own; a consent is shown line by line.
		known[typography().Set("en", s.catalog.Text("en", key, nil))] = true
		known[s.catalog.Text("en", key, nil)] = true
		for line := range strings.SplitSeq(s.catalog.Text("en", key, given), "\n") {
			known[line], known[typography().Set("en", line)] = true, true
		}
	}
	for _, c := range s.catalog.Countries("en") {
		known[c.Name] = true
	}
	inquiry := s.accept(t, "en")
	r := newReader(s.url, "en")
	pages := map[string]screen{}
	for _, path := range []string{"/en/", "/en/patient", "/en/partner", "/en/follow-up", "/en/accessibility", "/en/nothing", way(inquiry, "en"), strings.Replace(way(inquiry, "en"), "?", "/erasure?", 1), strings.Replace(way(inquiry, "en"), "?", "/receipt?", 1)} {
		pages[path] = r.open(t, path)
	}
	pages["mistakes"] = r.send(t, "/en/patient", url.Values{"writer": {"family"}})
	pages["nothing found"] = r.post(t, "/en/follow-up", url.Values{"reference": {"x"}, "email": {"x"}})
	for what, page := range pages {
		spoken(page, func(text string) {
			rest := markedText.ReplaceAllString(text, "")
			if strings.IndexFunc(rest, unicode.IsLetter) < 0 || known[text] {
				return
			}
			// Names of teams, and of an inquiry, are data.
			for _, data := range []string{"Team of External Affairs", "International", string(inquiry.Reference)} {
				if strings.Contains(text, data) {
					return
				}
			}
			t.Errorf("%s: %q is not from the catalogue", what, text)
		})
	}
}
