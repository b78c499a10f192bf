package app

import (
	"context"
	"time"

	"naru/internal/mail"
	"naru/workers/alarm"
	"naru/workers/housekeeper"
	"naru/workers/mailer"
)

// missesKept is how long a declined question is kept after it came last.
const missesKept = 180 * 24 * time.Hour

// operatorLooks is how often it is looked whether the operator must be told.
const operatorLooks = 15 * time.Second

// newHousekeeper makes what works from time to time, in one process of all.
func (p *program) newHousekeeper(ctx context.Context, holder string, composer *mail.Composer, sender *mail.Sender, mails *mailer.Mailer) (*housekeeper.Housekeeper, error) {
	c, s := p.Config, p.store
	latest, err := s.LatestAcceptance(ctx)
	if err != nil {
		return nil, err
	}
	p.leaps.begin(latest, time.Now())
	jobs := []housekeeper.Job{
		{Name: "expired_conversations", Run: s.DeleteExpiredConversations},
		{Name: "orphaned_attachments", Run: func(ctx context.Context, now time.Time) (int, error) {
			return s.DeleteOrphanAttachments(ctx, now.Add(-c.Attachments.OrphanAfter))
		}},
		{Name: "old_idempotency_keys", Every: time.Hour, Run: func(ctx context.Context, now time.Time) (int, error) {
			return s.DeleteEarlierKeys(ctx, now.Add(-c.Retention.Keys))
		}},
		{Name: "old_attempts", Every: time.Hour, Run: func(ctx context.Context, now time.Time) (int, error) {
			return s.DeleteOldAttempts(ctx, now.Add(-c.Retention.Attempts))
		}},
		{Name: "old_misses", Every: time.Hour, Run: func(ctx context.Context, now time.Time) (int, error) {
			return s.DeleteOldMisses(ctx, now.Add(-missesKept))
		}},
		{Name: "resealed_rows", Every: time.Hour, Run: func(ctx context.Context, _ time.Time) (int, error) {
			n, err := s.ResealIfDue(ctx)
			if err == nil && n > 0 {
				err = s.Scrub(ctx)
			}
			return n, err
		}},
		{Name: "old_inquiries", Every: time.Hour, Run: func(ctx context.Context, now time.Time) (int, error) {
			return p.eraseOld(ctx, now, holder)
		}},
	}
	if c.Operator.Email != "" {
		a, err := alarm.New(alarm.Options{
			Store: s, Composer: composer, Sender: sender, Logger: p.Logger, To: c.Operator.Email,
			StuckAfter: c.Operator.StuckAfter, DeadPerHour: c.Operator.DeadPerHour,
			NewID: newID, MessageIDDomain: c.MailDomain(), RelayReachable: mails.Ready,
		})
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, housekeeper.Job{Name: "operator_alert", Every: operatorLooks, Run: a.Check})
	}
	return housekeeper.New(housekeeper.Options{Logger: p.Logger, Leases: s, Holder: holder, Jobs: jobs})
}
