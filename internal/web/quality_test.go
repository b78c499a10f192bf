package web_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"naru/internal/naru"
	"naru/templates"
)

// Tools from npm, each version pinned. The first run on a machine fetches them
// and keeps them in the user's folder for caches, under their versions.
const (
	axeTool        = "axe-core@4.14.1"
	vnuTool        = "vnu-jar@26.9.27"
	lighthouseTool = "lighthouse@12.8.2"
)

var tools struct {
	sync.Mutex
	have map[string]error
}

// TestMain ends the browser.
func TestMain(m *testing.M) {
	// The browser and the checkers leave gaps that other tests fill.
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	closeBrowser()
	os.Exit(code)
}

// npmTool fetches a package, unless that was done before, and returns its
// folder.
func npmTool(name string) (string, error) {
	caches, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	base, _, _ := strings.Cut(name, "@")
	kept := filepath.Join(caches, "naru-tests", name)
	tools.Lock()
	defer tools.Unlock()
	err, known := tools.have[name]
	if !known {
		if _, missing := os.Stat(kept); missing != nil {
			err = fetchTool(name, kept)
		}
		if tools.have == nil {
			tools.have = map[string]error{}
		}
		tools.have[name] = err
	}
	return filepath.Join(kept, "node_modules", base), err
}

// fetchTool installs a package beside the folder where it is to be kept and then
// moves it there, so that what is kept is always whole.
func fetchTool(name, kept string) error {
	if err := os.MkdirAll(filepath.Dir(kept), 0o750); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(kept), "fetching-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	command := exec.Command("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", fresh, name)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	err = os.Rename(fresh, kept)
	if _, other := os.Stat(kept); other == nil {
		return nil // another test program was faster
	}
	return err
}

// vnu runs the Nu HTML checker and returns the errors it finds.
func vnu(t *testing.T, arguments ...string) []string {
	t.Helper()
	java, err := exec.LookPath("java")
	if err != nil {
		missing(t, "java")
	}
	dir, err := npmTool(vnuTool)
	if err != nil {
		missing(t, vnuTool)
	}
	jar := filepath.Join(dir, "build", "dist", "vnu.jar")
	// It runs too short for its own best code and garbage collector to pay.
	out, err := exec.CommandContext(t.Context(), java, append([]string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m", "-jar", jar, "--errors-only", "--format", "json", "--stdout", "--exit-zero-always"}, arguments...)...).Output()
	if err != nil {
		t.Fatalf("vnu: %v", err)
	}
	var report struct {
		Messages []struct {
			URL, Message, Extract string
			LastLine              int
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("vnu: %v: %.300s", err, out)
	}
	var found []string
	for _, m := range report.Messages {
		found = append(found, fmt.Sprintf("%s:%d: %s: %.150s", filepath.Base(m.URL), m.LastLine, m.Message, m.Extract))
	}
	return found
}

// Every page of every language, errors and what comes after sending included,
// is HTML as the standard has it.
func TestPagesAreValidHTML(t *testing.T) {
	t.Parallel()
	where, dir := program(t, nil), t.TempDir()
	plain := regexp.MustCompile(`[^A-Za-z0-9-]+`)
	n := 0
	for _, language := range naru.Languages {
		for what, s := range everyPage(t, where, language) {
			n++
			name := plain.ReplaceAllString(language+" "+what, "_") + ".html"
			if err := os.WriteFile(filepath.Join(dir, name), []byte(s.body), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	docs := newReader(where, "en").open(t, "/docs")
	if err := os.WriteFile(filepath.Join(dir, "docs.html"), []byte(docs.body), 0o600); err != nil {
		t.Fatal(err)
	}
	if n < 9*25 {
		t.Errorf("%d pages", n)
	}
	for _, problem := range vnu(t, dir) {
		t.Error(problem)
	}
}

// The style sheets have no rule that browsers do not know.
func TestStyleSheetsAreValid(t *testing.T) {
	t.Parallel()
	files, err := templates.FS("")
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "static/*.css")
	if err != nil || len(names) < 4 {
		t.Fatalf("%v, %v", names, err)
	}
	dir := t.TempDir()
	for _, name := range names {
		css, err := fs.ReadFile(files, name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(name)), css, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// The checker is older than container queries (CSS Containment 3).
	for _, problem := range vnu(t, "--css", "--filterpattern", `.*(container-type|at-rule.+@container).*`, dir) {
		t.Error(problem)
	}
}

// Lighthouse on the three pages that most people see first, as on a phone. How
// fast they are depends on the machine, and is not asked: only what decides it.
func TestLighthouse(t *testing.T) {
	t.Parallel()
	dir := lighthouseDir(t)
	where := program(t, nil)
	for _, path := range seenFirst {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			lighthouse(t, dir, where, path)
		})
	}
}

// BenchmarkLighthouse tells the score that Lighthouse gives to the speed of the
// same pages, of 100. A busy machine lowers it.
func BenchmarkLighthouse(b *testing.B) {
	dir := lighthouseDir(b)
	where := program(b, nil)
	for _, path := range seenFirst {
		b.Run(path, func(b *testing.B) {
			best := 0.0
			for range b.N {
				if score := runLighthouse(b, dir, where, path, "--only-categories=performance").Categories["performance"].Score; score != nil {
					best = max(best, *score)
				}
			}
			b.ReportMetric(best*100, "performance")
		})
	}
}

// seenFirst are the pages that Lighthouse looks at.
var seenFirst = []string{"/en/", "/en/patient", "/ko/chat"}

// lighthouseDir is where Lighthouse is kept.
func lighthouseDir(t testing.TB) string {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		missing(t, chromium)
	}
	dir, err := npmTool(lighthouseTool)
	if err != nil {
		missing(t, lighthouseTool)
	}
	return dir
}

// lighthouseReport is what of its report is looked at.
type lighthouseReport struct {
	// Score is nil where an audit could not be made.
	Categories map[string]struct{ Score *float64 }
	Audits     map[string]struct {
		NumericValue float64
		ErrorMessage string
	}
}

// failed are the audits that could not be made, as on a machine that is too busy
// for them.
func (r lighthouseReport) failed() []string {
	var all []string
	for name, audit := range r.Audits {
		if audit.ErrorMessage != "" {
			all = append(all, name+": "+audit.ErrorMessage)
		}
	}
	return all
}

func lighthouse(t *testing.T, dir, where, path string) {
	t.Helper()
	judged := []string{"--only-categories=accessibility,best-practices,seo", "--only-audits=cumulative-layout-shift,total-byte-weight"}
	report := runLighthouse(t, dir, where, path, judged...)
	for range 2 {
		if len(report.failed()) > 0 {
			report = runLighthouse(t, dir, where, path, judged...)
		}
	}
	for _, failure := range report.failed() {
		t.Errorf("%s: %s", path, failure)
	}
	for category, least := range map[string]float64{"accessibility": 1, "best-practices": 1, "seo": 0.95} {
		if got := report.Categories[category].Score; got == nil || *got < least {
			t.Errorf("%s: %s is not %.2f at least", path, category, least)
		}
	}
	if shift := report.Audits["cumulative-layout-shift"].NumericValue; shift != 0 {
		t.Errorf("%s: the layout shifts by %g", path, shift)
	}
	if size := report.Audits["total-byte-weight"].NumericValue; size == 0 || size >= 60<<10 {
		t.Errorf("%s: %.0f bytes are loaded", path, size)
	}
}

func runLighthouse(t testing.TB, dir, where, path string, audits ...string) lighthouseReport {
	t.Helper()
	command := exec.CommandContext(t.Context(), "node", append([]string{
		filepath.Join(dir, "cli", "index.js"), where + path, "--quiet", "--form-factor=mobile", "--disable-full-page-screenshot", "--output=json",
		"--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-background-networking --user-data-dir=" + t.TempDir(),
	}, audits...)...)
	command.Env = append(os.Environ(), "CHROME_PATH="+chromium)
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: lighthouse: %v", path, err)
	}
	var report lighthouseReport
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return report
}
