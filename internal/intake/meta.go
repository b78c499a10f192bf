package intake

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"naru/internal/locale"
	"naru/internal/naru"
)

// Meta is what a form needs to be shown in one language. All of it is derived
// from the rules that the answers are validated by.
type Meta struct {
	Language  string `json:"language"`
	Direction string `json:"direction"`
	// Languages are those an inquiry can be answered in; labels are each
	// language's own name in Language.
	Languages []Choice `json:"languages"`
	// Notices stand above every form: emergencies, and that nothing here is a
	// diagnosis.
	Notices []Notice           `json:"notices"`
	Forms   map[naru.Kind]Form `json:"forms"`
	// Purposes and Topics are the choices of the fields of these names.
	Purposes    []Choice         `json:"purposes"`
	Topics      []Choice         `json:"topics"`
	Departments []Choice         `json:"departments"`
	Countries   []locale.Country `json:"countries"`
	Limits      MetaLimits       `json:"limits"`
	Promise     Promise          `json:"promise"`
}

// Form is one of the two forms.
type Form struct {
	Label    string        `json:"label"`
	Fields   []Field       `json:"fields"`
	Consents []ConsentText `json:"consents"`
}

// Field is one question.
type Field struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	// Type is line, text, choice, date, country, email, phone, website,
	// department, boolean or integer.
	Type     string `json:"type"`
	Required bool   `json:"required"`
	// Conditional fields are required depending on the answers to others.
	Conditional bool `json:"conditional,omitempty"`
	// MaxLength is in characters; 0 where a length makes no sense.
	MaxLength int `json:"max_length,omitempty"`
	// Min and Max bound an integer.
	Min     int      `json:"min,omitempty"`
	Max     int      `json:"max,omitempty"`
	Choices []Choice `json:"choices,omitempty"`
}

// Choice is a value and what people call it.
type Choice struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Notice is a sentence that must stay in sight.
type Notice struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// MetaLimits bound what can be sent.
type MetaLimits struct {
	Attachments int `json:"attachments"`
	// FileBytes and TotalBytes are the greatest sizes of one document and of
	// all together.
	FileBytes  int64    `json:"file_bytes"`
	TotalBytes int64    `json:"total_bytes"`
	Types      []string `json:"types"`
	Extensions []string `json:"extensions"`
}

// Promise is what a writer can count on.
type Promise struct {
	AcknowledgeWithinSeconds int `json:"acknowledge_within_seconds"`
	// Text says by when a person answers.
	Text            string `json:"text"`
	RetentionMonths int    `json:"retention_months"`
}

// Meta returns what forms need in the language, one of naru.Languages. The
// caller must not change it.
func (s *Service) Meta(lang string) Meta { return s.meta[locale.Match(lang)] }

// fieldInterpreter has languages among its choices, which are named as such.
const fieldInterpreter = "interpreter"

// choiceKey is the message that names a choice: "purpose.appointment".
func choiceKey(field, choice string) string { return field + "." + choice }

func (s *Service) choices(lang string, q field) []Choice {
	values := q.choices
	if q.kind == kindDepartment {
		return s.departments(lang)
	}
	list := make([]Choice, 0, len(values))
	for _, value := range values {
		label := s.options.Catalog.Text(lang, choiceKey(q.name, value), nil)
		if q.name == fieldInterpreter && slices.Contains(naru.Languages, value) {
			label = s.options.Catalog.Language(lang, value)
		}
		list = append(list, Choice{Value: value, Label: label})
	}
	return list
}

func (s *Service) departments(lang string) []Choice {
	list := make([]Choice, 0, len(s.options.Departments))
	for _, id := range s.options.Departments {
		list = append(list, Choice{Value: id, Label: s.options.Catalog.Text(lang, "department."+id, nil)})
	}
	return list
}

func (s *Service) newMeta(lang string) Meta {
	c, limits := s.options.Catalog, s.options.Limits
	m := Meta{
		Language: lang, Direction: locale.Direction(lang), Departments: s.departments(lang), Countries: c.Countries(lang),
		Forms:  map[naru.Kind]Form{},
		Limits: MetaLimits{Attachments: limits.Attachments, FileBytes: limits.FileBytes, TotalBytes: limits.AttachmentBytes},
		Promise: Promise{
			AcknowledgeWithinSeconds: int(naru.AcknowledgeWithin / time.Second), Text: c.Text(lang, "meta.promise", nil), RetentionMonths: s.options.RetentionMonths,
		},
	}
	for _, t := range documentTypes {
		m.Limits.Types = append(m.Limits.Types, t.mediaType)
		m.Limits.Extensions = append(m.Limits.Extensions, t.extensions...)
	}
	for _, id := range []string{"emergency", "no_diagnosis"} {
		m.Notices = append(m.Notices, Notice{ID: id, Text: c.Text(lang, "meta.notice."+id, nil)})
	}
	for _, tag := range naru.Languages {
		m.Languages = append(m.Languages, Choice{Value: tag, Label: c.Language(lang, tag)})
	}
	for kind, f := range s.forms {
		shown := Form{Label: c.Text(lang, "kind."+string(kind), nil), Consents: s.consents.offered(kind, lang)}
		for _, q := range f.fields {
			entry := Field{
				Name: q.name, Label: c.Text(lang, "field_name."+q.name, nil), Type: string(q.kind),
				Required: q.required, Conditional: q.conditional, Choices: s.choices(lang, q),
			}
			if q.kind == kindInteger {
				entry.Min, entry.Max = q.min, q.max
			} else {
				entry.MaxLength = q.max
			}
			shown.Fields = append(shown.Fields, entry)
			switch q.name {
			case "purpose":
				m.Purposes = entry.Choices
			case "topic":
				m.Topics = entry.Choices
			}
		}
		m.Forms[kind] = shown
	}
	return m
}

// checkTexts makes sure that every question and choice has a label.
func (s *Service) checkTexts() error {
	keys := []string{"meta.promise", "meta.notice.emergency", "meta.notice.no_diagnosis", "kind.patient", "kind.partner"}
	for _, id := range s.options.Departments {
		keys = append(keys, "department."+id)
	}
	for _, name := range commonMembers {
		keys = append(keys, "field_name."+name)
	}
	for _, f := range s.forms {
		for _, q := range f.fields {
			keys = append(keys, "field_name."+q.name)
			for _, value := range q.choices {
				if q.name != fieldInterpreter || !slices.Contains(naru.Languages, value) {
					keys = append(keys, choiceKey(q.name, value))
				}
			}
		}
	}
	var problems []error
	for _, key := range keys {
		if !s.options.Catalog.Has(key) {
			problems = append(problems, fmt.Errorf("intake: no text %s", key))
		}
	}
	return errors.Join(problems...)
}
