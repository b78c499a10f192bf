package calendar

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func clock(t *testing.T, text string) Clock {
	t.Helper()
	var c Clock
	if err := c.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return c
}

func kst(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, Seoul)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// sample has the Chuseok of 2025, a week of holidays, and the substitutes of
// other years by rule.
func sample(t *testing.T) *Calendar {
	t.Helper()
	c, err := New(Options{
		Close: clock(t, "18:00"), Years: []int{2025},
		Holidays: []string{"2025-01-01", "2025-10-03", "2025-10-05", "2025-10-06", "2025-10-07", "2025-10-08", "2025-10-09"},
		Fixed:    []Fixed{{1, 1, false}, {3, 1, true}, {5, 5, true}, {10, 3, true}, {10, 9, true}, {12, 25, true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnswerBy(t *testing.T) {
	t.Parallel()
	c := sample(t)
	for arrived, want := range map[string]string{
		"2025-09-29 00:00": "2025-09-30 18:00", // Monday, at midnight
		"2025-09-29 10:00": "2025-09-30 18:00",
		"2025-09-29 23:59": "2025-09-30 18:00",
		"2025-10-02 17:59": "2025-10-10 18:00", // the day before Chuseok's holidays
		"2025-10-07 12:00": "2025-10-10 18:00", // in the midst of them
		"2025-10-10 09:00": "2025-10-13 18:00", // Friday
		"2025-10-11 09:00": "2025-10-13 18:00", // Saturday
		"2025-10-12 23:00": "2025-10-13 18:00", // Sunday
		"2025-12-31 12:00": "2026-01-02 18:00", // into a year known by rule
		"2031-03-01 12:00": "2031-03-04 18:00", // a Saturday, substituted on Monday
	} {
		if got := c.AnswerBy(kst(t, arrived)); !got.Equal(kst(t, want)) || got.Location() != time.UTC {
			t.Errorf("arrived %s: answer by %s, want %s", arrived, got.In(Seoul), want)
		}
	}
	// 15:30 UTC is the next day in Korea already.
	if got := c.AnswerBy(time.Date(2025, 9, 29, 15, 30, 0, 0, time.UTC)); !got.Equal(kst(t, "2025-10-01 18:00")) {
		t.Errorf("late UTC evening: %s", got.In(Seoul))
	}
}

func TestAnswerByIsTheNextBusinessDay(t *testing.T) {
	t.Parallel()
	c := sample(t)
	rapid.Check(t, func(t *rapid.T) {
		arrived := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "arrived"), 0)
		by := c.AnswerBy(arrived)
		if !c.BusinessDay(by) || by.In(Seoul).Hour() != 18 || by.Sub(arrived) < 18*time.Hour {
			t.Fatalf("arrived %s, answer by %s", arrived.In(Seoul), by.In(Seoul))
		}
		between := 0
		for day := arrived.In(Seoul).AddDate(0, 0, 1); day.Format(dateLayout) <= by.In(Seoul).Format(dateLayout); day = day.AddDate(0, 0, 1) {
			if c.BusinessDay(day) {
				between++
			}
		}
		if between != 1 {
			t.Fatalf("arrived %s, answer by %s: %d business days", arrived.In(Seoul), by.In(Seoul), between)
		}
	})
}

func TestHolidaysByRule(t *testing.T) {
	t.Parallel()
	c := sample(t)
	for day, want := range map[string]bool{
		"2027-10-03": true, "2027-10-04": true, // Sunday and its substitute
		"2027-10-09": true, "2027-10-11": true, // Saturday and its substitute
		"2027-10-12": false, "2028-01-01": true, "2028-01-03": false, // no substitute
		"2025-05-05": false, // a listed year has what is listed, and no more
	} {
		if got := c.Holiday(kst(t, day+" 12:00")); got != want {
			t.Errorf("%s is a holiday: %v", day, got)
		}
	}
	if c.Complete(2027) || !c.Complete(2025) {
		t.Error("Complete does not follow Options.Years")
	}
}

func TestOpenAt(t *testing.T) {
	t.Parallel()
	c := sample(t)
	weekdaysOnly := Hours{Days: []Weekday{1, 2, 3, 4, 5}, Open: clock(t, "09:00"), Close: clock(t, "17:30")}
	always := Hours{Days: []Weekday{0, 1, 2, 3, 4, 5, 6}, Open: 0, Close: clock(t, "24:00"), Holidays: true}
	for at, want := range map[string]bool{
		"2025-09-29 08:59": false, "2025-09-29 09:00": true, "2025-09-29 17:29": true, "2025-09-29 17:30": false,
		"2025-09-28 12:00": false, "2025-10-06 12:00": false,
	} {
		if got := c.OpenAt(weekdaysOnly, kst(t, at)); got != want {
			t.Errorf("open at %s: %v", at, got)
		}
		if !c.OpenAt(always, kst(t, at)) || c.OpenAt(Hours{}, kst(t, at)) {
			t.Errorf("at %s: always closed or never open", at)
		}
	}
	if !always.Always() || weekdaysOnly.Always() {
		t.Error("Always is wrong")
	}
}

func TestClockAndWeekday(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Clock{"00:00": 0, "09:05": 545, "24:00": 1440} {
		if got := clock(t, text); got != want || got.String() != text {
			t.Errorf("%s is %d, written %s", text, got, got)
		}
	}
	for _, text := range []string{"", "9:00", "24:01", "12:60", "-1:00", "ab:cd", "12-00", "+1:00"} {
		if new(Clock).UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q was taken for a time of day", text)
		}
	}
	for i, name := range weekdays {
		var w Weekday
		if err := w.UnmarshalText([]byte(name)); err != nil || int(w) != i || w.String() != name {
			t.Errorf("%s is %d: %v", name, w, err)
		}
	}
	if new(Weekday).UnmarshalText([]byte("Monday")) == nil {
		t.Error("Monday was taken for mon")
	}
}

func TestNewReportsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := New(Options{Years: []int{2025}, Holidays: []string{"2025-02-30", "2026-01-01", "2025-01-01", "2025-01-01"}, Fixed: []Fixed{{2, 30, false}, {2, 29, false}}})
	if err == nil {
		t.Fatal("no error")
	}
	want := []string{"end of office hours is missing", `"2025-02-30" is not a date YYYY-MM-DD`, "2026-01-01 is not in a year listed as complete", "2025-01-01 stands twice", "02-30 is not a day of the year"}
	if got := strings.Split(err.Error(), "\n"); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
