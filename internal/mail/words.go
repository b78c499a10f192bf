package mail

import (
	"strings"
	"unicode"

	"naru/internal/naru"
)

// words are what mails to teams call things, in both of their languages; they are
// put together once. The templates say it for teams, else it is said as on the form.
type words struct {
	// labels are those of the fields, by form and by the name in JSON: the templates'
	// "field.<form>.<name>" or "field.<name>".
	labels map[naru.Kind]map[string]string
	// choices are the values of lists, by list: the templates' "value.<list>.<value>".
	choices map[string]map[string]string
	// consents are the titles of the texts, by id.
	consents map[string]string
}

// lists are the prefixes of values that mails show.
var lists = []string{
	"answer", "department", "heard_from", "interpreter", "payment", "purpose", "sex", "topic", "type", "writer", "writer_authority",
}

// newWords collects the words; own are those that the templates define.
func (c *Composer) newWords(own map[string]string) words {
	w := words{labels: map[naru.Kind]map[string]string{}, choices: map[string]map[string]string{}, consents: map[string]string{}}
	for _, form := range []naru.Kind{naru.KindPatient, naru.KindPartner} {
		w.labels[form] = c.said("field_name.", own, "field.", "field."+string(form)+".")
	}
	for _, list := range lists {
		w.choices[list] = c.said(list+".", own, "value."+list+".")
	}
	for key, text := range c.said("consent.", nil) {
		if id, title := strings.CutSuffix(key, ".title"); title {
			w.consents[id] = text
		}
	}
	return w
}

// said returns the texts of the catalogue whose keys begin with the prefix, by what
// follows it. Those that the templates define under a prefix of theirs take their
// places, the last prefix first.
func (c *Composer) said(prefix string, own map[string]string, prefixes ...string) map[string]string {
	all := map[string]string{}
	for _, key := range c.catalog.Keys(prefix) {
		all[strings.TrimPrefix(key, prefix)] = c.pair(key).String()
	}
	for _, prefix := range prefixes {
		for key, text := range own {
			if name, ok := strings.CutPrefix(key, prefix); ok {
				all[name] = text
			}
		}
	}
	return all
}

// choice is a value of a list in words, or the bare value, which may be one that the
// form no longer offers.
func (c *Composer) choice(list, value string) string {
	if said, ok := c.words.choices[list][value]; ok {
		return said
	}
	return value
}

// consent is the title of a consent text, or its id.
func (c *Composer) consent(id string) string {
	if title, ok := c.words.consents[id]; ok {
		return title
	}
	return id
}

// pair looks a text up in both languages of the teams.
func (c *Composer) pair(key string) Pair {
	return Pair{c.catalog.Text(teamLanguage, key, nil), c.catalog.Text(teamSecondLanguage, key, nil)}
}

func (c *Composer) country(code string) Pair {
	return Pair{c.catalog.Country(teamLanguage, code), c.catalog.Country(teamSecondLanguage, code)}
}

// hasHangul tells whether s holds Korean.
func hasHangul(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x1100 && unicode.Is(unicode.Hangul, r) })
}
