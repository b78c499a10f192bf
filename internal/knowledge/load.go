package knowledge

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// Base is the loaded dataset. It is immutable: all methods are safe for concurrent use, and slices and pointers that
// they return are shared and must not be changed.
type Base struct {
	sources      map[string]*Source
	sourceOrder  []*Source
	agreements   []Agreement
	projects     []ProjectRecord
	observations []Observation
	hospitals    []Hospital
	contacts     []Contact
	facts        []Fact
	news         []NewsItem
	faq          []Question
	summaries    map[string][len(Languages)]string
	notes        map[string]*Note
	noteOrder    []*Note
	topics       []topicRule
	entities     map[Ref]*Entity
	byKind       map[Kind][]*Entity
	continentOf  map[string]string // country → continent
	rows         []*Row
	byID         map[string]*Row
	partners     func() *partnerIndex // built when first asked for
	foldTexts    func()               // fills Row.text when first asked for
}

// Source is a page that records come from.
type Source struct {
	ID    string `json:"id"` // file name of the page without extension
	Title string `json:"title"`
	Owner string `json:"owner"` // id of kind Institution: whose page it is
}

// Load reads the dataset from a file system rooted at the knowledge folder. It reads everything before it judges: the
// error is of type Problems and names each fault with its file and line. Folders that belong to others (lexicons) are
// not touched.
func Load(fsys fs.FS) (*Base, error) {
	l := &loader{fsys: fsys}
	folders := map[string][]string{}
	files := []string{
		"sources.yaml", "institutions.yaml", "matching.yaml", "subjects.yaml", "projects.yaml", "hospitals.yaml",
		"contacts.yaml", "news.yaml", "notes.yaml", "faq.yaml", "geography.yaml",
	}
	for _, dir := range []string{"agreements", "statistics", "facts", "names", "texts"} {
		folders[dir] = l.list(dir)
		files = append(files, folders[dir]...)
	}
	l.parseAll(files)

	b := &Base{
		entities: map[Ref]*Entity{}, byKind: map[Kind][]*Entity{}, sources: map[string]*Source{}, notes: map[string]*Note{},
		summaries: map[string][len(Languages)]string{}, continentOf: map[string]string{}, byID: map[string]*Row{},
	}
	l.loadNames(b, folders["names"])
	l.loadInstitutions(b)
	l.loadSources(b)
	l.loadTopics(b)
	l.loadRecords(b, folders)
	l.loadNotes(b)
	l.loadTexts(b, folders["texts"])
	matching := l.loadMatching()
	l.loadGeography(b)
	l.bind(b)
	l.loadFAQ(b)
	if len(l.problems) > 0 {
		return nil, l.problems.sorted()
	}
	b.partners = sync.OnceValue(func() *partnerIndex { return newPartnerIndex(b, matching) })
	b.foldTexts = sync.OnceFunc(func() {
		for _, r := range b.rows {
			r.text = " " + Fold(b.rowText(r)) + " "
		}
	})
	return b, nil
}

// list gives the YAML files of a folder in alphabetical order.
func (l *loader) list(dir string) []string {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		l.add(dir, 0, "cannot be read: %v", err)
		return nil
	}
	var files []string
	for _, e := range entries {
		switch {
		case e.IsDir():
			l.add(path.Join(dir, e.Name()), 0, "is a folder; only .yaml files belong here")
		case strings.HasSuffix(e.Name(), ".yaml"):
			files = append(files, path.Join(dir, e.Name()))
		case !strings.HasPrefix(e.Name(), "."):
			l.add(path.Join(dir, e.Name()), 0, "is not a .yaml file")
		}
	}
	return files
}

// Entity finds an entity.
func (b *Base) Entity(ref Ref) (*Entity, bool) {
	e, ok := b.entities[ref]
	return e, ok
}

// Entities gives all entities of a kind in the order of names/en.yaml.
func (b *Base) Entities(kind Kind) []*Entity { return b.byKind[kind] }

func (b *Base) addEntity(e *Entity) {
	e.order = len(b.byKind[e.Kind])
	b.entities[e.Ref] = e
	b.byKind[e.Kind] = append(b.byKind[e.Kind], e)
}

// loadNames reads names/<language>.yaml: English defines which entities exist.
func (l *loader) loadNames(b *Base, files []string) {
	for i, lang := range Languages {
		file := "names/" + lang + ".yaml"
		if !slices.Contains(files, file) {
			l.add(file, 0, "is missing")
			continue
		}
		l.loadLanguage(b, file, i)
	}
	for _, f := range files {
		lang := strings.TrimSuffix(path.Base(f), ".yaml")
		if !slices.Contains(Languages[:], lang) {
			l.add(f, 0, "%q is not one of the languages %s", lang, strings.Join(Languages[:], " "))
		}
	}
	for _, list := range b.byKind {
		for _, e := range list {
			for i := range e.Names {
				if !e.Names[i].Given {
					e.Names[i].Display = e.Names[0].Display
				}
			}
		}
	}
}

func (l *loader) loadLanguage(b *Base, file string, lang int) {
	for _, section := range l.entries(file) {
		if section.Key == "language" {
			if own := l.scalar(file, &section); own != Languages[lang] {
				l.add(file, section.Line, "language is %q, the file name says %q", own, Languages[lang])
			}
			continue
		}
		kind, ok := kindSections[section.Key]
		if !ok {
			l.add(file, section.Line, "unknown section %q", section.Key)
			continue
		}
		for _, entry := range l.mapping(file, &section) {
			names := parseNames(l.scalar(file, &entry))
			if names.Display == "" {
				l.add(file, entry.Line, "%s %q has no name to display", kind, entry.Key)
				continue
			}
			e, ok := b.entities[Ref{kind, entry.Key}]
			if !ok {
				if lang != 0 {
					l.add(file, entry.Line, "%s %q is not in names/en.yaml", kind, entry.Key)
					continue
				}
				e = &Entity{Ref: Ref{kind, entry.Key}}
				b.addEntity(e)
			}
			e.Names[lang] = names
		}
	}
}

func (l *loader) loadInstitutions(b *Base) {
	const file = "institutions.yaml"
	for _, v := range l.entries(file) {
		var in struct {
			Types     []string `yaml:"types"`
			Countries []string `yaml:"countries"`
			Places    []string `yaml:"places"`
			Worldwide bool     `yaml:"worldwide"`
		}
		id, line := v.Key, v.Line
		if !l.decode(file, &v, &in) {
			continue
		}
		e, ok := b.entities[Ref{Institution, id}]
		if !ok {
			l.add(file, line, "institution %q is not in names/en.yaml", id)
			continue
		}
		for _, t := range in.Types {
			if _, ok := b.entities[Ref{Type, t}]; !ok {
				l.add(file, line, "institution %q: type %q is not in names/en.yaml", id, t)
			}
		}
		e.Types, e.Countries, e.Places, e.Worldwide = in.Types, in.Countries, in.Places, in.Worldwide
	}
}

// squeeze brings white space to single blanks.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
