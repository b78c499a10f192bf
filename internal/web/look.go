package web

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
)

// Look is what an operator changes about the pages. The zero value changes
// nothing.
type Look struct {
	// Accent is the colour of links, buttons and marks, Ink that of text on it,
	// AccentDark and InkDark the same on dark screens; #rrggbb, checked by the
	// caller. All empty: those of the style sheet.
	Accent, Ink, AccentDark, InkDark string
	// Logo stands before the desk's name; nil: naru's mark. LogoDark is for dark
	// screens; nil: Logo.
	Logo, LogoDark *Logo
	// Pages are listed in their order.
	Pages []ExtraPage
}

// css is what the look adds to the style sheet. Print stays black.
func (l Look) css() string {
	if l.Accent == "" {
		return ""
	}
	return fmt.Sprintf("\n@media screen { :root { --accent: %s; --accent-ink: %s; } }\n@media screen and (prefers-color-scheme: dark) { :root { --accent: %s; --accent-ink: %s; } }\n",
		l.Accent, l.Ink, l.AccentDark, l.InkDark)
}

// logoHeight is that of the logo on the pages, in pixels.
const logoHeight = 32

// Logo is an image beside the desk's name.
type Logo struct {
	// Name ends in .svg, .png or .webp and is unique among static files.
	Name string
	Body []byte
	// Width is that at logoHeight, in pixels; 0: unknown.
	Width int
}

// NewLogo measures an image, so that the page does not jump when it comes. The
// error is for people.
func NewLogo(name string, body []byte) (*Logo, error) {
	l := &Logo{Name: name, Body: body}
	var width, height float64
	switch path.Ext(name) {
	case ".png":
		c, err := png.DecodeConfig(bytes.NewReader(body))
		if err != nil {
			return nil, errors.New("is no PNG image")
		}
		width, height = float64(c.Width), float64(c.Height)
	case ".svg":
		var err error
		if width, height, err = sizeOfSVG(body); err != nil {
			return nil, err
		}
	}
	if height > 0 {
		l.Width = int(math.Round(width / height * logoHeight))
	}
	return l, nil
}

// Height is that of the logo on the page, in pixels.
func (l *Logo) Height() int { return logoHeight }

// sizeOfSVG reads the viewBox, else width and height.
func sizeOfSVG(body []byte) (width, height float64, err error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if err == io.EOF || err != nil {
			return 0, 0, errors.New("is no SVG image")
		}
		root, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if root.Name.Local != "svg" {
			return 0, 0, errors.New("is no SVG image")
		}
		for _, a := range root.Attr {
			switch a.Name.Local {
			case "viewBox":
				if box := strings.Fields(strings.ReplaceAll(a.Value, ",", " ")); len(box) == 4 {
					return number(box[2]), number(box[3]), nil
				}
			case "width":
				width = number(a.Value)
			case "height":
				height = number(a.Value)
			}
		}
		return width, height, nil
	}
}

func number(s string) float64 {
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "px"), 64)
	if err != nil {
		return 0
	}
	return n
}
