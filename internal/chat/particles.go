package chat

import (
	"regexp"
	"strings"
)

// hedged is a Korean particle of which a text gives both forms, since the word
// before it is not known there.
var hedged = regexp.MustCompile(`(은|이|을|와|으)\((는|가|를|과|로)\)|\(으\)로|\(이\)라`)

// koreanParticles chooses the form of each particle that fits the word before
// it. Between the two may stand the name as it is printed, in brackets. Where
// the word does not end in a Korean syllable or a figure, both forms stay.
func koreanParticles(s string) string {
	if !strings.Contains(s, "(") {
		return s
	}
	var out strings.Builder
	at := 0
	for _, m := range hedged.FindAllStringIndex(s, -1) {
		final, known := finalSound(s[:m[0]])
		if !known {
			continue
		}
		out.WriteString(s[at:m[0]])
		out.WriteString(particle(s[m[0]:m[1]], final))
		at = m[1]
	}
	out.WriteString(s[at:])
	return out.String()
}

// The sounds a Korean syllable ends in that matter for its particles.
const (
	openSyllable = iota
	endsInL
	endsInOther
)

func particle(pair string, final int) string {
	if pair == "(으)로" {
		if final == endsInOther {
			return "으로"
		}
		return "로"
	}
	if pair == "(이)라" {
		if final == openSyllable {
			return "라"
		}
		return "이라"
	}
	after, before := pair[:len("은")], pair[len("은("):len(pair)-1]
	if after == "와" { // the pair that is written the other way round
		after, before = before, after
	}
	if final == openSyllable {
		return before
	}
	return after
}

// finalSound tells what the last word of a text ends in.
func finalSound(s string) (final int, known bool) {
	s = strings.TrimRight(s, " ”’\"'")
	for strings.HasSuffix(s, ")") {
		depth, i := 0, len(s)-1
		for ; i >= 0; i-- {
			if s[i] == ')' {
				depth++
			} else if s[i] == '(' {
				if depth--; depth == 0 {
					break
				}
			}
		}
		if i <= 0 {
			return 0, false
		}
		s = strings.TrimRight(s[:i], " ")
	}
	r := []rune(s)
	if len(r) == 0 {
		return 0, false
	}
	const firstSyllable, lastSyllable, finals, finalL = 0xAC00, 0xD7A3, 28, 8
	switch last := r[len(r)-1]; {
	case last >= firstSyllable && last <= lastSyllable:
		switch (last - firstSyllable) % finals {
		case 0:
			return openSyllable, true
		case finalL:
			return endsInL, true
		}
		return endsInOther, true
	case last == '%': // 퍼센트
		return openSyllable, true
	case strings.ContainsRune("2459", last): // 이, 사, 오, 구
		return openSyllable, true
	case strings.ContainsRune("178", last): // 일, 칠, 팔
		return endsInL, true
	case strings.ContainsRune("036", last): // 영, 십, 백, 천, 만; 삼; 육
		return endsInOther, true
	}
	return 0, false
}

// shortestName is how many syllables of a name are left at least when its
// particles are taken off: 경기도 ends in none.
const shortestName = 3

// endsNames are endings that are part of a name: 소방서, 법인.
const endsNames = "서인일한"

// bareName takes the particles off a Korean name that no list has, so that it
// can be said back with others: of 하버드대랑도 it leaves 하버드대.
func (l *lexicon) bareName(name string) string {
	r := []rune(name)
	if l.lang != "ko" || len(r) == 0 || scriptOf(r[len(r)-1]) != hangul {
		return name
	}
	for n := shortestName; n < len(r); n++ {
		if scriptOf(r[n-1]) == hangul && !strings.Contains(endsNames, string(r[n:])) && l.ending(r[n:]) {
			return string(r[:n])
		}
	}
	return name
}
