package web

import (
	"time"

	"naru/internal/knowledge"
)

// contactsPage is the data of contacts.html.
type contactsPage struct {
	words
	Teams  []deskTeam
	Bodies []body
}

// deskTeam is a team with the hours in which it answers.
type deskTeam struct {
	contact
	// Runs of days: Monday to Friday is one.
	Days          []dayRun
	Opens, Closes string
	Holidays      bool
}

// dayRun is one day, or the first and last of several.
type dayRun struct{ From, To string }

// body is one of the houses, with what its page prints about itself.
type body struct {
	Name       string
	Statements []statement
	Printed    []printedContact
}

// printedContact is a way to reach a house, as its page prints it.
type printedContact struct {
	Team, Person string
	Phone        string
	// Dial is the first number of a printed range, to be called.
	Dial   string
	Email  mailbox
	Notes  []string
	Source quotation
}

func (p *pages) registerContacts() error {
	return p.same("contacts", "contacts", func(language string) any {
		w := p.words(language)
		data := contactsPage{words: w}
		for _, t := range p.options.Teams {
			if t.Fallback && len(p.options.Teams) > 1 {
				continue
			}
			h := p.options.Content.Hours(t.ID)
			data.Teams = append(data.Teams, deskTeam{
				contact: contact{t.Name(language), mailbox(t.Email), t.Phone}, Days: runs(h.Days), Opens: h.Opens, Closes: h.Closes, Holidays: h.Holidays,
			})
		}
		for _, source := range w.base.Sources() {
			data.Bodies = append(data.Bodies, w.body(source.Owner))
		}
		return data
	})
}

// body tells what the dataset knows about a house.
func (w words) body(id string) body {
	b := body{Name: w.Name(knowledge.Institution, id)}
	for i := range w.base.Facts() {
		f := &w.base.Facts()[i]
		if (f.Subject == knowledge.Ref{Kind: knowledge.Institution, ID: id}) {
			b.Statements = append(b.Statements, w.statement(f))
		}
	}
	for i := range w.base.Contacts() {
		c := &w.base.Contacts()[i]
		if c.Body != id {
			continue
		}
		one := printedContact{Person: c.Person, Phone: c.Phone, Dial: c.PhoneFirst, Email: mailbox(c.Email), Notes: w.notes(c.Notes...), Source: w.quotation(c.Citation())}
		if c.Team != "" {
			one.Team = w.Name(knowledge.Institution, c.Team)
		}
		if one.Dial == "" {
			one.Dial = c.Phone
		}
		b.Printed = append(b.Printed, one)
	}
	return b
}

// runs joins days that follow one another. The names are messages.
func runs(days []time.Weekday) []dayRun {
	var all []dayRun
	for i := 0; i < len(days); i++ {
		from := i
		for i+1 < len(days) && days[i+1] == (days[i]+1)%7 {
			i++
		}
		run := dayRun{From: dayName(days[from])}
		if i > from {
			run.To = dayName(days[i])
		}
		all = append(all, run)
	}
	return all
}

// dayName is the key of the message that names a day: contacts.day.1 is Monday.
func dayName(d time.Weekday) string { return "contacts.day." + string(rune('0'+int(d))) }
