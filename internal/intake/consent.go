package intake

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"

	"naru/internal/locale"
	"naru/internal/naru"
)

// ConsentRule says which consent is asked of whom. The texts are messages:
// consent.<id>.title, .text and .label.
type ConsentRule struct {
	ID string `yaml:"id"`
	// Version changes with every change of a text that alters what is
	// agreed to.
	Version string      `yaml:"version"`
	Kinds   []naru.Kind `yaml:"kinds"`
	// Required: without it the inquiry is not taken.
	Required bool `yaml:"required"`
	// When limits the question to a condition: "" always, "minor" for a
	// patient under 14, "conversation" where a talk in the chat may go along.
	When string `yaml:"when"`
	// Offered: false keeps the text without asking for it.
	Offered bool `yaml:"offered"`
}

// Conditions of ConsentRule.When.
const (
	whenAlways = ""
	whenMinor  = "minor"
	// WhenConversation is a consent that is asked only where an inquiry names
	// a conversation.
	WhenConversation = "conversation"
)

// ConsentConversation is the consent without which no conversation goes along
// with an inquiry.
const ConsentConversation = "conversation"

// ParseConsents reads config/consents.yaml. It reports all problems at once.
func ParseConsents(data []byte) ([]ConsentRule, error) {
	var file struct {
		Consents []ConsentRule `yaml:"consents"`
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("consents: %w", err)
	}
	var problems []error
	seen := map[string]bool{}
	for i, rule := range file.Consents {
		switch {
		case rule.ID == "" || rule.Version == "" || len(rule.Kinds) == 0:
			problems = append(problems, fmt.Errorf("consents: entry %d: id, version and kinds are required", i+1))
		case seen[rule.ID]:
			problems = append(problems, fmt.Errorf("consents: %s stands twice", rule.ID))
		case rule.When != whenAlways && rule.When != whenMinor && rule.When != WhenConversation:
			problems = append(problems, fmt.Errorf("consents: %s: when is %q, want nothing, %q or %q", rule.ID, rule.When, whenMinor, WhenConversation))
		case (rule.ID == ConsentConversation || rule.When == WhenConversation) && (rule.Required || rule.ID != rule.When):
			problems = append(problems, errors.New("consents: conversation must be asked when a conversation goes along, and may not be required"))
		case rule.ID == "marketing" && rule.Required:
			problems = append(problems, errors.New("consents: marketing may not be required"))
		}
		for _, kind := range rule.Kinds {
			if kind != naru.KindPatient && kind != naru.KindPartner {
				problems = append(problems, fmt.Errorf("consents: %s: unknown kind %q", rule.ID, kind))
			}
		}
		seen[rule.ID] = true
	}
	if len(file.Consents) == 0 {
		problems = append(problems, errors.New("consents: none given"))
	}
	return file.Consents, errors.Join(problems...)
}

// ConsentText is a consent as it is shown.
type ConsentText struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	Language string `json:"language"`
	// Title is a heading, Text what is agreed to, Label the sentence beside
	// the tick box.
	Title string `json:"title"`
	Text  string `json:"text"`
	Label string `json:"label"`
	// SHA256 is the hex digest of Title, Text and Label with an empty line
	// between them.
	SHA256   string `json:"sha256"`
	Required bool   `json:"required"`
	// When is "minor" where it is asked only for a patient under 14,
	// "conversation" where only with a conversation_id.
	When string `json:"when,omitempty"`
}

// consents are the rules and all texts, with their digests.
type consents struct {
	rules []ConsentRule
	// texts by language and id.
	texts map[string]map[string]ConsentText
}

func newConsents(o Options) (*consents, error) {
	c := &consents{texts: map[string]map[string]ConsentText{}}
	var problems []error
	for _, rule := range o.Consents {
		if !rule.Offered {
			continue
		}
		c.rules = append(c.rules, rule)
		for _, part := range []string{"title", "text", "label"} {
			if key := "consent." + rule.ID + "." + part; !o.Catalog.Has(key) {
				problems = append(problems, fmt.Errorf("intake: no text %s", key))
			}
		}
	}
	for _, lang := range naru.Languages {
		args := map[string]any{"Center": o.Center[lang], "Association": o.Association[lang], "Months": o.RetentionMonths}
		if o.Center[lang] == "" || o.Association[lang] == "" {
			problems = append(problems, fmt.Errorf("intake: names of the center and the association are required in %s", lang))
		}
		c.texts[lang] = map[string]ConsentText{}
		for _, rule := range c.rules {
			part := func(name string) string { return o.Catalog.Text(lang, "consent."+rule.ID+"."+name, args) }
			t := ConsentText{
				ID: rule.ID, Version: rule.Version, Language: lang, Title: part("title"), Text: part("text"), Label: part("label"),
				Required: rule.Required, When: rule.When,
			}
			t.SHA256 = digest([]byte(t.Title + "\n\n" + t.Text + "\n\n" + t.Label))
			c.texts[lang][rule.ID] = t
		}
	}
	if len(c.rules) == 0 {
		problems = append(problems, errors.New("intake: no consent is offered"))
	}
	return c, errors.Join(problems...)
}

// offered returns the texts asked with a kind of inquiry, in their order.
func (c *consents) offered(kind naru.Kind, lang string) []ConsentText {
	var texts []ConsentText
	for _, rule := range c.rules {
		if slices.Contains(rule.Kinds, kind) {
			texts = append(texts, c.texts[lang][rule.ID])
		}
	}
	return texts
}

// record turns the writer's ticks into records, one for every text that was
// answered, and reports what is wrong: unknown texts, versions that are no
// longer shown, required ones not granted. What was not ticked and not
// required is recorded as not granted where the answer says so, and not at all
// where it was left out.
func (c *consents) record(b body, lang string, isMinor bool, now time.Time) ([]naru.Consent, []naru.FieldError) {
	records := slices.Grow([]naru.Consent(nil), len(b.consents))
	var wrong []naru.FieldError
	fail := func(i int, member, code string, args map[string]any) {
		wrong = append(wrong, naru.FieldError{Pointer: consentPointer(i, member), Code: code, Args: args})
	}
	answered := map[string]bool{}
	for i, answer := range b.consents {
		shown := lang
		if answer.Language != "" {
			found, ok := locale.Find(answer.Language)
			if !ok {
				fail(i, "language", "unknown_choice", map[string]any{"Choices": languageList()})
				continue
			}
			shown = found
		}
		text, known := c.texts[shown][answer.ID]
		rule := c.rule(answer.ID)
		switch {
		case answer.broken:
			// Reported already; do not complain of it as missing, too.
			answered[answer.ID] = true
		case !known || !slices.Contains(rule.Kinds, b.kind):
			fail(i, "id", "consent_unknown", map[string]any{"Choices": c.ids(b.kind)})
		case answered[answer.ID]:
			fail(i, "id", "consent_repeated", title(answer.ID))
		case answer.Version != rule.Version:
			answered[answer.ID] = true
			args := title(answer.ID)
			args["Version"] = rule.Version
			fail(i, "version", "consent_outdated", args)
		default:
			answered[answer.ID] = true
			if !answer.Granted && rule.Required && (rule.When == whenAlways || isMinor) {
				fail(i, "granted", "consent_required", title(answer.ID))
				continue
			}
			records = append(records, naru.Consent{
				ID: text.ID, Version: text.Version, SHA256: text.SHA256, Language: shown, Granted: answer.Granted, At: now,
			})
		}
	}
	for _, rule := range c.rules {
		asked := slices.Contains(rule.Kinds, b.kind) && (rule.When == whenAlways || isMinor)
		if asked && rule.Required && !answered[rule.ID] {
			wrong = append(wrong, naru.FieldError{Pointer: "/" + memberConsents, Code: "consent_required", Args: title(rule.ID)})
		}
	}
	return records, wrong
}

// consentPointer is that of a member of the answer at the place; "": of the whole
// answer.
func consentPointer(i int, member string) string {
	pointer := "/" + memberConsents + "/" + strconv.Itoa(i)
	if member != "" {
		pointer += "/" + member
	}
	return pointer
}

func (c *consents) rule(id string) ConsentRule {
	i := slices.IndexFunc(c.rules, func(r ConsentRule) bool { return r.ID == id })
	if i < 0 {
		return ConsentRule{}
	}
	return c.rules[i]
}

func (c *consents) ids(kind naru.Kind) string {
	ids := map[string]bool{}
	for _, r := range c.rules {
		ids[r.ID] = slices.Contains(r.Kinds, kind)
	}
	maps.DeleteFunc(ids, func(_ string, asked bool) bool { return !asked })
	return join(slices.Sorted(maps.Keys(ids)))
}

// title is the argument of sentences that name a consent.
func title(id string) map[string]any {
	return map[string]any{"Consent": locale.Key("consent." + id + ".title")}
}
