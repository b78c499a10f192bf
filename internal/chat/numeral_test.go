package chat

import "testing"

func TestFigures(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"二〇一一年の患者数":         "2011年の患者数",
		"二零一八年外国患者":         "2018年外国患者",
		"二千十一年":             "2011年",
		"二千零一十二年":           "2012年",
		"平成27年":             "2015年",
		"令和元年":              "2019年",
		"이천십육년도 환자":         "2016년도 환자",
		"이공일오년 환자":          "2015년 환자",
		"23년 환자 수":          "2023년 환자 수",
		"24年外国患者":           "2024年外国患者",
		"2013年四月二十六日":       "2013年4月26日",
		"2013년 시월 십칠일":      "2013년 10월 17일",
		"2013년 4월 15일":      "2013년 4월 15일",
		"최근 15년 추이":         "최근 15년 추이",
		"10年生存率":            "10年生存率",
		"12年間の推移":           "12年間の推移",
		"20년 동안":            "20년 동안",
		"二十家医院":             "二十家医院",
		"三年":                "三年",
		"42台":               "42台",
		"6월에 맺은 협약 십여 건":    "6월에 맺은 협약 십여 건",
		"100万人あたり二三台":       "100万人あたり二三台",
		"how many in 2011?": "how many in 2011?",
	} {
		if got := figures(in); got != want {
			t.Errorf("figures(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTwin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ lang, in, want string }{
		{"ko", "달성했나", "달성햇나"},
		{"ko", "협약", ""},
		{"ja", "ロボット手術", "ろぼっと手術"},
		{"ja", "いしょく", "イショク"},
		{"ja", "タイ", ""},
		{"zh-Hans", "移植", ""},
	} {
		if got := string(twin(c.lang, []rune(c.in), false)); got != c.want {
			t.Errorf("twin(%q, %q) = %q, want %q", c.lang, c.in, got, c.want)
		}
	}
}
