package chat

import (
	"slices"
	"strings"
)

// mostQuestions is the number of questions up to which a message is answered
// one by one.
const mostQuestions = 3

// several finds the questions of a message that asks more than one thing, each
// in a sentence of its own: "How many partners are there in China? When was
// KIST signed?". A question may go on with the one before; greetings and what
// may stand beside a question are passed over. It returns nil where there are
// fewer than two, or where one of them is not understood.
func (b *Bot) several(message, lang string, st *state) (questions [][]item) {
	preamble, list := numberedQuestions(message)
	counted := list != nil // then each asks
	if !counted {
		if strings.Count(message, "?")+strings.Count(message, "？")+strings.Count(message, "؟") < 2 {
			return nil
		}
		list = sentences(message)
	}
	if len(list) < 2 || len(list) > maxSentences {
		return nil
	}
	before := st.Frame
	var told [][]item
	if preamble != "" {
		told = append(told, b.parse(preamble, lang))
	}
	for _, s := range list {
		items := b.parse(s, lang)
		if !counted && !asking(s) {
			told = append(told, items)
			continue
		}
		if with := withSubject(append(slices.Clip(told), items), len(told)); with != nil && questions == nil {
			items = with // "My mother has lung cancer. What is the survival?"
		}
		readings := b.interpret(items, before)
		if !complete(readings) || len(questions) == mostQuestions {
			return nil
		}
		questions, before = append(questions, items), readings[0].query.frame()
	}
	if len(questions) < 2 {
		return nil
	}
	for _, t := range told {
		if !beside(t, slices.Concat(questions...), true) {
			return nil
		}
	}
	return questions
}

// asking tells whether a sentence ends with a question mark.
func asking(sentence string) bool {
	return strings.HasSuffix(sentence, "?") || strings.HasSuffix(sentence, "？") || strings.HasSuffix(sentence, "؟")
}

// answerEach answers the questions of a message one after another; nil unless
// the data answers each, and each in other words.
func (b *Bot) answerEach(questions [][]item, lang string, st, next *state, how *Explanation) *answer {
	var all *answer
	before := st.Frame
	for _, items := range questions {
		readings := b.interpret(items, before)
		if !complete(readings) {
			return nil
		}
		a := b.answerReading(readings[0], lang, next)
		if a.kind != KindAnswer {
			return nil
		}
		how.use(readings[0])
		before = next.Frame
		switch {
		case all == nil:
			all = a
		case slices.Equal(all.parts, a.parts):
			return nil // asked once, in two sentences
		default:
			all.join(a)
		}
	}
	return all
}

// join adds what answers another question of the same message. What was left
// out of a list, the way on and the chart are those of the last that has them.
func (a *answer) join(other *answer) {
	a.parts = append(append(a.parts, a.notes...), other.parts...)
	a.notes = slices.DeleteFunc(other.notes, func(n string) bool { return slices.Contains(a.parts, n) })
	for _, c := range other.cites {
		if len(a.cites) < maxCitations && !slices.Contains(a.cites, c) {
			a.cites = append(a.cites, c)
		}
	}
	a.facts = append(a.facts, other.facts...)
	a.rest, a.onward, a.relation = other.rest, other.onward, other.relation
	if other.chart != "" {
		a.chart = other.chart
	}
}
