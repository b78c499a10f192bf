package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Check asks one part whether it works.
type Check struct {
	// Name is a short lower-case name, e.g. "store". Required and unique.
	Name string
	// Required makes the whole program unready when the part is down. The
	// others are reported alone: a mail relay that is away must not turn
	// inquiries away.
	Required bool
	// Timeout is when the part counts as down; zero means 2 s.
	Timeout time.Duration
	// Run returns nil when the part works. Required.
	Run func(context.Context) error
}

// Readiness is the answer of all checks at one moment.
type Readiness struct {
	// Status is "ready" or "unready".
	Status string          `json:"status"`
	Parts  map[string]Part `json:"parts"`
}

// Ready tells whether the program should get requests.
func (r Readiness) Ready() bool { return r.Status == "ready" }

// Part is the answer of one check.
type Part struct {
	// Status is "ok", "down", or "stopping" for the program itself.
	Status   string `json:"status"`
	Required bool   `json:"required"`
	// LatencyMS is how long the check took, in milliseconds.
	LatencyMS float64 `json:"latency_ms"`
}

// Health runs the registered checks. Between NewHealth and Stop it is ready
// when every required check succeeds.
type Health struct {
	logger   *slog.Logger
	stopping atomic.Bool

	mu     sync.Mutex // guards all below
	checks []*check
	run    *readinessRun // the run under way; nil for none
}

type check struct {
	Check
	busy atomic.Bool // a run that outlived its timeout has not returned yet
	down atomic.Bool // the last answer, to log changes only
}

// readinessRun is shared by all who ask while it is under way.
type readinessRun struct {
	done   chan struct{}
	answer Readiness
}

// NewHealth returns a registry without checks. A nil logger means silence.
func NewHealth(logger *slog.Logger) *Health {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Health{logger: logger}
}

// Register adds a check. It panics without a name or function and for a name
// taken: the checks are named by the program, not by its input.
func (h *Health) Register(c Check) {
	if c.Name == "" || c.Run == nil {
		panic("telemetry: health check without a name or function")
	}
	if c.Timeout <= 0 {
		c.Timeout = 2 * time.Second
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, known := range h.checks {
		if known.Name == c.Name {
			panic("telemetry: health check registered twice: " + c.Name)
		}
	}
	h.checks = append(h.checks, &check{Check: c})
}

// Stop makes the program unready for good, so that load balancers stop
// sending requests before it stops taking them.
func (h *Health) Stop() { h.stopping.Store(true) }

// Ready runs all checks side by side and reports them. Callers at the same
// time share one run, so that probing costs no more the more often it is done.
// When ctx ends first, the program is reported as unready.
func (h *Health) Ready(ctx context.Context) Readiness {
	if h.stopping.Load() {
		return Readiness{Status: "unready", Parts: map[string]Part{"program": {Status: "stopping", Required: true}}}
	}
	h.mu.Lock()
	run := h.run
	if run == nil {
		run = &readinessRun{done: make(chan struct{})}
		h.run = run
		// Apart from ctx: the run belongs to all who wait for it.
		go h.runAll(run, slices.Clip(h.checks))
	}
	h.mu.Unlock()
	select {
	case <-run.done:
		return run.answer
	case <-ctx.Done():
		return Readiness{Status: "unready", Parts: map[string]Part{}}
	}
}

func (h *Health) runAll(run *readinessRun, checks []*check) {
	parts := make([]Part, len(checks))
	var wait sync.WaitGroup
	for i, c := range checks {
		wait.Go(func() { parts[i] = h.ask(c) })
	}
	wait.Wait()
	answer := Readiness{Status: "ready", Parts: make(map[string]Part, len(checks))}
	for i, c := range checks {
		answer.Parts[c.Name] = parts[i]
		if c.Required && parts[i].Status != "ok" {
			answer.Status = "unready"
		}
	}
	run.answer = answer
	h.mu.Lock()
	h.run = nil
	h.mu.Unlock()
	close(run.done)
}

var errStillBusy = errors.New("the check before has not returned yet")

// ask runs one check under its timeout, even if it ignores its context.
func (h *Health) ask(c *check) Part {
	started := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	err := errStillBusy
	if c.busy.CompareAndSwap(false, true) {
		answer := make(chan error, 1)
		go func() {
			defer c.busy.Store(false)
			answer <- guarded(ctx, c.Run)
		}()
		select {
		case err = <-answer:
		case <-ctx.Done():
			err = fmt.Errorf("no answer in time: %w", ctx.Err())
		}
	}
	if wasDown := c.down.Swap(err != nil); wasDown != (err != nil) {
		if err != nil {
			h.logger.Warn("part is down", "part", c.Name, "required", c.Required, "error", err)
		} else {
			h.logger.Info("part is back", "part", c.Name)
		}
	}
	part := Part{Status: "ok", Required: c.Required, LatencyMS: float64(time.Since(started).Microseconds()) / 1000}
	if err != nil {
		part.Status = "down"
	}
	return part
}

func guarded(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("check panicked: %v", p)
		}
	}()
	return run(ctx)
}
