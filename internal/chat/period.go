package chat

import (
	"slices"
	"strconv"
	"strings"

	"naru/internal/knowledge"
)

// period is the time a query about agreements asks for.
type period struct {
	from, to int // yyyymmdd, inclusive; 0 for open
	months   []int
	text     string
	// unclear marks a span of two years of which one has a month.
	unclear bool
}

func (p period) set() bool { return p.from > 0 || p.to > 0 || len(p.months) > 0 }

func (p period) holds(d knowledge.Date) bool {
	if d.IsZero() {
		return false
	}
	v := d.Year*10000 + d.Month*100 + d.Day
	return (p.from == 0 || v >= p.from) && (p.to == 0 || v <= p.to) && (len(p.months) == 0 || slices.Contains(p.months, d.Month))
}

// periodOf reads the years, months and dates of a query.
func (a *answer) periodOf(q *query) period {
	var p period
	p.months = slices.Clone(q.Months)
	for _, m := range q.ids("month") {
		if v, err := strconv.Atoi(m); err == nil {
			p.months = append(p.months, v)
		}
	}
	if len(p.months) == 0 && q.has("monthword") && len(q.Numbers) == 1 && q.Numbers[0] >= 1 && q.Numbers[0] <= 12 {
		p.months = []int{int(q.Numbers[0])}
	}
	for _, d := range q.Dates {
		v := d.year*10000 + d.month*100 + d.day
		if p.from == 0 || v < p.from {
			p.from = v
		}
		p.to = max(p.to, v)
		p.text = strings.TrimSpace(p.text + " " + knowledge.Date{Year: d.year, Month: d.month, Day: d.day}.String())
	}
	if len(q.Years) > 0 {
		lo, hi := slices.Min(q.Years), slices.Max(q.Years)
		p.text = strconv.Itoa(lo)
		switch {
		case len(q.Years) == 1 && q.has("since"):
			p.from, p.text = lo*10000, p.text+"–"
		case len(q.Years) == 1 && q.has("until"):
			p.to, p.text = lo*10000+9999, "–"+p.text
		case len(q.Years) == 1 && (q.has("after") && !q.has("before") || q.has("over") && len(q.magnitudes()) == 0):
			p.from, p.text = (lo+1)*10000, strconv.Itoa(lo+1)+"–"
		case len(q.Years) == 1 && q.has("before"):
			p.to, p.text = lo*10000-1, "–"+strconv.Itoa(lo-1)
		case hi-lo > 1 && q.has("after") && q.has("before") && !q.has("between", "to"):
			p.from, p.to = (lo+1)*10000, hi*10000-1 // after the one and before the other
			p.text = strconv.Itoa(lo+1) + "–" + strconv.Itoa(hi-1)
		default:
			p.from, p.to = lo*10000, hi*10000+9999
			if hi != lo {
				p.text += "–" + strconv.Itoa(hi)
			}
		}
	}
	p.spanMonths(q)
	if len(p.months) > 0 {
		p.text = strings.TrimSpace(p.text + " / " + joinInts(p.months))
	}
	return p
}

// spanMonths reads two months of which one ends what the other begins, "between
// March and June 2014", and one that a time begins or ends with, "since June
// 2014". Months of which nothing of the kind is said stand each for itself.
func (p *period) spanMonths(q *query) {
	between := q.has("between", "to")
	if len(p.months) == 1 && q.has("monthword") && len(q.Numbers) == 1 && q.Numbers[0] > float64(p.months[0]) && q.Numbers[0] <= 12 {
		p.months = append(p.months, int(q.Numbers[0])) // "2014年3月到6月"
		between = between || q.has("until")
	}
	m, y := p.months, q.Years
	month := func(year, month int) int { return year*10000 + month*100 }
	text := func(year, month int) string { return strconv.Itoa(year) + " / " + strconv.Itoa(month) }
	switch {
	case len(m) == 2 && between && len(y) == 2 && y[0] < y[1]:
		p.from, p.to = month(y[0], m[0]), month(y[1], m[1])+99
		p.months, p.text = nil, text(y[0], m[0])+"–"+text(y[1], m[1])
	case len(m) == 2 && between && len(y) == 1 && m[0] < m[1]:
		p.from, p.to = month(y[0], m[0]), month(y[0], m[1])+99
		p.months, p.text = nil, text(y[0], m[0])+"–"+strconv.Itoa(m[1])
	case len(m) == 2 && between && len(y) == 0 && m[0] < m[1]: // of every year
		p.months = nil
		for at := m[0]; at <= m[1]; at++ {
			p.months = append(p.months, at)
		}
	case len(m) == 1 && len(y) == 2 && between:
		p.unclear = true
	case len(m) != 1 || len(y) != 1:
	case q.has("since"):
		p.from, p.to, p.months, p.text = month(y[0], m[0]), 0, nil, text(y[0], m[0])+"–"
	case q.has("until"):
		p.from, p.to, p.months, p.text = 0, month(y[0], m[0])+99, nil, "–"+text(y[0], m[0])
	case q.has("after") && !q.has("before"):
		p.from, p.to, p.months, p.text = month(y[0], m[0])+100, 0, nil, ">"+text(y[0], m[0])
	case q.has("before") && !q.has("after"):
		p.from, p.to, p.months, p.text = 0, month(y[0], m[0])-1, nil, "<"+text(y[0], m[0])
	}
}

// joinInts writes figures with commas between them.
func joinInts(v []int) string {
	s := make([]string, len(v))
	for i, n := range v {
		s[i] = strconv.Itoa(n)
	}
	return strings.Join(s, ", ")
}
