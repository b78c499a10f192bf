package chat

import "slices"

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
	// band tells that of the number only the leading digits are given.
	band bool
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
	// but are types of institutions and places that are left out.
	but []sense
	// shared are institutions that were called by a name common to several.
	shared []string
	// turned tells that a denial was read as part of a limit.
	turned bool
	// partnerKind tells that the kind was only said in the word for a partner, a
	// partner hospital: all partners may be meant.
	partnerKind bool
	// which tells that more is asked for than whether something is so.
	which bool
	// aside are those of the asides that were said.
	aside []string
	// items is the number of items of the message; called tells that a place in it
	// is called by its own name.
	items  int
	called bool
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

// only tells whether a query has no other words than these.
func (q *query) only(words ...string) bool {
	for w := range q.Words {
		if !slices.Contains(words, w) {
			return false
		}
	}
	return true
}

func (q *query) hasKind(kind string) bool { return len(q.Entities[kind]) > 0 }

func (q *query) ids(kind string) []string { return q.Entities[kind] }

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
	// Arabic says "better" and "more" before what it ranks: "أفضل دولة", "أكثر دولة".
	if q.follows("better", "country") {
		q.Words["highest"], q.aside = true, append(q.aside, "quality")
	}
	if q.follows("worse", "country") {
		q.Words["lowest"], q.aside = true, append(q.aside, "quality")
	}
	for _, ranked := range []string{"country", "continent", "department", "specialty", "yearword", "cancertypes", "organ", "institution"} {
		if ranked == "yearword" && len(q.Years) > 1 {
			continue // hơn năm 2021: more than in that year
		}
		if len(q.magnitudes()) == 1 && ranked == "department" {
			continue // those with less than five per cent
		}
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

// asides are concepts that hold beside whatever their words are read as, also as
// nothing: "do you have" is the desk's own; "what is" asks what something is;
// a website, a photo, a history are where something stands, or wanted
// themselves; operations and other cases are no persons; a name that the pages
// misprint is explained by a note; the hospital that one speaks to is a house of
// its own; the best and the worst are told of how
// something went, never of how often.
var asides = []string{"yours", "meaning", "thing", "cases", "misprint", "house", "quality"}

// said tells whether one of the asides was.
func (q *query) said(asides ...string) bool {
	return slices.ContainsFunc(asides, func(id string) bool { return slices.Contains(q.aside, id) })
}

// companions are concepts that hold beside another meaning of the same words:
// "at least" is a limit, and it includes the limit; "hợp tác gì" asks what a
// cooperation is about.
var companions = []string{"atleast", "atmost", "rows", "whichplace", "subject", "ranking", "clinic", "worse", "to", "twice"}

// countable are concepts that a phrase may hold together with "how many".
var countable = set("hospital university specialty department country continent cancer organ institution partner agreement project")

func (q *query) add(s sense, it *item) {
	switch {
	case s.kind == "year":
		for _, y := range it.number.years() {
			if !slices.Contains(q.Years, y) {
				q.Years = append(q.Years, y)
			}
		}
		if it.number.band { // the 2010s
			q.Words["between"], q.Words["to"] = true, true
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
		q.band = q.band || it.number.band
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
		for _, place := range []string{"country", "continent"} { // a partner country
			if s.id == "partner" && it != nil && it.has(word, place) {
				q.Words[place] = true
				q.order = append(q.order, sense{word, place})
			}
		}
		if q.Relation == relSpecialties && s.id == "specialty" && it != nil && it.has(word, "each") {
			q.Words["each"] = true // what stands with each of them, not how many they are
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
		q.called = q.called || it != nil && it.called
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

// yearsOnly tells whether a query names nothing but years: no entity, and no word
// that belongs to one table more than to another.
func (q *query) yearsOnly() bool {
	for kind := range q.Entities {
		if kind != "year" && kind != "num" && kind != "ord" {
			return false
		}
	}
	for w := range q.Words {
		if !yearWords[w] {
			return false
		}
	}
	return true
}

// yearWords may stand in such a query.
var yearWords = set(arithmetic, "howmuch exists yearword whichyear before after since until previous next period rate rows cumulative share percent")

func yearText(y int) string {
	var b [4]byte
	for i := 3; i >= 0; i-- {
		b[i] = byte('0' + y%10)
		y /= 10
	}
	return string(b[:])
}
