package routing

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"naru/internal/naru"
)

func TestUnreachableRules(t *testing.T) {
	t.Parallel()
	everyTopic := choices(naru.Partner{}, "Topic")
	for name, test := range map[string]struct {
		rules []Rule
		want  []string
	}{
		"none": {[]Rule{
			{ID: "a", When: When{Country: []string{"KZ"}}, Team: "partners"}, {ID: "b", When: When{Continent: []string{"asia"}}, Team: "patients"}, {ID: "c", When: When{Kind: []string{"patient"}}, Team: "night"},
		}, nil},
		"a more general one before": {[]Rule{
			{ID: "a", When: When{Kind: []string{"partner"}}, Team: "partners", Line: 4}, {ID: "b", When: When{Kind: []string{"partner"}, Country: []string{"KZ"}}, Team: "patients"}, {ID: "c", When: When{Kind: []string{"patient"}}, Team: "night"},
		}, []string{`rules[1]: "b" can never match: rule "a" (line 4) before it takes all that it would`}},
		"one without conditions before": {[]Rule{
			{ID: "a", Team: "partners"}, {ID: "b", When: When{Kind: []string{"patient"}}, Team: "patients"}, {ID: "c", When: When{Topic: []string{"visit"}}, Team: "night"},
		}, []string{
			`rules[1]: "b" can never match: rule "a" before it takes all that it would`, `rules[2]: "c" can never match: rule "a" before it takes all that it would`,
		}},
		"several before": {[]Rule{
			{ID: "a", When: When{Topic: everyTopic[:5]}, Team: "partners"},
			{ID: "x", When: When{Kind: []string{"patient"}}, Team: "patients"},
			{ID: "b", When: When{Topic: everyTopic[5:]}, Team: "partners"},
			{ID: "c", When: When{Kind: []string{"partner"}, Country: []string{"KZ"}}, Team: "night"},
		}, []string{`rules[3]: "c" can never match: rules "a", "b" before it together take all that it would`}},
		"known and unknown": {[]Rule{
			{ID: "a", When: When{KnownPartner: yes()}, Team: "partners"}, {ID: "b", When: When{KnownPartner: no()}, Team: "patients"}, {ID: "c", When: When{Language: []string{"kk"}}, Team: "night"},
		}, []string{`rules[2]: "c" can never match: rules "a", "b" before it together take all that it would`}},
		"open and closed": {[]Rule{
			{ID: "a", When: When{OfficeHours: yes()}, Team: "partners"}, {ID: "b", When: When{OfficeHours: no()}, Team: "partners"}, {ID: "c", When: When{OfficeHours: yes()}, Team: "patients"}, {ID: "d", When: When{OfficeHours: yes()}, Team: "night"},
		}, []string{`rules[2]: "c" can never match: rules "a", "b" before it together take all that it would`, `rules[3]: "d" can never match: rules "a", "b", "c" before it together take all that it would`}},
		"always open": {[]Rule{
			{ID: "a", When: When{OfficeHours: no()}, Team: "night"}, {ID: "b", Team: "partners", When: When{KnownPartner: yes()}}, {ID: "c", Team: "patients", When: When{KnownPartner: yes(), OfficeHours: yes()}},
		}, []string{`rules[0]: "a" can never match: team "night" is always open`, `rules[2]: "c" can never match: rule "b" before it takes all that it would`}},
		"purpose of a partner": {[]Rule{
			{ID: "a", When: When{Kind: []string{"partner"}, Purpose: []string{"checkup"}}, Team: "partners"}, {ID: "b", When: When{Department: []string{"urology"}, Topic: []string{"visit"}}, Team: "patients"}, {ID: "c", When: When{Kind: []string{"patient"}}, Team: "night"},
		}, []string{`rules[0]: "a" can never match: purpose asks for a patient, kind for a partner`, `rules[1]: "b" can never match: department asks for a patient, topic for a partner`}},
		"another continent": {[]Rule{
			{ID: "a", When: When{Country: []string{"KZ"}, Continent: []string{"europe", "africa"}}, Team: "partners"}, {ID: "b", When: When{Country: []string{"RU"}, Continent: []string{"europe"}}, Team: "patients"}, {ID: "c", When: When{Kind: []string{"patient"}}, Team: "night"},
		}, []string{`rules[0]: "a" can never match: none of its countries is on its continents`}},
		"an idle team": {[]Rule{
			{ID: "a", When: When{Country: []string{"KZ"}}, Team: "partners"}, {ID: "b", When: When{Country: []string{"MN"}}, Team: "patients"},
		}, []string{`teams[2]: "night" is the team of no rule`}},
	} {
		_, warnings, err := Compile(append(test.rules, Rule{ID: "rest", Team: "front"}), options())
		var got []string
		for _, w := range warnings {
			got = append(got, w.Error())
		}
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, strings.Join(got, "\n     "), strings.Join(test.want, "\n     "))
		}
	}
}

// Few values of few dimensions, so that all facts there are can be tried.
var (
	fewCountries = []string{"KZ", "MN", "DE", "US"}
	fewLanguages = []string{"en", "kk", "mn"}
	fewTopics    = choices(naru.Partner{}, "Topic")
	fewPurposes  = choices(naru.Patient{}, "Purpose")
)

func some(t *rapid.T, label string, from []string) []string {
	if rapid.IntRange(0, 2).Draw(t, label+" absent") > 0 {
		return nil
	}
	n := rapid.IntRange(1, len(from)).Draw(t, label+" count")
	return rapid.Permutation(from).Draw(t, label)[:n]
}

func maybe(t *rapid.T, label string) *bool {
	switch rapid.IntRange(0, 4).Draw(t, label) {
	case 0:
		return yes()
	case 1:
		return no()
	}
	return nil
}

func drawRule(t *rapid.T, id string) Rule {
	return Rule{ID: id, Team: rapid.SampledFrom([]string{"partners", "patients", "night"}).Draw(t, "team"), When: When{
		Kind: some(t, "kind", []string{"patient", "partner"}), Purpose: some(t, "purpose", fewPurposes), Topic: some(t, "topic", fewTopics),
		Country: some(t, "country", fewCountries), Continent: some(t, "continent", []string{"asia", "europe"}),
		Language: some(t, "language", fewLanguages), KnownPartner: maybe(t, "known"), OfficeHours: maybe(t, "hours"),
	}}
}

// everyFacts calls each with all facts that differ in what drawRule asks for.
// Some countries and a language are of those that no rule names.
func everyFacts(each func(Facts)) {
	for _, country := range append([]string{"FR", "JP", "BR"}, fewCountries...) {
		for _, lang := range append([]string{"vi"}, fewLanguages...) {
			for state := range 8 {
				f := Facts{Country: country, Language: lang, KnownPartner: state&1 > 0, Open: func(team string) bool {
					return map[string]bool{"partners": state&2 > 0, "patients": state&4 > 0, "night": true}[team]
				}}
				f.Kind, f.Writer = naru.KindPatient, "self"
				for _, f.Purpose = range fewPurposes {
					each(f)
				}
				f.Kind, f.Writer, f.Purpose, f.InstitutionType = naru.KindPartner, "", "", "hospital"
				for _, f.Topic = range fewTopics {
					each(f)
				}
			}
		}
	}
}

func TestWarningsAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var rules []Rule
		for i := range rapid.IntRange(1, 6).Draw(t, "rules") {
			rules = append(rules, drawRule(t, string(rune('a'+i))))
		}
		rules = append(rules, Rule{ID: "rest", Team: "front"})
		router, warnings, err := Compile(rules, options())
		if err != nil {
			t.Fatal(err)
		}
		reached := map[string]bool{}
		everyFacts(func(f Facts) { reached[router.Route(f).Rule] = true })
		for i, r := range rules[:len(rules)-1] {
			flagged := slices.ContainsFunc(warnings, func(w Warning) bool { return w.Path == "rules["+string(rune('0'+i))+"]" })
			if flagged && reached[r.ID] {
				t.Fatalf("%s is reached and yet flagged: %v", r.ID, warnings)
			}
			if !flagged && !reached[r.ID] {
				t.Fatalf("%s is not reached and yet not flagged: %+v", r.ID, rules)
			}
		}
	})
}

func TestRouteAgreesWithExplain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules := []Rule{drawRule(t, "a"), drawRule(t, "b"), drawRule(t, "c"), {ID: "rest", Team: "front"}}
		router, _, err := Compile(rules, options())
		if err != nil {
			t.Fatal(err)
		}
		f := Facts{Kind: naru.KindPartner, Topic: rapid.SampledFrom(fewTopics).Draw(t, "its topic"), Country: rapid.SampledFrom(fewCountries).Draw(t, "its country"), Language: "en", KnownPartner: rapid.Bool().Draw(t, "is known")}
		decision, steps := router.Explain(f)
		last := steps[len(steps)-1]
		if decision.Rule != last.Rule || !last.Matched {
			t.Fatalf("%+v: %+v", decision, steps)
		}
		for _, s := range steps[:len(steps)-1] {
			if s.Matched || len(s.Unmet) == 0 {
				t.Fatalf("%+v", s)
			}
		}
	})
}

func TestEveryCountryIsOnOneContinent(t *testing.T) {
	t.Parallel()
	all, byContinent := countries()
	times := map[string]int{}
	for name := range continentCodes {
		if len(byContinent[name]) < 10 {
			t.Errorf("%s has %d countries", name, len(byContinent[name]))
		}
		for _, code := range byContinent[name] {
			times[code]++
		}
	}
	if len(all) < 240 {
		t.Errorf("only %d countries", len(all))
	}
	for _, code := range all {
		if times[code] != 1 {
			t.Errorf("%s is on %d continents", code, times[code])
		}
	}
}
