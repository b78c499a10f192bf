package chat

import (
	"slices"
	"strings"
)

// longestName is the number of words on either side of a name that may be a part
// of it.
const longestName = 24

// nearName is the number of runes that may stand between the parts of a name:
// a space and a bracket.
const nearName = 3

// apposed explains the words beside the name of an institution or a project
// that only repeat or translate it: "KIST (Korea Institute of Science and
// Technology)", "Viện Khoa học Cơ bản Hàn Quốc (Korea Basic Science
// Institute)", "Dr. LEE Jong-wook". They are words of one of its names, or, where
// one stands in brackets beside the other, words that no lexicon knows next to
// those that names are built of. Nothing else is explained away.
func (b *Bot) apposed(message, lang string, items []item) []item {
	if !slices.ContainsFunc(items, func(it item) bool { return properName(&it) }) {
		return items
	}
	if !slices.ContainsFunc(items, func(it item) bool { return !properName(&it) && foreign(&it) }) {
		return items
	}
	ix := b.names[lang]()
	brackets := bracketsOf(message, b.lexicon(lang).marks)
	for i := range items {
		if !properName(&items[i]) {
			continue
		}
		for _, dir := range []int{-1, 1} {
			appose(items, i, dir, ix, brackets)
		}
	}
	return items
}

// foreign tells whether an item may keep a question from being answered,
// though it is only a part of a name.
func foreign(it *item) bool {
	if it.unknown || it.guessed || it.has(word, "absent") {
		return true
	}
	return slices.ContainsFunc(it.senses, func(s sense) bool {
		switch s.kind {
		case "place", "organ", "continent", "region", "ord", "type", "topic":
			return true
		}
		return false
	})
}

// appose explains what stands on one side of the name at i.
func appose(items []item, i, dir int, ix *nameIndex, brackets [][2]int) {
	var known []*nameWords
	for _, s := range items[i].senses {
		if n := ix.of[s]; n != nil {
			known = append(known, n)
		}
	}
	inside := within(brackets, items[i].typed[0])
	var pending []int // words that count only if brackets make them a name
	crossed, unknown, generic := false, false, false
	last := i
chain:
	for k := i + dir; k >= 0 && k < len(items) && (k-i)*dir <= longestName; k += dir {
		it, before := &items[k], &items[last]
		if gap(before, it, dir) > nearName {
			break
		}
		if in := within(brackets, it.typed[0]); in != inside {
			if crossed && in < 0 && inside >= 0 || crossed && in >= 0 {
				break // out of the brackets on the other side
			}
			crossed, inside = true, in
		}
		switch {
		case sameName(it, &items[i]):
		case foreign(it) && slices.ContainsFunc(known, func(n *nameWords) bool {
			return n.holds(it.text) || it.unknown && gap(before, it, dir) == 1 && n.clips(it.text)
		}):
			it.become("fn")
			generic = true
		case it.unknown:
			unknown = true
			pending = append(pending, k)
		case nameWord(it):
			generic = true
			pending = append(pending, k)
		case linking[it.text], crossed && it.has(word, "fn"):
		default:
			break chain
		}
		last = k
	}
	if crossed && unknown && generic {
		for _, k := range pending {
			items[k].become("fn")
		}
	}
}

// gap is the number of runes between two neighbouring items.
func gap(a, b *item, dir int) int {
	if dir < 0 {
		a, b = b, a
	}
	return b.typed[0] - a.typed[1]
}

// become makes a plain word of an item.
func (it *item) become(id string) {
	it.unknown, it.guessed, it.number, it.span = false, false, nil, 0
	it.senses = []sense{{word, id}}
}

// linking are words inside names that carry no meaning, in all languages.
var linking = map[string]bool{
	"of": true, "the": true, "and": true, "for": true, "的": true, "の": true, "と": true, "和": true, "与": true, "의": true, "및": true,
	"и": true, "ба": true, "мен": true, "және": true, "و": true, "في": true, "và": true, "của": true,
}

// sameName tells whether two items name the same thing.
func sameName(a, b *item) bool {
	return slices.ContainsFunc(a.senses, func(s sense) bool {
		return (s.kind == "institution" || s.kind == "project") && slices.Contains(b.senses, s)
	})
}

// bracketsOf finds what stands in brackets, as stretches of the folded text.
func bracketsOf(message string, marks bool) [][2]int {
	var out [][2]int
	for from := 0; ; {
		i := strings.IndexAny(message[from:], "(（[")
		if i < 0 {
			return out
		}
		open := from + i
		end := strings.IndexAny(message[open:], ")）]")
		if end < 0 {
			end = len(message) - open
		}
		from = open + max(end, 1)
		out = append(out, [2]int{len(fold(message[:open], marks)), len(fold(message[:open+end], marks))})
	}
}

// within gives the number of the brackets around a position, or -1.
func within(brackets [][2]int, at int) int {
	return slices.IndexFunc(brackets, func(b [2]int) bool { return at >= b[0] && at < b[1] })
}

// properName tells whether an item names an institution or a project.
func properName(it *item) bool {
	for _, s := range it.senses {
		if s.kind == "institution" || s.kind == "project" {
			return true
		}
	}
	return false
}

// nameWord tells whether an item may be a part of an institution's name.
func nameWord(it *item) bool {
	if it.unknown {
		return true
	}
	for _, s := range it.senses {
		switch {
		case s.kind == "type", s.kind == "topic", s.kind == "place", s.kind == "country" && s.id == korea:
			return true
		case s.kind == word && (s.id == "korean" || s.id == "institution" || s.id == "hospital" || s.id == "school"):
			return true
		}
	}
	return false
}
