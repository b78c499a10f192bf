package mail

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"reflect"
	"strconv"
	"strings"
	"text/template/parse"
)

// texter is a view that says texts in the language of its mail.
type texter interface {
	T(key string, pairs ...string) (string, error)
}

// textOf takes the arguments of what an action writes: a field, a function of ours
// and a text, or T with texts.
func textOf(args []parse.Node, t reflect.Type) (func(reflect.Value) (string, error), error) {
	if name, ok := args[0].(*parse.FieldNode); ok && len(args) > 1 && len(name.Ident) == 1 && name.Ident[0] == "T" && t.Implements(reflect.TypeFor[texter]()) {
		var texts []func(reflect.Value) (string, error)
		for _, arg := range args[1:] {
			text, err := oneText(arg, t)
			if err != nil {
				return nil, err
			}
			texts = append(texts, text)
		}
		return func(dot reflect.Value) (string, error) {
			said := make([]string, len(texts))
			for i, text := range texts {
				var err error
				if said[i], err = text(dot); err != nil {
					return "", err
				}
			}
			return dot.Interface().(texter).T(said[0], said[1:]...)
		}, nil
	}
	if name, ok := args[0].(*parse.IdentifierNode); ok && len(args) == 2 {
		function, ok := functions[name.Ident].(func(string) string)
		text, err := oneText(args[1], t)
		if !ok || err != nil {
			return nil, errNoPlan
		}
		return func(dot reflect.Value) (string, error) {
			s, err := text(dot)
			return function(s), err
		}, nil
	}
	if len(args) != 1 {
		return nil, errNoPlan
	}
	kind, got, err := field(args[0], t)
	if err != nil {
		return nil, err
	}
	said, err := stringOf(kind)
	return func(dot reflect.Value) (string, error) {
		v, err := got(dot)
		if err != nil {
			return "", err
		}
		return said(v), nil
	}, err
}

// oneText takes a node that is a constant or a field of type string.
func oneText(node parse.Node, t reflect.Type) (func(reflect.Value) (string, error), error) {
	if constant, ok := node.(*parse.StringNode); ok {
		return func(reflect.Value) (string, error) { return constant.Text, nil }, nil
	}
	kind, got, err := field(node, t)
	if err != nil || kind != reflect.TypeFor[string]() {
		return nil, errNoPlan
	}
	return func(dot reflect.Value) (string, error) {
		v, err := got(dot)
		if err != nil {
			return "", err
		}
		return v.String(), nil
	}, nil
}

// stringOf is how templates print values of a type.
func stringOf(t reflect.Type) (func(reflect.Value) string, error) {
	switch {
	case t.PkgPath() == reflect.TypeFor[htmltemplate.HTML]().PkgPath(), t.Implements(reflect.TypeFor[error]()), t.Kind() == reflect.Pointer:
		return nil, errNoPlan
	case t.Implements(reflect.TypeFor[fmt.Stringer]()):
		return func(v reflect.Value) string {
			if v.CanAddr() {
				v = v.Addr() // rather than a copy
			}
			return v.Interface().(fmt.Stringer).String()
		}, nil
	case reflect.PointerTo(t).Implements(reflect.TypeFor[fmt.Stringer]()):
		return nil, errNoPlan
	case t.Kind() == reflect.String:
		return reflect.Value.String, nil
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return func(v reflect.Value) string { return strconv.FormatInt(v.Int(), 10) }, nil
	}
	return nil, errNoPlan
}

// escaper is what the rest of a pipe makes of a text: it writes that, or reports
// false and leaves this text to the templates.
func escaper(cmds []*parse.CommandNode) (func(*bytes.Buffer, string) bool, error) {
	var names []string
	for _, cmd := range cmds {
		name, ok := cmd.Args[0].(*parse.IdentifierNode)
		if !ok || len(cmd.Args) != 1 {
			return nil, errNoPlan
		}
		names = append(names, strings.TrimPrefix(name.Ident, "_html_template_"))
	}
	filtered := false
	switch strings.Join(names, " ") {
	case "":
		return func(w *bytes.Buffer, s string) bool {
			w.WriteString(s)
			return true
		}, nil
	case "htmlescaper", "attrescaper", "rcdataescaper":
		return escapeText, nil
	case "urlfilter urlnormalizer attrescaper":
		filtered = true
	case "urlnormalizer attrescaper":
	default:
		return nil, errNoPlan
	}
	return func(w *bytes.Buffer, s string) bool {
		return (!filtered || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")) && !strings.ContainsFunc(s, escapedInURL) && escapeText(w, s)
	}, nil
}

// escapedInURL tells what html/template may change in an address of the web or of
// mail: all but what is reserved or stands for itself there.
func escapedInURL(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~/:?=&@+", r)
}

// htmlEntities are what html/template writes for what could end a text or an
// attribute in quotes.
var htmlEntities = [256]string{0: "\uFFFD", '"': "&#34;", '&': "&amp;", '\'': "&#39;", '+': "&#43;", '<': "&lt;", '>': "&gt;"}

func escapeText(w *bytes.Buffer, s string) bool {
	start := 0
	for i := range len(s) {
		if entity := htmlEntities[s[i]]; entity != "" {
			w.WriteString(s[start:i])
			w.WriteString(entity)
			start = i + 1
		}
	}
	w.WriteString(s[start:])
	return true
}
