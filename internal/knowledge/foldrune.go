package knowledge

// FoldRune gives the form in which a letter that is neither ASCII nor Latin is compared, in lower case already: ё as е,
// the forms of Arabic alef as one, traditional and Japanese characters as the simplified ones. Other runes come back
// as they are. It lets a parser that must keep positions fold rune by rune what Fold does to a text.
func FoldRune(r rune) rune {
	switch {
	case r < firstFolded:
		return r
	case r <= lastLetter:
		return folded(letterTable[r-firstFolded], r)
	case r >= firstHan && r <= lastHan:
		return folded(hanTable[r-firstHan], r)
	}
	return r
}

// folded is what a table has for a rune, or, where that is zero, the rune.
func folded(f uint16, r rune) rune {
	if f != 0 {
		return rune(f)
	}
	return r
}

// What letterFold has is between these: ё and Arabic letters, and the Chinese
// characters in common use.
const (
	firstFolded, lastLetter = 'ё', 'ی'
	firstHan, lastHan       = 0x4E00, 0x9FFF
)

// letterTable and hanTable are letterFold for letters and Chinese characters;
// zero stands for none.
var letterTable, hanTable = func() (letters [lastLetter - firstFolded + 1]uint16, han [lastHan - firstHan + 1]uint16) {
	for r, f := range letterFold {
		if r <= lastLetter {
			letters[r-firstFolded] = uint16(f)
		} else {
			han[r-firstHan] = uint16(f)
		}
	}
	return letters, han
}()
