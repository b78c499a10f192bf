package chat

import (
	"slices"
	"strings"

	"naru/internal/knowledge"
)

// minScrambled is the least number of words of a name that is recognised in
// another order: of fewer there are too many.
const minScrambled = 3

// maxScrambled is the number of items up to which a name is looked for.
const maxScrambled = 12

// scrambled finds the institution all of whose name's words stand together in
// another order: "Institute Science and Technology of Korea". No word may be
// missing, and none may be more, but for small ones.
func (b *Bot) scrambled(lang string, items []item) []item {
	if len(items) > maxContent {
		return items
	}
	ix := b.names[lang]()
	parts := make([][]string, len(items)) // nil where no name has such words
	for i := range items {
		if w := significant(items[i].text); items[i].number == nil && !slices.ContainsFunc(w, func(w string) bool { return !ix.ofAnyOrder[w] }) {
			parts[i] = w
		}
	}
	for from := range items {
		if len(parts[from]) == 0 {
			continue
		}
		var words []string
		var named []sense // what a part of the window already means
		var found sense
		last := -1
		for to := from; to < len(items) && to < from+maxScrambled; to++ {
			it := &items[to]
			if parts[to] == nil || it.typed[1] <= it.typed[0] {
				break
			}
			words = append(words, parts[to]...)
			if properName(it) {
				named = append(named, it.senses...)
			}
			if len(words) < minScrambled {
				continue
			}
			if s := ix.anyOrder[orderless(words)]; len(s) == 1 && (named == nil || slices.Contains(named, s[0])) {
				found, last = s[0], to
			}
		}
		if last > from {
			name := items[from]
			name.become("fn")
			name.to, name.typed[1], name.senses = items[last].to, items[last].typed[1], []sense{found}
			return slices.Concat(items[:from], []item{name}, items[last+1:])
		}
	}
	return items
}

// significant gives the words of a stretch but for those that join the words of
// a name.
func significant(text string) []string {
	return slices.DeleteFunc(strings.Fields(strings.ReplaceAll(text, string(hyphen), " ")), func(w string) bool { return linking[w] || w == "in" })
}

// orderless writes words so that their order does not count.
func orderless(words []string) string {
	sorted := slices.Clone(words)
	slices.Sort(sorted)
	return strings.Join(sorted, " ")
}

// addAnyOrder enters the names of an institution by their words.
func (ix *nameIndex) addAnyOrder(id string, names []string, marks bool) {
	s := sense{string(knowledge.Institution), id}
	for _, name := range names {
		words := significant(string(fold(name, marks)))
		if len(words) < minScrambled {
			continue
		}
		for _, w := range words {
			ix.ofAnyOrder[w] = true
		}
		if key := orderless(words); !slices.Contains(ix.anyOrder[key], s) {
			ix.anyOrder[key] = append(ix.anyOrder[key], s)
		}
	}
}
