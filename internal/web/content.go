package web

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"naru/internal/knowledge"
	"naru/internal/typeset"
)

// Content is what the pages of the dataset and of the house rules are made
// from. All fields are required.
type Content struct {
	Knowledge *knowledge.Base
	// Hours returns the office hours of the team with the id, in Options.Zone.
	Hours func(team string) Hours
	// Picture describes the chart of a statistic in a language; false where none
	// is drawn.
	Picture func(name, language string) (Picture, bool)
}

// Picture is a chart as a page announces it: drawn wide, and drawn narrow for
// small screens.
type Picture struct {
	Title        string
	Wide, Narrow Drawing
}

// Drawing is a picture to load; the size is in CSS pixels.
type Drawing struct {
	URL           string
	Width, Height int
}

// Hours are the office hours of a team. Days are in the order to be shown;
// Opens and Closes are written 09:00.
type Hours struct {
	Days          []time.Weekday
	Opens, Closes string
	// Holidays: also on public holidays.
	Holidays bool
}

func (c Content) check() error {
	if c.Knowledge == nil || c.Hours == nil || c.Picture == nil {
		return errors.New("web: Content needs Knowledge, Hours and Picture")
	}
	return nil
}

// registerContent adds the pages that tell what is known: the network, the
// figures, questions and answers, contacts, and the house rules.
func (p *pages) registerContent() error {
	if err := p.options.Content.check(); err != nil {
		return err
	}
	for _, register := range []func() error{p.registerNetwork, p.registerFigures, p.registerQuestions, p.registerContacts, p.registerPrivacy} {
		if err := register(); err != nil {
			return err
		}
	}
	return p.same("accessibility", "accessibility", func(language string) any { return p.words(language) })
}

// words are the names of the dataset in the language of a page; the data of
// every page of this family has them.
type words struct {
	language string
	base     *knowledge.Base
	catalog  Catalog
	setter   *typeset.Setter
}

func (p *pages) words(language string) words { return p.options.words(language) }

func (o *Options) words(language string) words {
	return words{language, o.Content.Knowledge, o.Catalog, o.Typography}
}

// Name is what the language calls an entity; its id when there is none.
func (w words) Name(kind knowledge.Kind, id string) string {
	if e, ok := w.base.Entity(knowledge.Ref{Kind: kind, ID: id}); ok {
		return e.Name(w.language)
	}
	return id
}

// Label is the name of a field as a heading: with a capital letter.
func (w words) Label(field string) string {
	return w.setter.Set(w.language, capital(w.Name(knowledge.Field, field)))
}

// Series is the name of a statistic as a heading.
func (w words) Series(id string) string {
	return w.setter.Set(w.language, capital(w.Name(knowledge.Series, id)))
}

// notes are the sentences of the notes that exist, each once.
func (w words) notes(ids ...string) []string {
	var all []string
	seen := map[string]bool{}
	for _, id := range ids {
		if note, ok := w.base.Note(id); ok && !seen[id] {
			seen[id] = true
			all = append(all, w.setter.Set(w.language, note.In(w.language)))
		}
	}
	return all
}

// names lists what the entities of the ids are called.
func (w words) names(kind knowledge.Kind, ids []string) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = w.Name(kind, id)
	}
	return all
}

// figure writes a number as the language does, with all digits as printed.
func (w words) figure(d knowledge.Decimal) string {
	return w.catalog.Decimal(w.language, d.Unscaled, int(d.Scale))
}

// date writes a printed day; nothing for none.
func (w words) date(d knowledge.Date) dated {
	if d.IsZero() {
		return dated{}
	}
	day := time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	return dated{d.String(), w.catalog.Date(w.language, day)}
}

// dated is a day for machines and for people.
type dated struct{ Machine, Text string }

// quotation shows where something stands.
type quotation struct {
	// Page is the title of the source page, Owner the house whose page it is.
	Page, Owner, Section, Quote string
}

func (w words) quotation(c knowledge.Citation) quotation {
	q := quotation{Section: c.Section, Quote: c.Quote}
	for _, source := range w.base.Sources() {
		if source.ID == c.Source {
			q.Page, q.Owner = source.Title, w.Name(knowledge.Institution, source.Owner)
		}
	}
	return q
}

// capital writes the first letter as a capital, in scripts that have such.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// findable is the text by which a list finds an entry: folded words, each
// once.
func findable(texts ...string) string {
	seen := map[string]bool{}
	var b strings.Builder
	for _, text := range texts {
		for word := range strings.FieldsSeq(knowledge.Fold(text)) {
			if !seen[word] {
				seen[word] = true
				b.WriteString(word)
				b.WriteByte(' ')
			}
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}

// finds tells whether every word looked for is part of the findable text.
func finds(text string, wanted []string) bool {
	for _, word := range wanted {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// maxSearch is the longest search text that is read, in bytes.
const maxSearch = 200

// wanted takes a search text apart as findable does.
func wanted(text string) []string {
	if len(text) > maxSearch {
		text = strings.ToValidUTF8(text[:maxSearch], "")
	}
	return strings.Fields(knowledge.Fold(text))
}

// attribute writes a value of an SVG or HTML attribute with one decimal.
func attribute(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
