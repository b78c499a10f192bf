package chat

import (
	"strconv"
)

// monthOf gives the month an item names, or zero.
func monthOf(it *item) int {
	for _, s := range it.senses {
		if s.kind == "month" {
			m, _ := strconv.Atoi(s.id)
			return m
		}
	}
	return 0
}

// dayOf gives the day of a month an item may be, or zero.
func dayOf(it *item) int {
	if n := it.number; n != nil && n.year == 0 && !n.percent && n.value >= 1 && n.value <= 31 && n.value == float64(int(n.value)) {
		return int(n.value)
	}
	return 0
}

// joinDates makes one date of neighbours that are one, in any order: "26 April
// 2013", "April 26, 2013", "2013年4月26日". Words such as year and month may stand
// between them. A month without a day or a year stays what it is.
func joinDates(items []item, monthFirst bool) []item {
	between := func(it *item) bool {
		return it.number == nil && !it.unknown && (it.has(word, "fn") || it.has(word, "yearword") || it.has(word, "monthword"))
	}
	for i := 0; i < len(items); i++ {
		month, end := monthOf(&items[i]), i
		if d := dayOf(&items[i]); d > 0 && d <= 12 && i+1 < len(items) && items[i+1].has(word, "monthword") && !(monthFirst && i+2 < len(items) && dayOf(&items[i+2]) > 0) {
			month, end = d, i+1
		}
		if monthFirst && items[i].has(word, "monthword") && i+1 < len(items) {
			if d := dayOf(&items[i+1]); d > 0 && d <= 12 {
				month, end = d, i+1
			}
		}
		if month == 0 {
			continue
		}
		from, to, day, year := i, end, 0, 0
		take := func(at int) bool {
			switch d := dayOf(&items[at]); {
			case d > 0 && day == 0 && (monthFirst || at+1 >= len(items) || !items[at+1].has(word, "monthword")):
				day = d
			case isYear(&items[at]) && year == 0 && items[at].number.month == 0:
				year = items[at].number.year
			default:
				return false
			}
			return true
		}
		for at := end + 1; at < len(items) && at <= end+4; at++ {
			if take(at) {
				to = at
			} else if !between(&items[at]) {
				break
			}
		}
		for at := i - 1; at >= 0 && at >= i-4 && (day == 0 || year == 0); at-- {
			if take(at) {
				from = at
			} else if !between(&items[at]) {
				break
			}
		}
		if day == 0 || year == 0 {
			if end == i+1 && (monthFirst && items[i].has(word, "monthword") || !monthFirst && plainNumbers(items) > 1) {
				items[i] = item{from: items[i].from, to: items[end].to, senses: []sense{{"month", strconv.Itoa(month)}}}
				items = append(items[:end], items[end+1:]...)
			}
			continue
		}
		items[from] = item{from: items[from].from, to: items[to].to, number: &number{value: float64(year), year: year, month: month, day: day}}
		items = append(items[:from+1], items[to+1:]...)
		i = from
	}
	return items
}

// plainNumbers counts the numbers that are neither years nor dates. Where there
// are several, the one before the word for a month is not to be mixed up with
// what is counted: "2012年6月の協定は2件".
func plainNumbers(items []item) (n int) {
	for i := range items {
		if m := items[i].number; m != nil && m.year == 0 && m.month == 0 {
			n++
		}
	}
	return n
}
