package knowledge

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/goccy/go-yaml"

	"naru/internal/outline"
)

// loader reads the knowledge files and collects every problem instead of stopping at the first.
type loader struct {
	fsys     fs.FS
	docs     map[string]*outline.Node // nil when the file is absent or broken; a problem is then reported
	mu       sync.Mutex               // guards problems while files are read in parallel
	problems Problems
}

func (l *loader) add(file string, line int, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.problems = append(l.problems, Problem{File: file, Line: line, Message: fmt.Sprintf(format, args...)})
}

// addFault reports an error of reading or decoding at the line where it stands.
func (l *loader) addFault(file string, err error) {
	line := 0
	if e, ok := errors.AsType[*outline.Error](err); ok {
		l.add(file, e.Line, "%s", e.Message)
		return
	}
	if ye, ok := errors.AsType[yaml.Error](err); ok {
		if tk := ye.GetToken(); tk != nil && tk.Position != nil {
			line = tk.Position.Line
		}
		l.add(file, line, "%s", ye.GetMessage())
		return
	}
	l.add(file, line, "%s", err)
}

// parseAll reads the named files in parallel.
func (l *loader) parseAll(files []string) {
	docs := make([]*outline.Node, len(files))
	var wg sync.WaitGroup
	for i, file := range files {
		wg.Go(func() { docs[i] = l.parse(file) })
	}
	wg.Wait()
	l.docs = make(map[string]*outline.Node, len(files))
	for i, file := range files {
		l.docs[file] = docs[i]
	}
}

func (l *loader) parse(file string) *outline.Node {
	text, err := outline.ReadText(l.fsys, file)
	if err != nil {
		l.add(file, 0, "cannot be read: %v", err)
		return nil
	}
	root, err := outline.Read(text)
	if err != nil {
		l.addFault(file, err)
		return nil
	}
	return root
}

// entries gives the top-level entries of a file.
func (l *loader) entries(file string) []outline.Node {
	if doc := l.docs[file]; doc != nil {
		return doc.Items
	}
	return nil
}

// mapping gives the entries of a mapping in file order.
func (l *loader) mapping(file string, n *outline.Node) []outline.Node {
	if n.Kind != outline.Mapping && n.Kind != outline.Null {
		l.add(file, n.Line, "wanted a mapping of keys to values")
		return nil
	}
	return n.Items
}

// scalar gives a text.
func (l *loader) scalar(file string, n *outline.Node) string {
	if n.Kind != outline.Text && n.Kind != outline.Null {
		l.add(file, n.Line, "wanted a text")
	}
	return n.Value
}

// decode fills v from a node, refusing unknown keys.
func (l *loader) decode(file string, n *outline.Node, v any) bool {
	if err := n.Decode(v); err != nil {
		l.addFault(file, err)
		return false
	}
	return true
}

// header holds what the records of one file share.
type header struct {
	Source  string
	Section string
	Scope   Scope  // of agreements
	Series  string // of statistics
	Unit    string // of statistics
}

// records decodes the "records" of a file one by one, so that a fault in one does not hide the others.
func records[T any](l *loader, file string, prov func(*T) *Provenance) ([]T, header) {
	var h header
	var list []outline.Node
	entries := l.entries(file)
	for i := range entries {
		switch v := &entries[i]; v.Key {
		case "source":
			h.Source = l.scalar(file, v)
		case "section":
			h.Section = l.scalar(file, v)
		case "scope":
			h.Scope = Scope(l.scalar(file, v))
		case "series":
			h.Series = l.scalar(file, v)
		case "unit":
			h.Unit = l.scalar(file, v)
		case "records":
			if v.Kind != outline.List {
				l.add(file, v.Line, "records is not a list")
				continue
			}
			list = v.Items
		default:
			l.add(file, v.Line, "unknown key %q", v.Key)
		}
	}
	out := make([]T, 0, len(list))
	for i := range list {
		var rec T
		if !l.decode(file, &list[i], &rec) {
			continue
		}
		p := prov(&rec)
		p.file, p.at = file, list[i].Line
		if p.Source == "" {
			p.Source = h.Source
		}
		if p.Section == "" {
			p.Section = h.Section
		}
		out = append(out, rec)
	}
	return out, h
}
