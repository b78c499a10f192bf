package mailer

import (
	"math"
	"time"
)

// Backoff is the schedule of retries.
type Backoff struct {
	// First is the wait after the first failure, at most 30 seconds by the
	// promise to the writer.
	First time.Duration
	// Factor multiplies each further wait, up to Max.
	Factor float64
	Max    time.Duration
	// Jitter is the share by which a wait varies either way, 0 to 0.5, so
	// that mails that failed together are not tried together.
	Jitter float64
}

// Longest returns the longest pause there can be.
func (b Backoff) Longest() time.Duration {
	return time.Duration(float64(b.Max) * (1 + b.Jitter))
}

// Wait returns the pause after the given attempt failed, counted from 1.
// random is in [0, 1).
func (b Backoff) Wait(attempt int, random float64) time.Duration {
	wait := min(float64(b.First)*math.Pow(b.Factor, float64(attempt-1)), float64(b.Max))
	return time.Duration(wait * (1 + b.Jitter*(2*random-1)))
}
