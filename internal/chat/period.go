package chat

import (
	"slices"
	"strconv"
	"strings"
	"time"

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
	var dates []string
	for _, d := range q.Dates {
		v := d.year*10000 + d.month*100 + d.day
		if p.from == 0 || v < p.from {
			p.from = v
		}
		p.to = max(p.to, v)
		dates = append(dates, a.date(knowledge.Date{Year: d.year, Month: d.month, Day: d.day}))
	}
	p.text = a.items(dates)
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
	if !a.spanMonths(q, &p) && len(p.months) > 0 {
		p.text = a.monthsText(q, p)
	}
	return p
}

// monthsText names single months, each of the year where there is one.
func (a *answer) monthsText(q *query, p period) string {
	year := 0
	var names []string
	switch {
	case len(q.Years) == 1 && p.from/10000 == p.to/10000:
		year = q.Years[0]
	case p.text != "":
		names = append(names, p.text)
	}
	for _, m := range p.months {
		names = append(names, a.month(year, m))
	}
	return a.items(names)
}

// spanMonths reads two months of which one ends what the other begins, "between
// March and June 2014", and one that a time begins or ends with, "since June
// 2014", and tells whether there are such. Months of which nothing of the kind is
// said stand each for itself.
func (a *answer) spanMonths(q *query, p *period) bool {
	between := q.has("between", "to")
	if len(p.months) == 1 && q.has("monthword") && len(q.Numbers) == 1 && q.Numbers[0] > float64(p.months[0]) && q.Numbers[0] <= 12 {
		p.months = append(p.months, int(q.Numbers[0])) // "2014年3月到6月"
		between = between || q.has("until")
	}
	m, y := p.months, q.Years
	first := func(i int) int { return y[min(i, len(y)-1)]*10000 + m[i]*100 }
	last := func(i int) int { return first(i) + 99 }
	switch {
	case len(m) == 2 && between && len(y) == 2 && y[0] < y[1], len(m) == 2 && between && len(y) == 1 && m[0] < m[1]:
		p.from, p.to = first(0), last(1)
	case len(m) == 2 && between && len(y) == 0 && m[0] < m[1]: // of every year
		p.months = nil
		for at := m[0]; at <= m[1]; at++ {
			p.months = append(p.months, at)
		}
		p.text = a.month(0, m[0]) + " – " + a.month(0, m[1])
		return true
	case len(m) == 1 && len(y) == 2 && between:
		p.unclear = true
		return false
	case len(m) != 1 || len(y) != 1:
		return false
	case q.has("since"):
		p.from, p.to = first(0), 0
	case q.has("until"):
		p.from, p.to = 0, last(0)
	case q.has("after") && !q.has("before"):
		p.from, p.to = last(0)+1, 0
	case q.has("before") && !q.has("after"):
		p.from, p.to = 0, first(0)-1
	default:
		return false
	}
	p.months, p.text = nil, a.monthAt(p.from)+" – "+a.monthAt(p.to)
	p.text = strings.TrimSpace(p.text)
	return true
}

// monthAt names the month of an end of a period; nothing where it is open. After
// December comes the thirteenth month, before January the one without a number.
func (a *answer) monthAt(end int) string {
	if end == 0 {
		return ""
	}
	at := time.Date(end/10000, time.Month(end/100%100), 1, 0, 0, 0, 0, time.UTC)
	return a.month(at.Year(), int(at.Month()))
}
