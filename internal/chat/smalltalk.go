package chat

import (
	"slices"
	"strings"
)

// small answers greetings, wishes for a person, and the steps of a
// conversation.
func (b *Bot) small(message string, items []item, how *Explanation, lang string, st, next *state) *answer {
	a := b.newAnswer(lang)
	w := how.words
	content := 0
	for _, it := range items {
		if it.unknown || it.number != nil || len(it.senses) > 0 && it.senses[0].id != "fn" {
			content++
		}
	}
	only := func(allowed ...string) bool {
		for _, it := range items {
			if it.unknown || it.number != nil {
				return false
			}
			if !slices.ContainsFunc(it.senses, func(s sense) bool {
				return s.kind == word && (s.id == "fn" || slices.Contains(allowed, s.id))
			}) {
				return false
			}
		}
		return true
	}
	chat := []string{"greet", "thanks", "bye", "yes", "no", "more", "highest", "howareyou", "whoareyou", "capabilities", "also", "exists", "who"}
	smalltalk := func(key string) *answer {
		a.kind = KindSmalltalk
		a.say(key, nil)
		next.Frame = st.Frame
		return a
	}
	if (w["handoff"] || how.signs[signHandoff]) && !complete(b.interpret(items, st.Frame)) {
		if b.signs.smallTalk(message, lang) == "who" { // "are you a person?" is no wish for one
			return smalltalk("small.who")
		}
		a.kind = KindHandoff
		a.say("handoff", nil)
		a.contacts()
		return a
	}
	switch {
	case content == 0:
		if len(items) == 0 || strings.TrimSpace(items[0].text) == "" {
			return smalltalk("small.empty")
		}
		return nil
	case (w["morelist"] || w["all"]) && only("morelist", "also", "all", "list", "rest", "exists") && len(st.Rest) > 0, w["yes"] && only("yes", "also", "morelist") && len(st.Rest) > 0:
		return b.rest(a, st, next)
	case len(st.Choices) > 0:
		if c := choose(st.Choices, w, how); c != nil {
			if r := b.fromFrame(c.Frame); r != nil {
				return b.answerReading(*r, lang, next)
			}
		}
	case w["yes"] && st.Asked == askedHandoff && only("yes", "also"):
		a.kind = KindHandoff
		a.say("handoff", nil)
		a.contacts()
		return a
	}
	if !only(chat...) || b.goesOn(items, chat, st.Frame) {
		return nil
	}
	switch {
	case w["whoareyou"]:
		return smalltalk("small.who")
	case w["capabilities"]:
		return smalltalk("small.capabilities")
	case w["howareyou"]:
		return smalltalk("small.howareyou")
	case w["bye"]:
		return smalltalk("small.bye")
	case w["thanks"]:
		return smalltalk("small.thanks")
	case w["greet"]:
		return smalltalk("small.greet")
	case w["no"]:
		return smalltalk("small.no")
	case w["yes"]:
		return smalltalk("small.empty")
	}
	return nil
}

// goesOn tells whether words of small talk may as well ask something of what
// was spoken of: "а всего?" is "in all?" and the end of a farewell.
func (b *Bot) goesOn(items []item, chat []string, f *frame) bool {
	return f != nil && slices.ContainsFunc(items, func(it item) bool {
		s, ok := b.senseIn(f.Relation, &it)
		return ok && len(it.senses) > 1 && s.kind == word && s.id != "fn" && !slices.Contains(chat, s.id)
	}) && complete(b.follow(items, f))
}

// smallTalk says a text of small talk.
func (b *Bot) smallTalk(name, lang string) *answer {
	a := b.newAnswer(lang)
	a.kind = KindSmalltalk
	a.say("small."+name, nil)
	return a
}
