package locale

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"naru/internal/naru"
	"naru/internal/outline"
)

// areaOwn is the area of sentences that replace shipped ones of the same key,
// each by itself; a text in one language needs none in the others.
const areaOwn = "own"

// areaCountries is the area that is not messages but country names, by code,
// that replace those of CLDR; it alone may differ in its keys by language.
const areaCountries = "countries"

// entry is one message as read from its file.
type entry struct {
	id string
	// texts are those of its plural forms; without them, other is the text.
	texts pluralTexts
	// plain marks a text without placeholders and plural forms.
	plain  bool
	names  []string
	file   string
	line   int
	plural bool
	// broken marks a message that could not be read, and is reported as such.
	broken bool
}

func (e *entry) where() string { return fmt.Sprintf("%s:%d: %s", e.file, e.line, e.id) }

// Load reads the texts of all languages from fsys, which has a folder for each
// (config/locales): <language>/<area>.yaml, flat keys with a text each, or
// with the plural forms the language needs (one, few, many, other, …). Texts of
// own.yaml replace those of the same key in other files. With areas, only those are read. The set is refused, with every problem and its
// file and line, when a language lacks a key or has one that English lacks,
// when a text is empty, when its placeholders are not those of the English
// text, or when a plural form is missing.
func Load(fsys fs.FS, areas ...string) (*Catalog, error) {
	c := &Catalog{languages: make(map[string]*texts, len(naru.Languages))}
	var problems []error
	all := make([]loaded, len(naru.Languages))
	made := make([]*texts, len(naru.Languages))
	failed := make([][]error, len(naru.Languages))
	codes, plurals := countryCodes(), newPlurals()
	var languages sync.WaitGroup
	for i, lang := range naru.Languages {
		languages.Go(func() {
			all[i], failed[i] = loadLanguage(fsys, lang, areas, codes, plurals)
			t, err := newTexts(lang, all[i].messages, all[i].countries, codes, plurals.of(lang))
			made[i], failed[i] = t, append(failed[i], err)
		})
	}
	languages.Wait()
	english := all[slices.Index(naru.Languages, fallback)].messages
	for i, lang := range naru.Languages {
		c.languages[lang] = made[i]
		problems = append(problems, failed[i]...)
	}
	for i, lang := range naru.Languages {
		problems = append(problems, compare(lang, all[i], english)...)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("load texts: %w", err)
	}
	return c, nil
}

// loaded is what the files of one language hold.
type loaded struct {
	messages  map[string]*entry
	countries map[string]string
	// unreadable are files that are reported as such; their keys are not
	// reported one by one.
	unreadable map[string]bool
}

func loadLanguage(fsys fs.FS, lang string, areas, codes []string, plurals *plurals) (loaded, []error) {
	l := loaded{messages: map[string]*entry{}, countries: map[string]string{}, unreadable: map[string]bool{}}
	files, err := fs.ReadDir(fsys, lang)
	if err != nil {
		return l, []error{fmt.Errorf("language %s: %w", lang, err)}
	}
	var problems []error
	needed, seen := plurals.used(lang), map[string]*entry{}
	// Last, so that it replaces the others.
	slices.SortStableFunc(files, func(a, b fs.DirEntry) int { return isOwn(a) - isOwn(b) })
	for _, file := range files {
		area, isYAML := strings.CutSuffix(file.Name(), ".yaml")
		if !isYAML || file.IsDir() || len(areas) > 0 && area != areaCountries && area != areaOwn && !slices.Contains(areas, area) {
			continue
		}
		name := path.Join(lang, file.Name())
		entries, failed, err := loadFile(fsys, name)
		if problems = append(problems, failed...); err != nil {
			l.unreadable[name] = true
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		}
		for i := range entries {
			e := &entries[i]
			first, twice := seen[e.id]
			switch {
			case area == areaOwn && first.file == name, area != areaOwn && twice:
				problems = append(problems, fmt.Errorf("%s: already at %s:%d", e.where(), first.file, first.line))
			case area == areaOwn && !twice:
				problems = append(problems, fmt.Errorf("%s: replaces no text", e.where()))
			}
			seen[e.id] = e
			if area == areaCountries {
				l.countries[e.id] = e.texts[other]
				if !slices.Contains(codes, e.id) {
					problems = append(problems, fmt.Errorf("%s: not a country code", e.where()))
				}
				continue
			}
			problems = append(problems, checkForms(needed, e))
			l.messages[e.id] = e
		}
	}
	return l, problems
}

func isOwn(file fs.DirEntry) int {
	if file.Name() == areaOwn+".yaml" {
		return 1
	}
	return 0
}

func loadFile(fsys fs.FS, name string) (entries []entry, problems []error, err error) {
	text, err := outline.ReadText(fsys, name)
	if err != nil {
		return nil, nil, err
	}
	root, err := outline.Read(text)
	if err != nil {
		return nil, nil, err
	}
	entries = make([]entry, 0, len(root.Items))
	for i := range root.Items {
		node := &root.Items[i]
		e := entry{file: name, line: node.Line}
		e.id = node.Key
		if err := e.read(node); err != nil {
			e.broken = true
			problems = append(problems, fmt.Errorf("%s: %w", e.where(), err))
		}
		entries = append(entries, e)
	}
	return entries, problems, nil
}

// read takes the value of a key: a text, or a text for each plural form.
func (e *entry) read(node *outline.Node) error {
	forms := []outline.Node{*node}
	if e.plural = node.Kind == outline.Mapping; e.plural {
		forms = node.Items
	} else {
		forms[0].Key = "other"
	}
	var names []string
	for i := range forms {
		form := forms[i].Key
		if forms[i].Kind == outline.List || forms[i].Kind == outline.Mapping {
			return fmt.Errorf("%s: wanted a text", form)
		}
		text := strings.TrimSpace(forms[i].Value)
		at := slices.Index(formNames[:], form)
		if at < 0 {
			return fmt.Errorf("%q is not a plural form", form)
		}
		if text == "" {
			return fmt.Errorf("empty text")
		}
		used, ok := placeholderNames(text)
		if !ok {
			return fmt.Errorf("braces that are not a placeholder {{.Name}}")
		}
		e.texts[at], names = text, append(names, used...)
	}
	slices.Sort(names)
	e.names = slices.Compact(names)
	e.plain = !e.plural && len(e.names) == 0
	if e.texts[other] == "" {
		return fmt.Errorf("lacks the plural form other")
	}
	return nil
}

// checkForms reports plural forms that the language uses for some number and
// the message lacks.
func checkForms(needed [len(formNames)]bool, e *entry) error {
	if !e.plural || e.broken {
		return nil
	}
	var missing []string
	for form, needed := range needed {
		if needed && e.texts[form] == "" {
			missing = append(missing, formNames[form])
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return fmt.Errorf("%s: lacks the plural forms %s", e.where(), strings.Join(missing, ", "))
}

// maxMissing is how many missing keys of one file are named.
const maxMissing = 10

// compare checks a language's messages against the English ones.
func compare(lang string, have loaded, english map[string]*entry) []error {
	var problems []error
	missing := map[string][]string{}
	for key, want := range english {
		got, ok := have.messages[key]
		file := lang + strings.TrimPrefix(want.file, fallback)
		switch {
		case have.unreadable[file], ok && got.broken, want.broken:
		case !ok:
			missing[file] = append(missing[file], key)
		case got.plural != want.plural:
			problems = append(problems, fmt.Errorf("%s: plural forms here or in %s, not in both", got.where(), fallback))
		// Plural forms may leave the number out ("one file").
		case !got.plural && !slices.Equal(got.names, want.names), got.plural && !slices.Equal(without(got.names, "Count"), without(want.names, "Count")):
			problems = append(problems, fmt.Errorf("%s: placeholders %v, %s has %v", got.where(), got.names, fallback, want.names))
		}
	}
	for _, file := range slices.Sorted(maps.Keys(missing)) {
		keys := missing[file]
		slices.Sort(keys)
		more := ""
		if len(keys) > maxMissing {
			more = fmt.Sprintf(" and %d more", len(keys)-maxMissing)
		}
		problems = append(problems, fmt.Errorf("%s: lacks %d keys: %s%s", file, len(keys), strings.Join(keys[:min(len(keys), maxMissing)], ", "), more))
	}
	for key, got := range have.messages {
		if _, ok := english[key]; !ok {
			problems = append(problems, fmt.Errorf("%s: not in %s", got.where(), fallback))
		}
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return problems
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
}
