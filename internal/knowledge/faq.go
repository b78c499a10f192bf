package knowledge

// Question is one entry of the questions and answers. Its answers say nothing that the named records do not say.
type Question struct {
	ID       string                 `json:"id"`
	Records  []string               `json:"records"` // ids of the records the answer rests on
	Question [len(Languages)]string `json:"-"`
	Answer   [len(Languages)]string `json:"-"`
}

// In gives question and answer in a language.
func (q *Question) In(lang string) (question, answer string) {
	i := LanguageIndex(lang)
	return q.Question[i], q.Answer[i]
}

func (l *loader) loadFAQ(b *Base) {
	const file = "faq.yaml"
	for _, v := range l.entries(file) {
		var in struct {
			Records []string                     `yaml:"records"`
			Text    map[string]map[string]string `yaml:"text"` // language → q, a
		}
		if !l.decode(file, &v, &in) {
			continue
		}
		line := v.Line
		q := Question{ID: v.Key, Records: in.Records}
		for _, id := range in.Records {
			if len(b.byID) > 0 && b.byID[id] == nil {
				l.add(file, line, "%q: record %q does not exist", q.ID, id)
			}
		}
		if len(in.Records) == 0 {
			l.add(file, line, "%q names no record", q.ID)
		}
		for i, lang := range Languages {
			q.Question[i], q.Answer[i] = in.Text[lang]["q"], in.Text[lang]["a"]
			if q.Question[i] == "" || q.Answer[i] == "" {
				l.add(file, line, "%q has no question or no answer in %s", q.ID, lang)
			}
		}
		b.faq = append(b.faq, q)
	}
}
