package api_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"naru/internal/naru"
)

// list is any answer of the dataset.
type list struct {
	Language string           `json:"language"`
	Count    int              `json:"count"`
	Items    []map[string]any `json:"items"`
	Total    map[string]any   `json:"total"`
	Facts    []map[string]any `json:"facts"`
	Chart    string           `json:"chart"`
	Notes    []struct {
		ID, Text, Certainty string
	} `json:"notes"`
	Fields map[string]string `json:"fields"`
}

// lists are all lists with the number of their items.
var lists = map[string]int{
	"agreements": 49 + 73, "projects": 7, "statistics/patients": 16, "statistics/departments": 9, "statistics/survival": 18,
	"statistics/transplants": 5, "statistics/infrastructure": 8, "statistics/specialties": 12, "hospitals": 10, "contacts": 2, "news": 4, "faq": 0,
}

func (d *desk) list(t *testing.T, path string, header ...string) list {
	t.Helper()
	a := d.do(t, http.MethodGet, "/api/v1/"+path, nil, header...)
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %d %s %.300s", path, a.StatusCode, a.Header.Get("Content-Type"), a.body)
	}
	var l list
	a.read(t, &l)
	if l.Count != len(l.Items) {
		t.Errorf("%s: count %d for %d items", path, l.Count, len(l.Items))
	}
	return l
}

func (l list) ids() (all []string) {
	for _, item := range l.Items {
		all = append(all, item["id"].(string))
	}
	return all
}

func (l list) notes() (all []string) {
	for _, n := range l.Notes {
		all = append(all, n.ID)
	}
	return all
}

func TestDatasetIsWhole(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for path, want := range lists {
		if path == "faq" {
			want = len(published(t).FAQ())
		}
		if l := d.list(t, path); l.Count != want || want == 0 {
			t.Errorf("%s: %d items, want %d", path, l.Count, want)
		}
	}
	overseas, domestic := d.list(t, "agreements?scope=overseas"), d.list(t, "agreements?scope=domestic")
	without := 0
	for _, item := range overseas.Items {
		if item["country"] == nil {
			without++
		}
		if item["date"] != nil || item["subject"] != nil {
			t.Errorf("an overseas row has a date or a subject: %v", item)
		}
	}
	if overseas.Count != 49 || without != 2 || domestic.Count != 73 {
		t.Errorf("%d overseas, %d of them without country, %d domestic", overseas.Count, without, domestic.Count)
	}
	patients := d.list(t, "statistics/patients")
	if patients.Total["printed"] != "3,877,342" || patients.Total["value"] != 3877342.0 || patients.Total["year"] != nil {
		t.Errorf("total %v", patients.Total)
	}
	if filtered := d.list(t, "statistics/patients?year=2019"); filtered.Count != 1 || filtered.Total != nil || filtered.Items[0]["printed"] != "497,464" {
		t.Errorf("%+v", filtered)
	}
}

func TestDatasetFilters(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for query, want := range map[string]int{
		"agreements?country=MN":                                           5,
		"agreements?country=mn":                                           5,
		"agreements?country=" + url.QueryEscape("몽골"):                     5,
		"agreements?country=" + url.QueryEscape("Монголия"):               5,
		"agreements?country=" + url.QueryEscape("mông cổ"):                5,
		"agreements?country=mong+co":                                      5,
		"agreements?country=KZ":                                           7,
		"agreements?country=BG&country=FI":                                2,
		"agreements?country=TH":                                           0, // a country, and not listed
		"agreements?continent=africa":                                     3,
		"agreements?continent=" + url.QueryEscape("アフリカ"):                 3,
		"agreements?continent=africa&country=JP":                          0,
		"agreements?year=2007":                                            5,
		"agreements?year=2007&year=2008":                                  8,
		"agreements?subject=research-related":                             13,
		"agreements?subject=research":                                     21,
		"agreements?subject=medical-treatment":                            11,
		"agreements?subject=PTSD":                                         1,
		"agreements?subject=" + url.QueryEscape("공동연구") + "&year=1999":    0,
		"agreements?q=Green+Cross":                                        3,
		"agreements?text=KIST":                                            0, // the page prints no abbreviation
		"agreements?q=" + url.QueryEscape("한국과학기술연구원"):                    1,
		"agreements?scope=overseas&q=" + url.QueryEscape("university of"): 12,
		"agreements?year=2015&scope=overseas":                             0,
		"projects?country=BO":                                             2,
		"projects?continent=asia":                                         3,
		"projects?year=2012":                                              1,
		"projects?q=Oruro":                                                2,
		"statistics/patients?year=2022":                                   1,
		"statistics/patients?year=2008":                                   0,
		"statistics/departments?department=" + url.QueryEscape("피부과"):     1,
		"statistics/survival?cancer=lung":                                 3,
		"statistics/survival?country=KR":                                  6,
		"statistics/survival?cancer=lung&cancer=liver&country=GB":         2,
		"statistics/survival?country=JP":                                  0,
		"statistics/transplants?organ=" + url.QueryEscape("почка"):        1,
		"statistics/infrastructure?indicator=mri":                         2,
		"statistics/infrastructure?country=KR":                            4,
		"statistics/specialties?specialty=OBGYN":                          1,
		"hospitals?q=Asan":                                                1,
		"news?year=2020":                                                  1,
		"faq?q=transplant&language=en":                                    2,
	} {
		if l := d.list(t, query); l.Count != want {
			t.Errorf("%s: %d items %v, want %d", query, l.Count, l.ids(), want)
		}
	}
	// Selected by time, the list without dates has no part; this is said.
	if notes := d.list(t, "agreements?year=2015").notes(); !slices.Contains(notes, "overseas-undated") {
		t.Errorf("notes %v", notes)
	}
	if notes := d.list(t, "agreements?scope=domestic").notes(); slices.Contains(notes, "overseas-undated") || !slices.Contains(notes, "domestic-count") {
		t.Errorf("notes %v", notes)
	}
	if l := d.list(t, "statistics/patients?year=2022"); !slices.Contains(l.notes(), "year-2022") || l.Items[0]["label"] != "2024" {
		t.Errorf("%+v", l)
	}
	if l := d.list(t, "statistics/survival?cancer=thyroid&country=KR"); l.Items[0]["value"] != 100.1 || !slices.Contains(l.notes(), "relative-over-100") {
		t.Errorf("%+v", l)
	}
}

func TestDatasetRefusesWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for query, want := range map[string][]string{
		"agreements?colour=red":                           {"/colour filter_unknown"},
		"agreements?Country=MN":                           {"/Country filter_unknown"},
		"agreements?a%2Fb=1":                              {"/a~1b filter_unknown"},
		"agreements?country=Atlantis":                     {"/country filter_country"},
		"agreements?country=MN&country=Atlantis":          {"/country filter_country"},
		"agreements?continent=atlantis":                   {"/continent filter_value"},
		"agreements?scope=both":                           {"/scope filter_value"},
		"agreements?year=15":                              {"/year filter_year"},
		"agreements?year=+2015e":                          {"/year filter_year"},
		"agreements?year=-201":                            {"/year filter_year"},
		"agreements?subject=astrology":                    {"/subject filter_value"},
		"agreements?subject=research&subject=nursing":     {"/subject filter_repeated"},
		"agreements?q=a&q=b":                              {"/q filter_repeated"},
		"agreements?q=a&text=b":                           {"/text filter_repeated"},
		"agreements?q=":                                   {"/q filter_empty"},
		"agreements?q=%21%21":                             {"/q filter_empty"},
		"agreements?q=%FF":                                {"/q filter_text"},
		"agreements?q=a%00b":                              {"/q filter_text"},
		"agreements?q=" + strings.Repeat("a", 201):        {"/q filter_text"},
		"agreements?format=xml":                           {"/format filter_value"},
		"agreements?format=csv&format=json":               {"/format filter_repeated"},
		"agreements?year=x&country=y&foo=z":               {"/country filter_country", "/foo filter_unknown", "/year filter_year"},
		"statistics/survival?cancer=skin":                 {"/cancer filter_value"},
		"statistics/patients?country=JP":                  {"/country filter_unknown"},
		"contacts?q=kim":                                  {"/q filter_unknown"},
		"hospitals?" + strings.Repeat("x", 100) + "=1":    {"/" + strings.Repeat("x", 60) + " filter_unknown"},
		"faq?" + url.QueryEscape("<script>\u202e") + "=1": {"/<script>? filter_unknown"},
	} {
		a := d.do(t, http.MethodGet, "/api/v1/"+query, nil)
		p := a.problem(t)
		var got []string
		for _, e := range p.Errors {
			got = append(got, e.Pointer+" "+e.Code)
			if e.Detail == "" || strings.Contains(e.Detail, "filter_") || strings.Contains(e.Detail, "{{") {
				t.Errorf("%s: %q", query, e.Detail)
			}
		}
		if p.Status != 400 || a.StatusCode != 400 || p.Code != "filter_invalid" || !slices.Equal(got, want) || a.Header.Get("ETag") != "" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %+v %v", query, p, a.Header)
		}
	}
	for _, query := range []string{"agreements?country=%zz", "agreements?a;b"} {
		if p := d.do(t, http.MethodGet, "/api/v1/"+query, nil).problem(t); p.Status != 400 || p.Code != "malformed" {
			t.Errorf("%s: %+v", query, p)
		}
	}
	if p := d.do(t, http.MethodGet, "/api/v1/statistics/prices", nil).problem(t); p.Status != 404 {
		t.Errorf("%+v", p)
	}
	seen := map[string]bool{}
	for _, language := range naru.Languages {
		p := d.do(t, http.MethodGet, "/api/v1/agreements?year=x&foo=1&language="+language, nil).problem(t)
		if len(p.Errors) != 2 || seen[p.Title] || seen[p.Errors[0].Detail] || seen[p.Errors[1].Detail] || !strings.Contains(p.Errors[0].Detail, "continent") {
			t.Errorf("%s: %+v", language, p)
		}
		seen[p.Title], seen[p.Errors[0].Detail], seen[p.Errors[1].Detail] = true, true, true
	}
}

// Read back, CSV says what JSON says.
func TestCSVEqualsJSON(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for path := range lists {
		for _, language := range naru.Languages {
			l := d.list(t, path+"?language="+language)
			a := d.do(t, http.MethodGet, "/api/v1/"+path+"?language="+language, nil, "Accept", "text/csv")
			if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/csv; charset=utf-8; header=present" || a.Header.Get("Content-Disposition") != "" {
				t.Fatalf("%s: %d %v", path, a.StatusCode, a.Header)
			}
			if n := strings.Count(string(a.body), "\n"); n != strings.Count(string(a.body), "\r\n") {
				t.Errorf("%s: lines that do not end in CR LF", path)
			}
			rows, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			want := l.Items
			if l.Total != nil {
				want = append(want, l.Total)
			}
			if len(rows) != len(want)+1 || len(rows[0]) != len(l.Fields) {
				t.Fatalf("%s in %s: %d rows of %d columns for %d items of %d fields", path, language, len(rows), len(rows[0]), len(want), len(l.Fields))
			}
			named := map[string]string{}
			for name, label := range l.Fields {
				if named[label] != "" || label == "" || strings.Contains(label, "dataset.") {
					t.Errorf("%s in %s: %s is called %q, and so is %q", path, language, name, label, named[label])
				}
				named[label] = name
			}
			for i, item := range want {
				for j, label := range rows[0] {
					if got, text := rows[i+1][j], flat(t, item, named[label]); got != text {
						t.Errorf("%s in %s: %s of %v: CSV %q, JSON %q", path, language, named[label], item["id"], got, text)
					}
				}
			}
		}
	}
}

// flat writes a member of an item as a cell of a table.
func flat(t *testing.T, item map[string]any, name string) string {
	t.Helper()
	value := item[name]
	if citation, ok := item["citation"].(map[string]any); ok && value == nil {
		value = citation[name]
	}
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		var parts []string
		for _, part := range v {
			if strings.Contains(part.(string), "; ") && name != "note" {
				t.Errorf("%s: %q cannot be told from two", name, part)
			}
			parts = append(parts, part.(string))
		}
		return strings.Join(parts, "; ")
	case float64:
		if printed, ok := item["printed"].(string); ok && name == "value" {
			return strings.TrimSuffix(strings.ReplaceAll(printed, ",", ""), "%")
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	t.Fatalf("%s: %T", name, value)
	return ""
}

func TestCSVForSpreadsheets(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	plain := d.do(t, http.MethodGet, "/api/v1/statistics/survival?language=ko", nil, "Accept", "text/csv;q=0.9, application/json;q=0.5")
	download := d.do(t, http.MethodGet, "/api/v1/statistics/survival?language=ko&format=csv", nil, "Accept", "application/json")
	if string(download.body) != "\ufeff"+string(plain.body) || strings.HasPrefix(string(plain.body), "\ufeff") {
		t.Errorf("%.20q and %.20q", download.body, plain.body)
	}
	if got := download.Header.Get("Content-Disposition"); got != "attachment; filename=statistics-survival-ko.csv" {
		t.Errorf("Content-Disposition %q", got)
	}
	if plain.Header.Get("ETag") == download.Header.Get("ETag") {
		t.Error("two texts with one ETag")
	}
	if a := d.do(t, http.MethodGet, "/api/v1/faq?format=json", nil, "Accept", "text/csv"); a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the format in the address is not what counts: %v", a.Header)
	}
	if a := d.do(t, http.MethodGet, "/api/v1/faq", nil, "Accept", "text/html,*/*;q=0.8"); a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("a browser gets %v", a.Header)
	}
}

func TestDatasetInEveryLanguage(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	latin := func(text string) bool {
		return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) })
	}
	for _, language := range naru.Languages {
		for path := range lists {
			l := d.list(t, path, "Accept-Language", language)
			if l.Language != language {
				t.Fatalf("%s: %s instead of %s", path, l.Language, language)
			}
			if language == "en" || language == "vi" {
				continue
			}
			for _, item := range l.Items {
				for _, name := range []string{"scope", "country", "subject", "department", "cancer", "organ", "indicator", "specialty", "unit", "title", "summary", "question", "answer"} {
					if text, ok := item[name].(string); ok && text != "" && latin(text) {
						t.Errorf("%s in %s: %s of %v is %q", path, language, name, item["id"], text)
					}
				}
			}
			for _, n := range l.Notes {
				if latin(n.Text) {
					t.Errorf("%s in %s: note %s is %q", path, language, n.ID, n.Text)
				}
			}
			for name, label := range l.Fields {
				if name != "id" && latin(label) {
					t.Errorf("%s in %s: field %s is called %q", path, language, name, label)
				}
			}
		}
	}
}

func TestDatasetIsCached(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for _, path := range []string{"/api/v1/agreements", "/api/v1/agreements?country=MN&format=csv", "/api/v1/faq?language=ar", "/charts/survival.svg?language=ko"} {
		a := d.do(t, http.MethodGet, path, nil)
		etag := a.Header.Get("ETag")
		vary := strings.Join(a.Header.Values("Vary"), ", ")
		if etag == "" || a.Header.Get("Cache-Control") != "public, max-age=300" || !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Accept-Encoding") {
			t.Errorf("%s: %v", path, a.Header)
		}
		if !strings.HasPrefix(path, "/charts") && !strings.Contains(vary, "Accept,") {
			t.Errorf("%s: Vary %s", path, vary)
		}
		if again := d.do(t, http.MethodGet, path, nil, "If-None-Match", `"other", `+etag); again.StatusCode != 304 || len(again.body) != 0 || again.Header.Get("ETag") != etag {
			t.Errorf("%s: unchanged, and answered %d", path, again.StatusCode)
		}
		if again := d.do(t, http.MethodGet, path, nil, "If-None-Match", `"other"`); again.StatusCode != 200 || string(again.body) != string(a.body) {
			t.Errorf("%s: answered %d, or something else than before", path, again.StatusCode)
		}
		head := d.do(t, http.MethodHead, path, nil)
		if head.StatusCode != 200 || len(head.body) != 0 || head.Header.Get("ETag") != etag || head.Header.Get("Content-Type") != a.Header.Get("Content-Type") {
			t.Errorf("%s: HEAD %d %v", path, head.StatusCode, head.Header)
		}
		if zipped := d.do(t, http.MethodGet, path, nil, "If-None-Match", etag, "Accept-Encoding", "gzip"); zipped.StatusCode != 304 {
			t.Errorf("%s: %d", path, zipped.StatusCode)
		}
	}
	if p := d.do(t, http.MethodPost, "/api/v1/agreements", []byte("{}"), "Content-Type", "application/json").problem(t); p.Status != 405 {
		t.Errorf("%+v", p)
	}
	english, korean := d.do(t, http.MethodGet, "/api/v1/news", nil, "Accept-Language", "en"), d.do(t, http.MethodGet, "/api/v1/news", nil, "Accept-Language", "ko")
	if english.Header.Get("ETag") == korean.Header.Get("ETag") {
		t.Error("two languages with one ETag")
	}
}

// Every quotation is where the record says, and every item has one.
func TestDatasetQuotesItsSource(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	base := published(t)
	for path := range lists {
		for _, item := range d.list(t, path).Items {
			citations, several := item["citations"].([]any)
			if !several {
				citations = []any{item["citation"]}
			}
			ids := []any{item["id"]}
			if several {
				ids = item["records"].([]any)
			}
			if len(citations) == 0 || len(citations) != len(ids) {
				t.Fatalf("%s: %v has %d citations for %d records", path, item["id"], len(citations), len(ids))
			}
			for i, c := range citations {
				got := c.(map[string]any)
				row, ok := base.Row(ids[i].(string))
				if !ok || got["quote"] != row.Quote || got["source"] != row.Source || got["section"] != row.Section || got["line"] != float64(row.Line) {
					t.Errorf("%s: %v is not where %v stands", path, got, ids[i])
				}
			}
		}
	}
}

// The examples of the document are what these requests are answered with.
func TestExamplesAreRealAnswers(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for path := range lists {
		example := d.spec.document.Paths.Value("/api/v1/" + path).Get.Responses.Value("200").Value.Content["application/json"].Examples["example"].Value
		query := example.Summary
		if !strings.HasPrefix(query, "?") {
			query = ""
		}
		a := d.do(t, http.MethodGet, "/api/v1/"+path+query, nil)
		documented, err := json.Marshal(example.Value)
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		a.read(t, &got)
		if err := json.Unmarshal([]byte(strings.ReplaceAll(string(documented), "https://naru.example", d.url)), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s%s: documented\n%s\nanswered\n%s", path, query, documented, a.body)
		}
	}
}

func TestCSVExampleIsARealAnswer(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	example := d.spec.document.Paths.Value("/api/v1/hospitals").Get.Responses.Value("200").Value.Content["text/csv"].Examples["csv"].Value
	a := d.do(t, http.MethodGet, "/api/v1/hospitals"+example.Summary, nil, "Accept", "text/csv")
	if got := strings.ReplaceAll(string(a.body), "\r\n", "\n"); got != example.Value {
		t.Errorf("documented\n%s\nanswered\n%s", example.Value, got)
	}
	if page := string(d.do(t, http.MethodGet, "/docs", nil, "Accept", "text/html").body); !strings.Contains(page, "\nranked-asan,asan,") {
		t.Error("the reference does not show it as it is")
	}
}

func TestCharts(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	var names []string
	for _, name := range pictures(t).Names() {
		names = append(names, name, name+"-narrow")
	}
	for _, name := range names {
		for _, language := range naru.Languages {
			a := d.do(t, http.MethodGet, "/charts/"+name+".svg?language="+language, nil)
			want, _ := pictures(t).SVG(name, language)
			if a.StatusCode != 200 || string(a.body) != string(want) || a.Header.Get("Content-Type") != "image/svg+xml" || a.Header.Get("Content-Language") != language {
				t.Errorf("%s in %s: %d %v", name, language, a.StatusCode, a.Header)
			}
			if policy := a.Header.Get("Content-Security-Policy"); policy != pictures(t).Policy() || a.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
				t.Errorf("%s: %v", name, a.Header)
			}
		}
	}
	for _, path := range []string{"/charts/patients", "/charts/patients.png", "/charts/nothing.svg", "/charts/.svg", "/charts/survival-.svg", "/charts/nothing-narrow.svg", "/charts/patients-narrow-narrow.svg", "/charts/%2e%2e.svg", "/charts/"} {
		if p := d.do(t, http.MethodGet, path, nil).problem(t); p.Status != 404 {
			t.Errorf("%s: %+v", path, p)
		}
	}
	// Every statistic leads to its picture.
	for path := range lists {
		l := d.list(t, path+"?language=kk")
		if !strings.HasPrefix(path, "statistics/") {
			continue
		}
		address, found := strings.CutPrefix(l.Chart, d.url)
		if a := d.do(t, http.MethodGet, address, nil); !found || a.StatusCode != 200 || a.Header.Get("Content-Language") != "kk" {
			t.Errorf("%s: chart %s answers %d", path, l.Chart, a.StatusCode)
		}
		if len(l.Facts) == 0 {
			t.Errorf("%s: nothing is said about it", path)
		}
	}
}
