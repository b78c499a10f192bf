package chat

import "naru/internal/knowledge"

// prepareFAQ indexes the questions and answers by their questions.
func (b *Bot) prepareFAQ() {
	b.faq = map[string]*knowledge.Question{}
	for i := range b.base.FAQ() {
		q := &b.base.FAQ()[i]
		for _, question := range q.Question {
			b.faq[squeeze(question)] = q
		}
	}
}

// answerFAQ answers a message that is one of the published questions, word for
// word; nil for all others. It is for those that no query expresses.
func (b *Bot) answerFAQ(message, lang string) *answer {
	q := b.faq[squeeze(message)]
	if q == nil {
		return nil
	}
	a := b.newAnswer(lang)
	_, text := q.In(lang)
	a.parts = append(a.parts, text)
	for _, id := range q.Records {
		if row, ok := b.base.Row(id); ok {
			a.cite(row.Citation())
			a.facts = append(a.facts, Fact{Relation: "faq", Key: id, Label: q.ID, Value: row.Citation().Quote})
		}
	}
	return a
}
