package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"naru/internal/naru"
)

func TestBodiesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s, store := newService(t, nil)
	members := make([]string, 10_000)
	for i := range members {
		members[i] = fmt.Sprintf(`"field%d":"x"`, i)
	}
	for body, want := range map[string]string{
		"":                                     "body_empty",
		" \n":                                  "body_empty",
		"hello":                                "body_malformed",
		"[]":                                   "body_not_object",
		`"patient"`:                            "body_not_object",
		"null":                                 "body_not_object",
		`{"kind":"patient"`:                    "body_malformed",
		`{"kind":"patient",}`:                  "body_malformed",
		`{"kind":}`:                            "body_malformed",
		`{"kind":"patient"} {}`:                "body_trailing_data",
		`{"kind":"patient"}x`:                  "body_trailing_data",
		`{"kind":"patient","kind":"partner"}`:  "body_duplicate_member",
		`{"consents":[{"id":"a","id":"b"}]}`:   "body_duplicate_member",
		"{\"name\":\"\xff\xfe\"}":              "body_not_utf8",
		`{"name":"\ud800"}`:                    "body_not_utf8",
		"{\"name\":\"a\x00b\"}":                "body_malformed",
		"{\"name\":\"a\nb\"}":                  "body_malformed",
		"{" + strings.Join(members, ",") + "}": "body_too_many_members",
		`{"kind":` + strings.Repeat("[", 100_000): "body_malformed",
		"\xef\xbb\xbf" + `{"kind":"patient"}`:     "body_malformed",
		`{'kind':'patient'}`:                      "body_malformed",
		"kind=patient&name=x":                     "body_malformed",
		"<inquiry/>":                              "body_malformed",
	} {
		_, err := s.Accept(context.Background(), Request{Body: []byte(body), Language: "en"})
		e := naru.AsError(err)
		if err == nil || e.Kind != naru.KindMalformed || e.Code != want {
			t.Errorf("%.60q: %v, want %s", body, err, want)
			continue
		}
		title, detail := s.options.Catalog.Text("kk", "problem."+e.Code+".title", e.Args), s.options.Catalog.Text("kk", "problem."+e.Code+".detail", e.Args)
		if strings.HasPrefix(title, "problem.") || strings.Contains(detail, "<no value>") || strings.Contains(detail, "  ") {
			t.Errorf("%s: %q %q", e.Code, title, detail)
		}
		if e.Cause != nil {
			t.Errorf("%s: the cause may hold what was sent: %v", e.Code, e.Cause)
		}
	}
	if len(store.accepted) != 0 {
		t.Errorf("%d of them accepted", len(store.accepted))
	}
}

func TestEveryWrongFieldIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := newService(t, nil)
	body := patient().with(object{
		"writer": 1, "birth_date": "2035-01-01", "nationality": "KAZ", "residence": nil, "email": "a@b", "purpose": "massage", "complaint": []string{"x"},
		"in_hospital": "yes", "stay_days": "7", "visa_letter": 1, "phone": "call me", "nam": "x", "passport_number": "M123", "a/b~c": 1, "x\u202e\x00": 1,
		"consents":    []any{object{"id": "personal_information", "version": "1999", "granted": true}, object{"id": "marketing", "version": version, "granted": true}, "yes"},
		"attachments": []any{"nope", 5, "nope"}, "department": "astrology", "preferred_from": "2026-12-01", "preferred_to": "2026-11-01",
	}).body(t)
	want := []string{
		"/writer type_string", "/birth_date date_future", "/nationality country", "/residence required", "/email mailbox", "/purpose unknown_choice", "/complaint type_string",
		"/phone phone", "/department unknown_choice", "/preferred_to date_order", "/in_hospital type_boolean", "/stay_days type_integer", "/visa_letter type_boolean",
		"/a~1b~0c unknown_field", "/nam unknown_field_similar", "/passport_number unknown_field", "/x?? unknown_field",
		"/consents/2 type_consents", "/consents/0/version consent_outdated", "/consents/1/id consent_unknown", "/consents consent_required",
		"/attachments/1 type_string", "/attachments/0 attachment_unknown", "/attachments/2 attachment_repeated",
	}
	if got := problems(t, s, body); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLanguageOfTheAnswer(t *testing.T) {
	t.Parallel()
	s, _ := newService(t, nil)
	for _, x := range []struct {
		body, asked, want string
	}{
		{`{"kind":"patient","language":"ko"}`, "ja", "ko"},
		{`{"kind":"patient","language":"zh-TW"}`, "ja", "zh-Hans"},
		{`{"kind":"patient"}`, "ja", "ja"},
		{`{"kind":"x","language":"ar"}`, "ja", "ar"},
		{`{"kind":"patient","language":"fr"}`, "vi", "vi"},
		{`{"kind":"patient","language":7}`, "mn", "mn"},
		{`nonsense`, "kk", "kk"},
		{`{}`, "", "en"},
	} {
		r, err := s.Accept(context.Background(), Request{Body: []byte(x.body), Language: x.asked})
		if err == nil || r.Language != x.want {
			t.Errorf("%s asked in %s: %s, %v", x.body, x.asked, r.Language, err)
		}
	}
}

func TestKindDecidesFirst(t *testing.T) {
	t.Parallel()
	s, _ := newService(t, nil)
	for body, want := range map[string]string{
		`{}`: "/kind required", `{"kind":null}`: "/kind required", `{"kind":""}`: "/kind required", `{"kind":3}`: "/kind type_string", `{"kind":"visitor","name":5}`: "/kind unknown_choice",
	} {
		if got := problems(t, s, []byte(body)); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %v, want %s", body, got, want)
		}
	}
}

func TestNullCountsAsNotGiven(t *testing.T) {
	t.Parallel()
	s, store := newService(t, nil)
	body := []byte(strings.Replace(string(patient().body(t)), `"kind"`, `"phone":null,"in_hospital":null,"stay_days":null,"attachments":null,"kind"`, 1))
	if got := problems(t, s, body); got != nil {
		t.Fatal(got)
	}
	if p := store.accepted[0].Inquiry.Patient; p.InHospital != nil || p.StayDays != nil {
		t.Errorf("%+v", p)
	}
}

// TestSentencesExist makes sure that every code that can be told has its
// sentence, and that no sentence waits for an argument that never comes.
func TestSentencesExist(t *testing.T) {
	t.Parallel()
	s, _ := newService(t, nil)
	bodies := [][]byte{
		patient().with(object{"writer": "family", "birth_date": "2020-01-01"}).body(t), patient().with(object{"writer_name": "x", "consents": 1, "attachments": 1}).body(t),
		patient().with(object{"name": "a\nb", "complaint": "a\x00", "messenger": "a<b", "payer": "a\u202eb", "stay_days": 1000, "birth_date": "1800-01-01", "arrival": "soon"}).body(t),
		partner().with(object{"website": "x", "title": strings.Repeat("x", 121), "consents": append(granted("personal_information"), granted("personal_information")...)}).body(t),
		partner().with(object{"attachments": make([]int, 11), "nam": 1, "zzzzzz": 1, "headcount": 0, "country": "??", "email": "x", "phone": "x", "date_from": "2026-02-30"}).body(t),
	}
	told := map[string]bool{}
	for _, body := range bodies {
		_, err := s.Accept(context.Background(), Request{Body: body})
		for _, f := range naru.AsError(err).Fields {
			told[f.Code] = true
			args := map[string]any{"Field": "FIELD"}
			maps.Copy(args, f.Args)
			for _, lang := range naru.Languages {
				text := s.options.Catalog.Text(lang, "field."+f.Code, args)
				if strings.HasPrefix(text, "field.") || strings.Contains(text, "“”") || strings.Contains(text, "«»") || strings.Contains(text, "()") || strings.Contains(text, "{{") {
					t.Errorf("%s %s: %q", lang, f.Code, text)
				}
			}
		}
	}
	for _, code := range []string{
		"guardian_required", "required", "not_applicable", "line_break", "control_characters", "markup", "direction_override", "out_of_range", "date_too_old", "date",
		"website", "too_long", "consent_repeated", "consent_required", "attachments_too_many", "unknown_field", "unknown_field_similar", "country", "mailbox", "phone", "type_consents", "type_attachments",
	} {
		if !told[code] {
			t.Errorf("%s was not told", code)
		}
	}
}

func FuzzAccept(f *testing.F) {
	s, _ := newService(f, nil)
	f.Add(patient().body(f))
	f.Add(partner().with(object{"headcount": 3, "has_agreement": true, "website": "uni.example"}).body(f))
	f.Add([]byte(`{"kind":"patient","consents":[{"id":"x","granted":1}],"attachments":["a"],"stay_days":1e3}`))
	f.Add([]byte("{\"kind\":\"partner\",\"name\":\"\\u202e\\u0000\xff\"}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := s.Accept(context.Background(), Request{Body: body})
		if err != nil {
			if e := naru.AsError(err); e.Kind != naru.KindMalformed && e.Kind != naru.KindInvalid || e.Kind == naru.KindInvalid && len(e.Fields) == 0 {
				t.Errorf("%v", err)
			}
			return
		}
		// Whatever is accepted can stand in a header.
		for _, line := range []string{r.Inquiry.Contact.Name, r.Inquiry.Contact.Email, r.Inquiry.Contact.PhoneE164, r.Inquiry.Contact.Country} {
			if strings.ContainsAny(line, "\r\n\x00<>") || lineProblem(line) != "" {
				t.Errorf("accepted %q", line)
			}
		}
		if !naru.Mailbox(r.Inquiry.Contact.Email) {
			t.Errorf("accepted address %q", r.Inquiry.Contact.Email)
		}
	})
}
