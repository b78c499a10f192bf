package typeset

import (
	"os"
	"strings"
	"testing"

	"naru/internal/naru"
)

func shipped(t *testing.T) *Setter {
	t.Helper()
	text, err := os.ReadFile("../../config/typography.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(string(text), naru.Languages)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTypeset(t *testing.T) {
	t.Parallel()
	s := shipped(t)
	for _, row := range [][3]string{
		{"en", "Your e-mail, call 82-2-920-6203", "Your e-\u2060mail, call 82-2-920-6203"},
		{"en", "A person in a room — 24 hours", "A person in a room\u00a0— 24\u00a0hours"},
		{"en", "Kim, Ga-Eun; article 9 of 2009–2023", "Kim,\u00a0Ga-\u2060Eun; article\u00a09\u00a0of 2009–\u20602023"},
		{"ru", "с кем-то из организации-партнёра", "с\u00a0кем-\u2060то из организации-партнёра"},
		{"ar", "هاتف من 82-2-362-7607 إلى 9 أيام", "هاتف من \u206682-2-362-7607\u2069 إلى 9\u00a0أيام"},
		{"ru", "Партнёры в Японии и в Корее", "Партнёры в\u00a0Японии и\u00a0в\u00a0Корее"},
		{"ru", "Самое позднее — за 10 дней, 3 878 062", "Самое позднее\u00a0— за 10\u00a0дней, 3\u00a0878\u00a0062"},
		{"ru", "«О вас», звонок", "«О\u00a0вас», звонок"},
		{"kk", "Кореяда — 119, 7609-ға", "Кореяда\u00a0— 119, 7609-\u2060ға"},
		{"ko", "개인정보 수집·이용에 동의하는 데 동의합니다", "개인정보 수집·\u2060이용에 동의하는\u00a0데\u00a0동의합니다"},
		{"ko", "협력기관(12%)과 두 번 볼 수 있습니다. 예: +7", "협력기관(12%)\u2060과 두\u00a0번 볼\u00a0수\u00a0있습니다. 예:\u00a0+7"},
		{"ko", "병원별 환자 수", "병원별 환자\u00a0수"},
		{"mn", "2009–2023 оны нийлбэр (3,878,062)-тэй ч таарахгүй уу?", "2009–\u20602023\u00a0оны нийлбэр (3,878,062)-\u2060тэй\u00a0ч таарахгүй\u00a0уу?"},
		{"ja", "お問い合わせは24か月後、例：10日、1営業日", "お\u2060問\u2060い\u2060合\u2060わ\u2060せは24\u2060か\u2060月後、例：\u206010\u2060日、1\u2060営\u2060業\u2060日"},
		{"ja", "グローバルヘルスケアプロジェクト", "グローバル\u200bヘルスケア\u200bプロジェクト"},
		{"zh-Hans", "24个月，2026年3月，例如+7", "24\u2060个\u2060月，2026\u2060年3\u2060月，例如\u2060+7"},
		{"zh-Hans", "Kim, Ga-Eun，82-2-920-6203", "Kim,\u00a0Ga-\u2060Eun，82-2-920-6203"},
		{"vi", "Yêu cầu được xử lý; Đối tác", "Yêu cầu được xử\u00a0lý; Đối\u00a0tác"},
		{"vi", "18:00 ngày 3 tháng 2 năm 2026, theo Điều 9", "18:00 ngày\u00a03\u00a0tháng\u00a02\u00a0năm\u00a02026, theo Điều\u00a09"},
		{"zh-Hans", "电话 119 — 24 小时", "电\u2060话 119 — 24 小时"},
		{"zh-Hans", "您的电子邮箱", "您\u2060的电\u2060子\u2060邮\u2060箱"},
	} {
		if got := s.Set(row[0], row[1]); got != row[2] {
			t.Errorf("%s: %q, wanted %q", row[0], got, row[2])
		}
	}
}

// Texts that are set already stay as they are: pages set some of them twice.
func TestSetTwice(t *testing.T) {
	t.Parallel()
	s := shipped(t)
	for language, text := range map[string]string{
		"ar": "هاتف من 82-2-362-7607~9 إلى 2010~2023", "ja": "例：24か月後、グローバルヘルスケア", "zh-Hans": "您的电子邮箱，例如24个月", "ko": "예: 수집·이용을 알 수 있습니다",
		"ru": "и в Великобритании — за 3 878 062", "kk": "Ұлыбритания — 7609-ға", "mn": "(3,878,062)-тэй ч", "vi": "Điều 9, 18:00 ngày 3", "en": "e-mail – article 9",
	} {
		once := s.Set(language, text)
		if once == text || s.Set(language, once) != once {
			t.Errorf("%s: %+q, set again %+q", language, once, s.Set(language, once))
		}
	}
	if got := s.Set("xx", "Al-Farabi"); got != "Al-\u2060Farabi" {
		t.Errorf("in an unknown language: %+q", got)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"xx:\n  next: a\n":          `typography.yaml: unknown language "xx"`,
		"ru:\n  next: a\n  no: b\n": `typography.yaml:3: unknown key "no"`,
		"ru: [\n":                   "typography.yaml:",
	} {
		if _, err := Parse(text, naru.Languages); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, wanted %s", text, err, want)
		}
	}
}
