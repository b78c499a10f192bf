// Package housekeeper does what nobody asks for: from time to time it removes
// what was left behind or is no longer to be kept.
//
// Where several processes run one, the one that holds the lease works and the
// others watch; when it stops, another takes over at once, and when it dies,
// after the lease has ended. Should two work all the same, because one was
// paused for longer than its lease, nothing breaks: every job is safe to run in
// several processes at once, and to be cut off at any point. What one run
// leaves, the next one takes.
package housekeeper

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Job is one kind of work.
type Job struct {
	// Name is a constant for the log, e.g. "orphaned_attachments".
	Name string
	// Every is the pause between runs; zero means 10 minutes.
	Every time.Duration
	// Run does it and returns how many things it removed or changed.
	Run func(ctx context.Context, now time.Time) (int, error)
}

// Leases gives one holder at a time the right to work; see the store.
type Leases interface {
	AcquireLease(ctx context.Context, name, holder string, now, until time.Time) (held bool, err error)
	ReleaseLease(ctx context.Context, name, holder string) error
}

// leaseName is the name of the right.
const leaseName = "housekeeper"

// Options configure a Housekeeper. Logger, Jobs, Leases and Holder are
// required.
type Options struct {
	Logger *slog.Logger
	Jobs   []Job
	Leases Leases
	// Holder names this process, unique among all processes and starts.
	Holder string
	// Tick is how often it looks whether there is work; default 20 seconds. A
	// lease lasts three ticks.
	Tick time.Duration
	// Clock defaults to time.Now.
	Clock func() time.Time
}

// Housekeeper is the process part described in the package comment.
type Housekeeper struct {
	options Options
	// ran is when each job began last, by its place in Jobs. Run alone uses it.
	ran []time.Time
}

// New checks the options.
func New(options Options) (*Housekeeper, error) {
	if options.Logger == nil || len(options.Jobs) == 0 || options.Leases == nil || options.Holder == "" {
		return nil, errors.New("housekeeper: Logger, Jobs, Leases and Holder are required")
	}
	for i := range options.Jobs {
		if options.Jobs[i].Name == "" || options.Jobs[i].Run == nil {
			return nil, errors.New("housekeeper: a job lacks its name or function")
		}
		if options.Jobs[i].Every == 0 {
			options.Jobs[i].Every = 10 * time.Minute
		}
	}
	if options.Tick == 0 {
		options.Tick = 20 * time.Second
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	return &Housekeeper{options: options, ran: make([]time.Time, len(options.Jobs))}, nil
}

// Run works at once and then from time to time until ctx ends. A job that
// fails is logged and tried again the next time.
func (h *Housekeeper) Run(ctx context.Context) error {
	ticker := time.NewTicker(h.options.Tick)
	defer ticker.Stop()
	defer h.release(ctx)
	for {
		for i, job := range h.options.Jobs {
			now := h.options.Clock()
			if !h.ran[i].IsZero() && now.Sub(h.ran[i]) < job.Every {
				continue
			}
			if ctx.Err() != nil || !h.holds(ctx, now) {
				break
			}
			h.ran[i] = now
			h.work(ctx, job, now)
		}
		// Also without work: whoever holds the lease keeps it.
		h.holds(ctx, h.options.Clock())
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (h *Housekeeper) work(ctx context.Context, job Job, now time.Time) {
	n, err := job.Run(ctx, now)
	switch {
	case err != nil && ctx.Err() == nil:
		h.options.Logger.Warn("housekeeping failed", "job", job.Name, "done", n, "error", err)
	case n > 0:
		h.options.Logger.Info("housekeeping done", "job", job.Name, "done", n)
	}
}

// holds takes or prolongs the lease and tells whether this process has it.
func (h *Housekeeper) holds(ctx context.Context, now time.Time) bool {
	held, err := h.options.Leases.AcquireLease(ctx, leaseName, h.options.Holder, now, now.Add(3*h.options.Tick))
	if err != nil && ctx.Err() == nil {
		h.options.Logger.Warn("housekeeping waits for its lease", "error", err)
	}
	return held
}

// release lets another process take over at once.
func (h *Housekeeper) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := h.options.Leases.ReleaseLease(ctx, leaseName, h.options.Holder); err != nil {
		h.options.Logger.Warn("housekeeping lease not released", "error", err)
	}
}
