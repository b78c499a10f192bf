package web

import (
	"slices"
	"strings"
	"time"

	"naru/internal/intake"
	"naru/internal/naru"
)

// reviewView is the data of the page that shows an inquiry once more.
type reviewView struct {
	Kind      naru.Kind
	Way       string
	Notice    string
	Groups    []reviewGroup
	Documents []document
	Consents  []consentView
	// Hidden is everything that was typed.
	Hidden []hiddenView
	Email  string
	// Challenge is a proof that is asked for; nil for none.
	Challenge *challengeView
}

type reviewGroup struct {
	Name    string
	Answers []answerView
}

type answerView struct {
	Name, Label, Text string
	// Long: a text of several lines.
	Long bool
}

type hiddenView struct{ Name, Value string }

func (f *forms) newReview(language string, kind naru.Kind, v values, notice string) reviewView {
	meta := f.options.Inquiries.Meta(language)
	form := meta.Forms[kind]
	view := reviewView{Kind: kind, Way: ways[kind], Notice: notice, Documents: v.documents, Email: v.get("email")}
	questions := map[string]intake.Field{}
	for _, q := range form.Fields {
		questions[q.Name] = q
	}
	layout := f.layouts[kind]
	for _, g := range layout.all() {
		shown := reviewGroup{Name: g.name}
		for _, name := range g.all() {
			if name == fieldLanguage {
				q := languageField(meta, v, language)
				shown.Answers = append(shown.Answers, answerView{Name: name, Text: chosen(q.Choices)})
				continue
			}
			if q := questions[name]; !strings.HasPrefix(name, "writer_") || v.get("writer") != "self" {
				if text := f.answer(meta, q, v); text != "" {
					shown.Answers = append(shown.Answers, answerView{name, q.Label, text, q.Type == "text"})
				}
			}
		}
		if len(shown.Answers) > 0 {
			view.Groups = append(view.Groups, shown)
		}
	}
	for _, text := range form.Consents {
		ticked := v.get(prefixConsent+text.ID) != ""
		if ticked || text.When == "" || text.When == intake.WhenConversation && v.get(fieldConversation) != "" {
			view.Consents = append(view.Consents, consentView{ConsentText: text, Ticked: ticked})
		}
	}
	names := make([]string, 0, len(v.typed))
	for name := range v.typed {
		if name != fieldStep && name != fieldTrap && name != fieldChallenge && name != fieldNonce {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range v.typed[name] {
			view.Hidden = append(view.Hidden, hiddenView{name, value})
		}
	}
	return view
}

func chosen(choices []choiceView) string {
	for _, c := range choices {
		if c.Chosen {
			return c.Label
		}
	}
	return ""
}

// answer is what was answered, in words; empty for nothing.
func (f *forms) answer(meta intake.Meta, q intake.Field, v values) string {
	value := strings.TrimSpace(v.get(q.Name))
	if q.Type == "date" {
		value = v.date(q.Name)
		if day, err := time.Parse("2006-1-2", plainDigits(value)); err == nil {
			return f.options.Catalog.Date(meta.Language, day)
		}
	}
	switch {
	case value == "":
		return ""
	case q.Type == "boolean":
		return f.options.Catalog.Text(meta.Language, "review.yes", nil)
	case q.Type == "country", q.Type == "choice", q.Type == "department":
		if label := chosen(f.field(meta, q, v, "").Choices); label != "" {
			return label
		}
	}
	return value
}
