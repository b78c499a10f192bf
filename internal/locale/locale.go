// Package locale holds every sentence for people, in every language of
// naru.Languages, and writes countries, languages, dates, numbers and sizes as
// each language does.
//
// The texts are data: files <language>/<area>.yaml with flat keys. Load reads
// them all and refuses a set that is not complete, so that a missing
// translation stops the program at its start and not a reader in the middle of
// a page. A Catalog is not changed after Load and is safe for concurrent use.
// Lookups cannot fail: a key nobody wrote gives the English text, then the key
// itself. Texts are plain, never HTML: whoever puts them on a page escapes
// them.
package locale

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/message"

	"naru/internal/naru"
)

// fallback is the language used where a text or a language is unknown.
const fallback = "en"

// Catalog is the complete set of texts.
type Catalog struct {
	languages map[string]*texts
}

// texts is what the Catalog holds for one language.
type texts struct {
	messages map[string]kept
	// plural gives the plural form of a whole number.
	plural    func(n int) form
	numbers   *message.Printer
	languages display.Namer
	countries map[string]string
	sorted    []Country
}

// kept is what is kept of a message: its general form, and the plural forms of
// those that have them.
type kept struct {
	other  string
	plural *pluralTexts
	// plain marks a text without placeholders and plural forms.
	plain bool
}

// texts returns the texts of the language, or the English ones.
func (c *Catalog) texts(lang string) *texts {
	if t := c.languages[lang]; t != nil {
		return t
	}
	return c.languages[fallback]
}

// Text returns the text of the key with its {{.Name}} placeholders filled from
// args. Numbers among args are written as the language writes them (1,234;
// 1.234), a Size and a Key as they say; other values as fmt does. A placeholder without a value becomes
// empty. An unknown key gives the English text, then the key itself; of a
// plural message, the general form.
func (c *Catalog) Text(lang, key string, args map[string]any) string {
	return c.localize(lang, key, noCount, args)
}

// Fill is Text with the values of its placeholders from a function, by their names.
func (c *Catalog) Fill(lang, key string, value func(name string) string) string {
	_, e, ok := c.message(lang, key)
	if !ok {
		return key
	}
	return fillIn(e.other, value)
}

// Plural is Text in the grammatical form that n asks for. The placeholder
// {{.Count}} is n as the language writes it.
func (c *Catalog) Plural(lang, key string, n int, args map[string]any) string {
	all := make(map[string]any, len(args)+1)
	maps.Copy(all, args)
	all["Count"] = n
	return c.localize(lang, key, n, all)
}

// Has tells whether the key exists. After Load it exists in all languages or
// in none.
func (c *Catalog) Has(key string) bool {
	_, ok := c.languages[fallback].messages[key]
	return ok
}

// Keys returns all keys that start with the prefix, sorted.
func (c *Catalog) Keys(prefix string) []string {
	var keys []string
	for key := range c.languages[fallback].messages {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// noCount stands for no count.
const noCount = math.MinInt

// localize is Plural, or, with noCount, Text.
func (c *Catalog) localize(lang, key string, count int, args map[string]any) string {
	t, e, ok := c.message(lang, key)
	if !ok {
		return key
	}
	return t.fill(e, count, args)
}

// message returns what is kept of a key, and for which language.
func (c *Catalog) message(lang, key string) (t *texts, e kept, ok bool) {
	t = c.texts(lang)
	if e, ok = t.messages[key]; !ok {
		t = c.languages[fallback]
		e, ok = t.messages[key]
	}
	return t, e, ok
}

// fill returns the text with its placeholders filled in.
func (t *texts) fill(e kept, count int, args map[string]any) string {
	if e.plain {
		return e.other
	}
	text := e.other
	if count != noCount && e.plural != nil {
		if own := e.plural[t.plural(count)]; own != "" {
			text = own
		}
	}
	return arguments{values: args, texts: t}.in(text)
}

// Language returns the name of a language, given by its tag, in the language
// lang: "Kazakh", "казахский". A tag nobody knows is returned as it is.
func (c *Catalog) Language(lang, tag string) string {
	t := c.texts(lang)
	if own, ok := t.messages["language."+tag]; ok {
		return own.other
	}
	parsed, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	if name := t.languages.Name(parsed); name != "" {
		return name
	}
	return tag
}

// Direction returns "rtl" for a language written from right to left, and
// "ltr" otherwise.
func Direction(lang string) string {
	if lang == "ar" {
		return "rtl"
	}
	return "ltr"
}

// newTexts prepares what x/text offers for the language.
func newTexts(lang string, messages map[string]*entry, overrides map[string]string, codes []string, plural func(int) form) (*texts, error) {
	tag, err := language.Parse(lang)
	if err != nil {
		return nil, fmt.Errorf("language %q: %w", lang, err)
	}
	all := make(map[string]kept, len(messages))
	for key, m := range messages {
		k := kept{other: m.texts[other], plain: m.plain}
		if m.plural {
			own := m.texts // what was read of the file is not kept
			k.plural = &own
		}
		all[key] = k
	}
	// Latin digits: what Arabic readers of medical letters are used to, and
	// what stays readable next to phone and case numbers.
	latin, err := tag.SetTypeForKey("nu", "latn")
	t := &texts{
		messages:  all,
		plural:    plural,
		numbers:   message.NewPrinter(latin),
		languages: display.Languages(tag),
	}
	t.countries, t.sorted = countries(tag, overrides, codes)
	return t, err
}

// supported tells whether lang is one of naru.Languages.
func supported(lang string) bool { return slices.Contains(naru.Languages, lang) }
