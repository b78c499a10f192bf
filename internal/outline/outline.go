// Package outline reads the data files of the program, which are YAML, into
// plain trees of texts, and these into typed values.
//
// The files are large and plainly written, and a general YAML parser spends
// most of the start on them. So they are read by a reader of the part of YAML
// that they use: mappings and lists by indentation, lists and mappings in
// brackets on one line, texts plain, in quotes, or as blocks ("|", "|-", ">",
// ">-"), comments on lines of their own. Whatever it does not know makes it
// step back: then the YAML parser reads the file, which also names faults. Both
// make the same tree.
//
// Nothing here keeps state; all is safe for concurrent use. The texts of a tree
// share the memory of the file: whoever keeps few of many clones them.
package outline

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// Kind is what a Node is.
type Kind uint8

// The kinds of nodes. Null is a key without a value, or "~" or "null".
const (
	Null Kind = iota
	Text
	Mapping
	List
)

// Node is a value in a file. The zero Node is Null.
type Node struct {
	// Key is set for values of a mapping.
	Key string
	// Value is that of a Text.
	Value string
	// Items are those of a Mapping or List, in the order of the file.
	Items []Node
	// Line is where the key stands, without a key the value; it counts from 1.
	Line int
	Kind Kind
}

// Error is a fault in a value.
type Error struct {
	Line    int // from 1; 0 where it is unknown
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// ReadText returns the text of a file, for Read; it is copied only once.
func ReadText(fsys fs.FS, name string) (string, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	var text strings.Builder
	if info, err := file.Stat(); err == nil {
		text.Grow(int(info.Size()))
	}
	// In small portions: most files are small, and io.Copy takes 32 KiB for each.
	if _, err := io.CopyBuffer(&text, struct{ io.Reader }{file}, make([]byte, 4<<10)); err != nil {
		return "", err
	}
	return text.String(), nil
}

// Read reads the text of a file, whose root must be a mapping; an empty file is
// an empty one. Its error names the place of the fault.
func Read(text string) (*Node, error) {
	if n, ok := plain(text); ok {
		return n, nil
	}
	return slow(text)
}

// reader is the reader of plainly written files.
type reader struct {
	lines []line
	at    int
	// failed tells that something was met that it does not know.
	failed bool
}

// line is a line of the file without the spaces at its ends.
type line struct {
	indent int
	text   string
	// trailing tells that it had spaces at its end.
	trailing bool
}

// significant tells whether the line is neither empty nor a comment.
func (l line) significant() bool { return l.text != "" && l.text[0] != '#' }

// plain reads a file if it is plainly written.
func plain(text string) (*Node, bool) {
	if !printed(text) {
		return nil, false
	}
	r := &reader{lines: make([]line, 0, strings.Count(text, "\n")+1)}
	for s := range strings.SplitSeq(text, "\n") {
		bare := strings.TrimLeft(s, " ")
		text := strings.TrimRight(bare, " ")
		r.lines = append(r.lines, line{len(s) - len(bare), text, len(text) < len(bare) || bare == "" && s != ""})
	}
	root := Node{Kind: Mapping, Line: 1}
	if l := r.next(); l != nil {
		if l.indent != 0 || isItem(l.text) {
			return nil, false
		}
		root = r.block(0)
	}
	return &root, !r.failed && r.next() == nil
}

// printed tells whether a text is valid UTF-8, and has neither control characters,
// but for the ends of its lines, nor marks of byte order. It is far quicker than
// the library on letters of two and three bytes, of which the files consist.
func printed(text string) bool {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c >= ' ' && c < 0x80 || c == '\n':
			i++
			continue
		case c >= 0xC2 && c < 0xE0 && i+1 < len(text) && text[i+1]&0xC0 == 0x80:
			i += 2
			continue
		case c > 0xE0 && c < 0xEF && c != 0xED && i+2 < len(text) && text[i+1]&0xC0 == 0x80 && text[i+2]&0xC0 == 0x80:
			i += 3
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if size == 1 || r == '\ufeff' { // a control character or no character
			return false
		}
		i += size
	}
	return true
}

// next goes to the next significant line; it is nil at the end.
func (r *reader) next() *line {
	for ; r.at < len(r.lines); r.at++ {
		if r.lines[r.at].significant() {
			return &r.lines[r.at]
		}
	}
	return nil
}

func (r *reader) fail() Node {
	r.failed = true
	r.at = len(r.lines)
	return Node{}
}

func isItem(text string) bool { return text == "-" || strings.HasPrefix(text, "- ") }

// block reads the mapping or list whose lines have the indentation.
func (r *reader) block(indent int) Node {
	n := Node{Kind: Mapping, Line: r.at + 1}
	if isItem(r.lines[r.at].text) {
		n.Kind = List
	}
	for l := r.next(); l != nil && l.indent >= indent; l = r.next() {
		if l.indent > indent || isItem(l.text) != (n.Kind == List) {
			return r.fail()
		}
		if n.Kind == List {
			n.Items = append(n.Items, r.item(l))
			continue
		}
		key, rest, ok := cutKey(l.text)
		if !ok {
			return r.fail()
		}
		number := r.at + 1
		v := r.value(rest, indent)
		v.Key, v.Line = key, number
		n.Items = append(n.Items, v)
	}
	if repeated(n) {
		return r.fail()
	}
	return n
}

// item reads an item of a list: what follows the dash is a block of its own.
func (r *reader) item(l *line) Node {
	bare := strings.TrimLeft(l.text[1:], " ")
	if bare == "" || isItem(bare) {
		return r.fail()
	}
	if _, _, ok := cutKey(bare); ok && bare[0] != '{' && bare[0] != '[' {
		l.indent += len(l.text) - len(bare)
		l.text = bare
		return r.block(l.indent)
	}
	number := r.at + 1
	v := r.value(bare, l.indent)
	v.Line = number
	return v
}

// value reads the text after a key or a dash, which stands at an indentation,
// and the lines that belong to it.
func (r *reader) value(text string, indent int) Node {
	r.at++
	number := r.at
	switch text {
	case "":
		if l := r.next(); l != nil && l.indent > indent {
			return r.block(l.indent)
		}
		return Node{}
	case "|", "|-", ">", ">-":
		return r.lengthy(text, indent)
	}
	n, rest, ok := flow(text, 0)
	if !ok || rest != "" {
		return r.fail()
	}
	n.stand(number)
	return n
}

// stand sets the line of all that stands on one.
func (n *Node) stand(line int) {
	n.Line = line
	for i := range n.Items {
		n.Items[i].stand(line)
	}
}

// lengthy reads a text of several lines.
func (r *reader) lengthy(style string, parent int) Node {
	var out strings.Builder
	room := 0
	for _, l := range r.lines[r.at:] {
		if l.text != "" && l.indent <= parent {
			break
		}
		room += len(l.text) + 1
	}
	out.Grow(room)
	indent := -1
	for ; r.at < len(r.lines); r.at++ {
		l := r.lines[r.at]
		if l.trailing {
			return r.fail()
		}
		if l.text == "" {
			// Blank lines count only if the text goes on after them.
			after := r.at
			for after < len(r.lines) && r.lines[after].text == "" {
				if r.lines[after].trailing {
					return r.fail()
				}
				after++
			}
			if after == len(r.lines) || r.lines[after].indent <= parent {
				break
			}
			if indent < 0 || style[0] == '>' {
				return r.fail()
			}
			out.WriteString(strings.Repeat("\n", after-r.at))
			r.at = after - 1
			continue
		}
		if l.indent <= parent {
			break
		}
		if indent < 0 {
			indent = l.indent
		} else if style[0] == '>' {
			out.WriteByte(' ')
		}
		if l.indent < indent || l.indent > indent && style[0] == '>' {
			return r.fail()
		}
		out.WriteString(strings.Repeat(" ", l.indent-indent))
		out.WriteString(l.text)
		if style[0] == '|' {
			out.WriteByte('\n')
		}
	}
	text := out.String()
	switch {
	case indent < 0, r.at == len(r.lines): // nothing, or no end of the line
		return r.fail()
	case style == "|-":
		text = strings.TrimSuffix(text, "\n")
	case style == ">":
		text += "\n"
	}
	return Node{Kind: Text, Value: text}
}

// cutKey cuts a key and its colon off a line.
func cutKey(text string) (key, rest string, ok bool) {
	if text[0] == '"' {
		n, rest, ok := quoted(text)
		rest, colon := strings.CutPrefix(rest, ":")
		return n.Value, strings.TrimLeft(rest, " "), ok && colon && (rest == "" || rest[0] == ' ') && n.Value != ""
	}
	i := 0
	for ; i < len(text); i++ {
		c := text[i]
		if c == ':' && (i+1 == len(text) || text[i+1] == ' ') {
			return text[:i], strings.TrimLeft(text[i+1:], " "), i > 0 && text[:i] != "null"
		}
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c < 0x80 && (i == 0 || strings.IndexByte("-_.:/", c) < 0) {
			break
		}
	}
	return "", "", false
}
