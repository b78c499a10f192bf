// Package arch checks the rules that hold the packages apart: who may import
// whom, and what every source file must not contain. It has no code of its
// own but tests.
package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "naru"

// allowed names for each package the packages of this module that its code,
// tests aside, may import. Imports point downwards: use cases know the domain
// and declare the stores they need; only app and cmd see everything and the
// configuration as a whole. A new package takes a line here.
var allowed = map[string][]string{
	"internal/naru":       {},
	"internal/outline":    {},
	"internal/knowledge":  {"internal/naru", "internal/outline"},
	"internal/locale":     {"internal/naru", "internal/outline"},
	"internal/calendar":   {"internal/naru"},
	"internal/keyring":    {"internal/naru"},
	"internal/routing":    {"internal/naru", "internal/calendar"},
	"internal/intake":     {"internal/naru", "internal/locale"},
	"internal/casefile":   {"internal/naru"},
	"internal/lazy":       {},
	"internal/typeset":    {"internal/outline"},
	"internal/chart":      {"internal/knowledge", "internal/lazy"},
	"internal/chat":       {"internal/naru", "internal/knowledge", "internal/lazy", "internal/locale", "internal/outline"},
	"internal/llm":        {},
	"internal/store":      {"internal/naru"},
	"internal/queue":      {"internal/naru"},
	"internal/mail":       {"internal/naru", "internal/locale"},
	"internal/telemetry":  {"internal/naru"},
	"internal/server":     {"internal/bucket", "internal/naru", "internal/locale", "internal/telemetry"},
	"internal/api":        {"internal/naru", "internal/locale", "internal/telemetry", "internal/server", "internal/intake", "internal/casefile", "internal/chat", "internal/knowledge", "internal/lazy"},
	"internal/bucket":     {},
	"internal/guard":      {"internal/bucket"},
	"internal/web":        {"internal/naru", "internal/typeset", "internal/guard", "internal/locale", "internal/telemetry", "internal/server", "internal/intake", "internal/casefile", "internal/chat", "internal/knowledge", "internal/lazy"},
	"workers/relay":       {"internal/naru"},
	"workers/mailer":      {"internal/naru", "internal/mail", "internal/queue"},
	"workers/housekeeper": {"internal/naru"},
	"workers/alarm":       {"internal/naru", "internal/mail"},
	"config":              {"internal/naru", "internal/calendar", "internal/routing", "internal/keyring"},
	"templates":           {},
	// Test support: started by tests, never linked into the program.
	"internal/store/pgtest":    {},
	"internal/store/storetest": {"internal/naru", "internal/store", "internal/store/pgtest"},
}

// everything may import any package: the composition root and the program.
var everything = []string{"internal/app", "cmd/naru"}

func TestImportsPointDownwards(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, file := range sources(t) {
		dir := path.Dir(file.path)
		seen[dir] = true
		if file.test || slices.Contains(everything, dir) {
			continue
		}
		permitted, known := allowed[dir]
		if !known {
			t.Errorf("%s: package %s has no line in allowed", file.path, dir)
			continue
		}
		for _, spec := range file.ast.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			inside, ours := strings.CutPrefix(imported, module+"/")
			if ours && !slices.Contains(permitted, inside) {
				t.Errorf("%s imports %s, which package %s may not", file.path, imported, dir)
			}
		}
	}
	for dir := range allowed {
		if !seen[dir] {
			t.Errorf("allowed names %s, which does not exist", dir)
		}
	}
}

// The domain is plain values: it must not come to depend on any library.
func TestDomainUsesTheStandardLibraryOnly(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		if path.Dir(file.path) != "internal/naru" || file.test {
			continue
		}
		for _, spec := range file.ast.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
				t.Errorf("%s imports %s", file.path, imported)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, file := range sources(t) {
		dir := path.Dir(file.path)
		documented[dir] = documented[dir] || file.ast.Doc != nil
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package %s has no comment", dir)
		}
	}
}

// Package state and init functions hide what a program depends on.
func TestNoInitFunctions(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		for _, decl := range file.ast.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function", file.path)
			}
		}
	}
}

// Waiting for a time instead of a condition makes tests slow and flaky.
func TestTestsDoNotSleep(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		// In a synctest bubble the clock is not the machine's.
		if !file.test || slices.ContainsFunc(file.ast.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"testing/synctest"` }) {
			continue
		}
		ast.Inspect(file.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "time" && call.Sel.Name == "Sleep" {
				t.Errorf("%s: sleeps at byte %d", file.path, call.Pos())
			}
			return true
		})
	}
}

// Only these may stand at the top of the repository.
func TestTopLevelHoldsNothingElse(t *testing.T) {
	t.Parallel()
	permitted := []string{"cmd", "internal", "workers", "templates", "config", "go.mod", "go.sum", "docker-compose.yml", "README.md"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		// naru-data is what the program makes when it is tried out here.
		if !strings.HasPrefix(name, ".") && name != "naru-data" && name != "naru" && !slices.Contains(permitted, name) {
			t.Errorf("%s stands at the top of the repository", name)
		}
	}
}

const root = "../.."

type source struct {
	// path is relative to the root of the repository, with slashes.
	path string
	ast  *ast.File
	test bool
}

// sources parses every Go file of the repository.
func sources(t *testing.T) []source {
	t.Helper()
	var files []source
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "naru-data") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		files = append(files, source{filepath.ToSlash(relative), parsed, strings.HasSuffix(name, "_test.go")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d Go files found below %s", len(files), root)
	}
	return files
}
