// Package chat answers questions about the dataset in nine languages. It is a
// semantic parser: a message is cut into words and names by the lexicon of its
// language, these are bound to the slots of a typed query, and the query is
// executed over the records of package knowledge. A question is answered only
// when relation, entity and attribute are bound and no content word is left
// unexplained; anything else is declined, with what was not understood and the
// way to a person. Emergencies and requests for medical advice come before
// everything.
//
// A Bot is not changed after New and is safe for concurrent use. What a
// conversation remembers lives in the store given to it; when the store fails,
// a message is answered without memory and the failure is returned beside the
// reply's text only if nothing could be said at all.
package chat

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"naru/internal/knowledge"
	"naru/internal/naru"
)

// Catalog gives the sentences and writes numbers, dates and countries.
type Catalog interface {
	Text(lang, key string, args map[string]any) string
	Number(lang string, n int64) string
	Date(lang string, t time.Time) string
	Country(lang, code string) string
}

// Conversations keeps what a conversation remembers, without reference to a
// person. It must be safe for concurrent use.
type Conversations interface {
	// LoadConversation returns the state last kept; nil for an unknown or
	// expired id.
	LoadConversation(ctx context.Context, id string) ([]byte, error)
	SaveConversation(context.Context, naru.ConversationStep) error
	// Turns returns what was asked and answered; none for an unknown or
	// expired id.
	Turns(ctx context.Context, id string) ([]naru.Turn, error)
	// RateReply returns the turn of a reply, and whether it had not been rated
	// so before; KindNotFound when there is none.
	RateReply(ctx context.Context, id, replyID string, helpful bool) (turn naru.Turn, changed bool, err error)
}

// Options configure a Bot. Knowledge, Lexicon, Catalog and Countries are
// required.
type Options struct {
	Knowledge *knowledge.Base
	// Lexicon is rooted at config/knowledge/lexicon.
	Lexicon fs.FS
	Catalog Catalog
	// Countries gives the code and name of every country in a language; it is
	// called for several at once.
	Countries func(lang string) []Country
	// Conversations may be nil: then every message stands alone.
	Conversations Conversations
	// Misses counts declined and disliked questions; may be nil.
	Misses Misses
	// Model is asked where the parser does not understand; may be nil.
	Model Model
	// Picture finds the chart of a name in a language, without its URL; nil:
	// there are none.
	Picture func(name, lang string) (Chart, bool)
	// Departments are those the patient form offers, nil meaning any;
	// Languages those the forms exist in, nil meaning naru.Languages.
	Departments, Languages []string
	// Expiry is how long a conversation is remembered; zero means 30 minutes.
	Expiry time.Duration
	// Clock is time.Now when nil, NewID draws conversation ids; nil means 128
	// random bits.
	Clock func() time.Time
	NewID func() string
	// Logger may be nil. Messages are never logged.
	Logger *slog.Logger
}

// Limits of a message in characters: what is longer is cut.
const maxMessage = 2000

// Bot answers questions.
type Bot struct {
	base      *knowledge.Base
	facts     *dataset
	catalog   Catalog
	store     Conversations
	misses    Misses
	expiry    time.Duration
	clock     func() time.Time
	newID     func() string
	log       *slog.Logger
	lexicons  map[string]*lexicon
	tries     map[string][]*trie
	relations []*relation
	cards     []*card
	dates     map[string]map[knowledge.Date]string

	model                  Model
	task                   *modelTask
	faq                    map[string]*knowledge.Question
	acts                   *acts
	handoffs               *handoffRules
	picture                func(name, lang string) (Chart, bool)
	departments, languages []string
}

// New compiles the lexicons. It names every fault of the lexicon files.
func New(o Options) (*Bot, error) {
	if o.Knowledge == nil || o.Lexicon == nil || o.Catalog == nil || o.Countries == nil {
		return nil, errors.New("chat: Knowledge, Lexicon, Catalog and Countries are required")
	}
	b := &Bot{
		base: o.Knowledge, catalog: o.Catalog, store: o.Conversations, misses: o.Misses, expiry: o.Expiry, clock: o.Clock, newID: o.NewID, log: o.Logger,
		lexicons: map[string]*lexicon{}, tries: map[string][]*trie{}, relations: relations(),
		picture: o.Picture, departments: o.Departments, languages: o.Languages,
	}
	if len(b.languages) == 0 {
		b.languages = naru.Languages
	}
	if b.expiry == 0 {
		b.expiry = 30 * time.Minute
	}
	if b.clock == nil {
		b.clock = time.Now
	}
	if b.newID == nil {
		b.newID = randomID
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	if err := b.loadLexicons(o); err != nil {
		return nil, fmt.Errorf("chat: %w", err)
	}
	b.facts = newDataset(o.Knowledge)
	if err := b.checkCards(); err != nil {
		return nil, fmt.Errorf("chat: %w", err)
	}
	b.prepareDates()
	b.prepareFAQ()
	if o.Model != nil {
		var err error
		if b.task, err = b.newModelTask(); err != nil {
			return nil, fmt.Errorf("chat: %w", err)
		}
		b.model = o.Model
	}
	return b, nil
}

func randomID() string {
	var id [16]byte
	rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// entityKinds are the kinds whose names are part of the vocabulary.
var entityKinds = []knowledge.Kind{
	knowledge.Continent, knowledge.Country, knowledge.Region, knowledge.Institution, knowledge.Type, knowledge.Department, knowledge.Cancer,
	knowledge.Specialty, knowledge.Project, knowledge.WorkScope, knowledge.Topic,
}

// latinKinds are the kinds whose English names are understood in every
// language.
var latinKinds = []knowledge.Kind{
	knowledge.Country, knowledge.Institution, knowledge.Department, knowledge.Cancer, knowledge.Specialty, knowledge.Project,
}

func (b *Bot) loadLexicons(o Options) error {
	files := make([]*lexiconFile, len(naru.Languages))
	problems := make([]error, len(files))
	var languages sync.WaitGroup
	for i, lang := range naru.Languages {
		languages.Go(func() { files[i], problems[i] = loadLexicon(o.Lexicon, lang) })
	}
	languages.Wait()
	if err := errors.Join(problems...); err != nil {
		return err
	}
	known := map[string]bool{"fn": true}
	for id := range files[0].Words {
		known[id] = true
	}
	// English names, compiled once for all other languages.
	names, err := newLexicon(&lexiconFile{Language: "en", Suffixes: files[0].Suffixes}, known)
	if err != nil {
		return err
	}
	names.addEntities(o.Knowledge, "en", latinKinds)
	names.words.finish()
	compiled := make([]*lexicon, len(files))
	for i, f := range files {
		languages.Go(func() {
			l, err := newLexicon(f, known)
			if err != nil {
				problems[i] = err
				return
			}
			l.addEntities(o.Knowledge, l.lang, entityKinds)
			for _, c := range o.Countries(l.lang) {
				l.addName(c.Name, sense{string(knowledge.Country), c.Code})
			}
			l.words.finish()
			compiled[i] = l
		})
	}
	languages.Wait()
	if err := errors.Join(problems...); err != nil {
		return err
	}
	for _, l := range compiled {
		b.lexicons[l.lang] = l
		b.tries[l.lang] = []*trie{l.words}
	}
	for _, lang := range naru.Languages[1:] {
		b.tries[lang] = append(b.tries[lang], names.words)
		if lang == "vi" {
			continue // written in Latin letters, too: English words would be taken for its own
		}
		b.tries[lang] = append(b.tries[lang], b.lexicons["en"].words)
	}
	if b.acts, err = loadActs(o.Lexicon); err != nil {
		return err
	}
	if b.handoffs, err = loadHandoff(o.Lexicon, known); err != nil {
		return err
	}
	b.cards, err = loadCards(o.Lexicon, known)
	return err
}

// prepareDates writes the dates of all agreements once for each language.
func (b *Bot) prepareDates() {
	b.dates = map[string]map[knowledge.Date]string{}
	for _, lang := range naru.Languages {
		m := map[knowledge.Date]string{}
		for _, r := range b.facts.domestic {
			d := r.Date
			if _, ok := m[d]; !ok {
				m[d] = b.catalog.Date(lang, time.Date(d.Year, time.Month(d.Month), d.Day, 12, 0, 0, 0, time.UTC))
			}
		}
		b.dates[lang] = m
	}
}

func (b *Bot) date(lang string, d knowledge.Date) string {
	if s, ok := b.dates[lang][d]; ok {
		return s
	}
	return d.String()
}

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
	if id == "" || len(id) > 100 {
		id = b.newID()
	}
	if st == nil {
		st = &state{}
	}
	message := strings.ToValidUTF8(q.Message, " ")
	if r := []rune(message); len(r) > maxMessage {
		message = string(r[:maxMessage])
	}
	hint := q.Language
	if hint == "" {
		hint = st.Language
	}
	lang := b.detect(message, hint)
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

// think decides what to say.
func (b *Bot) think(ctx context.Context, message, lang string, st *state) (*answer, *state, *Explanation) {
	items := b.parse(message, lang)
	if len(sentences(message)) > 1 && !complete(b.interpret(items, st.Frame)) {
		if q := b.question(message, lang, st); q != nil {
			items = q
		}
	}
	how := explain(items)
	next := &state{}
	if a := b.safety(items, how, lang, st); a != nil {
		next.Frame = st.Frame
		return a, next, how
	}
	if a := b.step(message, how, lang, st, next); a != nil {
		return a, next, how
	}
	items = b.resume(message, lang, items, st)
	if a := b.small(items, how, lang, st, next); a != nil {
		return a, next, how
	}
	readings := b.interpret(items, st.Frame)
	if st.Frame != nil {
		if narrowed := st.Frame.narrow(items, st.Refs); narrowed != st.Frame {
			if about := b.follow(items, narrowed); complete(about) {
				readings = about
			}
		}
	}
	if !complete(readings) {
		if a := b.answerFAQ(message, lang); a != nil {
			return a, next, how
		}
		if r := b.modelReading(ctx, message, items, how); r != nil {
			if a := b.answerReading(*r, lang, next); a.kind == KindAnswer {
				how.use(*r)
				return a, next, how
			}
			*next = state{}
		}
		a := b.declineFor(items, readings, how, lang)
		next.Frame = st.Frame
		next.Asked = askedHandoff
		return a, next, how
	}
	if a := b.clarify(readings, lang, next); a != nil {
		return a, next, how
	}
	best := readings[0]
	how.use(best)
	a := b.answerReading(best, lang, next)
	if best.merged {
		next.Before = st.Frame
	}
	if a.kind == KindDecline {
		if published := b.answerFAQ(message, lang); published != nil {
			return published, &state{}, how
		}
	}
	return a, next, how
}

// listed tells whether one of the institutions has an agreement.
func (b *Bot) listed(ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return !b.facts.owner[id] && len(b.facts.byInstitution[id]) > 0 })
}

// answerReading executes a reading and keeps its frame.
func (b *Bot) answerReading(best reading, lang string, next *state) *answer {
	var a *answer
	switch {
	case best.card != nil:
		a = b.answerCard(best.card, lang)
	case best.query.Relation == relAgreements:
		a = b.answerAgreements(best.query, lang)
	case best.query.Relation == relProjects:
		a = b.answerProjects(best.query, lang)
		if a.kind == KindDecline && !best.query.has("project", "client") && b.listed(best.query.ids("institution")) {
			// What is done together with a partner is the subject of the agreement.
			best.query.Relation, best.query.Words["subject"] = relAgreements, true
			a = b.answerAgreements(best.query, lang)
		}
	case best.query.Relation == relHospitals:
		a = b.answerHospitals(best.query, lang)
	default:
		a = b.answerFigures(best.query, lang)
	}
	for _, g := range best.query.guessed {
		if len(g.senses) > 0 && a.kind == KindAnswer && g.senses[0].kind == "institution" {
			a.parts = append(a.parts, a.text("guessed", args{"Name": a.fullName(knowledge.Institution, g.senses[0].id)}))
			break
		}
	}
	next.Frame = best.query.frame()
	next.Rest = a.rest
	next.Refs = b.referents(best.query, a)
	a.chart, a.relation = chartFor(best.query, a), best.query.Relation
	if a.kind == KindAnswer {
		a.onward = b.onward(best.query, a)
	}
	if len(a.facts) == 0 && a.suggestions == nil {
		if near := b.nearest(best.query, a); len(near) > 0 {
			a.suggestions = near
			if a.kind == KindDecline {
				a.suggestions = append(a.suggestions, a.text("suggest.person", nil))
			}
		}
	}
	if a.kind == KindDecline {
		next.Asked = askedHandoff
	}
	return a
}

// clarify asks back when two tables answer equally well.
func (b *Bot) clarify(r []reading, lang string, next *state) *answer {
	if len(r) < 2 || r[0].merged || r[0].card != nil || r[1].card != nil || len(r[1].query.leftover) > 0 || r[0].query.score != r[1].query.score {
		return nil
	}
	// One of them may have nothing to say: then the other is meant.
	for i, x := range r[:2] {
		if b.answerReading(x, lang, &state{}).kind == KindDecline {
			if i == 0 {
				r[0] = r[1]
			}
			return nil
		}
	}
	a := b.newAnswer(lang)
	a.kind = KindClarify
	for _, x := range r[:2] {
		label := a.text("about."+x.query.Relation, nil)
		next.Choices = append(next.Choices, choice{Label: label, Frame: x.query.frame()})
		a.suggestions = append(a.suggestions, label)
	}
	a.say("clarify", args{"A": a.suggestions[0], "B": a.suggestions[1]})
	return a
}

// declineFor says what was not understood.
func (b *Bot) declineFor(items []item, readings []reading, how *Explanation, lang string) *answer {
	a := b.newAnswer(lang)
	left := how.unbound(items, readings)
	var absent, unknown, country []string
	for _, it := range left {
		switch {
		case it.has(word, "absent"):
			absent = append(absent, it.text)
		case it.unknown:
			unknown = append(unknown, it.text)
		case len(it.senses) > 0 && it.senses[0].kind == "country":
			country = append(country, it.senses[0].id)
		}
	}
	var q *query
	if len(readings) > 0 {
		q = readings[0].query
	}
	switch {
	case len(absent) > 0:
		return a.decline("decline.word", args{"Topic": topic(absent[0])})
	case q != nil && q.Relation == relAgreements && len(unknown) > 0 && len(unknown) == len(left) && !q.hasKind("institution"):
		return a.decline("no.institution", args{"Name": topic(strings.Join(unknown, " ")), "Overseas": len(b.facts.overseas), "Domestic": len(b.facts.domestic)})
	case len(country) > 0 && q != nil:
		return a.decline("decline.country", args{"Country": b.catalog.Country(lang, country[0]), "About": a.text("about."+aboutKey(q.Relation), nil)})
	case len(unknown) > 0:
		return a.decline("decline.word", args{"Topic": topic(unknown[0])})
	}
	return a.decline("decline.general", nil)
}

func aboutKey(rel string) string {
	if strings.HasPrefix(rel, cardPrefix) {
		return "data"
	}
	return rel
}

// topic shortens words that are said back.
func topic(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// statistic tells whether a message asks for survival rates: then what else it
// names, such as a stroke, is their subject and does not happen now.
func statistic(items []item) bool {
	return slices.ContainsFunc(items, func(it item) bool { return it.has(word, "survival") && !it.guessed })
}

// safety answers what must not wait for a look at the data.
func (b *Bot) safety(items []item, how *Explanation, lang string, st *state) *answer {
	w := how.words
	a := b.newAnswer(lang)
	reply := func(kind ReplyKind, key string) *answer {
		a.kind = kind
		a.say(key, nil)
		return a
	}
	data := func() bool { return complete(b.interpret(items, st.Frame)) }
	switch {
	case w["selfharm"]:
		return reply(KindEmergency, "safety.selfharm")
	case w["emergency"] && !(statistic(items) && !w["family"]) && !data():
		return reply(KindEmergency, "safety.emergency")
	case w["family"] && b.bareIllness(items, st):
		return reply(KindMedicalAdvice, "safety.advice")
	case w["injection"] && !data():
		return reply(KindDecline, "safety.injection")
	case w["insult"] && !data():
		return reply(KindDecline, "safety.insult")
	case w["private"] && !data():
		return reply(KindDecline, "safety.private")
	case w["advice"] && w["absent"] && w["hospital"] && !w["symptom"] && !w["drug"] && !w["family"]:
		return nil // where to go is no medical question
	case (w["advice"] || w["diagnose"]) && !data():
		return reply(KindMedicalAdvice, "safety.advice")
	case w["drug"] && !w["absent"] && !data():
		return reply(KindMedicalAdvice, "safety.advice")
	case w["drug"] && (w["family"] || w["symptom"]) && !data():
		return reply(KindMedicalAdvice, "safety.advice")
	case w["symptom"] && (w["family"] || !w["absent"]) && !data():
		return reply(KindMedicalAdvice, "safety.advice")
	case w["family"] && (w["cancer"] || how.kinds["cancer"] || how.kinds["organ"]) && !w["absent"] && !w["handoff"] && !data():
		return reply(KindMedicalAdvice, "safety.advice")
	}
	return nil
}

// bareIllness tells whether a message about a person names an illness or a
// transplant and asks for no figure: then it is about the person, whatever the
// tables hold.
func (b *Bot) bareIllness(items []item, st *state) bool {
	r := b.interpret(items, st.Frame)
	if !complete(r) || r[0].card != nil || r[0].merged {
		return false
	}
	q := r[0].query
	return (q.Relation == relCancers || q.Relation == relTransplants) &&
		!q.has("survival", "rate", "percent", "share", "fiveyear", "count", "howmuch", "success", "highest", "lowest", "difference", "compare", "more", "less", "list", "rows")
}

// small answers greetings, wishes for a person, and the steps of a
// conversation.
func (b *Bot) small(items []item, how *Explanation, lang string, st, next *state) *answer {
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
	if w["handoff"] && !complete(b.interpret(items, st.Frame)) {
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
	if !only(chat...) {
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
