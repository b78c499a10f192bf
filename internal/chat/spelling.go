package chat

import (
	"slices"
	"strings"
)

// spellings are stretches of words as they are spelled on either side of the
// ocean, the British before the American; the lexicon holds one of them, people
// type either.
var spellings = []string{
	"centre", "center", "organis", "organiz", "pecialis", "pecializ", "programme", "program", "haemat", "hemat", "paediatric", "pediatric",
	"orthopaedic", "orthopedic", "gynaecolog", "gynecolog", "tumour", "tumor", "oesophag", "esophag", "leukaem", "leukem", "diarrhoea", "diarrhea",
	"defence", "defense", "catalogue", "catalog", "authoris", "authoriz", "recognis", "recogniz", "hospitalis", "hospitaliz", "modernis", "moderniz", "anaesthe", "anesthe",
}

var american, british = strings.NewReplacer(spellings...), strings.NewReplacer(turned(spellings)...)

// turned gives a list of pairs with the second of each before the first.
func turned(pairs []string) []string {
	out := slices.Clone(pairs)
	for i := 0; i < len(out); i += 2 {
		out[i], out[i+1] = out[i+1], out[i]
	}
	return out
}

// spelledBy are the stretches by the two letters that they begin with.
var spelledBy = func() (by ['z' - 'a' + 1]['z' - 'a' + 1][]string) {
	for _, part := range spellings {
		first, second := part[0]-'a', part[1]-'a'
		by[first][second] = append(by[first][second], part)
	}
	return by
}()

// otherSpelling gives an English phrase as the other side of the ocean spells
// it, or "" where both agree.
func otherSpelling(r []rune) string {
	if !spelledEitherWay(r) {
		return "" // as nearly all are; a Replacer takes long to find that out
	}
	s := string(r)
	us := american.Replace(s)
	if us != s {
		return us
	}
	if gb := british.Replace(s); gb != s {
		return gb
	}
	return ""
}

// spelledEitherWay tells whether a phrase holds one of the stretches.
func spelledEitherWay(r []rune) bool {
	before := rune(' ')
	for i, c := range r {
		if c >= 'a' && c <= 'z' && before >= 'a' && before <= 'z' {
			for _, part := range spelledBy[before-'a'][c-'a'] {
				n := 2
				for n < len(part) && i-1+n < len(r) && r[i-1+n] == rune(part[n]) {
					n++
				}
				if n == len(part) {
					return true
				}
			}
		}
		before = c
	}
	return false
}
