package locale

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// placeholder is the only template action that texts may use. Anything more
// would be code that translators have to keep in step in nine files.
var placeholder = regexp.MustCompile(`\{\{\.([A-Z][A-Za-z0-9]*)\}\}`)

// placeholderNames returns the names used in the text, sorted, each once, and
// false when the text has braces that are not a placeholder.
func placeholderNames(text string) ([]string, bool) {
	if !strings.Contains(text, "{{") {
		return nil, !strings.Contains(text, "}}")
	}
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	rest := placeholder.ReplaceAllString(text, "")
	return slices.Compact(names), !strings.Contains(rest, "{{") && !strings.Contains(rest, "}}")
}

// placeholders is the parser given to go-i18n in place of text/template: it
// knows placeholders only, never fails, and never prints "<no value>".
type placeholders struct{}

// Cacheable lets go-i18n keep the parsed text.
func (placeholders) Cacheable() bool { return true }

// Parse splits the text at its placeholders. The delimiters are fixed.
func (placeholders) Parse(text, _, _ string) (template.ParsedTemplate, error) {
	var p parsed
	at := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		p = append(p, segment{text: text[at:m[0]], name: text[m[2]:m[3]]})
		at = m[1]
	}
	return append(p, segment{text: text[at:]}), nil
}

// segment is literal text followed by a placeholder; the last one has none.
type segment struct{ text, name string }

type parsed []segment

// Key is an argument that is itself a text of the catalogue: the placeholder
// is filled with that text in the same language.
type Key string

// Size is an argument in bytes, written as Bytes does.
type Size int64

// arguments are the values of the placeholders and the language to write them
// in.
type arguments struct {
	values map[string]any
	texts  *texts
}

// Execute fills the placeholders from data, which is always arguments.
func (p parsed) Execute(data any) (string, error) {
	args, ok := data.(arguments)
	if !ok {
		return "", fmt.Errorf("fill placeholders: unexpected %T", data)
	}
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.text)
		if s.name != "" {
			b.WriteString(args.value(s.name))
		}
	}
	return b.String(), nil
}

func (a arguments) value(name string) string {
	switch v := a.values[name].(type) {
	case nil:
		return ""
	case string:
		return v
	case Key:
		if e, ok := a.texts.messages[string(v)]; ok {
			return e.other
		}
		return string(v)
	case Size:
		return a.texts.bytes(int64(v))
	case int:
		return a.texts.number(int64(v))
	case int64:
		return a.texts.number(v)
	default:
		return fmt.Sprint(v)
	}
}
