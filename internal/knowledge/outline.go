package knowledge

import "strings"

// OutlineSection is a key on the first level of a file: a text, or entries.
type OutlineSection struct {
	Key, Value string
	Line       int // from 1
	Entries    []OutlineEntry
}

// OutlineEntry is a key on the second level with its text.
type OutlineEntry struct {
	Key, Value string
	Line       int // from 1
}

// Outline reads the part of YAML in which names and lexicons are written: keys on two levels, texts plain, in double
// quotes without escapes, or folded by ">-". It exists because these files are large and a YAML parser spends most of
// the start on them. Whatever it does not know, or finds twice, makes it report false: then the file is for the YAML
// parser, which also names faults.
func Outline(data []byte) ([]OutlineSection, bool) {
	var out []OutlineSection
	seen, inner := map[string]bool{}, map[string]bool{}
	lines := strings.Split(string(data), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		text := strings.TrimLeft(line, " ")
		if text == "" || text[0] == '#' {
			continue
		}
		indent, number := len(line)-len(text), i+1
		colon := strings.IndexByte(text, ':')
		for colon > 0 && colon+1 < len(text) && text[colon+1] != ' ' {
			next := strings.IndexByte(text[colon+1:], ':')
			if next < 0 {
				return nil, false
			}
			colon += 1 + next
		}
		if colon <= 0 || indent != 0 && indent != 2 || !plainKey(text[:colon]) {
			return nil, false
		}
		key, value := text[:colon], strings.TrimSpace(text[colon+1:])
		section := indent == 0
		switch {
		case value == "" && section:
		case value == ">-":
			folded, next, ok := foldedText(lines, i+1, indent)
			if !ok {
				return nil, false
			}
			value, i = folded, next-1
		default:
			var ok bool
			if value, ok = scalarText(value); !ok {
				return nil, false
			}
		}
		if section {
			if seen[key] {
				return nil, false
			}
			seen[key] = true
			clear(inner)
			out = append(out, OutlineSection{Key: key, Value: value, Line: number})
			continue
		}
		if len(out) == 0 || out[len(out)-1].Value != "" || inner[key] {
			return nil, false
		}
		inner[key] = true
		last := &out[len(out)-1]
		last.Entries = append(last.Entries, OutlineEntry{Key: key, Value: value, Line: number})
	}
	return out, len(out) > 0
}

func plainKey(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && (i == 0 || c != '-' && c != '_' && c != '.' && c != ':') {
			return false
		}
	}
	return s != ""
}

// scalarText reads a text on one line.
func scalarText(s string) (string, bool) {
	switch {
	case len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' && !strings.ContainsAny(s[1:len(s)-1], `"\`):
		return s[1 : len(s)-1], true
	case s == "" || s == "~" || strings.EqualFold(s, "null") || strings.ContainsRune("[]{}&*!|>%@`\"'#,?", rune(s[0])):
		return "", false
	case strings.HasPrefix(s, "- "), strings.Contains(s, ": "), strings.Contains(s, " #"), strings.HasSuffix(s, ":"), strings.ContainsRune(s, '\t'):
		return "", false
	}
	return s, true
}

// foldedText joins the lines of a folded block that begins at from; next is the line after it.
func foldedText(lines []string, from, parent int) (text string, next int, ok bool) {
	var parts []string
	indent := 0
	for next = from; next < len(lines); next++ {
		line := lines[next]
		own := len(line) - len(strings.TrimLeft(line, " "))
		if strings.TrimSpace(line) == "" {
			// Blank lines inside a block make breaks; at the file's end they do not count.
			return strings.Join(parts, " "), next, len(parts) > 0 && strings.TrimSpace(strings.Join(lines[next:], "")) == ""
		}
		if own <= parent {
			break
		}
		if indent == 0 {
			indent = own
		}
		if own != indent {
			return "", 0, false
		}
		parts = append(parts, strings.TrimRight(line[indent:], " "))
	}
	return strings.Join(parts, " "), next, len(parts) > 0
}
