package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Clock is a time of day in minutes after midnight, 0 to 24:00.
type Clock int

const endOfDay Clock = 24 * 60

// UnmarshalText reads "09:00" to "24:00".
func (c *Clock) UnmarshalText(text []byte) error {
	wrong := errors.New(`is not a time of day such as "09:00"`)
	if len(text) != 5 || text[2] != ':' {
		return wrong
	}
	hour, hourErr := strconv.ParseUint(string(text[:2]), 10, 8)
	minute, minuteErr := strconv.ParseUint(string(text[3:]), 10, 8)
	if hourErr != nil || minuteErr != nil || minute > 59 || hour*60+minute > uint64(endOfDay) {
		return wrong
	}
	*c = Clock(hour*60 + minute)
	return nil
}

// String is the form that UnmarshalText reads.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c/60, c%60) }

// on is this time on the Korean day of t.
func (c Clock) on(t time.Time) time.Time {
	day := t.In(Seoul)
	return time.Date(day.Year(), day.Month(), day.Day(), int(c/60), int(c%60), 0, 0, Seoul)
}

// Weekday is a day of the week written "mon" to "sun".
type Weekday time.Weekday

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// UnmarshalText reads a day of the week.
func (w *Weekday) UnmarshalText(text []byte) error {
	i := slices.Index(weekdays, string(text))
	if i < 0 {
		return errors.New("is not a day of the week: mon, tue, wed, thu, fri, sat, sun")
	}
	*w = Weekday(i)
	return nil
}

// String is the form that UnmarshalText reads.
func (w Weekday) String() string { return weekdays[w] }
