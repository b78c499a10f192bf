package naru

import (
	"testing"
	"time"
)

func TestMinor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		birth, at string
		want      bool
	}{
		{"2012-03-02", "2026-03-01T14:59:59Z", true}, // 23:59:59 in Korea
		{"2012-03-02", "2026-03-01T15:00:00Z", false},
		{"2012-03-02", "2026-03-01T10:00:00-05:00", false},
		{"2012-02-29", "2026-02-28T14:59:59Z", true},
		{"2012-02-29", "2026-02-28T15:00:00Z", false},
		{"1980-01-01", "2026-03-01T00:00:00Z", false},
		{"2026-02-28", "2026-03-01T00:00:00Z", true},
		{"", "2026-03-01T00:00:00Z", false},
		{"2020-02-30", "2026-03-01T00:00:00Z", false},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := (Patient{BirthDate: c.birth}).Minor(at); got != c.want {
			t.Errorf("born %s, at %s: %v, want %v", c.birth, c.at, got, c.want)
		}
	}
}
