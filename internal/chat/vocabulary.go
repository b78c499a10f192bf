package chat

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"naru/internal/knowledge"
	"naru/internal/lazy"
	"naru/internal/naru"
)

// entityKinds are the kinds whose names are part of the vocabulary.
var entityKinds = []knowledge.Kind{
	knowledge.Continent, knowledge.Country, knowledge.Region, knowledge.Institution, knowledge.Type, knowledge.Department, knowledge.Cancer,
	knowledge.Specialty, knowledge.Project, knowledge.WorkScope, knowledge.Topic,
}

// latinKinds are the kinds whose English names are understood in every
// language.
var latinKinds = []knowledge.Kind{
	knowledge.Country, knowledge.Institution, knowledge.Department, knowledge.Cancer, knowledge.Specialty, knowledge.Project,
	knowledge.WorkScope, knowledge.Topic,
}

// closed are the kinds of things of which the knowledge base has all that can be
// spoken of; of others, words are known for what it lacks: the pancreas, the Middle East.
var closed = set("institution department specialty indicator project workscope region topic")

// entity tells whether the knowledge base has a thing.
func entity(base *knowledge.Base, kind, id string) bool {
	_, ok := base.Entity(knowledge.Ref{Kind: knowledge.Kind(kind), ID: id})
	return ok
}

// compiler makes the lexicons of a bot, each when it is first needed.
type compiler struct {
	Options
	// builders are those that are not in use.
	builders sync.Pool
	// words are those that a language may have, the words of English.
	words    map[string]bool
	lexicons *lazy.Map[string, *lexicon]
	// names makes the lexicon of the English names of things.
	names func() (*lexicon, error)
}

// loadLexicons reads what is the same in all languages and, unless the files are
// trusted, compiles the lexicons of all.
func (b *Bot) loadLexicons(o Options) error {
	f, err := loadLexicon(o.Lexicon, english, nil)
	if err != nil {
		return err
	}
	c := &compiler{Options: o, words: concepts(f), builders: sync.Pool{New: func() any { return new(trieBuilder) }}}
	suffixes := strings.Clone(f.Suffixes)
	c.names = sync.OnceValues(func() (*lexicon, error) { return c.compileNames(suffixes) })
	c.lexicons = lazy.New(c.lexicon)
	b.lexicons = c.lexicons
	tasks := []func() error{
		func() (err error) { b.signs, err = loadSigns(o.Lexicon); return err },
		func() (err error) { b.acts, err = loadActs(o.Lexicon); return err },
		func() (err error) { b.handoffs, err = loadHandoff(o.Lexicon, c.words); return err },
		func() (err error) { b.cards, err = loadCards(o.Lexicon, c.words); return err },
	}
	if !o.Trusted {
		tasks = append(tasks, func() error { _, err := c.names(); return err })
		for _, lang := range naru.Languages {
			tasks = append(tasks, func() error { _, err := c.lexicons.Get(lang); return err })
		}
	}
	return runAll(tasks)
}

// english is the language whose words all others understand.
const english = "en"

// lexicon returns the lexicon of a language. It panics where that has faults,
// which New has told unless the files were trusted.
func (b *Bot) lexicon(lang string) *lexicon {
	l, err := b.lexicons.Get(lang)
	if err != nil {
		panic(fmt.Sprintf("chat: trusted lexicon: %v", err))
	}
	return l
}

// prepare makes the lexicons of languages, with that of English, side by side.
func (b *Bot) prepare(languages ...string) {
	b.lexicons.Prepare(append(languages, english)...)
}

// lexicon makes the lexicon of a language, with the tries that its messages are
// read by.
func (c *compiler) lexicon(lang string) (*lexicon, error) {
	f, err := loadLexicon(c.Lexicon, lang, c.words)
	if err != nil {
		return nil, err
	}
	l, err := c.compile(f)
	if err != nil || lang == english {
		return l, err
	}
	// Faults of these are told by themselves.
	if names, fault := c.names(); fault == nil {
		l.tries = append(l.tries, names.words)
	}
	if lang != "vi" { // written in Latin letters, too: English words would be taken for its own
		if words, fault := c.lexicons.Get(english); fault == nil {
			l.tries = append(l.tries, words.words)
		}
	}
	return l, nil
}

// compile makes the lexicon of a file and of the names in its language.
func (c *compiler) compile(f *lexiconFile) (*lexicon, error) {
	return c.build(f, func(l *lexicon) {
		l.addEntities(c.Knowledge, l.lang, entityKinds)
		if l.lang == english {
			l.addSubjects(c.Knowledge)
		}
		for _, country := range c.Countries(l.lang) {
			l.addName(country.Name, sense{string(knowledge.Country), country.Code})
		}
	})
}

// compileNames makes the lexicon of English names, which other languages
// understand.
func (c *compiler) compileNames(suffixes string) (*lexicon, error) {
	return c.build(&lexiconFile{Language: english, Suffixes: suffixes}, func(l *lexicon) {
		l.addEntities(c.Knowledge, l.lang, latinKinds)
		l.addSubjects(c.Knowledge)
	})
}

// build makes a lexicon of a file and of the names that are added to it.
func (c *compiler) build(f *lexiconFile, addNames func(*lexicon)) (*lexicon, error) {
	builder := c.builders.Get().(*trieBuilder)
	defer c.builders.Put(builder)
	listed := func(kind, id string) bool { return !closed[kind] || entity(c.Knowledge, kind, id) }
	l, err := newLexicon(f, builder, c.words, listed)
	if err != nil {
		return nil, err
	}
	addNames(l)
	if err := l.finish(); err != nil {
		return nil, err
	}
	return l, nil
}

// runAll does all tasks, beginning them in their order, as many at once as there
// are processors, and joins their errors.
func runAll(tasks []func() error) error {
	problems := make([]error, len(tasks))
	var next atomic.Int64
	var work sync.WaitGroup
	for range min(len(tasks), runtime.GOMAXPROCS(0)) {
		work.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(tasks); i = int(next.Add(1)) - 1 {
				problems[i] = tasks[i]()
			}
		})
	}
	work.Wait()
	return errors.Join(problems...)
}

// addEntities adds the names of the dataset's entities in the language.
func (l *lexicon) addEntities(base *knowledge.Base, lang string, kinds []knowledge.Kind) {
	for _, kind := range kinds {
		for _, e := range base.Entities(kind) {
			for _, name := range e.All(lang) {
				l.addName(name, sense{string(kind), e.ID})
			}
		}
	}
}

// minSubject is the number of words from which a printed subject is taken at
// its word; shorter ones, "Research cooperation", are common speech and asked
// for by topic.
const minSubject = 3

// addSubjects adds the printed subjects of agreements, also without the words
// that begin them.
func (l *lexicon) addSubjects(base *knowledge.Base) {
	for _, e := range base.Entities(knowledge.Subject) {
		meaning := sense{string(knowledge.Subject), e.ID}
		label := strings.ReplaceAll(e.English(), "-", " ")
		_, bare, _ := strings.Cut(strings.ToLower(label), "cooperation for ")
		for _, s := range []string{label, bare} {
			if len(strings.Fields(s)) >= minSubject {
				l.addName(s, meaning)
			}
		}
	}
}

// addName adds a name as it is, without the signs of addPhrase.
func (l *lexicon) addName(name string, meaning sense) {
	l.put(name, meaning, 0)
}

// Country is a country with its name in one language.
type Country struct{ Code, Name string }
