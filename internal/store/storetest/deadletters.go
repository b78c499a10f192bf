package storetest

import (
	"time"

	"naru/internal/naru"
)

func testAnnounce(f *fixture) {
	a, b := f.accept()
	c, _ := f.accept()
	var dead []string
	for _, id := range []string{b, a, c} {
		f.now = f.now.Add(time.Second)
		f.finish(f.claim(id, "w"), "w", naru.OutcomePermanent)
		dead = append(dead, id)
	}
	unannounced := func(limit int, want ...string) {
		f.Helper()
		found, err := f.UnannouncedDead(f.ctx, limit)
		f.ok(err)
		equal(f, "unannounced", len(found), len(want))
		for i, d := range found {
			equal(f, "dead letter", d, naru.Dispatch{DeliveryID: want[i], Attempt: 1})
		}
	}
	unannounced(10, dead...)
	unannounced(2, dead[:2]...)
	f.ok(f.MarkAnnounced(f.ctx, []string{dead[1], "unknown"}))
	f.ok(f.MarkAnnounced(f.ctx, nil))
	unannounced(10, dead[0], dead[2])

	letters, err := f.DeadLetters(f.ctx, 2)
	f.ok(err)
	equal(f, "dead letters", len(letters), 2)
	equal(f, "latest", letters[0], f.state(dead[2], naru.StateDead))
	equal(f, "the one before", letters[1].ID, dead[1])
}

func testReplayDead(f *fixture) {
	a, b := f.accept()
	c, waiting := f.accept()
	for _, id := range []string{a, b, c} {
		f.kill(id)
	}
	f.ok(f.MarkAnnounced(f.ctx, []string{a}))
	before := f.state(waiting, naru.StatePending)
	f.now = f.now.Add(100 * time.Hour)
	f.count(1)(f.ReplayDead(f.ctx, []string{a, waiting, "unknown"}, f.now))
	equal(f, "another", f.state(waiting, naru.StatePending), before)
	d := f.state(a, naru.StatePending)
	equal(f, "attempt", d.Attempt, 1)
	equal(f, "created", d.CreatedAt, Now())
	equal(f, "next", d.NextAttemptAt, f.now)
	equal(f, "give up", d.GiveUpAt, f.now.Add(naru.GiveUpAfter))
	equal(f, "finished", d.FinishedAt, time.Time{})
	f.count(2)(f.ReplayDead(f.ctx, nil, f.now))
	f.count(0)(f.ReplayDead(f.ctx, nil, f.now))
	tally, err := f.Tally(f.ctx)
	f.ok(err)
	equal(f, "tally", tally, naru.Tally{Pending: 7})
	equal(f, "attempt after replay", f.claim(a, "w").Attempt, 2)
	letters, err := f.DeadLetters(f.ctx, 10)
	f.ok(err)
	equal(f, "dead letters", len(letters), 0)
}

func testReplayedDeadDiesAgain(f *fixture) {
	id, _ := f.accept()
	f.kill(id)
	f.ok(f.MarkAnnounced(f.ctx, []string{id}))
	f.count(1)(f.ReplayDead(f.ctx, nil, f.now))
	f.now = f.now.Add(time.Second)
	f.kill(id)
	// It is news again, and has caused a second notice.
	dead, err := f.UnannouncedDead(f.ctx, 10)
	f.ok(err)
	equal(f, "unannounced", len(dead), 1)
	equal(f, "dead letter", dead[0], naru.Dispatch{DeliveryID: id, Attempt: 2})
	account := f.balanced()
	equal(f, "expected", account.Expected, 4)
	// What dies after the moment of the replay is left alone.
	f.count(0)(f.ReplayDead(f.ctx, nil, f.now.Add(-time.Microsecond)))
}

func testCounts(f *fixture) {
	oldest, err := f.OldestWaiting(f.ctx)
	f.ok(err)
	equal(f, "oldest of nothing", oldest, time.Time{})
	partner := f.acceptance()
	partner.Inquiry.Kind = naru.KindPartner
	partner.Deliveries = partner.Deliveries[:1]
	_, _, err = f.Accept(f.ctx, partner)
	f.ok(err)
	first := partner.Deliveries[0].ID
	f.now = f.now.Add(time.Minute)
	second, third := f.accept()
	f.accept()
	kinds, err := f.AcceptedByKind(f.ctx)
	f.ok(err)
	equal(f, "kinds", len(kinds), 2)
	equal(f, "partners", kinds[naru.KindPartner], 1)
	equal(f, "patients", kinds[naru.KindPatient], 2)

	waitsSince := func(want time.Time) {
		f.Helper()
		oldest, err := f.OldestWaiting(f.ctx)
		f.ok(err)
		equal(f, "oldest waiting", oldest, want)
	}
	waitsSince(Now())
	d := f.claim(first, "w")
	waitsSince(Now())
	f.finish(d, "w", naru.OutcomePermanent)
	waitsSince(f.now)
	f.queue(second, "epoch", 1)
	f.claim(third, "w")
	tally, err := f.Tally(f.ctx)
	f.ok(err)
	equal(f, "tally", tally, naru.Tally{Pending: 2, Queued: 1, Sending: 1, Dead: 1})
	// A replayed delivery waits since its replay, not since its birth.
	f.count(1)(f.ReplayDead(f.ctx, nil, f.now.Add(time.Hour)))
	waitsSince(f.now)
	account := f.balanced()
	equal(f, "account of partners", account.Inquiries[naru.KindPartner], 1)
	equal(f, "account of patients", account.Inquiries[naru.KindPatient], 2)
}
