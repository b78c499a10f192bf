package chat

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// rule is one line of a list that decides by what a query binds. The first line
// that holds decides; where none holds the verdict is no.
type rule struct {
	verdict bool
	when    condition
	// why is what the rule knows, for those who ask how a question was read.
	why string
}

const yes, no = true, false

// decides finds the rule that decides; nil where none holds.
func decides(rules []rule, q *query) *rule {
	for i := range rules {
		if rules[i].when.holds(q) {
			return &rules[i]
		}
	}
	return nil
}

// holds gives the verdict of a list of rules.
func holds(rules []rule, q *query) bool {
	r := decides(rules, q)
	return r != nil && r.verdict
}

// condition is what all must hold, written as terms with spaces between. A term
// has alternatives between bars, each of them parts joined by &. A term after -
// must not hold, a part after ! neither. A part is
//
//	word           the query has the concept
//	kind:          it names something of the kind, an institution, a country
//	kind:id        it names that very one
//	=word,word     it has no concepts but these, perhaps none
//	~aside         it was said aside
//	first>second   one concept stands directly before the other
//	#years>1       a number, one of sizes, compared by =, < or >; as well #kind:
//	@name          a predicate, one of predicates
type condition []term

type term struct {
	not bool
	any [][]part
}

type part struct {
	not  bool
	test func(*query) bool
}

func (c condition) holds(q *query) bool {
	for _, t := range c {
		if slices.ContainsFunc(t.any, func(all []part) bool {
			return !slices.ContainsFunc(all, func(p part) bool { return p.test(q) == p.not })
		}) == t.not {
			return false
		}
	}
	return true
}

// sizes are what a condition can compare with a number.
var sizes = map[string]func(*query) int{
	"entities":   func(q *query) int { return len(q.Entities) },
	"words":      func(q *query) int { return len(q.Words) },
	"years":      func(q *query) int { return len(q.Years) },
	"dates":      func(q *query) int { return len(q.Dates) },
	"numbers":    func(q *query) int { return len(q.Numbers) },
	"magnitudes": func(q *query) int { return len(q.magnitudes()) },
}

// when reads a condition. It is for conditions that stand in the program: one
// that is malformed is a mistake there, and panics.
func when(text string) condition {
	var c condition
	for field := range strings.FieldsSeq(text) {
		var t term
		field, t.not = cutNot(field, "-")
		for alternative := range strings.SplitSeq(field, "|") {
			var all []part
			for name := range strings.SplitSeq(alternative, "&") {
				var p part
				name, p.not = cutNot(name, "!")
				p.test = test(name)
				all = append(all, p)
			}
			t.any = append(t.any, all)
		}
		c = append(c, t)
	}
	return c
}

func cutNot(s, sign string) (string, bool) { return strings.CutPrefix(s, sign) }

// test reads one part of a condition.
func test(name string) func(*query) bool {
	if name == "" {
		panic("chat: an empty part of a condition")
	}
	rest := name[1:]
	switch name[0] {
	case '=':
		words := strings.Split(rest, ",")
		return func(q *query) bool { return q.only(words...) }
	case '~':
		if !slices.Contains(asides, rest) {
			panic("chat: a condition asks for the aside " + rest + ", which there is not")
		}
		return func(q *query) bool { return q.said(rest) }
	case '@':
		if predicate, ok := predicates[rest]; ok {
			return predicate
		}
		panic("chat: a condition asks for " + rest + ", which there is not")
	case '#':
		return compared(rest)
	}
	if first, second, ok := strings.Cut(name, ">"); ok {
		return func(q *query) bool { return q.follows(first, second) }
	}
	if kind, id, ok := strings.Cut(name, ":"); ok {
		if id == "" {
			return func(q *query) bool { return q.hasKind(kind) }
		}
		return func(q *query) bool { return slices.Contains(q.Entities[kind], id) }
	}
	return func(q *query) bool { return q.Words[name] }
}

// compared reads the comparison of a count with a number.
func compared(text string) func(*query) bool {
	i := strings.IndexAny(text, "=<>")
	if i < 0 {
		panic("chat: nothing is compared in " + text)
	}
	n, err := strconv.Atoi(text[i+1:])
	if err != nil {
		panic(fmt.Sprintf("chat: %s: %v", text, err))
	}
	count := sizes[text[:i]]
	if kind, ok := strings.CutSuffix(text[:i], ":"); ok {
		count = func(q *query) int { return len(q.Entities[kind]) }
	} else if count == nil {
		panic("chat: there is no count of " + text[:i])
	}
	sign := map[byte]int{'<': -1, '=': 0, '>': 1}[text[i]]
	return func(q *query) bool { return cmp.Compare(count(q), n) == sign }
}
