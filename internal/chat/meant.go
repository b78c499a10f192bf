package chat

import (
	"strconv"
	"strings"

	"naru/internal/knowledge"
)

// meant gives questions that are answered about what was bound in a query,
// for a message that holds words besides which nobody knows: the writer may
// have asked just that, and says so with one tap.
func (b *Bot) meant(q *query, a *answer) []string {
	var out []string
	offer := func(key string, values args) bool {
		if len(out) == maxOffers {
			return true
		}
		s := a.text("suggest."+key, values)
		if !b.answers(s, a.lang) {
			return false
		}
		out = append(out, s)
		return true
	}
	each := func(kind knowledge.Kind, key, placeholder string) {
		for _, id := range q.ids(string(kind)) {
			name := a.name(kind, id)
			if short := unbracketed(name); !offer(key, args{placeholder: short}) && short != name {
				offer(key, args{placeholder: name})
			}
		}
	}
	switch q.Relation {
	case relCancers:
		countries := q.ids("country")
		if len(countries) == 0 {
			countries = []string{korea}
		}
		for _, cancer := range q.ids("cancer") {
			for _, c := range countries {
				offer("survival_of", args{"Cancer": a.name(knowledge.Cancer, cancer), "Country": a.name(knowledge.Country, c)})
			}
		}
	case relPatients:
		for _, y := range q.Years {
			offer("patients_in", args{"Year": strconv.Itoa(y)})
		}
	case relDepartments:
		each(knowledge.Department, "share_of", "Department")
	case relTransplants:
		each(knowledge.Organ, "transplant_of", "Organ")
	case relIndicators:
		each(knowledge.Indicator, "indicator_of", "Indicator")
	case relSpecialties:
		each(knowledge.Specialty, "ranked_in", "Specialty")
	case relProjects:
		each(knowledge.Project, "client_of", "Project")
	case relAgreements:
		each(knowledge.Institution, "agreement_with", "Institution")
		each(knowledge.Country, "partners_in", "Country")
	}
	return out
}

// unbracketed is a name without what is told in brackets behind it.
func unbracketed(name string) string {
	if at := strings.IndexAny(name, "(（"); at > 0 {
		name = name[:at]
	}
	return strings.TrimSpace(name)
}

// answers tells whether a message is answered by itself.
func (b *Bot) answers(message, lang string) bool {
	r := b.readings(b.parse(message, lang))
	return complete(r) && b.answerReading(r[0], lang, &state{}).kind == KindAnswer
}
