package knowledge

import "math/big"

const roundTo = 2 // digits after the point of ratios, shares and averages

func total(res *Result, rows []*Row) error {
	if len(rows) == 0 {
		return nil
	}
	if !rows[0].HasValue {
		return ErrNoValues
	}
	res.Rows = rows
	res.Number = number(res.Query.Relation, rows)
	if res.Query.Op == Average {
		res.Number = quotient(res.Number.Value, Int(len(rows)), rows[0].Unit)
	}
	return nil
}

// quotient divides and rounds; the zero Number stands for a division by zero.
func quotient(a, b Decimal, unit string) Number {
	if b.Unscaled == 0 {
		return Number{}
	}
	v, exact := roundRat(new(big.Rat).Quo(a.rat(), b.rat()), roundTo)
	return Number{v, exact, unit}
}

func percent(part, whole Decimal) Number {
	return quotient(Decimal{part.Unscaled * 100, part.Scale}, whole, "percent")
}

// share relates the selected records to all records of the relation that fit the query without its years and without
// the entities by which the relation is broken down.
func (b *Base) share(res *Result, rows []*Row) error {
	q := res.Query
	whole := Query{Relation: q.Relation, Op: List}
	all := b.Select(whole)
	if len(rows) == 0 || len(all) == 0 {
		return nil
	}
	part, sum := number(q.Relation, rows), number(q.Relation, all)
	res.Rows, res.Total = rows, len(all)
	res.Number = percent(part.Value, sum.Value)
	res.Groups = []Group{{Number: part, Rows: rows}, {Number: sum, Rows: all}}
	return nil
}

// operandGroups splits the records by the one kind of entity, or the years, of which the query names two or more.
func (b *Base) operandGroups(q Query, rows []*Row) []Group {
	perKind := map[Kind][]Ref{}
	for _, ref := range q.Entities {
		perKind[ref.Kind] = append(perKind[ref.Kind], ref)
	}
	var out []Group
	for _, ref := range q.Entities {
		if refs := perKind[ref.Kind]; len(refs) >= 2 {
			for _, key := range refs {
				out = append(out, b.operand(q, Group{Key: key}, rows))
			}
			return out
		}
	}
	if len(q.Years) >= 2 {
		for _, y := range q.Years {
			out = append(out, b.operand(q, Group{Year: y}, rows))
		}
	}
	return out
}

func (b *Base) operand(q Query, g Group, rows []*Row) Group {
	for _, r := range rows {
		if g.Year != 0 && r.Year == g.Year || g.Year == 0 && r.Has(g.Key) {
			g.Rows = append(g.Rows, r)
		}
	}
	g.Number = number(q.Relation, g.Rows)
	return g
}

// valued reports whether the records of a relation carry figures, so that an operand without records is unknown and
// not zero.
func valued(rel Relation) bool {
	switch rel {
	case Patients, PatientsTotal, Departments, Survival, Transplants, Infrastructure, Specialties:
		return true
	}
	return false
}

func (b *Base) operands(res *Result, rows []*Row) error {
	groups := b.operandGroups(res.Query, rows)
	if len(groups) < 2 || res.Query.Op != Compare && len(groups) != 2 {
		return ErrOperands
	}
	for _, g := range groups {
		res.Rows = append(res.Rows, g.Rows...)
		if len(g.Rows) == 0 && valued(res.Query.Relation) {
			res.Found = false // one side is not in the data: nothing can be said about both
		}
	}
	if !res.Found {
		res.Groups = groups
		return nil
	}
	a, c := groups[0].Number, groups[1].Number
	switch res.Query.Op {
	case Difference, Compare:
		if len(groups) == 2 {
			res.Number = Number{a.Value.Sub(c.Value), true, differenceUnit(a.Unit)}
			if a.Unit != "percent" && c.Value.Unscaled != 0 {
				p := percent(res.Number.Value, c.Value)
				res.Percent = &p
			}
		}
		if res.Query.Op == Compare {
			sortGroups(groups, Highest)
			res.Tied = groups[0].Number.Value.Cmp(groups[1].Number.Value) == 0
		}
	case Ratio:
		res.Number = quotient(a.Value, c.Value, "")
	}
	res.Groups = groups
	return nil
}

// differenceUnit: percentages differ by percentage points.
func differenceUnit(unit string) string {
	if unit == "percent" {
		return "percentage-points"
	}
	return unit
}
