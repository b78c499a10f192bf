package knowledge

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
)

const roundTo = 2 // digits after the point of ratios, shares and averages

// Execute runs a query over the records. Selecting nothing is a result (Found is false), not an error.
func (b *Base) Execute(q Query) (Result, error) {
	if q.Relation != Agreements && !slices.Contains(Relations[:], q.Relation) {
		return Result{}, ErrRelation
	}
	if !slices.Contains(Ops[:], q.Op) {
		return Result{}, ErrOp
	}
	rows := b.Select(q)
	res := Result{Query: q, Found: len(rows) > 0}
	var err error
	switch q.Op {
	case Get, List, Exists:
		res.Rows = rows
	case Count:
		res.Rows = rows
		if q.Group != "" {
			res.Groups = groups(q, rows)
			res.Number = Number{Int(len(res.Groups)), true, ""}
			break
		}
		res.Number = Number{Int(len(rows)), true, countUnit(q.Relation)}
	case Sum, Average:
		err = total(&res, rows)
	case Share:
		err = b.share(&res, rows)
	case Compare, Difference, Ratio:
		err = b.operands(&res, rows)
	case Highest, Lowest, Rank:
		err = b.extreme(&res, rows)
	case First, Last:
		err = earliest(&res, rows)
	case Trend:
		err = trend(&res, rows)
	}
	if err != nil {
		return Result{}, err
	}
	res.Notes = b.notesFor(q, res)
	return res, nil
}

// Select gives the records that a query is about, in the order of the pages.
func (b *Base) Select(q Query) []*Row {
	words := ""
	if q.Text != "" {
		b.foldTexts()
		words = " " + Fold(q.Text)
	}
	var rows []*Row
	for _, r := range b.rows {
		if b.selects(&q, r, words) {
			rows = append(rows, r)
		}
	}
	return rows
}

func (b *Base) selects(q *Query, r *Row, words string) bool {
	switch {
	case r.Relation != q.Relation && !(q.Relation == Agreements && (r.Relation == OverseasAgreements || r.Relation == DomesticAgreements)):
		return false
	case !hasEntities(r, q.Entities):
		return false
	case slices.ContainsFunc(q.Exclude, r.Has):
		return false
	case len(q.Years) > 0 && !slices.Contains(q.Years, r.Year):
		return false
	case q.Month != 0 && r.Date.Month != q.Month:
		return false
	case !q.From.IsZero() && (r.Year == 0 || before(r, q.From)):
		return false
	case !q.To.IsZero() && (r.Year == 0 || after(r, q.To)):
		return false
	case words != "" && !strings.Contains(r.text, words) && !(isUnspaced(words) && strings.Contains(compact(r.text), compact(words))):
		return false
	case q.Threshold != nil && !q.Threshold.holds(r):
		return false
	}
	return true
}

func hasEntities(r *Row, refs []Ref) bool {
	for _, ref := range refs {
		if r.Has(ref) {
			continue
		}
		// another entity of the same kind will do
		if !slices.ContainsFunc(refs, func(o Ref) bool { return o.Kind == ref.Kind && r.Has(o) }) {
			return false
		}
	}
	return true
}

// before and after compare as far as both dates go: a year alone covers all its days.
func before(r *Row, d Date) bool { return compareDates(r, d) < 0 }
func after(r *Row, d Date) bool  { return compareDates(r, d) > 0 }

func compareDates(r *Row, d Date) int {
	if c := cmp.Compare(r.Year, d.Year); c != 0 || d.Month == 0 || r.Date.IsZero() {
		return c
	}
	if c := cmp.Compare(r.Date.Month, d.Month); c != 0 || d.Day == 0 {
		return c
	}
	return cmp.Compare(r.Date.Day, d.Day)
}

func (t *Threshold) holds(r *Row) bool {
	if !r.HasValue {
		return false
	}
	c := r.Value.Cmp(t.Value)
	switch t.Comparator {
	case Above:
		return c > 0
	case AtLeast:
		return c >= 0
	case Below:
		return c < 0
	case AtMost:
		return c <= 0
	}
	return false
}

func countUnit(rel Relation) string {
	switch rel {
	case Agreements, DomesticAgreements:
		return "agreements"
	case OverseasAgreements:
		return "institutions"
	case Projects:
		return "projects"
	case Hospitals:
		return "hospitals"
	}
	return ""
}

// number gives what a set of records amounts to: its value if the relation has values, else how many they are.
func number(rel Relation, rows []*Row) Number {
	if len(rows) > 0 && rows[0].HasValue {
		sum := Decimal{}
		for _, r := range rows {
			sum = sum.Add(r.Value)
		}
		return Number{sum, true, rows[0].Unit}
	}
	return Number{Int(len(rows)), true, countUnit(rel)}
}

// groups forms the groups of a query in the order in which their keys first occur.
func groups(q Query, rows []*Row) []Group {
	var out []Group
	add := func(key Group, r *Row) {
		k := Group{Key: key.Key, Year: key.Year}
		i, ok := indexOf(out, k)
		if !ok {
			i = len(out)
			out = append(out, k)
		}
		out[i].Rows = append(out[i].Rows, r)
	}
	for _, r := range rows {
		if q.Group == Year {
			if r.Year != 0 {
				add(Group{Year: r.Year}, r)
			}
			continue
		}
		for _, ref := range r.Refs {
			if ref.Kind == q.Group {
				add(Group{Key: ref}, r)
			}
		}
	}
	for i := range out {
		out[i].Number = number(q.Relation, out[i].Rows)
	}
	return out
}

func indexOf(groups []Group, key Group) (int, bool) {
	for i := range groups {
		if groups[i].Key == key.Key && groups[i].Year == key.Year {
			return i, true
		}
	}
	return 0, false
}

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

// notesFor gives the notes of the records used, then those of the relation, each once. When records are only counted
// or listed in numbers, the notes on single records would drown the answer: those that concern spelling or layout are
// the relation's to say.
func (b *Base) notesFor(q Query, res Result) []string {
	var ids []string
	add := func(id string) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	const few = 3
	if valued(q.Relation) || len(res.Rows) <= few {
		for _, r := range res.Rows {
			for _, id := range r.Notes {
				add(id)
			}
		}
	}
	for _, n := range b.noteOrder {
		if n.appliesTo(&q) {
			add(n.ID)
		}
	}
	return ids
}
