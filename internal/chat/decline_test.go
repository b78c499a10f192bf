package chat

import (
	"strings"
	"testing"
)

// TestDeclinesEchoWhatWasTyped checks that a word that is not understood is
// said back whole and as it was typed, and never a part of one.
func TestDeclinesEchoWhatWasTyped(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for _, c := range []struct{ lang, question, echo string }{
		{"en", "How many Zorbified partners are in Mongolia?", "Zorbified"},
		{"ru", "Сколько зюзюлинских партнёров в Монголии?", "зюзюлинских"},
		{"kk", "Моңғолияда неше зюзюлінген серіктес бар?", "зюзюлінген"},
		{"ko", "몽골 협력기관은 조르비쿵했나요?", "조르비쿵했나요"},
	} {
		r := say(t, b, "", c.lang, c.question)
		if r.Kind != KindDecline || !strings.Contains(r.Text, c.echo) {
			t.Errorf("%q: %s %q, want %s", c.question, r.Kind, r.Text, c.echo)
		}
	}
}

// TestFactsCarryUnits checks the machine-readable units of values.
func TestFactsCarryUnits(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for question, unit := range map[string]string{
		"Stomach cancer survival in Korea": "percent", "heart transplant survival": "percent", "How many foreign patients came in 2018?": "persons",
		"MRI units per million in Korea": "per-million", "How many hospitals are ranked in oncology?": "hospitals",
	} {
		r := say(t, b, "", "en", question)
		if len(r.Facts) == 0 || r.Facts[0].Unit != unit {
			t.Errorf("%q: facts %+v, want the unit %q", question, r.Facts, unit)
		}
	}
}
