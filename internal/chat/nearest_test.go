package chat

import (
	"slices"
	"strings"
	"testing"

	"naru/internal/naru"
)

// lacking gives, by language, questions about what the dataset lacks while it
// has something near.
var lacking = map[string][]string{
	"en":      {"Do you have partners in Vietnam?", "Lung cancer survival in Japan", "How many foreign patients came in 2008?"},
	"ko":      {"베트남에 협력기관이 있나요?", "일본 폐암 생존율", "2008년 외국인 환자는 몇 명인가요?"},
	"zh-Hans": {"越南有合作机构吗？", "日本的肺癌生存率", "2008年有多少外国患者？"},
	"ja":      {"ベトナムに提携機関はありますか？", "日本の肺がんの生存率", "2008年の外国人患者は何人ですか？"},
	"ru":      {"Есть ли партнёры во Вьетнаме?", "Выживаемость при раке лёгких в Японии", "Сколько иностранных пациентов было в 2008 году?"},
	"mn":      {"Вьетнамд түнш бий юу?", "Японд уушгины хорт хавдрын амьдрах хувь", "2008 онд хэдэн гадаад өвчтөн ирсэн бэ?"},
	"kk":      {"Вьетнамда серіктес бар ма?", "Жапонияда өкпе обырының өмір сүру көрсеткіші", "2008 жылы қанша шетелдік пациент болды?"},
	"ar":      {"هل لديكم شركاء في فيتنام؟", "نسبة البقاء لسرطان الرئة في اليابان", "كم عدد المرضى الأجانب سنة 2008؟"},
	"vi":      {"Có đối tác ở Việt Nam không?", "Tỷ lệ sống ung thư phổi ở Nhật Bản", "Năm 2008 có bao nhiêu bệnh nhân nước ngoài?"},
}

// TestNearestIsOffered checks that what is offered for something missing is
// answered when it is sent.
func TestNearestIsOffered(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for _, lang := range naru.Languages {
		for i, question := range lacking[lang] {
			r := say(t, b, "", lang, question)
			offered := slices.DeleteFunc(slices.Clone(r.Suggestions), func(s string) bool { return s == b.catalog.Text(lang, "chat.suggest.person", nil) })
			if want := []int{maxOffers, maxOffers, 1}[i]; len(offered) != want {
				t.Errorf("%s: %q offers %q", lang, question, r.Suggestions)
				continue
			}
			for _, s := range offered {
				if next := say(t, b, r.ConversationID, lang, s); next.Kind != KindAnswer || strings.Contains(s, "{{") {
					t.Errorf("%s: %q offers %q, which gets %s %q", lang, question, s, next.Kind, next.Text)
				}
			}
		}
	}
	if r := say(t, b, "", "en", "Any partners in Kyrgyzstan?"); len(r.Suggestions) == 0 || !strings.Contains(r.Suggestions[0], "Kazakhstan") {
		t.Errorf("next to Kyrgyzstan: %q", r.Suggestions)
	}
}

// TestSuggestionsLeadOn checks that what is suggested after an answer is
// answered, and is not what was asked.
func TestSuggestionsLeadOn(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for _, lang := range naru.Languages {
		for _, key := range []string{"suggest.partners", "suggest.patients", "suggest.survival"} {
			question := b.catalog.Text(lang, "chat."+key, nil)
			r := say(t, b, "", lang, question)
			if len(r.Suggestions) != 3 || slices.Contains(r.Suggestions, question) {
				t.Errorf("%s: %q suggests %q", lang, question, r.Suggestions)
			}
			for _, s := range r.Suggestions {
				if next := say(t, b, r.ConversationID, lang, s); next.Kind != KindAnswer || next.Text == r.Text {
					t.Errorf("%s: %q suggests %q, which gets %s %q", lang, question, s, next.Kind, next.Text)
				}
			}
		}
	}
}

// TestChoicesAreAnswered sends each choice of a question back as it stands.
func TestChoicesAreAnswered(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for lang, question := range map[string]string{
		"en": "liver survival rate", "ko": "간 생존율", "zh-Hans": "肝 生存率", "ja": "肝臓の生存率", "ru": "выживаемость печень", "mn": "элэг амьдрах хувь",
		"kk": "бауыр өмір сүру көрсеткіші", "ar": "نسبة البقاء الكبد", "vi": "tỷ lệ sống gan",
	} {
		r := say(t, b, "", lang, question)
		if r.Kind != KindClarify || len(r.Suggestions) < 2 {
			t.Errorf("%s: %s %q", lang, r.Kind, r.Suggestions)
			continue
		}
		seen := map[string]bool{}
		for _, choice := range r.Suggestions {
			again := say(t, b, "", lang, question)
			next := say(t, b, again.ConversationID, lang, choice)
			if next.Kind != KindAnswer || seen[next.Text] {
				t.Errorf("%s: %q gets %s %q", lang, choice, next.Kind, next.Text)
			}
			seen[next.Text] = true
		}
	}
}
