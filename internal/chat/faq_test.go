package chat

import (
	"testing"

	"naru/internal/naru"
)

// TestPublishedQuestionsAreAnswered asks every question of the FAQ in every
// language, as it stands on its page.
func TestPublishedQuestionsAreAnswered(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	published := 0
	for i := range b.base.FAQ() {
		q := &b.base.FAQ()[i]
		for _, lang := range naru.Languages {
			question, _ := q.In(lang)
			r := say(t, b, "", lang, question)
			if r.Kind != KindAnswer && r.Kind != KindHandoff || len(r.Citations) == 0 {
				t.Errorf("%s in %s: %q gets %s %q", q.ID, lang, question, r.Kind, r.Text)
			}
			if _, own := q.In(lang); r.Text == own {
				published++
			}
		}
	}
	t.Logf("%d of %d answered from the page, the others computed", published, len(b.base.FAQ())*len(naru.Languages))
}

// TestPublishedQuestionsAreKnownByMeaning checks that a published question is
// recognised with other small words and in another order, and that one with a
// word too many, or with too few, is not.
func TestPublishedQuestionsAreKnownByMeaning(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	same := func(x, y string) bool {
		m := meaning(b.parse(x, "en"))
		return m != "" && m == meaning(b.parse(y, "en"))
	}
	if !same("Which country are the overseas partners in?", "the overseas partners, please: in which country are they?") {
		t.Error("the same in other words is not recognised")
	}
	if same("Which country are the overseas partners in?", "Which country are the overseas partners in, and the price?") {
		t.Error("a word too many is not seen")
	}
	if meaning(b.parse("partners", "en")) != "" {
		t.Error("a single word means a whole question")
	}
}
