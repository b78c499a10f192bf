package chat

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What the rules of config/knowledge/lexicon/signs.yaml tell about a message.
const (
	signSelfharm  = "selfharm"
	signEmergency = "emergency"
	signAdvice    = "advice"
	// signPrognosis is the question how long one person will live, which no
	// figure of the tables answers.
	signPrognosis = "prognosis"
	signHandoff   = "handoff"
	signInjection = "injection"
	signInsult    = "insult"
	signPrivate   = "private"
	// signPerson and signData stand for somebody who is ill and for words of
	// statistics: with the second and without the first, nothing happens now.
	signPerson = "person"
	signData   = "data"
	// signPast is what was long ago or has lasted for long.
	signPast = "past"
	// signCalm tells that nothing happens now, for it was long ago, or a price
	// is asked for.
	signCalm = "calm"
	// signPractical is what is asked of no physician: prices, visas, hours.
	signPractical = "practical"
	// signAround are the words around those of small talk.
	signAround = "around"
)

// longestSign is the number of words (or characters of scripts without spaces)
// up to which the words of a rule may stand anywhere in a message; longer ones
// are read sentence by sentence.
const longestSign = 90

// signs are rules that recognise a message by words that stand in it together,
// in whatever order and whatever else is said: frightened people write no
// sentences. They are the same for all languages, for one may write in another
// than the page is in.
type signs struct {
	words, stems, tight, roman, romanStems map[string][]*signPhrase
	rules                                  []signRule
	groups, longestStem                    int
	talk                                   map[int]string
	// While the signs are filled, words pass through these; the same word of
	// several phrases is kept once.
	typed, folded []rune
	known         map[string]string
}

// signRule holds when of each of all something stands in a message, and
// nothing of not.
type signRule struct {
	kind string
	all  [][]int
	not  []int
}

// signPhrase is a sequence of words, each of which may be a beginning.
type signPhrase struct {
	words []string
	stem  []bool
	group int
	// unmarked is a Vietnamese phrase without its marks: for messages that
	// have none.
	unmarked bool
}

func loadSigns(fsys fs.FS) (*signs, error) {
	var f struct {
		Rules map[string]map[string]string // by language, by kind
		Talk  map[string]string            // by text of small talk
	}
	if err := readFile(fsys, "signs.yaml", &f); err != nil {
		return nil, err
	}
	s := &signs{
		words: map[string][]*signPhrase{}, stems: map[string][]*signPhrase{}, tight: map[string][]*signPhrase{},
		roman: map[string][]*signPhrase{}, romanStems: map[string][]*signPhrase{}, talk: map[int]string{}, known: map[string]string{},
	}
	kinds := []string{signSelfharm, signEmergency, signPrognosis, signAdvice, signHandoff, signInjection, signInsult, signPrivate, signPerson, signData, signPast, signCalm, signPractical}
	var problems []error
	for lang, rules := range f.Rules {
		sets := map[string]int{}
		for line := range strings.SplitSeq(rules["sets"], "\n") {
			name, phrases, ok := strings.Cut(line, "=")
			if ok {
				sets["$"+strings.TrimSpace(name)] = s.group(phrases, lang)
			} else if strings.TrimSpace(line) != "" {
				problems = append(problems, fmt.Errorf("signs.yaml: %s: %q is no set", lang, line))
			}
		}
		for kind, lines := range rules {
			if kind == "sets" {
				continue
			}
			if !slices.Contains(kinds, kind) {
				problems = append(problems, fmt.Errorf("signs.yaml: %s: unknown kind %q", lang, kind))
			}
			for line := range strings.SplitSeq(lines, "\n") {
				if strings.TrimSpace(line) == "" {
					continue
				}
				r := signRule{kind: strings.Clone(kind)}
				for part := range strings.SplitSeq(line, "&") {
					part, not := strings.CutPrefix(strings.TrimSpace(part), "!")
					var some []int
					own := strings.Builder{}
					for phrase := range strings.SplitSeq(part, "|") {
						phrase = strings.TrimSpace(phrase)
						g, known := sets[phrase]
						switch {
						case known:
							some = append(some, g)
						case strings.HasPrefix(phrase, "$"), strings.HasPrefix(phrase, "!"):
							problems = append(problems, fmt.Errorf("signs.yaml: %s: %q is no set or phrase", lang, phrase))
						case phrase != "":
							own.WriteString(phrase + "|")
						}
					}
					if own.Len() > 0 {
						some = append(some, s.group(own.String(), lang))
					}
					if not {
						r.not = append(r.not, some...)
					} else {
						r.all = append(r.all, some)
					}
				}
				if len(r.all) == 0 {
					problems = append(problems, fmt.Errorf("signs.yaml: %s: %q asks for no word", lang, line))
				}
				s.rules = append(s.rules, r)
			}
		}
	}
	for name, phrases := range f.Talk {
		s.talk[s.group(phrases, "vi")] = strings.Clone(name)
	}
	s.typed, s.folded, s.known = nil, nil, nil
	return s, errors.Join(problems...)
}

// group adds phrases, any of which stand for the group, and returns its number.
func (s *signs) group(phrases, lang string) int {
	g := s.groups
	s.groups++
	for phrase := range strings.SplitSeq(phrases, "|") {
		phrase, marked := strings.CutPrefix(strings.TrimSpace(phrase), "=")
		p := &signPhrase{group: g}
		for w := range strings.FieldsSeq(phrase) {
			w, stem := strings.CutSuffix(w, "*")
			from := len(p.words)
			s.typed = appendRunes(s.typed[:0], w)
			s.folded = appendFold(s.folded[:0], s.typed, true, nil)
			cut(s.folded, func(w []rune, _ bool) { p.words = append(p.words, s.once(string(w))) })
			for i := from; i < len(p.words); i++ {
				p.stem = append(p.stem, stem && i+1 == len(p.words))
			}
		}
		if len(p.words) == 0 {
			continue
		}
		s.index(p, s.words, s.stems)
		if lang == "vi" && !marked {
			if bare := s.spelled(p, plain); !slices.Equal(bare.words, p.words) {
				bare.unmarked = true
				s.index(bare, s.words, s.stems)
			}
		}
		if first, _ := utf8.DecodeRuneInString(p.words[0]); first >= 0x400 && first < 0x530 {
			if rom := s.spelled(p, skeleton); len(strings.Join(rom.words, "")) > 4 {
				s.index(rom, s.roman, s.romanStems)
			}
		}
	}
	return g
}

// once gives the copy of a word that is kept.
func (s *signs) once(w string) string {
	if k, ok := s.known[w]; ok {
		return k
	}
	s.known[w] = w
	return w
}

// spelled is the phrase with its words spelled otherwise.
func (s *signs) spelled(p *signPhrase, how func(string) string) *signPhrase {
	out := &signPhrase{words: make([]string, len(p.words)), stem: p.stem, group: p.group}
	for i, w := range p.words {
		out.words[i] = s.once(how(w))
	}
	return out
}

func (s *signs) index(p *signPhrase, whole, stems map[string][]*signPhrase) {
	first := p.words[0]
	switch r, _ := utf8.DecodeRuneInString(first); {
	case tight(scriptOf(r)):
		if len(p.words) > 1 {
			first += p.words[1]
		}
		s.tight[first] = append(s.tight[first], p)
	case p.stem[0]:
		stems[first], s.longestStem = append(stems[first], p), max(s.longestStem, len(first))
	default:
		whole[first] = append(whole[first], p)
	}
}

// at returns the phrases that begin at a token, with the number of tokens.
func (s *signs) at(t []token, i int, unmarked bool, found func(p *signPhrase, n int)) {
	try := func(list []*signPhrase, roman bool) {
		for _, p := range list {
			if n := p.match(t[i:], roman); n > 0 && (unmarked || !p.unmarked) {
				found(p, n)
			}
		}
	}
	w := t[i].text
	if t[i].tight {
		try(s.tight[w], false)
		if i+1 < len(t) {
			try(s.tight[w+t[i+1].text], false)
		}
		return
	}
	lookup := func(w string, whole, stems map[string][]*signPhrase, roman bool) {
		try(whole[w], roman)
		for k := range w {
			if k > 1 && k <= s.longestStem {
				try(stems[w[:k]], roman)
			}
		}
		try(stems[w], roman)
	}
	lookup(w, s.words, s.stems, false)
	for _, b := range t[i].bare {
		lookup(b, s.words, s.stems, false)
	}
	if t[i].roman != "" {
		lookup(t[i].roman, s.roman, s.romanStems, true)
	}
}

// match returns the number of tokens that the phrase takes, 0 for none.
func (p *signPhrase) match(t []token, roman bool) int {
	if len(p.words) > len(t) {
		return 0
	}
	for i, w := range p.words {
		fits := func(text string) bool {
			return text == w || p.stem[i] && strings.HasPrefix(text, w)
		}
		text := t[i].text
		if roman {
			text = t[i].roman
		}
		if !fits(text) && !slices.ContainsFunc(t[i].bare, fits) {
			return 0
		}
	}
	return len(p.words)
}

// of returns what a message in a language is a sign of.
func (s *signs) of(message, lang string) map[string]bool {
	out := map[string]bool{}
	t := cutFor(message, lang)
	if len(t) <= longestSign {
		s.judge(t, lang, out)
		return out
	}
	for _, sentence := range sentences(message) {
		s.judge(cutFor(sentence, lang), lang, out)
	}
	return out
}

// cutFor cuts a message. Only Vietnamese needs its marks, where it is typed
// with them.
func cutFor(message, lang string) []token {
	return tokens(message, lang == "vi" && strings.ContainsFunc(message, func(r rune) bool { return r > 0x7F && unicode.Is(unicode.Latin, r) }))
}

func (s *signs) judge(t []token, lang string, out map[string]bool) {
	hit := make([]bool, s.groups)
	unmarked := lang == "vi" && !slices.ContainsFunc(t, func(t token) bool { return t.marked })
	for i := range t {
		s.at(t, i, unmarked, func(p *signPhrase, _ int) { hit[p.group] = true })
	}
	for i := range s.rules {
		if r := &s.rules[i]; !out[r.kind] && r.holds(hit) {
			out[r.kind] = true
		}
	}
}

func (r *signRule) holds(hit []bool) bool {
	stands := func(g int) bool { return hit[g] }
	for _, some := range r.all {
		if !slices.ContainsFunc(some, stands) {
			return false
		}
	}
	return !slices.ContainsFunc(r.not, stands)
}

// smallTalk returns the text that answers a message made of nothing but words
// of small talk; "" for all others. Of several the one said last is answered.
func (s *signs) smallTalk(message, lang string) string {
	t := cutFor(message, lang)
	if len(t) == 0 || len(t) > longestSign {
		return ""
	}
	// reached tells, for the place after each token, that all before is
	// explained, and by what.
	reached := make([]bool, len(t)+1)
	said := make([]string, len(t)+1)
	reached[0] = true
	unmarked := lang == "vi" && !slices.ContainsFunc(t, func(t token) bool { return t.marked })
	for i := range t {
		if !reached[i] {
			continue
		}
		s.at(t, i, unmarked, func(p *signPhrase, n int) {
			name, ok := s.talk[p.group]
			if !ok {
				return
			}
			if name == signAround || rank(said[i]) > rank(name) {
				name = said[i]
			}
			if !reached[i+n] || rank(name) > rank(said[i+n]) {
				reached[i+n], said[i+n] = true, name
			}
		})
	}
	if !reached[len(t)] {
		return ""
	}
	return said[len(t)]
}

// rank orders small talk: a question about the program comes before thanks,
// and these before a greeting.
func rank(name string) int {
	return slices.Index([]string{signAround, "empty", "greet", "howareyou", "compliment", "thanks", "apology", "no", "bye", "capabilities", "languages", "who"}, name)
}
