// Package chart draws the statistics of the dataset as SVG pictures: one per
// series, and one per cancer, each in every language.
//
// A picture stands by itself: it has a title and a description for those who
// do not see it, all its values as text, the notes that must be said about
// them, and its source. It loads nothing, follows light and dark by the
// reader's choice, and runs from right to left where the language does.
//
// Each is drawn twice from the same layout: wide, for a column of text on a
// screen, and narrow, for telephones and conversations, where a wide one would
// have to be made so small that nobody can read it.
//
// New draws everything once, so that a broken template stops the program at its
// start; from templates that are known to work, only what is asked for is drawn.
// Charts are safe for concurrent use.
//
// # Layout
//
// Fonts are those of the reader's system and cannot be measured here. Labels
// therefore stand on lines of their own or are broken by a careful estimate of
// their width, and no text is placed so that it could run into another one if
// the estimate is some percent off. All positions are computed in Go for
// left-to-right and mirrored as a whole; the templates under chart/ only say
// how a picture is written, style.css how it looks.
package chart

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"slices"

	"naru/internal/knowledge"
	"naru/internal/lazy"
)

// Dataset has the figures and the names of what they are about.
type Dataset interface {
	Observations(series knowledge.Relation) []*knowledge.Observation
	Entity(knowledge.Ref) (*knowledge.Entity, bool)
	Entities(knowledge.Kind) []*knowledge.Entity
	Note(id string) (*knowledge.Note, bool)
	Sources() []*knowledge.Source
}

// Catalog holds the texts, and writes numbers as a language does.
type Catalog interface {
	Text(language, key string, args map[string]any) string
	// Decimal writes unscaled / 10^scale with scale digits after the point.
	Decimal(language string, unscaled int64, scale int) string
}

// Options of New. All fields are required except where noted.
type Options struct {
	Dataset Dataset
	Catalog Catalog
	// Templates holds chart/.
	Templates fs.FS
	// Languages to draw in, and Direction of each: "ltr" or "rtl".
	Languages []string
	Direction func(language string) string
	// Bar is the colour of bars, BarDark that on dark screens: #rrggbb, checked
	// by the caller. Both empty: those of the style sheet.
	Bar, BarDark string
	// Trusted: templates and texts are known to work. Pictures in other languages
	// than the first are drawn when the first one is asked for.
	Trusted bool
}

// Chart is one picture in one language.
type Chart struct {
	// Name has the ending "-narrow" where the picture is narrow.
	Name, Language string
	// Title and Description are what the picture says, for those who do not
	// see it; the description has one line per value.
	Title, Description string
	// Width and Height are its natural size in CSS pixels.
	Width, Height int
	SVG           []byte
	// Narrow is the same for narrow screens; nil where this is it.
	Narrow *Chart
}

// narrowSuffix ends the names of narrow pictures.
const narrowSuffix = "-narrow"

// Path is where the picture is found on the site.
func (c *Chart) Path() string {
	return "/charts/" + c.Name + ".svg?language=" + url.QueryEscape(c.Language)
}

// Charts are all pictures.
type Charts struct {
	options Options
	style   template.CSS
	frame   *template.Template
	names   []string
	// drawn are the pictures of a language by their names.
	drawn  *lazy.Map[string, map[string]*Chart]
	policy string
}

// New draws all pictures; see Options.Trusted.
func New(o Options) (*Charts, error) {
	if o.Dataset == nil || o.Catalog == nil || o.Templates == nil || len(o.Languages) == 0 || o.Direction == nil {
		return nil, errors.New("chart: Dataset, Catalog, Templates, Languages and Direction are required")
	}
	style, err := fs.ReadFile(o.Templates, "chart/style.css")
	if err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	if o.Bar != "" {
		style = fmt.Appendf(style, ".naru-chart { --bar: %s; }\n@media (prefers-color-scheme: dark) { .naru-chart { --bar: %s; } }\n", o.Bar, o.BarDark)
	}
	pages, err := template.New("frame.svg").Option("missingkey=error").ParseFS(o.Templates, "chart/*.svg")
	if err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	digest := sha256.Sum256(style)
	all := &Charts{
		options: o, frame: pages, style: template.CSS(style), // a file of ours or of the operator
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
	}
	for _, s := range (draughtsman{Options: o, language: o.Languages[0]}).subjects() {
		all.names = append(all.names, s.name)
	}
	all.drawn = lazy.New(all.draw)
	for i, language := range o.Languages {
		if i > 0 && o.Trusted {
			break
		}
		if _, err := all.drawn.Get(language); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// draw draws all pictures in a language.
func (c *Charts) draw(language string) (map[string]*Chart, error) {
	all := make(map[string]*Chart)
	d := draughtsman{Options: c.options, language: language}
	for _, s := range d.subjects() {
		var drawn [2]*Chart
		for i, width := range [...]int{wide, narrow} {
			picture := d.draw(s, width)
			picture.Style = c.style
			var svg bytes.Buffer
			if err := c.frame.Execute(&svg, picture); err != nil {
				return nil, fmt.Errorf("chart: %s in %s: %w", picture.Name, language, err)
			}
			drawn[i] = &Chart{
				Name: picture.Name, Language: language, Title: picture.Title, Description: picture.Description,
				Width: width, Height: picture.Height, SVG: bytes.Clone(svg.Bytes()),
			}
			all[picture.Name] = drawn[i]
		}
		drawn[0].Narrow = drawn[1]
	}
	return all, nil
}

// Names lists the pictures: patients, departments, survival (all cancers and
// countries), survival-<cancer> for each, transplants, infrastructure and
// specialties. Each has a narrow one beside it.
func (c *Charts) Names() []string { return c.names }

// Chart finds a picture; false for a name or language that does not exist. It
// panics where templates that were trusted do not work.
func (c *Charts) Chart(name, language string) (*Chart, bool) {
	if !slices.Contains(c.options.Languages, language) {
		return nil, false
	}
	all, err := c.drawn.Get(language)
	if err != nil {
		panic(err)
	}
	found, ok := all[name]
	return found, ok
}

// SVG is the text of a picture; see Chart.
func (c *Charts) SVG(name, language string) ([]byte, bool) {
	found, ok := c.Chart(name, language)
	if !ok {
		return nil, false
	}
	return found.SVG, true
}

// Policy is the Content-Security-Policy under which a picture that is opened
// by itself shows as meant: nothing but its own style.
func (c *Charts) Policy() string { return c.policy }
