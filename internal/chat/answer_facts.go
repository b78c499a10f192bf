package chat

import (
	"strconv"

	"naru/internal/knowledge"
)

// fact tells one statement of the pages' prose.
func (a *answer) fact(id string) {
	f := a.b.facts.facts[id]
	if f == nil {
		return
	}
	about := f.Subject
	if f.About != "" {
		about = knowledge.Ref{Kind: knowledge.Institution, ID: f.About}
	}
	value := a.factValue(f)
	attribute := a.name(knowledge.Attribute, f.Attribute)
	subject := a.name(about.Kind, about.ID)
	if f.Attribute == "abbreviation" {
		subject = a.fullName(about.Kind, about.ID) // it abbreviates the printed name
	}
	a.say("fact.line", args{"Subject": subject, "Attribute": attribute, "Value": value})
	a.cite(f.Citation())
	a.note(f.Notes...)
	a.facts = append(a.facts, Fact{Relation: "facts", Key: f.ID, Label: attribute, Value: value})
}

func (a *answer) factValue(f *knowledge.Fact) string {
	switch {
	case f.Number != "":
		n := f.Value.String()
		if f.Value.Scale == 0 {
			n = a.b.catalog.Number(a.lang, f.Value.Unscaled)
		}
		switch f.Unit {
		case "percent":
			n = a.text("value."+relDepartments, args{"N": n})
		case "rank":
			n = a.text("fact.rank", args{"N": n})
		}
		switch f.Qualifier {
		case "about":
			n = a.text("fact.about", args{"N": n})
		case "more-than":
			n = a.text("fact.more", args{"N": n})
		}
		return n
	case !f.Date.IsZero():
		return a.date(f.Date)
	case !f.Month.IsZero():
		return a.month(f.Month.Year, f.Month.Month)
	case f.Term != "":
		term := a.name(knowledge.Term, f.Term)
		if a.lang == "en" {
			return term
		}
		return a.both(term, f.Quote)
	case !f.Entity.IsZero():
		return a.fullName(f.Entity.Kind, f.Entity.ID)
	case f.Text != "":
		return f.Text
	}
	return strconv.Itoa(f.Year)
}

// contact tells how a body can be reached.
func (a *answer) contact(id string) {
	for _, c := range a.b.base.Contacts() {
		if c.ID != id {
			continue
		}
		var items []string
		if c.Person != "" {
			items = append(items, a.text("contact.person", args{"Team": a.name(knowledge.Institution, c.Team), "Person": c.Person}))
		}
		items = append(items, a.text("contact.phone", args{"Phone": c.Phone}))
		if c.Email != "" {
			items = append(items, a.text("contact.email", args{"Email": c.Email}))
		}
		a.say("contact.line", args{"Name": a.name(knowledge.Institution, c.Body), "Items": a.items(items)})
		a.cite(c.Citation())
		a.note(c.Notes...)
		a.facts = append(a.facts, Fact{Relation: "contacts", Key: c.ID, Label: a.name(knowledge.Institution, c.Body), Value: c.Phone})
	}
}

// contacts tells both.
func (a *answer) contacts() {
	for _, c := range a.b.base.Contacts() {
		a.contact(c.ID)
	}
	a.notes = nil
}

// news lists the news with their summaries.
func (a *answer) news() {
	for _, n := range a.b.base.News() {
		a.parts = append(a.parts, "• "+a.b.base.NewsSummary(n.ID, a.lang))
		a.cite(n.Citation())
	}
}
