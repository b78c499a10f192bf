package chart_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"naru/internal/chart"
	"naru/internal/naru"
)

// Pictures are shown no smaller than this: wide ones between the columns of a
// page, narrow ones in a conversation on a screen of 320 pixels.
const (
	leastWide, leastNarrow = 440.0, 243.0
	leastFont              = 11.0
)

// box is what a text or a bar covers.
type box struct{ left, top, right, bottom float64 }

func (b box) meets(o box) bool {
	const touch = 0.5
	return b.left < o.right-touch && o.left < b.right-touch && b.top < o.bottom-touch && o.top < b.bottom-touch
}

// rule is a font size in the style sheet, and whom it is for.
var rule = regexp.MustCompile(`(?m)^(.*) \{.*font-size: (\d+)px`)

// sizes reads the font sizes of classes, and of all other texts at "text", in
// the style sheet of a picture.
func sizes(root element) map[string]float64 {
	found := make(map[string]float64)
	for _, child := range root.Children {
		for _, match := range rule.FindAllStringSubmatch(child.Text, -1) {
			size, _ := strconv.ParseFloat(match[2], 64)
			for selector := range strings.SplitSeq(match[1], ", ") {
				found[strings.TrimPrefix(strings.TrimPrefix(selector, ".naru-chart "), ".")] = size
			}
		}
	}
	return found
}

// letters gives the size of a text, and the part of the card that it covers.
func letters(t *testing.T, root, e element, sizes map[string]float64) (float64, box) {
	t.Helper()
	classes, size := strings.Fields(e.attr("class")), sizes["text"]
	for _, class := range classes {
		if own := sizes[class]; own > 0 {
			size = own
		}
	}
	bold := 1.0
	if slices.Contains([]string{"title", "heading", "value"}, classes[0]) {
		bold = 1.1
	}
	x, y, long := e.number(t, "x"), e.number(t, "y"), chart.Measure(e.Text, size*bold)
	anchor := e.attr("text-anchor")
	switch {
	case anchor == "middle":
		x -= long / 2
	case (anchor == "end") == (root.attr("direction") == "ltr"):
		x -= long
	}
	// What has no descenders, digits above all, may stand closer.
	return size, box{x, y - 0.74*size, x + long, y + 0.04*size}
}

// Every text is large enough to be read and stays on its card, and none stands
// on another or on a bar: in both widths and in every language, with words as
// wide as they can be expected.
func TestTextsAreLegible(t *testing.T) {
	t.Parallel()
	_, all := draw(t)
	for _, name := range all.Names() {
		for _, language := range naru.Languages {
			wide, _ := all.Chart(name, language)
			legible(t, wide, leastWide)
			legible(t, wide.Narrow, leastNarrow)
		}
	}
}

func legible(t *testing.T, c *chart.Chart, shown float64) {
	t.Helper()
	root, edge := parse(t, c.SVG), 20.0
	fonts := sizes(root)
	if c.Narrow == nil {
		edge = 14
	}
	type thing struct {
		what string
		box
	}
	var all []thing
	for _, e := range root.Children {
		is := thing{what: fmt.Sprintf("%q", e.Text)}
		switch class := e.attr("class"); {
		case e.XMLName.Local == "rect" && class != "card":
			is.what = class
			x, y := e.number(t, "x"), e.number(t, "y")
			is.box = box{x, y, x + e.number(t, "width"), y + e.number(t, "height")}
		case e.XMLName.Local == "text":
			var size float64
			if size, is.box = letters(t, root, e, fonts); size*shown/float64(c.Width) < leastFont {
				t.Errorf("%s in %s: %s is shown with %v pixels", c.Name, c.Language, is.what, size*shown/float64(c.Width))
			}
			for _, other := range all {
				if is.meets(other.box) {
					t.Errorf("%s in %s: %s stands on %s: %v %v", c.Name, c.Language, is.what, other.what, is.box, other.box)
				}
			}
		default:
			continue
		}
		if is.left < edge-0.2 || is.right > float64(c.Width)-edge+0.2 || is.top < edge/2 || is.bottom > float64(c.Height)-edge/2 || is.right <= is.left || is.bottom <= is.top {
			t.Errorf("%s in %s: %s at %v leaves %d × %d", c.Name, c.Language, is.what, is.box, c.Width, c.Height)
		}
		all = append(all, is)
	}
}
