package knowledge

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"naru/internal/naru"
)

// overlay is the shipped folder with some files replaced or added.
func overlay(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	shipped := os.DirFS("../../config/knowledge")
	out := fstest.MapFS{}
	err := fs.WalkDir(shipped, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(shipped, path)
		out[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		out[path] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func shippedFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile("../../config/knowledge/" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestEditingNeedsNoCode(t *testing.T) {
	t.Parallel()
	b, err := Load(overlay(t, map[string]string{
		"agreements/2027.yaml": `source: 000_85bee60f902ee8a3
section: Agreement Status with Domestic Institutions
scope: domestic
records:
  - id: domestic-busan-hospital
    institution: busan-hospital
    name: Busan Harbour Hospital
    date: 2027-01-15
    subject: Research-related cooperation
    line: 144
    quote: 2027. 01. 15 Busan Harbour Hospital Research-related cooperation
  - id: overseas-hanoi
    scope: overseas
    institution: hanoi
    name: Hanoi Lake Hospital
    continent: asia
    country: VN
    line: 60
    quote: Viet Nam Hanoi Lake Hospital
`,
		"names/en.yaml": strings.Replace(shippedFile(t, "names/en.yaml"), "countries:\n", "countries:\n  VN: Viet Nam | Vietnam\n", 1),
		"statistics/patients-2025.yaml": `source: 003_8a9e2cc8be6ef0ad
section: Number of Foreign Patients by Year
series: patients
unit: persons
records:
  - {id: patients-2025, year: 2025, label: "2025", printed: "1,200,000", line: 53, quote: "1,200,000 2025"}
`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got := run(t, b, Query{Relation: DomesticAgreements, Entities: refs(Topic, "research-related"), Op: Count}).Number.Value; got != Int(14) {
		t.Errorf("research-related agreements: %v, wanted 14", got)
	}
	if got := run(t, b, Query{Relation: Patients, Op: Highest}); got.Groups[0].Year != 2025 {
		t.Errorf("most patients: %+v", got.Groups)
	}
	if got := run(t, b, Query{Relation: OverseasAgreements, Entities: refs(Country, "VN"), Op: Count}).Number.Value; got != Int(1) {
		t.Errorf("partners in Viet Nam: %v", got)
	}
	for _, name := range []string{"Busan Harbor Hospital", "BUSAN HARBOUR HOSPITAL"} {
		if m, ok := b.MatchPartner(name, "KR"); !ok || m.RecordID != "domestic-busan-hospital" {
			t.Errorf("%q: %+v", name, m)
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Load(overlay(t, map[string]string{
		"agreements/wrong.yaml": `source: nowhere
section: Somewhere
scope: domestic
records:
  - id: one
    institution: koica
    name: Not in the quote
    date: 2015-02-30
    subject: x
    line: 1
    quote: y
  - id: two
    institution: koica
    name: y
    country: XX
    colour: red
    line: 1
    quote: y
  - id: domestic-koica
    institution: koica
    name: y
    date: 2015-02-03
    subject: y
    notes: [no-such-note]
    line: 1
    quote: y
`,
		"statistics/wrong.yaml": "series: survival\nunit: percent\nextra: 1\nrecords:\n  - {id: s, of: skin, printed: many, line: 1, quote: many, section: s, source: 003_8a9e2cc8be6ef0ad}\n",
		"names/fr.yaml":         "language: fr\n",
		"names/ja.yaml":         "language: ja\ncountries:\n  QQ: どこか\n",
		"texts/ko.yaml":         "notes: [\n",
		"facts/notes.txt":       "x",
	}))
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, wanted Problems", err)
	}
	text := problems.Error()
	for _, want := range []string{
		"agreements/wrong.yaml:8: ", "2015-02-30", "agreements/wrong.yaml:16: ", "colour", `agreements/wrong.yaml:19: "domestic-koica": the id is used twice`,
		`source "nowhere"`, `note "no-such-note"`, `statistics/wrong.yaml:3: unknown key "extra"`, `statistics/wrong.yaml:5: "s": cancer "skin"`,
		`"many" is not a figure`, "names/fr.yaml: ", `names/ja.yaml:3: country "QQ"`, "texts/ko.yaml:", "facts/notes.txt: is not a .yaml file",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("problems lack %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	if _, err := Load(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "names/en.yaml: is missing") {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestEveryEntityHasNamesInAllLanguages(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	if !slices.Equal(Languages[:], naru.Languages) {
		t.Errorf("languages %v differ from the program's %v", Languages, naru.Languages)
	}
	scripts := map[string]*regexp.Regexp{
		"ko": regexp.MustCompile(`\p{Hangul}`), "zh-Hans": regexp.MustCompile(`\p{Han}`), "ja": regexp.MustCompile(`[\p{Han}\p{Hiragana}\p{Katakana}]`),
		"ru": regexp.MustCompile(`\p{Cyrillic}`), "mn": regexp.MustCompile(`\p{Cyrillic}`), "kk": regexp.MustCompile(`\p{Cyrillic}`), "ar": regexp.MustCompile(`\p{Arabic}`),
	}
	latin := regexp.MustCompile(`^(AREES|ID|MRI|Ortho-Trauma.*|Universitas 21|Samsung C&T|Green Cross.*|Boryung Soo&Soo|Il-Yang Pharmaceutical)$`)
	for kind := range b.byKind {
		for _, e := range b.Entities(kind) {
			for i, lang := range Languages {
				n := e.Names[i]
				if !n.Given || n.Display == "" {
					t.Errorf("%s has no name in %s", e.Ref, lang)
				}
				if re := scripts[lang]; re != nil && !re.MatchString(n.Display) && !latin.MatchString(n.Display) {
					t.Errorf("%s in %s: %q is not in its script", e.Ref, lang, n.Display)
				}
			}
		}
	}
}

func TestPrintedNamesAreKept(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	for _, a := range b.Agreements() {
		if e, _ := b.Entity(Ref{Institution, a.Institution}); e.English() != a.Name {
			t.Errorf("%s: the English name is %q, printed is %q", a.ID, e.English(), a.Name)
		}
	}
	for _, p := range b.Projects() {
		if e, _ := b.Entity(Ref{Project, p.Project}); e.English() != p.Name {
			t.Errorf("%s: the English name is %q, printed is %q", p.ID, e.English(), p.Name)
		}
	}
}

// The page names a patient with a diagnosis (A:357): no part of that name may be anywhere in the knowledge.
func TestNoPatientIsNamed(t *testing.T) {
	t.Parallel()
	given := regexp.MustCompile(`(?i)\bmr\.|\bjung[ -]min|min[ -]?soo?\b|정민수|民秀|cirrhosis|\b47\b,? a patient`)
	for _, root := range []string{"../../config/knowledge", "testdata"} {
		err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
			if d.IsDir() && d.Name() == "lexicon" { // words people use, not facts
				return fs.SkipDir
			}
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(os.DirFS(root), path)
			if found := given.Find(data); found != nil {
				t.Errorf("%s/%s: %q", root, path, found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

var figure = regexp.MustCompile(`\d+(?:[.,\x{a0} ]\d{3})+\b|\d+(?:[.,]\d+)?(?:-\d+)*`)

var isoDate = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)

// figures gives the numbers in a text, without separators.
func figures(text string) []string {
	var out []string
	for _, f := range figure.FindAllString(text, -1) {
		out = append(out, strings.NewReplacer(",", "", ".", "", " ", "", "\u00a0", "", "-", "").Replace(f))
	}
	return out
}

// written finds a day as each language writes it in an answer; its groups are
// y, m and d.
var written = map[string]*regexp.Regexp{
	"en":      regexp.MustCompile(`(?P<d>\d{1,2}) (?P<m>March|February|July) (?P<y>\d{4})`),
	"ko":      regexp.MustCompile(`(?P<y>\d{4})년 (?P<m>\d{1,2})월 (?P<d>\d{1,2})일`),
	"zh-Hans": regexp.MustCompile(`(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日`),
	"ja":      regexp.MustCompile(`(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日`),
	"ru":      regexp.MustCompile(`(?P<d>\d{1,2}) (?P<m>марта|февраля|июля) (?P<y>\d{4}) г\.`),
	"mn":      regexp.MustCompile(`(?P<y>\d{4}) оны (?P<m>\d{1,2}) дугаар сарын (?P<d>\d{1,2})`),
	"kk":      regexp.MustCompile(`(?P<y>\d{4}) жылғы (?P<d>\d{1,2}) (?P<m>наурыз|ақпан|шілде)`),
	"ar":      regexp.MustCompile(`(?P<d>\d{1,2}) (?P<m>مارس|فبراير|يوليو) (?P<y>\d{4})`),
	"vi":      regexp.MustCompile(`(?P<d>\d{1,2}) tháng (?P<m>\d{1,2}) năm (?P<y>\d{4})`),
}

// isoDates writes the days in an answer as 2006-01-02.
func isoDates(lang, text string) string {
	pattern := written[lang]
	months := map[string]string{}
	for month, names := range map[string]string{"02": "2 February февраля ақпан فبراير", "03": "3 March марта наурыз مارس", "07": "7 July июля шілде يوليو"} {
		for name := range strings.FieldsSeq(names) {
			months[name] = month
		}
	}
	return pattern.ReplaceAllStringFunc(text, func(day string) string {
		found := pattern.FindStringSubmatch(day)
		part := func(name string) string { return found[pattern.SubexpIndex(name)] }
		return part("y") + "-" + months[part("m")] + "-" + part("d")
	})
}

func TestFAQAnswersSayOnlyWhatRecordsSay(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	if len(b.FAQ()) != 15 {
		t.Errorf("%d questions, wanted 15", len(b.FAQ()))
	}
	// Counts of records that answers may state beside the figures of their records, and "PCT" needs none.
	counts := map[string][]string{
		"overseas-partners": {"49", "47", "19", "2"}, "domestic-partners": {"73", "72"}, "ranked-hospitals": {"10", "2026"},
		"projects": {"7"}, "mongolia": {"5"},
	}
	for id, q := range map[string]Query{
		"49": {Relation: OverseasAgreements, Op: Count}, "19": {Relation: OverseasAgreements, Op: Count, Group: Country},
		"73": {Relation: DomesticAgreements, Op: Count}, "72": {Relation: DomesticAgreements, Op: Count, Group: Institution},
		"10": {Relation: Hospitals, Op: Count}, "7": {Relation: Projects, Op: Count}, "5": {Relation: OverseasAgreements, Entities: refs(Country, "MN"), Op: Count},
	} {
		if got := run(t, b, q).Number.Value.String(); got != id {
			t.Errorf("a count that answers state, %s, is %s", id, got)
		}
	}
	for _, q := range b.FAQ() {
		allowed := slices.Clone(counts[q.ID])
		for _, id := range q.Records {
			r, _ := b.Row(id)
			text := r.Quote
			if r.Contact != nil {
				text += " / " + r.Contact.PhoneFirst + " / " + r.Contact.PhoneLast
			}
			allowed = append(allowed, figures(text)...)
			allowed = append(allowed, strings.ReplaceAll(r.Date.String(), "-", ""), strconv.Itoa(r.Year))
			if r.Value.Scale > 0 || r.HasValue {
				allowed = append(allowed, strings.ReplaceAll(r.Value.String(), ".", ""))
			}
		}
		first := figures(isoDates(Languages[0], q.Answer[0]))
		for i, lang := range Languages {
			if isoDate.MatchString(q.Answer[i]) {
				t.Errorf("%s in %s: a day is not written as the language writes it: %s", q.ID, lang, q.Answer[i])
			}
			got := figures(isoDates(lang, q.Answer[i]))
			for _, f := range got {
				if !slices.Contains(allowed, f) {
					t.Errorf("%s in %s: %s is not in its records %v", q.ID, lang, f, allowed)
				}
			}
			slices.Sort(got)
			want := slices.Sorted(slices.Values(first))
			if !slices.Equal(slices.Compact(got), slices.Compact(want)) {
				t.Errorf("%s: figures in %s are %v, in English %v", q.ID, lang, got, want)
			}
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	fsys := os.DirFS("../../config/knowledge")
	for b.Loop() {
		if _, err := Load(fsys); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMatchPartner(b *testing.B) {
	base := loadShipped(b)
	for b.Loop() {
		base.MatchPartner("University of Khartum, Faculty of Medicine", "SD")
		base.MatchPartner("Kumamato University", "JP")
	}
}
