package app

import (
	"context"
	"errors"
	"time"

	"naru/config"
	"naru/internal/mail"
	"naru/internal/naru"
	"naru/internal/store"
)

// eraseBatch is how many old inquiries are erased before caught mail is
// searched for theirs.
const eraseBatch = 100

// Erase removes an inquiry from the database and its mails from those caught,
// and returns what it removed and how many mails were caught. While one of its
// mails is being sent it waits, for as long as patience says. Errors are those
// of store.EraseInquiry; with one that comes when the inquiry is erased already,
// the erasure is returned too, and erasing again does the rest.
func Erase(ctx context.Context, c *config.Config, s *store.Store, keys store.Sealer, reference naru.Reference, patience time.Duration) (naru.Erasure, int, error) {
	giveUp := time.Now().Add(patience)
	for {
		e, err := s.EraseInquiry(ctx, reference, time.Now())
		switch {
		case err == nil:
			caught, err := mail.EraseCaught(c.CatcherDir(), keys, messageIDs(nil, e))
			if err == nil {
				err = s.Scrub(ctx)
			}
			return e, caught, err
		case !naru.IsKind(err, naru.KindConflict) || time.Now().After(giveUp):
			return naru.Erasure{}, 0, err
		}
		select {
		case <-ctx.Done():
			return naru.Erasure{}, 0, ctx.Err()
		case <-time.After(250 * time.Millisecond):
		}
	}
}

func messageIDs(ids []string, e naru.Erasure) []string {
	for _, m := range e.Mails {
		ids = append(ids, m.MessageID)
	}
	return ids
}

// The lease that erasing old inquiries takes, which lasts for as long as a clock is
// doubted: such a clock takes it, too, for all processes, and whether they are
// started anew meanwhile or not. Who dies with it delays erasing by as much.
const (
	retentionLease = "retention"
	doubtfulClock  = "clock"
)

// eraseOld erases the inquiries that are older than the consent texts promise,
// and returns how many. One whose mail is being sent is left for the next time.
// While the clock is doubted none is old: all of them would be.
func (p *program) eraseOld(ctx context.Context, now time.Time, holder string) (total int, err error) {
	if p.leaps.ahead(now) {
		p.Logger.Warn("the clock is far ahead of what it was; old inquiries are kept for a day, lest it be wrong")
		_, err := p.store.AcquireLease(ctx, retentionLease, doubtfulClock, now, now.Add(doubted))
		return 0, err
	}
	held, err := p.store.AcquireLease(ctx, retentionLease, holder, now, now.Add(doubted))
	if err != nil || !held {
		return 0, err
	}
	defer func() {
		err = errors.Join(err, p.store.ReleaseLease(context.WithoutCancel(ctx), retentionLease, holder))
	}()
	before := now.AddDate(0, -p.Config.Consents.RetentionMonths, 0)
	for {
		old, err := p.store.InquiriesAcceptedBefore(ctx, before, eraseBatch)
		if err != nil {
			return total, err
		}
		erased, err := p.eraseAll(ctx, old)
		total += erased
		if err != nil {
			return total, err
		}
		if erased == 0 {
			// Also when nothing was to be erased: an earlier time it may not have
			// come to this.
			return total, p.store.Scrub(ctx)
		}
	}
}

func (p *program) eraseAll(ctx context.Context, references []naru.Reference) (erased int, err error) {
	var ids []string
	for _, reference := range references {
		var e naru.Erasure
		if e, err = p.store.EraseInquiry(ctx, reference, time.Now()); err == nil {
			erased++
			ids = messageIDs(ids, e)
		} else if !naru.IsKind(err, naru.KindConflict) {
			break
		}
		err = nil
	}
	if erased == 0 {
		return 0, err
	}
	// Also where the rest failed: these inquiries will not be found again.
	_, caughtErr := mail.EraseCaught(p.Config.CatcherDir(), p.keys, ids)
	return erased, errors.Join(err, caughtErr)
}

const (
	// leap is how far ahead of what has truly passed the clock must be set to be
	// doubted, and doubted how long that lasts: time for somebody to notice.
	leap    = 24 * time.Hour
	doubted = 24 * time.Hour
	// silence is how long after the last inquiry a clock is doubted at the start: a
	// machine may begin with any, and a desk that was quiet so long can wait a day.
	silence = 30 * 24 * time.Hour
)

// leaps watches a clock. It belongs to one goroutine.
type leaps struct {
	// wall is what the clock showed when it was looked at last. That was at seen,
	// read from the machine's own clock, which does not leap.
	wall, seen time.Time
	// silent tells that the clock was far ahead already at the start.
	silent bool
}

// begin is for the start, when all that is known of time is the last inquiry's, if
// there was one.
func (l *leaps) begin(latest, now time.Time) {
	*l = leaps{wall: now.Round(0), seen: time.Now(), silent: !latest.IsZero() && now.Sub(latest) > silence}
}

// ahead tells whether the clock, which shows now, has leapt ahead since this was
// asked last.
func (l *leaps) ahead(now time.Time) bool {
	moved := now.Round(0).Sub(l.wall) - time.Since(l.seen)
	leapt := moved > leap || l.silent && moved > -leap
	l.wall, l.seen, l.silent = now.Round(0), time.Now(), false
	return leapt
}
