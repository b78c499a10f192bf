package chat

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// usualWords is about the number of words in all phrases: as many as a map with
// 16,384 places takes. More are no fault.
const usualWords = 14 << 10

func loadSigns(fsys fs.FS) (*signs, error) {
	var f struct {
		Rules map[string]map[string]string // by language, by kind
		Talk  map[string]string            // by text of small talk
	}
	if err := readFile(fsys, "signs.yaml", &f); err != nil {
		return nil, err
	}
	s := &signs{
		ids: make(map[string]int32, usualWords), pairs: map[[2]int32]int32{}, talk: map[int]string{},
		words: make([]string, 0, usualWords), heads: make([]signHeads, 0, usualWords),
		phrases: make([]signPhrase, 1, 2*usualWords), sequence: make([]int32, 0, 4*usualWords),
	}
	filling := signFiller{signs: s, plain: make([]int32, 0, usualWords), skeleton: make([]int32, 0, usualWords)}
	kinds := []string{signSelfharm, signEmergency, signPrognosis, signAdvice, signHandoff, signInjection, signInsult, signPrivate, signPerson, signData, signPast, signCalm, signPractical}
	var problems []error
	var own []string // the phrases of a part that are no sets
	for lang, rules := range f.Rules {
		sets := map[string]int{}
		for line := range strings.SplitSeq(rules["sets"], "\n") {
			name, phrases, ok := strings.Cut(line, "=")
			if ok {
				sets["$"+strings.TrimSpace(name)] = filling.group(strings.Split(phrases, "|"), lang)
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
					own = own[:0]
					for phrase := range strings.SplitSeq(part, "|") {
						phrase = trimmed(phrase)
						g, known := sets[phrase]
						switch {
						case known:
							some = append(some, g)
						case strings.HasPrefix(phrase, "$"), strings.HasPrefix(phrase, "!"):
							problems = append(problems, fmt.Errorf("signs.yaml: %s: %q is no set or phrase", lang, phrase))
						case phrase != "":
							own = append(own, phrase)
						}
					}
					if len(own) > 0 {
						some = append(some, filling.group(own, lang))
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
		s.talk[filling.group(strings.Split(phrases, "|"), "vi")] = strings.Clone(name)
	}
	s.words, s.heads, s.phrases, s.sequence = slices.Clone(s.words), slices.Clone(s.heads), slices.Clone(s.phrases), slices.Clone(s.sequence)
	return s, errors.Join(append(problems, filling.tooLong...)...)
}

// signFiller adds phrases to signs.
type signFiller struct {
	*signs
	folded []rune
	// plain and skeleton are, by the number of a word, those of the word in
	// other spellings; -1 where they are not known yet.
	plain, skeleton []int32
	phrase, other   []int32 // in the form of sequence
	tooLong         []error // one for each phrase of more words than can be counted
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
func (s *signFiller) group(phrases []string, lang string) int {
	p := signPhrase{group: int32(s.groups)}
	s.groups++
	for _, phrase := range phrases {
		phrase, marked := strings.CutPrefix(trimmed(phrase), "=")
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
		if len(s.phrase) > math.MaxUint16 {
			s.tooLong = append(s.tooLong, fmt.Errorf("signs.yaml: %s: a phrase has more than %d words", lang, math.MaxUint16))
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
