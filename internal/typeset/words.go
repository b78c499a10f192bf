package typeset

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"naru/internal/outline"
)

// words are the lists of a language, as config/typography.yaml explains them.
type words struct {
	Next, Previous, Numbered, Counters, Whole, Parts string
}

// Parse reads typography.yaml; the languages are those that it may have. Its
// error names the file and, where it can, the line.
func Parse(text string, languages []string) (*Setter, error) {
	var lists map[string]words
	node, err := outline.Read(text)
	if err == nil {
		err = node.Decode(&lists)
	}
	if fault, ok := errors.AsType[*outline.Error](err); ok {
		return nil, fmt.Errorf("typography.yaml:%d: %s", fault.Line, fault.Message)
	}
	if err != nil {
		return nil, fmt.Errorf("typography.yaml: %w", err)
	}
	s := &Setter{languages: map[string]*compiled{}}
	var problems []error
	for language := range lists {
		if !slices.Contains(languages, language) {
			problems = append(problems, fmt.Errorf("typography.yaml: unknown language %q", language))
		}
	}
	for _, language := range languages {
		s.languages[language], err = compile(lists[language].rules(language))
		problems = append(problems, err)
	}
	s.languages[""], err = compile(general)
	return s, errors.Join(append(problems, err)...)
}

// own are the rules that the lists make.
func (w words) own(unspaced bool) []Rule {
	var all []Rule
	add := func(find, by string) { all = append(all, Rule{Find: find, By: by, Fold: true}) }
	// tie keeps parts together, part lets a word be parted between them.
	split, between, tie, part := " ", " ", noBreak, mayPart
	before, after := `([\s(«`+noBreak+`]|^)`, `([\s.,;:?!)»]|$)`
	if unspaced {
		split, between, tie, part = "", "", joiner, mayBreak
	}
	for word := range strings.SplitSeq(w.Whole, "|") {
		if word = strings.TrimSpace(word); word != "" {
			find, by := groups(1, strings.Split(word, split), between)
			add(find, strings.Join(by, tie))
		}
	}
	for word := range strings.FieldsSeq(w.Parts) {
		find, by := groups(1, strings.Split(word, "|"), "")
		add(find, strings.Join(by, part))
	}
	for counter := range strings.FieldsSeq(w.Counters) {
		find, by := groups(2, strings.Split(counter, ""), "")
		add(`(\d)`+find, "$1"+joiner+strings.Join(by, joiner))
	}
	next, previous, numbered := either(w.Next), either(w.Previous), either(w.Numbered)
	switch {
	case next != "" && unspaced:
		add(next+`([^`+joiner+`])`, "$1"+joiner+"$2")
	case next != "":
		add(before+next+` `, "$1$2"+noBreak)
	}
	switch {
	case previous != "" && unspaced:
		add(`([^`+joiner+`\s])`+previous, "$1"+joiner+"$2")
	case previous != "":
		add(` `+previous+after, noBreak+"$1$2")
	}
	if numbered != "" {
		add(before+numbered+` (\d)`, "$1$2"+noBreak+"$3")
	}
	return all
}

// groups finds the parts with what stands between them, each as a group,
// numbered from first on; by names the groups.
func groups(first int, parts []string, between string) (find string, by []string) {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = "(" + regexp.QuoteMeta(part) + ")"
		by = append(by, "$"+strconv.Itoa(first+i))
	}
	return strings.Join(quoted, between), by
}

// either finds one of the words, as a group; empty where there are none.
func either(list string) string {
	all := strings.Fields(list)
	if len(all) == 0 {
		return ""
	}
	for i := range all {
		all[i] = regexp.QuoteMeta(all[i])
	}
	return "(" + strings.Join(all, "|") + ")"
}
