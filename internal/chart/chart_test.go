package chart_test

import (
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"naru/config"
	"naru/internal/chart"
	"naru/internal/knowledge"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/templates"
)

// shipped is what the program draws, made once.
var shipped = sync.OnceValues(func() (chart.Options, error) {
	locales, err1 := fs.Sub(config.Files(""), "locales")
	facts, err2 := fs.Sub(config.Files(""), "knowledge")
	if err := errors.Join(err1, err2); err != nil {
		return chart.Options{}, err
	}
	catalog, err1 := locale.Load(locales)
	base, err2 := knowledge.Load(facts)
	files, err3 := templates.FS("")
	return chart.Options{
		Dataset: base, Catalog: catalog, Templates: files, Languages: naru.Languages, Direction: locale.Direction,
	}, errors.Join(err1, err2, err3)
})

func draw(t testing.TB) (chart.Options, *chart.Charts) {
	t.Helper()
	o, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	all, err := chart.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return o, all
}

// element is a node of a picture.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e element) number(t *testing.T, name string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(e.attr(name), 64)
	if err != nil {
		t.Fatalf("%s of %s: %v", name, e.XMLName.Local, err)
	}
	return v
}

func parse(t *testing.T, svg []byte) element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	var root element
	if err := d.Decode(&root); err != nil {
		t.Fatalf("%v\n%s", err, svg)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if _, blank := token.(xml.CharData); !blank {
				t.Fatalf("more than one root: %v %v", token, err)
			}
		}
	}
	return root
}

func TestPicturesInEveryLanguage(t *testing.T) {
	t.Parallel()
	_, all := draw(t)
	want := []string{
		"patients", "departments", "survival", "survival-thyroid", "survival-breast", "survival-colon", "survival-stomach", "survival-liver", "survival-lung",
		"transplants", "infrastructure", "specialties",
	}
	if !slices.Equal(all.Names(), want) {
		t.Fatalf("names %v, want %v", all.Names(), want)
	}
	for _, name := range want {
		for _, language := range naru.Languages {
			wide, _ := all.Chart(name, language)
			narrow, ok := all.Chart(name+"-narrow", language)
			if wide == nil || !ok || wide.Narrow != narrow || narrow.Narrow != nil || narrow.Width >= wide.Width || narrow.Description != wide.Description {
				t.Fatalf("%s in %s: %+v, %+v", name, language, wide, narrow)
			}
			if language != "en" {
				if english, _ := all.Chart(name, "en"); english.Title == wide.Title {
					t.Errorf("%s in %s has the English title", name, language)
				}
			}
			for _, c := range []*chart.Chart{wide, narrow} {
				root := parse(t, c.SVG)
				if root.XMLName.Local != "svg" || root.attr("role") != "img" || root.attr("lang") != language || root.attr("direction") != locale.Direction(language) {
					t.Errorf("%s in %s: %v", c.Name, language, root.Attrs)
				}
				title, desc := root.Children[0], root.Children[1]
				if title.Text != c.Title || strings.TrimSpace(desc.Text) != c.Description || root.attr("aria-labelledby") != title.attr("id")+" "+desc.attr("id") || len(c.Description) < 100 {
					t.Errorf("%s in %s: title %q, description %q", c.Name, language, title.Text, desc.Text)
				}
				for _, forbidden := range []string{"href", "url(", "@import", "<script", "<no value>", "ZgotmplZ", "chart.", "dataset.", "style=\""} {
					if strings.Contains(string(c.SVG), forbidden) {
						t.Errorf("%s in %s contains %q", c.Name, language, forbidden)
					}
				}
			}
		}
	}
	if _, ok := all.Chart("patients", "fr"); ok {
		t.Error("a language that nothing is written in")
	}
	if _, ok := all.Chart("survival-kidney", "en"); ok {
		t.Error("a cancer that is not listed")
	}
	if c, _ := all.Chart("survival-lung-narrow", "zh-Hans"); c.Path() != "/charts/survival-lung-narrow.svg?language=zh-Hans" {
		t.Errorf("path %s", c.Path())
	}
}

// Every value of the dataset is in the description of its picture, and bars
// are as long as their values say.
func TestValuesAreShown(t *testing.T) {
	t.Parallel()
	o, all := draw(t)
	for _, series := range []knowledge.Relation{knowledge.Patients, knowledge.Departments, knowledge.Survival, knowledge.Transplants, knowledge.Infrastructure, knowledge.Specialties} {
		c, _ := all.Chart(string(series), "en")
		figures := o.Dataset.Observations(series)
		for _, f := range figures {
			if !strings.Contains(c.Description, ": "+f.Printed+"\n") {
				t.Errorf("%s lacks %s", series, f.Printed)
			}
			for _, id := range f.Notes {
				note, _ := o.Dataset.Note(id)
				if !strings.Contains(c.Description, note.In("en")) {
					t.Errorf("%s does not say %s", series, id)
				}
			}
		}
		var values []float64
		for _, f := range figures {
			values = append(values, f.Value.Float())
		}
		slices.Sort(values)
		side := "width"
		if series == knowledge.Patients {
			side = "height"
		}
		for _, drawn := range []*chart.Chart{c, c.Narrow} {
			var lengths []float64
			for _, e := range parse(t, drawn.SVG).Children {
				if e.XMLName.Local == "rect" && strings.HasPrefix(e.attr("class"), "bar") {
					lengths = append(lengths, e.number(t, side))
				}
			}
			slices.Sort(lengths)
			if len(lengths) != len(values) {
				t.Fatalf("%s: %d bars for %d values", drawn.Name, len(lengths), len(values))
			}
			longest := lengths[len(lengths)-1]
			if longest < float64(drawn.Width)*0.3 {
				t.Errorf("%s: bars of %v at most", drawn.Name, longest)
			}
			for i := range values {
				if off := lengths[i] - values[i]*longest/values[len(values)-1]; off > 0.2 || off < -0.2 {
					t.Errorf("%s: a bar of %v for %v", drawn.Name, lengths[i], values[i])
				}
			}
		}
	}
}

// Arabic is the mirror image of English where both break their lines alike.
func TestArabicIsMirrored(t *testing.T) {
	t.Parallel()
	_, all := draw(t)
	english, _ := all.Chart("patients", "en")
	arabic, _ := all.Chart("patients", "ar")
	xs := func(c *chart.Chart, mirrored bool) []float64 {
		var all []float64
		for _, e := range parse(t, c.SVG).Children {
			if e.attr("class") != "bar" {
				continue
			}
			x := e.number(t, "x")
			if mirrored {
				x = float64(c.Width) - x - e.number(t, "width")
			}
			all = append(all, x)
		}
		return all
	}
	a, b := xs(english, false), xs(arabic, true)
	for i := range a {
		if off := a[i] - b[i]; off > 0.11 || off < -0.11 {
			t.Errorf("column %d: %v and %v", i, a[i], b[i])
		}
	}
	if !strings.Contains(arabic.Description, "1,170,467") {
		t.Error("Arabic pictures have Latin digits")
	}
}

func TestNumbersAreWrittenAsTheLanguageDoes(t *testing.T) {
	t.Parallel()
	_, all := draw(t)
	for language, want := range map[string]string{"en": "100.1%", "ru": "100,1\u00a0%", "vi": "100,1%", "ko": "100.1%", "ar": "100.1%"} {
		if c, _ := all.Chart("survival-thyroid", language); !strings.Contains(c.Description, want) {
			t.Errorf("%s: no %q in %q", language, want, c.Description)
		}
	}
	if c, _ := all.Chart("survival", "en"); !strings.Contains(c.Description, "65.0%") {
		t.Error("a printed zero was lost")
	}
}

func TestBrokenTemplatesStopTheProgram(t *testing.T) {
	t.Parallel()
	o, _ := draw(t)
	style := &fstest.MapFile{Data: []byte(".naru-chart { fill: red }")}
	for name, files := range map[string]fstest.MapFS{
		"no style":      {"chart/frame.svg": {Data: []byte("<svg/>")}},
		"no template":   {"chart/style.css": style},
		"cannot parse":  {"chart/style.css": style, "chart/frame.svg": {Data: []byte("<svg>{{if}}</svg>")}},
		"unknown field": {"chart/style.css": style, "chart/frame.svg": {Data: []byte("<svg>{{.Nothing}}</svg>")}},
	} {
		broken := o
		broken.Templates = files
		if _, err := chart.New(broken); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	inArabic := o
	inArabic.Templates = fstest.MapFS{"chart/style.css": style, "chart/frame.svg": {Data: []byte(`<svg>{{if eq .Language "ar"}}{{.Nothing}}{{end}}</svg>`)}}
	if _, err := chart.New(inArabic); err == nil {
		t.Error("unknown field in one language: accepted")
	}
	inArabic.Trusted = true
	if _, err := chart.New(inArabic); err != nil {
		t.Errorf("a picture was drawn that nobody asked for: %v", err)
	}
	if _, err := chart.New(chart.Options{}); err == nil {
		t.Error("nothing at all: accepted")
	}
}

func BenchmarkNew(b *testing.B) {
	o, _ := draw(b)
	for b.Loop() {
		if _, err := chart.New(o); err != nil {
			b.Fatal(err)
		}
	}
}
