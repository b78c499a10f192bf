package chat

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// card is a fact in prose: the concepts a question must contain to mean it,
// those it may contain, and the places that prove it. Its text is the message
// chat.card.<id>.
type card struct {
	ID string `yaml:"id"`
	// Need are groups: of each, one concept or entity must be bound.
	// Alternatives are separated by spaces; "number:9" is a figure.
	Need []string `yaml:"need"`
	// Accept may be bound besides.
	Accept string `yaml:"accept"`
	// Refuse rules the card out.
	Refuse string `yaml:"refuse"`
	// Weight raises the card over others that are equally specific.
	Weight int `yaml:"weight"`
	// Facts and Contacts are ids of records, Figures of values of statistics;
	// News lists the news, Total tells the printed total of patients,
	// Placements the sum of the specialties.
	Facts      []string `yaml:"facts"`
	Contacts   []string `yaml:"contacts"`
	Figures    []string `yaml:"figures"`
	News       bool     `yaml:"news"`
	Total      bool     `yaml:"total"`
	Placements bool     `yaml:"placements"`

	// printed are the figures in what its records quote: a question may name
	// them.
	printed map[float64]bool

	need   [][]string
	accept map[string]bool
	refuse map[string]bool
}

// cardPrefix begins the relation of a query that a card answers.
const cardPrefix = "card:"

// cardCommon may stand in every question.
const cardCommon = "whichhospital rows exists list all who where also korean country:KR count what_is news yearword scope subject hospital"

func loadCards(fsys fs.FS, known map[string]bool) ([]*card, error) {
	var f struct {
		Cards []*card `yaml:"cards"`
	}
	if err := readFile(fsys, "cards.yaml", &f); err != nil {
		return nil, err
	}
	var problems []error
	check := func(c *card, w string) {
		if !strings.Contains(w, ":") && !known[w] {
			problems = append(problems, fmt.Errorf("cards.yaml: card %q: unknown word %q", c.ID, w))
		}
	}
	for _, c := range f.Cards {
		c.accept, c.refuse, c.printed = set(c.Accept, cardCommon), set(c.Refuse), map[float64]bool{}
		for _, group := range c.Need {
			alternatives := strings.Fields(group)
			c.need = append(c.need, alternatives)
			for _, w := range alternatives {
				check(c, w)
				c.accept[w] = true
			}
		}
		if c.accept["patient"] {
			c.accept["visit"] = true // who came
		}
		for w := range c.accept {
			check(c, w)
		}
		if len(c.need) == 0 {
			problems = append(problems, fmt.Errorf("cards.yaml: card %q needs conditions", c.ID))
		}
	}
	return f.Cards, errors.Join(problems...)
}

// cardKey is what a sense is called in the conditions of cards.
func (s sense) cardKey() string {
	if s.kind != word {
		return s.kind + ":" + s.id
	}
	switch s.id {
	case "superlative":
		return "highest"
	case "cancertypes":
		return "cancer"
	case "kinds":
		return "count"
	case "whichrank":
		return "ranked"
	}
	return s.id
}

func (n *number) cardKey() string {
	if n.year > 0 {
		return "year:" + yearText(n.year)
	}
	return "number:" + decimals(n.value)
}

// cardKeys gives every key that the items could meet a condition with.
func cardKeys(items []item) map[string]bool {
	keys := make(map[string]bool, 2*len(items))
	for i := range items {
		if n := items[i].number; n != nil {
			keys[n.cardKey()] = true
			if n.year > 0 {
				keys["year:"] = true
			}
			continue
		}
		for _, s := range items[i].senses {
			keys[s.cardKey()] = true
			if s.kind != word {
				keys[s.kind+":"] = true
			}
		}
	}
	return keys
}

// possible tells whether the keys could meet all conditions of the card: most
// cards are ruled out by it before anything is bound.
func (c *card) possible(keys map[string]bool) bool {
	for _, group := range c.need {
		if !slices.ContainsFunc(group, func(w string) bool { return keys[w] }) {
			return false
		}
	}
	return true
}

// bind reads the items as a question that the card answers; it returns nil
// when a condition is not met.
func (c *card) bind(items []item) *query {
	q := newQuery(cardPrefix + c.ID)
	have := map[string]bool{}
	for i := range items {
		it := &items[i]
		if it.number != nil {
			n := it.number
			key := n.cardKey()
			if c.accept[key] || n.year > 0 && n.day == 0 && c.accept["year:"] || n.year == 0 && c.printed[n.value] {
				have[key], have["year:"] = true, true
				q.order = append(q.order, sense{"year", yearText(n.year)})
				continue
			}
			q.leftover = append(q.leftover, it)
			continue
		}
		ok := false
		for _, s := range it.senses {
			key := s.cardKey()
			if s.id == "fn" && !it.has(word, "absent") {
				ok = true
			}
			if key == "except" || c.refuse[key] || s.kind != word && c.refuse[s.kind+":"] && !c.accept[key] {
				return nil
			}
			if c.accept[key] || s.kind != word && c.accept[s.kind+":"] {
				ok = true
				have[key] = true
				if s.kind != word {
					have[s.kind+":"] = true
				}
				q.order = append(q.order, s)
			}
		}
		if !ok {
			q.leftover = append(q.leftover, it)
		}
		if it.guessed {
			q.guessed = append(q.guessed, it)
		}
	}
	for _, group := range c.need {
		met := false
		for _, w := range group {
			met = met || have[w]
		}
		if !met {
			return nil
		}
		q.score += 4
	}
	q.score += c.Weight
	return q
}

// checkCards reports cards that name records which do not exist.
func (b *Bot) checkCards() error {
	var problems []error
	for _, c := range b.cards {
		for _, id := range c.Facts {
			if f := b.facts.facts[id]; f != nil && f.Number != "" {
				c.printed[f.Value.Float()] = true
			} else if f == nil {
				problems = append(problems, fmt.Errorf("cards.yaml: card %q: no fact %q", c.ID, id))
			}
		}
	}
	return errors.Join(problems...)
}

// answerCard tells what the records of a card say.
func (b *Bot) answerCard(c *card, lang string) *answer {
	a := b.newAnswer(lang)
	for _, id := range c.Facts {
		a.fact(id)
	}
	for _, id := range c.Contacts {
		a.contact(id)
	}
	for _, id := range c.Figures {
		for rel, list := range b.facts.figures {
			for _, f := range list {
				if f.id == id {
					a.parts = append(a.parts, a.item(a.label(rel, f), a.value(rel, f)))
					a.use(rel, f)
				}
			}
		}
	}
	if c.News {
		a.news()
	}
	if c.Total {
		b.printedTotal(a)
	}
	if c.Placements {
		a.total(relSpecialties, &selection{op: opSum, figures: b.facts.figures[relSpecialties]})
	}
	return a
}
