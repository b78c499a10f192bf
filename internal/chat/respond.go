package chat

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"naru/internal/naru"
)

// Reply answers a message. It fails only when the context ends before the
// conversation was read.
func (b *Bot) Reply(ctx context.Context, q Question) (Reply, error) {
	reply, _, err := b.reply(ctx, q)
	return reply, err
}

// reply answers and tells how.
func (b *Bot) reply(ctx context.Context, q Question) (Reply, *Explanation, error) {
	now := b.clock()
	id := q.ConversationID
	if len(id) > 100 || strings.ContainsFunc(id, unicode.IsControl) {
		id = "" // none of ours, and not to be kept
	}
	var st *state
	if b.store != nil && id != "" {
		data, err := b.store.LoadConversation(ctx, id)
		if err != nil {
			if ctx.Err() != nil {
				return Reply{}, nil, ctx.Err()
			}
			b.log.WarnContext(ctx, "conversation not read", "error", err)
		}
		st = readState(data, now)
	}
	if id == "" {
		id = b.newID()
	}
	if st == nil {
		st = &state{}
	}
	message := strings.ReplaceAll(strings.ToValidUTF8(q.Message, " "), "\x00", " ") // neither can be kept
	if r := []rune(message); len(r) > maxMessage {
		message = string(r[:maxMessage])
	}
	hint := q.Language
	if hint == "" {
		hint = st.Language
	}
	lang := b.detect(message, hint)
	b.prepare(lang)
	a, next, how := b.think(ctx, message, lang, st)
	how.Language = lang
	r := Reply{ConversationID: id, ReplyID: b.newID(), Language: lang, Kind: a.kind, Text: a.render(), Citations: a.cites, Facts: a.facts, Suggestions: a.suggestions}
	if r.Citations == nil {
		r.Citations = []Citation{}
	}
	if r.Facts == nil {
		r.Facts = []Fact{}
	}
	if r.Suggestions == nil {
		r.Suggestions = b.suggest(a)
	}
	for i, s := range r.Suggestions {
		r.Suggestions[i] = capital(s)
	}
	if len(a.rest) > 0 {
		r.More = &More{Count: len(a.rest), Message: a.text("suggest.more", nil)}
	}
	r.Chart = b.chart(a.chart, lang)
	if a.kind == KindDecline || a.kind == KindHandoff || a.kind == KindMedicalAdvice {
		if a.kind == KindHandoff {
			b.recallOffer(ctx, id, st)
		}
		r.Handoff = b.handoff(a, message, how, st.Offer)
		r.Handoff.fill(id)
		next.Offer = r.Handoff.offer()
	}
	if a.kind == KindDecline {
		b.countMiss(ctx, missDeclined, message, how, now)
	}
	if b.store != nil {
		next.Language, next.Turns = lang, st.Turns+1
		if data := next.write(now, b.expiry); data != nil {
			step := naru.ConversationStep{
				ID: id, State: data, Expires: now.Add(b.expiry), ReplyID: r.ReplyID, Number: next.Turns,
				Turn: naru.Turn{At: now, Language: lang, Kind: string(r.Kind), Question: message, Answer: r.Text},
			}
			if err := b.store.SaveConversation(ctx, step); err != nil {
				b.log.WarnContext(ctx, "conversation not kept", "error", err)
			}
		}
	}
	return r, how, nil
}

// recallOffer finds the question that the hand-off offered last was about.
func (b *Bot) recallOffer(ctx context.Context, id string, st *state) {
	if b.store == nil || st.Offer == nil {
		return
	}
	turns, err := b.store.Turns(ctx, id)
	if err != nil {
		b.log.WarnContext(ctx, "conversation not read", "error", err)
		return
	}
	for _, t := range slices.Backward(turns) {
		if t.Kind == string(KindDecline) || t.Kind == string(KindMedicalAdvice) {
			st.Offer.question = t.Question
			return
		}
	}
}

// capital begins a sentence, in scripts that have capitals.
func capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

// suggest gives questions to ask next.
func (b *Bot) suggest(a *answer) []string {
	keys := []string{"suggest.partners", "suggest.patients", "suggest.survival"}
	if a.kind == KindDecline || a.kind == KindHandoff || a.kind == KindMedicalAdvice {
		keys = []string{"suggest.person", "suggest.capabilities"}
	}
	if a.kind == KindEmergency {
		return []string{}
	}
	out := make([]string, 0, len(keys)+1)
	if len(a.rest) > 0 {
		out = append(out, a.text("suggest.more", nil))
	}
	if a.onward != "" {
		out = append(out, a.onward)
	}
	about := map[string]string{"suggest.partners": relAgreements, "suggest.patients": relPatients, "suggest.survival": relCancers}
	for _, k := range keys {
		if a.relation == "" || about[k] != a.relation { // another subject, not the same again
			out = append(out, a.text(k, nil))
		}
	}
	return out
}
