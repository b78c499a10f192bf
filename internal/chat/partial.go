package chat

import (
	"slices"
)

// maxPartial is the number of institutions up to which a part of a name means
// them: more have only a common word in common.
const maxPartial = 5

// minPartial is the least number of letters of a part of a name.
const minPartial = 4

// partialNames finds the institution that a message names by some words of its
// name, in any order: "the fire station in Guro". What the institution is
// called besides must fit it: there is no hospital of that name. Items of the
// name become the institution; where several fit, it is all of them.
func (b *Bot) partialNames(lang string, items []item) []item {
	asked := false
	for i := range items {
		it := &items[i]
		asked = asked || it.has(word, "partner") || it.has(word, "agreement")
		if slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == "project" || s.kind == "institution" && !b.facts.owner[s.id] }) {
			return items
		}
	}
	if !asked {
		return items
	}
	var parts, kinds []int
	for i := range items {
		it := &items[i]
		switch n := len([]rune(it.text)); {
		case it.unknown && (n >= minPartial || n >= 2 && tight(scriptOf([]rune(it.text)[0]))):
			parts = append(parts, i)
		case it.unknown:
			return items
		case it.senses != nil && slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == "place" }):
			parts = append(parts, i)
		case slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == "type" }) || it.has(word, "hospital") || it.has(word, "school") || it.has(word, "university"):
			kinds = append(kinds, i)
		case it.has(word, "absent"), it.has(word, "overseas"), it.named() && !properName(it):
			return items
		}
	}
	if len(parts) == 0 || len(parts) > 4 {
		return items
	}
	if len(kinds) == 0 && !slices.ContainsFunc(parts, func(i int) bool { return items[i].unknown }) {
		return items // a place alone: all that lies there is asked for
	}
	ix, l := b.names[lang](), b.lexicon(lang)
	var found []sense
	for _, s := range ix.listed {
		n := ix.of[s]
		fits := func(i int) bool { return n.names(items[i].text, l) }
		typed := func(i int) bool {
			return fits(i) || slices.ContainsFunc(items[i].senses, func(s sense) bool { return s.kind == "type" && slices.Contains(n.types, s.id) })
		}
		if !slices.ContainsFunc(parts, func(i int) bool { return !fits(i) }) && !slices.ContainsFunc(kinds, func(i int) bool { return !typed(i) }) {
			found = append(found, s)
		}
	}
	shown := slices.DeleteFunc(slices.Clone(found), func(s sense) bool {
		return slices.ContainsFunc(parts, func(i int) bool { return !ix.of[s].shown.names(items[i].text, l) })
	})
	if len(shown) > 0 {
		found = shown
	}
	if len(shown) == 0 && !slices.ContainsFunc(parts, func(i int) bool { return items[i].unknown }) {
		return items // where one lies is not told, only what it is called
	}
	if len(found) == 0 || len(found) > maxPartial {
		return items
	}
	for _, i := range append(parts, kinds...) {
		items[i].become("fn")
	}
	name := &items[parts[0]]
	name.senses, name.guessed = found, len(found) == 1
	return items
}

// inCountry reads a name that is another's in the country said beside it: the
// National Cancer Center of Korea, and that of Mongolia.
func (b *Bot) inCountry(lang string, items []item) []item {
	var name, place *item
	country := ""
	for i := range items {
		it := &items[i]
		for _, s := range it.senses {
			switch {
			case s.kind == "institution" && name != nil && name != it, s.kind == "country" && place != nil && place != it:
				return items
			case s.kind == "institution" && !b.facts.owner[s.id]:
				name = it
			case s.kind == "country":
				place, country = it, s.id
			case s.kind == word && s.id == "korean" && place == nil:
				place, country = it, korea
			}
		}
	}
	if name == nil || place == nil || name == place || slices.ContainsFunc(name.senses, func(s sense) bool { return s.kind != "institution" || b.facts.countryOf[s.id] == country }) {
		return items
	}
	ix, l := b.names[lang](), b.lexicon(lang)
	var found []sense
	for _, s := range ix.listed {
		if b.facts.countryOf[s.id] == country && ix.of[s].names(name.text, l) {
			found = append(found, s)
		}
	}
	if len(found) == 1 {
		name.senses = found
		place.become("fn")
	}
	return items
}
