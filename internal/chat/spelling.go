package chat

import "strings"

// american and british spell the same words; the lexicon holds one of them,
// people type either.
var (
	american = strings.NewReplacer(
		"centre", "center", "organis", "organiz", "pecialis", "pecializ", "programme", "program", "haemat", "hemat", "paediatric", "pediatric",
		"orthopaedic", "orthopedic", "gynaecolog", "gynecolog", "tumour", "tumor", "oesophag", "esophag", "leukaem", "leukem", "diarrhoea", "diarrhea",
		"defence", "defense", "catalogue", "catalog", "authoris", "authoriz", "recognis", "recogniz", "hospitalis", "hospitaliz", "modernis", "moderniz", "anaesthe", "anesthe",
	)
	british = strings.NewReplacer(
		"center", "centre", "organiz", "organis", "pecializ", "pecialis", "program", "programme", "hemat", "haemat", "pediatric", "paediatric",
		"orthopedic", "orthopaedic", "gynecolog", "gynaecolog", "tumor", "tumour", "esophag", "oesophag", "leukem", "leukaem", "diarrhea", "diarrhoea",
		"defense", "defence", "catalog", "catalogue", "authoriz", "authoris", "recogniz", "recognis", "hospitaliz", "hospitalis", "moderniz", "modernis", "anesthe", "anaesthe",
	)
)

// otherSpelling gives an English phrase as the other side of the ocean spells
// it, or "" where both agree.
func otherSpelling(s string) string {
	us := american.Replace(s)
	if us != s {
		return us
	}
	if gb := british.Replace(s); gb != s {
		return gb
	}
	return ""
}
