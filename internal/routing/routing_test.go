package routing

import (
	"slices"
	"strings"
	"testing"

	"naru/internal/naru"
)

var testTeams = []naru.Team{{ID: "partners"}, {ID: "patients"}, {ID: "night"}, {ID: "front", Fallback: true}}

func options() Options {
	return Options{Teams: testTeams, Departments: []string{"cardiology", "urology"}, AlwaysOpen: []string{"night"}}
}

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

func compile(t *testing.T, rules ...Rule) *Router {
	t.Helper()
	r, _, err := Compile(append(rules, Rule{ID: "rest", Team: "front"}), options())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRoute(t *testing.T) {
	t.Parallel()
	r := compile(t,
		Rule{ID: "known", When: When{KnownPartner: yes()}, Team: "partners", Line: 3},
		Rule{ID: "night", When: When{Kind: []string{"patient"}, OfficeHours: no()}, Team: "patients"},
		Rule{ID: "heart", When: When{Department: []string{"cardiology"}, Continent: []string{"asia"}, Language: []string{"kk", "mn"}}, Team: "patients"},
		Rule{ID: "kazakhs", When: When{Country: []string{"KZ"}, Purpose: []string{"checkup"}, Writer: []string{"family"}}, Team: "night"},
		Rule{ID: "training", When: When{Topic: []string{"training", "visit"}, InstitutionType: []string{"hospital"}, KnownPartner: no()}, Team: "partners"},
	)
	open := only("patients")
	patient := Facts{Kind: naru.KindPatient, Purpose: "checkup", Writer: "family", Country: "KZ", Language: "kk", Open: open}
	partner := Facts{Kind: naru.KindPartner, Topic: "visit", InstitutionType: "hospital", Country: "MN", Language: "mn", Open: open}
	with := func(f Facts, change func(*Facts)) Facts { change(&f); return f }
	for name, test := range map[string]struct {
		facts Facts
		want  string
	}{
		"first rule":               {with(partner, func(f *Facts) { f.KnownPartner = true }), "known partners"},
		"closed":                   {with(patient, func(f *Facts) { f.Open = nil }), "night patients"},
		"several conditions":       {with(patient, func(f *Facts) { f.Department = "cardiology" }), "heart patients"},
		"another continent":        {with(patient, func(f *Facts) { f.Department, f.Country = "cardiology", "US" }), "rest front"},
		"no department given":      {patient, "kazakhs night"},
		"a list":                   {partner, "training partners"},
		"another type":             {with(partner, func(f *Facts) { f.InstitutionType = "company" }), "rest front"},
		"a country without a code": {with(patient, func(f *Facts) { f.Country = "??" }), "rest front"},
		"nothing known":            {Facts{}, "rest front"},
	} {
		if got := r.Route(test.facts); got.Rule+" "+got.Team.ID != test.want {
			t.Errorf("%s: %s %s, want %s", name, got.Rule, got.Team.ID, test.want)
		}
	}
	if got := r.Route(with(partner, func(f *Facts) { f.KnownPartner = true })); got.Line != 3 {
		t.Errorf("line %d", got.Line)
	}
}

// only tells that one team is in its office hours.
func only(open string) func(string) bool { return func(team string) bool { return team == open } }

func TestFactsOf(t *testing.T) {
	t.Parallel()
	open := only("night")
	patient := naru.Inquiry{Kind: naru.KindPatient, Language: "kk", Contact: naru.Contact{Country: "KZ"}, Patient: &naru.Patient{Purpose: "checkup", Writer: "self", Department: "urology"}}
	partner := naru.Inquiry{
		Kind: naru.KindPartner, Language: "mn", Contact: naru.Contact{Country: "MN"}, KnownPartner: &naru.KnownPartner{},
		Partner: &naru.Partner{Topic: "visit", Type: "hospital", Department: "any text"},
	}
	got := FactsOf(patient, open)
	if got.Purpose != "checkup" || got.Writer != "self" || got.Department != "urology" || got.Country != "KZ" || got.Language != "kk" || got.KnownPartner || !got.Open("night") {
		t.Errorf("patient: %+v", got)
	}
	got = FactsOf(partner, nil)
	if got.Topic != "visit" || got.InstitutionType != "hospital" || got.Department != "" || !got.KnownPartner || got.Kind != naru.KindPartner {
		t.Errorf("partner: %+v", got)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	r := compile(t,
		Rule{ID: "visits", When: When{Topic: []string{"visit"}, Country: []string{"MN", "KZ"}, Continent: []string{"asia"}}, Team: "partners"},
		Rule{ID: "patients", When: When{Kind: []string{"patient"}, Purpose: []string{"checkup"}}, Team: "patients"},
		Rule{ID: "open", When: When{OfficeHours: yes()}, Team: "partners"},
	)
	decision, steps := r.Explain(Facts{Kind: naru.KindPartner, Topic: "research", InstitutionType: "hospital", Country: "DE", Language: "en"})
	var got []string
	for _, s := range steps {
		line := s.Rule
		for _, u := range s.Unmet {
			line += "; " + u.String()
		}
		if s.Matched {
			line += " matches"
		}
		got = append(got, line)
	}
	want := []string{
		"visits; topic is research, wants visit; country is DE, wants one of MN, KZ, asia",
		"patients; kind is partner, wants patient",
		"open; office_hours of partners is false, wants true",
		"rest matches",
	}
	if !slices.Equal(got, want) || decision.Rule != "rest" {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestBadRules(t *testing.T) {
	t.Parallel()
	rest := Rule{ID: "rest", Team: "front", Line: 9}
	for name, test := range map[string]struct {
		rules []Rule
		want  []string
	}{
		"none":             {nil, []string{"rules: must have at least one that catches all"}},
		"no id":            {[]Rule{{Team: "front", Line: 2}, rest}, []string{"line 2: rules[0]: has no id"}},
		"the same id":      {[]Rule{{ID: "rest", Team: "front", Line: 2}, rest}, []string{`line 9: rules[1].id: is "rest" like that of rules[0]`}},
		"no team":          {[]Rule{{ID: "a", Line: 2}, rest}, []string{"line 2: rules[0]: has no team"}},
		"unknown team":     {[]Rule{{ID: "a", Team: "patient", Line: 2}, rest}, []string{`line 2: rules[0].team: is "patient", which is no team; did you mean "patients"?`}},
		"far unknown team": {[]Rule{{ID: "a", Team: "x12345", Line: 2}, rest}, []string{`line 2: rules[0].team: is "x12345", which is no team; there are: partners, patients, night, front`}},
		"unknown values": {[]Rule{{ID: "a", Team: "front", Line: 2, When: When{
			Kind: []string{"patients"}, Purpose: []string{"check-up"}, Writer: []string{"me"}, Department: []string{"cardiologie"}, Topic: []string{"mou"}, InstitutionType: []string{"clinic"},
			Country: []string{"KZ", "kr", "XX"}, Continent: []string{"antarctica"}, Language: []string{"zh"},
		}}, rest}, []string{
			`line 2: rules[0].when.kind[0]: is "patients", which is no kind; did you mean "patient"?`,
			`line 2: rules[0].when.purpose[0]: is "check-up", which is no purpose; did you mean "checkup"?`,
			`line 2: rules[0].when.writer[0]: is "me", which is no writer; there are: self, family, agency, physician`,
			`line 2: rules[0].when.department[0]: is "cardiologie", which is no department; did you mean "cardiology"?`,
			`line 2: rules[0].when.topic[0]: is "mou", which is no topic; there are: agreement, patient_referral, treatment_cooperation, research, training, exchange, hospital_consulting, public_health, oda, medical_device, visit, other`,
			`line 2: rules[0].when.institution_type[0]: is "clinic", which is no institution type; there are: hospital, university, government, company, association, other`,
			`line 2: rules[0].when.country[1]: is "kr", which is no country; did you mean "KR"?`,
			`line 2: rules[0].when.country[2]: is "XX", which is no country`,
			`line 2: rules[0].when.continent[0]: is "antarctica", which is no continent; there are: africa, asia, europe, north-america, oceania, south-america`,
			`line 2: rules[0].when.language[0]: is "zh", which is no language; there are: en, ko, zh-Hans, ja, ru, mn, kk, ar, vi`,
		}},
		"twice":        {[]Rule{{ID: "a", Team: "front", Line: 2, When: When{Country: []string{"KZ", "KZ"}}}, rest}, []string{`line 2: rules[0].when.country[1]: is "KZ" again`}},
		"empty":        {[]Rule{{ID: "a", Team: "front", Line: 2, When: When{Topic: []string{}}}, rest}, []string{"line 2: rules[0].when.topic: has no value, so that nothing could meet it; leave it out to allow all"}},
		"not catching": {[]Rule{{ID: "a", Team: "front", Line: 2, When: When{Kind: []string{"patient"}}}}, []string{"line 2: rules[0].when: must be empty: the last rule takes whatever is left"}},
	} {
		_, _, err := Compile(test.rules, options())
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if got := strings.Split(err.Error(), "\n"); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(test.want, "\n     "))
		}
	}
	for _, teams := range [][]naru.Team{{{ID: "front"}}, {{ID: "front", Fallback: true}, {ID: "back", Fallback: true}}} {
		if _, _, err := Compile([]Rule{rest}, Options{Teams: teams}); err == nil || !strings.HasPrefix(err.Error(), "teams: must have exactly one with fallback: true, not ") {
			t.Errorf("%v: %v", teams, err)
		}
	}
}

func TestCheckFacts(t *testing.T) {
	t.Parallel()
	r := compile(t)
	for name, test := range map[string]struct {
		facts Facts
		want  []string
	}{
		"right":        {Facts{Kind: naru.KindPatient, Purpose: "checkup", Writer: "self", Country: "KZ", Language: "kk"}, nil},
		"unknown":      {Facts{Kind: naru.KindPartner, Topic: "researches", InstitutionType: "hospital", Country: "KZ", Language: "kk"}, []string{`topic: is "researches", which is no topic; did you mean "research"?`}},
		"missing":      {Facts{Kind: naru.KindPatient, Purpose: "checkup", Country: "KZ", Language: "kk"}, []string{"writer: is missing, a patient inquiry has one"}},
		"another form": {Facts{Kind: naru.KindPartner, Purpose: "checkup", Topic: "visit", InstitutionType: "other", Country: "KZ", Language: "kk"}, []string{`purpose: is "checkup", and a partner inquiry has none`}},
	} {
		var got []string
		for _, f := range r.CheckFacts(test.facts) {
			got = append(got, f.Error())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
