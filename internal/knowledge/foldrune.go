package knowledge

// FoldRune gives the form in which a letter that is neither ASCII nor Latin is compared, in lower case already: ё as е,
// the forms of Arabic alef as one, traditional and Japanese characters as the simplified ones. Other runes come back
// as they are. It lets a parser that must keep positions fold rune by rune what Fold does to a text.
func FoldRune(r rune) rune {
	if f, ok := letterFold[r]; ok {
		return f
	}
	return r
}
