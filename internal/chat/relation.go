package chat

import (
	"slices"
	"strings"
)

// The relations of the dataset that questions can be about.
const (
	relAgreements  = "agreements"
	relProjects    = "projects"
	relPatients    = "patients"
	relDepartments = "departments"
	relCancers     = "survival"
	relTransplants = "transplants"
	relIndicators  = "infrastructure"
	relHospitals   = "hospitals"
	relSpecialties = "specialties"
)

// relation says which words and entities speak for a table of the dataset
// (with a weight), and which others a question about it may contain. What is
// in neither list is left over, and a question that leaves something over is
// not answered from this table.
type relation struct {
	name string
	// weights and accepts are keyed by concept ("survival") or by kind with a
	// colon ("cancer:").
	weights map[string]int
	accepts map[string]bool
	// ready tells whether enough is bound to ask the table.
	ready func(q *query) bool
}

// leastYearly is a number below which no figure counts the patients of a year.
const leastYearly = 10000

func set(words ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range words {
		for f := range strings.FieldsSeq(w) {
			m[f] = true
		}
	}
	return m
}

// Concepts that mean an operation on figures.
const arithmetic = " what_is count all list each more less highest lowest difference ratio compare between to trend increase decrease" +
	" sum average except first last ord: num: over below atleast atmost rows rest also who where "

// relations gives the tables; their order breaks ties.
func relations() []*relation {
	return []*relation{
		{
			name: relAgreements,
			weights: map[string]int{
				"partner": 4, "agreement": 4, "institution:": 4, "xinst:": 3, "country:": 1, "continent:": 2, "topic:": 2,
				"institution": 2, "overseas": 1, "domestic": 2, "when": 1, "type:": 1, "subject": 1, "subject:": 1, "whosigned": 1,
			},
			accepts: set("what_is exists count all list each who where when whichyear yearword monthword country continent subject why howmuch",
				"more less highest lowest difference compare between to sum first last before after since until over below atleast atmost average share ratio",
				"twice nocountry rows rest ord: num: year: month: date: region: site: place:",
				"hospital whichhospital university school member ranked korean also cumulative name project department opened"),
			ready: func(q *query) bool {
				if q.has("howmuch") && !q.has("more", "less", "difference", "compare") {
					return false
				}
				if q.has("why") && !q.has("subject") && !(q.has("twice") && q.hasKind("institution")) {
					return false // only what is agreed on is told
				}
				if q.has("opened") && !q.has("agreement", "partner") {
					return false // of the institutions themselves no founding is told
				}
				if q.has("whichplace") && q.hasKind("institution") {
					return false // the place in some ranking
				}
				if q.has("whosigned") && (q.hasKind("institution") && !q.has("when", "whichyear", "subject") || !q.hasKind("topic") && !q.hasKind("subject") && !q.hasKind("type") && len(q.Years)+len(q.Dates) == 0) {
					return false // who held the pen is not told, only with whom it was signed
				}
				if !q.hasKind("institution") && (q.has("project") || q.has("department") && !q.hasKind("type")) {
					return false
				}
				if q.has("nocountry") && (len(q.Words) == 1 || q.has("overseas", "partner", "institution", "agreement", "list", "ranked", "count", "who", "rows")) || q.hasKind("country") && q.has("continent") || q.hasKind("country") && q.has("country") && q.has("ranked", "list") ||
					q.hasKind("continent") && q.has("country") && q.has("ranked") && q.has("count") || q.hasKind("country") && slices.Contains(q.ids("type"), "company") && q.has("ranked") ||
					q.hasKind("country") && q.has("list", "name") && (q.has("school", "university") || q.hasKind("type")) && !slices.Contains(q.ids("country"), korea) ||
					q.hasKind("continent") && q.has("list") && (q.has("school", "university") || q.hasKind("type")) ||
					q.has("overseas", "domestic") && q.has("continent", "country") && q.has("count", "list") {
					return true
				}
				if q.has("when") && (q.hasKind("topic") || q.hasKind("subject")) {
					return true // nothing else has a subject and a date
				}
				if len(q.Dates) > 0 && (q.has("institution", "who", "when") || q.hasKind("type")) && !q.hasKind("institution") {
					return true // who signed on that day
				}
				if q.has("institution", "who") && (q.hasKind("subject") || q.has("subject") && q.hasKind("topic")) {
					return true // with whom something was agreed on
				}
				return q.has("partner") || q.has("agreement") || q.has("whosigned") || q.hasKind("institution") || q.hasKind("xinst") ||
					q.has("institution") && (q.hasKind("country") || q.hasKind("continent") || q.hasKind("topic") || q.has("overseas") || q.has("domestic"))
			},
		},
		{
			name:    relProjects,
			weights: map[string]int{"project": 5, "project:": 6, "client": 4, "scope": 3, "workscope:": 3, "country:": 1, "region:": 2, "institution:": 1, "site:": 2},
			accepts: set("negated evaluat opened whichyear what_is institution exists count all list each who where country continent continent: subject more less highest lowest overseas partner agreement hospital university type: name rest first last ord: also korean goal name hospital sum compare when year: yearword topic:human-resources topic:research"),
			ready: func(q *query) bool {
				if q.has("who") && !q.has("project", "client", "scope", "count", "list", "subject") {
					return false // it asks for the person a project is named after
				}
				return q.has("project") || q.hasKind("project") || q.hasKind("site") && q.has("client", "scope") || q.has("client") && q.hasKind("workscope") || (q.has("client") || q.has("scope") || q.hasKind("workscope")) && (q.hasKind("country") || q.hasKind("institution"))
			},
		},
		{
			name:    relPatients,
			weights: map[string]int{"patient": 4, "visit": 2, "year:": 2, "overseas": 1, "cumulative": 2, "whichyear": 1, "trend": 1},
			accepts: set(arithmetic, "isright twice no exists yearword when before after since until previous next korean rate percent country:KR date: subject period sum share monthword howmuch hospital topic:medical-treatment era"),
			ready: func(q *query) bool {
				if len(q.Words) == 1 && q.has("patient") && len(q.Years)+len(q.Numbers) == 0 {
					return false // patients alone ask nothing of the table
				}
				if q.has("era") && len(q.Years) == 0 {
					return false // a time is no year
				}
				if v := q.magnitudes(); len(v) > 0 && v[0] < leastYearly && !q.Percent && q.has("over", "below", "atleast", "atmost") && !q.has("share", "percent", "ratio", "increase", "decrease") {
					return false // so few come in no year: it is the age that is meant
				}
				if q.has("hospital") && !q.has("korean") && !q.hasKind("country") {
					return false // which hospital is meant?
				}
				if q.bare() && len(q.Dates) == 0 && (len(q.Years) > 0 && q.has("count", "howmuch", "rate", "rows") || q.has("whichyear", "yearword") && q.has("highest", "lowest")) {
					return true // nothing else is counted by years
				}
				if q.has("share", "percent", "rate") && len(q.Years) == 0 && !q.has("increase", "decrease") {
					return false
				}
				if v := q.magnitudes(); !q.has("patient") && len(v) > 0 && v[0] >= leastYearly && q.has("over", "below", "atleast", "atmost", "between", "more", "less") && q.has("whichyear", "yearword", "when", "period") {
					return true // in which years it was so many
				}
				if q.span > 0 && !q.has("highest", "lowest", "first", "last") {
					return false // three years of what?
				}
				if v := q.magnitudes(); !q.has("patient") && len(q.Years) > 0 && len(v) > 0 && v[0] >= leastYearly && q.has("over", "below", "atleast", "atmost") {
					return true // nothing else of a year is so many
				}
				if !q.has("patient") && len(q.Numbers) == 1 && q.Numbers[0] >= leastYearly && q.has("whichyear") {
					return true // which year a printed figure is of
				}
				if !q.has("patient") && len(q.Years) == 1 && len(q.Numbers) == 1 && q.Numbers[0] >= leastYearly && q.has("twice", "isright", "no", "compare") {
					return true // is this the figure of the year?
				}
				if !q.has("patient") && q.has("overseas") && q.has("count") && q.has("hospital") && len(q.Years) == 1 {
					return true // foreigners at the hospitals of Korea in a year
				}
				if !q.has("patient") && !(q.has("visit") && q.has("overseas")) {
					// The only series that rises and falls from year to year.
					return len(q.Years) > 0 && q.has("increase", "decrease") || len(q.Years) == 1 && q.has("previous") && q.has("difference", "ratio") || len(q.Years) > 1 && (q.has("difference", "ratio", "trend") || q.has("howmuch", "count") && q.has("more", "less")) ||
						q.has("increase", "decrease") && q.has("highest", "lowest") && q.has("whichyear", "yearword")
				}
				return (!q.has("who", "where") || len(q.Years) > 0 || q.has("count"))
			},
		},
		{
			name:    relDepartments,
			weights: map[string]int{"department:": 4, "department": 5, "share": 2, "patient": 1, "visit": 1, "percent": 1},
			accepts: set(arithmetic, "exists twice why no specialty overseas korean country:KR cumulative year:2024 yearword hospital rate over below ranked howmuch topic:medical-treatment"),
			ready: func(q *query) bool {
				if q.has("ranked") && q.has("hospital") && !q.has("share", "percent", "patient", "visit") && (!q.has("department") || len(q.Numbers) > 0) {
					return false // hospitals are ranked by specialty
				}
				if len(q.Words) == 0 && len(q.ids("department")) == 1 {
					return false // a speciality alone may be a doctor who is looked for
				}
				if len(q.Entities) == 0 && q.has("share", "percent") && q.has("sum", "rest") && !q.has("patient", "cumulative") {
					return true // nothing else adds up to a hundred per cent
				}
				return (q.hasKind("department") || q.has("department")) && (!q.has("howmuch") || q.has("share", "percent", "patient", "difference"))
			},
		},
		{
			name:    relCancers,
			weights: map[string]int{"cancer:": 6, "cancer": 3, "cancertypes": 3, "survival": 3, "organ:": 2, "country:": 1},
			accepts: set(arithmetic, "better visit howmuch exists rate fiveyear share percent korean country patient yearword year:2010 year:2023 over below ranked after"),
			ready: func(q *query) bool {
				if !q.survivalOnly() || len(q.Years) == 1 && q.has("more", "less", "increase", "decrease") && len(q.ids("country")) < 2 {
					return false
				}
				if q.has("count") && q.has("survival") && !q.hasKind("cancer") && !q.hasKind("organ") && !q.has("cancertypes", "rows", "share", "percent", "rate", "fiveyear", "howmuch") && len(q.Numbers) == 0 && !q.follows("count", "country") {
					return false // it asks how many people survive
				}
				return q.hasKind("cancer") || q.has("cancer") && (q.has("survival", "difference") || q.hasKind("organ") || q.hasKind("country") || q.has("rate") || q.has("count") && q.has("rows") || q.has("percent", "share") && q.has("over", "below", "more", "less")) ||
					q.has("survival") && (q.hasKind("organ") || len(q.ids("country")) > 1 || q.asksCountries()) || q.has("difference") && q.hasKind("organ") && len(q.ids("country")) > 1
			},
		},
		{
			name:    relTransplants,
			weights: map[string]int{"transplant": 5, "organ:": 2, "survival": 3, "organ": 2},
			accepts: set(arithmetic, "better visit howmuch exists rate fiveyear share percent korean country:KR patient yearword over below success after surgery ranked"),
			ready: func(q *query) bool {
				return q.survivalOnly() && (q.has("transplant") || q.has("survival") && (q.hasKind("organ") || q.has("organ")) || q.has("organ") && len(q.Numbers) > 0 && q.has("share", "percent"))
			},
		},
		{
			name:    relIndicators,
			weights: map[string]int{"indicator:": 6, "infra": 4, "permillion": 3, "second": 3},
			accepts: set(arithmetic, "better negated exists korean domestic country:KR rate hospital second average num: share twice definition what_is yearword howmuch"),
			ready: func(q *query) bool {
				if q.has("howmuch") && !q.has("permillion", "second", "difference", "more", "less") && !slices.Contains(q.ids("indicator"), "hospitals") {
					return false // it asks for a price
				}
				return q.hasKind("indicator") || q.has("infra") || q.has("hospital") && q.has("permillion")
			},
		},
		{
			name:    relHospitals,
			weights: map[string]int{"worldbest": 4, "ranked": 2, "hospital": 2, "whichhospital": 2, "member": 2, "institution:": 3, "xinst:": 2},
			accepts: set("name exists rows num: place: count all list each who korean country:KR year:2026 rest type: university also domestic institution sum where xinst: school between"),
			ready: func(q *query) bool {
				if q.has("whichplace") && q.hasKind("institution") {
					return false // the list has no order
				}
				return (q.has("worldbest") || q.has("ranked")) && (q.has("worldbest") || q.has("hospital") || q.has("whichhospital") || q.hasKind("institution") || q.has("member") || q.has("university") || q.hasKind("xinst") || q.hasKind("type"))
			},
		},
		{
			name:    relSpecialties,
			weights: map[string]int{"specialty:": 4, "specialty": 4, "ranked": 2, "worldbest": 1, "hospital": 1, "whichhospital": 1},
			accepts: set(arithmetic, "name exists korean country:KR year:2026 type: department over below institution member domestic share year: date"),
			ready: func(q *query) bool {
				return (q.hasKind("specialty") || q.has("specialty")) && q.has("ranked", "worldbest", "specialty", "whichhospital") ||
					q.has("department") && q.has("hospital") && q.has("ranked", "worldbest") && len(q.Numbers) > 0 && !q.Percent ||
					len(q.ids("specialty")) > 1 && q.has("more", "less", "compare", "difference", "hospital") ||
					q.hasKind("specialty") && q.has("hospital") && q.has("count") && !q.has("patient")
			},
		},
	}
}

// survivalOnly tells whether a query about a cancer or an organ can only mean
// survival: it says so, or asks for nothing else that could be counted or
// compared (how many have it, which is the most common).
func (q *query) survivalOnly() bool {
	if q.has("howmuch") && !q.has("survival", "rate", "percent", "share", "fiveyear", "success", "difference", "more", "less") && !(len(q.ids("organ")) > 1 && q.has("highest", "lowest", "better")) {
		return false // it asks for a price
	}
	if q.Relation == relCancers && q.has("patient", "visit") && !q.has("survival", "fiveyear", "success") {
		return false // how many of the patients have it
	}
	if q.has("survival", "rate", "percent", "share", "fiveyear", "success") {
		return true
	}
	if q.has("difference") && (len(q.ids("country")) > 1 || len(q.ids("country")) == 1 && q.has("cancer") && q.has("highest", "lowest")) {
		return true
	}
	if q.Relation == relTransplants && q.has("transplant") && q.has("difference") && len(q.ids("organ")) == 2 && !q.has("patient", "surgery", "howmuch") {
		return true // by how much two organs differ
	}
	if len(q.ids("country")) == 2 && q.behind() {
		return true // "by how much is it behind Korea?"
	}
	if q.Relation == relTransplants && q.has("transplant") && len(q.ids("organ")) > 1 && q.has("more", "less", "compare", "highest", "lowest", "better") && (!q.has("count") || q.has("howmuch")) && !q.has("who", "surgery") {
		return true // two organs are compared, and nothing but survival is told of them
	}
	if q.has("count") && q.has("rows", "organ") { // rows of the table
		return !q.has("patient", "visit", "who", "surgery")
	}
	return !q.has("count", "patient", "visit", "who", "each", "sum", "average", "trend", "increase", "decrease", "highest", "lowest", "more", "less", "surgery", "rest", "where", "first", "last") && !q.hasKind("ord")
}

// asksCountries tells whether a query about survival asks of which countries
// there are figures.
func (q *query) asksCountries() bool {
	return q.has("country") && q.has("list", "count", "all", "name") && !q.hasKind("cancer") && !q.hasKind("organ") && !q.hasKind("country") && !q.hasKind("ord") && len(q.magnitudes()) == 0 &&
		!q.has("highest", "lowest", "more", "less", "better", "each", "compare", "difference", "average", "rows", "korean")
}

// sense picks the meaning of an item that the relation can use, or reports
// that it has none.
func (r *relation) sense(it *item) (sense, int, bool) {
	if it.span > 0 && r.name == relPatients {
		return sense{"span", ""}, 0, true
	}
	if it.number != nil {
		key := "num:"
		switch {
		case it.number.day > 0:
			key = "date:"
		case it.number.year > 0:
			key = "year:"
		}
		if w := r.weights[key]; w > 0 || r.accepts[key] {
			return sense{strings.TrimSuffix(key, ":"), ""}, r.weights[key], true
		}
		if key == "year:" && r.accepts["year:"+yearText(it.number.year)] {
			return sense{"year", ""}, 0, true
		}
		return sense{}, 0, false
	}
	best, bestWeight, ok := sense{}, -1, false
	// A word that may be one for what the data lacks counts as that, unless
	// the relation speaks of its other meaning.
	absent := it.has(word, "absent")
	for _, s := range it.senses {
		if absent && s.kind == word && r.weights[s.id] == 0 || s.kind == word && bounded[s.id] && it.otherwise() {
			continue
		}
		if s.id == "fn" && it.named() {
			continue
		}
		if s.id == "fn" {
			if bestWeight < 0 {
				best, bestWeight, ok = s, 0, true
			}
			continue
		}
		key := s.id
		switch {
		case s.kind != word:
			key = s.kind + ":"
		case key == "superlative":
			key = "highest"
		case key == "kinds":
			key = "count"
		}
		w := r.weights[key]
		accepted := w > 0 || r.accepts[key] || s.kind != word && r.accepts[key+s.id]
		if accepted && (w > bestWeight || best.id == "fn" || best.kind == word && best.id == "count" && w == bestWeight && s.kind == word && countable[s.id]) {
			best, bestWeight, ok = s, w, true
		}
	}
	if ok && best == (sense{word, "count"}) && slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == word && countable[s.id] }) {
		return sense{}, 0, false // the number of something else
	}
	return best, max(bestWeight, 0), ok
}

// superlatives reads "the least" where it is said in two words, a superlative
// and less, and "the most" where the superlative stands alone.
func (q *query) superlatives() {
	less := q.has("less", "below") && !q.has("more", "over")
	switch {
	case q.has("superlative") && less:
		q.Words["lowest"] = true
	case q.has("superlative"):
		q.Words["highest"] = true
	case q.has("highest") && less:
		q.Words["lowest"] = true
	}
	// Arabic says "more" before what it ranks: "أكثر دولة".
	for _, ranked := range []string{"country", "continent", "department", "specialty", "yearword", "cancertypes", "organ", "institution"} {
		if q.follows("more", ranked) {
			q.Words["highest"] = true
		}
		if q.follows("less", ranked) {
			q.Words["lowest"] = true
		}
	}
	if q.follows("decrease", "yearword") || q.follows("increase", "yearword") {
		q.Words["whichyear"] = true // 減った年: the years it fell in
	}
	if q.span > 0 && q.has("more") {
		q.Words["highest"] = true // "أعلى ثلاث سنوات"
	}
	if q.span > 0 && q.has("less") {
		q.Words["lowest"] = true
	}
	// "أدنى نسبة بقاء", of which nothing is named to compare.
	if (len(q.ids("organ"))+len(q.ids("cancer")) == 0 || q.has("except")) && len(q.ids("country")) < 2 {
		if q.follows("more", "survival") {
			q.Words["highest"] = true
		}
		if q.follows("less", "survival") {
			q.Words["lowest"] = true
		}
	}
}

// query is a question about one relation: what was bound, ready to be
// executed.
type query struct {
	Relation string              `json:"relation"`
	Entities map[string][]string `json:"entities,omitempty"`
	Words    map[string]bool     `json:"words,omitempty"`
	Years    []int               `json:"years,omitempty"`
	Months   []int               `json:"months,omitempty"`
	Dates    []number            `json:"-"`
	Numbers  []float64           `json:"numbers,omitempty"`
	Percent  bool                `json:"percent,omitempty"`
	// Surface gives the words typed for entities that the dataset lacks.
	Surface map[string]string `json:"surface,omitempty"`
	// named are the items that Surface was read from.
	named map[string]*item
	// order keeps the kinds and words as they came.
	order []sense
	score int
	// span is a number of years asked for: the three with the most.
	span     float64
	leftover []*item
	guessed  []*item
	// shared are institutions that were called by a name common to several.
	shared []string
}

func newQuery(rel string) *query {
	return &query{Relation: rel, Entities: map[string][]string{}, Words: map[string]bool{}, Surface: map[string]string{}}
}

func (q *query) has(words ...string) bool {
	for _, w := range words {
		if q.Words[w] {
			return true
		}
	}
	return false
}

func (q *query) hasKind(kind string) bool { return len(q.Entities[kind]) > 0 }

func (q *query) ids(kind string) []string { return q.Entities[kind] }

// companions are concepts that hold beside another meaning of the same words:
// "at least" is a limit, and it includes the limit; "hợp tác gì" asks what a
// cooperation is about.
var companions = []string{"atleast", "atmost", "rows", "whichplace", "subject"}

// countable are concepts that a phrase may hold together with "how many".
var countable = set("hospital university specialty department country continent cancer organ institution partner agreement project")

func (q *query) add(s sense, it *item) {
	switch {
	case s.kind == "year":
		if !slices.Contains(q.Years, it.number.year) {
			q.Years = append(q.Years, it.number.year)
		}
		if it.number.month > 0 && it.number.day == 0 {
			q.Months = append(q.Months, it.number.month)
		}
	case s.kind == "span":
		q.span = it.span
		q.Numbers = append(q.Numbers, it.span)
		q.Words["yearword"] = true
	case s.kind == "date":
		q.Dates = append(q.Dates, *it.number)
	case s.kind == "num" && it.number != nil:
		q.Numbers = append(q.Numbers, it.number.value)
		q.Percent = q.Percent || it.number.percent
	case s.id == "fn":
	case s.kind == word:
		q.Words[s.id] = true
		if countable[s.id] && it != nil && it.has(word, "count") { // how many of them, in one word
			q.Words["count"] = true
			q.order = append(q.order, sense{word, "count"})
		}
		for _, c := range companions {
			if it != nil && it.has(word, c) {
				q.Words[c] = true
			}
		}
		if s.id == "partner" && it != nil && it.has(word, "country") { // a partner country
			q.Words["country"] = true
			q.order = append(q.order, sense{word, "country"})
		}
		if q.Relation == relPatients && it != nil && it.has(word, "sum") {
			q.Words["sum"] = true // the total number of
		}
		switch s.id {
		case "better":
			q.Words["more"] = true // of survival; whether a department is better is not told
		case "period":
			q.Words["whichyear"] = true
		case "howmuch":
			q.Words["count"] = true
		case "kinds":
			q.Words["count"], q.Words["rows"] = true, true
		case "cancertypes":
			q.Words["cancer"], q.Words["rows"] = true, true
		}
	default:
		if !slices.Contains(q.Entities[s.kind], s.id) || s.kind == "xinst" {
			q.Entities[s.kind] = append(q.Entities[s.kind], s.id)
		}
		if s.kind == "xinst" || s.kind == "place" {
			q.Surface[s.kind] = it.text
			if q.named == nil {
				q.named = map[string]*item{}
			}
			q.named[s.kind] = it
		}
	}
	if s.id != "fn" {
		q.order = append(q.order, s)
	}
}

// bind reads the items as a question about the relation.
func (r *relation) bind(items []item) *query {
	q := newQuery(r.name)
	weighed := map[string]bool{}
	for i := 0; i < len(items); i++ {
		it := &items[i]
		if (r.name == relCancers || r.name == relTransplants) && i+1 < len(items) && isFiveYears(it, &items[i+1]) {
			q.add(sense{word, "fiveyear"}, it)
			i++
			continue
		}
		s, w, ok := r.sense(it)
		if !ok {
			q.leftover = append(q.leftover, it)
			continue
		}
		if r.accepts["since"] && (it.has(word, "since") || it.has(word, "until") || it.has(word, "before")) {
			if q.bound(items, i) && s.id == "first" {
				s = sense{word, "fn"} // starting in 2015
			}
		}
		if key := s.kind + ":" + s.id; !weighed[key] || s.kind != word {
			q.score += w
			weighed[key] = true
		}
		q.add(s, it)
		if s.kind == "institution" && (r.name == relAgreements || r.name == relHospitals) {
			for _, other := range it.senses { // a name that several share
				if other.kind == s.kind && other != s {
					q.add(other, it)
					q.shared = append(q.shared, s.id, other.id)
				}
			}
		}
		if it.guessed {
			q.guessed = append(q.guessed, it)
		}
	}
	if r.name == relPatients && len(q.Years) == 2 && slices.ContainsFunc(items, func(it item) bool { return it.has(word, "difference") }) {
		q.Words["difference"] = true // "by how much", said in a word that may as well ask how many
	}
	q.superlatives()
	return q
}

// bounded are the words for the beginning or end of a time. Most have other
// meanings as well, "from" and "with", and count as bounds beside a year only.
var bounded = set("since until before")

// otherwise tells whether words for the beginning or end of a time have
// another meaning that is taken where no year is beside them.
func (it *item) otherwise() bool {
	return slices.ContainsFunc(it.senses, func(s sense) bool {
		return s.kind == word && (s.id == "fn" || s.id == "to" || s.id == "between" || s.id == "after" || s.id == "first" || s.id == "yearword" || s.id == "exists" || s.id == "also")
	})
}

// bound reads the words for the beginning or end of a time beside a year.
func (q *query) bound(items []item, i int) bool {
	const reach = 2
	found := false
	for k := max(0, i-reach); k <= min(len(items)-1, i+reach); k++ {
		if !isYear(&items[k]) || items[k].number.day > 0 {
			continue
		}
		for id := range bounded {
			if items[i].has(word, id) {
				q.Words[id], found = true, true
			}
		}
	}
	if q.Words["since"] {
		q.Words["between"] = true
	}
	if q.Words["until"] {
		q.Words["to"] = true
	}
	return found
}

// isFiveYears tells whether two items are "5 years", in figures or in words:
// the time after which survival is told.
func isFiveYears(a, b *item) bool {
	v, _, ok := figureOf(a)
	return ok && v == 5 && b.number == nil && b.has(word, "yearword") && (a.number == nil || !a.number.percent)
}

// follows tells whether a word stands directly after another.
func (q *query) follows(first, second string) bool {
	for i := 1; i < len(q.order); i++ {
		if q.order[i-1] == (sense{word, first}) && q.order[i] == (sense{word, second}) {
			return true
		}
	}
	return false
}

// behind tells whether it is asked by how much something exceeds a country, in
// this order of words.
func (q *query) behind() bool {
	for i := 2; i < len(q.order); i++ {
		if first := q.order[i-2]; (first == sense{word, "more"} || first == sense{word, "less"}) && q.order[i-1].kind == "country" && q.order[i] == (sense{word, "count"}) {
			return true
		}
	}
	return false
}

func yearText(y int) string {
	var b [4]byte
	for i := 3; i >= 0; i-- {
		b[i] = byte('0' + y%10)
		y /= 10
	}
	return string(b[:])
}

// bare tells whether a query names nothing but years: no entity, and no word
// that belongs to one table more than to another.
func (q *query) bare() bool {
	for kind := range q.Entities {
		if kind != "year" && kind != "num" && kind != "ord" {
			return false
		}
	}
	for w := range q.Words {
		if !bareWords[w] {
			return false
		}
	}
	return true
}

var bareWords = set(arithmetic, "howmuch exists yearword whichyear before after since until previous next period rate rows cumulative")
