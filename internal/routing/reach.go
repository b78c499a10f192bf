package routing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"naru/internal/naru"
)

// maxParts bounds the work of finding unreachable rules. Beyond it a rule
// counts as reachable.
const maxParts = 20_000

// unreachable warns of rules that no inquiry takes, because none can meet
// their conditions or because earlier rules take all that do. A rule is a box
// in the space of all inquiries; what is left of it after cutting out the
// earlier boxes is what it takes. The last rule is left out: there must be one
// that takes what is left, even if that is nothing.
func (r *Router) unreachable(o Options) []Warning {
	var warnings []Warning
	for i := range len(r.rules) - 1 {
		c := &r.rules[i]
		parts := r.parts(i)
		if len(parts) == 0 {
			warnings = append(warnings, warning(i, c.rule, "unsatisfiable", "can never match: "+r.why(c.rule, o)))
			continue
		}
		for _, earlier := range r.rules[:i] {
			parts = cut(parts, earlier.box)
		}
		if len(parts) == 0 {
			warnings = append(warnings, warning(i, c.rule, "shadowed", "can never match: "+r.shadows(i)))
		}
	}
	return warnings
}

func warning(i int, r Rule, code, text string) Warning {
	return Warning{Path: "rules[" + strconv.Itoa(i) + "]", Line: r.Line, Code: code, Text: fmt.Sprintf("%q %s", r.ID, text)}
}

// parts is what of rule i inquiries can meet, by kind of inquiry.
func (r *Router) parts(i int) []box {
	var parts []box
	for _, base := range r.space.bases {
		if part, ok := r.rules[i].box.within(base); ok {
			parts = append(parts, part)
		}
	}
	return parts
}

func cut(parts []box, by box) []box {
	if len(parts) > maxParts {
		return parts
	}
	var left []box
	for _, p := range parts {
		left = append(left, p.minus(by)...)
	}
	return left
}

// shadows names the rules before i that take what i would.
func (r *Router) shadows(i int) string {
	name := func(c compiled) string {
		if c.rule.Line > 0 {
			return fmt.Sprintf("%q (line %d)", c.rule.ID, c.rule.Line)
		}
		return strconv.Quote(c.rule.ID)
	}
	var overlapping []string
	for _, earlier := range r.rules[:i] {
		parts := r.parts(i)
		if len(cut(parts, earlier.box)) == 0 {
			return "rule " + name(earlier) + " before it takes all that it would"
		}
		if slices.ContainsFunc(parts, func(p box) bool { _, meets := earlier.box.within(p); return meets }) {
			overlapping = append(overlapping, name(earlier))
		}
	}
	return "rules " + strings.Join(overlapping, ", ") + " before it together take all that it would"
}

// why tells why no inquiry can meet a rule.
func (r *Router) why(rule Rule, o Options) string {
	var patient, partner []string
	for _, c := range conditions(rule.When) {
		switch c.key {
		case "purpose", "writer", "department":
			patient = append(patient, c.key)
		case "topic", "institution_type":
			partner = append(partner, c.key)
		case "kind":
			if !slices.Contains(c.values, string(naru.KindPatient)) {
				partner = append(partner, "kind")
			}
			if !slices.Contains(c.values, string(naru.KindPartner)) {
				patient = append(patient, "kind")
			}
		case "office_hours":
			if slices.Contains(o.AlwaysOpen, rule.Team) && c.values[0] == "false" {
				return fmt.Sprintf("team %q is always open", rule.Team)
			}
		}
	}
	if len(patient) > 0 && len(partner) > 0 {
		return fmt.Sprintf("%s asks for a patient, %s for a partner", strings.Join(patient, ", "), strings.Join(partner, ", "))
	}
	return "none of its countries is on its continents"
}
