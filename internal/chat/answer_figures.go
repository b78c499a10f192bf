package chat

import (
	"math"
	"slices"
	"strconv"

	"naru/internal/knowledge"
)

// unitsSaid is how many figures of a list say what they count.
const unitsSaid = 3

// mostSummed is how many figures are told one by one beside their sum.
const mostSummed = 3

// answerFigures answers a query over a table of figures.
func (b *Bot) answerFigures(q *query, lang string) *answer {
	a := b.newAnswer(lang)
	s, stop := b.selectFigures(q, a)
	if stop != nil {
		return stop
	}
	rel := q.Relation
	about := a.text("about."+rel, nil)
	if s.op == opGaps {
		return a.gaps(q, s)
	}
	if len(s.figures) == 0 {
		if cited := b.cited(q.Numbers, lang); cited != nil {
			return cited
		}
		return a.decline("decline.nofigure", args{"About": about})
	}
	switch s.op {
	case opGet:
		f := s.figures[0]
		a.say("get."+rel, args{
			"Value": a.value(rel, f), "Label": a.label(rel, f), "Year": f.key,
			"Cancer": a.nameOr(knowledge.Cancer, rel == relCancers, f.key), "Country": a.nameOr(knowledge.Country, f.country != "" && f.country != secondValue, f.country),
		})
		a.use(rel, f)
	case opCount:
		list := a.labels(rel, s.figures)
		if rel == relCancers || rel == relTransplants || rel == relIndicators {
			for i, f := range s.figures {
				list[i] = a.item(list[i], a.value(rel, f))
			}
		}
		a.say("op.count", args{"About": about, "N": len(s.figures), "Items": a.items(list)})
		a.use(rel, s.figures...)
		a.derived(rel, "count", float64(len(s.figures)))
	case opCompare, opDifference, opRatio:
		a.compare(rel, s)
	case opHighest, opLowest:
		if s.change {
			return a.changes(rel, s)
		}
		a.extreme(rel, s)
		if s.op == opHighest && q.has("lowest") && a.kind == KindAnswer {
			both := *s
			both.op, both.top = opLowest, 0
			a.extreme(rel, &both)
		}
	case opSum, opAverage:
		a.total(rel, s)
	case opTrend:
		if rel == relPatients && q.turning() {
			a.turns(rel, s, q.has("decrease"))
			break
		}
		a.trend(rel, s)
	case opFilter:
		a.filter(rel, s)
	default:
		list := make([]string, 0, len(s.figures))
		for _, f := range s.figures {
			value := a.value(rel, f)
			if rel == relPatients && len(s.figures) > unitsSaid {
				value = a.number(strconv.FormatInt(int64(math.Round(f.value)), 10)) // of what is said before them all
			}
			list = append(list, a.item(a.label(rel, f), value))
		}
		a.say("op.list", args{"About": about, "Items": a.items(list)})
		a.use(rel, s.figures...)
	}
	if a.kind == KindDecline {
		if cited := b.cited(q.Numbers, lang); cited != nil {
			return cited
		}
	}
	if a.kind == KindAnswer && (s.op == opGet || s.op == opList || s.op == opCompare) {
		a.judge(rel, s.claims)
	}
	if s.defaulted {
		a.say("op.korea", nil)
	}
	return a
}

func (a *answer) compare(rel string, s *selection) {
	x, y := s.figures[0], s.figures[1]
	high, low := x, y
	if y.value > x.value {
		high, low = y, x
	}
	diff := high.value - low.value
	if s.moves && diff != 0 {
		a.direction(rel, x, y)
	}
	values := args{
		"About": a.text("about."+rel, nil), "High": a.label(rel, high), "HighValue": a.value(rel, high),
		"Low": a.label(rel, low), "LowValue": a.value(rel, low), "Diff": a.distance(rel, diff),
	}
	switch {
	case diff == 0:
		a.say("op.equal", values)
	case s.op == opRatio && low.value != 0:
		values["Ratio"] = a.number(decimals(high.value / low.value))
		a.say("op.ratio", values)
		a.derived(rel, "ratio", high.value/low.value)
	case s.op == opDifference:
		a.say("op.difference", values)
	default:
		a.say("op.compare", values)
		last := &a.parts[len(a.parts)-1]
		*last = capital(*last)
	}
	if from, to := inTime(x, y); rel == relPatients && from.value != 0 && s.op != opRatio && !s.moves {
		a.say("op.percent", args{"From": a.label(rel, from), "To": a.label(rel, to), "Percent": a.percentChange(from, to)})
	}
	a.use(rel, high, low)
	a.derived(rel, "difference", diff)
}

// direction says first whether a series went up or down between two years.
func (a *answer) direction(rel string, x, y figure) {
	from, to := inTime(x, y)
	if rel != relPatients || from.value == to.value || from.value == 0 {
		return
	}
	key := "op.rose"
	if to.value < from.value {
		key = "op.fell"
	}
	a.say(key, args{"From": a.label(rel, from), "To": a.label(rel, to), "Percent": a.percentChange(from, to)})
}

// inTime gives the figure of the earlier year first.
func inTime(x, y figure) (from, to figure) {
	if y.year < x.year {
		return y, x
	}
	return x, y
}

// percentChange writes the change from a figure, which is not 0, to another.
func (a *answer) percentChange(from, to figure) string {
	p := (to.value - from.value) / from.value * 100
	sign := "+"
	if p < 0 {
		sign = "−"
	}
	return sign + a.number(strconv.FormatFloat(math.Abs(p), 'f', 1, 64))
}

func (a *answer) extreme(rel string, s *selection) {
	sorted := ordered(s.figures, s.op == opLowest)
	about := a.text("about."+rel, nil)
	if s.top > 1 {
		n := min(s.top, len(sorted))
		for n < len(sorted) && sorted[n].value == sorted[n-1].value {
			n++
		}
		list := make([]string, 0, n)
		for _, f := range sorted[:n] {
			list = append(list, a.item(a.label(rel, f), a.value(rel, f)))
		}
		a.say("op.list", args{"About": about, "Items": a.items(list)})
		a.use(rel, sorted[:n]...)
		return
	}
	at := places(sorted, s.rank)
	if len(at) == 0 {
		a.decline("decline.nofigure", args{"About": about})
		return
	}
	key := "op.highest"
	if s.op == opLowest {
		key = "op.lowest"
	}
	values := args{"About": about, "Label": a.enumerated(a.labels(rel, at)), "Value": a.value(rel, at[0]), "Rank": s.rank}
	if s.rank > 1 {
		key += "_rank"
	}
	a.say(key, values)
	a.use(rel, at...)
}

func (a *answer) changes(rel string, s *selection) *answer {
	figures := slices.Clone(s.figures)
	if rel != relPatients || len(figures) < 2 {
		return a.decline("decline.nofigure", args{"About": a.text("about."+rel, nil)})
	}
	var from, to figure
	best := math.Inf(-1)
	for i := 1; i < len(figures); i++ {
		d := figures[i].value - figures[i-1].value
		if s.down {
			d = -d
		}
		if s.op == opLowest {
			d = -d
		}
		if d > best {
			best, from, to = d, figures[i-1], figures[i]
		}
	}
	diff := to.value - from.value
	key := "op.change_up"
	if diff < 0 {
		key = "op.change_down"
	}
	a.say(key, args{"From": a.label(rel, from), "To": a.label(rel, to), "Diff": a.distance(rel, math.Abs(diff)), "FromValue": a.value(rel, from), "ToValue": a.value(rel, to)})
	a.use(rel, to, from)
	a.derived(rel, "difference", diff)
	return a
}

func (a *answer) total(rel string, s *selection) {
	sum := 0.0
	for _, f := range s.figures {
		sum += f.value
	}
	slices.SortStableFunc(s.figures, func(x, y figure) int { return x.year - y.year })
	first, last := s.figures[0], s.figures[len(s.figures)-1]
	values := args{"About": a.text("about."+rel, nil), "N": len(s.figures), "From": a.label(rel, first), "To": a.label(rel, last)}
	if s.op == opAverage {
		avg := sum / float64(len(s.figures))
		values["Value"] = a.amount(rel, avg, "")
		a.say("op.average", values)
		a.derived(rel, "average", avg)
	} else {
		values["Value"] = a.amount(rel, sum, "")
		a.say("op.sum", values)
		a.derived(rel, "sum", sum)
		if rel == relSpecialties {
			a.say("op.placements", nil)
		}
	}
	if len(s.figures) <= mostSummed {
		list := make([]string, 0, len(s.figures))
		for _, f := range s.figures {
			list = append(list, a.item(a.label(rel, f), a.value(rel, f)))
		}
		a.say("op.list", args{"About": a.text("about."+rel, nil), "Items": a.items(list)})
	}
	for _, f := range s.figures {
		a.cite(f.cite)
		a.note(f.notes...)
	}
}

// turns lists the years in which a series went up, or down, against the year
// before.
func (a *answer) turns(rel string, s *selection, down bool) {
	var list []string
	var used []figure
	for i := 1; i < len(s.figures); i++ {
		x, y := s.figures[i-1], s.figures[i]
		if d := y.value - x.value; d != 0 && d < 0 == down {
			sign := "+"
			if down {
				sign = "−"
			}
			amount := a.number(decimals(math.Abs(d)))
			list = append(list, a.item(a.label(rel, y), a.text("value."+rel, args{"N": sign + amount})))
			used = append(used, y)
		}
	}
	if len(list) == 0 { // it never did: the course tells
		a.trend(rel, s)
		return
	}
	a.say("op.list", args{"About": a.text("about."+rel, nil), "Items": a.items(list)})
	a.use(rel, used...)
}

func (a *answer) trend(rel string, s *selection) {
	f := s.figures
	first, last := f[0], f[len(f)-1]
	high, low := ordered(f, false)[0], ordered(f, true)[0]
	a.direction(rel, first, last)
	key := "op.trend"
	if min(first.value, last.value) == low.value && max(first.value, last.value) == high.value {
		key = "op.trend_ends"
	}
	a.say(key, args{
		"About": a.text("about."+rel, nil), "From": a.label(rel, first), "FromValue": a.value(rel, first),
		"To": a.label(rel, last), "ToValue": a.value(rel, last), "High": a.label(rel, high), "HighValue": a.value(rel, high),
		"Low": a.label(rel, low), "LowValue": a.value(rel, low),
	})
	a.use(rel, first, last)
}
