// Package alarm tells the operator by mail when deliveries are stuck for too
// long or too many fail for good: once an hour at most, however many processes
// look and however often they restart. The mail has figures only.
//
// An alert that cannot be sent is logged as an error each time and tried again
// at the next look: when the mail relay itself is away, the log is where it
// shows.
package alarm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"naru/internal/mail"
	"naru/internal/naru"
)

// Store is what the alarm looks at, and what remembers the last alert.
type Store interface {
	Tally(ctx context.Context) (naru.Tally, error)
	OldestWaiting(ctx context.Context) (time.Time, error)
	DeadSince(ctx context.Context, since time.Time) (int, error)
	AcquireLease(ctx context.Context, name, holder string, now, until time.Time) (held bool, err error)
	ReleaseLease(ctx context.Context, name, holder string) error
}

// Composer writes the alert.
type Composer interface {
	ComposeAlert(to string, a mail.Alert) (*mail.Message, error)
}

// Sender hands it to the relay.
type Sender interface {
	Send(ctx context.Context, msg *mail.Message) mail.Result
}

// Options configure an Alarm. All are required but Quiet.
type Options struct {
	Store    Store
	Composer Composer
	Sender   Sender
	Logger   *slog.Logger
	// To is the operator's plain address.
	To string
	// StuckAfter is how long the oldest delivery may wait, DeadPerHour how many
	// may fail for good within an hour, before the operator is told.
	StuckAfter  time.Duration
	DeadPerHour int
	// NewID makes the left part of Message-IDs, MessageIDDomain is the right.
	NewID           func() string
	MessageIDDomain string
	// RelayReachable tells whether the mail relay can be reached as far as is
	// known.
	RelayReachable func() bool
	// Quiet is the time between two alerts; default 1 hour.
	Quiet time.Duration
}

// Alarm looks when it is asked to. It may be asked from one goroutine at a
// time.
type Alarm struct{ options Options }

// window is what "lately" means for dead letters.
const window = time.Hour

// leaseName is the right to send an alert; whoever sent the last one holds it
// until the next may be sent.
const leaseName = "operator_alert"

// New checks the options.
func New(options Options) (*Alarm, error) {
	if options.Store == nil || options.Composer == nil || options.Sender == nil || options.Logger == nil || options.To == "" ||
		options.StuckAfter <= 0 || options.DeadPerHour < 0 || options.NewID == nil || options.MessageIDDomain == "" || options.RelayReachable == nil {
		return nil, errors.New("alarm: an option is missing")
	}
	if options.Quiet == 0 {
		options.Quiet = time.Hour
	}
	return &Alarm{options}, nil
}

// Check looks once and returns how many alerts it sent: 1 or 0.
func (a *Alarm) Check(ctx context.Context, now time.Time) (int, error) {
	alert, wrong, err := a.look(ctx, now)
	if err != nil || !wrong {
		return 0, err
	}
	id := a.options.NewID()
	alert.MessageID = id + "@" + a.options.MessageIDDomain
	held, err := a.options.Store.AcquireLease(ctx, leaseName, id, now, now.Add(a.options.Quiet))
	if err != nil || !held {
		return 0, err
	}
	a.options.Logger.Error("deliveries are in trouble", "stuck", alert.Stuck, "oldest_waiting_seconds", int(alert.OldestWaiting.Seconds()),
		"waiting", alert.Waiting, "dead_lately", alert.DeadLately, "relay_reachable", alert.RelayReachable)
	if err := a.send(ctx, alert); err != nil {
		// The next look may have more luck.
		return 0, errors.Join(err, a.options.Store.ReleaseLease(ctx, leaseName, id))
	}
	return 1, nil
}

// look tells whether something is wrong, and the figures.
func (a *Alarm) look(ctx context.Context, now time.Time) (alert mail.Alert, wrong bool, err error) {
	oldest, err := a.options.Store.OldestWaiting(ctx)
	if err != nil {
		return alert, false, err
	}
	dead, err := a.options.Store.DeadSince(ctx, now.Add(-window))
	if err != nil {
		return alert, false, err
	}
	alert = mail.Alert{At: now, DeadLately: int64(dead), RelayReachable: a.options.RelayReachable()}
	if !oldest.IsZero() {
		alert.OldestWaiting = now.Sub(oldest)
	}
	alert.Stuck = alert.OldestWaiting > a.options.StuckAfter
	if !alert.Stuck && dead <= a.options.DeadPerHour {
		return alert, false, nil
	}
	tally, err := a.options.Store.Tally(ctx)
	alert.Waiting, alert.Dead = tally.Waiting(), tally.Dead
	return alert, true, err
}

func (a *Alarm) send(ctx context.Context, alert mail.Alert) error {
	msg, err := a.options.Composer.ComposeAlert(a.options.To, alert)
	if err != nil {
		return err
	}
	if result := a.options.Sender.Send(ctx, msg); result.Outcome != naru.OutcomeDelivered {
		return fmt.Errorf("alert to the operator not sent: %s %s", result.Outcome, result.Reply)
	}
	return nil
}
