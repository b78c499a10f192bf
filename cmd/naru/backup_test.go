package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWriteNewKeepsWritersApart starts to write a file anew, as a clock's second
// run does, while it is still being written: each result is whole, and a part
// left behind by others is neither used nor lends its mode.
func TestWriteNewKeepsWritersApart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "backup.gz")
	if err := os.WriteFile(path+".part", []byte("left behind"), 0o644); err != nil {
		t.Fatal(err)
	}
	late := strings.Repeat("late", 1<<20)
	_, err := writeNew(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, late[:len(late)/2]); err != nil {
			return err
		}
		_, early := writeNew(path, func(w io.Writer) error {
			_, err := io.WriteString(w, "early")
			return err
		})
		if written, err := os.ReadFile(path); err != nil || string(written) != "early" {
			t.Errorf("the first to end wrote %d bytes, %v", len(written), err)
		}
		_, rest := io.WriteString(w, late[len(late)/2:])
		return errors.Join(early, rest)
	})
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(path)
	if err != nil || string(written) != late {
		t.Errorf("%d bytes, want %d; %v", len(written), len(late), err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	failing := errors.New("no more")
	if _, err := writeNew(path+".2", func(io.Writer) error { return failing }); !errors.Is(err, failing) {
		t.Errorf("error %v", err)
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 2 {
		t.Errorf("files %v, %v", left, err)
	}
}
