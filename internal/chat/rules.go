package chat

import "slices"

// ofCountries tells whether a query about survival asks of which countries there
// are figures.
const ofCountries = "country list|count|all|name|exists #magnitudes=0 -cancer:|organ:|country:|ord:|highest|lowest|more|less|better|each|compare|difference|average|rows|korean"

var asksCountries = when(ofCountries)

// The rules of each table tell whether enough is bound to ask it.
var (
	agreementRules = []rule{
		{no, when("except|negated&!institution:&!xinst:|negated&!@nothingMore"), "it does not say of what kind they are not"},
		{no, when("howmuch -more|less|difference|compare"), "a price"},
		{no, when("partner ranking #entities=0 =partner,ranked,ranking,hospital,all,name,whichplace,exists,what_is,also"), "the place of partners in some ranking"},
		{no, when("@partnerKind ranked|worldbest #entities=0 -agreement|overseas|domestic"), "hospitals of a kind that are ranked"},
		{no, when("compare|difference|ratio #entities=0 #years=0 =agreement,partner,compare,difference,ratio,exists,also,list,first,last"), "nothing is compared: to agree or not"},
		{no, when("agreement between #country:>1 =agreement,between,to,also,exists,when,subject,what_is -country:KR|~yours"), "what states have agreed on with each other"},
		{no, when("average #entities=0 #years=0 =agreement,partner,average,exists,also"), "what a word means, or an average of nothing"},
		{no, when("why -subject|twice&institution:"), "only what is agreed on is told"},
		{no, when("member institution: -agreement|partner|institution|overseas|domestic"), "whether one is a member of the association"},
		{no, when("department -agreement|partner|subject"), "which departments an institution has"},
		{no, when("opened -agreement|partner"), "of the institutions themselves no founding is told"},
		{no, when("institution:|xinst: ranking|highest|lowest -partner|agreement|when|count|first|last"), "the place in some ranking"},
		{no, when("whosigned #years=0 #dates=0 -topic:|subject:|type:"), "who signs is not told, only with whom it was signed"},
		{no, when("department -institution:|type:"), "a department is no partner"},
		{yes, when("nocountry #words=1|overseas|partner|institution|agreement|list|ranked|count|who|rows"), "those that are listed without a country"},
		{yes, when("country: continent"), "the continent that a country of the list is on"},
		{yes, when("country: country ranked|list"), "whether a country is on the list"},
		{yes, when("continent: country count ranked|list"), "the countries of a continent that are on the list"},
		{yes, when("continent: list school|university|type:"), "the universities of a continent"},
		{yes, when("overseas|domestic continent|country count|list"), "where those abroad are"},
		{yes, when("country:|continent:|@outside type: =hospital,university,school,list,who,where,name,also -country:KR|@notKorea"), "universities in Ethiopia"},
		{yes, when("type: @agreementYears =yearword,list,who,university,school,name,also -type:hospital|country:|continent:"), "companies of 2015: nothing else is told of a kind and a year"},
		{yes, when("~yours type: country:&!country:KR|continent: count|list|who|howmuch|name =hospital,university,school,list,who,count,howmuch,exists,name,country,also"), "how many universities do you have in Japan?"},
		{yes, when("@placeOnly"), "a place alone"},
		{yes, when("@townOnly"), "partners in a town"},
		{yes, when("@kindOnly"), "a kind of partners alone"},
		{yes, when("isright @supposes type: country: -country:KR"), "a number of some kind that somebody has heard"},
		{yes, when("when topic:|subject:"), "nothing else has a subject and a date"},
		{yes, when("#dates>0 institution|who|when|type: -institution:"), "who signed on that day"},
		{yes, when("institution|who subject:|subject&topic:"), "with whom something was agreed on"},
		{yes, when("type: ranked|list&exists -hospital|whichhospital|member|worldbest|university|school|institution:|type:hospital|type:university|type:medical-school|type:association =ranked,exists,list,count,all,name,who,also"), "companies, police stations on the list"},
		{yes, when("twice institution =twice,institution,list,ranked,exists,who,count"), "what is listed twice"},
		{yes, when("domestic first|last =domestic,first,last,when,who,highest"), "the latest domestic one"},
		{yes, when("partner|agreement|whosigned|institution:|xinst:"), "partners and agreements"},
		{yes, when("institution country:|continent:|topic:|overseas|domestic|country&#magnitudes=1"), "institutions of a place or for a purpose"},
	}

	projectRules = []rule{
		{no, when("#magnitudes>0 -@supposes"), "so many of what?"},
		{no, when("except -institution:"), "except what?"},
		{no, when("who -project|client|scope|count|list|subject"), "the person that a project is named after"},
		{yes, when("project|project:"), "projects"},
		{yes, when("client workscope:"), "for whom such work was done"},
		{yes, when("client|scope|workscope: country:|institution:"), "such work in a country or for a client"},
		{yes, when("workscope: country =country,list,where,exists,also"), "the countries of such work"},
		{yes, when("region: client|scope"), "what was done in a part of the world"},
	}

	patientRules = []rule{
		{no, when("patient #words=1 #years=0 #numbers=0"), "patients alone ask nothing of the table"},
		{no, when("list|all #years=0 =patient,list,all,name,what_is"), "who the patients are is nobody's business"},
		{no, when("~cases -patient|visit"), "operations are counted otherwise, if at all"},
		{no, when("institution:|type: -cumulative|sum"), "the association prints a total, it treats nobody"},
		{no, when("negated -#years=1"), "years in which something is not so"},
		{no, when("why -twice|negated|cumulative|sum"), "the notes tell of oddities, not of causes"},
		{no, when("@few over|below|atleast|atmost -@percent|yearword&first|yearword&last|share|percent|ratio|increase|decrease"), "so few come in no year: it is the age that is meant"},
		{no, when("hospital -korean|country:"), "which hospital is meant?"},
		{no, when("where count #years=0"), "where they come from is not told"},
		{yes, when("@yearsOnly #dates=0 #years>0 count|howmuch|rate|rows|share&sum|share&cumulative|percent&sum|percent&cumulative"), "nothing else is counted by years"},
		{yes, when("@yearsOnly #dates=0 average #years>1|first&yearword|last&yearword"), "nothing else has an average over years"},
		{yes, when("@yearsOnly #dates=0 whichyear|yearword highest|lowest"), "nothing else has a highest year"},
		{no, when("share|percent|rate #years=0 -increase|decrease"), "the share of what?"},
		{yes, when("-patient @many #years>0|@band|over|below|atleast|atmost|between|more|less #years>0|whichyear|yearword|when|period|first|last"), "in which years it was so many, or whether it was in one"},
		{no, when("@span #years=0 -highest|lowest|first|last"), "three years of what?"},
		{yes, when("-patient #years=0 sum|cumulative #magnitudes=1 @total"), "whether it is the total"},
		{yes, when("-patient #numbers=1 @many whichyear|yearword"), "which year a printed figure is of"},
		{yes, when("-patient overseas count hospital #years=1"), "foreigners at the hospitals of Korea in a year"},
		{yes, when("-patient|visit&overseas #years>0 increase|decrease"), "only this series rises and falls from year to year"},
		{yes, when("-patient|visit&overseas #years=1 previous difference|ratio"), "a year beside the one before"},
		{yes, when("-patient|visit&overseas #years>1 difference|ratio|trend"), "the difference between years"},
		{yes, when("-patient|visit&overseas #years>1 overseas compare|more|less"), "those from abroad in several years"},
		{yes, when("-patient|visit&overseas #years>1 @yearsOnly sum|compare|more|less"), "nothing else is compared by years"},
		{yes, when("-patient|visit&overseas increase|decrease highest|lowest whichyear|yearword"), "the year that it rose most"},
		{yes, when("-patient overseas whichyear highest|lowest"), "only patients come from abroad by year"},
		{no, when("-patient|visit&overseas"), "nobody is counted"},
		{yes, when("!who&!where|#years>0|count"), "patients"},
	}

	departmentRules = []rule{
		{no, when("negated -sum&@hundred"), "only that they do not add up to a hundred is told"},
		{no, when("why -sum|share|percent|twice|negated|rest|more|less|highest|lowest|patient|visit|rate"), "what an illness comes from"},
		{no, when("~quality -share|percent|patient|visit|rate"), "how good a department is"},
		{no, when("where #department:=1 -share|percent|patient|visit|rate|more|less|highest|lowest|better|compare|difference|whichplace|ranked"), "where it is to be found"},
		{no, when("department: hospital|type: highest|better -share|percent|patient|visit"), "the best hospital for something"},
		{no, when("clinic -department:|share|percent|patient|visit|cumulative|highest|lowest|more|less"), "the clinics that there are, not what they were visited for"},
		{no, when("ranked #magnitudes>0 -@percent|share|percent|patient|visit"), "so many ranked hospitals"},
		{no, when("department: specialty ranked|worldbest -share|percent|patient|visit"), "whether a field is ranked"},
		{no, when("ranked hospital -share|percent|patient|visit"), "hospitals are ranked by specialty"},
		{no, when("#words=0 #department:=1"), "a speciality alone may be a doctor who is looked for"},
		{no, when("department: #magnitudes>0 -@percent|share|percent|rate|patient|visit|over|below|more|less|highest|lowest"), "so many of what? hospitals are counted by specialty"},
		{yes, when("@unsaid share|percent sum|rest"), "nothing else adds up to a hundred per cent"},
		{yes, when("specialty patient|visit highest|lowest -hospital|ranked|worldbest|whichhospital"), "which speciality they come for"},
		{yes, when("department:|department !howmuch|share|percent|patient|difference"), "departments"},
	}

	// survivalRules tell whether a query about a cancer or an organ can only mean
	// survival: it says so, or asks for nothing else that could be counted or
	// compared (how many have it, which is the most common).
	survivalRules = []rule{
		{no, when("howmuch -survival|rate|percent|share|fiveyear|success|difference|more|less|#organ:>1&highest|#organ:>1&lowest|#organ:>1&better"), "a price"},
		{no, when("@cancers patient|visit -survival|fiveyear|success"), "how many of the patients have it"},
		{yes, when("survival|rate|percent|share|fiveyear|success"), "survival is spoken of"},
		{yes, when("difference #country:>1|#country:=1&cancer&highest|#country:=1&cancer&lowest"), "by how much countries differ"},
		{yes, when("#country:=2 @behind"), "by how much is it behind Korea?"},
		{yes, when("@cancers better|worse cancer: #country:>1|#cancer:=2&#organ:=0|#cancer:=1&#organ:=1 -count|patient|visit|surgery|howmuch"), "which country does better, which cancer is worse: nothing but survival is told of them"},
		{yes, when("@transplants transplant #organ:>1 more|less|compare|highest|lowest|better !count|howmuch -who|surgery"), "two organs are compared, and nothing but survival is told of them"},
		{yes, when("@transplants ~quality highest|lowest transplant #magnitudes=0 -country|where|who|count|howmuch|patient|visit|surgery|sum|average|trend|increase|decrease|first|last|each|ord:"), "which transplant goes best or worst"},
		{yes, when("@cancers ~quality highest|lowest #magnitudes=0 #cancer:=1&!organ:&country|#cancer:=1&!organ:&where|#cancer:=1&!organ:&#country:>1|!cancer:&!organ:&cancer -who|count|howmuch|patient|visit|surgery|sum|average|trend|increase|decrease|first|last|each|ord:"), "where a cancer goes best or worst, and which does"},
		{yes, when("count rows|organ -patient|visit|who|surgery"), "rows of the table"},
		{yes, when("-count|patient|visit|who|each|sum|average|trend|increase|decrease|highest|lowest|more|less|surgery|rest|where|first|last|ord:"), "nothing else is asked of it"},
	}

	cancerRules = []rule{
		{no, when("#years=1 more|less|increase|decrease #country:<2"), "what came after that year is not told"},
		{no, when("count survival #numbers=0 -cancer:|organ:|cancertypes|rows|share|percent|rate|fiveyear|howmuch|count>country"), "how many people survive"},
		{yes, when("cancer:"), "a cancer"},
		{yes, when("cancertypes list|rows|all"), "the cancers that there are figures of"},
		{yes, when("cancer survival|difference|organ:|country:|rate|count&rows"), "cancers"},
		{yes, when("cancer percent|share over|below|more|less"), "cancers beyond a limit"},
		{yes, when("survival organ:|#country:>1"), "survival of a cancer, or by country"},
		{yes, when("survival " + ofCountries), "the countries that there are figures of"},
		{yes, when("difference organ: #country:>1"), "a cancer in two countries"},
		{yes, when("survival highest|lowest country:US|country:GB"), "of these countries no other survival is told"},
	}

	transplantRules = []rule{
		// What patients of the heart live to see is not what recipients of one do.
		{yes, when("transplant|survival&organ:&!patient|survival&organ"), "transplants"},
		{yes, when("organ #numbers>0 share|percent"), "organs beyond a limit"},
	}

	indicatorRules = []rule{
		{no, when("~yours|~house count -exists>count|permillion|second|country:KR|korean"), "what the house has itself"},
		{no, when("howmuch -permillion|second|difference|more|less|indicator:hospitals"), "a price"},
		{no, when("hospital -permillion|second|average|korean|domestic|country:|indicator:hospitals"), "what one hospital has"},
		{yes, when("indicator:|infra|hospital&permillion|hospital&second"), "equipment, beds and staff"},
	}

	hospitalRules = []rule{
		{no, when("@agreedOnly"), "what treats nobody"},
		{no, when("whichplace institution:"), "the list has no order"},
		{no, when("ranking -hospital|whichhospital|university|worldbest|member|list|count|who|institution:|xinst:"), "the place of a university in some ranking"},
		{yes, when("member institution: @nothingMore"), "whether one is among them"},
		{yes, when("worldbest|ranked worldbest|hospital|whichhospital|institution:|member|university|xinst:|type:"), "the hospitals of the list"},
	}

	specialtyRules = []rule{
		{no, when("~quality -ranked|worldbest|hospital|whichhospital|count"), "how good a field is"},
		{yes, when("#specialty:=1 @supposes isright|@numberBehindSpecialty"), "a number of hospitals that somebody has heard"},
		{yes, when("specialty:|specialty ranked|worldbest|specialty|whichhospital"), "how many are ranked in a specialty"},
		{yes, when("department hospital ranked|worldbest -@percent|share|percent|patient|visit"), "departments whose hospitals are ranked"},
		{yes, when("#specialty:>1 more|less|compare|difference|hospital"), "specialties side by side"},
		{yes, when("specialty: hospital count -patient"), "how many hospitals of a specialty"},
	}

	// explainedRules tell whether a query names something and asks what it is, of
	// which the data has figures only ("what is lung cancer?"), or for its website,
	// its history, a photo. What was not asked for is no answer to that.
	explainedRules = []rule{
		{no, when("#years>0|#numbers>0|#dates>0|~misprint"), "figures are asked for"},
		{yes, when("@figures ~meaning|~thing =what_is,definition,exists,cancer,transplant,organ,department,specialty,infra,who,where -country:"), "what something is"},
		{no, when("@figures"), "figures are asked for"},
		{yes, when("@agreements ~meaning agreement|partner #entities=0 =agreement,partner,what_is,definition"), "what an agreement is"},
		{yes, when("~thing #entities>0 =what_is,where,twice"), "a website, a history, a photo"},
	}
)

// predicates are what conditions call by a name.
var predicates = map[string]func(*query) bool{
	"percent":               func(q *query) bool { return q.Percent },
	"band":                  func(q *query) bool { return q.band },
	"span":                  func(q *query) bool { return q.span > 0 },
	"outside":               (*query).outside,
	"notKorea":              func(q *query) bool { return q.leavesOut("country", korea) },
	"nothingMore":           (*query).nothingMore,
	"partnerKind":           func(q *query) bool { return q.partnerKind },
	"yearsOnly":             (*query).yearsOnly,
	"aroundEra":             (*query).aroundEra,
	"unsaid":                (*query).unsaid,
	"placeOnly":             (*query).placeOnly,
	"townOnly":              (*query).townOnly,
	"kindOnly":              (*query).kindOnly,
	"supposes":              (*query).supposes,
	"numberBehindSpecialty": func(q *query) bool { return q.numberBehind("specialty") },
	"behind":                (*query).behind,
	"agreements":            func(q *query) bool { return q.Relation == relAgreements },
	"cancers":               func(q *query) bool { return q.Relation == relCancers },
	"transplants":           func(q *query) bool { return q.Relation == relTransplants },
	// figures: the table holds nothing but figures
	"figures": func(q *query) bool {
		return slices.Contains([]string{relDepartments, relCancers, relTransplants, relIndicators, relSpecialties}, q.Relation)
	},
	// agreementYears: all its years are such that agreements with a date are of them
	"agreementYears": func(q *query) bool {
		return len(q.Years) > 0 && slices.Min(q.Years) >= firstAgreement && slices.Max(q.Years) <= lastAgreement
	},
	"agreedOnly": func(q *query) bool {
		return slices.ContainsFunc(q.ids("type"), func(t string) bool { return agreedOnly[t] })
	},
	"hundred": func(q *query) bool { return slices.Contains(q.magnitudes(), 100) },
	// few: its number is below that of any year's patients
	"few": func(q *query) bool { v := q.magnitudes(); return len(v) > 0 && v[0] < leastYearly },
	// many: its number may be that of a year's patients
	"many": func(q *query) bool {
		v := q.magnitudes()
		return len(v) > 0 && slices.Max(v) >= leastYearly && slices.Max(v) < mostYearly
	},
	// total: its number may be that of the patients of all years
	"total": func(q *query) bool { v := q.magnitudes(); return v[0] >= leastTotal && v[0] < mostYearly },
}
