package web_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"naru/config"
	"naru/internal/web"
)

// operator is a folder as somebody who runs naru would write it.
var operator = map[string]string{
	"look.yaml": `logo: {file: harbour.svg, dark: harbour-dark.svg}
colours: {accent: "#6a1b4d", accent_dark: ""}
pages:
  - {id: visiting, in: menu}
  - {id: imprint, in: foot}
`,
	"look/harbour.svg":      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 32"><rect width="96" height="32" fill="#6a1b4d"/></svg>`,
	"look/harbour-dark.svg": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 32"><rect width="96" height="32" fill="#e9b9d4"/></svg>`,
	"pages/visiting/en.md":  "# Visiting us\n\nBus **101** from the airport. See [our network](/en/network).\n\n| Line | Minutes |\n|---|---|\n| 101 | 55 |\n",
	"pages/visiting/ko.md":  "# 오시는 길\n\n공항에서 101번 버스를 타십시오.\n",
	"pages/imprint/ko.md":   "# 병원 정보\n\n대표 전화 [02-920-6203](tel:+82-2-920-6203).\n",
	"locales/en/own.yaml":   "site.desk_name: \"Harbour Hospital\"\n",
	"locales/ko/own.yaml":   "site.desk_name: \"하버 병원\"\nconsent.personal_information.title: \"개인정보의 처리\"\n",
}

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// An operator's folder makes the pages the operator's.
func TestOperatorsLook(t *testing.T) {
	t.Parallel()
	dir := write(t, operator)
	where := program(t, func(c *config.Config) { c.ConfigDir, c.Languages = dir, []string{"en", "ko", "ar"} })
	for language, want := range map[string][]string{
		"en": {"<title>For patients", "Harbour Hospital", `<a href="/en/pages/visiting">Visiting us</a>`, `<a href="/en/pages/imprint" lang="ko">병원 정보</a>`, `content="#6a1b4d"`},
		"ko": {"하버 병원", `<a href="/ko/pages/visiting">오시는 길</a>`, `<a href="/ko/pages/imprint">병원 정보</a>`},
		"ar": {`<a href="/ar/pages/visiting" lang="en">Visiting us</a>`, `<img class="logo" src="/static/logo-harbour.`, `width="96" height="32"`, `srcset="/static/logo-harbour-dark.`},
	} {
		r := newReader(where, language)
		home := r.open(t, "/"+language+"/")
		for _, text := range want {
			if !strings.Contains(home.body, text) {
				t.Errorf("%s: the start page lacks %s", language, text)
			}
		}
		if strings.Contains(home.body, `hreflang="ja"`) {
			t.Errorf("%s: a language is offered that is not", language)
		}
		page := r.open(t, "/"+language+"/pages/visiting")
		if page.StatusCode != 200 || !strings.Contains(page.body, "101") {
			t.Errorf("%s: page %d", language, page.StatusCode)
		}
		if other := strings.Contains(page.body, `<article class="prose" lang="en" dir="ltr">`); other != (language == "ar") {
			t.Errorf("%s: shown in another language: %v", language, other)
		}
		if privacy := r.open(t, "/"+language+"/privacy"); strings.Contains(privacy.body, "개인정보의 처리") != (language == "ko") {
			t.Errorf("%s: the consent's title of the operator stands there or not, wrongly", language)
		}
	}
	r := newReader(where, "en")
	if chart := r.open(t, "/charts/patients.svg?language=ko").body; !strings.Contains(chart, "--bar: #6a1b4d;") {
		t.Error("charts are not in the operator's colour")
	}
	page := r.open(t, "/en/pages/visiting").body
	for _, text := range []string{"<strong>101</strong>", `<a href="/en/network">`, "<td>55</td>", `<link rel="canonical"`} {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %s", text)
		}
	}
	if missing := r.open(t, "/en/pages/none"); missing.StatusCode != 404 {
		t.Errorf("a page that is not there: %d", missing.StatusCode)
	}
	_, style, _ := strings.Cut(page, `<link rel="stylesheet" href="`)
	style, _, _ = strings.Cut(style, `"`)
	if css := r.open(t, style).body; !strings.Contains(css, "--accent: #6a1b4d; --accent-ink: #ffffff;") {
		t.Error("the style sheet lacks the colours")
	}
	if r.open(t, "/ja/").StatusCode != 404 {
		t.Error("a language not offered is served")
	}
}

// With the operator's colours, everything can still be read.
func TestOperatorsLookIsAccessible(t *testing.T) {
	t.Parallel()
	dir := write(t, operator)
	w := newWindow(t, program(t, func(c *config.Config) { c.ConfigDir = dir }))
	for _, path := range []string{"/en/", "/ar/pages/visiting", "/ko/patient"} {
		for _, scheme := range []string{"light", "dark"} {
			w.resize(320, scheme)
			w.open(path)
			w.examine(path + " with the operator's look, " + scheme)
		}
	}
}

func TestBadPagesAreRefusedWithTheirLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"No title\n":                                "pages/p/en.md:1: must begin with its title",
		"# T\n\ntext\n\n<div>x</div>\n":             "pages/p/en.md:5: raw HTML is not shown",
		"# T\n\ntext <b>x</b>\n":                    "pages/p/en.md:3: raw HTML is not shown",
		"# T\n\n![map](https://maps.example/x.png)": "pages/p/en.md:3: images are not shown",
		"# T\n\na\nb [x](javascript:alert(1))\n":    "pages/p/en.md:3: a link leads to",
		"# T\n\n## One\n\n# Two\n":                  "pages/p/en.md:5: has a second title",
	} {
		_, err := web.ReadExtraPage(fstest.MapFS{"en.md": {Data: []byte(text)}}, "p", false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := web.ReadExtraPage(fstest.MapFS{"english.md": {Data: []byte("# T")}}, "p", false); err == nil || !strings.Contains(err.Error(), "pages/p/english.md: is not named") {
		t.Errorf("a misspelt name: %v", err)
	}
	if _, err := web.ReadExtraPage(fstest.MapFS{}, "p", false); err == nil {
		t.Error("an empty folder is a page")
	}
}

func TestLogosAreMeasured(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{
		`<?xml version="1.0"?><!-- c --><svg viewBox="0 0 200 100"/>`: 64, `<svg width="48px" height="24"/>`: 64, `<svg/>`: 0,
	} {
		if l, err := web.NewLogo("logo.svg", []byte(body)); err != nil || l.Width != want {
			t.Errorf("%s: %+v, %v", body, l, err)
		}
	}
	if l, err := web.NewLogo("logo.png", []byte(png)); err != nil || l.Width != 32 {
		t.Errorf("png: %+v, %v", l, err)
	}
	for name, body := range map[string][]byte{"x.svg": []byte("<html/>"), "y.svg": nil, "z.png": bytes.Repeat([]byte("x"), 100)} {
		if _, err := web.NewLogo(name, body); err == nil {
			t.Errorf("%s is a logo", name)
		}
	}
}
