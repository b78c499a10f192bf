package chat

import (
	"strings"
	"testing"

	"naru/internal/knowledge"
	"naru/internal/naru"
)

// asks gives, by language, a question about a name for each kind of entity.
var asks = map[string]map[string]string{
	"when":     {"en": "When was the agreement with %s made?", "ko": "%s 협약은 언제 체결했나요?", "zh-Hans": "与%s的协议是什么时候签的？", "ja": "%sとの協定はいつ結びましたか？", "ru": "Когда заключено соглашение: %s?", "mn": "%s – гэрээг хэзээ байгуулсан бэ?", "kk": "%s – келісім қашан жасалды?", "ar": "متى وقعت الاتفاقية: %s؟", "vi": "Thỏa thuận với %s được ký khi nào?"},
	"country":  {"en": "In which country is %s?", "ko": "%s 어느 나라에 있나요?", "zh-Hans": "%s在哪个国家？", "ja": "%sはどの国にありますか？", "ru": "%s – в какой стране?", "mn": "%s аль улсад байдаг вэ?", "kk": "%s қай елде?", "ar": "في أي بلد %s؟", "vi": "%s ở nước nào?"},
	"share":    {"en": "What share of foreign patients visited %s?", "ko": "외국인 환자 중 %s 비율은 얼마인가요?", "zh-Hans": "外国患者中%s占百分之几？", "ja": "外国人患者のうち%sの割合は？", "ru": "Какова доля среди иностранных пациентов: %s?", "mn": "Гадаад өвчтөний хэдэн хувь нь %s?", "kk": "Шетелдік пациенттердің қанша пайызы: %s?", "ar": "ما نسبة المرضى الأجانب: %s؟", "vi": "Tỷ lệ bệnh nhân nước ngoài khám %s là bao nhiêu?"},
	"ranked":   {"en": "How many Korean hospitals are ranked in %s?", "ko": "%s 분야 순위에 오른 한국 병원은 몇 곳인가요?", "zh-Hans": "韩国有几家医院在%s上榜？", "ja": "%sでランク入りした韓国の病院はいくつですか？", "ru": "Сколько корейских больниц в рейтинге: %s?", "mn": "%s чиглэлээр Солонгосын хэдэн эмнэлэг эрэмбэлэгдсэн бэ?", "kk": "%s бойынша рейтингте қанша Корея ауруханасы бар?", "ar": "كم عدد المستشفيات الكورية المصنفة في %s؟", "vi": "Có bao nhiêu bệnh viện Hàn Quốc được xếp hạng về %s?"},
	"survival": {"en": "What is the five-year survival for %s in Korea?", "ko": "한국의 %s 5년 생존율은?", "zh-Hans": "韩国%s的五年生存率是多少？", "ja": "韓国の%sの5年生存率は？", "ru": "Пятилетняя выживаемость в Корее: %s?", "mn": "Солонгост %s – 5 жилийн амьдрах хувь хэд вэ?", "kk": "Кореяда %s – бес жылдық өмір сүру қанша?", "ar": "ما نسبة البقاء لخمس سنوات في كوريا: %s؟", "vi": "Tỷ lệ sống sau 5 năm của %s ở Hàn Quốc là bao nhiêu?"},
	"listed":   {"en": "Is %s in the World's Best Specialized Hospitals 2026?", "ko": "%s 2026 세계 최고 전문병원 명단에 있나요?", "zh-Hans": "%s在2026年世界最佳专科医院名单里吗？", "ja": "%sは世界最優秀専門病院2026に入っていますか？", "ru": "Есть ли %s в рейтинге лучших специализированных больниц мира 2026?", "mn": "%s дэлхийн шилдэг төрөлжсөн эмнэлэг 2026-д орсон уу?", "kk": "%s әлемнің үздік мамандандырылған ауруханалары 2026 рейтингінде бар ма?", "ar": "هل %s ضمن أفضل المستشفيات المتخصصة في العالم 2026؟", "vi": "%s có trong Bệnh viện chuyên khoa tốt nhất thế giới 2026 không?"},
}

// TestEveryNameIsUnderstood asks, in every language, about every record by
// each of its names, and wants the very record in the answer.
func TestEveryNameIsUnderstood(t *testing.T) {
	b := newBot(t)
	total, missed := 0, 0
	check := func(ask, lang string, kind knowledge.Kind, id string, want ...string) {
		e, ok := b.base.Entity(knowledge.Ref{Kind: kind, ID: id})
		if !ok {
			t.Errorf("no entity %s:%s", kind, id)
			return
		}
		n := e.Names[knowledge.LanguageIndex(lang)]
		for _, name := range append([]string{n.Display}, n.Aliases...) {
			total++
			q := strings.ReplaceAll(asks[ask][lang], "%s", name)
			r, how := askOnce(t, b, q, lang)
			right := r.Kind == KindAnswer
			if right {
				right = false
				for _, c := range r.Citations {
					for _, w := range want {
						right = right || c.Quote == w
					}
				}
			}
			if !right {
				missed++
				if testing.Verbose() {
					t.Logf("%s %s:%s %s → (%s) %.90s left %v", lang, kind, id, q, r.Kind, r.Text, how.Leftover)
				}
			}
		}
	}
	for _, lang := range naru.Languages {
		for _, r := range b.facts.domestic {
			check("when", lang, knowledge.Institution, r.Institution, r.Quote)
		}
		for _, r := range b.facts.overseas {
			if r.Country != "" {
				check("country", lang, knowledge.Institution, r.Institution, r.Quote)
			}
		}
		for _, f := range b.facts.figures[relDepartments] {
			check("share", lang, knowledge.Department, f.key, f.cite.Quote)
		}
		for _, f := range b.facts.figures[relSpecialties] {
			check("ranked", lang, knowledge.Specialty, f.key, f.cite.Quote)
		}
		for _, f := range b.facts.figures[relCancers] {
			if f.country == korea {
				check("survival", lang, knowledge.Cancer, f.key, f.cite.Quote)
			}
		}
		for _, h := range b.facts.hospitals {
			check("listed", lang, knowledge.Institution, h.id, h.cite.Quote)
		}
	}
	t.Logf("names: %d, missed: %d", total, missed)
	if missed*100 > total*2 {
		t.Errorf("%d of %d names are not understood", missed, total)
	}
}

func askOnce(t *testing.T, b *Bot, message, lang string) (Reply, *Explanation) {
	t.Helper()
	return ask(t, b, question{Question: message, Lang: lang}, true)
}

// TestANameIsThatOfItsCountry asks for institutions of one name in two
// countries.
func TestANameIsThatOfItsCountry(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for question, want := range map[string]string{
		"Do you have an agreement with the National Cancer Center in Mongolia?":                            "National Cancer Center of Mongolia – Mongolia",
		"モンゴルの国立がんセンターと協定を結んでいるか確認したいです。":                                                                  "はい",
		"Хавдрын үндэсний төв (Солонгос) 2026 оны дэлхийн шилдэг төрөлжсөн эмнэлгийн жагсаалтад орсон уу?": "Тийм",
		"몽골 국립암센터와 협약이 있나요?":                                                                               "네",
		"Is there an agreement with Yonsei University in Mongolia?":                                        "Yonsei University is not among",
	} {
		if r := say(t, b, "", "", question); r.Kind != KindAnswer || !strings.Contains(r.Text, want) {
			t.Errorf("%q: %s %q, want %q", question, r.Kind, r.Text, want)
		}
	}
}

// TestOnlyNamesAreDenied checks that an ordinary word, or a part of a listed
// name, is not said to be no partner.
func TestOnlyNamesAreDenied(t *testing.T) {
	t.Parallel()
	b := newBot(t)
	for question, denied := range map[string]bool{
		"Do you have an agreement with Zorp Clinic?": true, "is zorpo clinic a partner": true, "Есть ли соглашение с клиникой Зорп?": true,
		"你们和佐尔普大学有合作吗？": true, "هل لديكم اتفاقية مع مستشفى زوربل؟": true, "조르푸병원과 협약을 맺었나요?": true,
		"How many agreements zorply are there?": false, "Trường có liên kết với University of Illinois zorp không?": false,
		"Сколько зюзябля соглашений с Кореей?": false,
	} {
		r := say(t, b, "", "", question)
		if said := strings.Contains(r.Text, "49"); said != denied || r.Kind != KindDecline {
			t.Errorf("%q: %s %q", question, r.Kind, r.Text)
		}
	}
}
