package locale

import (
	"math"
	"strconv"
	"time"

	"golang.org/x/text/number"
)

// The format.* texts say how a language writes dates and sizes; they lie with
// the other texts, in the area "format".
const (
	keyDate      = "format.date"         // {{.Year}} {{.Month}} {{.Day}}
	keyDate149   = "format.date_149"     // the same for days that end in 1, 4 or 9
	keyMonth     = "format.month."       // + 1 to 12: the month as it stands in a date
	keyAlone     = "format.month_alone." // + 1 to 12: the month with no day beside it
	keyYearMonth = "format.year_month"   // {{.Year}} {{.Month}}
	keyDateTime  = "format.datetime"     // {{.Date}} {{.Time}} {{.Zone}}
	keyZone      = "format.zone."        // + IANA name: what people call the time there
	keyBytes     = "format.bytes."       // + b, kb, mb, gb: {{.Size}}
)

// Date writes the day of t, in t's own time zone, in full: "3 November 2026".
func (c *Catalog) Date(lang string, t time.Time) string {
	key := keyDate
	switch t.Day() % 10 {
	case 1, 4, 9:
		key = keyDate149
	}
	return c.Fill(lang, key, func(name string) string {
		switch name {
		case "Year":
			return strconv.Itoa(t.Year())
		case "Month":
			return c.Text(lang, keyMonth+strconv.Itoa(int(t.Month())), nil)
		case "Day":
			return strconv.Itoa(t.Day())
		}
		return ""
	})
}

// Month writes a month, 1 to 12, of a year, or with 0 of any: "November 2026".
func (c *Catalog) Month(lang string, year, month int) string {
	name := c.Text(lang, keyAlone+strconv.Itoa(month), nil)
	if year == 0 {
		return name
	}
	return c.Text(lang, keyYearMonth, map[string]any{"Year": strconv.Itoa(year), "Month": name})
}

// DateTime writes date, hour and minute of t at loc, and which time that is:
// "3 November 2026, 14:05 (Korea time)". A zone the texts have no name for is
// given by its offset, "UTC+05:00".
func (c *Catalog) DateTime(lang string, t time.Time, loc *time.Location) string {
	t = t.In(loc)
	zone := keyZone + loc.String()
	if c.Has(zone) {
		zone = c.Text(lang, zone, nil)
	} else if zone = "UTC"; t.Format("Z07:00") != "Z" {
		zone += t.Format("-07:00")
	}
	return c.Fill(lang, keyDateTime, func(name string) string {
		switch name {
		case "Date":
			return c.Date(lang, t)
		case "Time":
			return t.Format("15:04")
		case "Zone":
			return zone
		}
		return ""
	})
}

// Number writes n with the language's group separators and Latin digits.
func (c *Catalog) Number(lang string, n int64) string { return c.texts(lang).number(n) }

func (t *texts) number(n int64) string { return t.numbers.Sprint(number.Decimal(n)) }

// Decimal writes unscaled / 10^scale with all of its scale digits after the
// point: 1001 and 1 are 100.1, or 100,1 where a comma is used.
func (c *Catalog) Decimal(lang string, unscaled int64, scale int) string {
	return c.texts(lang).numbers.Sprint(number.Decimal(float64(unscaled)/math.Pow10(scale), number.Scale(scale)))
}

// Bytes writes a size in bytes with the unit people know it by, as file
// managers do (1 MB = 1024 KB), with one decimal where it tells something.
func (c *Catalog) Bytes(lang string, n int64) string { return c.texts(lang).bytes(n) }

func (t *texts) bytes(n int64) string {
	size, unit := float64(n), "b"
	for _, next := range []string{"kb", "mb", "gb"} {
		if size < 1024 {
			break
		}
		size, unit = size/1024, next
	}
	decimals := number.MaxFractionDigits(0)
	if size < 10 && unit != "b" {
		decimals = number.MaxFractionDigits(1)
	}
	return t.fill(t.messages[keyBytes+unit], noCount, map[string]any{"Size": t.numbers.Sprint(number.Decimal(size, decimals))})
}
