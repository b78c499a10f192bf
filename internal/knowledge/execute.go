package knowledge

import (
	"cmp"
	"slices"
	"strings"
)

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
