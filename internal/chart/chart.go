// Package chart draws the statistics of the dataset as SVG pictures: one per
// series, and one per cancer, each in every language.
//
// A picture stands by itself: it has a title and a description for those who
// do not see it, all its values as text, the notes that must be said about
// them, and its source. It loads nothing, follows light and dark by the
// reader's choice, and runs from right to left where the language does.
//
// New draws everything once, so that a broken template stops the program at
// its start. Charts is immutable afterwards and safe for concurrent use.
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

	"naru/internal/knowledge"
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
}

// Chart is one picture in one language.
type Chart struct {
	Name, Language string
	// Title and Description are what the picture says, for those who do not
	// see it; the description has one line per value.
	Title, Description string
	// Width and Height are its natural size in CSS pixels.
	Width, Height int
	SVG           []byte
}

// Charts are all pictures.
type Charts struct {
	names  []string
	all    map[key]*Chart
	policy string
}

type key struct{ name, language string }

// New draws all pictures in all languages.
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
		all:    make(map[key]*Chart),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
	}
	for _, language := range o.Languages {
		d := draughtsman{Options: o, language: language}
		for _, s := range d.subjects() {
			picture := d.draw(s)
			picture.Style = template.CSS(style) // a file of ours or of the operator
			var svg bytes.Buffer
			if err := pages.Execute(&svg, picture); err != nil {
				return nil, fmt.Errorf("chart: %s in %s: %w", s.name, language, err)
			}
			id := key{s.name, language}
			all.all[id] = &Chart{
				Name: s.name, Language: language, Title: picture.Title, Description: picture.Description,
				Width: width, Height: picture.Height, SVG: bytes.Clone(svg.Bytes()),
			}
			if language == o.Languages[0] {
				all.names = append(all.names, s.name)
			}
		}
	}
	return all, nil
}

// Names lists the pictures: patients, departments, survival (all cancers and
// countries), survival-<cancer> for each, transplants, infrastructure and
// specialties.
func (c *Charts) Names() []string { return c.names }

// Chart finds a picture; false for a name or language that does not exist.
func (c *Charts) Chart(name, language string) (*Chart, bool) {
	found, ok := c.all[key{name, language}]
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
