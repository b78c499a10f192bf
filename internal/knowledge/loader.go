package knowledge

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// document is one parsed YAML file.
type document struct {
	file string
	root *ast.MappingNode // nil when the file is absent, empty or broken; a problem is then reported
	// outline is set in place of root for files of names that are written plainly.
	outline []OutlineSection
}

// loader reads the knowledge files and collects every problem instead of stopping at the first.
type loader struct {
	fsys     fs.FS
	docs     map[string]*document
	mu       sync.Mutex // guards problems while files are parsed in parallel
	problems Problems
}

func (l *loader) add(file string, line int, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.problems = append(l.problems, Problem{File: file, Line: line, Message: fmt.Sprintf(format, args...)})
}

// addYAML reports a parse or decode error at the line its token stands on.
func (l *loader) addYAML(file string, line int, err error) {
	if ye, ok := errors.AsType[yaml.Error](err); ok {
		if tk := ye.GetToken(); tk != nil && tk.Position != nil {
			line = tk.Position.Line
		}
		l.add(file, line, "%s", ye.GetMessage())
		return
	}
	l.add(file, line, "%s", err)
}

// parseAll parses the named files in parallel.
func (l *loader) parseAll(files []string) {
	docs := make([]document, len(files))
	var wg sync.WaitGroup
	for i, file := range files {
		wg.Go(func() { docs[i] = l.parse(file) })
	}
	wg.Wait()
	l.docs = make(map[string]*document, len(files))
	for i := range docs {
		l.docs[docs[i].file] = &docs[i]
	}
}

func (l *loader) parse(file string) document {
	doc := document{file: file}
	text, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		l.add(file, 0, "cannot be read: %v", err)
		return doc
	}
	if strings.HasPrefix(file, "names/") {
		if o, ok := Outline(text); ok {
			doc.outline = o
			return doc
		}
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		l.addYAML(file, 0, err)
		return doc
	}
	if len(tree.Docs) != 1 {
		l.add(file, 0, "holds %d YAML documents, wanted one", len(tree.Docs))
		return doc
	}
	switch body := tree.Docs[0].Body.(type) {
	case *ast.MappingNode:
		doc.root = body
	default:
		l.add(file, 1, "is not a mapping of keys to values")
	}
	return doc
}

// outline gives the sections of a file of names, however it was read.
func (l *loader) outline(file string) []OutlineSection {
	doc := l.docs[file]
	if doc == nil || doc.root == nil {
		if doc == nil {
			return nil
		}
		return doc.outline
	}
	out := make([]OutlineSection, 0, len(doc.root.Values))
	for _, v := range doc.root.Values {
		s := OutlineSection{Key: keyOf(v), Line: lineOf(v.Key)}
		if kindSections[s.Key] == "" {
			s.Value = l.scalar(file, v.Value)
		} else {
			for _, e := range l.mapping(file, v.Value) {
				s.Entries = append(s.Entries, OutlineEntry{Key: keyOf(e), Value: l.scalar(file, e.Value), Line: lineOf(e.Key)})
			}
		}
		out = append(out, s)
	}
	return out
}

// mapping gives the entries of a mapping node in file order.
func (l *loader) mapping(file string, node ast.Node) []*ast.MappingValueNode {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	case *ast.NullNode:
		return nil
	}
	l.add(file, lineOf(node), "wanted a mapping of keys to values")
	return nil
}

func lineOf(node ast.Node) int {
	if node == nil || node.GetToken() == nil || node.GetToken().Position == nil {
		return 0
	}
	return node.GetToken().Position.Line
}

// lineOfItem gives the first line of a mapping: the token of a mapping node is its first colon.
func lineOfItem(node ast.Node) int {
	switch n := node.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return lineOf(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return lineOf(n.Key)
	}
	return lineOf(node)
}

func keyOf(v *ast.MappingValueNode) string {
	if n, ok := v.Key.(*ast.StringNode); ok {
		return n.Value
	}
	return strings.Trim(v.Key.String(), `"'`)
}

// scalar gives the text of a scalar node. Plain strings, by far the most, are read without a decoder.
func (l *loader) scalar(file string, node ast.Node) string {
	if n, ok := node.(*ast.StringNode); ok {
		return n.Value
	}
	var s string
	if err := yaml.NodeToValue(node, &s, yaml.Strict()); err != nil {
		l.addYAML(file, lineOf(node), err)
	}
	return s
}

// decode fills v from a node, refusing unknown keys.
func (l *loader) decode(file string, node ast.Node, v any) bool {
	if err := yaml.NodeToValue(node, v, yaml.Strict()); err != nil {
		l.addYAML(file, lineOfItem(node), err)
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
	doc := l.docs[file]
	var h header
	if doc == nil || doc.root == nil {
		return nil, h
	}
	var list []ast.Node
	for _, v := range doc.root.Values {
		switch keyOf(v) {
		case "source":
			h.Source = l.scalar(file, v.Value)
		case "section":
			h.Section = l.scalar(file, v.Value)
		case "scope":
			h.Scope = Scope(l.scalar(file, v.Value))
		case "series":
			h.Series = l.scalar(file, v.Value)
		case "unit":
			h.Unit = l.scalar(file, v.Value)
		case "records":
			seq, ok := v.Value.(*ast.SequenceNode)
			if !ok {
				l.add(file, lineOf(v.Key), "records is not a list")
				continue
			}
			list = seq.Values
		default:
			l.add(file, lineOf(v.Key), "unknown key %q", keyOf(v))
		}
	}
	out := make([]T, 0, len(list))
	for _, node := range list {
		var rec T
		if !l.decode(file, node, &rec) {
			continue
		}
		p := prov(&rec)
		p.file, p.at = file, lineOfItem(node)
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
