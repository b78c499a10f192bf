package knowledge

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	centerPage      = "000_85bee60f902ee8a3"
	associationPage = "003_8a9e2cc8be6ef0ad"
)

// printedLine is one line of a source page.
type printedLine struct {
	n    int
	text string
}

// page holds the rows, labels and numbers of a source page.
type page []printedLine

func readPage(t *testing.T, name string) page {
	t.Helper()
	f, err := os.Open("testdata/" + name + ".rows")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var p page
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if strings.HasPrefix(sc.Text(), "# ") {
			continue
		}
		num, text, ok := strings.Cut(sc.Text(), "\t")
		n, err := strconv.Atoi(num)
		if !ok || err != nil {
			t.Fatalf("%s: bad line %q", name, sc.Text())
		}
		p = append(p, printedLine{n, strings.TrimSpace(strings.TrimPrefix(text, "•"))})
	}
	return p
}

// between gives the lines after the one that reads start (the last such line) up to the one that reads end.
func (p page) between(t *testing.T, start, end string) page {
	t.Helper()
	from := -1
	for i, l := range p {
		if l.text == start {
			from = i + 1
		}
		if from >= 0 && l.text == end && i >= from {
			return p[from:i]
		}
	}
	if from < 0 || end != "" {
		t.Fatalf("the page has no part from %q to %q", start, end)
	}
	return p[from:]
}

var printedCountries = map[string]string{
	"Ethiopia": "ET", "South Sudan": "SS", "Bangladesh": "BD", "China": "CN", "Indonesia": "ID", "Japan": "JP", "Kazakhstan": "KZ",
	"Mongolia": "MN", "Singapore": "SG", "Taiwan": "TW", "Bulgaria": "BG", "Finland": "FI", "Germany": "DE", "Turkey": "TR",
	"United Kingdom": "GB", "Canada": "CA", "United States": "US", "Australia": "AU", "Bolivia": "BO", "Algeria": "DZ",
	"Korea": "KR", "USA": "US", "UK": "GB",
}

var printedContinents = []string{"Africa", "Asia", "Europe", "North America", "Oceania", "South America", "Etc."}

// sameRecords compares what the page says with what the base holds, line by line.
func sameRecords(t *testing.T, what string, want int, derived, held []string) {
	t.Helper()
	if len(derived) != want {
		t.Errorf("%s: derived %d records from the page, wanted %d", what, len(derived), want)
	}
	for i := range max(len(derived), len(held)) {
		d, h := "(none)", "(none)"
		if i < len(derived) {
			d = derived[i]
		}
		if i < len(held) {
			h = held[i]
		}
		if d != h {
			t.Errorf("%s, record %d:\n page %s\n base %s", what, i+1, d, h)
		}
	}
	t.Logf("%-15s %d", what, len(held))
}

func TestRecordsAreThoseOfThePages(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	center, association := readPage(t, centerPage), readPage(t, associationPage)

	sameRecords(t, "overseas", 49, overseasOf(t, center), b.heldOverseas())
	sameRecords(t, "domestic", 73, domesticOf(t, center), b.heldDomestic())
	sameRecords(t, "projects", 7, projectsOf(t, center), b.heldProjects())
	sameRecords(t, "patients", 16, patientsOf(t, association), b.held(Patients))
	sameRecords(t, "patients-total", 1, totalOf(t, association), b.held(PatientsTotal))
	sameRecords(t, "departments", 9, departmentsOf(t, association), b.held(Departments))
	sameRecords(t, "survival", 18, survivalOf(t, association), b.held(Survival))
	sameRecords(t, "transplants", 5, transplantsOf(t, association), b.held(Transplants))
	sameRecords(t, "infrastructure", 8, infrastructureOf(t, association), b.held(Infrastructure))
	sameRecords(t, "specialties", 12, specialtiesOf(t, association), b.held(Specialties))
	sameRecords(t, "hospitals", 10, hospitalsOf(t, association), b.heldHospitals())
}

func overseasOf(t *testing.T, p page) []string {
	var out []string
	continent, country, listed := "", "", map[string]int{}
	for _, l := range p.between(t, "Continent Country Institution", "Agreement Status with Domestic Institutions") {
		name := l.text
		newContinent := false
		for _, c := range printedContinents {
			if rest, ok := strings.CutPrefix(name, c+" "); ok {
				continent, country, name, newContinent = c, "", rest, true
				break
			}
		}
		// A country's name begins a row where the country changes; after it, it is part of a name.
		for printed, iso := range printedCountries {
			rest, ok := strings.CutPrefix(name, printed+" ")
			if ok && continent != "Etc." && listed[iso] == 0 && (newContinent || country != "") {
				country, name = iso, rest
				listed[iso]++
				break
			}
		}
		id := strings.ToLower(strings.ReplaceAll(continent, " ", "-"))
		if continent == "Etc." {
			id = ""
		}
		out = append(out, fmt.Sprint(l.n, "|", id, "|", country, "|", name, "|", l.text))
	}
	if len(listed) != 19 {
		t.Errorf("derived %d countries, wanted 19", len(listed))
	}
	return out
}

func (b *Base) heldOverseas() []string {
	var out []string
	for i := range b.agreements {
		if a := &b.agreements[i]; a.Scope == Overseas && a.Source == centerPage {
			out = append(out, fmt.Sprint(a.Line, "|", a.Continent, "|", a.Country, "|", a.Name, "|", a.Quote))
		}
	}
	return out
}

var datedRow = regexp.MustCompile(`^(\d{4})\. (\d\d)\. (\d\d) (.*)$`)

// subjectStart finds where a subject begins: these words never stand in a name, or only before its end.
var subjectStart = regexp.MustCompile(` (Research-related cooperation|Research cooperation|Cooperation for|Nursing personnel|Management knowledge|Clinical research|Medical treatment cooperation|Medical cooperation|Patient referral|Academic exchange|Academic, personnel|Community program|Public Health cooperation,|Comprehensive cooperation).*$`)

func domesticOf(t *testing.T, p page) []string {
	var rows page
	for _, l := range p.between(t, "Date Institution Subject", "List of KUMC Global Healthcare Project") {
		if datedRow.MatchString(l.text) {
			rows = append(rows, l)
		} else if len(rows) > 0 {
			rows[len(rows)-1].text += " " + l.text
		}
	}
	var out []string
	for _, l := range rows {
		m := datedRow.FindStringSubmatch(l.text)
		at := subjectStart.FindStringIndex(m[4])
		if at == nil {
			t.Errorf("line %d: no subject in %q", l.n, m[4])
			continue
		}
		out = append(out, fmt.Sprintf("%d|%s-%s-%s|%s|%s|%s", l.n, m[1], m[2], m[3], m[4][:at[0]], strings.TrimSpace(m[4][at[0]:]), l.text))
	}
	return out
}

func (b *Base) heldDomestic() []string {
	var out []string
	for i := range b.agreements {
		if a := &b.agreements[i]; a.Scope == Domestic && a.Source == centerPage {
			out = append(out, fmt.Sprintf("%d|%s|%s|%s|%s", a.Line, a.Date, a.Name, a.Subject, a.Quote))
		}
	}
	return out
}

var (
	projectClients = []string{"International Medical Center", "Korea International Cooperation Agency", "AREES", "Korea Eximbank", "Korea Foundation for International Healthcare"}
	projectPlaces  = []string{"Mongolia", "Bolivia", "Algeria", "Asia, CIS", "South Sudan", "Asia"}
)

func projectsOf(t *testing.T, p page) []string {
	f, err := os.ReadFile("testdata/" + centerPage + ".rows")
	if err != nil {
		t.Fatal(err)
	}
	bullet := func(n int) bool { return strings.Contains(string(f), fmt.Sprintf("\n%d\t•", n)) }
	var out []string
	row, inRow := printedLine{}, false
	flush := func() {
		text := row.text
		for _, c := range projectClients {
			rest, ok := strings.CutSuffix(text, " "+c)
			if !ok {
				continue
			}
			for _, place := range projectPlaces {
				if name, ok := strings.CutSuffix(rest, " "+place); ok {
					out = append(out, fmt.Sprintf("%d|%s|%s|%s", row.n, name, place, c))
					return
				}
			}
		}
		t.Errorf("line %d: project row %q has no client and place", row.n, text)
	}
	for _, l := range p.between(t, "Project name Country Client Work Scope", "Contents manager") {
		switch {
		case bullet(l.n):
			if inRow {
				flush()
				inRow = false
			}
			out[len(out)-1] += fmt.Sprintf("|%d %s", l.n, l.text)
		case inRow:
			row.text += " " + l.text
		default:
			row, inRow = l, true
		}
	}
	return out
}

func (b *Base) heldProjects() []string {
	printed := map[string]string{}
	for name, iso := range printedCountries {
		printed[iso] = name
	}
	var out []string
	for i := range b.projects {
		p := &b.projects[i]
		var places []string
		for _, c := range p.Countries {
			places = append(places, printed[c])
		}
		for _, c := range append(slices.Clone(p.Continents), p.Regions...) {
			places = append(places, map[string]string{"asia": "Asia", "cis": "CIS"}[c])
		}
		s := fmt.Sprintf("%d|%s|%s|%s", p.Line, p.Name, strings.Join(places, ", "), p.ClientPrinted)
		for _, w := range p.Work {
			s += fmt.Sprintf("|%d %s", w.Line, w.Printed)
		}
		out = append(out, s)
	}
	return out
}

// held gives the figures of a series: line, key, country or region, printed label and value.
func (b *Base) held(series Relation) []string {
	list := b.Observations(series)
	slices.SortStableFunc(list, func(x, y *Observation) int { return cmp.Compare(x.Line, y.Line) })
	var out []string
	for _, o := range list {
		if o.Source == associationPage {
			out = append(out, fmt.Sprintf("%d|%s%s|%s|%s|%s", o.Line, o.Country, o.Region, o.Label, o.Printed, squeeze(o.Quote)))
		}
	}
	return out
}

func patientsOf(t *testing.T, p page) []string {
	var out []string
	lines := p.between(t, "Number of Foreign Patients by Year", "Accumulated number")
	for i := 0; i+1 < len(lines); i += 2 {
		v, y := lines[i], lines[i+1]
		out = append(out, fmt.Sprintf("%d||%s|%s|%s %s", v.n, y.text, v.text, v.text, y.text))
	}
	return out
}

func totalOf(t *testing.T, p page) []string {
	for i, l := range p {
		if l.text == "Accumulated number" {
			v := p[i+2].text
			return []string{fmt.Sprintf("%d|||%s|%s %s %s", l.n, v, l.text, p[i+1].text, v)}
		}
	}
	return nil
}

func departmentsOf(t *testing.T, p page) []string {
	var out []string
	lines := p.between(t, "Most Visited Medical Department", "Statisics on International Patients in Korea, 2024")
	for i := 0; i < len(lines); {
		value := lines[i]
		var label []string
		for i++; i < len(lines) && !strings.HasSuffix(lines[i].text, "%"); i++ {
			label = append(label, lines[i].text)
		}
		name := strings.Join(label, " ")
		out = append(out, fmt.Sprintf("%d||%s|%s|%s %s", value.n, name, value.text, value.text, name))
	}
	return out
}

func survivalOf(t *testing.T, p page) []string {
	var out []string
	cancer := ""
	lines := p.between(t, "world map", "")
	for i, l := range lines {
		if strings.HasSuffix(l.text, " Cancer") {
			cancer = l.text
		}
		if iso := printedCountries[l.text]; iso != "" && i > 0 && strings.HasSuffix(lines[i-1].text, "%") && cancer != "" {
			v := lines[i-1]
			out = append(out, fmt.Sprintf("%d|%s|%s|%s|%s %s", v.n, iso, l.text, v.text, v.text, l.text))
		}
		if strings.HasPrefix(l.text, "Reference") || strings.HasPrefix(l.text, "5-year") {
			break
		}
	}
	return out
}

func transplantsOf(t *testing.T, p page) []string {
	var out []string
	for i, l := range p {
		if strings.HasSuffix(l.text, " transplant") {
			v := p[i+1].text
			out = append(out, fmt.Sprintf("%d||%s|%s|%s %s", l.n, l.text, v, l.text, v))
		}
	}
	return out
}

func infrastructureOf(t *testing.T, p page) []string {
	var out []string
	for i, l := range p {
		if !strings.HasSuffix(l.text, "(per 1Million population)") {
			continue
		}
		units := p[i+2].text
		start, lead := l, l.text
		if p[i-1].text == "Number of" {
			start, lead = p[i-1], "Number of "+l.text
		}
		quote := lead + " " + p[i+1].text + " " + units
		out = append(out,
			fmt.Sprintf("%d|KR|%s|%s|%s", start.n, l.text, strings.TrimPrefix(units, "Units "), quote),
			fmt.Sprintf("%d|oecd||%s|%s %s", start.n, p[i+3].text, quote, p[i+3].text))
	}
	return out
}

func specialtiesOf(t *testing.T, p page) []string {
	var out []string
	lines := p.between(t, "Number of Ranked Hospitals of South Korea by Specialty", "https://rankings.newsweek.com/worlds-best-specialized-hospitals-2026")
	for i := 0; i+1 < len(lines); i += 2 {
		l, v := lines[i], lines[i+1].text
		out = append(out, fmt.Sprintf("%d||%s|%s|%s %s", l.n, l.text, v, l.text, v))
	}
	return out
}

func hospitalsOf(t *testing.T, p page) []string {
	var out []string
	for _, l := range p {
		switch {
		case l.n < 267 || strings.HasPrefix(l.text, "Number of Ranked"):
		case strings.HasPrefix(l.text, "–"):
			out[len(out)-1] += " " + l.text
		default:
			out = append(out, fmt.Sprintf("%d|%s", l.n, l.text))
		}
		if strings.HasPrefix(l.text, "Number of Ranked") {
			break
		}
	}
	return out
}

func (b *Base) heldHospitals() []string {
	var out []string
	for i := range b.hospitals {
		out = append(out, fmt.Sprintf("%d|%s", b.hospitals[i].Line, b.hospitals[i].Name))
	}
	return out
}

// TestFoldRune holds the tables against what they are made of.
func TestFoldRune(t *testing.T) {
	t.Parallel()
	for r := range rune(0x11000) {
		want, ok := letterFold[r]
		if !ok {
			want = r
		}
		if got := FoldRune(r); got != want {
			t.Errorf("%q is %q, wanted %q", r, got, want)
		}
	}
}
