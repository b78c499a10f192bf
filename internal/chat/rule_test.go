package chat

import (
	"slices"
	"strings"
	"testing"
)

// TestEveryRuleIsNeeded leaves out one rule after the other: a rule without
// which every kept question gets the reply it gets with it knows nothing.
func TestEveryRuleIsNeeded(t *testing.T) {
	t.Parallel()
	b, err := build()
	if err != nil {
		t.Fatal(err)
	}
	type decision struct{ table, why string }
	decided, replies := map[decision][]question{}, map[string]string{}
	key := func(q question) string {
		return q.Lang + strings.Join(append(slices.Clone(q.History), q.Question), "\x00")
	}
	var all []question
	for _, q := range readQuestions(t, "testdata/questions/*.jsonl") {
		r, how := ask(t, b, q, true)
		replies[key(q)] = r.Text
		all = append(all, q)
		for _, v := range how.Tables {
			for _, why := range v.Why {
				decided[decision{v.Table, why}] = append(decided[decision{v.Table, why}], q)
			}
		}
	}
	other := func(q question) bool {
		r, _ := ask(t, b, q, true)
		return r.Text != replies[key(q)]
	}
	needed := map[string]bool{}
	without := func(try func(table, why string) bool) {
		for _, r := range b.relations {
			for _, list := range []*[]rule{&r.must, &r.rules} {
				rules := *list
				for i, x := range rules {
					*list = slices.Delete(slices.Clone(rules), i, i+1)
					needed[x.why] = needed[x.why] || try(r.name, x.why)
				}
				*list = rules
			}
		}
	}
	// Most are needed by a message that they decide alone, the others by what is
	// joined from several.
	without(func(table, why string) bool { return slices.ContainsFunc(decided[decision{table, why}], other) })
	without(func(_, _ string) bool { return slices.ContainsFunc(all, other) })
	for why, is := range needed {
		if !is {
			t.Errorf("no question needs the rule %q", why)
		}
	}
}

// TestRulesAreToldApart keeps the reasons of a table's rules different, or those
// who ask how a question was read could not tell which one decided.
func TestRulesAreToldApart(t *testing.T) {
	t.Parallel()
	for _, r := range relations() {
		told := map[string]bool{}
		for _, x := range slices.Concat(r.must, r.rules) {
			if told[x.why] || x.why == "" {
				t.Errorf("%s: %q is the reason of two rules, or of none", r.name, x.why)
			}
			told[x.why] = true
		}
	}
}
