package chat

import (
	"context"
	"slices"
	"strings"
)

// Explanation tells how a message was understood.
type Explanation struct {
	Language string `json:"language"`
	// Words are the stretches of the message with what they were taken for.
	Words []ExplainedWord `json:"words"`
	// Query is what was executed; nil when nothing was.
	Query *query `json:"query,omitempty"`
	// Card is the prose fact that was told, if any.
	Card string `json:"card,omitempty"`
	// Leftover are the words that kept the question from being answered.
	Leftover []string `json:"leftover,omitempty"`
	// FollowUp tells that slots of the message before were used.
	FollowUp bool `json:"follow_up,omitempty"`
	// Model tells that a language model made the query.
	Model bool `json:"model,omitempty"`
	// Tables tell which tables were considered for the message by itself; only
	// Explain fills them in.
	Tables []Verdict `json:"tables,omitempty"`

	words   map[string]bool
	kinds   map[string]bool
	senses  []sense
	numbers []float64
	text    string
	items   []item
	// home is the country that the asker is from or in.
	home string
	// signs are what the message is a sign of.
	signs map[string]bool
}

// ExplainedWord is one stretch of the message.
type ExplainedWord struct {
	Text string `json:"text"`
	// Senses are "kind:id"; empty for what no lexicon knows.
	Senses  []string `json:"senses"`
	Guessed bool     `json:"guessed,omitempty"`

	// year is set for a plain year.
	year int
}

// Verdict tells whether a message binds enough to ask a table.
type Verdict struct {
	Table string `json:"table"`
	Asked bool   `json:"asked"`
	// Why are the rules that decided.
	Why []string `json:"why,omitempty"`
	// Leftover are the words that the table has no use for.
	Leftover []string `json:"leftover,omitempty"`
}

// Explain answers like Reply and tells how.
func (b *Bot) Explain(ctx context.Context, q Question) (Reply, *Explanation, error) {
	r, how, err := b.reply(ctx, q)
	if err == nil {
		how.Tables = b.verdicts(how.items)
	}
	return r, how, err
}

// verdicts asks the rules of every table that something in the items speaks for.
func (b *Bot) verdicts(items []item) (verdicts []Verdict) {
	content := b.content(items)
	for _, r := range b.relations {
		q := r.bind(content)
		if q.score == 0 {
			continue
		}
		v := Verdict{Table: r.name, Asked: r.ready(q)}
		for _, rules := range [][]rule{r.must, r.rules} {
			if by := decides(rules, q); by != nil {
				v.Why = append(v.Why, by.why)
			}
		}
		for _, it := range q.leftover {
			v.Leftover = append(v.Leftover, it.text)
		}
		verdicts = append(verdicts, v)
	}
	return verdicts
}

func explain(items []item) *Explanation {
	e := &Explanation{items: items, words: map[string]bool{}, kinds: map[string]bool{}}
	var texts []string
	for _, it := range items {
		w := ExplainedWord{Text: it.text, Senses: []string{}, Guessed: it.guessed}
		for _, s := range it.senses {
			if it.own {
				continue // masked like all that nobody knows
			}
			w.Senses = append(w.Senses, s.kind+":"+s.id)
			if s.kind == word {
				e.words[s.id] = true
			} else {
				e.kinds[s.kind] = true
				e.senses = append(e.senses, s)
			}
		}
		if it.home != "" {
			e.home = it.home
		}
		if it.number != nil {
			e.numbers = append(e.numbers, it.number.value)
			w.Senses = append(w.Senses, "number")
			if it.number.month == 0 {
				w.year = it.number.year
			}
		}
		e.Words = append(e.Words, w)
		texts = append(texts, it.text)
	}
	e.text = strings.Join(texts, " ")
	return e
}

func (e *Explanation) use(r reading) {
	e.FollowUp, e.Model = r.merged, r.model
	if r.card != nil {
		e.Card = r.card.ID
		return
	}
	e.Query = r.query
}

// unbound gives the items that kept the best reading from being complete, or,
// without any reading, those that nothing explains.
func (e *Explanation) unbound(items []item, readings []reading) []*item {
	var left []*item
	if len(readings) > 0 {
		left = readings[0].query.leftover
	} else {
		for i := range items {
			if items[i].unknown || items[i].has(word, "absent") {
				left = append(left, &items[i])
			}
		}
	}
	for _, it := range left {
		if !slices.Contains(e.Leftover, it.text) {
			e.Leftover = append(e.Leftover, it.text)
		}
	}
	return left
}
