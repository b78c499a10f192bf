package web_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"naru/internal/knowledge"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/web"
)

var contentPages = []string{"network", "figures", "questions", "contacts", "privacy", "accessibility"}

func base(t testing.TB) *knowledge.Base {
	t.Helper()
	b, err := knowledgeBase()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// withPictures gives the figures a chart each.
func withPictures(o *web.Options) {
	o.Content.Picture = func(name, language string) (web.Picture, bool) {
		address := "/charts/" + name
		return web.Picture{
			Title:  name + " " + language,
			Wide:   web.Drawing{URL: address + ".svg?language=" + language, Width: 480, Height: 320},
			Narrow: web.Drawing{URL: address + "-narrow.svg?language=" + language, Width: 264, Height: 400},
		}, true
	}
}

var (
	inEnglish = regexp.MustCompile(`(?s)<(span|q|cite)[^>]* lang="en"[^>]*>.*?</(span|q|cite)>`)
	languages = regexp.MustCompile(`(?s)<details class="languages".*?</details>`)
	contentID = regexp.MustCompile(` (?:id|href|data-[a-z]+|aria-[a-z]+|class|src|content|value)="[^"]*"`)
	markup    = regexp.MustCompile(`<[^>]*>`)
	sentence  = regexp.MustCompile(`(?:\b[A-Za-z][a-z]{2,}\b[ ,.]+){4,}`)
	keyLike   = regexp.MustCompile(`\b(?:content|network|figures|questions|contacts|privacy|accessibility|chart|nav)\.[a-z_]+\b`)
)

func TestContentPagesInEveryLanguage(t *testing.T) {
	t.Parallel()
	s := open(t, withPictures)
	for _, language := range naru.Languages {
		for _, name := range contentPages {
			what, path := language+" "+name, "/"+language+"/"+name
			a := s.get(t, path, browser...)
			if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/html; charset=utf-8" || a.Header.Get("Content-Language") != language {
				t.Fatalf("%s: %d %v", what, a.StatusCode, a.Header)
			}
			if a.Header.Get("Cache-Control") != "public, max-age=300" || a.Header.Get("ETag") == "" {
				t.Errorf("%s: may not be kept: %v", what, a.Header)
			}
			if again := s.get(t, path, "If-None-Match", a.Header.Get("ETag")); again.StatusCode != 304 || again.body != "" {
				t.Errorf("%s: unchanged, and answered %d", what, again.StatusCode)
			}
			if zipped := s.get(t, path, "Accept-Encoding", "gzip"); zipped.Header.Get("Content-Encoding") != "gzip" || len(zipped.body) > 30_000 {
				t.Errorf("%s: %d bytes, encoding %q", what, len(zipped.body), zipped.Header.Get("Content-Encoding"))
			}
			for _, want := range []string{
				`<html lang="` + language + `" dir="` + locale.Direction(language) + `">`, "<h1>" + s.text(language, "nav."+name, nil) + "</h1>",
				`<link rel="canonical" href="` + s.url + path + `">`, `<meta name="description" content="`,
			} {
				if !strings.Contains(a.body, want) {
					t.Errorf("%s: lacks %q", what, want)
				}
			}
			for _, other := range naru.Languages {
				if !strings.Contains(a.body, `hreflang="`+other+`" href="`+s.url+"/"+other+"/"+name+`"`) {
					t.Errorf("%s: no alternate %s", what, other)
				}
			}
			checkPage(t, what, a)
			s.checkLeftovers(t, what, language, a.body)
		}
	}
}

// checkLeftovers looks for text that stayed in English, and for names of
// messages in place of their text.
func (s *site) checkLeftovers(t *testing.T, what, language, body string) {
	t.Helper()
	rest := languages.ReplaceAllString(body, "")
	if key := keyLike.FindString(markup.ReplaceAllString(contentID.ReplaceAllString(rest, ""), " ")); key != "" {
		t.Errorf("%s: the name of a message: %s", what, key)
	}
	if language == "en" {
		return
	}
	for _, area := range []string{"content.", "network.", "figures.", "questions.", "contacts.", "privacy.", "accessibility.", "site.", "nav."} {
		for _, key := range s.catalog.Keys(area) {
			english := s.text("en", key, nil)
			if len(english) > 6 && !strings.Contains(english, "{{") && english != s.text(language, key, nil) && strings.Contains(rest, ">"+english+"<") {
				t.Errorf("%s: %s is in English", what, key)
			}
		}
	}
	if language == "vi" {
		return // written in Latin letters
	}
	// Some houses are called by their English name in every language.
	for _, e := range base(t).Entities(knowledge.Institution) {
		rest = strings.ReplaceAll(rest, html.EscapeString(e.Name(language)), "")
	}
	visible := markup.ReplaceAllString(inEnglish.ReplaceAllString(rest, " | "), " | ")
	for _, found := range sentence.FindAllString(visible, -1) {
		t.Errorf("%s: in English: %q", what, found)
	}
}

var (
	listed    = regexp.MustCompile(`<li class="[^"]*entry" id="([^"]+)" data-scope="([a-z]+)"[^>]*>`)
	asked     = regexp.MustCompile(`<article class="answer" id="([^"]+)"[^>]*>`)
	shownText = regexp.MustCompile(`<b data-shown>(\d+)</b> / (\d+)`)
)

// shown lists the ids of the entries of a page that are not hidden.
func shown(body string, entry *regexp.Regexp) []string {
	var ids []string
	for _, m := range entry.FindAllStringSubmatch(body, -1) {
		if !strings.HasSuffix(m[0], " hidden>") {
			ids = append(ids, m[1])
		}
	}
	return ids
}

var (
	cell = regexp.MustCompile(`<td(?: class="noted")?><bdi>`)
	// link is what makes a link of a number or a mailbox in an answer.
	link = regexp.MustCompile(`<a href="(?:tel|mailto):[^"]*"><bdi dir="ltr">([^<]*)</bdi></a>([^<])`)
	// set is what keeps words together, and runs of them apart.
	set = strings.NewReplacer("\u00a0", " ", "\u2060", "", "\u200b", "", "\u00ad", "", "\u2066", "", "\u2069", "")
)

// plainly is a page, or a text, without what only sets it.
func plainly(text string) string { return link.ReplaceAllString(set.Replace(text), "$1$2") }

// What the pages show is all of the dataset, and nothing else.
func TestPagesShowTheWholeDataset(t *testing.T) {
	t.Parallel()
	s, b := open(t, withPictures), base(t)
	for _, language := range naru.Languages {
		page := plainly(s.get(t, "/"+language+"/network", browser...).body)
		var want []string
		for _, a := range b.Agreements() {
			want = append(want, a.ID)
		}
		for _, p := range b.Projects() {
			want = append(want, p.ID)
		}
		got := shown(page, listed)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || len(want) != 129 {
			t.Errorf("%s: %d entries, the dataset has %d", language, len(got), len(want))
		}
		for _, a := range b.Agreements() {
			institution, _ := b.Entity(knowledge.Ref{Kind: knowledge.Institution, ID: a.Institution})
			if !strings.Contains(page, html.EscapeString(plainly(institution.Name(language)))) || !strings.Contains(page, html.EscapeString(plainly(a.Name))) {
				t.Errorf("%s: %s lacks a name", language, a.ID)
			}
		}
		for _, id := range []string{"list-undated", "overseas-rows", "overseas-undated", "territory-as-listed", "turkey-in-europe", "domestic-count"} {
			note, ok := b.Note(id)
			if !ok || !strings.Contains(page, html.EscapeString(plainly(note.In(language)))) {
				t.Errorf("%s: note %s is not in sight", language, id)
			}
		}
		page = plainly(s.get(t, "/"+language+"/figures", browser...).body)
		figures := 0
		for _, row := range b.Rows() {
			if o := row.Observation; o != nil {
				figures++
				if value := s.catalog.Decimal(language, o.Value.Unscaled, int(o.Value.Scale)); !strings.Contains(page, "<bdi>"+plainly(value)) {
					t.Errorf("%s: no figure %s (%s)", language, value, o.ID)
				}
				if !strings.Contains(page, html.EscapeString(plainly(o.Quote))) {
					t.Errorf("%s: %s is not quoted", language, o.ID)
				}
				for _, id := range o.Notes {
					if note, _ := b.Note(id); !strings.Contains(page, html.EscapeString(plainly(note.In(language)))) {
						t.Errorf("%s: %s: note %s is not in sight", language, o.ID, id)
					}
				}
			}
		}
		if cells := len(cell.FindAllString(page, -1)); cells != figures {
			t.Errorf("%s: %d figures in tables, the dataset has %d", language, cells, figures)
		}
		for _, h := range b.Hospitals() {
			if !strings.Contains(page, html.EscapeString(plainly(h.Name))) {
				t.Errorf("%s: no hospital %s", language, h.Name)
			}
		}
		page = plainly(s.get(t, "/"+language+"/questions", browser...).body)
		if got := len(shown(page, asked)); got != len(b.FAQ()) {
			t.Errorf("%s: %d questions of %d", language, got, len(b.FAQ()))
		}
		for i := range b.FAQ() {
			question, answer := b.FAQ()[i].In(language)
			if !strings.Contains(page, html.EscapeString(plainly(question))) || !strings.Contains(page, html.EscapeString(plainly(answer))) {
				t.Errorf("%s: %s is not whole", language, b.FAQ()[i].ID)
			}
		}
		page = plainly(s.get(t, "/"+language+"/contacts", browser...).body)
		for _, c := range b.Contacts() {
			if !strings.Contains(page, ">"+c.Phone+"<") || !strings.Contains(page, html.EscapeString(plainly(c.Quote))) {
				t.Errorf("%s: no %s", language, c.ID)
			}
		}
		page = plainly(s.get(t, "/"+language+"/privacy", browser...).body)
		for _, id := range []string{"personal_information", "sensitive_information", "guardian", "third_party", "overseas_transfer", "conversation"} {
			if !strings.Contains(page, `id="consent-`+id+`"`) || !strings.Contains(page, html.EscapeString(plainly(s.catalog.Text(language, "consent."+id+".label", nil)))) {
				t.Errorf("%s: consent %s is missing", language, id)
			}
		}
	}
}

// The filters work without a script: as a form that is sent.
func TestNetworkIsFilteredByTheServer(t *testing.T) {
	t.Parallel()
	s, b := open(t, nil), base(t)
	entity := func(kind knowledge.Kind, id string) []knowledge.Ref { return []knowledge.Ref{{Kind: kind, ID: id}} }
	count := func(queries ...knowledge.Query) int {
		n := 0
		for _, q := range queries {
			n += len(b.Select(q))
		}
		return n
	}
	all := func(refs []knowledge.Ref) int {
		return count(knowledge.Query{Relation: knowledge.Agreements, Entities: refs}, knowledge.Query{Relation: knowledge.Projects, Entities: refs})
	}
	for query, want := range map[string]int{
		"scope=overseas":                      len(b.Select(knowledge.Query{Relation: knowledge.OverseasAgreements})),
		"scope=domestic":                      73,
		"scope=projects":                      7,
		"country=KZ":                          all(entity(knowledge.Country, "KZ")),
		"country=BO":                          all(entity(knowledge.Country, "BO")),
		"country=BO&scope=projects":           2,
		"continent=europe":                    all(entity(knowledge.Continent, "europe")),
		"continent=africa":                    all(entity(knowledge.Continent, "africa")),
		"subject=research":                    all(entity(knowledge.Topic, "research")),
		"subject=research&year=2015":          count(knowledge.Query{Relation: knowledge.Agreements, Entities: entity(knowledge.Topic, "research"), Years: []int{2015}}),
		"year=2012":                           count(knowledge.Query{Relation: knowledge.Agreements, Years: []int{2012}}, knowledge.Query{Relation: knowledge.Projects, Years: []int{2012}}),
		"country=KZ&year=2012":                0,
		"country=XX":                          0,
		"text=KOICA&scope=domestic":           1,
		"text=koica&scope=projects":           3,
		"text=+%20":                           129,
		"text=zzzz":                           0,
		"text=%22%3Cscript%3Ealert(1)":        0,
		"scope=&continent=&country=&subject=": 129,
		"other=1":                             129,
	} {
		for _, language := range []string{"en", "ko", "ar", "kk"} {
			a := s.get(t, "/"+language+"/network?"+query, browser...)
			m := shownText.FindStringSubmatch(a.body)
			if a.StatusCode != 200 || m == nil {
				t.Fatalf("%s ?%s: %d", language, query, a.StatusCode)
			}
			if got := len(shown(a.body, listed)); got != want || m[1] != strconv.Itoa(want) || m[2] != "129" {
				t.Errorf("%s ?%s: %d entries, said to be %s of %s, want %d", language, query, got, m[1], m[2], want)
			}
			if none := !strings.Contains(a.body, "data-none hidden"); none != (want == 0) {
				t.Errorf("%s ?%s: told that nothing is found: %v", language, query, none)
			}
			checkPage(t, language+" "+query, a)
		}
	}
	// What is looked for stays in the form and in the other languages.
	a := s.get(t, "/ko/network?country=KZ&text=%22a%22", browser...)
	for _, want := range []string{`<option value="KZ" selected>`, `value="&#34;a&#34;"`, `href="/ar/network?country=KZ&amp;text=%22a%22"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the filtered page lacks %s", want)
		}
	}
}

// searches are what people type; each finds the record in every language.
var searches = []struct{ language, text, id string }{
	{"en", "kist", "domestic-kist"},
	{"en", "Jyvaskyla", "overseas-jyvaskyla"},
	{"en", "University, Michigan!", "overseas-michigan-nuclear"},
	{"ko", "몽골", "overseas-shastin"},
	{"ko", "국립암센터", "overseas-ncc-mongolia"},
	{"zh-Hans", "蒙古", "overseas-imc-mongolia"},
	{"ja", "モンゴル", "overseas-imc-mongolia"},
	{"ru", "КАЗАХСТАН", "overseas-al-farabi"},
	{"kk", "қазақстан", "overseas-massimov"},
	{"mn", "Шастин", "overseas-shastin"},
	{"ar", "كازاخستان", "overseas-massimov"},
	{"vi", "Mông Cổ", "overseas-shastin"},
	{"vi", "mong co", "overseas-shastin"},
	{"vi", "2015-11-24", "domestic-ktl-2015"},
	{"ar", "٢٠١٥", "domestic-ktl-2015"},
}

func TestSearchFindsNamesInEveryLanguage(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	for _, x := range searches {
		a := s.get(t, "/"+x.language+"/network?text="+url.QueryEscape(x.text), browser...)
		if found := shown(a.body, listed); !slices.Contains(found, x.id) || len(found) > 40 {
			t.Errorf("%s %q: %d found, %s is not among them", x.language, x.text, len(found), x.id)
		}
	}
	for text, want := range map[string]int{"": 15, "stomach": 1, "Magen": 0, strings.Repeat("я", 500): 0} {
		a := s.get(t, "/en/questions?text="+url.QueryEscape(text), browser...)
		if got := len(shown(a.body, asked)); a.StatusCode != 200 || got != want || !strings.Contains(a.body, fmt.Sprintf("<b data-shown>%d</b>", want)) {
			t.Errorf("questions %.20q: %d, %d found, want %d", text, a.StatusCode, got, want)
		}
	}
}

func TestContentIsRequired(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*web.Content){
		"Knowledge": func(c *web.Content) { c.Knowledge = nil },
		"Hours":     func(c *web.Content) { c.Hours = nil },
		"Picture":   func(c *web.Content) { c.Picture = nil },
	} {
		c := content(t)
		change(&c)
		if err := web.Register(nil, web.Options{Content: c}); err == nil {
			t.Errorf("without %s: Register succeeded", name)
		}
	}
}
