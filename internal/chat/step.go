package chat

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// step answers a message that is an act of the conversation: the next part of
// a list, one of the things named, an offer taken or declined. It returns nil
// for all others, and where there is nothing for the act to be about.
func (b *Bot) step(message string, how *Explanation, lang string, st, next *state) *answer {
	kind, n, ok := b.acts.of(message)
	if !ok {
		return b.pickWith(message, how, lang, st, next)
	}
	a := b.newAnswer(lang)
	if strings.HasPrefix(string(kind), actSmall) && st.Frame != nil && complete(b.follow(b.parse(message, lang), st.Frame)) {
		return nil // it goes on with what was asked
	}
	if strings.HasPrefix(string(kind), actSmall) {
		a.kind = KindSmalltalk
		a.say(string(kind), nil)
		next.Frame, next.Asked, next.Offer = st.Frame, st.Asked, st.Offer
		return a
	}
	switch kind {
	case actMore:
		if len(st.Rest) > 0 {
			return b.rest(a, st, next)
		}
	case actYes:
		switch {
		case len(st.Rest) > 0:
			return b.rest(a, st, next)
		case st.Asked == askedHandoff:
			a.kind = KindHandoff
			a.say("handoff", nil)
			a.contacts()
			next.Frame, next.Offer = st.Frame, st.Offer
			return a
		}
	case actNo:
		if len(st.Choices) > 0 || st.Asked != "" || len(st.Rest) > 0 {
			a.kind = KindSmalltalk
			a.say("small.no", nil)
			next.Frame = st.Frame
			return a
		}
	case actOrdinal, actLast:
		return b.pick(kind, n, how, lang, st, next)
	case actList, actCount:
		if st.Frame == nil || len(st.Refs) == 0 && st.Frame.Relation != relProjects {
			return nil
		}
		items := []item{{senses: []sense{{word, string(kind)}}, text: message}}
		f := st.Frame
		if len(st.Refs) == 1 && !f.has(st.Refs[0].Kind) {
			f = f.about(st.Refs[0])
		}
		if typed := b.parse(message, lang); kind == actCount && f.Relation == relPatients && slices.ContainsFunc(typed, func(it item) bool { return it.has(word, "sum") || it.has(word, "cumulative") }) {
			items = typed // of all years, not of the one
		}
		if r := b.follow(items, f); complete(r) {
			how.use(r[0])
			return b.answerReading(r[0], lang, next)
		}
	}
	return nil
}

// askedHandoff is what "yes" agrees to after an inquiry was offered.
const askedHandoff = "handoff"

// rest gives the next part of a list.
func (b *Bot) rest(a *answer, st, next *state) *answer {
	a.fit(st.Rest, st.Rest)
	next.Frame, next.Rest = st.Frame, a.rest
	a.citeLists()
	return a
}

// pick answers about one of the choices of a question back, or of the things
// that the answer before named.
func (b *Bot) pick(kind act, n int, how *Explanation, lang string, st, next *state) *answer {
	var f *frame
	switch {
	case len(st.Choices) > 0:
		if kind == actLast {
			n = len(st.Choices)
		}
		if n <= len(st.Choices) {
			f = st.Choices[n-1].Frame
		}
	case len(st.Refs) > 1 && st.Frame != nil:
		if kind == actLast {
			n = len(st.Refs)
		}
		if n <= len(st.Refs) {
			f = st.Frame.about(st.Refs[n-1])
		}
	}
	r := b.fromFrame(f)
	if r == nil && st.Frame != nil && kind == actOrdinal && (st.Frame.hasWord("highest") || st.Frame.hasWord("lowest")) {
		// The next place of a ranking.
		if ranked := b.follow([]item{{senses: []sense{{"ord", strconv.Itoa(n)}}}}, st.Frame); complete(ranked) {
			r = &ranked[0]
		}
	}
	if r == nil {
		return nil
	}
	r.merged = true
	how.use(*r)
	return b.answerReading(*r, lang, next)
}

// pickWith answers a message that asks something of one of the things named:
// "the second one, when?". It returns nil for all others.
func (b *Bot) pickWith(message string, how *Explanation, lang string, st, next *state) *answer {
	if st.Frame == nil || len(st.Refs) < 2 {
		return nil
	}
	n, rest := b.acts.ordinalFirst(message, len(st.Refs))
	if n < 1 || n > len(st.Refs) {
		return nil
	}
	// A longer phrase, "in second place", asks for a place in a ranking.
	if whole := b.parse(message, lang); len(whole) > 0 && len(whole[0].senses) == 1 && whole[0].senses[0].kind == "ord" &&
		whole[0].to > utf8.RuneCountInString(strings.TrimSpace(message))-utf8.RuneCountInString(rest) {
		return nil
	}
	f := st.Frame.about(st.Refs[n-1])
	items := b.parse(rest, lang)
	r := b.follow(items, f)
	if !complete(r) {
		only := b.fromFrame(f)
		for i := range items {
			if !items[i].has(word, "fn") && !items[i].has(word, "what_is") {
				only = nil
			}
		}
		if only == nil {
			return nil
		}
		r = []reading{*only}
	}
	r[0].merged = true
	how.use(r[0])
	return b.answerReading(r[0], lang, next)
}

// resume reads a message against the conversation where it makes no sense by
// itself: without the words of a correction, or with the place spoken of.
// Otherwise the items are returned as they are.
func (b *Bot) resume(message, lang string, items []item, st *state) []item {
	if st.Frame == nil {
		return items
	}
	if lost := st.Frame.beside(st.Before, items); len(lost) > 0 {
		if with := slices.Concat(items, lost); complete(b.follow(with, st.Frame)) {
			return with
		}
	}
	if with := b.there(message, items, st.Frame); with != nil {
		return with
	}
	if rest := b.acts.correction(message); rest != "" {
		if again := b.parse(rest, lang); complete(b.interpret(again, st.Frame)) {
			return again
		}
	}
	return items
}
