package web

import (
	"fmt"
	"slices"

	"naru/internal/intake"
	"naru/internal/naru"
)

// layout is the order in which a form asks. What a field is, intake says.
type layout struct {
	groups []group
	// more are the groups of what may be left out.
	more []group
}

// group is some questions under one heading, the message form.group_<name>.
type group struct {
	name   string
	fields []string
	// other: asked only of those who write for somebody else.
	other []string
	// minor: asked only about children.
	minor []string
}

// fieldLanguage asks for the language of the answer; both forms have it
// though it is no field of theirs.
const fieldLanguage = "language"

func layouts() map[naru.Kind]layout {
	return map[naru.Kind]layout{
		naru.KindPatient: {
			groups: []group{
				{name: "writer", fields: []string{"writer"}, other: []string{"writer_name", "writer_relation", "writer_authority"}},
				{name: "patient", fields: []string{"name", "birth_date", "nationality", "residence"}, minor: []string{"guardian_name", "guardian_relation"}},
				{name: "reach", fields: []string{"email", fieldLanguage}},
				{name: "request", fields: []string{"purpose", "complaint"}},
			},
			more: []group{
				{name: "phone", fields: []string{"phone", "messenger"}},
				{name: "treatment", fields: []string{"department", "preferred_from", "preferred_to", "treatment", "in_hospital", "referred_by", "patient_number", "sex"}},
				{name: "travel", fields: []string{"arrival", "stay_days", "visa_letter", "interpreter"}},
				{name: "payment", fields: []string{"payment", "payer", "korean_health_insurance", "heard_from"}},
			},
		},
		naru.KindPartner: {
			groups: []group{
				{name: "institution", fields: []string{"institution", "country", "type"}},
				{name: "person", fields: []string{"name", "title", "email", fieldLanguage}},
				{name: "request", fields: []string{"topic", "description"}},
			},
			more: []group{
				{name: "phone", fields: []string{"phone", "website", "department"}},
				{name: "project", fields: []string{"date_from", "date_to", "headcount", "funder", "has_agreement", "center_contact"}},
			},
		},
	}
}

// all lists the groups in their order.
func (l layout) all() []group { return append(slices.Clip(l.groups), l.more...) }

func (g group) all() []string {
	all := append(slices.Clip(g.fields), g.other...)
	return append(all, g.minor...)
}

// names lists all that the form asks; dates are asked in parts.
func (l layout) names() []string {
	var names []string
	for _, g := range l.all() {
		for _, name := range g.all() {
			names = append(names, name)
			if inParts[name] {
				for _, part := range dateParts {
					names = append(names, name+"_"+part)
				}
			}
		}
	}
	return names
}

// check makes sure that every field of the form is asked once.
func (l layout) check(form intake.Form) error {
	asked := map[string]int{fieldLanguage: -1}
	for _, g := range l.all() {
		for _, name := range g.all() {
			asked[name]++
		}
	}
	for _, q := range form.Fields {
		if asked[q.Name] != 1 {
			return fmt.Errorf("web: form asks for %s %d times", q.Name, asked[q.Name])
		}
		delete(asked, q.Name)
	}
	delete(asked, fieldLanguage)
	for name := range asked {
		return fmt.Errorf("web: form asks for %s, which is no field", name)
	}
	return nil
}

// autocomplete tells browsers what they may fill in (WCAG 1.3.5): only what is
// about the one who writes.
var autocomplete = map[string]string{
	"writer_name": "name", "email": "email", "phone": "tel", "website": "url", "institution": "organization", "title": "organization-title",
}

// helped are the fields with a sentence of help, form.help_<name>.
var helped = map[string]bool{
	"name": true, "birth_date": true, "email": true, "phone": true, "messenger": true, "complaint": true, "description": true,
	"institution": true, "writer_relation": true, "treatment": true, "center_contact": true,
}
