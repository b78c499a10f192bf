package chat

import "slices"

// leastYearly is a number below which no figure counts the patients of a year.
const leastYearly = 10000

// mostYearly is a number that no year of them comes near.
const mostYearly = 10_000_000

// The years of the first and the last agreement that has a date.
const firstAgreement, lastAgreement = 2007, 2016

// Concepts that mean an operation on figures.
const arithmetic = " what_is count all list each more less highest lowest difference ratio compare between to trend increase decrease" +
	" sum average except first last ord: num: over below atleast atmost rows rest also who where isright "

// relations gives the tables; their order breaks ties.
func relations() []*relation {
	return []*relation{
		{
			name: relAgreements,
			weights: map[string]int{
				"partner": 4, "agreement": 4, "institution:": 4, "xinst:": 3, "country:": 1, "continent:": 2, "topic:": 2,
				"institution": 2, "overseas": 1, "domestic": 2, "when": 1, "type:": 1, "subject": 1, "subject:": 1, "whosigned": 1,
			},
			accepts: set("negated except what_is exists count all list each who where when whichyear yearword monthword country continent subject why howmuch",
				"more less highest lowest difference compare between to sum first last before after since until over below atleast atmost average share ratio",
				"twice nocountry rows rest ord: num: year: month: date: region: site: place:",
				"hospital whichhospital university school member ranked korean also cumulative name project department opened isright"),
			ready: func(q *query) bool {
				if q.has("except") || q.has("negated") && (!q.hasKind("institution") && !q.hasKind("xinst") || !q.nothingMore()) {
					return false // it does not say of what kind they are not
				}
				if q.has("howmuch") && !q.has("more", "less", "difference", "compare") {
					return false
				}
				if q.has("compare", "difference", "ratio") && len(q.Entities) == 0 && len(q.Years) == 0 && q.only("agreement", "partner", "compare", "difference", "ratio", "exists", "also", "list", "first", "last") {
					return false // nothing is compared: to agree or not
				}
				if countries := q.ids("country"); len(countries) > 1 && !slices.Contains(countries, korea) && q.has("agreement") && q.has("between") && q.only("agreement", "between", "to", "also", "exists", "when", "subject", "what_is") && !q.said("yours") {
					return false // what states have agreed on with each other
				}
				if q.has("why") && !q.has("subject") && !(q.has("twice") && q.hasKind("institution")) {
					return false // only what is agreed on is told
				}
				if q.has("member") && !q.has("agreement", "partner", "institution", "overseas", "domestic") && q.hasKind("institution") {
					return false // whether one is a member of the association
				}
				if q.has("department") && !q.has("agreement", "partner", "subject") {
					return false // which departments an institution has
				}
				if q.has("opened") && !q.has("agreement", "partner") {
					return false // of the institutions themselves no founding is told
				}
				if (q.hasKind("institution") || q.hasKind("xinst")) && (q.has("whichplace") || q.has("ranking", "highest", "lowest") && !q.has("partner", "agreement", "when", "count", "first", "last")) {
					return false // the place in some ranking
				}
				if q.has("whosigned") && (q.hasKind("institution") && !q.has("when", "whichyear", "subject") || !q.hasKind("topic") && !q.hasKind("subject") && !q.hasKind("type") && len(q.Years)+len(q.Dates) == 0) {
					return false // who held the pen is not told, only with whom it was signed
				}
				if !q.hasKind("institution") && (q.has("project") && !(q.has("agreement") && q.hasKind("topic")) || q.has("department") && !q.hasKind("type")) {
					return false
				}
				if q.has("nocountry") && (len(q.Words) == 1 || q.has("overseas", "partner", "institution", "agreement", "list", "ranked", "count", "who", "rows")) || q.hasKind("country") && q.has("continent") || q.hasKind("country") && q.has("country") && q.has("ranked", "list") ||
					q.hasKind("continent") && q.has("country") && q.has("ranked", "list") && q.has("count") || q.hasKind("country") && slices.Contains(q.ids("type"), "company") && q.has("ranked") ||
					q.hasKind("country") && q.has("list", "name") && (q.has("school", "university") || q.hasKind("type")) && !slices.Contains(q.ids("country"), korea) ||
					q.hasKind("continent") && q.has("list") && (q.has("school", "university") || q.hasKind("type")) ||
					q.has("overseas", "domestic") && q.has("continent", "country") && q.has("count", "list") {
					return true
				}
				if (q.hasKind("country") || q.hasKind("continent") || q.outside()) && q.hasKind("type") && !slices.Contains(q.ids("country"), korea) && !q.leavesOut("country", korea) && q.only("hospital", "university", "school", "list", "who", "where", "name", "also") {
					return true // universities in Ethiopia
				}
				if q.hasKind("type") && len(q.Years) > 0 && slices.Min(q.Years) >= firstAgreement && slices.Max(q.Years) <= lastAgreement && !slices.Contains(q.ids("type"), "hospital") && q.only("yearword", "list", "who", "university", "school", "name", "also") && !q.hasKind("country") && !q.hasKind("continent") {
					return true // companies of 2015: nothing else is told of a kind and a year
				}
				if q.said("yours") && q.hasKind("type") && (q.hasKind("country") && !slices.Contains(q.ids("country"), korea) || q.hasKind("continent")) && q.has("count", "list", "who", "howmuch", "name") && q.only("hospital", "university", "school", "list", "who", "count", "howmuch", "exists", "name", "country", "also") {
					return true // how many universities do you have in Japan?
				}
				if q.placeOnly() || q.kindOnly() || q.hasKind("type") && q.hasKind("country") && !slices.Contains(q.ids("country"), korea) && q.has("isright") && q.supposes() {
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
				if q.listedBodies() && q.only("ranked", "exists", "list", "count", "all", "name", "who", "also") {
					return true // companies, police stations on the list
				}
				if q.has("domestic") && q.has("first", "last") && q.only("domestic", "first", "last", "when", "who", "highest") {
					return true // the latest domestic one
				}
				return q.has("partner") || q.has("agreement") || q.has("whosigned") || q.hasKind("institution") || q.hasKind("xinst") ||
					q.has("institution") && (q.has("country") && len(q.magnitudes()) == 1 || q.hasKind("country") || q.hasKind("continent") || q.hasKind("topic") || q.has("overseas") || q.has("domestic"))
			},
		},
		{
			name:    relProjects,
			weights: map[string]int{"project": 5, "project:": 6, "client": 4, "scope": 3, "workscope:": 3, "country:": 1, "region:": 2, "institution:": 1, "site:": 2},
			accepts: set("xinst: negated except evaluat opened whichyear what_is institution exists count all list each who where country continent continent: subject more less highest lowest overseas partner agreement hospital university type: name rest first last ord: also korean goal name hospital sum compare when year: yearword topic:human-resources topic:research isright num:"),
			ready: func(q *query) bool {
				if len(q.magnitudes()) > 0 && !q.supposes() {
					return false // so many of what?
				}
				if q.has("except") && !q.hasKind("institution") {
					return false // except what?
				}
				if q.has("who") && !q.has("project", "client", "scope", "count", "list", "subject") {
					return false // it asks for the person a project is named after
				}
				return q.has("project") || q.hasKind("project") || q.hasKind("site") && q.has("client", "scope") || q.has("client") && q.hasKind("workscope") || (q.has("client") || q.has("scope") || q.hasKind("workscope")) && (q.hasKind("country") || q.hasKind("institution")) ||
					q.hasKind("workscope") && q.has("country") && q.only("country", "list", "where", "exists", "also")
			},
		},
		{
			name:    relPatients,
			weights: map[string]int{"patient": 4, "visit": 2, "year:": 2, "overseas": 1, "cumulative": 2, "whichyear": 1, "trend": 1},
			accepts: set(arithmetic, "twice no exists yearword when before after since until previous next korean rate percent country:KR date: subject period sum share monthword howmuch hospital topic:medical-treatment era type:association institution:kima negated why"),
			ready: func(q *query) bool {
				if len(q.Words) == 1 && q.has("patient") && len(q.Years)+len(q.Numbers) == 0 {
					return false // patients alone ask nothing of the table
				}
				if q.has("list", "all") && len(q.Years) == 0 && q.only("patient", "list", "all", "name", "what_is") {
					return false // who the patients are is nobody's business
				}
				if q.said("cases") && !q.has("patient", "visit") {
					return false // operations are counted otherwise, if at all
				}
				if (q.hasKind("institution") || q.hasKind("type")) && !q.has("cumulative", "sum") {
					return false // the association prints a total, it treats nobody
				}
				if q.has("negated") && len(q.Years) != 1 {
					return false
				}
				if q.has("why") && !q.has("twice", "negated", "cumulative", "sum") {
					return false // the notes tell of oddities, not of causes
				}
				if q.has("era") && len(q.Years) == 0 && !q.aroundEra() {
					return false // a time is no year
				}
				if v := q.magnitudes(); len(v) > 0 && v[0] < leastYearly && !q.Percent && !(q.has("yearword") && q.has("first", "last")) && q.has("over", "below", "atleast", "atmost") && !q.has("share", "percent", "ratio", "increase", "decrease") {
					return false // so few come in no year: it is the age that is meant
				}
				if q.has("hospital") && !q.has("korean") && !q.hasKind("country") {
					return false // which hospital is meant?
				}
				if q.yearsOnly() && len(q.Dates) == 0 && (len(q.Years) > 0 && (q.has("count", "howmuch", "rate", "rows") || q.has("share", "percent") && q.has("sum", "cumulative")) || q.has("average") && (len(q.Years) > 1 || q.has("first", "last") && q.has("yearword")) || q.has("whichyear", "yearword") && q.has("highest", "lowest")) {
					return true // nothing else is counted by years
				}
				if q.has("share", "percent", "rate") && len(q.Years) == 0 && !q.has("increase", "decrease") {
					return false
				}
				if v := q.magnitudes(); !q.has("patient") && len(v) > 0 && slices.Max(v) >= leastYearly && slices.Max(v) < mostYearly && (len(q.Years) > 0 || q.band || q.has("over", "below", "atleast", "atmost", "between", "more", "less")) &&
					(len(q.Years) > 0 || q.has("whichyear", "yearword", "when", "period", "first", "last")) {
					return true // in which years it was so many, whether it was in one: nothing else of a year is
				}
				if q.span > 0 && len(q.Years) == 0 && !q.has("highest", "lowest", "first", "last") {
					return false // three years of what?
				}
				if v := q.magnitudes(); !q.has("patient") && len(q.Years) == 0 && q.has("sum", "cumulative") && len(v) == 1 && v[0] >= leastTotal && v[0] < mostYearly {
					return true // whether it is the total
				}
				if !q.has("patient") && len(q.Numbers) == 1 && q.Numbers[0] >= leastYearly && q.has("whichyear", "yearword") {
					return true // which year a printed figure is of
				}
				if !q.has("patient") && q.has("overseas") && q.has("count") && q.has("hospital") && len(q.Years) == 1 {
					return true // foreigners at the hospitals of Korea in a year
				}
				if !q.has("patient") && !(q.has("visit") && q.has("overseas")) {
					// The only series that rises and falls from year to year.
					return len(q.Years) > 0 && q.has("increase", "decrease") || len(q.Years) == 1 && q.has("previous") && q.has("difference", "ratio") || len(q.Years) > 1 && (q.has("difference", "ratio", "trend") || q.has("overseas") && q.has("compare", "more", "less") || q.yearsOnly() && q.has("sum", "compare", "more", "less") || q.has("howmuch", "count") && q.has("more", "less")) ||
						q.has("increase", "decrease") && q.has("highest", "lowest") && q.has("whichyear", "yearword")
				}
				return (!q.has("who", "where") || len(q.Years) > 0 || q.has("count"))
			},
		},
		{
			name:    relDepartments,
			weights: map[string]int{"department:": 4, "department": 5, "share": 2, "patient": 1, "visit": 1, "percent": 1},
			accepts: set(arithmetic, "exists twice why no specialty overseas korean country:KR cumulative year:2024 yearword hospital rate over below ranked howmuch topic:medical-treatment negated"),
			ready: func(q *query) bool {
				if q.has("negated") && !(q.has("sum") && slices.Contains(q.magnitudes(), 100)) {
					return false // only that they do not add up to a hundred is told
				}
				if q.has("why") && !q.has("sum", "share", "percent", "twice", "negated", "rest", "more", "less", "highest", "lowest", "patient", "visit", "rate") {
					return false // what an illness comes from
				}
				if q.said("quality") && !q.has("share", "percent", "patient", "visit", "rate") {
					return false // how good a department is
				}
				if q.hasKind("department") && (q.has("hospital") || q.hasKind("type")) && q.has("highest", "better") && !q.has("share", "percent", "patient", "visit") {
					return false // the best hospital for something
				}
				if q.has("clinic") && !q.hasKind("department") && !q.has("share", "percent", "patient", "visit", "cumulative", "highest", "lowest", "more", "less") {
					return false // the clinics that there are, not what they were visited for
				}
				if q.has("ranked") && len(q.magnitudes()) > 0 && !q.Percent && !q.has("share", "percent", "patient", "visit") {
					return false // so many ranked hospitals
				}
				if q.has("hospital") && q.has("highest", "first") && q.hasKind("department") && len(q.magnitudes()) > 0 && !q.Percent && !q.has("share", "percent", "patient", "visit") {
					return false // the best five hospitals of a field
				}
				if q.has("ranked") && q.has("hospital") && !q.has("share", "percent", "patient", "visit") {
					return false // hospitals are ranked by specialty
				}
				if len(q.Words) == 0 && len(q.ids("department")) == 1 {
					return false // a speciality alone may be a doctor who is looked for
				}
				if len(q.magnitudes()) > 0 && !q.Percent && q.hasKind("department") && !q.has("share", "percent", "rate", "patient", "visit", "over", "below", "more", "less", "highest", "lowest") {
					return false // so many of what? hospitals are counted by specialty
				}
				if v := q.magnitudes(); q.unsaid() && q.has("share", "percent") && q.has("sum", "rest") && (len(v) == 0 || slices.Contains(v, 100) || slices.Contains(v, 78)) {
					return true // nothing else adds up to a hundred per cent
				}
				if q.has("who") && q.has("first", "highest") && !q.has("share", "percent", "patient", "visit") {
					return false // the best doctor or hospital of a field
				}
				if q.has("specialty") && q.has("patient", "visit") && q.has("highest", "lowest") && !q.has("hospital", "ranked", "worldbest", "whichhospital") {
					return true // which speciality they come for
				}
				return (q.hasKind("department") || q.has("department")) && (!q.has("howmuch") || q.has("share", "percent", "patient", "difference"))
			},
		},
		{
			name:    relCancers,
			weights: map[string]int{"cancer:": 6, "cancer": 3, "cancertypes": 3, "survival": 3, "organ:": 2, "country:": 1, "natives": 1},
			accepts: set(arithmetic, "better visit howmuch exists rate fiveyear share percent korean country patient yearword year:2010 year:2023 over below ranked after"),
			ready: func(q *query) bool {
				if !q.survivalOnly() || len(q.Years) == 1 && q.has("more", "less", "increase", "decrease") && len(q.ids("country")) < 2 {
					return false
				}
				if q.has("count") && q.has("survival") && !q.hasKind("cancer") && !q.hasKind("organ") && !q.has("cancertypes", "rows", "share", "percent", "rate", "fiveyear", "howmuch") && len(q.Numbers) == 0 && !q.follows("count", "country") {
					return false // it asks how many people survive
				}
				return q.hasKind("cancer") || q.has("cancertypes") && q.has("list", "rows", "all") || q.has("cancer") && (q.has("survival", "difference") || q.hasKind("organ") || q.hasKind("country") || q.has("rate") || q.has("count") && q.has("rows") || q.has("percent", "share") && q.has("over", "below", "more", "less")) ||
					q.has("survival") && (q.hasKind("organ") || len(q.ids("country")) > 1 || q.asksCountries()) || q.has("difference") && q.hasKind("organ") && len(q.ids("country")) > 1
			},
		},
		{
			name:    relTransplants,
			weights: map[string]int{"transplant": 5, "organ:": 2, "survival": 3, "organ": 2},
			accepts: set(arithmetic, "better visit howmuch exists rate fiveyear share percent korean country:KR patient yearword over below success after surgery ranked"),
			ready: func(q *query) bool {
				// What patients of the heart live to see is not what recipients of one do.
				return q.survivalOnly() && (q.has("transplant") || q.has("survival") && (q.hasKind("organ") && !q.has("patient") || q.has("organ")) || q.has("organ") && len(q.Numbers) > 0 && q.has("share", "percent"))
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
				return q.hasKind("indicator") || q.has("infra") || q.has("hospital") && q.has("permillion", "second")
			},
		},
		{
			name:    relHospitals,
			weights: map[string]int{"worldbest": 4, "ranked": 2, "hospital": 2, "whichhospital": 2, "member": 2, "institution:": 3, "xinst:": 2},
			accepts: set("name exists isright rows num: place: count all list each who korean country:KR year:2026 rest type: university also domestic institution sum where xinst: school between"),
			ready: func(q *query) bool {
				if slices.ContainsFunc(q.ids("type"), func(t string) bool { return agreedOnly[t] }) {
					return false // no hospitals
				}
				if q.has("whichplace") && q.hasKind("institution") {
					return false // the list has no order
				}
				if q.listedBodies() {
					return false // on another list than that of the hospitals
				}
				if q.has("ranking") && !q.has("hospital", "whichhospital", "worldbest", "member", "list", "count", "who") && !q.hasKind("institution") && !q.hasKind("xinst") {
					return false // the place of a university in some ranking
				}
				return q.has("member") && q.hasKind("institution") && q.nothingMore() || (q.has("worldbest") || q.has("ranked")) && (q.has("worldbest") || q.has("hospital") || q.has("whichhospital") || q.hasKind("institution") || q.has("member") || q.has("university") || q.hasKind("xinst") || q.hasKind("type"))
			},
		},
		{
			name:    relSpecialties,
			weights: map[string]int{"specialty:": 4, "specialty": 4, "ranked": 2, "worldbest": 1, "hospital": 1, "whichhospital": 1},
			accepts: set(arithmetic, "name exists korean country:KR year:2026 type: department over below institution institution: member domestic share year: date"),
			ready: func(q *query) bool {
				if q.said("quality") && !q.has("ranked", "worldbest", "hospital", "whichhospital", "count") {
					return false // how good a field is
				}
				if len(q.ids("specialty")) == 1 && q.supposes() && (q.has("isright") || q.numberBehind("specialty")) {
					return true
				}
				return (q.hasKind("specialty") || q.has("specialty")) && q.has("ranked", "worldbest", "specialty", "whichhospital") ||
					q.has("department") && q.has("hospital") && q.has("ranked", "worldbest") && !q.Percent && !q.has("share", "percent", "patient", "visit") ||
					len(q.ids("specialty")) > 1 && q.has("more", "less", "compare", "difference", "hospital") ||
					q.hasKind("specialty") && q.has("hospital") && q.has("count") && !q.has("patient")
			},
		},
	}
}

// listedBodies tells whether a query asks for bodies on a list that treat nobody
// and teach nobody.
func (q *query) listedBodies() bool {
	return q.hasKind("type") && (q.has("ranked") || q.has("list") && q.has("exists")) && !q.has("hospital", "whichhospital", "member", "worldbest", "university", "school") && !q.hasKind("institution") &&
		!slices.ContainsFunc(q.ids("type"), func(t string) bool {
			return t == "hospital" || t == "university" || t == "medical-school" || t == "association"
		})
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
	if q.has("difference") && q.hasKind("cancer") && len(q.ids("country")) == 1 && !slices.Contains(q.ids("country"), korea) && !q.has("patient", "visit", "count", "who") {
		return true // by how much it differs from Korea
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
	if q.Relation == relCancers && q.has("better", "worse") && q.hasKind("cancer") && (len(q.ids("country")) > 1 || len(q.ids("cancer"))+len(q.ids("organ")) == 2) && !q.has("count", "patient", "visit", "surgery", "howmuch") {
		return true // which country does better, which cancer is worse: nothing but survival is told of them
	}
	if q.Relation == relTransplants && q.has("transplant") && len(q.ids("organ")) > 1 && q.has("more", "less", "compare", "highest", "lowest", "better") && (!q.has("count") || q.has("howmuch")) && !q.has("who", "surgery") {
		return true // two organs are compared, and nothing but survival is told of them
	}
	if q.outcomes() {
		return true
	}
	if q.has("count") && q.has("rows", "organ") { // rows of the table
		return !q.has("patient", "visit", "who", "surgery")
	}
	return !q.has("count", "patient", "visit", "who", "each", "sum", "average", "trend", "increase", "decrease", "highest", "lowest", "more", "less", "surgery", "rest", "where", "first", "last") && !q.hasKind("ord")
}

// outcomes tells whether a query asks where something goes best or worst, or
// what does: which country is best for lung cancer, which transplant is worst.
func (q *query) outcomes() bool {
	if !q.said("quality") || !q.has("highest", "lowest") || q.has("count", "howmuch", "patient", "visit", "surgery", "sum", "average", "trend", "increase", "decrease", "first", "last", "each") || q.hasKind("ord") || len(q.magnitudes()) > 0 {
		return false
	}
	places := q.has("country", "where")
	if q.Relation == relTransplants {
		return q.has("transplant") && !places && !q.has("who")
	}
	named := len(q.ids("cancer")) == 1 && !q.hasKind("organ")
	return q.Relation == relCancers && !q.has("who") && (named && (places || len(q.ids("country")) > 1) || !q.hasKind("cancer") && !q.hasKind("organ") && q.has("cancer"))
}

// asksCountries tells whether a query about survival asks of which countries
// there are figures.
func (q *query) asksCountries() bool {
	return q.has("country") && q.has("list", "count", "all", "name") && !q.hasKind("cancer") && !q.hasKind("organ") && !q.hasKind("country") && !q.hasKind("ord") && len(q.magnitudes()) == 0 &&
		!q.has("highest", "lowest", "more", "less", "better", "each", "compare", "difference", "average", "rows", "korean")
}

// explained tells whether a query names something and asks what it is, of which
// the data has figures only ("what is lung cancer?"), or for its website, its
// history, a photo. What was not asked for is no answer to that.
func (q *query) explained() bool {
	if len(q.Years)+len(q.Numbers)+len(q.Dates) > 0 || q.said("misprint") {
		return false
	}
	switch q.Relation {
	case relDepartments, relCancers, relTransplants, relIndicators, relSpecialties:
		return q.said("meaning", "thing") && q.only("what_is", "definition", "exists", "cancer", "transplant", "organ", "department", "specialty", "infra", "who", "where") && !q.hasKind("country")
	}
	return q.said("thing") && len(q.Entities) > 0 && q.only("what_is", "where", "twice")
}
