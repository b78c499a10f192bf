package chat

import (
	"strings"
	"testing"
)

// TestRomanTyping reads languages of the Cyrillic alphabet in Latin letters,
// with the language of the page and without, and leaves English alone.
func TestRomanTyping(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for _, c := range []struct{ hint, message, lang, want string }{
		{"mn", "2019 gadaad ovchton too", "mn", "497,464"},
		{"", "2019 gadaad uvchtnii too", "mn", "497,464"},
		{"mn", "KIMA utasnii dugaar hed ve", "mn", "82-2-362-7607"},
		{"", "hodoodnii havdriin amidrah huvi solongost hed ve", "mn", "77.9"},
		{"kk", "2019 sheteldik pacient sany", "kk", "497"},
		{"kk", "Kazakhstannan kandai seriktester bar", "kk", "Al-Farabi"},
		{"ru", "skolko inostrannyh pacientov v 2019 godu", "ru", "497"},
	} {
		r := say(t, b, "", c.hint, c.message)
		if r.Language != c.lang || r.Kind != KindAnswer || !strings.Contains(r.Text, c.want) {
			t.Errorf("%q (%s): %s %s %q", c.message, c.hint, r.Language, r.Kind, r.Text)
		}
	}
	for _, message := range []string{"What does a hotel near the hospital cost?", "male patients in 2019 zzz", "best surgeon for kidney stones"} {
		for _, hint := range []string{"", "mn", "kk"} {
			if r := say(t, b, "", hint, message); r.Kind == KindAnswer || hint == "" && r.Language != "en" {
				t.Errorf("%q (%s): %s %s %q", message, hint, r.Language, r.Kind, r.Text)
			}
		}
	}
}

func TestNumerals(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for _, c := range []struct {
		lang, message string
		value         float64
		year          int
	}{
		{"mn", "хоёр мянга хорин нэгэн онд", 2021, 2021},
		{"mn", "таван зуун мянга", 500000, 0},
		{"mn", "нэг сая хоёр зуун мянга", 1200000, 0},
		{"kk", "екі мың он сегізінші жылы", 2018, 2018},
		{"kk", "үш жүз қырық бес", 345, 0},
		{"en", "two hundred thousand", 200000, 0},
		{"en", "twenty five", 25, 0},
	} {
		var n *number
		for _, it := range b.parse(c.message, c.lang) {
			if it.number != nil {
				n = it.number
			}
			for _, s := range it.senses {
				if s.kind == "year" { // a phrase of the lexicon
					n = &number{value: c.value, year: c.year}
				}
			}
		}
		if n == nil || n.value != c.value || n.year != c.year {
			t.Errorf("%s: %+v", c.message, n)
		}
	}
}

func TestDenyingEndings(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for _, c := range []struct {
		lang, message string
		denied        bool
	}{
		{"mn", "гэрээ байгуулаагүй улс", true},
		{"mn", "гэрээ байгуулаагүй юу", false},
		{"kk", "тізімге кірмеген елдер", true},
		{"kk", "тізімге кірмеген бе", false},
	} {
		denied := false
		for _, it := range b.parse(c.message, c.lang) {
			denied = denied || it.has(word, "negated")
		}
		if denied != c.denied {
			t.Errorf("%s: denied %v", c.message, denied)
		}
	}
}
