package chat

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Vietnamese is typed with letters for its marks: "beejnh" is bệnh. What the
// keyboard left in a message is put back where no word is known otherwise.

// syllable is a Vietnamese syllable without its tone: what stands before the
// vowels, these, and what follows them.
var syllable = regexp.MustCompile(`^(ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnpqrstvx])?([aăâeêioôơuưy]{1,3})(ng|nh|ch|[cmnpt])?$`)

var (
	telexVowels = strings.NewReplacer("uow", "ươ", "uwow", "ươ", "uơ", "ươ", "ưo", "ươ", "dd", "đ", "aa", "â", "ee", "ê", "oo", "ô", "aw", "ă", "ow", "ơ", "uw", "ư", "ôô", "ô", "êê", "ê", "ââ", "â", "ơw", "ơ", "ưw", "ư", "ăw", "ă")
	telexTones  = map[rune]rune{'s': '\u0301', 'f': '\u0300', 'r': '\u0309', 'x': '\u0303', 'j': '\u0323'}
)

// telex reads a word typed with letters for marks; it is "" where the word can
// be none. Sure tells that more than its end speaks for it.
func telex(word string) (read string, sure bool) {
	w := strings.ToLower(norm.NFC.String(word))
	tone := rune(0)
	var rest strings.Builder
	seen, split := false, false // a vowel, one behind the tone
	for _, r := range w {
		if t, ok := telexTones[r]; ok && seen {
			if tone != 0 {
				return "", false
			}
			tone = t
			continue
		}
		if tone != 0 && strings.ContainsRune("aăâeêioôơuưy", r) {
			split = true
		}
		seen = seen || strings.ContainsRune("aăâeêioôơuưy", r)
		rest.WriteRune(r)
	}
	plain := telexVowels.Replace(rest.String())
	parts := syllable.FindStringSubmatch(plain)
	if parts == nil || plain == w {
		return "", false
	}
	if split && plain == rest.String() {
		return "", false // a consonant between two syllables
	}
	sure = !split && plain != rest.String() || strings.ContainsFunc(w, func(r rune) bool { return r >= 0x80 })
	if tone == 0 {
		return plain, sure
	}
	vowels := []rune(parts[2])
	at := len(parts[1]) + len(string(vowels[:toned(vowels, parts[3] != "")+1]))
	return norm.NFC.String(plain[:at] + string(tone) + plain[at:]), sure
}

// toned gives the vowel of a syllable that carries the tone.
func toned(vowels []rune, closed bool) int {
	for i, r := range slices.Backward(vowels) {
		if strings.ContainsRune("ăâêôơư", r) {
			return i
		}
	}
	switch {
	case len(vowels) == 3 || len(vowels) == 2 && closed:
		return 1
	}
	return 0
}

// typedMarks reads the unknown words of a Vietnamese message as typed with
// letters for marks; "" where nothing speaks for it.
func typedMarks(t *text, items []item) string {
	r := []rune(string(t.r))
	var out strings.Builder
	last, found, sure := 0, 0, false
	for i := range items {
		if !items[i].unknown {
			continue
		}
		for from := items[i].from; from < items[i].to; {
			to := from
			for to < items[i].to && unicode.IsLetter(r[to]) {
				to++
			}
			if to > from {
				if read, certain := telex(string(r[from:to])); read != "" {
					out.WriteString(string(r[last:from]) + read)
					last, found, sure = to, found+1, sure || certain
				}
			}
			from = to + 1
		}
	}
	if found == 0 || found == 1 && !sure {
		return ""
	}
	return out.String() + string(r[last:])
}
