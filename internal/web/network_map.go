package web

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"naru/internal/knowledge"
)

//go:embed worldmap.txt
var worldmapText string

// worldmap is land as dots on a grid, and where countries lie on it.
type worldmap struct {
	Width, Height int
	// Land is the path of all dots: one line per row of land, to be drawn
	// with a dotted stroke.
	Land   string
	places map[string]point
}

type point struct{ x, y float64 }

// home is the country whose partners are shown.
const home = "KR"

// bubble is a country with partners on the map.
type bubble struct {
	// X, Y, Radius and Way are in squares of the grid; Way is the line from
	// home.
	X, Y, Radius, Way string
	Count             int
	Home              bool
}

// readWorldmap reads worldmap.txt, whose format is told at its top.
func readWorldmap() (worldmap, error) {
	w := worldmap{places: map[string]point{}}
	var land strings.Builder
	for line := range strings.Lines(worldmapText) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == ';':
		case line[0] == '.' || line[0] == '#':
			w.Width = max(w.Width, len(line))
			dots(&land, line, w.Height)
			w.Height++
		default:
			var code string
			var at point
			if _, err := fmt.Sscan(line, &code, &at.x, &at.y); err != nil {
				return worldmap{}, fmt.Errorf("world map: %q: %w", line, err)
			}
			w.places[code] = at
		}
	}
	w.Land = land.String()
	return w, nil
}

// dots writes a row: a line through the middles of neighbouring squares of
// land, which a stroke of dashes without length and round ends turns into
// dots.
func dots(b *strings.Builder, row string, y int) {
	for x := 0; x < len(row); x++ {
		if row[x] != '#' {
			continue
		}
		from := x
		for x+1 < len(row) && row[x+1] == '#' {
			x++
		}
		// A little longer than to the last dot, so that rounding cannot cost
		// it; a dash begins every unit.
		fmt.Fprintf(b, "M%d.5 %d.5h%s", from, y, strconv.FormatFloat(float64(x-from)+0.1, 'f', 1, 64))
	}
}

// bubbles places the counts, the smallest on top. Countries that are not on
// the map are in the list beside it all the same.
func (w worldmap) bubbles(counts tally, names words) []bubble {
	from := w.places[home]
	all := []bubble{{X: attribute(from.x), Y: attribute(from.y), Radius: "1.1", Home: true}}
	for _, e := range names.base.Entities(knowledge.Country) {
		at, ok := w.places[e.ID]
		if !ok || counts[e.ID] == 0 || e.ID == home {
			continue
		}
		all = append(all, bubble{
			X: attribute(at.x), Y: attribute(at.y), Count: counts[e.ID],
			Radius: strconv.FormatFloat(0.75+0.5*math.Sqrt(float64(counts[e.ID])), 'f', 2, 64),
			Way:    fmt.Sprintf("M%s %sQ%s %s %s %s", attribute(from.x), attribute(from.y), attribute((from.x+at.x)/2), attribute(min(from.y, at.y)-math.Abs(from.x-at.x)*0.14), attribute(at.x), attribute(at.y)),
		})
	}
	slices.SortStableFunc(all, func(a, b bubble) int { return b.Count - a.Count })
	return all
}
