// Package calendar knows the business days and office hours of Korea, and from
// them when an inquiry will have been answered.
//
// It computes with values alone: no clock, no input or output. A Calendar is
// read-only once made and may be used by any number of goroutines. New reports
// impossible dates; nothing else fails.
package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Seoul is Korean time. Korea has kept UTC+9 without summer time since 1988;
// the fixed zone needs no time zone database on the host.
var Seoul = time.FixedZone("Asia/Seoul", 9*60*60)

const dateLayout = "2006-01-02"

// Fixed is a holiday on the same day of every year.
type Fixed struct {
	Month time.Month
	Day   int
	// Substitute tells that a Saturday or Sunday gives the next day that is
	// neither weekend nor holiday instead.
	Substitute bool
}

// Options is what New needs.
type Options struct {
	// Close ends the office hours that promises are counted by; required.
	Close Clock
	// Years are those of which Holidays lists every public holiday, substitute
	// holidays included, as YYYY-MM-DD.
	Years    []int
	Holidays []string
	// Fixed holidays stand in for years that are not listed. Lunar holidays
	// are unknown there.
	Fixed []Fixed
}

// Calendar tells business days from others.
type Calendar struct {
	close    Clock
	years    []int
	holidays map[date]bool
	fixed    []Fixed
}

// date is a day in Korea.
type date struct {
	year  int
	month time.Month
	day   int
}

// dateOf is the day that t, which is in Korean time, falls on.
func dateOf(t time.Time) date {
	year, month, day := t.Date()
	return date{year, month, day}
}

// New returns a calendar. Its error joins all faults of the options.
func New(o Options) (*Calendar, error) {
	c := &Calendar{close: o.Close, years: slices.Clone(o.Years), holidays: map[date]bool{}, fixed: slices.Clone(o.Fixed)}
	var faults []error
	if o.Close <= 0 {
		faults = append(faults, errors.New("end of office hours is missing"))
	}
	for _, h := range o.Holidays {
		day, err := time.Parse(dateLayout, h)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("%q is not a date YYYY-MM-DD", h))
		case !slices.Contains(o.Years, day.Year()):
			faults = append(faults, fmt.Errorf("%s is not in a year listed as complete", h))
		case c.holidays[dateOf(day)]:
			faults = append(faults, fmt.Errorf("%s stands twice", h))
		}
		c.holidays[dateOf(day)] = true
	}
	for _, f := range o.Fixed {
		// A leap year, so that 29 February counts as a date.
		if d := time.Date(2024, f.Month, f.Day, 0, 0, 0, 0, Seoul); d.Month() != f.Month || d.Day() != f.Day {
			faults = append(faults, fmt.Errorf("%02d-%02d is not a day of the year", f.Month, f.Day))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return c, nil
}

// Complete tells whether all public holidays of a year are known.
func (c *Calendar) Complete(year int) bool { return slices.Contains(c.years, year) }

// Holiday tells whether the Korean day of t is a public holiday. Ordinary
// Saturdays and Sundays are none.
func (c *Calendar) Holiday(t time.Time) bool {
	day := t.In(Seoul)
	if c.Complete(day.Year()) {
		return c.holidays[dateOf(day)]
	}
	return c.fixedHolidays(day.Year())[dateOf(day)]
}

// fixedHolidays are those of a year that is not listed.
func (c *Calendar) fixedHolidays(year int) map[date]bool {
	days := map[date]bool{}
	at := func(f Fixed) time.Time { return time.Date(year, f.Month, f.Day, 12, 0, 0, 0, Seoul) }
	for _, f := range c.fixed {
		days[dateOf(at(f))] = true
	}
	for _, f := range c.fixed {
		day := at(f)
		if !f.Substitute || !weekend(day) {
			continue
		}
		for weekend(day) || days[dateOf(day)] {
			day = day.AddDate(0, 0, 1)
		}
		days[dateOf(day)] = true
	}
	return days
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

// BusinessDay tells whether the Korean day of t is one from Monday to Friday
// and no public holiday.
func (c *Calendar) BusinessDay(t time.Time) bool {
	return !weekend(t.In(Seoul)) && !c.Holiday(t)
}

// AnswerBy returns, in UTC, when a person will have answered what arrived at
// t: at the end of office hours of the first business day after the Korean day
// of t. The day of arrival itself is not counted, at whatever hour and on
// whatever day it is: what arrives on Monday morning or Monday night is
// answered by Tuesday evening, what arrives on Friday or at the weekend by
// Monday evening, all this where none of these is a holiday.
func (c *Calendar) AnswerBy(t time.Time) time.Time {
	day := t.In(Seoul).AddDate(0, 0, 1)
	for !c.BusinessDay(day) {
		day = day.AddDate(0, 0, 1)
	}
	return c.close.on(day).UTC()
}

// Hours are the office hours of a team, in Korean time. The zero value is
// never open.
type Hours struct {
	Days []Weekday `yaml:"days" validate:"min=1,unique"`
	// Open is the first minute, Close the first one after.
	Open  Clock `yaml:"open"`
	Close Clock `yaml:"close" validate:"gtfield=Open"`
	// Holidays tells that the team is there on public holidays too.
	Holidays bool `yaml:"holidays"`
}

// OpenAt tells whether a team with these hours is there at t.
func (c *Calendar) OpenAt(h Hours, t time.Time) bool {
	local := t.In(Seoul)
	if !slices.Contains(h.Days, Weekday(local.Weekday())) || !h.Holidays && c.Holiday(local) {
		return false
	}
	now := Clock(local.Hour()*60 + local.Minute())
	return h.Open <= now && now < h.Close
}

// Always tells whether the hours never end.
func (h Hours) Always() bool {
	return h.Holidays && h.Open == 0 && h.Close == endOfDay && len(h.Days) == 7
}
