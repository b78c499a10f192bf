// Package typeset keeps together what no line of a page may take apart: a
// figure and its unit, a name with a hyphen, a preposition and its word. The
// texts themselves stay as people type them, since mails and the API give them
// as well. What holds for scripts is here, the words of a language are data
// (config/typography.yaml). A Setter does not change and may be shared.
package typeset

import (
	"fmt"
	"regexp"
	"strings"
)

const (
	noBreak = "\u00a0" // a space that lines do not end at
	joiner  = "\u2060" // no width, and no end of a line beside it

	mayBreak = "\u200b" // no width, and a line may end here
	mayPart  = "\u00ad" // a hyphen, where a line ends within a word

	isolate, isolated = "\u2066", "\u2069" // around what runs from left to right
)

// Rule replaces what matches Find by By, in which $1, $2 … are the groups.
// Rules are applied in order, each twice, as two matches may share a letter.
// Case does not matter where Fold is set.
type Rule struct {
	Find string
	By   string
	Fold bool
}

// Setter sets texts of some languages.
type Setter struct{ languages map[string]*compiled }

type compiled struct {
	rules []Rule
	find  []*regexp.Regexp
}

// general holds for every language.
var general = []Rule{
	// Hyphens in e-mail, in names such as Al-Farabi, between a figure and the
	// ending that hangs on it (7609-ға), and years from one to another. Numbers of
	// telephones and cases get nothing between their digits: they are copied.
	{Find: `\b(E-)(mail)`, By: "$1" + joiner + "$2", Fold: true},
	{Find: `(\p{Lu}\p{Ll}+-)(\p{Lu}\p{Ll})`, By: "$1" + joiner + "$2"},
	{Find: `([\d)%»”]-)(\p{Cyrillic})`, By: "$1" + joiner + "$2"},
	{Find: `(\d–)(\d)`, By: "$1" + joiner + "$2"},
	// A family name before a comma is read with the given name after it.
	{Find: `(\p{Lu}\p{Ll}+,) (\p{Lu}\p{Ll}+-)`, By: "$1" + noBreak + "$2"},
}

// spaced holds for languages that part words by spaces.
var spaced = []Rule{
	// Short parts of words with a hyphen: кем-то, ата-ана.
	{Find: `(\p{Cyrillic}-)(\p{Cyrillic}{1,3})([^\p{Cyrillic}]|$)`, By: "$1" + joiner + "$2$3"},
	{Find: `([^\p{Cyrillic}-]|^)(\p{Cyrillic}{1,3}-)(\p{Cyrillic})`, By: "$1$2" + joiner + "$3"},
	// A figure stays with what is counted, and with its thousands; not so the time
	// on a clock, which would make one long word with the date.
	{Find: `(\d) ([\d\p{Cyrillic}\p{Latin}\p{Arabic}])`, By: "$1" + noBreak + "$2"},
	{Find: `(:\d\d)` + noBreak, By: "$1 "},
	{Find: ` ([—–])`, By: noBreak + "$1"},
}

// ideographic holds for Chinese and Japanese: a figure stays with the sign it
// counts.
var ideographic = []Rule{{Find: `(\d)(\p{Han})`, By: "$1" + joiner + "$2"}}

// hangul holds for Korean: a particle hangs on the sign before it, and a dot
// joins words (수집·이용). Words are short, and spaces stay as they are.
var hangul = []Rule{{Find: `([)%’”]|\p{Hangul}·)(\p{Hangul})`, By: "$1" + joiner + "$2"}}

// arabic holds for Arabic: numbers as the sources print them, of telephones and
// 2010~2023, run from left to right.
var arabic = []Rule{{Find: `([^\d` + isolate + `~+-]|^)(\+?\d+(?:-\d+){2,}(?:~\d+)?|\d+~\d+)`, By: "$1" + isolate + "$2" + isolated}}

// unspaced tells of languages that do not part words by spaces.
func unspaced(language string) bool { return language == "ja" || strings.HasPrefix(language, "zh") }

// rules are those of a language.
func (w words) rules(language string) []Rule {
	all := append([]Rule(nil), general...)
	all = append(all, w.own(unspaced(language))...)
	switch {
	case unspaced(language):
		return append(all, ideographic...)
	case language == "ko":
		return append(all, hangul...)
	case language == "ar":
		all = append(all, arabic...)
	}
	return append(all, spaced...)
}

func compile(rules []Rule) (*compiled, error) {
	c := &compiled{rules: rules}
	for _, r := range rules {
		find := r.Find
		if r.Fold {
			find = "(?i)" + find
		}
		one, err := regexp.Compile(find)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", r.Find, err)
		}
		c.find = append(c.find, one)
	}
	return c, nil
}

// of are the rules of a language; those of all where it has none of its own.
func (s *Setter) of(language string) *compiled {
	if c := s.languages[language]; c != nil {
		return c
	}
	return s.languages[""]
}

// Set returns the text with what belongs together in the language kept
// together; in an unknown language, only what does so in all.
func (s *Setter) Set(language, text string) string {
	c := s.of(language)
	for i, find := range c.find {
		for range 2 {
			text = find.ReplaceAllString(text, c.rules[i].By)
		}
	}
	return text
}

// In is Set of one language.
func (s *Setter) In(language string) func(text string) string {
	return func(text string) string { return s.Set(language, text) }
}

// ScriptRule is a rule for a script of a page: Find is a regular expression of
// JavaScript to be read with Flags.
type ScriptRule struct {
	Find  string `json:"find"`
	Flags string `json:"flags"`
	By    string `json:"by"`
}

// scripts are classes of letters that JavaScript names in another way.
var scripts = strings.NewReplacer(`\p{Cyrillic}`, `\p{sc=Cyrillic}`, `\p{Latin}`, `\p{sc=Latin}`, `\p{Arabic}`, `\p{sc=Arabic}`, `\p{Han}`, `\p{sc=Han}`, `\p{Hangul}`, `\p{sc=Hangul}`)

// Script returns the rules of Set for scripts of pages, which apply them in the
// same way: in order, each twice.
func (s *Setter) Script(language string) []ScriptRule {
	var all []ScriptRule
	for _, r := range s.of(language).rules {
		flags := "gu"
		if r.Fold {
			flags = "giu"
		}
		all = append(all, ScriptRule{scripts.Replace(r.Find), flags, r.By})
	}
	return all
}

// zone is a name in brackets at the end.
var zone = regexp.MustCompile(`\([^()]*\)$`)

// Time sets a time; the name of its zone, in brackets at the end, stays whole.
func (s *Setter) Time(language, text string) string {
	return zone.ReplaceAllStringFunc(s.Set(language, text), func(name string) string { return strings.ReplaceAll(name, " ", noBreak) })
}
