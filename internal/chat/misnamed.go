package chat

import (
	"slices"

	"naru/internal/knowledge"
)

// treating are the kinds of bodies that may be called hospitals.
var treating = []string{"hospital", "health-center", "medical-school", "military"}

// treats tells whether an institution may be called a hospital, as one may of
// which the kind is not known.
func (b *Bot) treats(id string) bool {
	e, ok := b.base.Entity(knowledge.Ref{Kind: knowledge.Institution, ID: id})
	return !ok || len(e.Types) == 0 || slices.ContainsFunc(e.Types, func(t string) bool { return slices.Contains(treating, t) })
}

// misnamed finds loose names that are said of a hospital where none is listed:
// the hospital of Gunma is not the college of Gunma. The word for it stands
// beside the name, particles apart; the name is unknown then.
func (b *Bot) misnamed(lang string, items []item) []item {
	for i := range items {
		it := &items[i]
		if len(it.senses) != 1 || it.senses[0].kind != string(knowledge.Institution) {
			continue
		}
		e, ok := b.base.Entity(knowledge.Ref{Kind: knowledge.Institution, ID: it.senses[0].id})
		if !ok || b.treats(e.ID) ||
			!slices.ContainsFunc(e.Names[knowledge.LanguageIndex(lang)].Loose, func(name string) bool { return knowledge.Fold(name) == it.text }) {
			continue
		}
		for _, dir := range []int{-1, 1} {
			k := i + dir
			for k >= 0 && k < len(items) && items[k].has(word, "fn") && len(items[k].senses) == 1 {
				k += dir
			}
			if k >= 0 && k < len(items) && items[k].has(word, "hospital") && !items[k].has(word, "university") {
				it.senses, it.unknown = nil, true
				break
			}
		}
	}
	return items
}
