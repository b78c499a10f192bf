package intake

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRealInquiries hands in what real people would write, and looks at what
// became of phone numbers, dates and marks.
func TestRealInquiries(t *testing.T) {
	t.Parallel()
	want := map[string]struct {
		language, phone, contact string
		urgent                   bool
		consents                 int
	}{
		"american-university":    {"en", "+13014052438", "Rebecca O’Donnell-Park", false, 2},
		"arabic-physician":       {"ar", "+962790123456", "د. ليلى حسن الجبوري", true, 3},
		"chinese-checkup":        {"zh-Hans", "+8613806312345", "李晓雯", false, 3},
		"emirati-embassy":        {"ar", "+971501234567", "خالد بن سعيد المزروعي", false, 3},
		"japanese-university":    {"ja", "+81942353311", "髙橋 真理子", false, 1},
		"kazakh-mother":          {"kk", "+77012345678", "Айгүл Нұрланқызы Серікова", true, 5},
		"korean-relative":        {"ko", "+998901234567", "김 알렉세이", false, 3},
		"mongolian-hospital":     {"mn", "+97611450091", "Ц. Энхжаргал", false, 2},
		"russian-second-opinion": {"ru", "+79145550123", "KUZNETSOV PAVEL", false, 2},
		"vietnamese-agency":      {"vi", "+84912345678", "Nguyễn Thị Thu Hà", false, 4},
	}
	files, err := filepath.Glob("testdata/inquiries/*.json")
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	s, store := newService(t, nil)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Accept(context.Background(), Request{Body: body})
		if err != nil {
			t.Errorf("%s: %v: %v", name, err, problems(t, s, body))
			continue
		}
		i, w := r.Inquiry, want[name]
		if i.Language != w.language || i.Contact.PhoneE164 != w.phone || i.Contact.Name != w.contact || i.Urgent != w.urgent || len(i.Consents) != w.consents {
			t.Errorf("%s: %s %s %q urgent %v, %d consents", name, i.Language, i.Contact.PhoneE164, i.Contact.Name, i.Urgent, len(i.Consents))
		}
	}
	for _, a := range store.accepted {
		i := a.Inquiry
		if p := i.Patient; p != nil && p.Name == "WANG JIANGUO" && (p.BirthDate != "1966-07-08" || p.Email != "li.xiaowen@health-tour.example") {
			t.Errorf("%+v", p)
		}
		if p := i.Partner; p != nil && p.Country == "JP" && (p.DateFrom != "2027-04-01" || p.Phone != "0942-35-3311") {
			t.Errorf("%+v", p)
		}
		if p := i.Patient; p != nil && p.Residence == "JO" && (i.Consents[2].Language != "en" || i.Consents[2].SHA256 != s.consents.texts["en"]["overseas_transfer"].SHA256) {
			t.Errorf("consent shown in English: %+v", i.Consents[2])
		}
	}
}
