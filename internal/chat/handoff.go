package chat

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"naru/internal/naru"
)

// handoffRules tell from a question what the inquiry after it is about; they
// are config/knowledge/lexicon/handoff.yaml, whose head explains them.
type handoffRules struct {
	Purposes    []*wordRule   `yaml:"purposes"`
	Topics      []*wordRule   `yaml:"topics"`
	Departments []*entityRule `yaml:"departments"`
}

// wordRule gives an id to messages with one of the words in them.
type wordRule struct {
	ID    string `yaml:"id"`
	Words string `yaml:"words"`

	parts, whole []string
}

// entityRule gives an id to messages about one of the entities.
type entityRule struct {
	ID string `yaml:"id"`
	Of string `yaml:"of"`

	of map[string]bool
}

func loadHandoff(fsys fs.FS, known map[string]bool) (*handoffRules, error) {
	var rules handoffRules
	if err := readFile(fsys, "handoff.yaml", &rules); err != nil {
		return nil, err
	}
	var problems []error
	for _, r := range slices.Concat(rules.Purposes, rules.Topics) {
		for phrase := range strings.SplitSeq(r.Words, "|") {
			phrase = strings.TrimSpace(phrase)
			if whole, ok := strings.CutPrefix(phrase, "="); ok {
				r.whole = append(r.whole, plain(whole))
			} else if phrase != "" {
				r.parts = append(r.parts, plain(phrase))
			}
		}
		if r.ID == "" || len(r.parts)+len(r.whole) == 0 {
			problems = append(problems, fmt.Errorf("handoff.yaml: %q needs id and words", r.ID))
		}
	}
	for _, r := range rules.Departments {
		r.of = set(r.Of)
		for of := range r.of {
			if concept, ok := strings.CutPrefix(of, word+":"); ok && !known[concept] {
				problems = append(problems, fmt.Errorf("handoff.yaml: department %q: unknown word %q", r.ID, concept))
			}
		}
	}
	return &rules, errors.Join(problems...)
}

// plain is a text as the words of the rules are compared.
func plain(s string) string {
	r := fold(s, false)
	for i := range r {
		if r[i] == hyphen {
			r[i] = ' '
		}
	}
	return string(r)
}

// find returns the id of the first rule that fits a plain text; "" for none.
func find(rules []*wordRule, text string) string {
	spaced := " " + text + " "
	for _, r := range rules {
		if slices.ContainsFunc(r.parts, func(p string) bool { return strings.Contains(text, p) }) ||
			slices.ContainsFunc(r.whole, func(w string) bool { return strings.Contains(spaced, " "+w+" ") }) {
			return r.ID
		}
	}
	return ""
}

// department returns what the entities of a question belong to; "" for none.
func (r *handoffRules) department(how *Explanation) string {
	for _, rule := range r.Departments {
		for of := range rule.of {
			if concept, ok := strings.CutPrefix(of, word+":"); ok && how.words[concept] {
				return rule.ID
			}
		}
		for _, s := range how.senses {
			if rule.of[s.kind+":*"] || rule.of[s.kind+":"+s.id] {
				return rule.ID
			}
		}
	}
	return ""
}

// handoff fills an inquiry with what is known from the message, and with what
// is kept of an offer before it. A message that only accepts the offer is none
// of its own: then the question before it is the one.
func (b *Bot) handoff(a *answer, message string, how *Explanation, before *offer) *Handoff {
	h := &Handoff{Kind: naru.KindPatient, Language: a.lang, Message: message, Country: a.country, Topic: a.topic}
	for _, w := range []string{"partner", "agreement", "project", "institution"} {
		if how.words[w] {
			h.Kind = naru.KindPartner
		}
	}
	text := plain(message)
	topic := find(b.handoffs.Topics, text)
	if topic != "" && (how.words["partner"] || how.kinds["institution"] || how.kinds["xinst"]) {
		h.Topic, h.Kind = topic, naru.KindPartner
	}
	h.Purpose = find(b.handoffs.Purposes, text)
	for _, s := range how.senses {
		if s.kind == "country" && s.id != korea && h.Country == "" {
			h.Country = s.id
		}
	}
	if how.home != "" {
		h.Country = how.home // rather than what is asked about
	}
	if d := b.handoffs.department(how); b.departments == nil || slices.Contains(b.departments, d) {
		h.Department = d
	}
	if before != nil && a.kind == KindHandoff && h.Country == "" && h.Department == "" && h.Purpose == "" {
		h.Kind, h.Topic, h.Purpose, h.Country, h.Department = before.Kind, before.Topic, before.Purpose, before.Country, before.Department
		if before.question != "" {
			h.Message = before.question
		}
	}
	if h.Kind == naru.KindPartner {
		h.Purpose, h.Department = "", ""
		if h.Topic == "" {
			h.Topic = "agreement"
		}
	} else {
		h.Topic = ""
		if h.Purpose == "" {
			h.Purpose = "other"
		}
	}
	page := a.lang
	if !slices.Contains(b.languages, page) {
		page = b.languages[0]
	}
	h.URL = "/" + page + "/" + string(h.Kind)
	return h
}

// fill gives the offer by the names of the form's fields.
func (h *Handoff) fill(conversationID string) {
	h.Fields = map[string]string{"language": h.Language, "conversation_id": conversationID}
	fields := map[string]string{"purpose": h.Purpose, "complaint": h.Message, "department": h.Department, "residence": h.Country}
	if h.Kind == naru.KindPartner {
		fields = map[string]string{"topic": h.Topic, "description": h.Message, "country": h.Country}
	}
	for name, value := range fields {
		if value != "" {
			h.Fields[name] = value
		}
	}
}

// offer is what a conversation remembers of a hand-off that was offered.
type offer struct {
	Kind       naru.Kind `json:"kind"`
	Topic      string    `json:"topic,omitempty"`
	Purpose    string    `json:"purpose,omitempty"`
	Country    string    `json:"country,omitempty"`
	Department string    `json:"department,omitempty"`
	// question is read from the turns when it is needed.
	question string
}

func (h *Handoff) offer() *offer {
	return &offer{Kind: h.Kind, Topic: h.Topic, Purpose: h.Purpose, Country: h.Country, Department: h.Department}
}
