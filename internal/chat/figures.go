package chat

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"naru/internal/knowledge"
)

// figure is one value of a statistic.
type figure struct {
	// id is that of the record.
	id string
	// key is the id of what it is of: a department, a cancer; the year as
	// text for patients.
	key string
	// country is set where the table has several.
	country string
	year    int
	value   float64
	// printed is the value as the source prints it.
	printed string
	cite    knowledge.Citation
	notes   []string
}

// operation is what is done with figures.
type operation string

// The operations of typed queries.
const (
	opGet        operation = "get"
	opList       operation = "list"
	opCount      operation = "count"
	opCompare    operation = "compare"
	opDifference operation = "difference"
	opRatio      operation = "ratio"
	opHighest    operation = "highest"
	opLowest     operation = "lowest"
	opSum        operation = "sum"
	opAverage    operation = "average"
	opTrend      operation = "trend"
	opFilter     operation = "filter"
	opGaps       operation = "gaps"
)

// selection is the typed query over figures: which of them, and what to do.
type selection struct {
	op      operation
	figures []figure
	// rank is the place asked for, from 1; top the number of places.
	rank, top int
	// bounds are for opFilter.
	bounds bounds
	// claims are what somebody has heard of the figures.
	claims []claim
	// change tells that the changes from one figure to the next are meant.
	change bool
	// down turns it to decreases.
	down bool
	// moves tells that the question is whether the figures rise or fall.
	moves bool
	// defaulted marks that a part of the selection was not asked for but
	// supplied, e.g. Korea.
	defaulted bool
	// pairs are for opGaps: figures of two countries side by side.
	pairs [][2]figure
	whole bool // all figures of the table
}

// operate reads the operation from the words of a query for n selected
// figures.
func operate(q *query, s *selection) {
	n := len(s.figures)
	s.moves = q.has("increase", "decrease", "trend")
	s.rank = 1
	for _, o := range q.ids("ord") {
		if v, err := strconv.Atoi(o); err == nil {
			s.rank, s.top = v, max(s.top, v)
		}
	}
	if len(q.ids("ord")) < 2 {
		s.top = 0 // one place, not the first, second and third
	}
	if values := q.magnitudes(); len(values) > 0 {
		v := values[0]
		moves := q.has("increase", "decrease", "difference")
		switch {
		case v == 1 && n == 2 && !q.Percent: // "the American one"
		case v == 2 && n == 2 && len(values) == 1 && !q.Percent && !s.whole && !q.has("over", "below", "atleast", "atmost"): // of the two
		case v == 2 && moves && q.has("highest", "lowest"): // between which two years
		case v == float64(n) && n > 2 && len(values) == 1 && (q.has("highest", "lowest", "more", "less", "compare", "difference", "country") || s.whole && q.has("list") && !q.Percent): // of the six
		case s.whole && q.has("first") && figureKind[q.Relation] != "" && len(values) == 1 && !q.Percent && v >= 2 && v <= 10 && v == math.Trunc(v) && !q.has("over", "below", "atleast", "atmost", "lowest"):
			s.top, s.op = int(v), opHighest // the first three departments
			return
		case q.has("sum") && (q.Percent || q.has("share", "percent")) && v == 100: // do they add up to it?
		case q.has("highest", "lowest") && !q.has("over", "below", "atleast", "atmost") && v >= 2 && v <= 10 && v == math.Trunc(v):
			s.top = int(v)
		default:
			if bounds, ok := boundsOf(q, values); ok {
				s.op, s.bounds = opFilter, bounds
				return
			}
			if v == 2 && n == 2 || v == 1 {
				break
			}
			if n == 1 && !s.whole && (v == s.figures[0].value || q.Percent || q.has("percent", "share", "isright") || q.fraction() || counts[q.Relation] && !q.has("highest", "first", "list", "name")) {
				if !counts[q.Relation] || len(q.Numbers) == 1 && v < leastTimes { // in words it may go on: twelve point eight
					s.claims = []claim{{s.figures[0], v}}
				}
				break // is it so much? what it is tells
			}
			s.op, s.bounds = opFilter, bounds{low: v, high: v, atLow: true, atHigh: true}
			return
		}
	}
	if q.has("difference") && q.has("highest") && q.has("lowest") && n > 2 {
		sorted := ordered(s.figures, false)
		s.figures, s.op = []figure{sorted[0], sorted[n-1]}, opDifference // between the two ends
		return
	}
	whole := s.whole
	switch {
	case q.has("sum", "cumulative") && !(q.has("highest", "lowest") && (q.has("cumulative") || s.top < 2)) && !(n == 2 && !whole && q.has("increase", "decrease", "difference")) && (n > 1 || whole):
		s.op = opSum
		if s.top > 1 && s.top < n { // the first three together
			s.figures = ordered(s.figures, q.has("lowest"))[:s.top]
		}
	case q.has("average") && n > 1:
		s.op = opAverage
	case q.has("ratio") && n == 2:
		s.op = opRatio
	case q.has("difference") && n == 2, q.has("howmuch") && n == 2 && !whole && q.has("highest", "lowest", "better"):
		s.op = opDifference
	case (q.has("highest") || q.hasKind("ord") && !q.has("lowest")) && n > 1:
		s.op = opHighest
		s.change = q.has("increase", "decrease", "difference")
		s.down = q.has("decrease")
	case q.has("lowest") && n > 1:
		s.op = opLowest
		s.change = q.has("increase", "decrease", "difference")
	case q.has("increase", "decrease", "trend") && n == 2:
		s.op = opDifference
	case q.has("increase", "decrease", "trend") && n > 1:
		s.op = opTrend
	case n == 2 && !whole && (q.has("count") && q.has("more", "less", "over", "below")):
		s.op = opDifference
	case n == 2 && !whole:
		s.op = opCompare
	case n > 2 && q.has("more", "less") && !whole:
		s.op = opHighest
		if q.has("less") {
			s.op = opLowest
		}
	case n == 1:
		s.op = opGet
	default:
		s.op = opList
	}
}

// bounds are the limits of a filter.
type bounds struct {
	low, high     float64 // infinite where open
	atLow, atHigh bool    // the limit itself is included
}

// equal tells whether only one value passes.
func (b bounds) equal() bool { return b.low == b.high }

func (b bounds) hold(v float64) bool {
	return (v > b.low || b.atLow && v == b.low) && (v < b.high || b.atHigh && v == b.high)
}

// key names the sentence that tells the limits.
func (b bounds) key() string {
	switch {
	case !math.IsInf(b.low, 0) && !math.IsInf(b.high, 0):
		return "op.between"
	case math.IsInf(b.high, 0) && b.atLow:
		return "op.atleast"
	case math.IsInf(b.high, 0):
		return "op.above"
	case b.atHigh:
		return "op.atmost"
	}
	return "op.below"
}

// limit is the limit that the sentence names, the lower of two.
func (b bounds) limit() float64 {
	if math.IsInf(b.low, 0) {
		return b.high
	}
	return b.low
}

// boundsOf reads the limits of a filter from the words beside the figures.
func boundsOf(q *query, values []float64) (bounds, bool) {
	b := bounds{low: math.Inf(-1), high: math.Inf(1)}
	up, down := q.has("over", "more", "highest", "atleast"), q.has("below", "less", "lowest", "atmost")
	if len(values) >= 2 && (q.has("between", "to") || up && down) {
		b.low, b.high = min(values[0], values[1]), max(values[0], values[1])
		b.atLow = !up || q.has("atleast") || q.has("between", "to")
		b.atHigh = !down || q.has("atmost") || q.has("between", "to")
		return b, b.low < b.high
	}
	if len(values) == 2 && !up && !down && values[0] < values[1] && !q.has("compare", "difference", "ratio") {
		return bounds{low: values[0], high: values[1], atLow: true, atHigh: true}, true
	}
	if q.band && !up && !down && (values[0] >= leastYearly || q.Percent || q.has("percent", "share")) {
		return bounds{low: values[0], high: values[len(values)-1] + step(values[len(values)-1]), atLow: true}, true
	}
	switch {
	case q.has("atleast"):
		b.low, b.atLow = values[0], true
	case q.has("atmost"):
		b.high, b.atHigh = values[0], true
	case up:
		b.low = values[0]
	case down:
		b.high = values[0]
	default:
		return b, false
	}
	return b, true
}

// fraction tells whether a query speaks of a part of the whole: half of them.
func (q *query) fraction() bool {
	return slices.ContainsFunc(q.ids("num"), func(id string) bool {
		v, err := strconv.ParseFloat(id, 64)
		return err == nil && v > 0 && v < 1
	})
}

// magnitudes gives the plain numbers of a query, with words such as "million"
// multiplied in.
func (q *query) magnitudes() []float64 {
	values := slices.Clone(q.Numbers)
	for _, id := range q.ids("num") {
		v, err := strconv.ParseFloat(id, 64)
		if err != nil {
			continue
		}
		if v >= 1000 && len(values) > 0 && values[len(values)-1] < 1000 {
			values[len(values)-1] *= v
			continue
		}
		values = append(values, v)
	}
	if len(values) == 2 && q.has("between", "to") {
		values[0] = scaled(values[0], values[1])
	}
	if shares[q.Relation] {
		for i, v := range values {
			if v > 0 && v < 1 { // half of them
				values[i] = v * 100
			}
		}
	}
	return values
}

// scaled gives the first of two limits with the unit that only the second has:
// between 200 and 300 thousand, 20~30万.
func scaled(first, second float64) float64 {
	if first >= 1000 || second < leastYearly {
		return first
	}
	best := first
	for _, unit := range []float64{1000, 10_000, 1_000_000} {
		v := second / unit
		if v != math.Trunc(v) || v >= 1000 || first*unit >= second {
			continue
		}
		if best == first || math.Floor(math.Log10(v)) == math.Floor(math.Log10(first)) {
			best = first * unit
		}
	}
	return best
}

// shares are the relations whose figures are per cents.
var shares = map[string]bool{relDepartments: true, relCancers: true, relTransplants: true}

// counts are the relations whose figures count things.
var counts = map[string]bool{relIndicators: true, relSpecialties: true}

// ordered sorts figures from the highest; equal ones keep their order.
func ordered(f []figure, lowest bool) []figure {
	out := slices.Clone(f)
	slices.SortStableFunc(out, func(a, b figure) int {
		if lowest {
			return cmp.Compare(a.value, b.value)
		}
		return cmp.Compare(b.value, a.value)
	})
	return out
}

// places gives the figures that stand on the place rank, ties together. Equal
// figures share a place, and the next place follows directly.
func places(sorted []figure, rank int) []figure {
	place := 0
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j].value == sorted[i].value {
			j++
		}
		place++
		if place == rank {
			return sorted[i:j]
		}
		i = j
	}
	return nil
}

// placeOf gives the place of a figure among all, where equal values share one.
func placeOf(all []figure, f figure) int {
	above := map[float64]bool{}
	for _, g := range all {
		if g.value > f.value {
			above[g.value] = true
		}
	}
	return len(above) + 1
}

// decimals writes a computed value with at most two decimals and no trailing
// zeros.
func decimals(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
