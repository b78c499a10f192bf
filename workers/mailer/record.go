package mailer

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"naru/internal/naru"
)

// recordRefusals is how often a store that is there may refuse a result before
// it is given up.
const recordRefusals = 5

// recordTimeout bounds the recording of results after the process was told to
// stop.
const recordTimeout = 20 * time.Second

// record writes down how the attempt ended and what happens next. When the
// store refuses, the lease ends by itself and the delivery is tried again.
func (m *Mailer) record(ctx context.Context, delivery naru.Delivery, outcome naru.Outcome, reply string, cause error, started time.Time) {
	now := m.options.Clock()
	result := naru.AttemptResult{
		DeliveryID: delivery.ID, Number: delivery.Attempt, Worker: m.options.Worker,
		StartedAt: delivery.StartedAt, EndedAt: now, Outcome: outcome, Reply: reply,
	}
	switch next := now.Add(m.options.Backoff.Wait(delivery.Attempt, rand.Float64())); {
	case outcome == naru.OutcomeDelivered:
		result.State = naru.StateDelivered
	case outcome == naru.OutcomePermanent, next.After(delivery.GiveUpAt):
		result.State = naru.StateDead
		result.Notice = m.notice(delivery, now)
	case outcome == naru.OutcomeReleased: // nothing was tried
		result.State, result.NextAttemptAt = naru.StatePending, now
	default:
		result.State, result.NextAttemptAt = naru.StatePending, next
	}
	m.options.Metrics.AttemptFinished(delivery.Kind, outcome)
	recorded := m.finish(ctx, result)
	told := []slog.Attr{
		slog.String("delivery_id", delivery.ID), slog.String("kind", string(delivery.Kind)), slog.Int("attempt", delivery.Attempt),
		slog.String("outcome", string(outcome)), slog.String("reply", reply), slog.String("request_id", delivery.RequestID),
		slog.Int64("duration_ms", now.Sub(started).Milliseconds()),
	}
	if cause != nil {
		told = append(told, slog.Any("error", cause))
	}
	log := m.options.Logger.LogAttrs
	if recorded != nil {
		log(ctx, slog.LevelError, "attempt not recorded; it may be repeated", append(told, slog.Any("record_error", recorded))...)
		return
	}
	switch result.State {
	case naru.StateDead:
		log(ctx, slog.LevelError, "delivery failed for good", told...)
	case naru.StatePending:
		log(ctx, slog.LevelWarn, "delivery failed for now", append(told, slog.Int("next_attempt_seconds", int(result.NextAttemptAt.Sub(now).Seconds())))...)
	default:
		log(ctx, slog.LevelInfo, "delivery sent", told...)
	}
	if result.Notice != nil {
		m.options.Queue.Wake()
	}
}

// finish writes the result, again and again while the store is away: a mail
// that went out and is not known to have would go out twice. It gives up
// recordTimeout after ctx has ended.
func (m *Mailer) finish(ctx context.Context, result naru.AttemptResult) error {
	writing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(recordTimeout, cancel) })()
	for refused := 0; ; {
		err := m.options.Store.FinishAttempt(writing, result)
		if err == nil {
			return nil
		}
		// A store that is away comes back; one that answers and refuses will
		// go on doing so, and must not hold up the mails behind this one.
		if !naru.IsKind(err, naru.KindUnavailable) {
			if refused++; refused == recordRefusals {
				return err
			}
		}
		// Often enough to be first when the store is back, before the relay
		// gives the delivery to another worker.
		select {
		case <-writing.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// notice is the delivery that tells the fallback team of a dead one; nil for a
// notice that failed itself, which must not cause more mail.
func (m *Mailer) notice(dead naru.Delivery, now time.Time) *naru.Delivery {
	if dead.Kind == naru.DeliveryNotice {
		return nil
	}
	id := m.options.NewID()
	return &naru.Delivery{
		ID: id, InquiryID: dead.InquiryID, Kind: naru.DeliveryNotice, State: naru.StatePending,
		TeamID: m.options.FallbackTeamID, About: dead.ID, MessageID: id + "@" + m.options.MessageIDDomain,
		CreatedAt: now, GiveUpAt: now.Add(naru.GiveUpAfter), NextAttemptAt: now, RequestID: dead.RequestID,
	}
}
