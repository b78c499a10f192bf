package knowledge

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func run(t *testing.T, b *Base, q Query) Result {
	t.Helper()
	res, err := b.Execute(q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return res
}

func refs(kind Kind, ids ...string) []Ref {
	var out []Ref
	for _, id := range ids {
		out = append(out, Ref{kind, id})
	}
	return out
}

func TestNumbersOfQueries(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	for name, c := range map[string]struct {
		q     Query
		value string
		exact bool
	}{
		"overseas":           {Query{Relation: OverseasAgreements, Op: Count}, "49", true},
		"countries":          {Query{Relation: OverseasAgreements, Op: Count, Group: Country}, "19", true},
		"domestic":           {Query{Relation: DomesticAgreements, Op: Count}, "73", true},
		"institutions":       {Query{Relation: DomesticAgreements, Op: Count, Group: Institution}, "72", true},
		"germany":            {Query{Relation: OverseasAgreements, Entities: refs(Country, "DE"), Op: Count}, "2", true},
		"kazakhstan":         {Query{Relation: OverseasAgreements, Entities: refs(Country, "KZ"), Op: Count}, "7", true},
		"ethiopia":           {Query{Relation: OverseasAgreements, Entities: refs(Country, "ET"), Op: Count}, "2", true},
		"africa":             {Query{Relation: OverseasAgreements, Entities: refs(Continent, "africa"), Op: Count}, "3", true},
		"2012":               {Query{Relation: DomesticAgreements, Years: []int{2012}, Op: Count}, "6", true},
		"2008":               {Query{Relation: DomesticAgreements, Years: []int{2008}, Op: Count}, "3", true},
		"2016":               {Query{Relation: DomesticAgreements, Years: []int{2016}, Op: Count}, "1", true},
		"research-related":   {Query{Relation: DomesticAgreements, Entities: refs(Topic, "research-related"), Op: Count}, "13", true},
		"research":           {Query{Relation: DomesticAgreements, Entities: refs(Topic, "research"), Op: Count}, "21", true},
		"treatment":          {Query{Relation: DomesticAgreements, Entities: refs(Topic, "medical-treatment"), Op: Count}, "11", true},
		"treatment exactly":  {Query{Relation: DomesticAgreements, Entities: refs(Subject, "medical-treatment"), Op: Count}, "9", true},
		"fire services":      {Query{Relation: DomesticAgreements, Entities: refs(Type, "fire-service"), Op: Count}, "4", true},
		"koica projects":     {Query{Relation: Projects, Entities: refs(Institution, "koica"), Op: Count}, "3", true},
		"2010 to 2009":       {Query{Relation: Patients, Years: []int{2010, 2009}, Op: Difference}, "21588", true},
		"kidney to pancreas": {Query{Relation: Transplants, Entities: refs(Organ, "kidney", "pancreas"), Op: Difference}, "4.03", true},
		"colon US to UK":     {Query{Relation: Survival, Entities: append(refs(Cancer, "colon"), refs(Country, "US", "GB")...), Op: Difference}, "7.4", true},
		"mri ratio":          {Query{Relation: Infrastructure, Entities: []Ref{{Indicator, "mri"}, {Country, "KR"}, {Indicator, "pet"}}, Op: Ratio}, "11.67", false},
		"sum of patients":    {Query{Relation: Patients, Op: Sum}, "5048529", true},
		"sum to 2023":        {Query{Relation: Patients, To: Date{Year: 2023}, Op: Sum}, "3878062", true},
		"departments":        {Query{Relation: Departments, Op: Sum}, "78", true},
		"specialties":        {Query{Relation: Specialties, Op: Sum}, "77", true},
		"average of organs":  {Query{Relation: Transplants, Op: Average}, "77.46", false},
		"share of Asia":      {Query{Relation: OverseasAgreements, Entities: refs(Continent, "asia"), Op: Share}, "55.1", false},
		"place of lung":      {Query{Relation: Survival, Entities: refs(Country, "KR"), Op: Rank, Focus: Ref{Cancer, "lung"}}, "6", true},
		"over 200,000":       {Query{Relation: Patients, Threshold: &Threshold{Above, Int(200000)}, Op: Count}, "10", true},
	} {
		res := run(t, b, c.q)
		if got := res.Number.Value.String(); got != c.value || res.Number.Exact != c.exact {
			t.Errorf("%s: got %s (exact %v), wanted %s (exact %v)", name, got, res.Number.Exact, c.value, c.exact)
		}
		if !res.Found || len(res.Rows) == 0 {
			t.Errorf("%s: no records behind the number", name)
		}
	}
}

func TestSuperlatives(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	for name, c := range map[string]struct {
		q    Query
		want string
	}{
		"widest gap":            {Query{Relation: Survival, Entities: refs(Country, "KR", "GB"), Op: Highest, Group: Cancer, Measure: Difference}, "stomach"},
		"second best in Korea":  {Query{Relation: Survival, Entities: refs(Country, "KR"), Op: Highest, Nth: 2}, "breast"},
		"lowest after surgery":  {Query{Relation: Transplants, Op: Lowest}, "lung"},
		"most visited":          {Query{Relation: Departments, Op: Highest}, "dermatology"},
		"most partners":         {Query{Relation: OverseasAgreements, Op: Highest}, "US"},
		"most on one continent": {Query{Relation: OverseasAgreements, Op: Highest, Group: Continent}, "asia"},
		"third most visited":    {Query{Relation: Departments, Op: Highest, Nth: 3}, "plastic-surgery"},
	} {
		res := run(t, b, c.q)
		if len(res.Groups) != 1 || res.Groups[0].Key.ID != c.want || res.Tied {
			t.Errorf("%s: got %+v, wanted %s", name, res.Groups, c.want)
		}
	}
	res := run(t, b, Query{Relation: Specialties, Op: Highest})
	if len(res.Groups) != 4 || !res.Tied {
		t.Errorf("four specialties share the first place, got %d groups, tied %v", len(res.Groups), res.Tied)
	}
	res = run(t, b, Query{Relation: OverseasAgreements, Entities: refs(Continent, "europe", "north-america"), Op: Compare})
	if len(res.Groups) != 2 || res.Groups[0].Key.ID != "north-america" || res.Groups[0].Number.Value.String() != "9" {
		t.Errorf("Europe and North America: %+v", res.Groups)
	}
	res = run(t, b, Query{Relation: DomesticAgreements, Op: First})
	if len(res.Rows) != 1 || res.Rows[0].ID != "domestic-krict" {
		t.Errorf("first agreement: %+v", res.Rows)
	}
	res = run(t, b, Query{Relation: DomesticAgreements, Op: Last})
	if len(res.Rows) != 1 || res.Rows[0].ID != "domestic-miracle-for-africa" {
		t.Errorf("last agreement: %+v", res.Rows)
	}
	res = run(t, b, Query{Relation: Patients, Op: Trend, From: Date{Year: 2019}, To: Date{Year: 2021}})
	if res.Number.Value.String() != "-351622" || res.Percent.Value.String() != "-70.68" || len(res.Groups) != 3 {
		t.Errorf("2019 to 2021: %+v, percent %+v", res.Number, res.Percent)
	}
}

func TestSelection(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	ids := func(q Query) string {
		var out []string
		for _, r := range b.Select(q) {
			out = append(out, r.ID)
		}
		return strings.Join(out, " ")
	}
	for want, q := range map[string]Query{
		"domestic-koica":                               {Relation: DomesticAgreements, Entities: refs(Topic, "oda")},
		"domestic-incheon-asian-games":                 {Relation: Agreements, Entities: refs(Topic, "asian-games")},
		"overseas-sofia overseas-jyvaskyla":            {Relation: OverseasAgreements, Entities: refs(Country, "BG", "FI")},
		"overseas-wprame domestic-wprame":              {Relation: Agreements, Entities: refs(Institution, "wprame")},
		"domestic-ktl-2008 domestic-ktl-2015":          {Relation: Agreements, Text: "testing laboratory"},
		"overseas-kumamoto":                            {Relation: Agreements, Text: "熊本大学"},
		"domestic-guro-fire":                           {Relation: DomesticAgreements, From: Date{2011, 7, 1}, To: Date{2011, 7, 12}},
		"project-john-lee":                             {Relation: Projects, Entities: refs(Country, "SS")},
		"project-tizi-ouzou project-john-lee":          {Relation: Projects, Entities: refs(Continent, "africa")},
		"project-cis-evaluation project-lee-jong-wook": {Relation: Projects, Entities: refs(Continent, "asia"), Exclude: refs(Country, "MN")},
		"hematology-director":                          {Relation: Facts, Entities: refs(Attribute, "hospital-director")},
		"contact-kumc":                                 {Relation: Contacts, Entities: refs(Institution, "kumc")},
		"domestic-seoul-fire":                          {Relation: DomesticAgreements, Years: []int{2009}, Month: 3},
		"":                                             {Relation: OverseasAgreements, Entities: refs(Country, "BR")},
	} {
		if got := ids(q); got != want {
			t.Errorf("%+v:\n got %q\nwant %q", q, got, want)
		}
	}
}

func TestAnswersCarryTheirNotes(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	for note, q := range map[string]Query{
		"year-2022":            {Relation: Patients, Years: []int{2022}, Op: Get},
		"year-2024-twice":      {Relation: Patients, Years: []int{2024}, Op: Get},
		"gap-720":              {Relation: Patients, Years: []int{2020}, Op: Get},
		"total-mismatch":       {Relation: PatientsTotal, Op: Get},
		"sum-and-total":        {Relation: Patients, Op: Sum},
		"departments-share":    {Relation: Departments, Op: Highest},
		"pct-is-ct":            {Relation: Infrastructure, Entities: refs(Indicator, "ct"), Op: Get},
		"oecd-unlabelled":      {Relation: Infrastructure, Entities: []Ref{{Indicator, "mri"}, {Region, "oecd"}}, Op: Get},
		"hospital-implausible": {Relation: Infrastructure, Entities: refs(Indicator, "hospitals"), Op: Get},
		"relative-over-100":    {Relation: Survival, Entities: []Ref{{Cancer, "thyroid"}, {Country, "KR"}}, Op: Get},
		"domestic-count":       {Relation: DomesticAgreements, Op: Count},
		"overseas-rows":        {Relation: OverseasAgreements, Op: Count},
		"phone-range":          {Relation: Contacts, Entities: refs(Institution, "kima"), Op: Get},
		"mail-is-phone":        {Relation: Contacts, Entities: refs(Institution, "kumc"), Op: Get},
		"both-lists":           {Relation: Agreements, Entities: refs(Institution, "wprame"), Op: Get},
		"two-agreements":       {Relation: Agreements, Entities: refs(Institution, "ktl"), Op: Get},
	} {
		if res := run(t, b, q); !slices.Contains(res.Notes, note) {
			t.Errorf("%+v: notes %v lack %q", q, res.Notes, note)
		}
	}
	if res := run(t, b, Query{Relation: DomesticAgreements, Years: []int{2012}, Op: Count}); slices.Contains(res.Notes, "domestic-count") {
		t.Error("a note on the whole list is said of a part of it")
	}
}

func TestSenselessQueries(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	for _, c := range []struct {
		q    Query
		want error
	}{
		{Query{Relation: "doctors", Op: Count}, ErrRelation},
		{Query{Relation: Patients, Op: "guess"}, ErrOp},
		{Query{Relation: Patients, Years: []int{2010}, Op: Difference}, ErrOperands},
		{Query{Relation: Hospitals, Op: Sum}, ErrNoValues},
		{Query{Relation: OverseasAgreements, Op: First}, ErrNoValues},
	} {
		if _, err := b.Execute(c.q); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, wanted %v", c.q, err, c.want)
		}
	}
	// One side is not in the data: nothing may be said about the difference.
	res := run(t, b, Query{Relation: Survival, Entities: []Ref{{Cancer, "lung"}, {Country, "KR"}, {Country, "JP"}}, Op: Difference})
	if res.Found || !res.Number.IsZero() {
		t.Errorf("difference with a country without figures: %+v", res)
	}
}

// Whatever is asked, numbers agree with the records that are given as their origin.
func TestCountsAreRecords(t *testing.T) {
	t.Parallel()
	b := loadShipped(t)
	rapid.Check(t, func(t *rapid.T) {
		q := Query{Op: Count, Relation: rapid.SampledFrom(Relations[:]).Draw(t, "relation")}
		for range rapid.IntRange(0, 3).Draw(t, "entities") {
			row := rapid.SampledFrom(b.rows).Draw(t, "row")
			if len(row.Refs) > 0 {
				q.Entities = append(q.Entities, rapid.SampledFrom(row.Refs).Draw(t, "ref"))
			}
		}
		if rapid.Bool().Draw(t, "year") {
			q.Years = []int{rapid.IntRange(2006, 2027).Draw(t, "y")}
		}
		res, err := b.Execute(q)
		if err != nil {
			t.Fatal(err)
		}
		if res.Number.Value != Int(len(res.Rows)) || res.Found != (len(res.Rows) > 0) {
			t.Fatalf("%+v: %v from %d records", q, res.Number, len(res.Rows))
		}
		for _, r := range res.Rows {
			for _, e := range q.Entities {
				if !slices.ContainsFunc(q.Entities, func(o Ref) bool { return o.Kind == e.Kind && r.Has(o) }) {
					t.Fatalf("%+v selects %s", q, r.ID)
				}
			}
		}
		for _, op := range Ops {
			q.Op = op
			if _, err := b.Execute(q); err != nil && !errors.Is(err, ErrOperands) && !errors.Is(err, ErrNoValues) {
				t.Fatalf("%+v: %v", q, err)
			}
		}
	})
}

func BenchmarkExecute(b *testing.B) {
	base := loadShipped(b)
	q := Query{Relation: DomesticAgreements, Years: []int{2012}, Op: Count}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := base.Execute(q); err != nil {
			b.Fatal(err)
		}
	}
}
