package config

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

func lookOf(text string) (*Look, error) {
	return LoadLook(fstest.MapFS{
		"look.yaml": {Data: []byte(text)}, "look/logo.svg": {Data: []byte("<svg/>")}, "look/large.png": {Data: make([]byte, maxLogo+1)},
		"pages/visiting/en.md": {Data: []byte("# Visiting")},
	})
}

func TestShippedLook(t *testing.T) {
	t.Parallel()
	l, err := LoadLook(Files(""))
	if err != nil {
		t.Fatal(err)
	}
	if l.Logo.File != "" || len(l.Pages) != 0 || l.Colours.Accent != "#0d5b63" || l.Colours.AccentDark != "#7fcdc9" {
		t.Errorf("%+v", l)
	}
}

func TestLookIsRefusedWithLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"colours:\n  accent: \"#ffcc00\"":                                                                    "look.yaml:2: colours.accent: has a contrast of 1.3 where text needs 4.5; #",
		"colours:\n  accent: blue":                                                                           "look.yaml:2: colours.accent: must be a colour as #rrggbb",
		"colours: {accent: \"#003366\",\n  accent_dark: \"#003366\"}":                                        "look.yaml:2: colours.accent_dark: has a contrast of",
		"logo:\n  file: logo.gif\ncolours: {accent: \"#003366\"}":                                            "look.yaml:2: logo.file: must end in .svg, .png or .webp",
		"logo:\n  file: none.svg\ncolours: {accent: \"#003366\"}":                                            "look.yaml:2: logo.file: there is no file look/none.svg",
		"logo:\n  file: large.png\ncolours: {accent: \"#003366\"}":                                           "look.yaml:2: logo.file: is larger than 64 KiB",
		"logo:\n  dark: logo.svg\ncolours: {accent: \"#003366\"}":                                            "look.yaml:2: logo.dark: needs a logo.file",
		"pages:\n  - {id: none, in: menu}\ncolours: {accent: \"#003366\"}":                                   "look.yaml:2: pages[0].id: there is no folder pages/none",
		"pages:\n  - {id: visiting, in: menu}\n  - {id: visiting, in: foot}\ncolours: {accent: \"#003366\"}": "look.yaml:3: pages[1].id: is that of another page",
		"pages:\n  - {id: visiting, in: side}\ncolours: {accent: \"#003366\"}":                               "look.yaml:2: pages[0].in",
		"colours: {accent_dark: \"#7fcdc9\"}":                                                                "look.yaml:1: colours.accent_dark: needs a colours.accent",
		"color: red":                                                                                         "look.yaml:1: color:",
	} {
		if _, err := lookOf(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	l, err := lookOf("logo: {file: logo.svg}\ncolours: {accent: \"#6a1b9a\"}\npages:\n  - {id: visiting, in: menu}\n")
	if err != nil || darkPaper.fault(l.Colours.AccentDark) != "" || l.Pages[0].ID != "visiting" {
		t.Errorf("%+v, %v", l, err)
	}
}

// Whatever the colour: what is derived from it can be read.
func TestDerivedColoursCanBeRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := rgb{}
		for i := range c {
			c[i] = float64(rapid.IntRange(0, 255).Draw(t, "part"))
		}
		for _, p := range []paper{lightPaper, darkPaper} {
			near := p.nearest(c.String())
			if fault := p.fault(near); fault != "" {
				t.Fatalf("%s derived from %s: %s", near, c, fault)
			}
			ground, _ := readColour(near)
			ink, _ := readColour(InkOn(near))
			if got := ink.contrast(ground); got < leastContrast {
				t.Fatalf("ink on %s has a contrast of %.2f", near, got)
			}
		}
	})
}

// What colours are checked against is the paper of charts and of mails as well.
func TestPaperIsThatOfChartsAndMails(t *testing.T) {
	t.Parallel()
	templates := os.DirFS(filepath.Join("..", "templates"))
	chart, err := fs.ReadFile(templates, "chart/style.css")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`--card: (#\w{6});`).FindAllSubmatch(chart, -1)
	if len(found) != 2 || string(found[0][1]) != lightPaper.colours[1] || string(found[1][1]) != darkPaper.colours[1] {
		t.Errorf("charts are drawn on %q", found)
	}
	mails, err := fs.Glob(templates, "mail/*.html")
	if err != nil || len(mails) < 5 {
		t.Fatalf("%v, %v", mails, err)
	}
	inline := regexp.MustCompile(`class="(page|card|tint)[ "][^>]*background:(#\w{6})`)
	dark := regexp.MustCompile(`(?m)^\.(page|card|tint)\{background:(#\w{6})!important`)
	seen := 0
	for _, name := range mails {
		text, err := fs.ReadFile(templates, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, looked := range []struct {
			expression *regexp.Regexp
			paper      paper
		}{{inline, lightPaper}, {dark, darkPaper}} {
			for _, m := range looked.expression.FindAllSubmatch(text, -1) {
				seen++
				if !slices.Contains(looked.paper.colours, string(m[2])) {
					t.Errorf("%s: %s lies on %s, which no colour is checked against", name, m[1], m[2])
				}
			}
		}
	}
	if seen < 9 {
		t.Errorf("%d grounds found", seen)
	}
}

// The paper that colours are checked against is that of the pages.
func TestPaperIsThatOfThePages(t *testing.T) {
	t.Parallel()
	css, err := fs.ReadFile(os.DirFS(filepath.Join("..", "templates", "static")), "naru.css")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"paper", "card", "soft"} {
		found := regexp.MustCompile(`--`+name+`: (#\w{6});`).FindAllSubmatch(css, -1)
		if len(found) != 2 || string(found[0][1]) != lightPaper.colours[i] || string(found[1][1]) != darkPaper.colours[i] {
			t.Errorf("--%s is %q, checked against %s and %s", name, found, lightPaper.colours[i], darkPaper.colours[i])
		}
	}
}
