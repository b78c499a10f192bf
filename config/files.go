package config

import (
	"cmp"
	"embed"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// files are the shipped data files.
//
//go:embed *.yaml all:locales all:knowledge
var files embed.FS

// Files returns the shipped data files, each overridden by the file of the
// same path in the folder overrideDir, if that has one; empty: none is.
// Folders are merged. A file there that exists and cannot be read is an error,
// never passed over for the shipped one.
func Files(overrideDir string) fs.FS {
	if overrideDir == "" {
		return files
	}
	return overlay{upper: os.DirFS(overrideDir), lower: files, dir: overrideDir}
}

// overlay is a read-only file system of two layers.
type overlay struct {
	upper, lower fs.FS
	dir          string
}

// Open opens the upper file or, where there is none, the lower one. A folder
// lists the files of both.
func (o overlay) Open(name string) (fs.File, error) {
	f, err := o.upper.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return o.lower.Open(name)
	}
	if err != nil {
		return nil, o.describe(name, err)
	}
	info, err := f.Stat()
	if err != nil || !info.IsDir() {
		return f, o.describe(name, err)
	}
	entries, err := o.ReadDir(name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &mergedDir{File: f, entries: entries}, nil
}

// ReadDir lists a folder of both layers, sorted by name.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	upper, err := fs.ReadDir(o.upper, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, o.describe(name, err)
	}
	lower, lowerErr := fs.ReadDir(o.lower, name)
	if lowerErr != nil && (err != nil || !errors.Is(lowerErr, fs.ErrNotExist)) {
		return nil, lowerErr
	}
	seen := map[string]bool{}
	var merged []fs.DirEntry
	for _, e := range append(upper, lower...) {
		// Mounted folders hold hidden entries that are no data files.
		if !seen[e.Name()] && !strings.HasPrefix(e.Name(), ".") {
			merged = append(merged, e)
		}
		seen[e.Name()] = true
	}
	slices.SortFunc(merged, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return merged, nil
}

// describe names the folder on disk in an error; nil stays nil.
func (o overlay) describe(name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: "open", Path: path.Join(o.dir, name), Err: errors.New(reason(err))}
}

// mergedDir is an open folder of an overlay.
type mergedDir struct {
	fs.File
	entries []fs.DirEntry
}

// ReadDir returns the next n entries, or all that are left when n <= 0.
func (d *mergedDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(d.entries)
	} else if len(d.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.entries))
	list := d.entries[:n]
	d.entries = d.entries[n:]
	return list, nil
}
