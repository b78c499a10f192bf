package chat

import (
	"math"
	"slices"
)

// Classes of senses that replace each other in a follow-up.
func slot(s sense) string {
	switch s.kind {
	case "country", "continent", "region":
		return "place"
	case "cancer", "organ":
		return "organ"
	case "institution", "xinst":
		return "institution"
	case "year", "date", "month":
		return "time"
	case "num", "ord":
		return "number"
	case word:
		switch s.id {
		case "overseas", "domestic":
			return "scope"
		case "korean":
			return "place"
		case "partner", "agreement", "project", "patient", "department", "specialty", "cancer", "survival", "transplant", "infra", "ranked", "worldbest",
			"hospital", "whichhospital", "institution", "fiveyear", "rate", "permillion", "member", "organ":
			return "topic:" + s.id
		case "yearword", "monthword", "exists", "to", "between", "also", "yes":
			return "free:" + s.id
		}
		return "operation"
	}
	return s.kind
}

// merge puts the items of a follow-up into the frame before: each slot they
// supply replaces that slot, the others stay.
func (b *Bot) merge(f *frame, items []item) []item {
	items = b.others(f, f.shareOf(comparing(items)))
	supplied := map[string]bool{}
	joins, extreme := false, false
	for i := range items {
		s, ok := b.senseIn(f.Relation, &items[i])
		if !ok {
			return nil
		}
		if s.id == "fn" {
			continue
		}
		joins = joins || items[i].relates()
		extreme = extreme || s == sense{word, "highest"} || s == sense{word, "lowest"} // of the places counted before
		supplied[slot(s)] = true
	}
	if len(supplied) == 0 {
		return nil
	}
	over := f.ranked(items)
	var out []item
	for _, old := range f.Senses {
		k := slot(old.sense())
		if supplied[k] && !(joins && k != "operation") && !(extreme && (old.ID == "country" || old.ID == "continent") && old.Kind == word) {
			if old.Kind == "cancer" { // "and the lung?" asks of its cancer
				out = append(out, item{senses: []sense{{word, "cancer"}}})
			}
			continue
		}
		if k == "project" && supplied["place"] && !supplied["topic:project"] {
			out = append(out, item{senses: []sense{{word, "project"}}}) // "and in Mongolia?": the project there
		}
		if k == "place" && supplied["scope"] && !supplied["place"] && f.Relation == relAgreements {
			continue // "and abroad in all?"
		}
		if over != "" && k == over || supplied["place"] && (k == "institution" || k == "project") || supplied["type"] && k == "institution" || supplied["project"] && (k == "place" || k == "institution" || k == "site") {
			continue
		}
		// A new place or thing asks the same of another: an operation that only
		// named the old one goes with it.
		out = append(out, old.item())
	}
	if subject := rankedSubject[f.Relation]; over != "" && subject != "" {
		out = append(out, item{senses: []sense{{word, subject}}})
	}
	return append(out, items...)
}

// farthest is the number of years up to which "years later" leads to a year of
// the tables.
const farthest = 20

// shifted reads "the year before" and "two years later" as a year counted from
// the one spoken of.
func (f *frame) shifted(items []item) []item {
	if f.Relation != relPatients && f.Relation != relAgreements {
		return items
	}
	year := 0
	for _, s := range f.Senses {
		if s.Number != nil && s.Number.Year > 0 {
			if year != 0 {
				return items
			}
			year = s.Number.Year
		}
	}
	out, by, years, all, named, moves := make([]item, 0, len(items)), 0, 0, false, 0, false
	for i := range items {
		it := &items[i]
		n, _, counted := figureOf(it)
		if it.span > 0 {
			n, counted = it.span, true
		}
		switch {
		case counted && !isYear(it) && years == 0 && n >= 1 && n <= farthest && n == math.Trunc(n):
			years = int(n)
		case isYear(it) && it.number.month == 0 && named == 0:
			named, out = it.number.year, append(out, *it)
		case it.number != nil:
			return items
		case it.has(word, "fivelater"):
			by, years = 1, 5
		case it.has(word, "before"), it.has(word, "previous"):
			by, all = -1, !it.has(word, "before")
		case it.has(word, "after"), it.has(word, "next"):
			by, all = 1, !it.has(word, "after")
		case it.has(word, "yearword"):
		default:
			moves = moves || it.has(word, "increase") || it.has(word, "decrease")
			out = append(out, *it)
		}
	}
	if year == 0 || by == 0 || named != 0 && named != year+by*max(years, 1) {
		return items
	}
	if named != 0 {
		return out // "in the next one, 2011": it is named besides
	}
	if moves { // "how much did it rise from the year before?"
		return items
	}
	at := func(year int) item { return item{number: &number{value: float64(year), year: year}} }
	if far := year + by*max(years, 1); !all || years < 2 {
		return append(out, at(far))
	} else { // the next two years are both
		return append(out, at(year+by), item{senses: []sense{{word, "to"}}}, at(far))
	}
}

// beside gives what was spoken of before the last answer and is not any more,
// for a message that only asks to compare: "and in the US?", "how much less?".
func (f *frame) beside(before *frame, items []item) []item {
	if before == nil || before.Relation != f.Relation {
		return nil
	}
	asked := false
	for i := range items {
		it := &items[i]
		switch {
		case it.relates():
			asked = true
		case it.has("num", "2"), it.span == 2, it.has(word, "yearword"), it.number != nil && it.number.value == 2: // of both years
		case slices.ContainsFunc(it.senses, func(s sense) bool {
			return s.kind == word && (s.id == "fn" || everywhere[s.id] || s.id == "count" || s.id == "howmuch" || s.id == "what_is" || s.id == "whichyear" || s.id == "where" || s.id == "who")
		}):
		default:
			return nil
		}
	}
	if !asked {
		return nil
	}
	var lost []item
	for _, s := range before.Senses {
		if (s.Kind != word || slot(s.sense()) == "place") && !slices.ContainsFunc(f.Senses, func(o boundSense) bool {
			return o.Kind == s.Kind && o.ID == s.ID && (o.Number == nil) == (s.Number == nil) && (o.Number == nil || *o.Number == *s.Number)
		}) {
			lost = append(lost, s.item())
		}
	}
	return lost
}

// relates tells whether an item asks how several figures stand to each other,
// or for what they make together.
func (it *item) relates() bool {
	return slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == word && relating[s.id] })
}

var relating = set("compare difference ratio more less better sum average")

// comparing reads "over" and "below" as "more" and "less" where no figure is
// given: "more than Japan?" compares with what was spoken of.
func comparing(items []item) []item {
	if slices.ContainsFunc(items, func(it item) bool {
		return it.number != nil && !isYear(&it) || slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == "num" })
	}) {
		return items
	}
	out := slices.Clone(items)
	for i := range out {
		switch {
		case out[i].has(word, "over"):
			out[i].senses = []sense{{word, "more"}}
		case out[i].has(word, "below"):
			out[i].senses = []sense{{word, "less"}}
		}
	}
	return out
}

// rankedOver names, by relation, the slot whose values are ranked against each
// other.
var rankedOver = map[string]string{
	relPatients: "time", relDepartments: "department", relSpecialties: "specialty", relTransplants: "organ", relCancers: "organ", relIndicators: "indicator",
}

// rankedSubject names, by relation, what the ranked values are, where the
// question would not say it any more.
var rankedSubject = map[string]string{
	relDepartments: "department", relSpecialties: "specialty", relCancers: "cancer", relIndicators: "infra",
}

// shareOf reads "how many" as "how large a share" where shares were spoken of
// and nothing that is counted is: "and plastic surgery, how much?".
func (f *frame) shareOf(items []item) []item {
	other := slices.ContainsFunc(items, func(it item) bool {
		return it.has(word, "patient") || it.has(word, "department") || it.has(word, "rows") || it.has(word, "country")
	})
	if f.Relation != relDepartments && f.Relation != relCancers && f.Relation != relTransplants || other || !f.hasWord("share") && !f.hasWord("percent") {
		return items
	}
	out := slices.Clone(items)
	for i := range out {
		if out[i].number == nil && (out[i].has(word, "count") || out[i].has(word, "howmuch")) {
			out[i].senses = []sense{{word, "share"}}
		}
	}
	return out
}

// ranked returns the slot that a follow-up ranks over, "which is the highest?"
// after the figure of one: the one named before does not narrow it. It returns
// "" where nothing is ranked, or where several were named, which are then
// ranked among themselves.
func (f *frame) ranked(items []item) string {
	has := func(ids ...string) bool {
		return slices.ContainsFunc(items, func(it item) bool {
			return slices.ContainsFunc(ids, func(id string) bool { return it.has(word, id) })
		})
	}
	over := rankedOver[f.Relation]
	if f.Relation == relAgreements {
		switch {
		case has("country", "where", "continent"):
			over = "place"
		case has("whichyear", "yearword"):
			over = "time"
		}
	}
	if f.Relation == relCancers && has("country", "where") {
		over = "place" // which country is best for the one spoken of
	}
	ordinal := slices.ContainsFunc(items, func(it item) bool {
		return slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == "ord" })
	})
	figures := slices.ContainsFunc(items, func(it item) bool { return it.span > 0 || it.number != nil || it.hasKind("num") }) && !slices.ContainsFunc(items, func(it item) bool { return isYear(&it) })
	beyond := f.Relation == relPatients && figures && (has("when", "whichyear", "period") || has("first", "last") && has("yearword")) // in which years, of all
	if over == "" || !beyond && !has("highest", "lowest", "superlative", "trend", "average", "each") && !ordinal && !(f.Relation == relPatients && has("sum", "cumulative") && !slices.ContainsFunc(items, func(it item) bool { return isYear(&it) })) {
		return ""
	}
	named := 0
	for _, old := range f.Senses {
		if slot(old.sense()) == over {
			named++
		}
	}
	if named != 1 {
		return ""
	}
	return over
}

// attributes are the concepts that ask for a property of the one thing spoken
// of.
var attributes = set("when whichyear yearword monthword subject client scope country continent where who name exists list count goal agreement partner project institution")

// narrow turns the frame to the one thing that the answer before was about,
// where a message asks for nothing but its properties: "when was it signed?"
// after the latest agreement. Otherwise the frame is returned as it is.
func (f *frame) narrow(items []item, refs []boundSense) *frame {
	if len(refs) != 1 || f.has(refs[0].Kind) {
		return f
	}
	asked := false
	for i := range items {
		it := &items[i]
		if it.unknown || it.number != nil {
			return f
		}
		fits := false
		for _, s := range it.senses {
			fits = fits || s.kind == word && (s.id == "fn" || everywhere[s.id] || attributes[s.id])
			asked = asked || s.kind == word && attributes[s.id]
		}
		if !fits {
			return f
		}
	}
	if !asked {
		return f
	}
	return f.about(refs[0])
}

func (f *frame) has(kind string) bool {
	return slices.ContainsFunc(f.Senses, func(s boundSense) bool { return s.Kind == kind })
}

func (f *frame) hasWord(id string) bool {
	return slices.ContainsFunc(f.Senses, func(s boundSense) bool { return s.Kind == word && s.ID == id })
}
