package web

import "testing"

func TestTypeset(t *testing.T) {
	t.Parallel()
	for _, row := range [][3]string{
		{"en", "Your e-mail, call 82-2-920-6203", "Your e-\u2060mail, call 82-2-920-6203"},
		{"en", "A person in a room — 24 hours", "A person in a room — 24 hours"},
		{"ru", "Партнёры в Японии и в Корее", "Партнёры в\u00a0Японии и\u00a0в\u00a0Корее"},
		{"ru", "Самое позднее — за 10 дней, 3 878 062", "Самое позднее\u00a0— за 10\u00a0дней, 3\u00a0878\u00a0062"},
		{"ru", "«О вас», звонок", "«О\u00a0вас», звонок"},
		{"kk", "Кореяда — 119, 7609-ға", "Кореяда\u00a0— 119, 7609-\u2060ға"},
		{"ko", "개인정보 수집·이용에 동의하는 데 동의합니다", "개인정보 수집·\u2060이용에 동의하는 데\u00a0동의합니다"},
		{"ko", "협력 기관(12%)과 두 번 볼 수 있습니다. 예: +7", "협력\u00a0기관(12%)\u2060과 두\u00a0번 볼 수\u00a0있습니다. 예:\u00a0+7"},
		{"vi", "Yêu cầu được xử lý; Đối tác", "Yêu cầu được xử\u00a0lý; Đối\u00a0tác"},
		{"zh-Hans", "电话 119 — 24 小时", "电话 119 — 24 小时"},
	} {
		if got := typeset(row[0], row[1]); got != row[2] {
			t.Errorf("%s: %q, wanted %q", row[0], got, row[2])
		}
	}
}
