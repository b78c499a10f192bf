package chat

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word of a message, or a character of a script without spaces.
type token struct {
	text string
	// bare are an Arabic word without the particles written together with it.
	bare  []string
	roman string
	// marked tells that a Latin word has diacritics.
	tight, marked bool
}

// tokens cuts a text, which keeps its diacritics with marks.
func tokens(text string, marks bool) []token {
	var out []token
	cut(fold(text, marks), func(w []rune, tight bool) {
		t := token{text: string(w), tight: tight}
		switch {
		case tight:
		case w[0] >= 'a' && w[0] <= 'z':
			t.roman = skeleton(t.text)
		case unicode.Is(unicode.Arabic, w[0]):
			t.bare = unclitic(t.text)
		}
		t.marked = !tight && slices.ContainsFunc(w, func(c rune) bool { return c > 0x7F && unicode.Is(unicode.Latin, c) })
		out = append(out, t)
	})
	return out
}

// cut finds the words of a folded text, and each character of scripts without
// spaces.
func cut(r []rune, found func(w []rune, tight bool)) {
	for i := 0; i < len(r); {
		k := i + 1
		switch c := scriptOf(r[i]); {
		case c == space || r[i] == hyphen:
		case tight(c):
			found(r[i:k], true)
		default:
			for k < len(r) && r[k] != ' ' && r[k] != hyphen && !tight(scriptOf(r[k])) {
				k++
			}
			found(r[i:k], false)
		}
		i = k
	}
}

// unclitic gives an Arabic word without each of the particles before it.
func unclitic(w string) []string {
	var out []string
	for _, cut := range []string{"و", "ف", "ب", "ل", "ك", "ال", "ع", "ه", "ح"} {
		rest, ok := strings.CutPrefix(w, cut)
		if n := len([]rune(rest)); !ok || n < 2 || n == 2 && cut != "و" {
			continue
		}
		out = append(out, rest)
		if cut != "ال" {
			if again, ok := strings.CutPrefix(rest, "ال"); ok && len([]rune(again)) > 2 {
				out = append(out, again)
			}
			if cut == "و" || cut == "ف" {
				for _, second := range []string{"ب", "ل"} {
					if again, ok := strings.CutPrefix(rest, second); ok && len([]rune(again)) > 2 {
						out = append(out, again)
					}
				}
			}
		}
	}
	return out
}

// skeleton brings a Cyrillic word and its spellings in Latin letters to one
// form.
func skeleton(w string) string {
	letters := make([]byte, 0, 2*len(w))
	for _, r := range w {
		if to, ok := skeletons[r]; ok {
			letters = append(letters, to...)
		} else {
			letters = utf8.AppendRune(letters, r)
		}
	}
	out := letters[:0]
	for i := 0; i < len(letters); {
		c, n := skeletonTwin(letters[i:])
		out = append(out, c)
		i += n
	}
	return string(out)
}

// skeletonTwin gives the letter for the first of a word, and how many it
// stands for.
func skeletonTwin(w []byte) (c byte, n int) {
	if len(w) > 2 && w[0] == 's' && w[1] == 'c' && w[2] == 'h' {
		return 's', 3
	}
	if len(w) < 2 {
		return w[0], 1
	}
	switch string(w[:2]) {
	case "sh":
		return 's', 2
	case "ch", "ts":
		return 'c', 2
	case "zh":
		return 'j', 2
	case "kh":
		return 'h', 2
	case "gh":
		return 'g', 2
	case "ng":
		return 'n', 2
	case "ii":
		return 'i', 2
	case "iu":
		return 'u', 2
	case "ia":
		return 'a', 2
	case "io", "ie":
		return 'e', 2
	}
	return w[0], 1
}

var skeletons = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "e", 'ж': "j", 'з': "z", 'и': "i", 'й': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n",
	'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "h", 'ц': "c", 'ч': "c", 'ш': "s", 'щ': "s", 'ъ': "", 'ы': "i", 'ь': "",
	'э': "e", 'ю': "u", 'я': "a", 'ә': "a", 'ғ': "g", 'қ': "k", 'ң': "n", 'ө': "o", 'ұ': "u", 'ү': "u", 'һ': "h", 'і': "i",
	'y': "i", 'q': "k", 'w': "v", 'x': "h",
}
