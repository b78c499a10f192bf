package app

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"naru/config"
	"naru/internal/intake"
	"naru/internal/knowledge"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/outline"
	"naru/internal/typeset"
	"naru/internal/web"
	"naru/templates"
)

// Assets are the data files and templates, read and checked: what is shipped,
// with the files of the override folders in front.
type Assets struct {
	Desk      *config.Desk
	Catalog   *locale.Catalog
	Knowledge *knowledge.Base
	Consents  []intake.ConsentRule
	Templates *templates.Overlay
	// Typography tells where lines of pages may end.
	Typography *typeset.Setter
	// Look is what the operator changes about the pages.
	Look web.Look
}

// LoadAssets reads everything that can be checked without starting anything.
// Its error joins all that is wrong in all files.
func LoadAssets(c *config.Config) (*Assets, error) {
	files := config.Files(c.ConfigDir)
	a := &Assets{}
	var desk, catalog, base, consents, typography, pages, look error
	a.Desk, desk = config.LoadDesk(files)
	var work sync.WaitGroup
	work.Go(func() {
		if locales, err := fs.Sub(files, "locales"); err != nil {
			catalog = err
		} else {
			a.Catalog, catalog = locale.Load(locales)
		}
	})
	work.Go(func() {
		if facts, err := fs.Sub(files, "knowledge"); err != nil {
			base = err
		} else {
			a.Knowledge, base = knowledge.Load(facts)
		}
	})
	if text, err := fs.ReadFile(files, "consents.yaml"); err != nil {
		consents = err
	} else {
		a.Consents, consents = intake.ParseConsents(text)
	}
	if text, err := outline.ReadText(files, "typography.yaml"); err != nil {
		typography = err
	} else {
		a.Typography, typography = typeset.Parse(text, naru.Languages)
	}
	a.Templates, pages = templates.FS(c.TemplatesDir)
	a.Look, look = loadLook(files)
	work.Wait()
	if err := errors.Join(desk, catalog, base, consents, typography, pages, look); err != nil {
		return nil, ConfigurationError{fmt.Errorf("read data files: %w", err)}
	}
	return a, nil
}

// partners recognises institutions by the knowledge base.
type partners struct{ base *knowledge.Base }

func (p partners) Match(name, country string) (naru.KnownPartner, bool) {
	m, ok := p.base.MatchPartner(name, country)
	if !ok {
		return naru.KnownPartner{}, false
	}
	known := naru.KnownPartner{RecordID: m.RecordID, Name: m.Name, Scope: string(m.Scope), Country: m.Country, Subject: m.Subject}
	if !m.Date.IsZero() {
		known.Date = m.Date.String()
	}
	return known, true
}

// institutions are the names of all institutions with an agreement, in their
// order, each once.
func institutions(base *knowledge.Base) []string {
	var names []string
	seen := map[string]bool{}
	for _, a := range base.Agreements() {
		if !seen[a.Name] {
			seen[a.Name] = true
			names = append(names, a.Name)
		}
	}
	return names
}
