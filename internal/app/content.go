package app

import (
	"time"

	"naru/internal/chart"
	"naru/internal/web"
)

// content is what the pages of the dataset are made from.
func (a *Assets) content(charts *chart.Charts) web.Content {
	return web.Content{
		Knowledge: a.Knowledge, Hours: a.hours,
		Picture: func(name, language string) (web.Picture, bool) {
			c, ok := charts.Chart(name, language)
			if !ok {
				return web.Picture{}, false
			}
			return web.Picture{
				Title:  c.Title,
				Wide:   web.Drawing{URL: c.Path(), Width: c.Width, Height: c.Height},
				Narrow: web.Drawing{URL: c.Narrow.Path(), Width: c.Narrow.Width, Height: c.Narrow.Height},
			}, true
		},
	}
}

// hours are the office hours of a team, the week beginning on Monday.
func (a *Assets) hours(team string) web.Hours {
	h := a.Desk.Hours(team)
	out := web.Hours{Opens: h.Open.String(), Closes: h.Close.String(), Holidays: h.Holidays}
	for i := range 7 {
		day := time.Weekday((i + 1) % 7)
		for _, open := range h.Days {
			if time.Weekday(open) == day {
				out.Days = append(out.Days, day)
			}
		}
	}
	return out
}
