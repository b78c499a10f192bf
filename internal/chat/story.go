package chat

import (
	"slices"
	"strings"
	"unicode"
)

// maxSentences is the number of sentences up to which a message is looked
// through for the one that asks.
const maxSentences = 6

// tellable are the concepts that a sentence beside the question may speak of
// without narrowing what is asked. Places, years, figures and whatever the
// dataset lacks are not among them: "I mean Thailand. How many patients?" must
// stay unanswered.
var tellable = set("fn greet thanks bye yes no also family origin introduction exists count list all who where when why first last more highest superlative",
	"partner agreement institution project patient department specialty cancer survival transplant organ hospital ranked school news subject contact",
	"overseas domestic korean scope name surgery robot capabilities whoareyou yearword fiveyear rate share what_is source definition")

// narrowing are the concepts that a sentence about the family must not speak of:
// they say what the figure asked for would have to be of, or ask for another.
var narrowing = set("absent negated except price compare difference ratio sum average between over below atleast atmost rest emergency selfharm symptom drug advice diagnose insult injection private handoff")

// sentences cuts a message where a sentence ends. A full stop counts only
// before a space and after a word of some length, or a shorter one before a
// capital, so that abbreviations and decimals stay whole.
func sentences(message string) []string {
	r := []rune(message)
	var out []string
	from, word := 0, 0
	cut := func(to int) {
		if s := strings.TrimSpace(string(r[from:to])); strings.ContainsFunc(s, unicode.IsLetter) {
			out = append(out, s)
		}
		from = to
	}
	for i, c := range r {
		switch c {
		case '?', '!', '？', '！', '。', '؟', '…', '\n':
			cut(i + 1)
		case '.':
			if i+1 < len(r) && r[i+1] == '.' {
				continue // an ellipsis ends with its last dot
			}
			if dotted := i > 0 && r[i-1] == '.'; dotted || (word > 3 || word == 3 && capitalNext(r[i+1:])) && (i+1 == len(r) || unicode.IsSpace(r[i+1])) {
				cut(i + 1)
			}
		}
		if unicode.IsLetter(c) {
			word++
			if tight(scriptOf(c)) || unicode.Is(unicode.Arabic, c) {
				word += 3 // no abbreviations in these
			}
		} else {
			word = 0
		}
	}
	cut(len(r))
	return out
}

// capitalNext tells whether a text begins with a capital letter.
func capitalNext(r []rune) bool {
	i := slices.IndexFunc(r, func(c rune) bool { return !unicode.IsSpace(c) })
	return i >= 0 && unicode.IsUpper(r[i])
}

// clauseEnds are the endings by which Korean joins what is told to what is asked,
// where other languages have a comma.
var clauseEnds = []string{"는데", "는데요", "은데", "은데요", "인데", "인데요", "신데", "신데요", "던데", "던데요", "된데요", "거든요", "려고요", "려는데", "셔서요", "어서요", "아서요"}

// longestClauseEnd is the length of the longest of them in characters.
const longestClauseEnd = 3

// leastStory is the number of words that tell something before a colon.
const leastStory = 3

// clauses cuts a single sentence at its commas: "my sister needs a new kidney,
// what is the survival?".
func clauses(message string) []string {
	r := []rune(message)
	var out []string
	from := 0
	for i, c := range r {
		switch c {
		case ',', ';', ':', '，', '、', '；', '：', '،', '؛', '–', '—':
			if i+1 < len(r) && unicode.IsDigit(r[i+1]) {
				continue // a figure
			}
			if (c == ':' || c == '：') && len(strings.Fields(string(r[from:i]))) < leastStory {
				continue // "price: liver transplant" tells nothing, it asks
			}
			out = append(out, string(r[from:i]))
			from = i + 1
		case ' ':
			if tail := string(r[max(from, i-longestClauseEnd):i]); slices.ContainsFunc(clauseEnds, func(e string) bool { return strings.HasSuffix(tail, e) }) {
				out = append(out, string(r[from:i]))
				from = i + 1
			}
		}
	}
	return append(out, string(r[from:]))
}

// question finds the one sentence of a message that is a question about the
// data, where the others only tell how it came about: "My father is ill. What
// is the survival in Korea?" It returns nil when there is none, or when
// another sentence could change what is asked or must not go unheard.
func (b *Bot) question(message, lang string, st *state) []item {
	list := sentences(message)
	if len(list) < 2 {
		list = clauses(message)
	}
	if len(list) < 2 || len(list) > maxSentences {
		return nil
	}
	parsed := make([][]item, len(list))
	for i, s := range list {
		parsed[i] = b.parse(s, lang)
	}
	for i := range slices.Backward(list) {
		asks := withSubject(parsed, i)
		if asks == nil || !complete(b.interpret(asks, nil)) {
			r := b.interpret(parsed[i], st.Frame)
			if !complete(r) || r[0].query.placeOnly() { // a place alone is part of what is told
				continue
			}
			asks = parsed[i]
		}
		contact := b.asksContact(asks, st)
		for k, other := range parsed {
			if k != i && !beside(other, asks, k < i) && !(contact && k < i && mayIntroduce(other)) {
				return nil
			}
		}
		return asks
	}
	return nil
}

// ofStory are the concepts that a story may hold where no mark parts it from
// the question.
var ofStory = set("fn greet also family introduction origin circumstance")

// tail finds the question at the end of a sentence that begins with a story and
// has no mark between the two: "my dad was just diagnosed what is the survival
// of lung cancer". Every word of the story must be known as one.
func (b *Bot) tail(items []item, st *state) []item {
	about := -1
	for p := 1; p < len(items)-1; p++ {
		it := &items[p-1]
		if !slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == word && ofStory[s.id] || s.kind != word && asked(s, items[p:]) }) {
			return nil
		}
		if it.has(word, "family") || it.has(word, "introduction") {
			about = p
		}
		if about < 0 {
			continue
		}
		if asks := items[p:]; !asks[0].has(word, "fn") && complete(b.interpret(asks, st.Frame)) && beside(items[:p], asks, true) {
			return asks
		}
	}
	return nil
}

// asksContact tells whether a question asks how to reach a body, which depends
// on nothing that somebody tells of himself.
func (b *Bot) asksContact(items []item, st *state) bool {
	r := b.interpret(items, st.Frame)
	return complete(r) && r[0].card != nil && len(r[0].card.Contacts) > 0
}

// mayIntroduce tells whether a sentence can only tell who the asker is or what
// for: nothing in it is about an illness or a figure.
func mayIntroduce(items []item) bool {
	return !slices.ContainsFunc(items, func(it item) bool {
		return it.number != nil || slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind == word && narrowing[s.id] })
	})
}

// withSubject gives the items of a sentence that asks for survival, with the
// cancer, organ or transplant that a sentence about the family named before it:
// "My brother needs a new heart. What is the survival in Korea?" It returns nil
// where there is nothing to add.
func withSubject(parsed [][]item, at int) []item {
	subject := func(it item) bool { return it.hasKind("cancer") || it.hasKind("organ") }
	if !statistic(parsed[at]) || slices.ContainsFunc(parsed[at], func(it item) bool { return it.has(word, "family") || subject(it) }) {
		return nil
	}
	out := slices.Clone(parsed[at])
	for _, told := range parsed[:at] {
		if !slices.ContainsFunc(told, func(it item) bool { return it.has(word, "family") }) {
			continue
		}
		for i := range told {
			if it := told[i]; subject(it) || it.has(word, "transplant") {
				out = append(out, it)
			}
		}
	}
	if len(out) == len(parsed[at]) {
		return nil
	}
	return out
}

// beside tells whether a sentence may stand beside the question without
// changing it. Who the asker is, by work, is told in words of any kind; so is
// where he lives, but that narrows a question that names no institution. What
// comes before the question may tell the circumstances; behind it they could be
// what is asked for.
func beside(items, question []item, before bool) bool {
	if has := func(id string) bool {
		return slices.ContainsFunc(items, func(it item) bool { return it.has(word, id) })
	}; has("who") && has("absent") {
		return false // "who is the doctor that speaks Mongolian?"
	}
	if slices.ContainsFunc(question, func(it item) bool { return it.relates() }) && slices.ContainsFunc(question, func(it item) bool { return it.hasKind("cancer") || it.hasKind("organ") }) && slices.ContainsFunc(items, func(it item) bool {
		return it.has(word, "more") || it.has(word, "less") || it.has(word, "highest") || it.has(word, "lowest")
	}) {
		return false // "which is more common, the one cancer or the other?"
	}
	if slices.ContainsFunc(items, func(it item) bool { return it.has(word, "introduction") }) {
		return !slices.ContainsFunc(items, func(it item) bool {
			return it.number != nil || it.has(word, "who") || it.has(word, "absent") && !it.hasKind("xinst") && !(before && it.has(word, "circumstance"))
		})
	}
	family := before && slices.ContainsFunc(items, func(it item) bool { return it.has(word, "circumstance") }) || slices.ContainsFunc(items, func(it item) bool { return it.has(word, "family") }) ||
		slices.ContainsFunc(items, func(it item) bool { return it.has(word, "origin") }) &&
			slices.ContainsFunc(question, func(it item) bool { return it.hasKind("institution") })
	for i := range items {
		it := &items[i]
		switch {
		case family && it.has(word, "circumstance"): // waiting, a donor: elsewhere it may be what is asked for
		case it.unknown:
			if !family {
				return false
			}
		case it.number != nil:
			return false
		case slices.ContainsFunc(it.senses, func(s sense) bool { return s.kind != word && asked(s, question) }):
		case slices.ContainsFunc(it.senses, func(s sense) bool { return !harmless(s, family) && !asked(s, question) }):
			return false
		}
	}
	return true
}

func harmless(s sense, family bool) bool {
	switch s.kind {
	case word:
		return tellable[s.id] || family && !narrowing[s.id]
	case "place":
		return family
	case "country":
		return s.id == korea
	}
	return false
}

// asked tells whether the question speaks of the same thing, an organ and the
// cancer of it being one.
func asked(s sense, question []item) bool {
	for i := range question {
		for _, q := range question[i].senses {
			if q == s || q.id == s.id && slot(q) == slot(s) && slot(s) == "organ" {
				return true
			}
		}
	}
	return false
}
