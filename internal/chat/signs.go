package chat

import (
	"slices"
	"strings"
	"unicode"
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
	return slices.Index([]string{signAround, "empty", "greet", "howareyou", "complaint", "compliment", "thanks", "apology", "no", "bye", "capabilities", "languages", "who"}, name)
}
