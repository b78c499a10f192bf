package chat

import (
	"strings"
	"testing"
)

// TestEachQuestionOfAMessageIsAnswered asks two and three things at once, after
// a greeting or a story, and things of which one is not in the data.
func TestEachQuestionOfAMessageIsAnswered(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for _, c := range []struct {
		lang, message string
		want          []string
	}{
		{"en", "How many partners in China? When was the KIST agreement signed?", []string{"China: 6", "1 April 2012"}},
		{"en", "Hello! How many partners do you have in China? And in Japan? Thank you!", []string{"China: 6", "Japan: 4"}},
		{"en", "My mother has lung cancer. What is the survival rate in Korea? And in the US? Who can I call at KUMC?", []string{"38.5%", "36.7%", "82-2-920-6203"}},
		{"ru", "Здравствуйте. Какая выживаемость при раке лёгкого в Корее? Сколько иностранных пациентов было в 2023 году?", []string{"38,5", "2023 год"}},
		{"ar", "كم شريكا لديكم في الصين؟ ومتى وقعتم مع KIST؟", []string{"6 من المؤسسات", "2012"}},
		{"kk", "Қытайда неше серіктес бар? KIST-пен келісім қашан жасалды?", []string{"— 6", "2012"}},
		{"zh-Hans", "韩国肺癌五年生存率是多少？心脏移植呢？", []string{"38.5%", "72.92%"}},
		{"ko", "폐암 5년 생존율이 어떻게 되나요? 그리고 미국은요?", []string{"38.5%", "36.7%"}},
	} {
		r, _ := ask(t, b, question{Lang: c.lang, Question: c.message}, true)
		for _, w := range c.want {
			if r.Kind != KindAnswer || !strings.Contains(r.Text, w) {
				t.Errorf("%s: %s, without %q: %s", c.message, r.Kind, w, r.Text)
			}
		}
		if len(r.Citations) < 1 || len(r.Facts) < 2 {
			t.Errorf("%s: %d citations and %d facts for all questions", c.message, len(r.Citations), len(r.Facts))
		}
	}
	for _, message := range []string{
		"How many partners in China? What does a transplant cost?",
		"Does my brother need surgery? How many partners are in Japan? When was KIST signed?",
	} {
		if r, _ := ask(t, b, question{Lang: "en", Question: message}, true); r.Kind == KindAnswer {
			t.Errorf("%s: one question was passed over: %s", message, r.Text)
		}
	}
	r, _ := ask(t, b, question{Lang: "en", History: []string{"How many partners in China? And in Japan?"}, Question: "and Mongolia?"}, true)
	if !strings.Contains(r.Text, "Mongolia: 5") {
		t.Errorf("after two questions the last goes on: %s", r.Text)
	}
}
