package chat

import "strings"

// declineFor says what was not understood.
func (b *Bot) declineFor(items []item, readings []reading, how *Explanation, lang string) *answer {
	a := b.newAnswer(lang)
	left := how.unbound(items, readings)
	var absent, unknown, country []string
	for _, it := range left {
		switch {
		case it.has(word, "absent"):
			absent = append(absent, it.text)
		case it.unknown:
			unknown = append(unknown, it.text)
		case len(it.senses) > 0 && it.senses[0].kind == "country":
			country = append(country, it.senses[0].id)
		}
	}
	var q *query
	if len(readings) > 0 {
		q = readings[0].query
	}
	switch {
	case len(absent) > 0:
		return a.decline("decline.word", args{"Topic": topic(absent[0])})
	case q != nil && q.Relation == relAgreements && len(unknown) > 0 && len(unknown) == len(left) && !q.hasKind("institution"):
		return a.decline("no.institution", args{"Name": topic(strings.Join(unknown, " ")), "Overseas": len(b.facts.overseas), "Domestic": len(b.facts.domestic)})
	case len(country) > 0 && q != nil:
		return a.decline("decline.country", args{"Country": b.catalog.Country(lang, country[0]), "About": a.text("about."+aboutKey(q.Relation), nil)})
	case len(unknown) > 0:
		return a.decline("decline.word", args{"Topic": topic(unknown[0])})
	}
	return a.decline("decline.general", nil)
}

func aboutKey(rel string) string {
	if strings.HasPrefix(rel, cardPrefix) {
		return "data"
	}
	return rel
}

// topic shortens words that are said back.
func topic(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
