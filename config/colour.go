package config

import (
	"fmt"
	"math"
	"strconv"
)

// leastContrast is what WCAG 2.2 asks of text (1.4.3, AA).
const leastContrast = 4.5

// paper are the colours that text of the pages stands on, as in naru.css.
type paper struct {
	colours []string
	// towards is what makes a colour more readable there: black or white.
	towards float64
}

var (
	lightPaper = paper{[]string{"#fbfaf7", "#ffffff", "#eef3f1"}, 0}
	darkPaper  = paper{[]string{"#0f181b", "#162226", "#1b292d"}, 255}
)

// rgb are the parts of a colour, from 0 to 255.
type rgb [3]float64

// readColour reads #rrggbb.
func readColour(s string) (c rgb, ok bool) {
	if len(s) != 7 || s[0] != '#' {
		return c, false
	}
	for i := range c {
		n, err := strconv.ParseUint(s[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return c, false
		}
		c[i] = float64(n)
	}
	return c, true
}

func (c rgb) String() string {
	return fmt.Sprintf("#%02x%02x%02x", uint8(math.Round(c[0])), uint8(math.Round(c[1])), uint8(math.Round(c[2])))
}

// luminance is the relative luminance of WCAG 2.2.
func (c rgb) luminance() float64 {
	var parts [3]float64
	for i, part := range c {
		if part /= 255; part <= 0.04045 {
			parts[i] = part / 12.92
		} else {
			parts[i] = math.Pow((part+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*parts[0] + 0.7152*parts[1] + 0.0722*parts[2]
}

// contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func (c rgb) contrast(d rgb) float64 {
	a, b := c.luminance(), d.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// contrast is the least that the colour has on the paper.
func (p paper) contrast(c rgb) float64 {
	least := math.Inf(1)
	for _, s := range p.colours {
		ground, _ := readColour(s)
		least = min(least, c.contrast(ground))
	}
	return least
}

// fault says what is wrong with a colour of text on the paper, or nothing.
func (p paper) fault(s string) string {
	c, ok := readColour(s)
	if !ok {
		return "must be a colour as #rrggbb"
	}
	if got := p.contrast(c); got < leastContrast {
		return fmt.Sprintf("has a contrast of %.1f where text needs %.1f; %s would do", got, leastContrast, p.nearest(s))
	}
	return ""
}

// nearest is the colour itself, or the nearest to it on the way to black or
// white that is readable on the paper.
func (p paper) nearest(s string) string {
	from, _ := readColour(s)
	for step := 0.0; ; step += 0.01 {
		var c rgb
		for i := range c {
			c[i] = math.Round(from[i] + (p.towards-from[i])*step)
		}
		if p.contrast(c) >= leastContrast || step >= 1 {
			return c.String()
		}
	}
}

// InkOn is the colour of text on a ground of the colour: white, or nearly black
// where that is more readable. One of them always is.
func InkOn(ground string) string {
	c, _ := readColour(ground)
	white, _ := readColour("#ffffff")
	black, _ := readColour("#07282b")
	if c.contrast(white) >= leastContrast || c.contrast(white) >= c.contrast(black) {
		return white.String()
	}
	return black.String()
}
