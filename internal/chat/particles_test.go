package chat

import "testing"

func TestKoreanParticles(t *testing.T) {
	for in, want := range map[string]string{
		"독일은(는) 없습니다":                           "독일은 없습니다",
		"캐나다은(는) 없습니다":                          "캐나다는 없습니다",
		"삼성서울병원 (Samsung Medical Center)은(는)":   "삼성서울병원 (Samsung Medical Center)은",
		"몽골 국립암센터 (National Cancer Center)와(과)": "몽골 국립암센터 (National Cancer Center)와",
		"한국와(과) 미국의":                            "한국과 미국의",
		"위암이(가) 폐암":                             "위암이 폐암",
		"KOICA(으)로":                             "KOICA(으)로",
		"(서울(으)로 읽었습니다.)":                       "(서울로 읽었습니다.)",
		"(의료원(으)로 읽었습니다.)":                      "(의료원으로 읽었습니다.)",
		"90%을(를) 넘는":                            "90%를 넘는",
		"외국인 환자 500,000명을(를)":                   "외국인 환자 500,000명을",
		"“전문”(이)라는 말":                           "“전문”이라는 말",
		"“코로나”(이)라는 말":                          "“코로나”라는 말",
		"300,000은(는)":                           "300,000은",
		"77.9은(는)":                              "77.9는",
		"(Limited (Korea))은(는)":                 "(Limited (Korea))은(는)",
	} {
		if got := koreanParticles(in); got != want {
			t.Errorf("koreanParticles(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestBareName(t *testing.T) {
	b := newBot(t)
	for in, want := range map[string]string{
		"하버드대랑도": "하버드대", "중앙대병원은": "중앙대병원", "존스홉킨스하고도": "존스홉킨스", "구리소방서": "구리소방서", "경기도": "경기도", "MIT랑": "MIT랑", "MIT": "MIT",
	} {
		if got := b.lexicon("ko").bareName(in); got != want {
			t.Errorf("bareName(%q) = %q, want %q", in, got, want)
		}
	}
}
