package knowledge

// FoldRune gives the form in which a letter that is neither ASCII nor Latin is compared, in lower case already: ё as е,
// the forms of Arabic alef as one, traditional and Japanese characters as the simplified ones. Other runes come back
// as they are. It lets a parser that must keep positions fold rune by rune what Fold does to a text.
func FoldRune(r rune) rune {
	switch {
	case r >= firstHan && r <= lastHan:
		if f := hanFold[r-firstHan]; f != 0 {
			return rune(f)
		}
		return r
	case r != 'ё' && (r < 'آ' || r > 'ی') && r < lastHan:
		return r // as none of the others is folded
	}
	if f, ok := letterFold[r]; ok {
		return f
	}
	return r
}
