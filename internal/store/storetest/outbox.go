package storetest

import (
	"slices"
	"time"

	"naru/internal/naru"
)

func testDueDeliveries(f *fixture) {
	next, err := f.NextDue(f.ctx)
	f.ok(err)
	equal(f, "next due of nothing", next, time.Time{})

	a := f.acceptance()
	a.Deliveries[0].NextAttemptAt = f.now.Add(2 * time.Second)
	a.Deliveries[1].NextAttemptAt = f.now.Add(-time.Second)
	b := f.acceptance()
	b.Deliveries[0].NextAttemptAt = f.now
	b.Deliveries[1].NextAttemptAt = f.now.Add(time.Microsecond)
	for _, a := range []naru.Acceptance{a, b} {
		_, _, err := f.Accept(f.ctx, a)
		f.ok(err)
	}
	due := func(now time.Time, limit int) (ids []string) {
		found, err := f.DueDeliveries(f.ctx, now, limit)
		f.ok(err)
		for _, d := range found {
			equal(f, "attempt", d.Attempt, 0)
			ids = append(ids, d.DeliveryID)
		}
		return ids
	}
	inOrder := []string{a.Deliveries[1].ID, b.Deliveries[0].ID, b.Deliveries[1].ID, a.Deliveries[0].ID}
	for _, want := range []struct {
		now   time.Time
		limit int
		n     int
	}{{f.now, 10, 2}, {f.now.Add(time.Hour), 10, 4}, {f.now.Add(time.Hour), 3, 3}, {f.now.Add(-time.Hour), 10, 0}} {
		if got := due(want.now, want.limit); !slices.Equal(got, inOrder[:want.n]) {
			f.Errorf("due at %v, limit %d: got %v, want %v", want.now, want.limit, got, inOrder[:want.n])
		}
	}
	next, err = f.NextDue(f.ctx)
	f.ok(err)
	equal(f, "next due", next, f.now.Add(-time.Second))
	for _, id := range inOrder[:2] {
		f.queue(id, "epoch", 1)
	}
	next, err = f.NextDue(f.ctx)
	f.ok(err)
	equal(f, "next due after queueing", next, f.now.Add(time.Microsecond))
}

func testMarkQueued(f *fixture) {
	pending, other := f.accept()
	sending, delivered := f.accept()
	f.claim(sending, "w")
	f.finish(f.claim(delivered, "w"), "w", naru.OutcomeDelivered)
	window := []naru.Queued{
		{Dispatch: naru.Dispatch{DeliveryID: pending}, Sequence: 1},
		{Dispatch: naru.Dispatch{DeliveryID: other, Attempt: 1}, Sequence: 2}, // has not begun an attempt
		{Dispatch: naru.Dispatch{DeliveryID: sending}, Sequence: 3},
		{Dispatch: naru.Dispatch{DeliveryID: delivered, Attempt: 1}, Sequence: 4},
		{Dispatch: naru.Dispatch{DeliveryID: "unknown"}, Sequence: 5},
	}
	f.ok(f.MarkQueued(f.ctx, "epoch", window))
	f.ok(f.MarkQueued(f.ctx, "epoch", window)) // another relay did the same
	f.ok(f.MarkQueued(f.ctx, "epoch", nil))
	f.state(pending, naru.StateQueued)
	f.state(other, naru.StatePending)
	f.state(sending, naru.StateSending)
	f.state(delivered, naru.StateDelivered)
	equal(f, "tally", f.balanced().Deliveries, naru.Tally{Pending: 1, Queued: 1, Sending: 1, Delivered: 1})

	// A window of several hundred, in every size of statement.
	const inquiries = 170
	window = nil
	for n := range inquiries {
		team, acknowledgement := f.accept()
		window = append(window, naru.Queued{Dispatch: naru.Dispatch{DeliveryID: team}, Sequence: uint64(2 * n)},
			naru.Queued{Dispatch: naru.Dispatch{DeliveryID: acknowledgement}, Sequence: uint64(2*n + 1)})
	}
	f.ok(f.MarkQueued(f.ctx, "epoch", window))
	equal(f, "queued", f.balanced().Deliveries.Queued, 2*inquiries+1)
}

func testRequeueLost(f *fixture) {
	stream := naru.StreamState{Epoch: "epoch", First: 5, Last: 7}
	f.count(0)(f.RequeueLost(f.ctx, stream))
	a, b := f.accept()
	c, d := f.accept()
	e, pending := f.accept()
	f.queue(a, "epoch", 4)
	f.queue(b, "epoch", 5)
	f.queue(c, "epoch", 7)
	f.queue(d, "epoch", 8)
	f.queue(e, "earlier epoch", 6)
	f.count(3)(f.RequeueLost(f.ctx, stream))
	f.count(0)(f.RequeueLost(f.ctx, stream))
	for id, want := range map[string]naru.DeliveryState{
		a: naru.StatePending, b: naru.StateQueued, c: naru.StateQueued, d: naru.StatePending, e: naru.StatePending, pending: naru.StatePending,
	} {
		f.state(id, want)
	}
	due, err := f.DueDeliveries(f.ctx, f.now, 10)
	f.ok(err)
	equal(f, "due again", len(due), 4)
	f.count(2)(f.RequeueLost(f.ctx, naru.StreamState{Epoch: "epoch", First: 8, Last: 7})) // emptied
	f.balanced()
}

func testHastenUnavailable(f *fixture) {
	unavailable, temporary := f.accept()
	untried, _ := f.accept()
	f.finish(f.claim(unavailable, "w"), "w", naru.OutcomeUnavailable)
	f.finish(f.claim(temporary, "w"), "w", naru.OutcomeTemporary)
	later := f.now.Add(30 * time.Second)
	equal(f, "next", f.state(unavailable, naru.StatePending).NextAttemptAt, later)
	f.count(1)(f.HastenUnavailable(f.ctx, f.now))
	f.count(0)(f.HastenUnavailable(f.ctx, f.now))
	equal(f, "next", f.state(unavailable, naru.StatePending).NextAttemptAt, f.now)
	equal(f, "next of another", f.state(temporary, naru.StatePending).NextAttemptAt, later)
	equal(f, "next of untried", f.state(untried, naru.StatePending).NextAttemptAt, f.now)
	f.claim(unavailable, "w")
	f.count(0)(f.HastenUnavailable(f.ctx, f.now.Add(-time.Hour)))
}

func testHastenBeyond(f *fixture) {
	soon, _ := f.accept()
	f.finish(f.claim(soon, "w"), "w", naru.OutcomeTemporary)
	later := f.now.Add(30 * time.Second)
	f.count(0)(f.HastenBeyond(f.ctx, f.now, later))
	equal(f, "next", f.state(soon, naru.StatePending).NextAttemptAt, later)
	f.count(1)(f.HastenBeyond(f.ctx, f.now, later.Add(-time.Microsecond)))
	f.count(0)(f.HastenBeyond(f.ctx, f.now, later.Add(-time.Microsecond)))
	equal(f, "next", f.state(soon, naru.StatePending).NextAttemptAt, f.now)
	f.claim(soon, "w")
	f.count(0)(f.HastenBeyond(f.ctx, f.now, f.now))
}

func testReleaseExpired(f *fixture) {
	expired, held := f.accept()
	f.claim(expired, "a")
	f.now = f.now.Add(lease)
	f.claim(held, "b")
	f.count(0)(f.ReleaseExpired(f.ctx, f.now.Add(-time.Microsecond)))
	back := f.now.Add(lease - naru.LongestLease) // the clock of whoever looks
	f.count(0)(f.ReleaseExpired(f.ctx, back))
	f.count(1)(f.ReleaseExpired(f.ctx, f.now))
	f.count(0)(f.ReleaseExpired(f.ctx, f.now))
	d := f.state(expired, naru.StatePending)
	equal(f, "attempt", d.Attempt, 1)
	equal(f, "outcome", d.Outcome, naru.OutcomeUnknown)
	equal(f, "next", d.NextAttemptAt, f.now)
	equal(f, "lease", d.LeaseUntil, time.Time{})
	f.outcomes(expired, naru.OutcomeUnknown)
	f.state(held, naru.StateSending)
	f.outcomes(held, naru.OutcomeStarted)
	// The next attempt has a number of its own.
	equal(f, "attempt", f.claim(expired, "c").Attempt, 2)
	f.outcomes(expired, naru.OutcomeUnknown, naru.OutcomeStarted)
	f.balanced()
}

func testReleaseWorker(f *fixture) {
	a, b := f.accept()
	c, pending := f.accept()
	f.claim(a, "one")
	f.claim(b, "two")
	f.claim(c, "three")
	f.count(1)(f.ReleaseWorker(f.ctx, "one", f.now))
	f.count(0)(f.ReleaseWorker(f.ctx, "one", f.now))
	f.outcomes(a, naru.OutcomeUnknown)
	f.state(a, naru.StatePending)
	f.state(b, naru.StateSending)
	f.count(2)(f.ReleaseWorker(f.ctx, "", f.now))
	f.outcomes(c, naru.OutcomeUnknown)
	f.outcomes(pending)
	equal(f, "tally", f.balanced().Deliveries, naru.Tally{Pending: 4})
}

// testSweeps checks changes of more rows than one transaction takes.
func testSweeps(f *fixture) {
	const inquiries, deliveries = 300, 600
	var window []naru.Queued
	for range inquiries {
		a, b := f.accept()
		for _, id := range []string{a, b} {
			window = append(window, naru.Queued{Dispatch: naru.Dispatch{DeliveryID: id}, Sequence: 9})
		}
	}
	f.ok(f.MarkQueued(f.ctx, "old", window))
	f.count(deliveries)(f.RequeueLost(f.ctx, naru.StreamState{Epoch: "new", First: 1, Last: 9}))
	f.each(window, func(d naru.Delivery) { f.finish(d, "w", naru.OutcomeUnavailable) })
	f.count(deliveries)(f.HastenUnavailable(f.ctx, f.now))
	f.each(window, func(naru.Delivery) {})
	f.count(deliveries)(f.ReleaseWorker(f.ctx, "w", f.now))
	f.each(window, func(naru.Delivery) {})
	f.count(deliveries)(f.ReleaseExpired(f.ctx, f.now.Add(lease)))
	f.each(window, func(d naru.Delivery) { f.finish(d, "w", naru.OutcomePermanent) })
	dead, err := f.UnannouncedDead(f.ctx, 1000)
	f.ok(err)
	var ids []string
	for _, d := range dead {
		ids = append(ids, d.DeliveryID)
	}
	equal(f, "unannounced", len(ids), deliveries)
	f.ok(f.MarkAnnounced(f.ctx, ids))
	dead, err = f.UnannouncedDead(f.ctx, 1000)
	f.ok(err)
	equal(f, "unannounced", len(dead), 0)
	f.count(deliveries)(f.ReplayDead(f.ctx, nil, f.now))
	f.each(window, func(d naru.Delivery) { f.finish(d, "w", naru.OutcomePermanent) })
	f.count(deliveries)(f.ReplayDead(f.ctx, ids, f.now))
	equal(f, "tally", f.balanced().Deliveries, naru.Tally{Pending: deliveries})
}

// each claims all deliveries of a window, several at once, and calls then.
func (f *fixture) each(window []naru.Queued, then func(naru.Delivery)) {
	f.Helper()
	ids := make(chan string)
	f.parallel(8, func(int) {
		for id := range ids {
			then(f.claim(id, "w"))
		}
	}, func() {
		for _, q := range window {
			ids <- q.DeliveryID
		}
		close(ids)
	})
}
