package routing

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"

	"naru/internal/naru"
)

// Options is what rules may refer to.
type Options struct {
	// Teams are all teams; exactly one is the fallback.
	Teams []naru.Team
	// Departments are the values of the patient form's department.
	Departments []string
	// AlwaysOpen are the ids of teams whose office hours never end.
	AlwaysOpen []string
}

// Fault is one thing wrong with a rule.
type Fault struct {
	// Path says which value, e.g. "rules[2].when.topic[0]".
	Path string
	// Line is that of the rule, 0 for unknown or none.
	Line int
	// Code is a stable lower_snake_case name, Text the rest of a sentence
	// about Path.
	Code, Text string
}

// Warning is a fault that does not keep rules from working.
type Warning = Fault

// Error is "line 3: path: text".
func (f Fault) Error() string {
	text := f.Path + ": " + f.Text
	if f.Line > 0 {
		text = fmt.Sprintf("line %d: %s", f.Line, text)
	}
	return text
}

// Compile checks rules and makes a router of them. The error joins a Fault for
// everything wrong, in the order of the rules. Warnings name rules that no
// inquiry reaches (they are exact, except that office hours of several teams
// are taken to be independent of each other) and teams that no rule leads to.
func Compile(rules []Rule, o Options) (*Router, []Warning, error) {
	c := compiler{space: newSpace(o), options: o}
	c.checkTeams()
	c.checkRules(rules)
	if len(c.faults) > 0 {
		return nil, nil, errors.Join(c.faults...)
	}
	router := &Router{space: c.space}
	for _, r := range rules {
		i := slices.IndexFunc(o.Teams, func(t naru.Team) bool { return t.ID == r.Team })
		router.rules = append(router.rules, compiled{rule: r, team: o.Teams[i], box: c.space.box(r)})
	}
	return router, append(router.unreachable(o), c.unused(rules)...), nil
}

type compiler struct {
	space   *space
	options Options
	faults  []error
}

func (c *compiler) add(path string, line int, code, format string, args ...any) {
	c.faults = append(c.faults, Fault{Path: path, Line: line, Code: code, Text: fmt.Sprintf(format, args...)})
}

func (c *compiler) checkTeams() {
	fallbacks := 0
	for _, t := range c.options.Teams {
		if t.Fallback {
			fallbacks++
		}
	}
	if fallbacks != 1 {
		c.add("teams", 0, "fallback", "must have exactly one with fallback: true, not %d", fallbacks)
	}
}

func (c *compiler) checkRules(rules []Rule) {
	if len(rules) == 0 {
		c.add("rules", 0, "no_rules", "must have at least one that catches all")
		return
	}
	seen := map[string]int{}
	teams := make([]string, len(c.options.Teams))
	for i, t := range c.options.Teams {
		teams[i] = t.ID
	}
	for i, r := range rules {
		path := "rules[" + strconv.Itoa(i) + "]"
		first, again := seen[r.ID]
		switch {
		case r.ID == "":
			c.add(path, r.Line, "no_id", "has no id")
		case again:
			c.add(path+".id", r.Line, "duplicate_id", "is %q like that of rules[%d]", r.ID, first)
		default:
			seen[r.ID] = i
		}
		if r.Team == "" {
			c.add(path, r.Line, "no_team", "has no team")
		} else if !slices.Contains(teams, r.Team) {
			c.add(path+".team", r.Line, "unknown_team", "is %q, which is no team%s", r.Team, hint(r.Team, teams))
		}
		for _, condition := range conditions(r.When) {
			c.checkCondition(path+".when."+condition.key, r.Line, condition)
		}
	}
	last := rules[len(rules)-1]
	if len(conditions(last.When)) > 0 {
		c.add("rules["+strconv.Itoa(len(rules)-1)+"].when", last.Line, "not_catching_all", "must be empty: the last rule takes whatever is left")
	}
}

func (c *compiler) checkCondition(path string, line int, condition condition) {
	if len(condition.values) == 0 {
		c.add(path, line, "empty_condition", "has no value, so that nothing could meet it; leave it out to allow all")
	}
	allowed := c.space.allowedValues(condition.key)
	for i, v := range condition.values {
		item := path + "[" + strconv.Itoa(i) + "]"
		switch {
		case !slices.Contains(allowed, v):
			c.add(item, line, "unknown_"+condition.key, "is %q, which is no %s%s", v, strings.ReplaceAll(condition.key, "_", " "), hint(v, allowed))
		case slices.Contains(condition.values[:i], v):
			c.add(item, line, "duplicate_value", "is %q again", v)
		}
	}
}

// hint names the value probably meant, or all of them where they are few.
func hint(written string, known []string) string {
	best, distance := "", len(written)/3+1 // of two letters only the case may differ
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(written), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("; did you mean %q?", best)
	case len(known) > 0 && len(known) <= 30:
		return "; there are: " + strings.Join(known, ", ")
	}
	return ""
}

func (c *compiler) unused(rules []Rule) []Warning {
	var warnings []Warning
	for i, t := range c.options.Teams {
		if !t.Fallback && !slices.ContainsFunc(rules, func(r Rule) bool { return r.Team == t.ID }) {
			warnings = append(warnings, Warning{Path: "teams[" + strconv.Itoa(i) + "]", Code: "team_without_rule", Text: fmt.Sprintf("%q is the team of no rule", t.ID)})
		}
	}
	return warnings
}
