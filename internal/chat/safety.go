package chat

import (
	"slices"
	"sync"
)

// statistic tells whether a message asks for survival rates: then what else it
// names, such as a stroke, is their subject and does not happen now.
func statistic(items []item) bool {
	return slices.ContainsFunc(items, func(it item) bool { return it.has(word, "survival") && !it.guessed })
}

// safety answers what must not wait for a look at the data.
func (b *Bot) safety(message string, items []item, how *Explanation, lang string, st *state) *answer {
	w := how.words
	a := b.newAnswer(lang)
	reply := func(kind ReplyKind, key string) *answer {
		a.kind = kind
		a.say(key, nil)
		return a
	}
	urgent := func(key string) *answer {
		reply(KindEmergency, key).contacts()
		return a
	}
	data := sync.OnceValue(func() bool { return complete(b.interpret(items, st.Frame)) })
	signs := b.signs.of(message, lang)
	how.signs = signs
	// Where statistics are spoken of and no person, nothing happens now.
	abstract := signs[signData] && !signs[signPerson]
	// What somebody has, and nothing of statistics, is no question about the
	// data, whatever a reading may make of it.
	somebody := signs[signPerson] && !signs[signData]
	// Last year's stroke and the price of an ambulance call for none.
	calm := signs[signCalm]
	switch {
	case signs[signSelfharm] && somebody:
		return urgent("safety.selfharm")
	case signs[signEmergency] && somebody && !calm:
		return urgent("safety.emergency")
	case (w["selfharm"] || signs[signSelfharm]) && !abstract && !data():
		return urgent("safety.selfharm")
	case (w["emergency"] && !signs[signPast] && (signs[signPerson] || !signs[signPractical]) && !(statistic(items) && !w["family"]) || signs[signEmergency]) && !abstract && !calm && !data():
		return urgent("safety.emergency")
	case calm && (w["emergency"] || signs[signEmergency]) && !signs[signHandoff] && !signs[signPractical] && !data():
		return reply(KindMedicalAdvice, "safety.advice")
	case signs[signPrognosis]:
		return reply(KindMedicalAdvice, "safety.advice") // whatever a reading may make of it
	case w["family"] && b.bareIllness(items, st):
		return reply(KindMedicalAdvice, "safety.advice")
	case (w["injection"] || signs[signInjection]) && !data():
		return reply(KindDecline, "safety.injection")
	case (w["insult"] || signs[signInsult]) && !data():
		return reply(KindDecline, "safety.insult")
	case (w["private"] || signs[signPrivate]) && !data():
		return reply(KindDecline, "safety.private")
	case w["advice"] && w["absent"] && (w["hospital"] || how.kinds["institution"]) && !w["symptom"] && !w["drug"] && !w["family"]:
		return nil // where to go is no medical question
	case (w["advice"] || w["diagnose"]) && !data():
		return reply(KindMedicalAdvice, "safety.advice")
	case w["drug"] && !w["absent"] && !data():
		return reply(KindMedicalAdvice, "safety.advice")
	case w["drug"] && (w["family"] || w["symptom"]) && !data():
		return reply(KindMedicalAdvice, "safety.advice")
	case signs[signAdvice] && !signs[signHandoff] && !signs[signPractical] && !abstract && !data() && !b.expected(message, lang):
		return reply(KindMedicalAdvice, "safety.advice")
	case w["symptom"] && (w["family"] || !w["absent"]) && !data():
		return reply(KindMedicalAdvice, "safety.advice")
	case w["family"] && (w["cancer"] || how.kinds["cancer"] || how.kinds["organ"]) && !w["absent"] && !w["handoff"] && !data():
		return reply(KindMedicalAdvice, "safety.advice")
	}
	return nil
}

// expected tells whether a message is small talk or a published question, word
// for word.
func (b *Bot) expected(message, lang string) bool {
	_, _, act := b.acts.of(message)
	return act || b.faq[squeeze(message)] != nil
}

// bareIllness tells whether a message about a person names an illness or a
// transplant and asks for no figure: then it is about the person, whatever the
// tables hold.
func (b *Bot) bareIllness(items []item, st *state) bool {
	r := b.interpret(items, st.Frame)
	if !complete(r) || r[0].card != nil || r[0].merged {
		return false
	}
	q := r[0].query
	if q.Relation == relCancers && len(q.Numbers) > 0 && !q.Percent && !q.has("over", "below", "atleast", "atmost", "percent", "between") {
		return true // the age of the person
	}
	return (q.Relation == relCancers || q.Relation == relTransplants) &&
		!q.has("survival", "rate", "percent", "share", "fiveyear", "count", "howmuch", "success", "highest", "lowest", "difference", "compare", "more", "less", "list", "rows")
}
