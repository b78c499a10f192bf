package chat

import (
	"os"
	"strings"
	"testing"

	"naru/internal/knowledge"
	"naru/internal/naru"
)

// miss asks a question that the dataset does not answer.
func miss(t *testing.T, b *Bot, lang, q string, false_, total *int) {
	t.Helper()
	*total++
	r, _ := askOnce(t, b, q, lang)
	if r.Kind == KindAnswer {
		*false_++
		t.Errorf("%s %q was answered: %.120q", lang, q, r.Text)
	}
}

// phrases gives the phrases of a lexicon that stand for an entity or concept.
func phrases(t *testing.T, lang, section, id string) []string {
	t.Helper()
	f, err := loadLexicon(os.DirFS("../../config/knowledge/lexicon"), lang, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := f.Words[id]
	if section == "entities" {
		text = f.Entities[id]
	}
	var out []string
	for p := range phrasesOf(text) {
		if p = strings.Trim(strings.TrimSpace(p), "=*"); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// TestNearMissesAreNotAnswered asks in every language about what is just
// beside the data.
func TestNearMissesAreNotAnswered(t *testing.T) {
	b := newBot(t)
	wrong, total := 0, 0
	for _, lang := range naru.Languages {
		// Dates of agreements that have none.
		for _, r := range b.facts.overseas {
			if len(b.facts.byInstitution[r.Institution]) > 1 {
				continue // also in the dated list
			}
			e, _ := b.base.Entity(knowledge.Ref{Kind: knowledge.Institution, ID: r.Institution})
			miss(t, b, lang, strings.ReplaceAll(asks["when"][lang], "%s", e.Name(lang)), &wrong, &total)
		}
		// Survival of cancers that are not there.
		cancer := map[string]string{"en": "%s cancer", "ko": "%s암", "zh-Hans": "%s癌", "ja": "%sがん", "ru": "рак %s", "mn": "%s хавдар", "kk": "%s обыры", "ar": "سرطان %s", "vi": "ung thư %s"}
		for _, organ := range []string{"prostate", "cervix", "uterus", "ovary", "skin", "brain", "esophagus", "bladder", "kidney", "pancreas"} {
			for _, name := range phrases(t, lang, "entities", "organ:"+organ) {
				miss(t, b, lang, strings.ReplaceAll(asks["survival"][lang], "%s", strings.ReplaceAll(cancer[lang], "%s", name)), &wrong, &total)
			}
		}
		// Years outside the series.
		years := map[string]string{"en": "How many foreign patients came in %s?", "ko": "%s년 외국인 환자는 몇 명인가요?", "zh-Hans": "%s年有多少外国患者？", "ja": "%s年の外国人患者は何人ですか？", "ru": "Сколько иностранных пациентов было в %s году?", "mn": "%s онд хэдэн гадаад өвчтөн ирсэн бэ?", "kk": "%s жылы қанша шетелдік пациент келді?", "ar": "كم عدد المرضى الأجانب سنة %s؟", "vi": "Năm %s có bao nhiêu bệnh nhân nước ngoài?"}
		for _, y := range []string{"1999", "2005", "2008", "2025", "2026", "2030"} {
			miss(t, b, lang, strings.ReplaceAll(years[lang], "%s", y), &wrong, &total)
		}
		// Survival and patients by other countries.
		for _, code := range []string{"JP", "CN", "DE", "FR", "VN", "MN", "KZ", "RU", "TH", "CA", "SG", "AE"} {
			miss(t, b, lang, strings.ReplaceAll(asks["survival"][lang], "%s", b.newAnswer(lang).name(knowledge.Cancer, "stomach"))+" "+b.catalog.Country(lang, code), &wrong, &total)
			miss(t, b, lang, strings.ReplaceAll(years[lang], "%s", "2019")+" "+b.catalog.Country(lang, code), &wrong, &total)
		}
	}
	t.Logf("near misses: %d, answered: %d", total, wrong)
}

// TestAbsentWordsPreventAnswers puts every word for what the data lacks beside
// a question that would otherwise be answered.
func TestAbsentWordsPreventAnswers(t *testing.T) {
	b := newBot(t)
	wrong, total := 0, 0
	for _, lang := range naru.Languages {
		for _, word := range phrases(t, lang, "words", "absent") {
			for _, ask := range []string{"survival", "listed"} {
				name := b.newAnswer(lang).name(knowledge.Cancer, "stomach")
				if ask == "listed" {
					name = b.newAnswer(lang).name(knowledge.Institution, "asan")
				}
				total++
				r, _ := askOnce(t, b, strings.ReplaceAll(asks[ask][lang], "%s", name)+" "+word, lang)
				if r.Kind == KindAnswer {
					wrong++
					t.Logf("%s %q does not prevent: %.80q", lang, word, r.Text)
				}
			}
		}
	}
	t.Logf("questions with an absent word: %d, answered: %d", total, wrong)
	if wrong*200 > total {
		t.Errorf("%d of %d questions with an absent word were answered", wrong, total)
	}
}
