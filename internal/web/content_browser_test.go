package web_test

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"

	"naru/internal/naru"
)

// With a script, the list follows the filters at once and finds the same.
func TestListsFollowTheFiltersInABrowser(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	w := newWindow(t, s.url)
	const visible = `String([...document.querySelectorAll("#entries [data-find]")].filter(e => e.offsetParent).length)`
	for _, x := range searches {
		path := "/" + x.language + "/network"
		want := strconv.Itoa(len(shown(s.get(t, path+"?text="+url.QueryEscape(x.text), browser...).body, listed)))
		w.open(path)
		w.write("#filter-text", x.text)
		w.until(`document.querySelector("[data-shown]").textContent === "` + want + `"`)
		if got := w.text(visible); got != want {
			t.Errorf("%s %q: %s entries to be seen, the server finds %s", x.language, x.text, got, want)
		}
		w.truth(fmt.Sprintf(`document.getElementById(%q).offsetParent !== null`, x.id))
	}
	w.open("/en/network")
	w.choose("#filter-country", "KZ")
	w.until(`document.querySelector("[data-shown]").textContent === "7"`)
	w.until(`location.search === "?country=KZ"`)
	w.truth(`[...document.querySelectorAll("#overseas ~ .cluster")].filter(e => e.offsetParent).length === 1`)
	w.truth(`!document.getElementById("domestic").offsetParent && !document.getElementById("projects").offsetParent`)
	w.choose("#filter-year", "2012")
	w.until(`document.querySelector("[data-none]").offsetParent !== null`)
	w.click(`#search ~ form button`)
	w.truth(`document.activeElement.id === "found" && location.pathname === "/en/network"`)
	w.click("[data-reset]")
	w.until(`document.querySelector("[data-shown]").textContent === "129" && location.search === ""`)
	w.truth(`document.activeElement.id === "filter-text"`)
	w.open("/en/questions")
	w.write("#filter-text", "stomach")
	w.until(`document.querySelector("[data-shown]").textContent === "1"`)
	w.truth(`document.getElementById("stomach-survival").offsetParent !== null`)
	// A page that the server filtered can be widened again.
	w.open("/ko/network?scope=projects")
	if got := w.text(visible); got != "7" {
		t.Errorf("filtered by the server: %s entries to be seen", got)
	}
	w.choose("#filter-scope", "")
	w.until(`document.querySelector("[data-shown]").textContent === "129"`)
}

// Every page of the dataset and the house rules, on the narrowest and a wide
// screen, light and dark, with everything open.
func TestContentPagesAreAccessible(t *testing.T) {
	t.Parallel()
	site := program(t, nil)
	for _, language := range naru.Languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := newWindow(t, site)
			for _, name := range contentPages {
				w.open("/" + language + "/" + name)
				w.truth(`(document.querySelectorAll("main details").forEach(d => d.open = true), true)`)
				w.bothLooks(language, "/"+language+"/"+name)
				w.truth(`[...document.images].every(i => i.loading === "lazy" || i.naturalWidth > 0)`)
			}
		})
	}
}
