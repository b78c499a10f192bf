package intake

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"naru/internal/naru"
)

var update = flag.Bool("update", false, "write golden files anew")

func TestConsents(t *testing.T) {
	t.Parallel()
	s, store := newService(t, nil)
	base := granted("personal_information", "sensitive_information")
	refused := object{"id": "sensitive_information", "version": version, "granted": false}
	for _, x := range []struct {
		consents any
		want     []string
	}{
		{base, nil},
		{nil, []string{"/consents consent_required", "/consents consent_required"}},
		{[]object{}, []string{"/consents consent_required", "/consents consent_required"}},
		{base[:1], []string{"/consents consent_required"}},
		{[]object{base[0], refused}, []string{"/consents/1/granted consent_required"}},
		{append(slices.Clone(base), object{"id": "third_party", "version": version, "granted": false}), nil},
		{append(slices.Clone(base), object{"id": "guardian", "version": version, "granted": false}), nil},
		{append(slices.Clone(base), base[0]), []string{"/consents/2/id consent_repeated"}},
		{append(slices.Clone(base), object{"id": "selling_my_soul", "version": version, "granted": true}), []string{"/consents/2/id consent_unknown"}},
		{append(slices.Clone(base), object{"id": "third_party", "version": "2020-1", "granted": true}), []string{"/consents/2/version consent_outdated"}},
		{append(slices.Clone(base), object{"id": "third_party", "version": version, "granted": true, "language": "xx"}), []string{"/consents/2/language unknown_choice"}},
		{append(slices.Clone(base), object{"id": "third_party", "version": version, "granted": "true"}), []string{"/consents/2/granted type_boolean"}},
		{append(slices.Clone(base), object{"id": 3, "version": version, "granted": true, "ip": "1.2.3.4"}), []string{"/consents/2/ip unknown_field", "/consents/2/id type_string"}},
		{"yes", []string{"/consents type_consents"}},
		{make([]object, 51), []string{"/consents type_consents"}},
	} {
		got := problems(t, s, patient().with(object{"consents": x.consents}).body(t))
		slices.Sort(got)
		slices.Sort(x.want)
		if !slices.Equal(got, x.want) {
			t.Errorf("%v: %v, want %v", x.consents, got, x.want)
		}
	}
	for _, a := range store.accepted {
		for _, c := range a.Inquiry.Consents {
			if c.Granted == (c.ID == "third_party" || c.ID == "guardian") {
				t.Errorf("%s recorded as granted: %v", c.ID, c.Granted)
			}
		}
	}
}

// TestConsentTextsKeepTheirVersions fails when a text changes and its version
// does not: run with -update after raising the version in consents.yaml.
func TestConsentTextsKeepTheirVersions(t *testing.T) {
	t.Parallel()
	s, _ := newService(t, func(o *Options) {
		for i := range o.Consents {
			o.Consents[i].Offered = true
		}
	})
	sums := map[string]string{}
	for lang, texts := range s.consents.texts {
		for id, text := range texts {
			sums[id+" "+text.Version+" "+lang] = text.SHA256
			for _, part := range []string{text.Title, text.Text, text.Label} {
				if strings.Contains(part, "{{") || strings.TrimSpace(part) == "" {
					t.Errorf("%s %s: %q", lang, id, part)
				}
			}
			if id != "marketing" && id != "guardian" && id != "overseas_transfer" && !strings.Contains(text.Text, "24") {
				t.Errorf("%s %s does not say how long", lang, id)
			}
		}
	}
	got, err := json.MarshalIndent(sums, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/consents.json"
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, golden); !bytes.Equal(bytes.TrimSpace(want), got) {
		t.Error("consent texts changed: raise their versions in config/consents.yaml, then run the test with -update")
	}
}

func TestParseConsentsNamesProblems(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]string{
		"consents: []": "none given",
		"consents: [{id: a, version: '1', kinds: [patient], color: red}]":                             "color",
		"consents: [{id: a, kinds: [patient]}]":                                                       "entry 1",
		"consents: [{id: a, version: '1', kinds: [dog]}]":                                             `"dog"`,
		"consents: [{id: a, version: '1', kinds: [patient], when: old}]":                              `"old"`,
		"consents: [{id: marketing, version: '1', kinds: [patient], required: true}]":                 "marketing",
		"consents: [{id: a, version: '1', kinds: [patient]},{id: a, version: '1', kinds: [patient]}]": "twice",
	} {
		if _, err := ParseConsents([]byte(yaml)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", yaml, err, want)
		}
	}
}

func TestMeta(t *testing.T) {
	t.Parallel()
	s, _ := newService(t, nil)
	for _, lang := range naru.Languages {
		m := s.Meta(lang)
		if m.Language != lang || len(m.Countries) != 250 || len(m.Departments) != 28 || len(m.Purposes) != 5 || len(m.Topics) != 12 || len(m.Languages) != 9 || len(m.Notices) != 2 {
			t.Errorf("%s: %d countries, %d departments, %d purposes, %d topics", lang, len(m.Countries), len(m.Departments), len(m.Purposes), len(m.Topics))
		}
		for kind, form := range m.Forms {
			if len(form.Fields) != len(s.forms[kind].fields) || form.Label == "" {
				t.Errorf("%s %s: %d fields", lang, kind, len(form.Fields))
			}
			for _, f := range form.Fields {
				if f.Label == "" || strings.Contains(f.Label, "field_name") || f.Type == "" {
					t.Errorf("%s %s: %+v", lang, kind, f)
				}
				for _, c := range f.Choices {
					if c.Label == "" || strings.Contains(c.Label, f.Name+".") {
						t.Errorf("%s %s %s: %+v", lang, kind, f.Name, c)
					}
				}
			}
		}
	}
	m := s.Meta("en")
	ids := func(kind naru.Kind) (all []string) {
		for _, c := range m.Forms[kind].Consents {
			all = append(all, c.ID)
		}
		return all
	}
	if got := strings.Join(ids(naru.KindPatient), " "); got != "personal_information sensitive_information guardian third_party overseas_transfer conversation" {
		t.Errorf("consents of patients: %s", got)
	}
	if got := strings.Join(ids(naru.KindPartner), " "); got != "personal_information third_party conversation" {
		t.Errorf("consents of partners: %s", got)
	}
	fields := map[string]Field{}
	for _, f := range m.Forms[naru.KindPatient].Fields {
		fields[f.Name] = f
	}
	if f := fields["writer_name"]; f.Required || !f.Conditional || f.MaxLength != 120 || f.Type != "line" {
		t.Errorf("%+v", f)
	}
	if f := fields["stay_days"]; f.Type != "integer" || f.Min != 1 || f.Max != 365 || f.MaxLength != 0 {
		t.Errorf("%+v", f)
	}
	if f := fields["email"]; f.Type != "email" || !f.Required || f.MaxLength != 254 {
		t.Errorf("%+v", f)
	}
	if f := fields["interpreter"]; len(f.Choices) != 11 || f.Choices[1].Label != "English" {
		t.Errorf("%+v", f)
	}
	if got := s.Meta("xx").Language; got != "en" {
		t.Errorf("unknown language gives %s", got)
	}
}
