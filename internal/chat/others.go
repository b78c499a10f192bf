package chat

import (
	"slices"

	"naru/internal/knowledge"
)

// others reads what a follow-up says of the rest, "the other countries?", "and
// the other projects?", as all of a kind but what the frame names: the figures
// of the others themselves, and of partners and projects those that are not
// where, or what, was spoken of. Where nothing is left out, or something else
// is named, the items are returned as they are.
func (b *Bot) others(f *frame, items []item) []item {
	at := slices.IndexFunc(items, func(it item) bool {
		return it.has(word, "rest") || it.has(word, "except") || f.Relation == relCancers && it.has(word, "overseas")
	})
	if at < 0 || slices.ContainsFunc(items, func(it item) bool { return naming(&it) != "" && naming(&it) != "number" }) {
		return items
	}
	said := func(ids ...string) bool {
		return slices.ContainsFunc(items, func(it item) bool {
			return slices.ContainsFunc(ids, func(id string) bool { return it.has(word, id) })
		})
	}
	kinds := b.othersOf(f, said)
	had := f.named(kinds)
	if len(had) == 0 {
		return items
	}
	var of []item
	if f.Relation == relAgreements || f.Relation == relProjects {
		of = []item{{senses: []sense{{word, "except"}}}}
		for _, s := range had {
			of = append(of, s.item())
		}
	} else {
		for _, s := range b.valuesOf(f.Relation, kinds[0]) {
			if !slices.ContainsFunc(had, func(h boundSense) bool { return h.ID == s.id }) {
				of = append(of, item{senses: []sense{s}})
			}
		}
	}
	if f.Relation == relProjects && !said("project") {
		of = append(of, item{senses: []sense{{word, "project"}}})
	}
	for i := range items {
		it := &items[i]
		counted := it.number != nil && !isYear(it) || it.hasKind("num")
		if i != at && !counted && !(it.has(word, "country") && f.Relation != relAgreements) {
			of = append(of, *it)
		}
	}
	return of
}

// afresh tells whether a message asks for the projects, how many or which there
// are, where only one of them was spoken of: then all of them are meant.
func (b *Bot) afresh(items []item, f *frame) bool {
	if f.Relation != relProjects {
		return false
	}
	has := func(ids ...string) bool {
		return slices.ContainsFunc(items, func(it item) bool {
			return slices.ContainsFunc(ids, func(id string) bool { return it.has(word, id) })
		})
	}
	if !has("project") || !has("count", "list", "all", "sum") || has("client", "scope", "rest", "except") || slices.ContainsFunc(items, func(it item) bool { return naming(&it) != "" }) {
		return false
	}
	of := f.named([]string{string(knowledge.Project)})
	if len(of) > 0 {
		return true
	}
	in := f.named([]string{string(knowledge.Country)})
	return len(in) == 1 && len(pickProjects(b.facts.projects, in[0].ID)) == 1
}

// pickProjects gives the projects in a country.
func pickProjects(all []*project, country string) (in []*project) {
	for _, p := range all {
		if slices.Contains(p.countries, country) {
			in = append(in, p)
		}
	}
	return in
}

// othersOf gives the kinds of which a message speaks of the rest, the first of
// them that of the figures.
func (b *Bot) othersOf(f *frame, said func(...string) bool) []string {
	country, continent := string(knowledge.Country), string(knowledge.Continent)
	switch kind := string(figureKind[f.Relation]); {
	case f.Relation == relCancers && said("country", "where", "overseas"):
		return []string{country}
	case f.Relation == relCancers && !said("cancer", "cancertypes"):
		return nil
	case kind != "":
		return []string{kind, "organ"}
	case f.Relation == relProjects && f.has(string(knowledge.Project)):
		return []string{string(knowledge.Project)}
	case f.Relation == relProjects, f.Relation == relAgreements && said("country", "where", "institution", "partner", "agreement"):
		return []string{country, continent}
	}
	return nil
}

// named gives what a frame names of some kinds. Of the countries Korea is named
// by its people, too.
func (f *frame) named(kinds []string) (out []boundSense) {
	for _, s := range f.Senses {
		switch {
		case s.Number != nil:
		case slices.Contains(kinds, s.Kind):
			out = append(out, s)
		case s.Kind == word && s.ID == "korean" && slices.Contains(kinds, string(knowledge.Country)):
			out = append(out, boundSense{Kind: string(knowledge.Country), ID: korea})
		}
	}
	return out
}

// valuesOf gives what the figures of a relation are of: the countries of which
// there are some, or the things themselves.
func (b *Bot) valuesOf(rel, kind string) (out []sense) {
	for _, fig := range b.facts.figures[rel] {
		id := fig.key
		if kind == string(knowledge.Country) {
			id = fig.country
		}
		if s := (sense{kind, id}); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// corrected drops what a message takes back of what was spoken of where it names
// another instead, "not 2018 but 2019", "lung, not stomach", and the words by
// which it only says that something was wrong.
func (f *frame) corrected(items []item) []item {
	names := slices.ContainsFunc(items, func(it item) bool { return naming(&it) != "" })
	if !names {
		return items
	}
	out := slices.Clone(items)
	drop := map[int]bool{}
	for i := range out {
		it := &out[i]
		switch {
		case len(it.senses) > 0 && !slices.ContainsFunc(it.senses, func(s sense) bool {
			return s != sense{word, "reworded"} && s != sense{word, "negated"} && s != sense{word, "fn"}
		}) && it.has(word, "reworded"):
			drop[i] = true
		case it.has(word, "negated"):
			step := 1
			if it.final {
				step = -1
			}
			k := i + step
			for k >= 0 && k < len(out) && (empty(out[k].senses) || out[k].has(word, "yearword")) {
				k += step
			}
			if k >= 0 && k < len(out) && f.holds(&out[k]) && f.replaced(out, k) {
				drop[i], drop[k] = true, true
			}
		}
	}
	if len(drop) == 0 {
		return items
	}
	kept := out[:0]
	for i := range out {
		if !drop[i] {
			kept = append(kept, out[i])
		}
	}
	return kept
}

// holds tells whether a frame names what an item names.
func (f *frame) holds(it *item) bool {
	return slices.ContainsFunc(f.Senses, func(old boundSense) bool {
		if isYear(it) {
			return old.Number != nil && old.Number.Year == it.number.year
		}
		return slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind != word && s.id == old.ID && slot(s) == slot(old.sense()) })
	})
}

// replaced tells whether another item names another thing of the same slot.
func (f *frame) replaced(items []item, at int) bool {
	for i := range items {
		if i != at && naming(&items[i]) != "" && naming(&items[i]) == naming(&items[at]) && !f.holds(&items[i]) {
			return true
		}
	}
	return false
}
