package chat

import (
	"slices"
	"strings"

	"naru/internal/knowledge"
)

// ReplyKind tells what a reply is.
type ReplyKind string

// The kinds of replies; the values are part of the outside contract.
const (
	KindAnswer        ReplyKind = "answer"
	KindDecline       ReplyKind = "decline"
	KindHandoff       ReplyKind = "handoff"
	KindEmergency     ReplyKind = "emergency"
	KindMedicalAdvice ReplyKind = "medical_advice"
	KindSmalltalk     ReplyKind = "smalltalk"
	KindClarify       ReplyKind = "clarify"
)

// Citation is the source of an answer: Quote stands verbatim in the page
// Source, white space aside.
type Citation struct {
	Source  string `json:"source"`
	Section string `json:"section"`
	Quote   string `json:"quote"`
}

// Fact is one value of an answer for programs.
type Fact struct {
	Relation string `json:"relation"`
	// Key names what the value is of: ids of the dataset, joined by "/".
	Key   string `json:"key"`
	Label string `json:"label"`
	// Value is the number or text; Unit the kind of figure, empty for text.
	Value any    `json:"value"`
	Unit  string `json:"unit,omitempty"`
	// Derived tells that the value was computed from others.
	Derived bool `json:"derived,omitempty"`
}

// limits of what a reply shows.
const (
	maxCitations = 6
	maxReply     = 1900 // characters of text
	shownRows    = 10
)

// answer is a reply under construction.
type answer struct {
	b     *Bot
	lang  string
	kind  ReplyKind
	parts []string
	notes []string
	cites []Citation
	facts []Fact
	// suggestions are questions to ask next.
	suggestions []string
	// rest are lines that were left out and come with "more".
	rest []string
	// topic and the rest fill the hand-off.
	country, topic string
	// chart names the picture to show, relation the table that was asked;
	// onward is a question that leads on.
	chart, relation, onward string
}

func (b *Bot) newAnswer(lang string) *answer {
	return &answer{b: b, lang: lang, kind: KindAnswer}
}

// args is short for the arguments of a text.
type args = map[string]any

func (a *answer) text(key string, values args) string {
	text := a.b.catalog.Text(a.lang, "chat."+key, values)
	if a.lang == "ko" {
		text = koreanParticles(text)
	}
	return text
}

func (a *answer) say(key string, values args) {
	text := a.text(key, values)
	if strings.HasSuffix(text, "..") && !strings.HasSuffix(text, "...") { // an abbreviation ends the sentence
		text = text[:len(text)-1]
	}
	a.parts = append(a.parts, text)
}

func (a *answer) cite(c knowledge.Citation) {
	n := Citation{Source: c.Source, Section: c.Section, Quote: c.Quote}
	if slices.Contains(a.cites, n) {
		return
	}
	if len(a.cites) < maxCitations {
		a.cites = append(a.cites, n)
	}
}

// note adds the anomaly notes of a record, each once.
func (a *answer) note(ids ...string) {
	for _, id := range ids {
		text := a.b.facts.note(a.lang, id)
		if text == "" {
			continue
		}
		seen := false
		for _, n := range a.notes {
			seen = seen || n == text
		}
		if !seen {
			a.notes = append(a.notes, text)
		}
	}
}

func (a *answer) decline(key string, values args) *answer {
	a.kind = KindDecline
	a.cites, a.facts, a.notes = nil, nil, nil
	a.parts = a.parts[:0]
	a.say(key, values)
	return a
}

// render joins the parts to the text of the reply.
func (a *answer) render() string {
	var parts []string
	for _, p := range append(a.parts, a.notes...) {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "\n")
}

// name gives the name of an entity in the language of the answer.
func (a *answer) name(kind knowledge.Kind, id string) string {
	if e, ok := a.b.base.Entity(knowledge.Ref{Kind: kind, ID: id}); ok {
		return e.Name(a.lang)
	}
	if kind == knowledge.Country {
		return a.b.catalog.Country(a.lang, id)
	}
	return id
}

// fullName gives the name with the English one behind it, where they differ.
func (a *answer) fullName(kind knowledge.Kind, id string) string {
	e, ok := a.b.base.Entity(knowledge.Ref{Kind: kind, ID: id})
	if !ok {
		return id
	}
	own, english := e.Name(a.lang), e.English()
	if own == english || a.lang == "en" {
		return english
	}
	return a.both(own, english)
}

// both gives a name with how it is printed behind it.
func (a *answer) both(own, printed string) string {
	return a.text("name.both", args{"Own": own, "Printed": printed})
}

// item is a label with its value.
func (a *answer) item(label, value string) string {
	return a.b.catalog.Text(a.lang, "format.item", args{"Label": label, "Value": value})
}

// items joins list elements in the way of the language.
func (a *answer) items(list []string) string {
	return strings.Join(list, a.text("list.join", args{"All": "", "Next": ""}))
}

// enumerated joins what stands within a sentence, with the comma of the
// language.
func (a *answer) enumerated(list []string) string {
	return strings.Join(list, a.text("list.comma", args{"All": "", "Next": ""}))
}
