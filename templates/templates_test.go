package templates

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestOverlay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "mail/team.html", "ours")
	write(t, dir, ".git/config", "not a template")
	write(t, dir, "mail/.team.html.swp", "nor this")
	o, err := FS(dir)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := o.ReadFile("mail/team.html"); err != nil || string(b) != "ours" {
		t.Errorf("replaced file: %q, %v", b, err)
	}
	if b, err := fs.ReadFile(o, "mail/team.txt"); err != nil || len(b) == 0 {
		t.Errorf("embedded file: %q, %v", b, err)
	}
	if got := o.Origin("mail/team.html"); got != filepath.Join(dir, "mail", "team.html") {
		t.Errorf("Origin of a replaced file = %q", got)
	}
	if got := o.Origin("mail/team.txt"); got != "mail/team.txt (built in)" {
		t.Errorf("Origin of an embedded file = %q", got)
	}
	if _, err := o.Open("mail/none.html"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := o.Open("../templates.go"); err == nil {
		t.Error("a file outside is opened")
	}
	entries, err := fs.ReadDir(o, "mail")
	if err != nil || len(entries) < 5 {
		t.Errorf("ReadDir = %v, %v", entries, err)
	}
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	o, err := FS("")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(o, "mail/team.html", "web/catcher.html", "static/catcher.css"); err != nil {
		t.Error(err)
	}
}

func TestOverlayProblems(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "mail/taem.html", "x")
	write(t, dir, "team.html", "x")
	_, err := FS(dir)
	if err == nil {
		t.Fatal("files that replace nothing are accepted")
	}
	for _, want := range []string{filepath.Join(dir, "mail", "taem.html") + " replaces no template", filepath.Join(dir, "team.html") + " replaces no template (mail/team.html exists)"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	if _, err := FS(filepath.Join(dir, "none")); err == nil {
		t.Error("a missing folder is accepted")
	}
	if _, err := FS(filepath.Join(dir, "team.html")); err == nil {
		t.Error("a file is accepted as a folder")
	}
}
