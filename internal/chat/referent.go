package chat

import (
	"slices"
	"strconv"
	"strings"

	"naru/internal/knowledge"
)

// about is a frame that asks about one thing of those an answer named: of the
// frame only its subject stays, and the country where the thing has a figure
// in several.
func (f *frame) about(ref boundSense) *frame {
	narrowed := &frame{Relation: f.Relation}
	for _, s := range f.Senses {
		switch k := slot(s.sense()); {
		case strings.HasPrefix(k, "topic:"), f.Relation == relCancers && k == "place":
			narrowed.Senses = append(narrowed.Senses, s)
		}
	}
	narrowed.Senses = append(narrowed.Senses, ref)
	return narrowed
}

// referents are the things an answer named, in its order, each once: what "the
// second one" can mean.
func (b *Bot) referents(q *query, a *answer) []boundSense {
	var refs []boundSense
	add := func(s boundSense) {
		if !slices.ContainsFunc(refs, func(r boundSense) bool {
			return r.Kind == s.Kind && r.ID == s.ID && (r.Number == nil || s.Number == nil || *r.Number == *s.Number)
		}) {
			refs = append(refs, s)
		}
	}
	for _, f := range a.facts {
		if f.Relation != q.Relation {
			continue
		}
		if _, place := b.base.Entity(knowledge.Ref{Kind: knowledge.Country, ID: f.Key}); place && q.Relation == relAgreements {
			add(boundSense{Kind: string(knowledge.Country), ID: f.Key})
		}
		if f.Derived {
			continue
		}
		key, _, _ := strings.Cut(f.Key, "/")
		switch q.Relation {
		case relAgreements:
			if id := b.facts.institutionOf[f.Key]; id != "" {
				add(boundSense{Kind: "institution", ID: id})
			}
		case relProjects:
			add(boundSense{Kind: "project", ID: key})
		case relHospitals:
			add(boundSense{Kind: "institution", ID: key})
		case relPatients:
			if y, err := strconv.Atoi(key); err == nil {
				add(boundSense{Number: &boundNumber{Value: float64(y), Year: y}})
			}
		default:
			add(boundSense{Kind: string(figureKind[q.Relation]), ID: key})
		}
	}
	return refs
}

// senseIn gives the meaning of an item in a relation or card.
func (b *Bot) senseIn(rel string, it *item) (sense, bool) {
	if len(it.senses) == 1 && it.senses[0].kind == word && everywhere[it.senses[0].id] {
		return sense{word, "fn"}, true
	}
	for _, r := range b.relations {
		if r.name == rel {
			s, _, ok := r.sense(it)
			return s, ok
		}
	}
	return sense{}, false
}

// there finds the reading of a message that asks another table about the place
// spoken of: "any projects there?" after the partners of a country. nil when
// the message is none.
func (b *Bot) there(message string, items []item, f *frame) []item {
	if f == nil || !b.acts.pointsThere(message) {
		return nil
	}
	var places []item
	for _, s := range f.Senses {
		if s.Number == nil && slot(s.sense()) == "place" && s.Kind != word {
			places = append(places, item{senses: []sense{s.sense()}})
		}
	}
	for i := range items {
		if items[i].named() || items[i].has(word, "rest") {
			return nil // "what other projects are there?"
		}
	}
	if c := b.homeOf(f); len(places) == 0 && c != "" && b.acts.pointsToCountry(message) {
		places = []item{{senses: []sense{{string(knowledge.Country), c}}}}
	}
	if len(places) == 0 {
		return nil
	}
	joined := append(slices.Clone(items), places...)
	if r := b.readings(joined); !complete(r) {
		return nil
	}
	return joined
}

// homeOf is the country under which the one institution of a frame is listed;
// empty when there is none, or more than one.
func (b *Bot) homeOf(f *frame) string {
	home := ""
	for _, s := range f.Senses {
		if s.Kind != string(knowledge.Institution) {
			continue
		}
		for _, a := range b.base.Agreements() {
			if a.Institution != s.ID || a.Country == "" || a.Country == home {
				continue
			}
			if home != "" {
				return ""
			}
			home = a.Country
		}
	}
	return home
}
