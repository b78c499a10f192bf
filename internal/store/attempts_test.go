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

// TestAttemptsThatDelivered has mails delivered by a program of schema 9, which
// wrote down each attempt by itself, and by this one, and goes back.
func TestAttemptsThatDelivered(t *testing.T) {
	t.Parallel()
	onEmpty(t, func(t *testing.T, d database) {
		d.leaveAt(t, 9, func(db *sql.DB) {
			for _, text := range []string{
				`INSERT INTO inquiries (id, reference, kind, language, country, team_id, accepted_us, deliveries_expected, body)
					VALUES ('old', 'old', 'patient', 'en', 'KZ', 'international', 1, 2, '{}')`,
				// The second was given up before its attempt turned out to have delivered it.
				`INSERT INTO deliveries (id, inquiry_id, kind, state, team_id, about, message_id, request_id, attempt,
					created_us, waiting_us, give_up_us, next_us, worker, outcome, finished_us, started_us) VALUES
					('first', 'old', 'team', 'delivered', '', '', 'm1', '', 1, 1, 1, 1, 0, '', 'delivered', 3, 2),
					('second', 'old', 'acknowledgement', 'delivered', '', '', 'm2', '', 1, 1, 1, 1, 0, 'gone', 'delivered', 3, 2)`,
				`INSERT INTO attempts (delivery_id, number, worker, started_us, ended_us, outcome, reply) VALUES
					('first', 1, 'w', 2, 3, 'delivered', '250'), ('second', 1, 'gone', 2, 3, 'delivered', '250')`,
			} {
				if _, err := db.ExecContext(t.Context(), text); err != nil {
					t.Fatal(err)
				}
			}
		})
		s := open(t, store.Options{URL: d.url, Clock: time.Now})
		if n, err := s.Migrate(t.Context()); err != nil || n == 0 {
			t.Fatalf("%d migrations; %v", n, err)
		}
		if _, _, err := s.Accept(t.Context(), inquiry("new", 1)); err != nil {
			t.Fatal(err)
		}
		const third = "new-000001-t"
		now := time.Now()
		claimed, err := s.ClaimDelivery(t.Context(), naru.Claim{Dispatch: naru.Dispatch{DeliveryID: third}, Worker: "w", Now: now, LeaseUntil: now.Add(time.Minute)})
		if err == nil {
			err = s.FinishAttempt(t.Context(), naru.AttemptResult{
				DeliveryID: claimed.ID, Number: 1, Worker: "w", StartedAt: claimed.StartedAt, EndedAt: now, Outcome: naru.OutcomeDelivered, State: naru.StateDelivered,
			})
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"first", "second", third} {
			attempts, err := s.Attempts(t.Context(), id)
			if err != nil || len(attempts) != 1 || attempts[0].Outcome != naru.OutcomeDelivered || attempts[0].EndedAt.IsZero() {
				t.Errorf("attempts of %s: %+v; %v; want the one that delivered", id, attempts, err)
			}
		}
		expectAttempts := func(db *sql.DB, want int) {
			t.Helper()
			var rows, held int
			err := db.QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM attempts WHERE outcome = 'delivered'),
				(SELECT COUNT(*) FROM deliveries WHERE worker <> '')`).Scan(&rows, &held)
			if err != nil || rows != want || held != 3-want {
				t.Errorf("%d rows in attempts, %d in deliveries, %v; want %d of 3", rows, held, err, want)
			}
		}
		d.leaveAt(t, 10, func(db *sql.DB) { expectAttempts(db, 2) })
		d.leaveAt(t, 9, func(db *sql.DB) { expectAttempts(db, 3) })
	})
}
