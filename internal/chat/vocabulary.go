package chat

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"naru/internal/knowledge"
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

func (b *Bot) loadLexicons(o Options) error {
	listed := func(kind, id string) bool { return !closed[kind] || entity(o.Knowledge, kind, id) }
	compiled := make([]*lexicon, len(naru.Languages))
	// The words that the other languages may have are those of English.
	known, suffixes, english, failed := map[string]bool{"fn": true}, "", make(chan struct{}), false
	var names *lexicon // English, compiled once for all other languages
	first := func(builder *trieBuilder) error {
		f, err := loadLexicon(o.Lexicon, naru.Languages[0])
		if err == nil {
			suffixes = f.Suffixes
			for id := range f.Words {
				known[id] = true
			}
		}
		failed = err != nil
		close(english)
		if err == nil {
			compiled[0], err = o.compile(f, builder, known, listed)
		}
		return err
	}
	tasks := []func(*trieBuilder) error{
		func(*trieBuilder) (err error) {
			b.signs, err = loadSigns(o.Lexicon)
			return err
		},
		first,
	}
	for i, lang := range naru.Languages[1:] {
		tasks = append(tasks, func(builder *trieBuilder) error {
			f, err := loadLexicon(o.Lexicon, lang)
			if err != nil {
				return err
			}
			if <-english; failed {
				return nil // its fault is told already
			}
			compiled[i+1], err = o.compile(f, builder, known, listed)
			return err
		})
	}
	tasks = append(tasks, func(builder *trieBuilder) (err error) {
		if <-english; failed {
			return nil
		}
		names, err = newLexicon(&lexiconFile{Language: "en", Suffixes: suffixes}, builder, known, listed)
		if err == nil {
			names.addEntities(o.Knowledge, "en", latinKinds)
			names.addSubjects(o.Knowledge)
			err = names.finish()
		}
		return err
	}, func(*trieBuilder) (err error) {
		b.acts, err = loadActs(o.Lexicon)
		return err
	}, func(*trieBuilder) (err error) {
		if <-english; failed {
			return nil
		}
		b.handoffs, err = loadHandoff(o.Lexicon, known)
		return err
	}, func(*trieBuilder) (err error) {
		if <-english; failed {
			return nil
		}
		b.cards, err = loadCards(o.Lexicon, known)
		return err
	})
	if err := runAll(tasks); err != nil {
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
	return nil
}

// runAll does all tasks, beginning them in their order, as many at once as there
// are processors, and joins their errors. Those done one after another are given
// the same builder.
func runAll(tasks []func(*trieBuilder) error) error {
	problems := make([]error, len(tasks))
	var next atomic.Int64
	var work sync.WaitGroup
	for range min(len(tasks), runtime.GOMAXPROCS(0)) {
		work.Go(func() {
			var builder trieBuilder
			for i := int(next.Add(1)) - 1; i < len(tasks); i = int(next.Add(1)) - 1 {
				problems[i] = tasks[i](&builder)
			}
		})
	}
	work.Wait()
	return errors.Join(problems...)
}

// compile makes the lexicon of a file and of the names in its language.
func (o *Options) compile(f *lexiconFile, builder *trieBuilder, known map[string]bool, listed func(kind, id string) bool) (*lexicon, error) {
	l, err := newLexicon(f, builder, known, listed)
	if err != nil {
		return nil, err
	}
	l.addEntities(o.Knowledge, l.lang, entityKinds)
	if l.lang == "en" {
		l.addSubjects(o.Knowledge)
	}
	for _, c := range o.Countries(l.lang) {
		l.addName(c.Name, sense{string(knowledge.Country), c.Code})
	}
	return l, l.finish()
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
