package chat

import "testing"

func TestTelex(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"beejnh": "bệnh", "nuowcs": "nước", "ddoois": "đối", "lieexu": "liễu", "vus": "vú", "tyr": "tỷ", "nươcs": "nước", "hoas": "hóa", "toans": "toán",
		// Words of other languages, and syllables with their marks.
		"flight": "", "world": "", "cars": "", "bệnh": "", "gan": "", "newsweek": "",
	} {
		if got, _ := telex(typed); got != want {
			t.Errorf("telex(%q) = %q, wanted %q", typed, got, want)
		}
	}
}

func TestTypedMarksNeedMoreThanOneEnding(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for message, want := range map[string]ReplyKind{
		"beejnh nhaan nuowcs ngoaif nawm 2019":     KindAnswer,
		"bệnh nhân nươcs ngoài năm 2019":           KindAnswer,
		"ty le song ung thu phooi o My":            KindAnswer,
		"số bệnh nhân car năm 2019":                KindDecline,
		"số bệnh nhân nước ngoài test năm 2019":    KindDecline,
		"số bệnh nhân nước ngoài lùnf năm 2019":    KindDecline,
		"bao nhiêu beejnh nhaan nuwx năm 2019":     KindDecline,
		"tỷ lệ sống ung thư dạ dày giai đoạn best": KindDecline,
	} {
		if r, _ := askOnce(t, b, message, "vi"); r.Kind != want {
			t.Errorf("%q: %s, wanted %s: %.100q", message, r.Kind, want, r.Text)
		}
	}
}
