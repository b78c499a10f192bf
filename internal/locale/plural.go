package locale

import (
	"slices"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"naru/internal/naru"
)

// form is a plural form, by its place in formNames.
type form uint8

// formNames are the plural forms as texts have them.
var formNames = [...]string{"zero", "one", "two", "few", "many", "other"}

// other is the general form.
const other form = 5

// pluralTexts are the texts of a message by plural form; those that it lacks are empty.
type pluralTexts [len(formNames)]string

// maxTold is the number from which plural forms are not told in advance.
const maxTold = 201

// plurals knows the plural forms of whole numbers in all languages. It asks
// go-i18n, whose rules differ from those of x/text (Vietnamese has a form "one"
// there).
type plurals struct {
	bundle *i18n.Bundle
	// told are the forms of small numbers.
	told map[string]*[maxTold]form
}

// formMessage is one whose forms are their names.
const formMessage = "form"

func newPlurals() *plurals {
	p := &plurals{bundle: i18n.NewBundle(language.English), told: map[string]*[maxTold]form{}}
	for _, lang := range naru.Languages {
		p.bundle.MustAddMessages(language.MustParse(lang), &i18n.Message{
			ID: formMessage, Zero: formNames[0], One: formNames[1], Two: formNames[2], Few: formNames[3], Many: formNames[4], Other: formNames[other],
		})
	}
	for _, lang := range naru.Languages {
		told, ask := new([maxTold]form), p.ask(lang)
		for n := range told {
			told[n] = ask(n)
		}
		p.told[lang] = told
	}
	return p
}

// ask gives the form of any number, slowly.
func (p *plurals) ask(lang string) func(n int) form {
	localizer := i18n.NewLocalizer(p.bundle, lang)
	return func(n int) form {
		name, err := localizer.Localize(&i18n.LocalizeConfig{MessageID: formMessage, PluralCount: n})
		at := slices.Index(formNames[:], name)
		if err != nil || at < 0 {
			return other
		}
		return form(at)
	}
}

// of gives the form of a number in a language.
func (p *plurals) of(lang string) func(n int) form {
	told, ask := p.told[lang], p.ask(lang)
	return func(n int) form {
		if n >= 0 && n < len(told) {
			return told[n]
		}
		return ask(n)
	}
}

// used tells which forms whole numbers take in a language.
func (p *plurals) used(lang string) (used [len(formNames)]bool) {
	for _, f := range p.told[lang] {
		used[f] = true
	}
	return used
}
