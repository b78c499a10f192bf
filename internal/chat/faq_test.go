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
