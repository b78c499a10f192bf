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
// A mail that fails to find a connection raises a doubt. A doubt closes the gate
// until a probe, which carries no mail, has settled it: a relay that answers it
// is there, and it was that mail alone; one that does not is away.
type gate struct {
	probe    func(context.Context) error
	reopened func(context.Context)
	logger   *slog.Logger
	// interval is the pause between probes.
	interval time.Duration

	mu sync.Mutex
	// opened is closed when the gate is open, settled when the last doubt is, one
	// way or the other. Guarded by mu.
	opened, settled chan struct{}
	// away tells that a probe has failed and none succeeded since. Guarded by mu.
	away  bool
	loops sync.WaitGroup
}

func newGate(probe func(context.Context) error, reopened func(context.Context), logger *slog.Logger, interval time.Duration) *gate {
	opened := make(chan struct{})
	close(opened)
	return &gate{probe: probe, reopened: reopened, logger: logger, interval: interval, opened: opened, settled: opened}
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

// passable waits while there is a doubt, and tells whether the gate is open then;
// it is false when ctx has ended.
func (g *gate) passable(ctx context.Context) bool {
	g.mu.Lock()
	opened, settled := g.opened, g.settled
	g.mu.Unlock()
	select {
	case <-settled:
	case <-ctx.Done():
		return false
	}
	select {
	case <-opened:
		return ctx.Err() == nil
	default:
		return false
	}
}

// relayThere tells whether the relay can be reached as far as is known.
func (g *gate) relayThere() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.away
}

// suspect is told that a mail found no relay. Unless that is being looked into
// already, the gate closes until a probe succeeds or ctx ends.
func (g *gate) suspect(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.opened:
	default:
		return
	}
	opened, settled := make(chan struct{}), make(chan struct{})
	g.opened, g.settled = opened, settled
	g.loops.Go(func() { g.settle(ctx, opened, settled) })
}

// settle probes until the relay answers, and opens the gate.
func (g *gate) settle(ctx context.Context, opened, settled chan struct{}) {
	err := g.probe(ctx)
	if err == nil {
		close(opened)
	}
	close(settled)
	if err == nil {
		return
	}
	if ctx.Err() != nil {
		return
	}
	since := time.Now()
	g.setAway(true)
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
	g.setAway(false)
	close(opened)
	g.reopened(ctx)
}

func (g *gate) setAway(away bool) {
	g.mu.Lock()
	g.away = away
	g.mu.Unlock()
}
