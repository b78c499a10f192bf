package mail

import (
	"errors"
	"fmt"
	"strings"

	"naru/internal/naru"
)

// ours is one of our addresses as headers name it.
type ours struct {
	// envelope is the address in angle brackets.
	envelope string
	// lines are those of the header, by the language that the name stands in.
	lines map[string]string
}

// newOurs writes the lines of the header named, for each language with a name.
func newOurs(header, address string, names map[string]string) ours {
	o := ours{lines: make(map[string]string, len(names))}
	for lang, name := range names {
		var w messageWriter
		o.envelope = w.address(header, name, address)
		o.lines[lang] = string(w.b)
	}
	return o
}

// in returns what is said in a language, or in English.
func in(texts map[string]string, lang string) string {
	if text, ok := texts[lang]; ok {
		return text
	}
	return texts[naru.Languages[0]]
}

// team is a team with what headers say of it.
type team struct {
	naru.Team
	to, replyTo ours
}

// addresses checks and collects all addresses of ours.
func (c *Composer) addresses() error {
	var problems []error
	from, err := configured(c.options.From)
	if err != nil {
		problems = append(problems, fmt.Errorf("sender: %w", err))
	}
	c.own[withoutTag(from)] = true
	c.desks = map[string]string{forTeams: c.deskName(teamLanguage, teamSecondLanguage)}
	for _, lang := range naru.Languages {
		c.desks[lang] = c.deskName(lang)
	}
	c.from = newOurs("From", from, c.desks)
	for _, address := range c.options.Own {
		plain, err := configured(address)
		problems = append(problems, err)
		c.own[withoutTag(plain)] = true
	}
	for _, t := range c.options.Teams {
		address, err := configured(t.Email)
		if err != nil {
			problems = append(problems, fmt.Errorf("team %s: %w", t.ID, err))
		}
		t.Email = address
		names := map[string]string{}
		for _, lang := range naru.Languages {
			names[lang] = cleanHeader(t.Name(lang))
		}
		c.teams[t.ID] = team{
			Team:    t,
			to:      newOurs("To", address, map[string]string{forTeams: names[teamLanguage]}),
			replyTo: newOurs("Reply-To", address, names),
		}
		c.own[withoutTag(address)] = true
		if t.Fallback {
			c.fallback = c.teams[t.ID]
		}
	}
	if c.fallback.ID == "" {
		problems = append(problems, errors.New("no team is the fallback"))
	}
	return errors.Join(problems...)
}

// team returns the team of the id, or the fallback team where it is no longer
// configured: its mail must reach somebody.
func (c *Composer) team(id string) team {
	if t, ok := c.teams[id]; ok {
		return t
	}
	return c.fallback
}

// deskName is the sender's name.
func (c *Composer) deskName(languages ...string) string {
	if c.options.FromName != "" {
		return cleanHeader(c.options.FromName)
	}
	names := make([]string, len(languages))
	for i, lang := range languages {
		names[i] = c.catalog.Text(lang, "site.desk_name", nil)
	}
	return cleanHeader(strings.Join(names, " · "))
}
