package intake

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"naru/internal/naru"
	"pgregory.net/rapid"
)

func TestFieldRules(t *testing.T) {
	t.Parallel()
	s, _ := newService(t, nil)
	long := strings.Repeat("ж", 121)
	for _, x := range []struct {
		change object
		want   []string
	}{
		// Names of many peoples.
		{object{"name": "Айгүл Нұрланқызы"}, nil},
		{object{"name": "Ө. Бат-Эрдэнэ"}, nil},
		{object{"name": "Nguyễn Thị Ánh"}, nil},
		{object{"name": "عبد الله بن محمد"}, nil},
		{object{"name": "김민준"}, nil},
		{object{"name": "髙﨑 葛󠄀子"}, nil},
		{object{"name": "O’Brien-Łukasz"}, nil},
		{object{"name": "می‌خواهم"}, nil},
		{object{"name": strings.Repeat("ж", 120)}, nil},
		{object{"name": long}, []string{"/name too_long"}},
		{object{"name": " \t "}, []string{"/name required"}},
		{object{"name": "\u200b\u200e"}, []string{"/name required"}},
		{object{"name": "A\r\nBcc: b@c.example"}, []string{"/name line_break"}},
		{object{"name": "A\u2028B"}, []string{"/name line_break"}},
		{object{"name": "<script>alert(1)</script>"}, []string{"/name markup"}},
		{object{"name": "A\u0000B"}, []string{"/name control_characters"}},
		{object{"name": "A\u0007"}, []string{"/name control_characters"}},
		{object{"name": "gpj.\u202eexe"}, []string{"/name direction_override"}},
		// The writer's own words.
		{object{"complaint": "Hb < 90 g/l, WBC > 30 000\n\tfever"}, nil},
		{object{"complaint": strings.Repeat("痛", 5000)}, nil},
		{object{"complaint": strings.Repeat("痛", 5001)}, []string{"/complaint too_long"}},
		{object{"complaint": "x <script src=//evil.example>"}, []string{"/complaint markup"}},
		{object{"complaint": "a\u0000"}, []string{"/complaint control_characters"}},
		{object{"complaint": "a\u202e"}, []string{"/complaint direction_override"}},
		{object{"complaint": "\u2067عربي\u2069 and English"}, nil},
		{object{"treatment": "imatinib 400 mg"}, nil},
		// Dates.
		{object{"birth_date": "2026-11-03"}, []string{"/guardian_name guardian_required", "/guardian_relation guardian_required", "/consents consent_required"}},
		{object{"birth_date": "2026-11-05"}, []string{"/birth_date date_future"}},
		{object{"birth_date": "1896-01-01"}, []string{"/birth_date date_too_old"}},
		{object{"birth_date": "1981-02-29"}, []string{"/birth_date date"}},
		{object{"birth_date": "29.02.1980"}, []string{"/birth_date date"}},
		{object{"birth_date": "１９８０／２／２９"}, nil},
		{object{"birth_date": "1980年2月29日"}, nil},
		{object{"birth_date": "1980. 2. 29."}, nil},
		{object{"birth_date": "١٩٨٠-٠٢-٢٩"}, nil},
		{object{"arrival": "2026-13-01"}, []string{"/arrival date"}},
		{object{"preferred_from": "2026-12-01", "preferred_to": "2026-12-01"}, nil},
		{object{"preferred_to": "2026-12-01"}, nil},
		// Countries, addresses, numbers.
		{object{"nationality": "kz", "residence": "ＫＲ"}, nil},
		{object{"nationality": "SU"}, []string{"/nationality country"}},
		{object{"nationality": "Kazakhstan"}, []string{"/nationality country"}},
		{object{"email": " Maria＠Почта.рф "}, nil},
		{object{"email": "maria@mail.example\u200b"}, nil},
		{object{"email": "Maria <maria@mail.example>"}, []string{"/email mailbox"}},
		{object{"email": "a@b.example, c@d.example"}, []string{"/email mailbox"}},
		{object{"email": strings.Repeat("a", 64) + "@" + strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 60) + ".com"}, []string{"/email mailbox"}},
		{object{"phone": "+7 (701) 234-56-78"}, nil},
		{object{"phone": "8 701 234 56 78", "residence": "KZ"}, nil},
		{object{"phone": "\u202a+976 9911-2233\u202c"}, nil},
		{object{"phone": "０９０－１２３４－５６７８", "residence": "JP"}, nil},
		{object{"phone": "٠٥٠ ١٢٣ ٤٥٦٧", "residence": "AE"}, nil},
		{object{"phone": "123"}, []string{"/phone phone"}},
		{object{"phone": "kakao: minjun"}, []string{"/phone phone"}},
		{object{"phone": strings.Repeat("1", 41)}, []string{"/phone too_long"}},
		// Choices and numbers.
		{object{"sex": "female", "payment": "embassy", "interpreter": "kk", "heard_from": "event", "department": "pediatrics"}, nil},
		{object{"interpreter": "fr"}, []string{"/interpreter unknown_choice"}},
		{object{"stay_days": 0}, []string{"/stay_days out_of_range"}},
		{object{"stay_days": 366}, []string{"/stay_days out_of_range"}},
		{object{"stay_days": 365}, nil},
		{object{"stay_days": 1.5}, []string{"/stay_days type_integer"}},
		// Who writes.
		{object{"writer": nil}, []string{"/writer required"}},
		{object{"writer": "robot"}, []string{"/writer unknown_choice"}},
		{object{"writer_name": "Somebody"}, []string{"/writer_name not_applicable"}},
		{object{"writer_name": ""}, nil},
		{object{"writer": "agency"}, []string{"/writer_name required", "/writer_relation required", "/writer_authority required"}},
		{object{"writer": "family", "writer_name": "Ana", "writer_relation": "mother", "writer_authority": "friendship"}, []string{"/writer_authority unknown_choice"}},
		// Children.
		{object{"birth_date": "2012-11-04", "guardian_name": "Ana", "guardian_relation": "mother", "consents": granted("personal_information", "sensitive_information", "guardian")}, nil},
		{object{"birth_date": "2012-11-03"}, nil}, // fourteen today
		{object{
			"birth_date": "2015-01-01", "writer": "family", "writer_name": "Ana", "writer_relation": "mother", "writer_authority": "legal_guardian",
			"consents": granted("personal_information", "sensitive_information", "guardian"),
		}, nil},
		{object{
			"birth_date": "2015-01-01", "writer": "family", "writer_name": "Ana", "writer_relation": "aunt", "writer_authority": "power_of_attorney",
			"consents": granted("personal_information", "sensitive_information", "guardian"),
		}, []string{"/guardian_name guardian_required", "/guardian_relation guardian_required"}},
	} {
		if got := problems(t, s, patient().with(x.change).body(t)); !slices.Equal(got, x.want) {
			t.Errorf("%.200v: %v, want %v", x.change, got, x.want)
		}
	}
	for _, x := range []struct {
		change object
		want   []string
	}{
		{object{"website": "www.uni.example/a?b=c"}, nil},
		{object{"website": "https://大学.example"}, nil},
		{object{"website": "javascript:alert(1)"}, []string{"/website website"}},
		{object{"website": "ftp://uni.example"}, []string{"/website website"}},
		{object{"website": "http://user@uni.example"}, []string{"/website website"}},
		{object{"website": "http://127.0.0.1/"}, []string{"/website website"}},
		{object{"website": "uni"}, []string{"/website website"}},
		{object{"headcount": 10_000, "has_agreement": false}, nil},
		{object{"headcount": 10_001}, []string{"/headcount out_of_range"}},
		{object{"headcount": -1}, []string{"/headcount out_of_range"}},
		{object{"headcount": 1e30}, []string{"/headcount type_integer"}},
		{object{"date_from": "2027-01-02", "date_to": "2027-01-01"}, []string{"/date_to date_order"}},
		{object{"birth_date": "2000-01-01"}, []string{"/birth_date unknown_field"}},
		{object{"institution": nil, "title": " "}, []string{"/institution required", "/title required"}},
	} {
		if got := problems(t, s, partner().with(x.change).body(t)); !slices.Equal(got, x.want) {
			t.Errorf("%.200v: %v, want %v", x.change, got, x.want)
		}
	}
}

func TestNormalized(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		kind        fieldKind
		typed, want string
	}{
		{kindLine, "  Kim\u00a0 Min\u3000jun\t ", "Kim Min jun"},
		{kindLine, "Ngu\u0079\u0065\u0302\u0303n", "Nguyễn"},
		{kindLine, "ガ", "ガ"},
		{kindLine, "й", "й"},
		{kindLine, "\ufeffA\u200bB\u00ad", "AB"},
		{kindLine, "می\u200cخواهم\u200c", "می\u200cخواهم"},
		{kindLine, "a\nb", "a\nb"},
		{kindLine, "\u202bأحمد\u202c", "أحمد"},
		{kindLine, "葛\U000e0100", "葛\U000e0100"},
		{kindText, " a\r\nb\rc  d\u202a \n", "a\nb\nc  d\u202a"},
		{kindDate, "2026/1/2", "2026-01-02"},
		{kindDate, "2026년 1월 2일", "2026-01-02"},
		{kindDate, "01/02/2026", "01/02/2026"},
		{kindCountry, " kz ", "KZ"},
		{kindEmail, "A.B@EXAMPLE.ORG", "A.B@example.org"},
		{kindEmail, "a@пример.рф", "a@xn--e1afmkfd.xn--p1ai"},
		{kindEmail, "ａ＠ｂ。ｋｒ", "a@b.kr"},
		{kindEmail, "a@b@c", "a@b@c"},
		{kindWebsite, "uni.example", "https://uni.example"},
		{kindWebsite, "http://uni.example", "http://uni.example"},
		{kindPhone, "＋８２ ２", "+82 2"},
	} {
		if got := x.kind.normalize(x.typed); got != x.want {
			t.Errorf("%s %q becomes %q, want %q", x.kind, x.typed, got, x.want)
		}
	}
}

func TestE164(t *testing.T) {
	t.Parallel()
	for _, x := range [][3]string{
		{"010-1234-5678", "KR", "+821012345678"},
		{"8 (701) 234 56 78", "KZ", "+77012345678"},
		{"9911 2233", "MN", "+97699112233"},
		{"0912 345 678", "VN", "+84912345678"},
		{"050 123 4567", "AE", "+971501234567"},
		{"138 1234 5678", "CN", "+8613812345678"},
		{"8 912 345-67-89", "RU", "+79123456789"},
		{"90 123 45 67", "UZ", "+998901234567"},
		{"(734) 555-0123", "US", "+17345550123"},
		{"+82 2 920 5114", "MN", "+8229205114"},
		{"090-1234-5678", "JP", "+819012345678"},
		{"12", "KR", ""},
		{"+", "KR", ""},
		{"tel:1", "KR", ""},
	} {
		if got, ok := e164(x[0], x[1]); got != x[2] || ok != (x[2] != "") {
			t.Errorf("%s in %s: %q %v, want %q", x[0], x[1], got, ok, x[2])
		}
	}
}

// TestNormalizeIsStable: what was normalised stays as it is, is valid UTF-8,
// and a line that the rules let pass has no character that could leave it.
func TestComposedCharacters(t *testing.T) {
	t.Parallel()
	known := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !composedRune(r) {
			continue
		}
		known++
		if s := string(r); !norm.NFC.IsNormalString(s) || !norm.NFC.PropertiesString(s).BoundaryBefore() {
			t.Errorf("%U may change beside others", r)
		}
	}
	if known < 30_000 {
		t.Errorf("only %d characters", known)
	}
	for text, want := range map[string]bool{"": true, "Ольга, 한국어、漢字 — Nguyễn": true, "é": true, "e\u0301": false, "\u1100\u1161": false, "\uf900": false} {
		if composed(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestNormalizeIsStable(t *testing.T) {
	t.Parallel()
	kinds := []fieldKind{kindLine, kindText, kindDate, kindCountry, kindEmail, kindPhone, kindWebsite, kindChoice}
	rapid.Check(t, func(t *rapid.T) {
		kind, typed := rapid.SampledFrom(kinds).Draw(t, "kind"), rapid.String().Draw(t, "typed")
		once := kind.normalize(typed)
		if again := kind.normalize(once); again != once {
			t.Fatalf("%s %q becomes %q, then %q", kind, typed, once, again)
		}
		if !utf8.ValidString(once) {
			t.Fatalf("%q becomes invalid", typed)
		}
		if kind == kindLine && lineProblem(once) == "" && strings.ContainsAny(once, "\r\n\x00<>\u2028\u2029\u202e\u202d\u200b\u2066") {
			t.Fatalf("%q passes as %q", typed, once)
		}
	})
}

func FuzzName(f *testing.F) {
	for _, seed := range []string{"Айгүл", "김민준", "Nguyễn Thị Ánh", "عبد الله", "A\r\nB", "\u202eevil", "葛\U000e0100", "<b>", "می‌خواهم"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := kindLine.normalize(name)
		if utf8.ValidString(name) && kindLine.normalize(got) != got {
			t.Errorf("%q is not stable", name)
		}
		if lineProblem(got) == "" && strings.ContainsAny(got, "\r\n\x00\u202e<>") {
			t.Errorf("%q passes as %q", name, got)
		}
	})
}

func FuzzPhone(f *testing.F) {
	for _, seed := range [][2]string{{"010-1234-5678", "KR"}, {"+7 701", "KZ"}, {"８ (701)", "ZZ"}, {"++", ""}, {";ext=5", "US"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, typed, country string) {
		got, ok := e164(kindPhone.normalize(typed), country)
		if ok != (got != "") || ok && (got[0] != '+' || len(got) > 19 || strings.Trim(got[1:], "0123456789") != "") {
			t.Errorf("%q in %q: %q %v", typed, country, got, ok)
		}
	})
}

func FuzzMailbox(f *testing.F) {
	for _, seed := range []string{"a@b.kr", "Maria＠Почта.рф", "a@b.kr\r\nBcc: c@d.kr", "\"a b\"@c.kr", "a@[1.2.3.4]", "@", "a@" + strings.Repeat("б", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got := kindEmail.normalize(typed)
		if naru.Mailbox(got) && (strings.ContainsAny(got, " \r\n\t<>,;:\"()[]\\\x00") || strings.Count(got, "@") != 1 || len(got) > 254) {
			t.Errorf("%q passes as %q", typed, got)
		}
	})
}
