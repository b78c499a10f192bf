package storetest

import (
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/naru"
)

func testClaim(f *fixture) {
	a, b := f.accept()
	f.queue(a, "epoch", 1)
	for _, id := range []string{a, b} { // one queued, one pending
		before, err := f.Delivery(f.ctx, id)
		f.ok(err)
		c := naru.Claim{Dispatch: naru.Dispatch{DeliveryID: id}, Worker: "w", Now: f.now.Add(time.Second), LeaseUntil: f.now.Add(time.Minute)}
		got, err := f.ClaimDelivery(f.ctx, c)
		f.ok(err)
		want := before
		want.State, want.Attempt, want.StartedAt, want.LeaseUntil = naru.StateSending, 1, c.Now, c.LeaseUntil
		if inquiry := must(f, f.InquiryByID, want.InquiryID); !reflect.DeepEqual(got.Inquiry, &inquiry) {
			f.Errorf("claimed with the inquiry %+v, want %+v", got.Inquiry, inquiry)
		}
		got.Inquiry = nil
		equal(f, "claimed", got, want)
		equal(f, "stored", f.state(id, naru.StateSending), want)
		attempts, err := f.Attempts(f.ctx, id)
		f.ok(err)
		equal(f, "attempts", len(attempts), 1)
		equal(f, "attempt", attempts[0], naru.Attempt{DeliveryID: id, Number: 1, Worker: "w", StartedAt: c.Now, Outcome: naru.OutcomeStarted})
		// Held, with whatever number; the same message again.
		for attempt := range 3 {
			c.Attempt, c.Worker = attempt, "other"
			_, err = f.ClaimDelivery(f.ctx, c)
			f.fails(err, naru.KindConflict, "claim_lost")
		}
	}
	for _, d := range []naru.Dispatch{{DeliveryID: "unknown"}, {DeliveryID: a, Attempt: 7}} {
		_, err := f.ClaimDelivery(f.ctx, naru.Claim{Dispatch: d, Worker: "w", Now: f.now, LeaseUntil: f.now.Add(lease)})
		f.fails(err, naru.KindConflict, "claim_lost")
	}
	// Finished ones are not claimable, with whatever number.
	f.finish(must(f, f.Delivery, a), "w", naru.OutcomeDelivered)
	f.finish(must(f, f.Delivery, b), "w", naru.OutcomePermanent)
	for _, id := range []string{a, b} {
		for attempt := range 3 {
			_, err := f.ClaimDelivery(f.ctx, naru.Claim{Dispatch: naru.Dispatch{DeliveryID: id, Attempt: attempt}, Worker: "w", Now: f.now, LeaseUntil: f.now.Add(lease)})
			f.fails(err, naru.KindConflict, "claim_lost")
		}
	}
	for _, c := range []naru.Claim{{Now: f.now, LeaseUntil: f.now.Add(1)}, {Worker: "w", LeaseUntil: f.now}, {Worker: "w", Now: f.now, LeaseUntil: f.now}} {
		if _, err := f.ClaimDelivery(f.ctx, c); !naru.IsKind(err, naru.KindInternal) {
			f.Errorf("claim %+v: got error %v, want an internal one", c, err)
		}
	}
	f.balanced()
}

// testClaimTogether checks that of several claims those come back that can be had,
// each with its inquiry, and those alone.
func testClaimTogether(f *fixture) {
	a, b := f.accept()
	c, held := f.accept()
	f.queue(c, "epoch", 1)
	f.claim(held, "other")
	var wanted []naru.Claim
	for _, d := range []naru.Dispatch{{DeliveryID: c}, {DeliveryID: held}, {DeliveryID: "unknown"}, {DeliveryID: a}, {DeliveryID: b, Attempt: 1}, {DeliveryID: a}} {
		wanted = append(wanted, naru.Claim{Dispatch: d, Worker: "w", Now: f.now, LeaseUntil: f.now.Add(lease)})
	}
	won, err := f.ClaimDeliveries(f.ctx, wanted)
	f.ok(err)
	got := map[string]naru.Delivery{}
	for _, d := range won {
		got[d.ID] = d
	}
	equal(f, "won", len(won), 2)
	for _, id := range []string{a, c} {
		d := got[id]
		if inquiry := must(f, f.InquiryByID, d.InquiryID); !reflect.DeepEqual(d.Inquiry, &inquiry) {
			f.Errorf("claimed with the inquiry %+v, want %+v", d.Inquiry, inquiry)
		}
		d.Inquiry = nil
		equal(f, "claimed", d, f.state(id, naru.StateSending))
		f.finish(d, "w", naru.OutcomeDelivered)
	}
	f.state(b, naru.StatePending)
	f.outcomes(held, naru.OutcomeStarted)
	won, err = f.ClaimDeliveries(f.ctx, wanted)
	f.ok(err)
	equal(f, "won again", len(won), 0)
	f.balanced()
}

// testClaimHeld checks that a delivery is its holder's until it is released,
// even when the lease has ended: that alone does not tell that the holder is
// gone.
func testClaimHeld(f *fixture) {
	id, _ := f.accept()
	f.claim(id, "a")
	late := naru.Claim{Dispatch: naru.Dispatch{DeliveryID: id}, Worker: "b", Now: f.now.Add(2 * lease), LeaseUntil: f.now.Add(3 * lease)}
	_, err := f.ClaimDelivery(f.ctx, late)
	f.fails(err, naru.KindConflict, "claim_lost")
	f.count(1)(f.ReleaseExpired(f.ctx, f.now.Add(lease)))
	late.Attempt = 1
	got, err := f.ClaimDelivery(f.ctx, late)
	f.ok(err)
	equal(f, "attempt", got.Attempt, 2)
	f.outcomes(id, naru.OutcomeUnknown, naru.OutcomeStarted)
	f.balanced()
}

// testExtendLeases checks that a worker keeps what it names and holds, and
// nothing else.
func testExtendLeases(f *fixture) {
	kept, dropped := f.accept()
	others, free := f.accept()
	f.claim(kept, "a")
	f.claim(dropped, "a")
	f.claim(others, "b")
	until := f.now.Add(3 * lease)
	f.ok(f.ExtendLeases(f.ctx, "a", []string{others, kept, free, "unknown"}, until))
	f.ok(f.ExtendLeases(f.ctx, "a", nil, until))
	f.count(2)(f.ReleaseExpired(f.ctx, until.Add(-time.Microsecond)))
	f.state(kept, naru.StateSending)
	for _, id := range []string{dropped, others, free} {
		f.state(id, naru.StatePending)
	}
	f.count(1)(f.ReleaseExpired(f.ctx, until))
	if err := f.ExtendLeases(f.ctx, "", []string{kept}, until); err == nil {
		f.Error("leases of nobody were extended")
	}
	f.balanced()
}

// testClaimRace has eight workers want every delivery: each is had once.
func testClaimRace(f *fixture) {
	const workers, inquiries = 8, 60
	var ids []string
	for range inquiries {
		a, b := f.accept()
		ids = append(ids, a, b)
	}
	var won sync.Map
	var lost atomic.Int64
	f.parallel(workers, func(worker int) {
		name := string(rune('a' + worker))
		for i := range ids {
			id := ids[(i+worker)%len(ids)]
			d, err := f.ClaimDelivery(f.ctx, naru.Claim{Dispatch: naru.Dispatch{DeliveryID: id}, Worker: name, Now: f.now, LeaseUntil: f.now.Add(lease)})
			switch {
			case err == nil && d.ID != id:
				f.Errorf("claimed %s, got %s", id, d.ID)
			case err == nil:
				if other, taken := won.LoadOrStore(id, name); taken {
					f.Errorf("%s was claimed by %s and by %v", id, name, other)
				}
			case naru.IsKind(err, naru.KindConflict):
				lost.Add(1)
			default:
				f.Error(err)
			}
		}
	}, nil)
	equal(f, "lost claims", lost.Load(), int64((workers-1)*len(ids)))
	for _, id := range ids {
		winner, _ := won.Load(id)
		attempts, err := f.Attempts(f.ctx, id)
		f.ok(err)
		equal(f, "attempts", len(attempts), 1)
		equal(f, "worker", any(attempts[0].Worker), winner)
	}
	equal(f, "tally", f.balanced().Deliveries, naru.Tally{Sending: int64(len(ids))})
}

// parallel runs n workers, and meanwhile feed, and waits for all.
func (f *fixture) parallel(n int, work func(worker int), feed func()) {
	var group sync.WaitGroup
	for worker := range n {
		group.Go(func() { work(worker) })
	}
	if feed != nil {
		feed()
	}
	group.Wait()
}

func testFinishDelivered(f *fixture) {
	id, _ := f.accept()
	d := f.claim(id, "w")
	r := f.result(d, "w", naru.OutcomeDelivered)
	r.EndedAt, r.Reply = f.now.Add(time.Second), "250 2.0.0"
	for range 2 { // the second report is a repetition after an unknown commit
		f.ok(f.FinishAttempt(f.ctx, r))
		want := d
		want.State, want.Outcome, want.Reply, want.FinishedAt = naru.StateDelivered, naru.OutcomeDelivered, "250 2.0.0", r.EndedAt
		want.StartedAt, want.LeaseUntil, want.NextAttemptAt = time.Time{}, time.Time{}, time.Time{}
		equal(f, "delivered", f.state(id, naru.StateDelivered), want)
		equal(f, "tally", f.balanced().Deliveries, naru.Tally{Pending: 1, Delivered: 1})
	}
	attempts, err := f.Attempts(f.ctx, id)
	f.ok(err)
	equal(f, "attempt", attempts[0], naru.Attempt{
		DeliveryID: id, Number: 1, Worker: "w", StartedAt: f.now, EndedAt: r.EndedAt, Outcome: naru.OutcomeDelivered, Reply: "250 2.0.0",
	})
}

func testFinishPending(f *fixture) {
	id, _ := f.accept()
	for attempt, outcome := range []naru.Outcome{naru.OutcomeTemporary, naru.OutcomeUnavailable, naru.OutcomeReleased} {
		d := f.claim(id, "w")
		equal(f, "attempt", d.Attempt, attempt+1)
		r := f.result(d, "w", outcome)
		f.ok(f.FinishAttempt(f.ctx, r))
		d = f.state(id, naru.StatePending)
		equal(f, "outcome", d.Outcome, outcome)
		equal(f, "reply", d.Reply, r.Reply)
		equal(f, "next", d.NextAttemptAt, r.NextAttemptAt)
		equal(f, "lease", d.LeaseUntil, time.Time{})
		equal(f, "finished", d.FinishedAt, time.Time{})
		due, err := f.DueDeliveries(f.ctx, r.NextAttemptAt, 10)
		f.ok(err)
		equal(f, "due", due[len(due)-1], naru.Dispatch{DeliveryID: id, Attempt: attempt + 1})
	}
	f.outcomes(id, naru.OutcomeTemporary, naru.OutcomeUnavailable, naru.OutcomeReleased)
	f.balanced()
}

func testFinishDead(f *fixture) {
	a := f.acceptance()
	_, _, err := f.Accept(f.ctx, a)
	f.ok(err)
	id := a.Deliveries[0].ID
	d := f.claim(id, "w")
	r := f.result(d, "w", naru.OutcomePermanent)
	r.Notice = &naru.Delivery{ID: f.id("notice"), TeamID: "fallback", MessageID: f.id("message")}
	for range 2 {
		f.ok(f.FinishAttempt(f.ctx, r))
		dead := f.state(id, naru.StateDead)
		equal(f, "finished", dead.FinishedAt, f.now)
		equal(f, "reply", dead.Reply, "550 5.1.1")
		equal(f, "notice", f.state(r.Notice.ID, naru.StatePending), naru.Delivery{
			ID: r.Notice.ID, InquiryID: a.Inquiry.ID, Kind: naru.DeliveryNotice, State: naru.StatePending, TeamID: "fallback", About: id,
			MessageID: r.Notice.MessageID, RequestID: a.Inquiry.RequestID,
			CreatedAt: f.now, GiveUpAt: f.now.Add(naru.GiveUpAfter), NextAttemptAt: f.now,
		})
		account := f.balanced()
		equal(f, "expected", account.Expected, 3)
		equal(f, "tally", account.Deliveries, naru.Tally{Pending: 2, Dead: 1})
	}
	equal(f, "deliveries", len(must(f, f.InquiryDeliveries, a.Inquiry.ID)), 3)

	// Without a notice.
	f.finish(f.claim(a.Deliveries[1].ID, "w"), "w", naru.OutcomePermanent)
	equal(f, "expected", f.balanced().Expected, 3)
}

func testFinishNotice(f *fixture) {
	id, _ := f.accept()
	notice := f.kill(id)
	f.kill(notice) // asks for a notice about a notice
	account := f.balanced()
	equal(f, "expected", account.Expected, 3)
	equal(f, "tally", account.Deliveries, naru.Tally{Pending: 1, Dead: 2})
}

// testFinishAfterLostLease checks that a worker who has lost a delivery
// changes only the record of its attempt.
func testFinishAfterLostLease(f *fixture) {
	for _, outcome := range []naru.Outcome{naru.OutcomeTemporary, naru.OutcomePermanent} {
		id, _ := f.accept()
		late := f.result(f.claim(id, "a"), "a", outcome)
		late.Notice = &naru.Delivery{ID: f.id("notice"), MessageID: f.id("message")}
		late.EndedAt = f.now.Add(time.Second)
		f.count(1)(f.ReleaseWorker(f.ctx, "a", f.now))
		released := f.state(id, naru.StatePending)
		f.ok(f.FinishAttempt(f.ctx, late))
		equal(f, "delivery", f.state(id, naru.StatePending), released)
		f.outcomes(id, outcome)

		second := f.claim(id, "b")
		f.ok(f.FinishAttempt(f.ctx, late))
		equal(f, "delivery", f.state(id, naru.StateSending), second)
		f.finish(second, "b", naru.OutcomeDelivered)
		f.ok(f.FinishAttempt(f.ctx, late))
		f.state(id, naru.StateDelivered)
		f.outcomes(id, outcome, naru.OutcomeDelivered)
	}
	f.balanced()
}

func testLateDeliveredWins(f *fixture) {
	for name, meanwhile := range map[string]func(id string){
		"pending": func(string) {},
		"queued":  func(id string) { f.queue(id, "epoch", 1) },
		"retried": func(id string) { f.finish(f.claim(id, "b"), "b", naru.OutcomeTemporary) },
		"dead":    func(id string) { f.kill(id) },
		"already": func(id string) { f.finish(f.claim(id, "b"), "b", naru.OutcomeDelivered) },
	} {
		id, other := f.accept()
		late := f.result(f.claim(id, "a"), "a", naru.OutcomeDelivered)
		f.count(1)(f.ReleaseWorker(f.ctx, "a", f.now))
		meanwhile(id)
		f.ok(f.FinishAttempt(f.ctx, late))
		d := f.state(id, naru.StateDelivered)
		equal(f, name+": outcome", d.Outcome, naru.OutcomeDelivered)
		equal(f, name+": finished", d.FinishedAt, f.now)
		f.count(0)(f.ReplayDead(f.ctx, []string{id}, f.now))
		f.finish(f.claim(other, "c"), "c", naru.OutcomeDelivered)
		f.balanced()
	}
	due, err := f.DueDeliveries(f.ctx, f.now.Add(time.Hour), 10)
	f.ok(err)
	equal(f, "still to be sent", len(due), 1) // the notice of the dead one
}

// testLateDeliveredWhileAnotherSends checks that the mail is out although the
// present holder, who cannot be stopped, fails.
func testLateDeliveredWhileAnotherSends(f *fixture) {
	for name, end := range map[string]func(second naru.Delivery){
		"fails":     func(d naru.Delivery) { f.finish(d, "b", naru.OutcomeTemporary) },
		"is lost":   func(naru.Delivery) { f.count(1)(f.ReleaseWorker(f.ctx, "b", f.now)) },
		"expires":   func(naru.Delivery) { f.count(1)(f.ReleaseExpired(f.ctx, f.now.Add(lease))) },
		"delivers":  func(d naru.Delivery) { f.finish(d, "b", naru.OutcomeDelivered) },
		"is denied": func(d naru.Delivery) { f.deny(d) },
	} {
		id, other := f.accept()
		late := f.result(f.claim(id, "a"), "a", naru.OutcomeDelivered)
		f.count(1)(f.ReleaseWorker(f.ctx, "a", f.now))
		second := f.claim(id, "b")
		f.ok(f.FinishAttempt(f.ctx, late))
		equal(f, name, f.state(id, naru.StateSending), second)
		end(second)
		f.state(id, naru.StateDelivered)
		f.finish(f.claim(other, "c"), "c", naru.OutcomeDelivered)
		f.balanced()
	}
	due, err := f.DueDeliveries(f.ctx, f.now.Add(time.Hour), 10)
	f.ok(err)
	equal(f, "still to be sent", len(due), 0)
}

// deny fails for good, with a notice.
func (f *fixture) deny(d naru.Delivery) {
	r := f.result(d, "b", naru.OutcomePermanent)
	r.Notice = &naru.Delivery{ID: f.id("notice"), MessageID: f.id("message")}
	f.ok(f.FinishAttempt(f.ctx, r))
}

func testFinishRefusesNonsense(f *fixture) {
	id, _ := f.accept()
	good := f.result(f.claim(id, "w"), "w", naru.OutcomeTemporary)
	for name, spoil := range map[string]func(r *naru.AttemptResult){
		"state":            func(r *naru.AttemptResult) { r.State = naru.StateQueued },
		"contradiction":    func(r *naru.AttemptResult) { r.State = naru.StateDelivered },
		"no contradiction": func(r *naru.AttemptResult) { r.Outcome = naru.OutcomeDelivered },
		"no end":           func(r *naru.AttemptResult) { r.EndedAt = time.Time{} },
		"no start":         func(r *naru.AttemptResult) { r.StartedAt = time.Time{} },
	} {
		r := good
		spoil(&r)
		if err := f.FinishAttempt(f.ctx, r); !naru.IsKind(err, naru.KindInternal) {
			f.Errorf("%s: got error %v, want an internal one", name, err)
		}
	}
	for _, spoil := range []func(r *naru.AttemptResult){
		func(r *naru.AttemptResult) { r.DeliveryID = "unknown" },
		func(r *naru.AttemptResult) { r.Number = 2 },
		func(r *naru.AttemptResult) { r.Worker = "other" },
	} {
		r := good
		spoil(&r)
		f.fails(f.FinishAttempt(f.ctx, r), naru.KindNotFound, "attempt_unknown")
	}
	f.state(id, naru.StateSending)
	f.outcomes(id, naru.OutcomeStarted)
}

func testFinishCleansReply(f *fixture) {
	id, _ := f.accept()
	r := f.result(f.claim(id, "w"), "w", naru.OutcomeTemporary)
	r.Reply = "451\x00 4.3.0\r\n\xff" + strings.Repeat("é", 200)
	f.ok(f.FinishAttempt(f.ctx, r))
	reply := f.state(id, naru.StatePending).Reply
	if !strings.HasPrefix(reply, "451 4.3.0é") || len(reply) > 120 || strings.ToValidUTF8(reply, "?") != reply {
		f.Errorf("reply %q", reply)
	}
}
