package chart

import (
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Measures in CSS pixels.
const (
	wide, narrow = 480, 264

	titleSize, titleLine       = 18, 25
	bold                       = 1.1 // wider than regular
	subtitleSize, subtitleLine = 13, 19
	labelSize, labelLine       = 14, 19
	noteSize, noteLine         = 12, 17
	noteIndent                 = 14

	// Marks are raised. Nothing is smaller than they and the notes are: a
	// conversation on the narrowest screen shows narrow pictures at 11/12 of
	// their size.
	markSize, markRise, markGap = 12, 3, 2
)

// picture is a subject with everything in its place, ready for the template.
type picture struct {
	Name, Language, Direction string
	Title, Description        string
	Width, Height             int
	Style                     template.CSS
	Bars                      []shape
	Texts                     []words

	// width is Width; inner what is left of it between the margins.
	width, margin, inner float64
}

// shape is a rectangle; Says is read when a pointer rests on it.
type shape struct {
	X, Y, W, H, Round float64
	Class, Says       string
}

// words is a line of text that begins, ends or has its middle at X.
type words struct {
	X, Y                float64
	Class, Anchor, Text string
}

const (
	start  = "start"
	middle = "middle"
	end    = "end"
)

// draw puts a subject on paper of a width.
func (d draughtsman) draw(s subject, width int) *picture {
	p := &picture{
		Name: s.name, Language: d.language, Direction: d.Direction(d.language), Title: s.title, Width: width,
		Description: d.describe(s),
		width:       float64(width), margin: 20,
	}
	if width < wide {
		p.Name, p.margin = s.name+narrowSuffix, 14
	}
	p.inner = p.width - 2*p.margin
	y := p.margin - 2
	y = p.paragraph(p.margin, y, p.inner, titleSize*bold, titleLine, "title", s.title)
	y = p.paragraph(p.margin, y+1, p.inner, subtitleSize, subtitleLine, "subtitle", s.subtitle) + 14
	switch s.form {
	case list:
		y = p.list(s, y)
	case grouped:
		y = p.grouped(s, y)
	case columns:
		y = d.columns(p, s, y)
	}
	y = p.footer(s, y)
	p.Height = int(math.Ceil(y + p.margin - 6))
	if p.Direction == "rtl" {
		p.mirror()
	}
	return p
}

// paragraph sets text in lines and returns where the next begins. Lines are of
// even length, but for notes, which are read as prose; no short word
// stands alone at their end.
func (p *picture) paragraph(x, y, room float64, size, line float64, class, text string) float64 {
	lines := balance
	if strings.HasPrefix(class, "note") {
		lines = settle
	}
	for _, l := range lines(text, size, room) {
		y += line
		p.Texts = append(p.Texts, words{X: x, Y: y - line*0.3, Class: class, Anchor: start, Text: l})
	}
	return y
}

// list draws each bar below its label and value.
func (p *picture) list(s subject, y float64) float64 {
	const gap = 13
	for _, b := range s.groups[0].bars {
		y = p.labelled(s, b, y, labelSize, "") + gap
	}
	return y - gap
}

// labelled draws a bar over the whole width, below its label and value.
func (p *picture) labelled(s subject, b bar, y, size float64, class string) float64 {
	const thick, apart = 8, 12
	right := p.width - p.margin - s.markRoom()
	p.value(b, right, y+labelLine*0.7, "value"+class)
	y = p.paragraph(p.margin, y, right-p.margin-measure(b.value, size*bold)-apart, size, labelLine, "label"+class, b.label) + 4
	p.track(s, p.margin, y, p.inner, thick)
	p.bar(s, b, p.margin, y, p.inner, thick)
	return y + thick
}

// grouped draws the bars of each group below its heading, with their labels in
// front, or above them where they would take the room of the bars.
func (p *picture) grouped(s subject, y float64) float64 {
	const thick, space, most, least = 12, 16, 180, 0.4
	labels, values := 0.0, 0.0
	for _, g := range s.groups {
		for _, b := range g.bars {
			labels = max(labels, measure(b.label, subtitleSize))
			values = max(values, measure(b.value, subtitleSize*bold)+8)
		}
	}
	labels = math.Min(math.Ceil(labels)+12, most)
	values = math.Ceil(values + s.markRoom())
	room := p.inner - labels - values
	gap := 5.0
	if room < p.inner*least {
		gap = 8
	}
	for _, g := range s.groups {
		y = p.paragraph(p.margin, y, p.inner, labelSize*bold, labelLine, "heading", g.label) + 3
		for _, b := range g.bars {
			if room < p.inner*least {
				y = p.labelled(s, b, y, subtitleSize, " small") + gap
				continue
			}
			below := p.paragraph(p.margin, y, labels-8, subtitleSize, subtitleLine-2, "label small", b.label)
			at := (y + below - thick) / 2
			p.track(s, p.margin+labels, at, room, thick)
			p.bar(s, b, p.margin+labels, at, room, thick)
			p.value(b, p.width-p.margin-s.markRoom(), at+thick-1.5, "value small")
			y = below + gap
		}
		y += space - gap
	}
	return y - space
}

// value writes a value that ends at x, with its marks behind it, so that the
// values of a picture stand in line whether they have marks or not.
func (p *picture) value(b bar, x, y float64, class string) {
	p.Texts = append(p.Texts, words{X: x, Y: y, Class: class, Anchor: end, Text: b.value})
	if mark := b.mark(); mark != "" {
		p.Texts = append(p.Texts, words{X: x + markGap, Y: y - markRise, Class: "mark", Anchor: start, Text: mark})
	}
}

// markRoom is how wide the marks are.
func (s subject) markRoom() float64 {
	room := 0.0
	for _, g := range s.groups {
		for _, b := range g.bars {
			if mark := b.mark(); mark != "" {
				room = max(room, measure(mark, markSize)+markGap)
			}
		}
	}
	return math.Ceil(room)
}

// columns draws a series in time over lines at round values. Peaks carry their
// value; the others can be read off, and are in the description.
func (d draughtsman) columns(p *picture, s subject, y float64) float64 {
	const high, years = 210, 22
	bars := s.groups[0].bars
	step := roundStep(s.max / 4)
	top := math.Ceil(s.max/step) * step
	y += 12 // room for the value of the highest column
	base := y + high
	for v := 0.0; v <= top; v += step {
		at := base - v/top*high
		class := "line"
		if v == 0 {
			class = "line base"
		}
		p.Bars = append(p.Bars, shape{X: p.margin, Y: at - 0.5, W: p.inner, H: 1, Class: class})
		if v > 0 {
			p.Texts = append(p.Texts, words{X: p.margin, Y: at - 4, Class: "tick", Anchor: start, Text: d.Catalog.Decimal(d.language, int64(v), 0)})
		}
	}
	pitch := p.inner / float64(len(bars))
	each := int(math.Ceil((measure("0000", noteSize) + 8) / pitch))
	for i, b := range bars {
		tall := b.size / top * high
		x := p.margin + pitch*float64(i)
		p.Bars = append(p.Bars, shape{
			X: round(x + pitch*0.16), Y: round(base - tall), W: round(pitch * 0.68), H: round(tall), Round: 2, Class: "bar",
			Says: d.text("format.item", map[string]any{"Label": b.label, "Value": b.value}),
		})
		centre, above, long := x+pitch/2, base-tall-6, measure(b.value, subtitleSize*bold)
		switch mark := b.mark(); {
		case peak(bars, i) && centre+long/2 > p.width-p.margin:
			p.value(b, p.width-p.margin-s.markRoom(), above, "value small")
		case peak(bars, i):
			p.Texts = append(p.Texts, words{X: centre, Y: above, Class: "value small", Anchor: middle, Text: b.value})
			if mark != "" {
				p.Texts = append(p.Texts, words{X: centre + long/2 + markGap, Y: above - markRise, Class: "mark", Anchor: start, Text: mark})
			}
		case mark != "":
			p.Texts = append(p.Texts, words{X: centre, Y: above + 1, Class: "mark", Anchor: middle, Text: mark})
		}
		if (len(bars)-1-i)%each == 0 {
			half := measure(b.label, noteSize) / 2
			centre = min(max(centre, p.margin+half), p.width-p.margin-half)
			p.Texts = append(p.Texts, words{X: centre, Y: base + 17, Class: "tick", Anchor: middle, Text: b.label})
		}
	}
	return base + years
}

// peak tells whether a column stands above both its neighbours.
func peak(bars []bar, i int) bool {
	return (i == 0 || bars[i-1].size < bars[i].size) && (i == len(bars)-1 || bars[i+1].size < bars[i].size)
}

// roundStep is the least of 1, 2 or 5 times a power of ten that is not below
// least, and not below 1.
func roundStep(least float64) float64 {
	for power := 1.0; ; power *= 10 {
		for _, n := range []float64{1, 2, 5} {
			if n*power >= least {
				return n * power
			}
		}
	}
}

// footer sets the notes and the source.
func (p *picture) footer(s subject, y float64) float64 {
	if len(s.notes)+len(s.marked) > 0 || s.source != "" {
		y += 16
		p.Bars = append(p.Bars, shape{X: p.margin, Y: round(y) - 0.5, W: p.inner, H: 1, Class: "line"})
		y += 7
	}
	for i, text := range s.marked {
		p.Texts = append(p.Texts, words{X: p.margin, Y: y + noteLine*0.7, Class: "note", Anchor: start, Text: itoa(i + 1)})
		y = p.paragraph(p.margin+noteIndent, y, p.inner-noteIndent, noteSize, noteLine, "note", text) + 3
	}
	for _, text := range s.notes {
		y = p.paragraph(p.margin, y, p.inner, noteSize, noteLine, "note", text) + 3
	}
	return p.paragraph(p.margin, y, p.inner, noteSize, noteLine, "note source", s.source)
}

func (p *picture) track(s subject, x, y, w, h float64) {
	if s.full {
		p.Bars = append(p.Bars, shape{X: round(x), Y: round(y), W: round(w), H: h, Round: h / 2, Class: "track"})
	}
}

func (p *picture) bar(s subject, b bar, x, y, w, h float64) {
	class := "bar"
	if b.quiet {
		class = "bar quiet"
	}
	p.Bars = append(p.Bars, shape{X: round(x), Y: round(y), W: round(max(w*b.size/s.max, 2)), H: h, Round: h / 2, Class: class})
}

// mirror turns the picture for languages that run from right to left. Anchors
// stay: they follow the direction of the text.
func (p *picture) mirror() {
	for i := range p.Bars {
		p.Bars[i].X = round(p.width - p.Bars[i].X - p.Bars[i].W)
	}
	for i := range p.Texts {
		p.Texts[i].X = round(p.width - p.Texts[i].X)
	}
}

func (b bar) mark() string {
	marks := make([]string, len(b.marks))
	for i, m := range b.marks {
		marks[i] = itoa(m)
	}
	return strings.Join(marks, " ")
}

// describe says all values, one on each line.
func (d draughtsman) describe(s subject) string {
	lines := []string{s.subtitle}
	for _, g := range s.groups {
		for _, b := range g.bars {
			label := b.label
			if g.label != "" {
				label = d.text("chart.label", map[string]any{"Group": g.label, "Label": b.label})
			}
			lines = append(lines, d.text("format.item", map[string]any{"Label": label, "Value": b.value}))
		}
	}
	lines = append(append(lines, s.marked...), s.notes...)
	return strings.Join(append(lines, s.source), "\n")
}

// round keeps coordinates short.
func round(v float64) float64 { return math.Round(v*10) / 10 }

func itoa(n int) string { return strconv.Itoa(n) }
