package knowledge

import (
	"cmp"
	"slices"
)

func sortGroups(groups []Group, op Op) {
	slices.SortStableFunc(groups, func(a, b Group) int {
		if op == Lowest {
			return a.Number.Value.Cmp(b.Number.Value)
		}
		return b.Number.Value.Cmp(a.Number.Value)
	})
}

// ranked gives one group per entity or year with the number by which they are ranked.
func (b *Base) ranked(q Query, rows []*Row) []Group {
	if q.Group == "" {
		q.Group = defaultGroup(q.Relation)
	}
	all := groups(q, rows)
	if q.Measure != Difference && q.Measure != Ratio {
		return all
	}
	out := all[:0]
	for _, g := range all {
		ops := b.operandGroups(q, g.Rows)
		if len(ops) != 2 || len(ops[0].Rows) == 0 || len(ops[1].Rows) == 0 {
			continue
		}
		x, y := ops[0].Number, ops[1].Number
		if q.Measure == Difference {
			g.Number = Number{x.Value.Sub(y.Value), true, differenceUnit(x.Unit)}
		} else {
			g.Number = quotient(x.Value, y.Value, "")
		}
		out = append(out, g)
	}
	return out
}

func defaultGroup(rel Relation) Kind {
	switch rel {
	case Patients:
		return Year
	case Agreements, OverseasAgreements, Projects:
		return Country
	case DomesticAgreements:
		return Year
	}
	return keyKind[rel]
}

func (b *Base) extreme(res *Result, rows []*Row) error {
	q := res.Query
	groups := b.ranked(q, rows)
	if len(groups) == 0 {
		if len(rows) > 0 {
			return ErrNoValues
		}
		return nil
	}
	sortGroups(groups, q.Op)
	res.Total = len(groups)
	if q.Op == Rank {
		return rank(res, groups)
	}
	// distinct values are the places: the second highest is not the other of two firsts
	place, nth := 1, max(q.Nth, 1)
	var picked []Group
	for i, g := range groups {
		if i > 0 && g.Number.Value.Cmp(groups[i-1].Number.Value) != 0 {
			place++
		}
		if place == nth {
			picked = append(picked, g)
		}
	}
	res.Groups = picked
	res.Found = len(picked) > 0
	res.Tied = len(picked) > 1
	if res.Found {
		res.Number = picked[0].Number
	}
	for _, g := range picked {
		res.Rows = append(res.Rows, g.Rows...)
	}
	return nil
}

func rank(res *Result, groups []Group) error {
	i := slices.IndexFunc(groups, func(g Group) bool {
		return res.Query.FocusYear != 0 && g.Year == res.Query.FocusYear || res.Query.FocusYear == 0 && g.Key == res.Query.Focus
	})
	if i < 0 {
		res.Found = false
		return nil
	}
	place := 1
	for _, g := range groups {
		if g.Number.Value.Cmp(groups[i].Number.Value) > 0 {
			place++
		}
	}
	for _, g := range groups {
		if g.Number.Value.Cmp(groups[i].Number.Value) == 0 {
			res.Groups = append(res.Groups, g)
			res.Rows = append(res.Rows, g.Rows...)
		}
	}
	res.Number = Number{Int(place), true, "rank"}
	res.Tied = len(res.Groups) > 1
	return nil
}

func earliest(res *Result, rows []*Row) error {
	dated := slices.DeleteFunc(slices.Clone(rows), func(r *Row) bool { return r.Year == 0 })
	if len(dated) == 0 {
		if len(rows) > 0 {
			return ErrNoValues
		}
		return nil
	}
	key := func(r *Row) Date {
		if r.Date.IsZero() {
			return Date{Year: r.Year}
		}
		return r.Date
	}
	slices.SortStableFunc(dated, func(a, b *Row) int {
		if res.Query.Op == Last {
			return key(b).Compare(key(a))
		}
		return key(a).Compare(key(b))
	})
	place, nth := 1, max(res.Query.Nth, 1)
	for i, r := range dated {
		if i > 0 && key(r) != key(dated[i-1]) {
			place++
		}
		if place == nth {
			res.Rows = append(res.Rows, r)
		}
	}
	res.Found = len(res.Rows) > 0
	res.Tied = len(res.Rows) > 1
	return nil
}

// trend orders a series in time and relates its end to its start. Relations without figures are counted by year.
func trend(res *Result, rows []*Row) error {
	q := res.Query
	q.Group = Year
	byYear := groups(q, rows)
	if len(byYear) == 0 {
		if len(rows) > 0 {
			return ErrNoValues
		}
		return nil
	}
	slices.SortStableFunc(byYear, func(a, b Group) int { return cmp.Compare(a.Year, b.Year) })
	for _, g := range byYear {
		res.Rows = append(res.Rows, g.Rows...)
	}
	first, last := byYear[0].Number, byYear[len(byYear)-1].Number
	res.Groups = byYear
	res.Number = Number{last.Value.Sub(first.Value), true, differenceUnit(first.Unit)}
	if first.Value.Unscaled != 0 {
		p := percent(res.Number.Value, first.Value)
		res.Percent = &p
	}
	return nil
}
