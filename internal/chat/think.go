package chat

import (
	"context"
	"slices"

	"naru/internal/knowledge"
)

// think decides what to say.
func (b *Bot) think(ctx context.Context, message, lang string, st *state) (*answer, *state, *Explanation) {
	if questions := b.several(message, lang, st); questions != nil {
		how, next := explain(slices.Concat(questions...)), &state{}
		if a := b.safety(message, slices.Concat(questions...), how, lang, st); a != nil {
			next.Frame = st.Frame
			return a, next, how
		}
		if a := b.answerEach(questions, lang, st, next, how); a != nil {
			return a, next, how
		}
	}
	items := b.parse(message, lang)
	understood := complete(b.interpret(items, st.Frame))
	if !understood || crumbled(items) {
		if again := b.sounding(message, lang, items, st); again != nil {
			items, understood = again, true
		}
	}
	if !understood {
		if again := b.regrouped(message, lang, items, st); again != nil {
			items, understood = again, true
		}
	}
	if !understood || slices.ContainsFunc(items, func(it item) bool { return it.has(word, "family") }) && statistic(items) {
		if q := b.question(message, lang, st); q != nil {
			items = q
		} else if !understood {
			if q := b.tail(items, st); q != nil {
				items = q
			}
		}
	}
	how := explain(items)
	next := &state{}
	if a := b.safety(message, items, how, lang, st); a != nil {
		next.Frame = st.Frame
		return a, next, how
	}
	if a := b.step(message, how, lang, st, next); a != nil {
		return a, next, how
	}
	items = b.resume(message, lang, items, st)
	if a := b.small(message, items, how, lang, st, next); a != nil {
		return a, next, how
	}
	readings := b.interpret(items, st.Frame)
	if st.Frame != nil {
		if narrowed := st.Frame.narrow(items, st.Refs); narrowed != st.Frame && !b.afresh(items, st.Frame) {
			if about := b.follow(items, narrowed); complete(about) {
				readings = about
			}
		}
	}
	if !complete(readings) {
		if name := b.signs.smallTalk(message, lang); name != "" {
			next.Frame = st.Frame
			return b.smallTalk(name, lang), next, how
		}
		if a := b.answerFAQ(message, lang); a != nil {
			return a, next, how
		}
		if r := b.modelReading(ctx, message, items, how); r != nil {
			if a := b.answerReading(*r, lang, next); a.kind == KindAnswer {
				how.use(*r)
				return a, next, how
			}
			*next = state{}
		}
		a := b.declineFor(message, items, readings, how, lang)
		next.Frame = st.Frame
		next.Asked = askedHandoff
		return a, next, how
	}
	if a := b.clarify(readings, lang, next); a != nil {
		return a, next, how
	}
	best := readings[0]
	if len(best.query.named) > 0 {
		echo := b.echo(message, lang)
		for kind, it := range best.query.named {
			if typed := echo(it); typed != "" {
				best.query.Surface[kind] = typed
			}
			best.query.Surface[kind] = b.lexicon(lang).bareName(best.query.Surface[kind])
		}
	}
	how.use(best)
	a := b.answerReading(best, lang, next)
	if best.merged {
		next.Before = st.Frame
	}
	if a.kind == KindDecline {
		if published := b.answerFAQ(message, lang); published != nil {
			return published, &state{}, how
		}
	}
	return a, next, how
}

// listed tells whether one of the institutions has an agreement.
func (b *Bot) listed(ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return !b.facts.owner[id] && len(b.facts.byInstitution[id]) > 0 })
}

// answerReading executes a reading and keeps its frame.
func (b *Bot) answerReading(best reading, lang string, next *state) *answer {
	var a *answer
	switch {
	case best.card != nil:
		a = b.answerCard(best.card, lang)
	case best.query.Relation == relAgreements && b.rankedOnly(best.query):
		// Named without a list, and on that of the best hospitals alone.
		best.query.Relation, best.query.Words["ranked"] = relHospitals, true
		a = b.answerHospitals(best.query, lang)
	case best.query.Relation == relAgreements && b.clientOnly(best.query):
		best.query.Relation, best.query.Words["client"] = relProjects, true
		a = b.answerProjects(best.query, lang)
	case best.query.Relation == relAgreements:
		a = b.answerAgreements(best.query, lang)
	case best.query.Relation == relProjects:
		a = b.answerProjects(best.query, lang)
		if a.kind == KindDecline && !best.query.has("project", "client") && b.listed(best.query.ids("institution")) {
			// What is done together with a partner is the subject of the agreement.
			best.query.Relation, best.query.Words["subject"] = relAgreements, true
			a = b.answerAgreements(best.query, lang)
		}
	case best.query.Relation == relHospitals && b.partnersOnly(best.query):
		// "In the list" of what has an agreement and no place among the best.
		best.query.Relation = relAgreements
		a = b.answerAgreements(best.query, lang)
	case best.query.Relation == relHospitals:
		a = b.answerHospitals(best.query, lang)
	default:
		a = b.answerFigures(best.query, lang)
	}
	for _, g := range best.query.guessed {
		if len(g.senses) > 0 && a.kind == KindAnswer && g.senses[0].kind == "institution" {
			a.parts = append(a.parts, a.text("guessed", args{"Name": a.fullName(knowledge.Institution, g.senses[0].id)}))
			break
		}
	}
	next.Frame = best.query.frame()
	next.Rest = a.rest
	next.Refs = b.referents(best.query, a)
	a.chart, a.relation = chartFor(best.query, a), best.query.Relation
	if a.kind == KindAnswer {
		a.onward = b.onward(best.query, a)
	}
	if len(a.facts) == 0 && a.suggestions == nil {
		if near := b.nearest(best.query, a); len(near) > 0 {
			a.suggestions = near
			if a.kind == KindDecline {
				a.suggestions = append(a.suggestions, a.text("suggest.person", nil))
			}
		}
	}
	if a.kind == KindDecline {
		next.Asked = askedHandoff
	}
	return a
}

// clarify asks back when two tables answer equally well.
func (b *Bot) clarify(r []reading, lang string, next *state) *answer {
	if len(r) < 2 || r[0].merged || r[0].card != nil || r[1].card != nil || len(r[1].query.leftover) > 0 || r[0].query.score != r[1].query.score {
		return nil
	}
	// One of them may have nothing to say: then the other is meant.
	for i, x := range r[:2] {
		if b.answerReading(x, lang, &state{}).kind == KindDecline {
			if i == 0 {
				r[0] = r[1]
			}
			return nil
		}
	}
	a := b.newAnswer(lang)
	a.kind = KindClarify
	for _, x := range r[:2] {
		label := a.text("about."+x.query.Relation, nil)
		next.Choices = append(next.Choices, choice{Label: label, Frame: x.query.frame()})
		a.suggestions = append(a.suggestions, label)
	}
	if a.suggestions[0] == a.suggestions[1] {
		*next = state{}
		return nil // nothing to choose between
	}
	a.say("clarify", args{"A": a.suggestions[0], "B": a.suggestions[1]})
	return a
}

// rankedOnly tells whether a question only names hospitals that are ranked and
// have no agreement: "is it among them?".
func (b *Bot) rankedOnly(q *query) bool {
	ids := q.ids("institution")
	return len(ids) > 0 && len(q.Entities) == 1 && len(q.Years)+len(q.Dates) == 0 && q.only("exists", "isright", "also", "hospital", "ranked", "ranking", "all", "list") && (!q.has("list") || q.has("exists")) && !b.listed(ids) &&
		!slices.ContainsFunc(ids, func(id string) bool {
			return !slices.ContainsFunc(b.facts.hospitals, func(h hospital) bool { return h.id == id })
		})
}

// clientOnly tells whether a question only names somebody who ordered a project
// and has no agreement: "who is AREES?".
func (b *Bot) clientOnly(q *query) bool {
	ids := q.ids("institution")
	return len(ids) == 1 && len(q.Entities) == 1 && q.only("what_is", "who", "exists", "isright", "also", "name") && !b.listed(ids) &&
		slices.ContainsFunc(b.facts.projects, func(p *project) bool { return p.client == ids[0] })
}

// partnersOnly tells whether a question about a list names no list and only
// institutions that have an agreement and are no members of the ranking.
func (b *Bot) partnersOnly(q *query) bool {
	ids := q.ids("institution")
	return len(ids) > 0 && !q.has("worldbest", "member", "whichhospital", "ranking") && len(q.Years) == 0 && b.listed(ids) &&
		!slices.ContainsFunc(ids, func(id string) bool {
			return slices.ContainsFunc(b.facts.hospitals, func(h hospital) bool { return h.id == id })
		})
}
