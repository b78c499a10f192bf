package chat

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
				"twice nocountry rows rest ord: num: year: month: date: region: place:",
				"hospital whichhospital university school member ranked korean also cumulative name project department opened isright"),
			rules: agreementRules,
		},
		{
			name:    relProjects,
			weights: map[string]int{"project": 5, "project:": 6, "client": 4, "scope": 3, "workscope:": 3, "country:": 1, "region:": 2, "institution:": 1, "site:": 2},
			accepts: set("xinst: negated except evaluat opened whichyear what_is institution exists count all list each who where country continent continent: subject more less highest lowest overseas partner agreement hospital university type: name rest first last ord: also korean goal name hospital sum compare when year: yearword topic:human-resources topic:research isright num:"),
			rules:   projectRules,
		},
		{
			name:    relPatients,
			weights: map[string]int{"patient": 4, "visit": 2, "year:": 2, "overseas": 1, "cumulative": 2, "whichyear": 1, "trend": 1},
			accepts: set(arithmetic, "twice no exists yearword when before after since until previous next korean rate percent country:KR date: subject period sum share monthword howmuch hospital topic:medical-treatment era type:association institution:kima negated why"),
			rules:   patientRules,
		},
		{
			name:    relDepartments,
			weights: map[string]int{"department:": 4, "department": 5, "share": 2, "patient": 1, "visit": 1, "percent": 1},
			accepts: set(arithmetic, "exists twice why no specialty overseas korean country:KR cumulative year:2024 yearword hospital rate over below ranked whichplace whichrank howmuch topic:medical-treatment negated"),
			rules:   departmentRules,
		},
		{
			name:    relCancers,
			weights: map[string]int{"cancer:": 6, "cancer": 3, "cancertypes": 3, "survival": 3, "organ:": 2, "country:": 1, "natives": 1},
			accepts: set(arithmetic, "better visit howmuch exists rate fiveyear share percent korean country patient yearword year:2010 year:2023 over below ranked after"),
			must:    survivalRules,
			rules:   cancerRules,
		},
		{
			name:    relTransplants,
			weights: map[string]int{"transplant": 5, "organ:": 2, "survival": 3, "organ": 2},
			accepts: set(arithmetic, "better visit howmuch exists rate fiveyear share percent korean country:KR patient yearword over below success after surgery ranked whichplace whichrank"),
			must:    survivalRules,
			rules:   transplantRules,
		},
		{
			name:    relIndicators,
			weights: map[string]int{"indicator:": 6, "infra": 4, "permillion": 3, "second": 3},
			accepts: set(arithmetic, "better negated exists korean domestic country:KR rate hospital second average num: share twice definition what_is yearword howmuch"),
			rules:   indicatorRules,
		},
		{
			name:    relHospitals,
			weights: map[string]int{"worldbest": 4, "ranked": 2, "hospital": 2, "whichhospital": 2, "member": 2, "institution:": 3, "xinst:": 2},
			accepts: set("name exists isright rows num: place: count all list each who korean country:KR year:2026 rest type: university also domestic institution sum where xinst: school between"),
			rules:   hospitalRules,
		},
		{
			name:    relSpecialties,
			weights: map[string]int{"specialty:": 4, "specialty": 4, "ranked": 2, "worldbest": 1, "hospital": 1, "whichhospital": 1},
			accepts: set(arithmetic, "name exists korean country:KR year:2026 type: department over below institution institution: member domestic share year: date"),
			rules:   specialtyRules,
		},
	}
}
