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
	// ids numbers the words of phrases, also as they are spelled otherwise;
	// words are the words by their number.
	ids   map[string]int32
	words []string
	// heads tells, by the number of a word, which phrases begin with it; pairs
	// which of scripts without spaces begin with two.
	heads []signHeads
	pairs map[[2]int32]int32
	// phrases are lists by what they begin with; sequence holds their words,
	// each as twice its number, and one more where it may be a beginning. The
	// first phrase is unused.
	phrases             []signPhrase
	sequence            []int32
	rules               []signRule
	groups, longestStem int
	talk                map[int]string
}

// signHeads are the first of the phrases that begin with a word; zero stands for
// none.
type signHeads struct {
	whole, stem int32 // the word itself, or what begins with it
	roman       [2]int32
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
	from  int32 // in the sequence of all phrases
	next  int32 // of those that begin like it; zero stands for none
	group int32
	words uint16
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
	s := &signs{ids: map[string]int32{}, pairs: map[[2]int32]int32{}, phrases: make([]signPhrase, 1), talk: map[int]string{}}
	filling := signFiller{signs: s}
	kinds := []string{signSelfharm, signEmergency, signPrognosis, signAdvice, signHandoff, signInjection, signInsult, signPrivate, signPerson, signData, signPast, signCalm, signPractical}
	var problems []error
	for lang, rules := range f.Rules {
		sets := map[string]int{}
		for line := range strings.SplitSeq(rules["sets"], "\n") {
			name, phrases, ok := strings.Cut(line, "=")
			if ok {
				sets["$"+strings.TrimSpace(name)] = filling.group(phrases, lang)
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
						some = append(some, filling.group(own.String(), lang))
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
		s.talk[filling.group(phrases, "vi")] = strings.Clone(name)
	}
	s.words, s.heads, s.phrases, s.sequence = slices.Clone(s.words), slices.Clone(s.heads), slices.Clone(s.phrases), slices.Clone(s.sequence)
	return s, errors.Join(problems...)
}

// signFiller adds phrases to signs.
type signFiller struct {
	*signs
	folded []rune
	// plain and skeleton are, by the number of a word, those of the word in
	// other spellings; -1 where they are not known yet.
	plain, skeleton []int32
	phrase, other   []int32 // in the form of sequence
}

// id is the number of a word.
func (s *signFiller) id(w []rune) int32 {
	var buffer [64]byte
	text := buffer[:0]
	for _, r := range w {
		text = utf8.AppendRune(text, r)
	}
	if id, ok := s.ids[string(text)]; ok {
		return id
	}
	return s.give(string(text))
}

// give numbers a word.
func (s *signFiller) give(w string) int32 {
	if id, ok := s.ids[w]; ok {
		return id
	}
	id := int32(len(s.words))
	s.ids[w] = id
	s.words, s.heads = append(s.words, w), append(s.heads, signHeads{})
	s.plain, s.skeleton = append(s.plain, -1), append(s.skeleton, -1)
	return id
}

// group adds phrases, any of which stand for the group, and returns its number.
func (s *signFiller) group(phrases, lang string) int {
	p := signPhrase{group: int32(s.groups)}
	s.groups++
	for phrase := range strings.SplitSeq(phrases, "|") {
		phrase, marked := strings.CutPrefix(strings.TrimSpace(phrase), "=")
		s.phrase = s.phrase[:0]
		for w := range strings.FieldsSeq(phrase) {
			w, stem := strings.CutSuffix(w, "*")
			s.folded = foldInto(s.folded[:0], w, true)
			before := len(s.phrase)
			cut(s.folded, func(w []rune, _ bool) { s.phrase = append(s.phrase, 2*s.id(w)) })
			if stem && len(s.phrase) > before {
				s.phrase[len(s.phrase)-1]++
			}
		}
		if len(s.phrase) == 0 {
			continue
		}
		s.add(p, s.phrase, false)
		if lang == "vi" && !marked {
			s.spell(&s.plain, plain)
			if !slices.Equal(s.other, s.phrase) {
				bare := p
				bare.unmarked = true
				s.add(bare, s.other, false)
			}
		}
		if first, _ := utf8.DecodeRuneInString(s.words[s.phrase[0]/2]); first >= 0x400 && first < 0x530 {
			s.spell(&s.skeleton, skeleton)
			length := 0
			for _, w := range s.other {
				length += len(s.words[w/2])
			}
			if length > 4 {
				s.add(p, s.other, true)
			}
		}
	}
	return int(p.group)
}

// spell makes other the phrase with its words spelled otherwise. known are the
// words that were spelled so before.
func (s *signFiller) spell(known *[]int32, how func(string) string) {
	s.other = s.other[:0]
	for _, w := range s.phrase {
		id := (*known)[w/2]
		if id < 0 {
			id = s.give(how(s.words[w/2]))
			(*known)[w/2] = id
		}
		s.other = append(s.other, 2*id+w%2)
	}
}

// add adds a phrase of the words to those that begin like it.
func (s *signFiller) add(p signPhrase, words []int32, roman bool) {
	p.from, p.words = int32(len(s.sequence)), uint16(len(words))
	s.sequence = append(s.sequence, words...)
	first := words[0] / 2
	heads := &s.heads[first]
	place := &heads.whole
	r, _ := utf8.DecodeRuneInString(s.words[first])
	switch {
	case tight(scriptOf(r)):
		if len(words) > 1 {
			pair := [2]int32{first, words[1] / 2}
			p.next = s.pairs[pair]
			s.pairs[pair] = int32(len(s.phrases))
			s.phrases = append(s.phrases, p)
			return
		}
	case words[0]%2 > 0:
		s.longestStem = max(s.longestStem, len(s.words[first]))
		place = &heads.stem
		if roman {
			place = &heads.roman[1]
		}
	case roman:
		place = &heads.roman[0]
	}
	p.next = *place
	*place = int32(len(s.phrases))
	s.phrases = append(s.phrases, p)
}

// at returns the phrases that begin at a token, with the number of tokens.
func (s *signs) at(t []token, i int, unmarked bool, found func(p *signPhrase, n int)) {
	try := func(at int32, roman bool) {
		for ; at > 0; at = s.phrases[at].next {
			p := &s.phrases[at]
			if n := s.match(p, t[i:], roman); n > 0 && (unmarked || !p.unmarked) {
				found(p, n)
			}
		}
	}
	w := t[i].text
	if t[i].tight {
		id, ok := s.ids[w]
		if !ok {
			return
		}
		try(s.heads[id].whole, false)
		if i+1 < len(t) {
			if second, ok := s.ids[t[i+1].text]; ok {
				try(s.pairs[[2]int32{id, second}], false)
			}
		}
		return
	}
	lookup := func(w string, roman bool) {
		heads := func(w string) (whole, stem int32) {
			id, ok := s.ids[w]
			switch {
			case !ok:
				return 0, 0
			case roman:
				return s.heads[id].roman[0], s.heads[id].roman[1]
			}
			return s.heads[id].whole, s.heads[id].stem
		}
		for k := range w {
			if k > 1 && k <= s.longestStem {
				_, stem := heads(w[:k])
				try(stem, roman)
			}
		}
		whole, stem := heads(w)
		try(whole, roman)
		try(stem, roman)
	}
	lookup(w, false)
	for _, b := range t[i].bare {
		lookup(b, false)
	}
	if t[i].roman != "" {
		lookup(t[i].roman, true)
	}
}

// match returns the number of tokens that a phrase takes, 0 for none.
func (s *signs) match(p *signPhrase, t []token, roman bool) int {
	if int(p.words) > len(t) {
		return 0
	}
	for i, word := range s.sequence[p.from : p.from+int32(p.words)] {
		w := s.words[word/2]
		fits := func(text string) bool {
			return text == w || word%2 > 0 && strings.HasPrefix(text, w)
		}
		text := t[i].text
		if roman {
			text = t[i].roman
		}
		if !fits(text) && !slices.ContainsFunc(t[i].bare, fits) {
			return 0
		}
	}
	return int(p.words)
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
			name, ok := s.talk[int(p.group)]
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
