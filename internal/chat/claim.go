package chat

import (
	"maps"
	"math"
	"slices"
)

// claim is a value that somebody has heard of a figure: "half a million came in
// 2019, right?".
type claim struct {
	of    figure
	value float64
}

// Differences up to which a value still is a figure that was rounded, as parts
// of the value: rightly rounded, or with its last digits left out.
const (
	mostRounded = 0.1
	mostCut     = 0.05
)

// step is the place of the last digit of a value that is not zero: 100,000 for
// 300,000, 0.1 for 77.9. It is 0 for 0.
func step(v float64) float64 {
	if v == 0 {
		return 0
	}
	const places = 2
	unit := math.Pow10(-places)
	for n := math.Round(v / unit); math.Mod(n, 10) == 0; n /= 10 {
		unit *= 10
	}
	return unit
}

// fits tells whether the value is the figure or rounds it.
func (c claim) fits() bool {
	off := math.Abs(c.of.value - c.value)
	unit := step(c.value)
	return off <= unit/2 && off <= mostRounded*c.value || off < unit && off <= mostCut*c.value
}

// claims takes the numbers from a query about years that only repeat their
// figures, whole, rounded or wrong: "2024 (the 1.17 million)", "about 600
// thousand in 2023?". Each year has one of its own, or all are those of one year.
func (q *query) claims(figures []figure) (*query, []claim) {
	values := q.magnitudes()
	if len(values) == 0 || slices.Max(values) >= mostYearly || len(q.Years) == 0 || q.band || q.has("over", "below", "atleast", "atmost") || len(figures) == 1 && q.has("more", "less") {
		return q, nil
	}
	rest := *q
	var claims []claim
	switch {
	case slices.Min(values) < leastYearly:
		rest.Numbers = slices.DeleteFunc(slices.Clone(q.Numbers), func(v float64) bool {
			return slices.ContainsFunc(figures, func(f figure) bool { return v >= leastYearly && (f.value == v || len(figures) == 1) })
		})
		return &rest, nil
	case len(figures) == 1:
		claims = []claim{{figures[0], values[0]}}
	case len(figures) == len(values) && len(q.Years) == len(figures):
		for i, f := range figures {
			claims = append(claims, claim{f, values[i]})
		}
	default:
		for _, v := range values {
			at := slices.IndexFunc(figures, func(f figure) bool { return claim{f, v}.fits() })
			if at < 0 {
				return q, nil
			}
			claims = append(claims, claim{figures[at], v})
		}
	}
	rest.Numbers, rest.Entities = nil, maps.Clone(q.Entities)
	delete(rest.Entities, "num")
	return &rest, claims
}

// judge says whether what somebody has heard of the figures fits.
func (a *answer) judge(rel string, claims []claim) {
	for _, c := range claims {
		key := "claim.other"
		switch {
		case c.value == c.of.value:
			key = "claim.exact"
		case c.fits():
			key = "claim.rounded"
		case rel == relPatients && slices.ContainsFunc(a.b.facts.figures[rel], func(f figure) bool { return f.value == c.value && f.key != c.of.key }):
			continue // printed beside another year, which the notes explain
		}
		said, off := a.amount(rel, c.value, decimals(c.value)), a.distance(rel, math.Abs(c.of.value-c.value))
		if rel == relPatients { // what is counted was said
			said, off = a.number(decimals(c.value)), a.number(decimals(math.Abs(c.of.value-c.value)))
		}
		text := a.text(key, args{"Claim": said, "Diff": off})
		if len(claims) > 1 {
			text = a.item(a.label(rel, c.of), text)
		}
		a.parts = append(a.parts, text)
	}
}

// mostSupposed is a number that nothing counted in the lists exceeds.
const mostSupposed = 100

// supposes tells whether a query holds one small whole number, which says how
// many there are of something, and asks for nothing but whether it is so:
// "cardiology has nine hospitals, right?".
func (q *query) supposes() bool {
	v := q.magnitudes()
	return len(v) == 1 && v[0] >= 1 && v[0] <= mostSupposed && v[0] == math.Trunc(v[0]) && !q.Percent && !q.hasKind("ord") && len(q.Years)+len(q.Dates)+len(q.Months) == 0 &&
		q.has("isright", "hospital", "whichhospital") && q.only("isright", "exists", "also", "hospital", "whichhospital", "university", "school", "institution", "country", "partner", "agreement", "project", "ranked", "ranking", "worldbest", "member", "korean", "overseas", "domestic")
}

// toldOf tells whether the number in a query about both lists is one of those
// that the reply gives: "so it is 73 agreements?".
func (a *answer) toldOf(q *query) bool {
	f, v := a.b.facts, q.magnitudes()
	return q.has("isright") && q.supposes() || len(v) == 1 && slices.Contains([]int{len(f.overseas), len(f.countries), len(f.domestic), f.domesticInstitutions}, int(v[0])) && q.only("exists", "also", "institution", "country", "partner", "agreement", "count", "list")
}

// numberBehind tells whether a number comes after a thing of the kind: "urology
// has five hospitals", not five hospitals of it that somebody wants.
func (q *query) numberBehind(kind string) bool {
	for i, last := range slices.Backward(q.order) {
		switch last.kind {
		case "num":
			return slices.ContainsFunc(q.order[:i], func(s sense) bool { return s.kind == kind })
		case kind:
			return false
		}
	}
	return false
}
