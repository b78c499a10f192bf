package chat

import (
	"errors"
	"strings"
	"sync"

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
	files := make([]*lexiconFile, len(naru.Languages))
	problems := make([]error, len(files))
	var work sync.WaitGroup
	for i, lang := range naru.Languages {
		work.Go(func() { files[i], problems[i] = loadLexicon(o.Lexicon, lang) })
	}
	work.Wait()
	if err := errors.Join(problems...); err != nil {
		return err
	}
	known := map[string]bool{"fn": true}
	for id := range files[0].Words {
		known[id] = true
	}
	listed := func(kind, id string) bool { return !closed[kind] || entity(o.Knowledge, kind, id) }
	compiled := make([]*lexicon, len(files))
	for i, f := range files {
		work.Go(func() {
			l, err := newLexicon(f, known, listed)
			if err != nil {
				problems[i] = err
				return
			}
			l.addEntities(o.Knowledge, l.lang, entityKinds)
			if l.lang == "en" {
				l.addSubjects(o.Knowledge)
			}
			for _, c := range o.Countries(l.lang) {
				l.addName(c.Name, sense{string(knowledge.Country), c.Code})
			}
			l.words.finish()
			compiled[i] = l
		})
	}
	// English names, compiled once for all other languages.
	var names *lexicon
	var namesFailed, signsFailed, actsFailed, handoffFailed, cardsFailed error
	work.Go(func() {
		if names, namesFailed = newLexicon(&lexiconFile{Language: "en", Suffixes: files[0].Suffixes}, known, listed); namesFailed == nil {
			names.addEntities(o.Knowledge, "en", latinKinds)
			names.addSubjects(o.Knowledge)
			names.words.finish()
		}
	})
	work.Go(func() { b.signs, signsFailed = loadSigns(o.Lexicon) })
	work.Go(func() { b.acts, actsFailed = loadActs(o.Lexicon) })
	work.Go(func() {
		b.handoffs, handoffFailed = loadHandoff(o.Lexicon, known)
		b.cards, cardsFailed = loadCards(o.Lexicon, known)
	})
	work.Wait()
	if err := errors.Join(append(problems, namesFailed, signsFailed, actsFailed, handoffFailed, cardsFailed)...); err != nil {
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
	l.put(name, meaning, false, false)
}

// Country is a country with its name in one language.
type Country struct{ Code, Name string }
