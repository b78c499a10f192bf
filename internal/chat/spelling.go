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

// otherSpelling gives an English phrase as the other side of the ocean spells
// it, or "" where both agree.
func otherSpelling(s string) string {
	if !slices.ContainsFunc(spellings, func(part string) bool { return strings.Contains(s, part) }) {
		return "" // as nearly all are; a Replacer takes long to find that out
	}
	us := american.Replace(s)
	if us != s {
		return us
	}
	if gb := british.Replace(s); gb != s {
		return gb
	}
	return ""
}
