package chat

import (
	"cmp"
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
	// threshold and above are for opFilter.
	threshold float64
	above     bool
	// equal asks for the figures that are just the threshold.
	equal bool
	// change tells that the changes from one figure to the next are meant.
	change bool
	// down turns it to decreases.
	down bool
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
	s.rank = 1
	for _, o := range q.ids("ord") {
		if v, err := strconv.Atoi(o); err == nil {
			s.rank = v
		}
	}
	if values := q.magnitudes(); len(values) > 0 {
		v := values[0]
		switch {
		case v == 1 && n == 2 && !q.Percent: // "the American one"
		case q.has("sum") && (q.Percent || q.has("share", "percent")) && v == 100: // do they add up to it?
		case q.has("highest", "lowest") && v >= 2 && v <= 10:
			s.top = int(v)
		case q.has("over", "more", "highest"):
			s.op, s.threshold, s.above = opFilter, v, true
			return
		case q.has("below", "less", "lowest"):
			s.op, s.threshold, s.above = opFilter, v, false
			return
		case v == 2 && n == 2, v == 1:
		default:
			s.op, s.threshold, s.equal = opFilter, v, true
			return
		}
	}
	whole := s.whole
	switch {
	case q.has("sum", "cumulative") && (n > 1 || whole):
		s.op = opSum
	case q.has("average") && n > 1:
		s.op = opAverage
	case q.has("ratio") && n == 2:
		s.op = opRatio
	case q.has("difference") && n == 2:
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
	case n > 2 && q.has("more", "less", "compare") && !whole:
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
	return values
}

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

// decimals writes a computed value with at most two decimals and no trailing
// zeros.
func decimals(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
