// Package templates holds everything that people see as files: mails in mail/,
// pages in web/, pictures in chart/, and what pages load in static/. The files
// are embedded, and each can be replaced, without building anything, by a file of the same name
// in a folder on disk.
//
// A replacing file is read when it is opened: programs that parse templates
// once at their start see changes at their next start. The file systems
// returned are safe for concurrent use.
package templates

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed chart mail web static
var embedded embed.FS

// Overlay is the embedded files with those of a folder on disk in front.
type Overlay struct {
	dir  string // empty: no folder
	disk fs.FS
}

var (
	_ fs.ReadDirFS  = (*Overlay)(nil)
	_ fs.ReadFileFS = (*Overlay)(nil)
)

// FS returns the embedded files, each replaced by the file of the same name
// under dir where there is one. An empty dir replaces nothing. A folder that is
// missing, or files in it that would replace nothing (a misspelt name), are an
// error that names each.
func FS(dir string) (*Overlay, error) {
	o := &Overlay{dir: dir}
	if dir == "" {
		return o, nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("templates folder: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("templates folder: %s is not a folder", dir)
	}
	o.disk = os.DirFS(dir)
	var problems []error
	err = fs.WalkDir(o.disk, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(entry.Name(), ".") && name != ".":
			if entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir():
			if _, err := fs.Stat(embedded, name); err != nil {
				problems = append(problems, fmt.Errorf("%s replaces no template%s", o.Origin(name), suggestion(name)))
			}
		}
		return nil
	})
	if err := errors.Join(append(problems, err)...); err != nil {
		return nil, fmt.Errorf("templates folder: %w", err)
	}
	return o, nil
}

// suggestion names the embedded file in another folder or with another case
// that may have been meant.
func suggestion(name string) string {
	found := ""
	_ = fs.WalkDir(embedded, ".", func(other string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.EqualFold(path.Base(other), path.Base(name)) {
			found = fmt.Sprintf(" (%s exists)", other)
		}
		return nil
	})
	return found
}

// Origin says where the file comes from, for messages about it: its path on
// disk, or its name followed by "(built in)".
func (o *Overlay) Origin(name string) string {
	if o.disk != nil {
		if _, err := fs.Stat(o.disk, name); err == nil {
			return filepath.Join(o.dir, filepath.FromSlash(name))
		}
	}
	return name + " (built in)"
}

// Open opens the replacing file, or the embedded one.
func (o *Overlay) Open(name string) (fs.File, error) {
	if o.disk != nil {
		f, err := o.disk.Open(name)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return embedded.Open(name)
}

// ReadFile reads the replacing file, or the embedded one.
func (o *Overlay) ReadFile(name string) ([]byte, error) {
	if o.disk != nil {
		b, err := fs.ReadFile(o.disk, name)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return b, err
		}
	}
	return embedded.ReadFile(name)
}

// ReadDir lists the embedded folder: a replacing folder adds no names.
func (o *Overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := embedded.ReadDir(name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") }), err
}
