package mailer

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// gate holds the senders back while the relay cannot be reached, so that an
// outage costs each mail nothing: no attempt is begun that is known to fail,
// and sending goes on within seconds of the relay's return.
//
// One mail that fails to find a connection does not close it: it closes only
// when a probe, which carries no mail, fails too.
type gate struct {
	probe    func(context.Context) error
	reopened func(context.Context)
	logger   *slog.Logger
	// interval is the pause between probes.
	interval time.Duration

	mu sync.Mutex
	// opened is closed when the gate is open; nil-safe through newGate.
	// Guarded by mu.
	opened chan struct{}
	// checking tells that a probe loop runs. Guarded by mu.
	checking bool
	loops    sync.WaitGroup
}

func newGate(probe func(context.Context) error, reopened func(context.Context), logger *slog.Logger, interval time.Duration) *gate {
	opened := make(chan struct{})
	close(opened)
	return &gate{probe: probe, reopened: reopened, logger: logger, interval: interval, opened: opened}
}

// wait returns when the gate is open, or with ctx's error.
func (g *gate) wait(ctx context.Context) error {
	g.mu.Lock()
	opened := g.opened
	g.mu.Unlock()
	select {
	case <-opened:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isOpen tells whether mail may be sent.
func (g *gate) isOpen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.opened:
		return true
	default:
		return false
	}
}

// suspect is told that a mail found no relay. Unless it is being done already,
// the relay is probed, the gate closed if the probe fails, and opened when one
// succeeds. The loop ends with ctx.
func (g *gate) suspect(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.checking {
		return
	}
	g.checking = true
	g.loops.Go(func() {
		g.check(ctx)
		g.mu.Lock()
		g.checking = false
		g.mu.Unlock()
	})
}

func (g *gate) check(ctx context.Context) {
	err := g.probe(ctx)
	if err == nil || ctx.Err() != nil {
		return
	}
	since := time.Now()
	opened := make(chan struct{})
	g.mu.Lock()
	g.opened = opened
	g.mu.Unlock()
	g.logger.Warn("mail relay is away; sending waits", "error", err)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(g.interval):
		}
		if g.probe(ctx) == nil {
			break
		}
	}
	g.logger.Info("mail relay is back; sending goes on", "outage_seconds", int(time.Since(since).Seconds()))
	close(opened)
	g.reopened(ctx)
}
