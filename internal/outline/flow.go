package outline

import "strings"

// flow reads a value that stands on one line; rest is what follows it. Depth
// counts the brackets around it.
func flow(text string, depth int) (n Node, rest string, ok bool) {
	switch {
	case text == "":
		return Node{}, "", false
	case text[0] == '"' || text[0] == '\'':
		n, rest, ok = quoted(text)
		return n, strings.TrimLeft(rest, " "), ok
	case text[0] == '[' || text[0] == '{':
		return bracketed(text, depth)
	case strings.IndexByte("]}&*!|>%@`#,?:", text[0]) >= 0, text[0] == '-' && (len(text) == 1 || text[1] == ' ' || text[1] == '-'):
		return Node{}, "", false
	}
	end := len(text)
	if depth > 0 {
		if end = strings.IndexAny(text, ",[]{}"); end < 0 || text[end] == '[' || text[end] == '{' {
			return Node{}, "", false
		}
	}
	value := strings.TrimRight(text[:end], " ")
	if strings.Contains(value, ": ") || strings.Contains(value, " #") || strings.HasSuffix(value, ":") || value == "" {
		return Node{}, "", false
	}
	n = Node{Kind: Text, Value: value}
	if value == "~" || len(value) == 4 && strings.EqualFold(value, "null") {
		n = Node{}
	}
	return n, text[end:], true
}

// bracketed reads a list or a mapping in brackets.
func bracketed(text string, depth int) (n Node, rest string, ok bool) {
	n.Kind = List
	end := byte(']')
	if text[0] == '{' {
		n.Kind, end = Mapping, '}'
	}
	text = strings.TrimLeft(text[1:], " ")
	for text != "" {
		if text[0] == end {
			return n, strings.TrimLeft(text[1:], " "), !repeated(n)
		}
		key := ""
		if n.Kind == Mapping {
			if key, text, ok = cutKey(text); !ok {
				return n, "", false
			}
		}
		var v Node
		if v, text, ok = flow(text, depth+1); !ok {
			return n, "", false
		}
		v.Key = key
		n.Items = append(n.Items, v)
		if text, ok = strings.CutPrefix(text, ","); ok {
			text = strings.TrimLeft(text, " ")
		} else if text == "" || text[0] != end {
			return n, "", false
		}
	}
	return n, "", false
}

// quoted reads a text in quotes; rest begins after them.
func quoted(text string) (n Node, rest string, ok bool) {
	quote := text[0]
	if end := strings.IndexByte(text[1:], quote) + 1; end > 0 {
		after := text[end+1:]
		plain := quote == '"' && strings.IndexByte(text[:end], '\\') < 0 || quote == '\'' && !strings.HasPrefix(after, "'")
		if plain {
			return Node{Kind: Text, Value: text[1:end]}, after, true
		}
	}
	var out strings.Builder
	for i := 1; i < len(text); i++ {
		c := text[i]
		switch {
		case c == quote && quote == '\'' && strings.HasPrefix(text[i+1:], "'"):
			i++
		case c == quote:
			return Node{Kind: Text, Value: out.String()}, text[i+1:], true
		case c == '\\' && quote == '"':
			if i++; i == len(text) {
				return n, "", false
			}
			switch text[i] {
			case '"', '\\', '/':
				c = text[i]
			case 'n':
				c = '\n'
			default:
				return n, "", false
			}
		}
		out.WriteByte(c)
	}
	return n, "", false
}

// repeated tells whether a mapping has a key twice.
func repeated(n Node) bool {
	if n.Kind != Mapping {
		return false
	}
	if len(n.Items) <= 8 {
		for i := range n.Items {
			for k := range i {
				if n.Items[i].Key == n.Items[k].Key {
					return true
				}
			}
		}
		return false
	}
	seen := make(map[string]struct{}, len(n.Items))
	for i := range n.Items {
		seen[n.Items[i].Key] = struct{}{}
	}
	return len(seen) < len(n.Items)
}
