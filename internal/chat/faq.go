package chat

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"naru/internal/knowledge"
	"naru/internal/naru"
)

// prepareFAQ indexes the questions and answers by their questions, and by what
// these mean when that is first needed.
func (b *Bot) prepareFAQ() {
	b.faq = map[string]*knowledge.Question{}
	b.faqMeanings = map[string]func() map[string]*knowledge.Question{}
	for i := range b.base.FAQ() {
		q := &b.base.FAQ()[i]
		for _, question := range q.Question {
			b.faq[squeeze(question)] = q
		}
	}
	for _, lang := range naru.Languages {
		b.faqMeanings[lang] = sync.OnceValue(func() map[string]*knowledge.Question {
			meanings := map[string]*knowledge.Question{}
			for i := range b.base.FAQ() {
				q := &b.base.FAQ()[i]
				question, _ := q.In(lang)
				if m := meaning(b.parse(question, lang)); m != "" {
					meanings[m] = q
				}
			}
			return meanings
		})
	}
}

// leastMeaning is the number of concepts from which two questions with the same
// ones ask the same.
const leastMeaning = 3

// meaning writes the concepts and things of a question in one order; "" where a
// word or a figure is not among them, or they are too few.
func meaning(items []item) string {
	var list []string
	for i := range items {
		it := &items[i]
		if it.unknown || it.guessed || it.number != nil {
			return ""
		}
		if it.has(word, "fn") || it.has(word, "what_is") {
			continue
		}
		var senses []string
		for _, s := range it.senses {
			senses = append(senses, s.kind+":"+s.id)
		}
		slices.Sort(senses)
		list = append(list, strings.Join(senses, "/"))
	}
	slices.Sort(list)
	if list = slices.Compact(list); len(list) < leastMeaning {
		return ""
	}
	return strings.Join(list, " ")
}

// longestPublished is the number of characters up to which a message may be one
// of the published questions in other words.
const longestPublished = 400

// answerFAQ answers a message that is one of the published questions, word for
// word or in other words for the same; nil for all others. It is for those that
// no query expresses.
func (b *Bot) answerFAQ(message, lang string) *answer {
	q := b.faq[squeeze(message)]
	if q == nil && utf8.RuneCountInString(message) <= longestPublished {
		if m := meaning(b.parse(message, lang)); m != "" {
			q = b.faqMeanings[lang]()[m]
		}
	}
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
