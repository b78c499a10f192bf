// Package chat answers questions about the dataset in nine languages. It is a
// semantic parser: a message is cut into words and names by the lexicon of its
// language, these are bound to the slots of a typed query, and the query is
// executed over the records of package knowledge. A question is answered only
// when relation, entity and attribute are bound and no content word is left
// unexplained; anything else is declined, with what was not understood and the
// way to a person. Emergencies and requests for medical advice come before
// everything.
//
// A Bot is safe for concurrent use. It is not changed after New, but that what
// depends on its files alone is made when it is first needed. What a
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
	"time"

	"naru/internal/knowledge"
	"naru/internal/lazy"
	"naru/internal/naru"
)

// Catalog gives the sentences and writes numbers, dates and countries.
type Catalog interface {
	Text(lang, key string, args map[string]any) string
	Number(lang string, n int64) string
	Decimal(lang string, unscaled int64, scale int) string
	Date(lang string, t time.Time) string
	Month(lang string, year, month int) string
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
	// called for several at once, and with Trusted at any time.
	Countries func(lang string) []Country
	// Trusted: the files of Lexicon are known to have no faults. That of a language
	// is compiled when it is first needed.
	Trusted bool
	// Conversations may be nil: then every message stands alone.
	Conversations Conversations
	// Misses counts declined and disliked questions; may be nil.
	Misses Misses
	// Model is asked where the parser does not understand; may be nil.
	Model Model
	// Picture finds the chart of a name in a language; nil:
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
	lexicons  *lazy.Map[string, *lexicon]
	relations []*relation
	cards     []*card
	dates     map[string]map[knowledge.Date]string
	// names are the words of names by language, put together when they are
	// first needed.
	names map[string]func() *nameIndex

	model                  Model
	task                   *modelTask
	faq                    map[string]*knowledge.Question
	faqMeanings            map[string]func() map[string]*knowledge.Question
	acts                   *acts
	signs                  *signs
	handoffs               *handoffRules
	picture                func(name, lang string) (Chart, bool)
	departments, languages []string
}

// New compiles the lexicons; see Options.Trusted. It names every fault of their
// files.
func New(o Options) (*Bot, error) {
	if o.Knowledge == nil || o.Lexicon == nil || o.Catalog == nil || o.Countries == nil {
		return nil, errors.New("chat: Knowledge, Lexicon, Catalog and Countries are required")
	}
	b := &Bot{
		base: o.Knowledge, catalog: o.Catalog, store: o.Conversations, misses: o.Misses, expiry: o.Expiry, clock: o.Clock, newID: o.NewID, log: o.Logger,
		relations: relations(), picture: o.Picture, departments: o.Departments, languages: o.Languages,
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
	b.prepareNames()
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

// prepareDates writes the dates of all agreements once for each language.
func (b *Bot) prepareDates() {
	b.dates = map[string]map[knowledge.Date]string{}
	for _, lang := range naru.Languages {
		m := map[knowledge.Date]string{}
		for _, r := range b.facts.domestic {
			d := r.Date
			if _, ok := m[d]; !ok {
				m[d] = b.writeDate(lang, d)
			}
		}
		b.dates[lang] = m
	}
}

func (b *Bot) date(lang string, d knowledge.Date) string {
	if s, ok := b.dates[lang][d]; ok {
		return s
	}
	return b.writeDate(lang, d)
}

func (b *Bot) writeDate(lang string, d knowledge.Date) string {
	return b.catalog.Date(lang, time.Date(d.Year, time.Month(d.Month), d.Day, 12, 0, 0, 0, time.UTC))
}
