package chat

import (
	"slices"
	"strings"
	"testing"

	"naru/internal/knowledge"
	"naru/internal/naru"
)

// TestWhatMayBeMeantIsAnswered offers, in every language, a question about
// every entry of every table, and checks that it is answered.
func TestWhatMayBeMeantIsAnswered(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	entries := everyEntry(b)
	for _, lang := range naru.Languages {
		a := b.newAnswer(lang)
		for _, q := range entries {
			if len(b.meant(q, a)) != 1 {
				t.Errorf("%s: nothing is offered for %s %v %v", lang, q.Relation, q.Entities, q.Years)
			}
		}
	}
}

// everyEntry gives a query about each entry of each table.
func everyEntry(b *Bot) []*query {
	var all []*query
	about := func(relation string, kind knowledge.Kind, ids ...string) *query {
		q := newQuery(relation)
		if kind != "" {
			q.Entities[string(kind)] = ids
		}
		all = append(all, q)
		return q
	}
	kinds := map[string]knowledge.Kind{
		relDepartments: knowledge.Department, relCancers: knowledge.Cancer, relTransplants: knowledge.Organ,
		relIndicators: knowledge.Indicator, relSpecialties: knowledge.Specialty,
	}
	for relation, kind := range kinds {
		seen := map[string]bool{}
		for _, f := range b.facts.figures[relation] {
			if f.country != secondValue && !seen[f.key] {
				seen[f.key] = true
				about(relation, kind, f.key)
			}
		}
	}
	for _, f := range b.facts.figures[relPatients] {
		about(relPatients, "").Years = []int{f.year}
	}
	for _, p := range b.facts.projects {
		about(relProjects, knowledge.Project, p.id)
	}
	for id := range b.facts.byInstitution {
		about(relAgreements, knowledge.Institution, id)
	}
	for _, c := range b.facts.countries {
		about(relAgreements, knowledge.Country, c)
	}
	return all
}

// TestAWordTooManyLeavesTheQuestionToTap writes words nobody knows around a
// question.
func TestAWordTooManyLeavesTheQuestionToTap(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for lang, question := range map[string]string{
		"en": "zorply, liver cancer survival in Korea", "ko": "뜨루빠 한국 간암 생존율", "zh-Hans": "韩国肝癌生存率 嚯嚯嚯", "ja": "ぬぽぬぽ、韓国の肝臓がんの生存率",
		"ru": "зюзябля выживаемость рак печени Корея", "mn": "зюзябля Солонгост элэгний хорт хавдрын амьдрах хувь", "kk": "зюзябля Корея бауыр обыры өмір сүру",
		"ar": "زغبلطق نسبة البقاء سرطان الكبد كوريا", "vi": "zorply tỷ lệ sống ung thư gan Hàn Quốc",
	} {
		r := say(t, b, "", lang, question)
		if r.Kind != KindDecline || len(r.Suggestions) < 2 {
			t.Errorf("%s: %s, offers %q: %s", lang, r.Kind, r.Suggestions, r.Text)
			continue
		}
		next := say(t, b, r.ConversationID, lang, r.Suggestions[0])
		if next.Kind != KindAnswer || !strings.Contains(strings.ReplaceAll(next.Text, ",", "."), "39.3") {
			t.Errorf("%s: %q gets %s %q", lang, r.Suggestions[0], next.Kind, next.Text)
		}
	}
	// A price, a doctor, a place that is lacking are not what is in the tables.
	if r := say(t, b, "", "en", "What does liver cancer surgery cost in Korea?"); r.Kind == KindAnswer || slices.ContainsFunc(r.Suggestions, func(s string) bool { return strings.Contains(s, "survival") }) {
		t.Errorf("%s, offers %q", r.Kind, r.Suggestions)
	}
}
