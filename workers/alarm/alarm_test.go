package alarm_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"naru/internal/mail"
	"naru/internal/naru"
	"naru/internal/store"
	"naru/workers/alarm"
)

// relay keeps the alerts and answers as it is told.
type relay struct {
	alerts  []mail.Alert
	outcome naru.Outcome
}

func (r *relay) ComposeAlert(to string, a mail.Alert) (*mail.Message, error) {
	if to != "operator@hospital.example" {
		return nil, fmt.Errorf("to %s", to)
	}
	r.alerts = append(r.alerts, a)
	return &mail.Message{}, nil
}

func (r *relay) Send(context.Context, *mail.Message) mail.Result {
	return mail.Result{Outcome: r.outcome}
}

func TestAlarm(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	s, err := store.Open(ctx, store.Options{URL: filepath.Join(t.TempDir(), "naru.db"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	accept := func(n int) {
		t.Helper()
		id := fmt.Sprint("inquiry-", n)
		_, _, err := s.Accept(ctx, naru.Acceptance{
			Inquiry:    naru.Inquiry{ID: id, Reference: naru.Reference(id), Kind: naru.KindPatient, AcceptedAt: now, Contact: naru.Contact{Email: "writer@mail.example"}},
			Deliveries: []naru.Delivery{{ID: id, Kind: naru.DeliveryTeam, MessageID: id}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	end := func(n int, outcome naru.Outcome, state naru.DeliveryState) {
		t.Helper()
		d, err := s.ClaimDelivery(ctx, naru.Claim{Dispatch: naru.Dispatch{DeliveryID: fmt.Sprint("inquiry-", n)}, Worker: "w", Now: now, LeaseUntil: now.Add(time.Minute)})
		if err == nil {
			err = s.FinishAttempt(ctx, naru.AttemptResult{DeliveryID: d.ID, Number: 1, Worker: "w", StartedAt: now, EndedAt: now, Outcome: outcome, State: state})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	r := &relay{outcome: naru.OutcomeDelivered}
	ids := 0
	newAlarm := func() *alarm.Alarm {
		t.Helper()
		a, err := alarm.New(alarm.Options{
			Store: s, Composer: r, Sender: r, Logger: slog.New(slog.DiscardHandler), To: "operator@hospital.example",
			StuckAfter: 30 * time.Minute, DeadPerHour: 2, MessageIDDomain: "naru.example", RelayReachable: func() bool { return false },
			NewID: func() string { ids++; return fmt.Sprint("alert-", ids) },
		})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	// Two processes look; which of them does must not matter.
	looks := []*alarm.Alarm{newAlarm(), newAlarm()}
	check := func(want int) {
		t.Helper()
		sent := 0
		for _, a := range looks {
			n, err := a.Check(ctx, now)
			if (err != nil) != (r.outcome != naru.OutcomeDelivered && want == 0 && len(r.alerts) > 0) {
				t.Fatal(err)
			}
			sent += n
		}
		if sent != want {
			t.Fatalf("%d alerts at %s, want %d", sent, now.Format(time.TimeOnly), want)
		}
	}
	check(0) // nothing there
	accept(1)
	now = now.Add(30 * time.Minute)
	check(0) // not yet too long
	now = now.Add(time.Second)
	check(1)
	if a := r.alerts[0]; !a.Stuck || a.OldestWaiting != 30*time.Minute+time.Second || a.Waiting != 1 || a.Dead != 0 || a.RelayReachable || a.MessageID != "alert-1@naru.example" {
		t.Errorf("%+v", a)
	}
	now = now.Add(59 * time.Minute)
	check(0) // told already
	now = now.Add(time.Minute)
	check(1) // it still is
	end(1, naru.OutcomeDelivered, naru.StateDelivered)
	now = now.Add(2 * time.Hour)
	check(0)

	for n := range 3 {
		accept(2 + n)
		end(2+n, naru.OutcomePermanent, naru.StateDead)
	}
	r.outcome, r.alerts = naru.OutcomeUnavailable, r.alerts[:1]
	check(0) // not sent: tried again, at once
	r.outcome = naru.OutcomeDelivered
	check(1)
	if a := r.alerts[len(r.alerts)-1]; a.Stuck || a.DeadLately != 3 || a.Dead != 3 || a.Waiting != 0 {
		t.Errorf("%+v", a)
	}
	now = now.Add(time.Hour + time.Second)
	check(0) // old ones
	if _, err := alarm.New(alarm.Options{}); err == nil {
		t.Error("no options were taken")
	}
}
