package locale

import (
	"fmt"
	"slices"
	"strings"
)

// cutPlaceholder cuts a text before and after its first placeholder {{.Name}},
// the only template action that texts may use: anything more would be code that
// translators have to keep in step in nine files. Where there is none, name is
// empty and before the whole text.
func cutPlaceholder(text string) (before, name, after string) {
	const begin, end = "{{.", "}}"
	for at := 0; ; at++ {
		next := strings.Index(text[at:], begin)
		if next < 0 {
			return text, "", ""
		}
		at += next
		rest := text[at+len(begin):]
		if n := nameLength(rest); n > 0 && strings.HasPrefix(rest[n:], end) {
			return text[:at], rest[:n], rest[n+len(end):]
		}
	}
}

// nameLength is the length of the name that a text begins with: a capital
// letter, then letters and digits.
func nameLength(text string) int {
	for i := range len(text) {
		c := text[i]
		if capital := c >= 'A' && c <= 'Z'; !capital && (i == 0 || (c < 'a' || c > 'z') && (c < '0' || c > '9')) {
			return i
		}
	}
	return len(text)
}

// placeholderNames returns the names used in the text, sorted, each once, and
// false when the text has braces that are not a placeholder.
func placeholderNames(text string) ([]string, bool) {
	if !strings.Contains(text, "{{") {
		return nil, !strings.Contains(text, "}}")
	}
	var names []string
	var rest strings.Builder
	for text != "" {
		before, name, after := cutPlaceholder(text)
		if rest.WriteString(before); name != "" {
			names = append(names, name)
		}
		text = after
	}
	slices.Sort(names)
	return slices.Compact(names), !strings.Contains(rest.String(), "{{") && !strings.Contains(rest.String(), "}}")
}

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

// in fills the placeholders of a text.
func (a arguments) in(text string) string { return fillIn(text, a.value) }

// fillIn puts the value of its name in place of each placeholder of a text.
func fillIn(text string, value func(name string) string) string {
	before, name, after := cutPlaceholder(text)
	if name == "" {
		return text
	}
	var b strings.Builder
	b.Grow(2 * len(text))
	for ; name != ""; before, name, after = cutPlaceholder(after) {
		b.WriteString(before)
		b.WriteString(value(name))
	}
	b.WriteString(before)
	return b.String()
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
