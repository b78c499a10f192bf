// Package relay moves deliveries from the store's outbox to the queue, and
// back when the queue lost them.
//
// It reads what is due, publishes it in windows, and marks what the broker
// acknowledged. It holds no claim while it does so: any number of relays may
// publish the same delivery, the broker drops duplicates by Msg-ID, and the
// store grants each attempt to one mailer only. So a relay that dies at any
// point leaves nothing to be cleaned up.
//
// The broker is not trusted to remember: at every start, after every failure
// and every few seconds the relay compares what the store believes to be queued
// with what the stream holds, and makes due again what is missing.
//
// Nor is it asked to hold what nobody can send yet: the stream gets what keeps
// the mailers busy, and the outbox keeps the rest. While the mail relay is away
// or slow, accepting so pays for no transport, and a lost stream is soon refilled.
//
// Nor are leases believed blindly. A lease that ended tells that its worker is
// gone only if the worker could have renewed it: after the store was away or
// the clock was set, workers are given time to do so first.
package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"naru/internal/naru"
)

// Store is what the relay needs of the outbox.
type Store interface {
	DueDeliveries(ctx context.Context, now time.Time, limit int) ([]naru.Dispatch, error)
	NextDue(ctx context.Context) (time.Time, error)
	MarkQueued(ctx context.Context, epoch string, queued []naru.Queued) error
	RequeueLost(ctx context.Context, stream naru.StreamState) (int, error)
	ReleaseExpired(ctx context.Context, now time.Time) (int, error)
	HastenBeyond(ctx context.Context, now, beyond time.Time) (int, error)
	UnannouncedDead(ctx context.Context, limit int) ([]naru.Dispatch, error)
	MarkAnnounced(ctx context.Context, ids []string) error
}

// Queue is what the relay needs of the broker.
type Queue interface {
	Ensure(ctx context.Context) error
	State(ctx context.Context) (naru.StreamState, error)
	Publish(ctx context.Context, dispatches []naru.Dispatch) ([]naru.Queued, error)
	PublishDead(ctx context.Context, dispatches []naru.Dispatch) ([]string, error)
	Wakes() (wakes <-chan struct{}, end func(), err error)
}

// Options configure a Relay. Store, Queue, Logger and LongestWait are required.
type Options struct {
	Store  Store
	Queue  Queue
	Logger *slog.Logger
	// Clock defaults to time.Now.
	Clock func() time.Time
	// Window is the most that is published at once; default 256.
	Window int
	// Ahead is how many messages the stream holds before the outbox keeps the
	// rest; at least Window, default 16 windows. With several relays it may
	// become a few windows more.
	Ahead int
	// Sweep is how often store and stream are compared, and the longest a
	// lost wake can delay a delivery; default 2 seconds.
	Sweep time.Duration
	// Grace is how long store and clock must have been in order before leases
	// that ended are acted on: longer than workers take to renew theirs;
	// default 10 seconds.
	Grace time.Duration
	// LongestWait is the longest that a retry is ever put off; what seems to
	// wait for longer was put off before the clock was set back. Required.
	LongestWait time.Duration
	// Published is called with the size of each window stored and the time
	// it took; may be nil.
	Published func(n int, took time.Duration)
}

// Relay is the process part described in the package comment.
type Relay struct {
	options Options
	// epoch is the stream that the last sweep saw, empty before the first and
	// after a failure; swept is when that was.
	epoch string
	swept time.Time
	// room is how much of Ahead is left for sure: what mailers have taken since
	// the stream was looked at comes on top.
	room int
	// unmarked is what was published lately.
	unmarked marks
	// steady is since when store and clock are in order. It and seen are read
	// from the machine's own clock, whose reading of elapsed time does not jump;
	// wall is what the clock of the options showed at seen.
	steady, seen, wall time.Time
	// setBack tells that the clock was set back and what waits has not been
	// hastened since.
	setBack bool
}

// jump is how far the clock may move beside the true passing of time.
const jump = 2 * time.Second

// fullPause is how long a stream without room is left alone: far less than
// mailers take to empty it.
const fullPause = 25 * time.Millisecond

// New checks the options.
func New(options Options) (*Relay, error) {
	if options.Store == nil || options.Queue == nil || options.Logger == nil || options.LongestWait <= 0 {
		return nil, errors.New("relay: Store, Queue, Logger and LongestWait are required")
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.Window == 0 {
		options.Window = 256
	}
	if options.Ahead == 0 {
		options.Ahead = 16 * options.Window
	}
	if options.Ahead < options.Window {
		return nil, fmt.Errorf("relay: Ahead %d must not be less than Window %d", options.Ahead, options.Window)
	}
	if options.Sweep == 0 {
		options.Sweep = 2 * time.Second
	}
	if options.Grace == 0 {
		options.Grace = 10 * time.Second
	}
	return &Relay{options: options}, nil
}

// Run works until ctx ends and then returns nil. Failures of store and queue
// are logged when they begin and when they end, and tried again after half a
// second to two seconds; none ends it.
func (r *Relay) Run(ctx context.Context) error {
	wakes, end, err := r.options.Queue.Wakes()
	if err != nil {
		return err
	}
	defer end()
	r.steady, r.seen, r.wall = time.Now(), time.Now(), r.options.Clock()
	failures := 0
	for ctx.Err() == nil {
		wait, err := r.step(ctx)
		switch {
		case err != nil && ctx.Err() != nil:
			// Told to stop: no failure.
		case err != nil:
			if failures == 0 {
				r.options.Logger.Warn("relay stalled", "error", err)
			}
			failures++
			// Look at the stream before publishing again, and at all that is due.
			r.epoch, r.unmarked = "", marks{}
			r.steady = time.Now()
			wait = min(time.Duration(failures)*500*time.Millisecond, 2*time.Second)
		case failures > 0:
			r.options.Logger.Info("relay goes on", "failures", failures)
			failures = 0
		}
		if wait > 0 {
			// New work is no news for a broker that is broken or a stream that is
			// full.
			r.sleep(ctx, wait, wakes, failures == 0 && r.hasRoom())
		}
	}
	if err := r.mark(ctx); err != nil {
		r.options.Logger.Warn("published deliveries not marked", "error", err)
	}
	return nil
}

// sleep waits for the time given, a wake (unless wakeable is false), or the end
// of ctx.
func (r *Relay) sleep(ctx context.Context, wait time.Duration, wakes <-chan struct{}, wakeable bool) {
	if !wakeable {
		wakes = nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wakes:
	case <-timer.C:
	}
}

// step does what is to be done now and returns how long nothing more is
// expected; zero means that more waits.
func (r *Relay) step(ctx context.Context) (time.Duration, error) {
	now := r.options.Clock()
	r.watch(now)
	if r.epoch == "" || r.setBack || now.Sub(r.swept) >= r.options.Sweep || now.Before(r.swept) {
		if err := r.sweep(ctx, now); err != nil {
			return 0, err
		}
	}
	if len(r.unmarked.queued) > 0 && r.unmarked.due() == 0 {
		if err := r.mark(ctx); err != nil {
			return 0, err
		}
	}
	if !r.hasRoom() {
		if _, err := r.stream(ctx); err != nil {
			return 0, err
		}
		if !r.hasRoom() {
			return fullPause, nil
		}
	}
	n, err := r.publish(ctx, now)
	if err != nil {
		return 0, err
	}
	if n == r.options.Window {
		return 0, nil
	}
	if len(r.unmarked.queued) > 0 {
		return max(r.unmarked.due(), time.Millisecond), nil
	}
	if !r.hasRoom() {
		// As far as is known: mailers may have made room since. What is accepted
		// now must not wait for the sweep.
		return fullPause, nil
	}
	next, err := r.options.Store.NextDue(ctx)
	if err != nil {
		return 0, err
	}
	wait := r.options.Sweep
	if !next.IsZero() {
		// A millisecond at least: a row that another relay is publishing
		// stays due until it is marked.
		wait = min(wait, max(next.Sub(r.options.Clock()), time.Millisecond))
	}
	return wait, nil
}

// watch notices when the clock was set or the machine was asleep.
func (r *Relay) watch(now time.Time) {
	elapsed := now.Round(0).Sub(r.wall.Round(0)) // by the wall clock
	if moved := elapsed - time.Since(r.seen); moved.Abs() > jump {
		r.options.Logger.Warn("clock was set", "moved_seconds", int(moved.Seconds()))
		r.steady = time.Now()
		r.setBack = r.setBack || moved < 0
	}
	r.seen, r.wall = time.Now(), now
}

// sweep brings store and stream into agreement and announces dead letters.
func (r *Relay) sweep(ctx context.Context, now time.Time) error {
	if r.epoch == "" {
		if err := r.options.Queue.Ensure(ctx); err != nil {
			return err
		}
	}
	stream, err := r.stream(ctx)
	if err != nil {
		return err
	}
	lost, err := r.options.Store.RequeueLost(ctx, stream)
	if err != nil {
		return err
	}
	if lost > 0 {
		r.options.Logger.Warn("queue had lost deliveries; they are queued again", "deliveries", lost)
	}
	if time.Since(r.steady) >= r.options.Grace {
		if err := r.releaseExpired(ctx, now); err != nil {
			return err
		}
	}
	if err := r.hasten(ctx, now); err != nil {
		return err
	}
	if err := r.announceDead(ctx); err != nil {
		return err
	}
	r.epoch, r.swept = stream.Epoch, now
	return nil
}

// stream looks at the stream and takes note of the room in it.
func (r *Relay) stream(ctx context.Context) (naru.StreamState, error) {
	stream, err := r.options.Queue.State(ctx)
	if err == nil {
		r.room = r.options.Ahead - int(stream.Held)
	}
	return stream, err
}

// hasRoom tells whether a window fits, so that the stream is filled by windows
// and not one by one.
func (r *Relay) hasRoom() bool { return r.room >= r.options.Window }

// hasten mends what a clock that was set back has put off: seen to happen, all
// that waits is due now; otherwise, what waits for longer than anything can.
func (r *Relay) hasten(ctx context.Context, now time.Time) error {
	beyond := now.Add(r.options.LongestWait)
	if r.setBack {
		beyond = now
	}
	hastened, err := r.options.Store.HastenBeyond(ctx, now, beyond)
	if hastened > 0 {
		r.options.Logger.Warn("the clock was set back; waiting deliveries are due now", "deliveries", hastened)
	}
	if err == nil {
		r.setBack = false
	}
	return err
}

func (r *Relay) releaseExpired(ctx context.Context, now time.Time) error {
	expired, err := r.options.Store.ReleaseExpired(ctx, now)
	if expired > 0 {
		r.options.Logger.Warn("a worker left deliveries unfinished; they are tried again", "deliveries", expired)
	}
	return err
}

// publish queues one window of what is due and returns how many there were.
func (r *Relay) publish(ctx context.Context, now time.Time) (int, error) {
	due, err := r.options.Store.DueDeliveries(ctx, now, r.options.Window+len(r.unmarked.queued))
	if due = r.unmarked.without(due); err != nil || len(due) == 0 {
		return 0, err
	}
	due = due[:min(len(due), r.options.Window)]
	start := time.Now()
	queued, publishErr := r.options.Queue.Publish(ctx, due)
	r.room -= len(due)
	r.unmarked.add(r.epoch, queued)
	if len(queued) > 0 && r.options.Published != nil {
		r.options.Published(len(queued), time.Since(start))
	}
	if publishErr != nil || len(r.unmarked.queued) >= many {
		if err := r.mark(ctx); err != nil {
			return 0, errors.Join(publishErr, err)
		}
	}
	return len(due), publishErr
}

func (r *Relay) announceDead(ctx context.Context) error {
	dead, err := r.options.Store.UnannouncedDead(ctx, r.options.Window)
	if err != nil || len(dead) == 0 {
		return err
	}
	stored, publishErr := r.options.Queue.PublishDead(ctx, dead)
	if len(stored) > 0 {
		if err := r.options.Store.MarkAnnounced(ctx, stored); err != nil {
			return errors.Join(publishErr, err)
		}
	}
	return publishErr
}
