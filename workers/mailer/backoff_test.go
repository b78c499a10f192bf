package mailer

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBackoffGrowsToItsMaximum(t *testing.T) {
	t.Parallel()
	b := Backoff{First: 15 * time.Second, Factor: 2, Max: 2 * time.Hour}
	for attempt, want := range map[int]time.Duration{
		1: 15 * time.Second, 2: 30 * time.Second, 3: time.Minute, 9: 64 * time.Minute, 10: 2 * time.Hour, 5000: 2 * time.Hour,
	} {
		if got := b.Wait(attempt, 0.5); got != want {
			t.Errorf("after attempt %d: %v, want %v", attempt, got, want)
		}
	}
}

func TestBackoffStaysWithinItsJitter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := Backoff{First: 15 * time.Second, Factor: 2, Max: 2 * time.Hour, Jitter: 0.2}
		attempt := rapid.IntRange(1, 100).Draw(t, "attempt")
		random := rapid.Float64Range(0, 1).Draw(t, "random")
		got, middle := b.Wait(attempt, random), b.Wait(attempt, 0.5)
		if got < middle*79/100 || got > middle*121/100 {
			t.Fatalf("attempt %d, random %v: %v is not within 20 %% of %v", attempt, random, got, middle)
		}
	})
}
