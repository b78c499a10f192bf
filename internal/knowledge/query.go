package knowledge

import "errors"

// Op is what a query does with the records it selects.
type Op string

// The operations.
const (
	Get        Op = "get"        // the attribute of each selected record
	List       Op = "list"       // the selected records, in the order of the page
	Count      Op = "count"      // how many there are
	Exists     Op = "exists"     // whether there is any
	Compare    Op = "compare"    // the operands side by side, greatest first
	Difference Op = "difference" // first operand minus second; Percent relates it to the second
	Ratio      Op = "ratio"      // first operand divided by second
	Share      Op = "share"      // selected part of the whole relation in percent
	Trend      Op = "trend"      // a series in time, with the changes
	Highest    Op = "highest"
	Lowest     Op = "lowest"
	Rank       Op = "rank" // the place of the focused entity or year among its like, greatest first
	Sum        Op = "sum"
	Average    Op = "average"
	First      Op = "first" // earliest date or year
	Last       Op = "last"  // latest date or year
)

// Ops lists all operations.
var Ops = [...]Op{Get, List, Count, Exists, Compare, Difference, Ratio, Share, Trend, Highest, Lowest, Rank, Sum, Average, First, Last}

// Year is the pseudo kind by which groups and operands are formed when they are years, as in Query.Group.
const Year Kind = "year"

// Comparator restricts records to those whose value stands in a relation to a number.
type Comparator string

// The comparators.
const (
	Above   Comparator = "above"
	AtLeast Comparator = "at-least"
	Below   Comparator = "below"
	AtMost  Comparator = "at-most"
)

// Threshold is a condition on the value of a record.
type Threshold struct {
	Comparator Comparator `json:"comparator"`
	Value      Decimal    `json:"value"`
}

// Query is a question in typed form. The zero value of each field means "not restricted".
type Query struct {
	Relation Relation `json:"relation"`
	// Entities select records: those of one kind are alternatives, different kinds must all hold. For Compare,
	// Difference and Ratio, entities of the one kind that has two or more are the operands, in this order.
	Entities []Ref `json:"entities,omitempty"`
	Exclude  []Ref `json:"exclude,omitempty"` // records about any of these are left out
	// Years select records of these years; they are the operands when there are two or more and no kind of entity is.
	Years     []int      `json:"years,omitempty"`
	From      Date       `json:"from,omitzero"` // first day, inclusive; month and day may be 0
	To        Date       `json:"to,omitzero"`   // last day, inclusive; month and day may be 0
	Month     int        `json:"month,omitempty"`
	Text      string     `json:"text,omitempty"` // words that must stand in the record, in this order
	Threshold *Threshold `json:"threshold,omitempty"`
	Op        Op         `json:"op"`
	// Group forms one number per entity of a kind (or per year): the number of records, or their value.
	Group Kind `json:"group,omitempty"`
	// Measure is what a group's number is: "" for value or count, Difference or Ratio between the two operands of
	// another kind, as in "for which cancer is the gap between Korea and the UK the widest".
	Measure Op `json:"measure,omitempty"`
	// Nth asks for the second, third … in Highest, Lowest, First and Last; 0 and 1 mean the first.
	Nth int `json:"nth,omitempty"`
	// Focus is what Rank places: an entity, or a year when FocusYear is set.
	Focus     Ref `json:"focus,omitzero"`
	FocusYear int `json:"focus_year,omitempty"`
}

// unrestricted reports whether a query is about a relation as a whole.
func (q *Query) unrestricted() bool {
	return len(q.Entities)+len(q.Exclude)+len(q.Years) == 0 && q.From.IsZero() && q.To.IsZero() && q.Month == 0 && q.Text == "" && q.Threshold == nil && q.Group == ""
}

// Number is a result of a computation.
type Number struct {
	Value Decimal `json:"value"`
	Exact bool    `json:"exact"` // false when Value was rounded to two digits
	Unit  string  `json:"unit"`  // id of kind Unit; "" for a ratio
}

// Group is one operand or group: its key, its number, and the records that number comes from.
type Group struct {
	Key    Ref    `json:"key,omitzero"`
	Year   int    `json:"year,omitempty"` // set instead of Key when groups are years
	Number Number `json:"number"`
	Rows   []*Row `json:"-"`
}

// Result is the answer to a query. Rows are the records that it was computed from, in the order of the answer.
type Result struct {
	Query  Query  `json:"query"`
	Rows   []*Row `json:"-"`
	Number Number `json:"number,omitzero"` // of Count, Difference, Ratio, Share, Sum, Average, Rank (the place)
	// Percent is, for Difference and Trend, the change in percent of the second operand (the start); nil elsewhere.
	Percent *Number `json:"percent,omitempty"`
	Groups  []Group `json:"groups,omitempty"` // of Compare, Highest, Lowest and Rank, best first; operands in order elsewhere
	Total   int     `json:"total,omitempty"`  // how many records or groups there are in all, for Rank and Share
	Found   bool    `json:"found"`            // whether any record was selected
	Tied    bool    `json:"tied,omitempty"`   // the place is shared: Groups holds all that share it
	// Notes are the ids of the notes that the answer must say: those of the records used, then those of the relation.
	Notes []string `json:"notes,omitempty"`
}

// IsZero reports whether no number was computed.
func (n Number) IsZero() bool { return n == Number{} }

// Errors of Execute: the query makes no sense, as opposed to selecting nothing.
var (
	ErrRelation = errors.New("knowledge: relation does not exist")
	ErrOp       = errors.New("knowledge: operation does not exist")
	ErrOperands = errors.New("knowledge: the operation needs two operands")
	ErrNoValues = errors.New("knowledge: the records have no values or dates for the operation")
)
