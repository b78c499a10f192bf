package web

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"naru/internal/naru"
)

// ExtraPage is a page of the operator's own.
type ExtraPage struct {
	// ID stands in its address: /{language}/pages/{id}.
	ID string
	// Menu: its link stands in the head of the pages; otherwise in the foot.
	Menu  bool
	texts map[string]extraText
}

// extraText is the page in a language.
type extraText struct {
	// Language is that of the text, Other whether another was asked for.
	Language, Direction string
	Other               bool
	Title               string
	Body                template.HTML
}

// extraWay is where the pages are, below the language.
const extraWay = "pages/"

// ReadExtraPage reads the files <language>.md of a folder. What Markdown cannot
// say or the pages would not show is refused, with its line: raw HTML, images,
// and links to anything but pages, mail and telephone numbers.
func ReadExtraPage(folder fs.FS, id string, menu bool) (ExtraPage, error) {
	p := ExtraPage{ID: id, Menu: menu, texts: map[string]extraText{}}
	files, err := fs.ReadDir(folder, ".")
	if err != nil {
		return p, fmt.Errorf("pages/%s: %w", id, err)
	}
	var problems []error
	for _, file := range files {
		language, isMarkdown := strings.CutSuffix(file.Name(), ".md")
		if !isMarkdown || !slices.Contains(naru.Languages, language) {
			problems = append(problems, fmt.Errorf("pages/%s/%s: is not named <language>.md", id, file.Name()))
			continue
		}
		source, err := fs.ReadFile(folder, file.Name())
		if err != nil {
			problems = append(problems, fmt.Errorf("pages/%s/%s: %w", id, file.Name(), err))
			continue
		}
		t, faults := readMarkdown(source)
		for _, f := range faults {
			problems = append(problems, fmt.Errorf("pages/%s/%s:%d: %s", id, file.Name(), f.line, f.text))
		}
		t.Language = language
		p.texts[language] = t
	}
	if len(p.texts) == 0 && len(problems) == 0 {
		problems = append(problems, fmt.Errorf("pages/%s: has no file <language>.md", id))
	}
	return p, errors.Join(problems...)
}

// text is the page for readers of a language: in it, else in English, else in
// the first language there is.
func (p ExtraPage) text(language string, direction func(string) string) extraText {
	for _, l := range append([]string{language}, naru.Languages...) {
		if t, ok := p.texts[l]; ok {
			t.Other, t.Direction = l != language, direction(l)
			return t
		}
	}
	return extraText{Language: language}
}

type markdownFault struct {
	line int
	text string
}

// markdown shows tables besides what CommonMark has; raw HTML and dangerous
// links it leaves out, should they get past readMarkdown.
func markdown() goldmark.Markdown { return goldmark.New(goldmark.WithExtensions(extension.Table)) }

func readMarkdown(source []byte) (t extraText, faults []markdownFault) {
	m := markdown()
	document := m.Parser().Parse(text.NewReader(source))
	fault := func(at ast.Node, text string) { faults = append(faults, markdownFault{lineOf(at, source), text}) }
	first, ok := document.FirstChild().(*ast.Heading)
	if !ok || first.Level != 1 {
		return t, []markdownFault{{1, "must begin with its title: # Title"}}
	}
	t.Title = plainText(first, source)
	document.RemoveChild(document, first)
	err := ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.HTMLBlock, *ast.RawHTML:
			fault(n, "raw HTML is not shown; write Markdown")
		case *ast.Image:
			fault(n, "images are not shown")
		case *ast.Heading:
			if n.Level == 1 {
				fault(n, "has a second title; write ## for a heading")
			}
		case *ast.Link:
			if !isPlainLink(string(n.Destination)) {
				fault(n, "a link leads to a page (https://, /), an address (mailto:) or a number (tel:)")
			}
		case *ast.AutoLink:
			if !isPlainLink(string(n.URL(source))) && n.AutoLinkType != ast.AutoLinkEmail {
				fault(n, "a link leads to a page (https://, /), an address (mailto:) or a number (tel:)")
			}
		}
		return ast.WalkContinue, nil
	})
	var body bytes.Buffer
	if err == nil {
		err = m.Renderer().Render(&body, source, document)
	}
	if err != nil {
		faults = append(faults, markdownFault{1, "cannot be shown: " + err.Error()})
	}
	// Written by goldmark, which escapes everything: raw HTML was refused.
	t.Body = template.HTML(body.String())
	return t, faults
}

func isPlainLink(address string) bool {
	for _, prefix := range []string{"https://", "http://", "/", "#", "mailto:", "tel:"} {
		if strings.HasPrefix(address, prefix) {
			return true
		}
	}
	return false
}

func plainText(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(source))
		} else {
			b.WriteString(plainText(c, source))
		}
	}
	return b.String()
}

// lineOf is the line of the block that a node belongs to, from 1.
func lineOf(n ast.Node, source []byte) int {
	for ; n != nil; n = n.Parent() {
		if n.Type() != ast.TypeInline && n.Lines() != nil && n.Lines().Len() > 0 {
			return bytes.Count(source[:n.Lines().At(0).Start], []byte("\n")) + 1
		}
	}
	return 1
}

// registerExtra adds the pages of the operator's own.
func (p *pages) registerExtra() error {
	for _, one := range p.options.Look.Pages {
		err := p.same("extra", path.Join(extraWay, one.ID), func(language string) any { return one.text(language, p.options.Direction) })
		if err != nil {
			return err
		}
	}
	return nil
}

// extraLinks lists those in the head or the foot.
func (p page) extraLinks(menu bool) []link {
	var all []link
	for _, one := range p.render.options.Look.Pages {
		if one.Menu == menu {
			t, way := one.text(p.Language, p.render.options.Direction), extraWay+one.ID
			l := link{Label: t.Title, Address: p.Way(way), Current: p.way == way}
			if t.Other {
				l.Language = t.Language
			}
			all = append(all, l)
		}
	}
	return all
}
