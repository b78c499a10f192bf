package web_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"naru/internal/naru"
	"naru/templates"
)

// Tools from npm, fetched while the tests run; each version is pinned.
const (
	axeTool        = "axe-core@4.14.1"
	vnuTool        = "vnu-jar@26.9.27"
	lighthouseTool = "lighthouse@12.8.2"
)

var tools struct {
	sync.Mutex
	dir  string
	have map[string]error
}

// TestMain removes what was fetched.
func TestMain(m *testing.M) {
	code := m.Run()
	closeBrowser()
	if tools.dir != "" {
		_ = os.RemoveAll(tools.dir) // a folder of the system's for such files
	}
	os.Exit(code)
}

// npmTool fetches a package once for all tests and returns its folder.
func npmTool(name string) (string, error) {
	tools.Lock()
	defer tools.Unlock()
	if tools.dir == "" {
		dir, err := os.MkdirTemp("", "naru-tools")
		if err != nil {
			return "", err
		}
		tools.dir, tools.have = dir, map[string]error{}
	}
	base, _, _ := strings.Cut(name, "@")
	prefix := filepath.Join(tools.dir, base)
	err, known := tools.have[name]
	if !known {
		command := exec.Command("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", prefix, name)
		if out, failed := command.CombinedOutput(); failed != nil {
			err = fmt.Errorf("%w: %s", failed, out)
		}
		tools.have[name] = err
	}
	return filepath.Join(prefix, "node_modules", base), err
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
	out, err := exec.CommandContext(t.Context(), java, append([]string{"-Xss4m", "-jar", jar, "--errors-only", "--format", "json", "--stdout", "--exit-zero-always"}, arguments...)...).Output()
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
// fast they are depends on the machine, and is told only: see -v.
func TestLighthouse(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(chromium); err != nil {
		missing(t, chromium)
	}
	dir, err := npmTool(lighthouseTool)
	if err != nil {
		missing(t, lighthouseTool)
	}
	where := program(t, nil)
	for _, path := range []string{"/en/", "/en/patient", "/ko/chat"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			lighthouse(t, dir, where, path)
		})
	}
}

func lighthouse(t *testing.T, dir, where, path string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "node", filepath.Join(dir, "cli", "index.js"), where+path, "--quiet", "--form-factor=mobile", "--disable-full-page-screenshot", "--output=json",
		"--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-background-networking --user-data-dir="+t.TempDir())
	command.Env = append(os.Environ(), "CHROME_PATH="+chromium)
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: lighthouse: %v", path, err)
	}
	var report struct {
		Categories map[string]struct{ Score float64 }
		Audits     map[string]struct {
			Title        string
			Score        *float64
			NumericValue float64
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	t.Logf("%s: performance %.0f, %.0f bytes", path, 100*report.Categories["performance"].Score, report.Audits["total-byte-weight"].NumericValue)
	for category, least := range map[string]float64{"accessibility": 1, "best-practices": 1, "seo": 0.95} {
		if got := report.Categories[category].Score; got < least {
			t.Errorf("%s: %s is %.2f, want %.2f", path, category, got, least)
		}
	}
	if shift := report.Audits["cumulative-layout-shift"].NumericValue; shift != 0 {
		t.Errorf("%s: the layout shifts by %g", path, shift)
	}
	if size := report.Audits["total-byte-weight"].NumericValue; size == 0 || size >= 60<<10 {
		t.Errorf("%s: %.0f bytes are loaded", path, size)
	}
}
