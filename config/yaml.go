package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// document is a YAML file being read strictly: unknown keys, duplicate keys,
// wrong types and missing values are all reported, each with its line. The
// library's own strict decoder stops at the first.
type document struct {
	file string
	// lines tells the line of every key and list item that was read.
	lines    map[string]int
	anchors  map[string]ast.Node
	depth    int
	problems Problems
}

// readYAML reads src into the struct that into points to, over what is there
// already. Lists are replaced, structs and maps merged.
func readYAML(file string, src []byte, into any) *document {
	d := &document{file: file, lines: map[string]int{}, anchors: map[string]ast.Node{}}
	tree, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			d.addAt(syntax.GetToken().Position.Line, "", "syntax", "is not YAML: "+syntax.GetMessage())
		} else {
			d.addAt(0, "", "syntax", "is not YAML")
		}
		return d
	}
	var bodies []ast.Node
	for _, doc := range tree.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
	case 1:
		d.read("", bodies[0], reflect.ValueOf(into).Elem())
	default:
		d.addAt(line(bodies[1]), "", "syntax", "holds more than one document")
	}
	return d
}

func line(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

func (d *document) add(n ast.Node, path, code, format string, args ...any) {
	d.addAt(line(n), path, code, fmt.Sprintf(format, args...))
}

func (d *document) addAt(line int, path, code, text string) {
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Key: path, Code: code, Text: text})
}

// addPath reports a problem of a value by its path, at the line of the nearest
// part of the path that stands in the file.
func (d *document) addPath(path, code, text string) {
	d.addAt(d.lineOf(path), path, code, text)
}

func (d *document) lineOf(path string) int {
	for p := path; p != ""; {
		if l, ok := d.lines[p]; ok {
			return l
		}
		p = p[:max(strings.LastIndexAny(p, ".["), 0)]
	}
	return 0
}

// maxNesting stops aliases that contain themselves.
const maxNesting = 50

func (d *document) read(path string, n ast.Node, v reflect.Value) {
	if d.depth++; d.depth > maxNesting {
		d.add(n, path, "syntax", "is nested too deeply")
	}
	defer func() { d.depth-- }()
	if d.depth > maxNesting {
		return
	}
	switch node := n.(type) {
	case *ast.AnchorNode:
		d.anchors[node.Name.GetToken().Value] = node.Value
		d.read(path, node.Value, v)
		return
	case *ast.AliasNode:
		target, ok := d.anchors[node.Value.GetToken().Value]
		if !ok {
			d.add(n, path, "syntax", "refers to an anchor that is not set before")
			return
		}
		d.read(path, target, v)
		return
	case *ast.TagNode:
		d.add(n, path, "wrong_type", "has a type tag; write the plain value")
		return
	case *ast.NullNode:
		d.add(n, path, "no_value", `has no value; write "" for an empty text or leave the key out`)
		return
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	_, isText := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr())
	switch {
	case isText:
		d.scalar(path, n, v)
	case v.Kind() == reflect.Struct:
		d.mapping(path, n, func(name string, key, value ast.Node) { d.field(path, name, key, value, v) })
	case v.Kind() == reflect.Map:
		d.mapping(path, n, func(name string, _, value ast.Node) {
			item := reflect.New(v.Type().Elem()).Elem()
			d.read(join(path, name), value, item)
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), item)
		})
	case v.Kind() == reflect.Slice:
		d.list(path, n, v)
	default:
		d.scalar(path, n, v)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// mapping calls each for every key of n, once per name.
func (d *document) mapping(path string, n ast.Node, each func(name string, key, value ast.Node)) {
	var entries []*ast.MappingValueNode
	switch node := n.(type) {
	case *ast.MappingNode:
		entries = node.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{node}
	default:
		d.add(n, path, "wrong_type", "must be a group of keys, not %s", describe(n))
		return
	}
	seen := map[string]int{}
	for _, e := range entries {
		if e.Key.IsMergeKey() {
			d.add(e.Key, path, "unknown_key", "merge keys (<<) are not supported")
			continue
		}
		name := e.Key.GetToken().Value
		full := join(path, name)
		if first, again := seen[name]; again {
			d.add(e.Key, full, "duplicate_key", "stands twice, first in line %d", first)
			continue
		}
		seen[name] = line(e.Key)
		d.lines[full] = line(e.Key)
		each(name, e.Key, e.Value)
	}
}

func (d *document) field(path, name string, keyNode, value ast.Node, v reflect.Value) {
	var known []string
	for i := range v.NumField() {
		f := v.Type().Field(i)
		tag := f.Tag.Get("yaml")
		if !f.IsExported() || tag == "" || tag == "-" {
			continue
		}
		if tag == name {
			d.read(join(path, name), value, v.Field(i))
			return
		}
		known = append(known, tag)
	}
	hint := didYouMean(name, known)
	if hint == "" {
		hint = "; known here: " + strings.Join(known, ", ")
	}
	d.add(keyNode, join(path, name), "unknown_key", "is not a known key%s", hint)
}

// list reads a sequence, or a single value as a list of one.
func (d *document) list(path string, n ast.Node, v reflect.Value) {
	values := []ast.Node{n}
	if seq, ok := n.(*ast.SequenceNode); ok {
		values = seq.Values
	} else if v.Type().Elem().Kind() == reflect.Struct {
		d.add(n, path, "wrong_type", "must be a list, not %s", describe(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(values), len(values))
	for i, value := range values {
		item := path + "[" + strconv.Itoa(i) + "]"
		d.lines[item] = line(value)
		if first := firstKey(value); first != nil {
			d.lines[item] = line(first)
		}
		d.read(item, value, list.Index(i))
	}
	v.Set(list)
}

func firstKey(n ast.Node) ast.Node {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return m.Values[0].Key
	}
	return nil
}

func (d *document) scalar(path string, n ast.Node, v reflect.Value) {
	var text string
	switch node := n.(type) {
	case *ast.StringNode:
		text = node.Value
	case *ast.LiteralNode:
		text = node.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		text = strings.TrimSpace(n.GetToken().Value)
	default:
		d.add(n, path, "wrong_type", "must be a single value, not %s", describe(n))
		return
	}
	if err := setText(v, text); err != nil {
		d.add(n, path, "wrong_type", "%s", err)
	}
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a group of keys"
	case *ast.SequenceNode:
		return "a list"
	default:
		return "a single value"
	}
}
