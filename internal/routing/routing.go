// Package routing chooses the team that answers an inquiry, by ordered rules:
// the first rule whose conditions are all met decides, and the last rule has
// none, so that there always is one.
//
// Compile refuses rules that name what does not exist and warns of rules that
// no inquiry can reach. A Router is read-only and may be used by any number of
// goroutines; Route cannot fail. Nothing here reads files or the clock.
package routing

import (
	"fmt"
	"strings"

	"naru/internal/naru"
)

// Rule sends the inquiries that meet all conditions of When to Team.
type Rule struct {
	// ID names the rule in reports; unique.
	ID string `yaml:"id"`
	// When is what must hold; no condition: always.
	When When `yaml:"when"`
	// Team is the id of a team.
	Team string `yaml:"team"`
	// Line is where the rule stands in its file, for reports; 0: unknown.
	Line int `yaml:"-"`
}

// When is the conditions of a rule. A list is met by any one of its values; an
// absent one is always met. The values of Purpose, Writer, Topic and
// InstitutionType are those of the forms, see naru.Patient and naru.Partner.
type When struct {
	// Kind is "patient" or "partner".
	Kind []string `yaml:"kind"`
	// Purpose, Writer and Department are of the patient form; no partner
	// inquiry meets them.
	Purpose    []string `yaml:"purpose"`
	Writer     []string `yaml:"writer"`
	Department []string `yaml:"department"`
	// Topic and InstitutionType are of the partner form; no patient inquiry
	// meets them.
	Topic           []string `yaml:"topic"`
	InstitutionType []string `yaml:"institution_type"`
	// Country is where the patient lives or the institution is, by ISO 3166-1
	// alpha-2 code; Continent as the United Nations divide them. With both,
	// both must hold.
	Country   []string `yaml:"country"`
	Continent []string `yaml:"continent"`
	// Language is the one the writer wants to be answered in.
	Language []string `yaml:"language"`
	// KnownPartner tells whether the writer's institution has an agreement.
	KnownPartner *bool `yaml:"known_partner"`
	// OfficeHours tells whether the rule's own team is there when the inquiry
	// is accepted.
	OfficeHours *bool `yaml:"office_hours"`
}

// Facts is what rules look at.
type Facts struct {
	Kind naru.Kind
	// Purpose, Writer and Department are empty for partners, Topic and
	// InstitutionType for patients.
	Purpose, Writer, Department string
	Topic, InstitutionType      string
	Country, Language           string
	KnownPartner                bool
	// Open tells of the team with the id whether it is in its office hours; nil:
	// none is. Only rules that want to know ask.
	Open func(team string) bool
}

// FactsOf collects the facts of an inquiry; open as in Facts.
func FactsOf(i naru.Inquiry, open func(team string) bool) Facts {
	f := Facts{Kind: i.Kind, Country: i.Contact.Country, Language: i.Language, KnownPartner: i.KnownPartner != nil, Open: open}
	if p := i.Patient; p != nil {
		f.Purpose, f.Writer, f.Department = p.Purpose, p.Writer, p.Department
	}
	if p := i.Partner; p != nil {
		f.Topic, f.InstitutionType = p.Topic, p.Type
	}
	return f
}

// Decision is the team chosen and the rule that chose it.
type Decision struct {
	Team naru.Team
	// Rule is the rule's id, Line where it stands.
	Rule string
	Line int
}

// Step tells how one rule was tried.
type Step struct {
	Rule string
	Line int
	// Matched is true for the last step alone.
	Matched bool
	// Unmet are the conditions that did not hold; only the kind where that is
	// another, for the rest of the form then is, too.
	Unmet []Unmet
}

// Unmet is a condition that did not hold.
type Unmet struct {
	// Condition is its key, e.g. "topic".
	Condition string
	// Value is what the inquiry has, "" for nothing; Wants what would do.
	Value string
	Wants []string
}

// String is e.g. "topic is visit, wants one of training, research".
func (u Unmet) String() string {
	value, wants := u.Value, strings.Join(u.Wants, ", ")
	if value == "" {
		value = "not given"
	}
	if len(u.Wants) > 1 {
		wants = "one of " + wants
	}
	return fmt.Sprintf("%s is %s, wants %s", u.Condition, value, wants)
}

// Router applies compiled rules.
type Router struct {
	space *space
	rules []compiled
}

type compiled struct {
	rule Rule
	team naru.Team
	// box has the values that meet the rule, by dimension.
	box box
}

// Route returns the team for an inquiry with these facts.
func (r *Router) Route(f Facts) Decision {
	for i := range r.rules {
		if c := &r.rules[i]; r.met(c, f) {
			return Decision{Team: c.team, Rule: c.rule.ID, Line: c.rule.Line}
		}
	}
	// Compile accepts no router whose last rule has a condition.
	panic("routing: no rule took the inquiry")
}

// Explain is Route with every rule tried, in order.
func (r *Router) Explain(f Facts) (Decision, []Step) {
	decision := r.Route(f)
	var steps []Step
	for i := range r.rules {
		c := &r.rules[i]
		step := Step{Rule: c.rule.ID, Line: c.rule.Line, Unmet: r.unmet(c, f)}
		step.Matched = len(step.Unmet) == 0
		if steps = append(steps, step); step.Matched {
			break
		}
	}
	return decision, steps
}

// met tells whether the facts meet all conditions of a rule.
func (r *Router) met(c *compiled, f Facts) bool {
	for d := range r.space.dimensions {
		if !r.space.dimensions[d].meets(c.box[d], f) {
			return false
		}
	}
	return true
}

// meets tells whether the facts' value is in the set; nil is all.
func (d *dimension) meets(set bits, f Facts) bool {
	if set == nil {
		return true
	}
	i, ok := d.index[d.of(f)]
	return ok && set.has(i)
}

// unmet lists the conditions of a rule that the facts do not meet.
func (r *Router) unmet(c *compiled, f Facts) []Unmet {
	var list []Unmet
	for d := range r.space.dimensions {
		dim := &r.space.dimensions[d]
		if dim.meets(c.box[d], f) {
			continue
		}
		list = append(list, Unmet{Condition: dim.name, Value: dim.of(f), Wants: wants(c.rule.When, dim.name)})
		if dim.name == kindOf {
			break
		}
	}
	return list
}

// CheckFacts returns what no inquiry can be, such as a topic that the form does
// not offer. Path is the name of the condition.
func (r *Router) CheckFacts(f Facts) []Fault {
	var faults []Fault
	base := r.space.bases[0]
	if f.Kind == naru.KindPartner {
		base = r.space.bases[1]
	}
	for d, dim := range r.space.dimensions {
		value := dim.of(f)
		i, known := dim.index[value]
		switch {
		case strings.HasPrefix(dim.name, teamOpen):
		case !known:
			faults = append(faults, Fault{Path: dim.name, Code: "unknown_" + dim.name, Text: fmt.Sprintf("is %q, which is no %s%s", value, strings.ReplaceAll(dim.name, "_", " "), hint(value, r.space.allowedValues(dim.name)))})
		case !base[d].has(i) && value == "":
			faults = append(faults, Fault{Path: dim.name, Code: "missing", Text: fmt.Sprintf("is missing, a %s inquiry has one", f.Kind)})
		case !base[d].has(i):
			faults = append(faults, Fault{Path: dim.name, Code: "wrong_form", Text: fmt.Sprintf("is %q, and a %s inquiry has none", value, f.Kind)})
		}
	}
	return faults
}
