package chat

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// act is what a message does to the conversation instead of asking about the
// data.
type act string

// The acts of config/knowledge/lexicon/acts.yaml.
const (
	actList    act = "list"
	actCount   act = "count"
	actMore    act = "more"
	actYes     act = "yes"
	actNo      act = "no"
	actLast    act = "last"
	actOrdinal act = "ordinal"
	// actSmall begins the acts of small talk: "small.thanks".
	actSmall = "small."
)

// longestAct is the length in characters up to which a message may be an act
// or begin and end with the words of a correction.
const longestAct = 48

// acts are the compiled phrases, by squeezed text.
type acts struct {
	whole    map[string]act
	ordinals map[string]int
	leads    map[string]bool
	tails    map[string]bool
	// spelled are the tails with their accents: "cơ" does not end "Mông Cổ".
	spelled map[string]bool
	// polite are words that change nothing of an act: "which ones, please".
	polite map[string]bool
	// there may stand in a message, thereLast at its end.
	there, thereLast []string
	// land are those of there that can only mean a country.
	land []string
}

func loadActs(fsys fs.FS) (*acts, error) {
	var f struct {
		List, Count, More, Yes, No, Last, Leads, Tails, There, Land, Polite string

		Ordinals map[int]string
		Small    map[string]string
	}
	if err := readFile(fsys, "acts.yaml", &f); err != nil {
		return nil, err
	}
	a := &acts{whole: map[string]act{}, ordinals: map[string]int{}, leads: map[string]bool{}, tails: map[string]bool{}, spelled: map[string]bool{}, polite: map[string]bool{}}
	var problems []error
	add := func(text string, kind act, n int) {
		for phrase := range strings.SplitSeq(text, "|") {
			key := squeeze(phrase)
			before, taken := a.whole[key]
			switch {
			case key == "":
			case taken && (before != kind || a.ordinals[key] != n):
				problems = append(problems, fmt.Errorf("acts.yaml: %q is both %s and %s", strings.TrimSpace(phrase), before, kind))
			default:
				a.whole[key], a.ordinals[key] = kind, n
			}
		}
	}
	for kind, text := range map[act]string{actList: f.List, actCount: f.Count, actMore: f.More, actYes: f.Yes, actNo: f.No, actLast: f.Last} {
		add(text, kind, 0)
	}
	for n, text := range f.Ordinals {
		add(text, actOrdinal, n)
	}
	for name, text := range f.Small {
		add(text, actSmall+act(name), 0)
	}
	for text, into := range map[string]map[string]bool{f.Leads: a.leads, f.Tails: a.tails, f.Polite: a.polite} {
		for phrase := range strings.SplitSeq(text, "|") {
			if key := squeeze(phrase); key != "" {
				into[key] = true
			}
		}
	}
	for phrase := range strings.SplitSeq(f.Tails, "|") {
		a.spelled[accented(phrase)] = true
	}
	for phrase := range strings.SplitSeq(f.There, "|") {
		phrase, last := strings.CutSuffix(strings.TrimSpace(phrase), "$")
		switch key := plain(phrase); {
		case key == "":
		case last:
			a.thereLast = append(a.thereLast, key)
		default:
			a.there = append(a.there, wholeWords(key))
		}
	}
	for phrase := range strings.SplitSeq(f.Land, "|") {
		if key := plain(phrase); key != "" {
			a.land = append(a.land, wholeWords(key))
		}
	}
	return a, errors.Join(problems...)
}

// squeeze is a text without case, accents, punctuation and spaces.
func squeeze(s string) string {
	r := fold(s, false)
	return string(slices.DeleteFunc(r, func(c rune) bool { return c == ' ' || c == hyphen }))
}

// of tells what a message does; n is for actOrdinal.
func (a *acts) of(message string) (kind act, n int, ok bool) {
	if len([]rune(message)) > longestAct {
		return "", 0, false
	}
	key := squeeze(message)
	if kind, ok = a.whole[key]; !ok {
		key = a.bare(message)
		kind, ok = a.whole[key]
	}
	return kind, a.ordinals[key], ok
}

// bare is a squeezed message without the polite words at its ends.
func (a *acts) bare(message string) string {
	words := strings.Fields(plain(message))
	for len(words) > 0 && a.polite[words[0]] {
		words = words[1:]
	}
	for len(words) > 0 && a.polite[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	return strings.Join(words, "")
}

// correction cuts the words of a correction off a message: "no, I meant
// liver". It returns "" where there are none, or nothing else.
func (a *acts) correction(message string) string {
	r := []rune(strings.TrimSpace(message))
	if len(r) > 3*longestAct {
		return ""
	}
	from, to := 0, len(r)
	for i := min(len(r)-1, longestAct); i > 0; i-- {
		if (tight(scriptOf(r[i])) || scriptOf(r[i-1]) != scriptOf(r[i])) && a.leads[squeeze(string(r[:i]))] {
			from = i
			break
		}
	}
	for i := max(from+1, len(r)-longestAct); i < len(r); i++ {
		if (tight(scriptOf(r[i])) || scriptOf(r[i-1]) == space) && a.ends(string(r[i:])) {
			to = i
			break
		}
	}
	if from == 0 && to == len(r) {
		return ""
	}
	return strings.Trim(string(r[from:to]), " ,.;:!?，。、！？،؟–—-")
}

// ends tells whether the end of a message only belongs to a correction. Typed
// with accents it must have the right ones.
func (a *acts) ends(tail string) bool {
	if !a.tails[squeeze(tail)] {
		return false
	}
	typed := accented(tail)
	plainly := !strings.ContainsFunc(typed, func(r rune) bool { return r >= 0xC0 && unicode.Is(unicode.Latin, r) })
	return plainly || a.spelled[typed]
}

// accented is a squeezed text that keeps its accents.
func accented(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFC.String(s))
}

// ordinalFirst finds an ordinal that begins a message and gives the rest of
// it; "the last" is the count. n is 0 where there is none, or nothing after it.
func (a *acts) ordinalFirst(message string, count int) (n int, rest string) {
	r := []rune(strings.TrimSpace(message))
	if len(r) > 3*longestAct {
		return 0, ""
	}
	for i := min(len(r)-1, longestAct); i > 1; i-- {
		if !tight(scriptOf(r[i])) && scriptOf(r[i-1]) == scriptOf(r[i]) {
			continue
		}
		key := squeeze(string(r[:i]))
		if len([]rune(key)) < 2 {
			continue // a bare figure begins a year, too
		}
		switch a.whole[key] {
		case actOrdinal:
			return a.ordinals[key], strings.TrimSpace(string(r[i:]))
		case actLast:
			return count, strings.TrimSpace(string(r[i:]))
		}
	}
	return 0, ""
}

// pointsThere tells whether a message speaks of the place named before.
func (a *acts) pointsThere(message string) bool {
	text := " " + plain(message) + " "
	if speaksOf(text, a.there) || speaksOf(text, a.land) {
		return true
	}
	for _, p := range a.thereLast {
		if strings.HasSuffix(text, " "+p+" ") {
			return true
		}
	}
	return false
}

// pointsToCountry tells whether a message speaks of the country of what was
// named before.
func (a *acts) pointsToCountry(message string) bool {
	return speaksOf(" "+plain(message)+" ", a.land)
}

// wholeWords is a phrase with a space on either side, where its script has
// spaces.
func wholeWords(phrase string) string {
	if r, _ := utf8.DecodeRuneInString(phrase); tight(scriptOf(r)) {
		return phrase
	}
	return " " + phrase + " "
}

// speaksOf tells whether one of the phrases, made by wholeWords, stands in a
// text that begins and ends with a space.
func speaksOf(text string, phrases []string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(text, p) })
}
