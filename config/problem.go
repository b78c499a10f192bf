package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Problem is one thing wrong in the settings or the data files.
type Problem struct {
	// File and Line (from 1) tell where it stands; both are zero for a
	// problem of the environment. Line is 0 where the file as a whole is
	// meant.
	File string
	Line int
	// Variable is the environment variable, if it stands there.
	Variable string
	// Key is the path of the key, e.g. "http.addr" or "rules[2].when.topic".
	Key string
	// Code is a stable lower_snake_case name of the kind of problem.
	Code string
	// Text says what is wrong, in English, without secrets.
	Text string
}

// String is one line: "place: key: text (code)".
func (p Problem) String() string {
	var parts []string
	switch {
	case p.Variable != "":
		parts = append(parts, p.Variable)
	case p.File != "" && p.Line > 0:
		parts = append(parts, fmt.Sprintf("%s:%d", p.File, p.Line))
	case p.File != "":
		parts = append(parts, p.File)
	}
	if p.Key != "" {
		parts = append(parts, p.Key)
	}
	return strings.Join(append(parts, p.Text), ": ") + " (" + p.Code + ")"
}

// Problems is everything wrong, sorted by place.
type Problems []Problem

// Error has one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// err returns the sorted problems as an error, or nil for none.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	ps.sort()
	return ps
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Variable, b.Variable),
			cmp.Compare(a.Key, b.Key), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text))
	})
}

// didYouMean returns ", did you mean X?" for the candidate nearest to what was
// written, or nothing where none is near.
func didYouMean(written string, candidates []string) string {
	best, distance := "", max(1, len(written)/4)+1
	for _, c := range candidates {
		if d := levenshtein.ComputeDistance(strings.ToLower(written), strings.ToLower(c)); d < distance {
			best, distance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}
