// Package housekeeper does what nobody asks for: it removes, from time to time,
// what was left behind. Every job is safe to run in several processes at once
// and to be cut off at any point; what one run leaves, the next one takes.
package housekeeper

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Job is one kind of cleaning.
type Job struct {
	// Name is a constant for the log, e.g. "orphaned_attachments".
	Name string
	// Run removes what is left behind and returns how many things it removed.
	Run func(ctx context.Context, now time.Time) (int, error)
}

// Options configure a Housekeeper. Logger and Jobs are required.
type Options struct {
	Logger *slog.Logger
	Jobs   []Job
	// Every is the pause between runs; default 10 minutes.
	Every time.Duration
	// Clock defaults to time.Now.
	Clock func() time.Time
}

// Housekeeper is the process part described in the package comment.
type Housekeeper struct{ options Options }

// New checks the options.
func New(options Options) (*Housekeeper, error) {
	if options.Logger == nil || len(options.Jobs) == 0 {
		return nil, errors.New("housekeeper: Logger and Jobs are required")
	}
	if options.Every == 0 {
		options.Every = 10 * time.Minute
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	return &Housekeeper{options}, nil
}

// Run cleans at once and then from time to time until ctx ends. A job that
// fails is logged and tried again the next time.
func (h *Housekeeper) Run(ctx context.Context) error {
	ticker := time.NewTicker(h.options.Every)
	defer ticker.Stop()
	for {
		for _, job := range h.options.Jobs {
			n, err := job.Run(ctx, h.options.Clock())
			switch {
			case err != nil && ctx.Err() == nil:
				h.options.Logger.Warn("cleaning failed", "job", job.Name, "error", err)
			case n > 0:
				h.options.Logger.Info("cleaned", "job", job.Name, "removed", n)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
