package store_test

import (
	"database/sql"
	"testing"
	"time"

	"naru/internal/naru"
	"naru/internal/store"
)

// TestAttemptOfAnOlderProgram has a delivery taken over from a program that began
// the record of an attempt with the attempt.
func TestAttemptOfAnOlderProgram(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, db *sql.DB) {
		if _, _, err := s.Accept(t.Context(), inquiry("i", 1)); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		d, err := s.ClaimDelivery(t.Context(), naru.Claim{Dispatch: naru.Dispatch{DeliveryID: "i-000001-t"}, Worker: "old", Now: now, LeaseUntil: now.Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		const begun = 1_700_000_000_000_000
		_, err1 := db.Exec(`UPDATE deliveries SET started_us = 0`)
		_, err2 := db.Exec(`INSERT INTO attempts (delivery_id, number, worker, started_us, ended_us, outcome, reply) VALUES ('i-000001-t', 1, 'old', 1700000000000000, 0, 'started', '')`)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		expect := func(outcome naru.Outcome) {
			t.Helper()
			attempts, err := s.Attempts(t.Context(), d.ID)
			if err != nil || len(attempts) != 1 || attempts[0].Outcome != outcome || attempts[0].StartedAt.UnixMicro() != begun {
				t.Fatalf("attempts %+v; %v; want one, %s", attempts, err, outcome)
			}
		}
		expect(naru.OutcomeStarted)
		if n, err := s.ReleaseWorker(t.Context(), "", now); n != 1 || err != nil {
			t.Fatalf("released %d; %v", n, err)
		}
		expect(naru.OutcomeUnknown)
		err = s.FinishAttempt(t.Context(), naru.AttemptResult{
			DeliveryID: d.ID, Number: 1, Worker: "old", StartedAt: now, EndedAt: now, Outcome: naru.OutcomeDelivered, State: naru.StateDelivered,
		})
		if err != nil {
			t.Fatal(err)
		}
		expect(naru.OutcomeDelivered)
	})
}
