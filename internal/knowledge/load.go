package knowledge

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Base is the loaded dataset. It is immutable: all methods are safe for concurrent use, and slices and pointers that
// they return are shared and must not be changed.
type Base struct {
	agreements []Agreement
	entities   map[Ref]*Entity
	byKind     map[Kind][]*Entity
	partners   *partnerIndex
}

// Load reads the dataset from a file system rooted at the knowledge folder. It reads everything before it judges: the
// error is of type Problems and names each fault with its file and line. Folders that belong to others (lexicons) are
// not touched.
func Load(fsys fs.FS) (*Base, error) {
	l := &loader{fsys: fsys}
	files := []string{"institutions.yaml", "matching.yaml"}
	agreementFiles := l.list("agreements")
	nameFiles := l.list("names")
	files = append(append(files, agreementFiles...), nameFiles...)
	l.parseAll(files)

	b := &Base{entities: map[Ref]*Entity{}, byKind: map[Kind][]*Entity{}}
	l.loadNames(b, nameFiles)
	l.loadInstitutions(b)
	for _, f := range agreementFiles {
		list, h := records(l, f, func(a *Agreement) *Provenance { return &a.Provenance })
		for i := range list {
			if list[i].Scope == "" {
				list[i].Scope = h.Scope
			}
		}
		b.agreements = append(b.agreements, list...)
	}
	l.bindAgreements(b)
	matching := l.loadMatching()
	if len(l.problems) > 0 {
		return nil, l.problems.sorted()
	}
	b.partners = newPartnerIndex(b, matching)
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

// Agreements gives all agreements in the order of the pages.
func (b *Base) Agreements() []Agreement { return b.agreements }

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
	doc := l.docs[file]
	if doc == nil || doc.root == nil {
		return
	}
	for _, section := range doc.root.Values {
		name := keyOf(section)
		if name == "language" {
			if got := l.scalar(file, section.Value); got != Languages[lang] {
				l.add(file, lineOf(section.Key), "language is %q, the file name says %q", got, Languages[lang])
			}
			continue
		}
		kind, ok := kindSections[name]
		if !ok {
			l.add(file, lineOf(section.Key), "unknown section %q", name)
			continue
		}
		for _, v := range l.mapping(file, section.Value) {
			id, line := keyOf(v), lineOf(v.Key)
			names := parseNames(l.scalar(file, v.Value))
			if names.Display == "" {
				l.add(file, line, "%s %q has no name to display", kind, id)
				continue
			}
			e, ok := b.entities[Ref{kind, id}]
			if !ok {
				if lang != 0 {
					l.add(file, line, "%s %q is not in names/en.yaml", kind, id)
					continue
				}
				e = &Entity{Ref: Ref{kind, id}}
				b.addEntity(e)
			}
			e.Names[lang] = names
		}
	}
}

func (l *loader) loadInstitutions(b *Base) {
	const file = "institutions.yaml"
	doc := l.docs[file]
	if doc == nil || doc.root == nil {
		return
	}
	for _, v := range doc.root.Values {
		var in struct {
			Types     []string `yaml:"types"`
			Countries []string `yaml:"countries"`
			Places    []string `yaml:"places"`
			Worldwide bool     `yaml:"worldwide"`
		}
		id, line := keyOf(v), lineOf(v.Key)
		if !l.decode(file, v.Value, &in) {
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

// bindAgreements checks the references of the agreements and gives a bare entity to institutions without names.
func (l *loader) bindAgreements(b *Base) {
	seen := map[string]bool{}
	for i := range b.agreements {
		a := &b.agreements[i]
		bad := func(format string, args ...any) { l.add(a.file, a.at, format, args...) }
		if a.ID == "" || seen[a.ID] {
			bad("agreement id %q is empty or used twice", a.ID)
		}
		seen[a.ID] = true
		if a.Institution == "" || a.Name == "" || a.Quote == "" || a.Source == "" || a.Section == "" {
			bad("agreement %q: institution, name, quote, source and section are all required", a.ID)
		}
		if a.Scope != Overseas && a.Scope != Domestic {
			bad("agreement %q: scope is %q, wanted overseas or domestic", a.ID, a.Scope)
		}
		if _, ok := b.entities[Ref{Country, a.Country}]; a.Country != "" && !ok {
			bad("agreement %q: country %q is not in names/en.yaml", a.ID, a.Country)
		}
		if _, ok := b.entities[Ref{Continent, a.Continent}]; a.Continent != "" && !ok {
			bad("agreement %q: continent %q is not in names/en.yaml", a.ID, a.Continent)
		}
		if !strings.Contains(squeeze(a.Quote), squeeze(a.Name)) {
			bad("agreement %q: the quote does not contain the printed name", a.ID)
		}
		if _, ok := b.entities[Ref{Institution, a.Institution}]; !ok {
			e := &Entity{Ref: Ref{Institution, a.Institution}}
			for j := range e.Names {
				e.Names[j].Display = a.Name
			}
			e.Names[0].Given = true
			b.addEntity(e)
		}
	}
}

// squeeze brings white space to single blanks.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
