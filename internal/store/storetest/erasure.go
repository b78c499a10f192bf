package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/naru"
)

// erase erases an inquiry that must be there.
func (f *fixture) erase(reference naru.Reference) naru.Erasure {
	f.Helper()
	e, err := f.EraseInquiry(f.ctx, reference, f.now)
	f.ok(err)
	return e
}

func testErase(f *fixture) {
	document := f.attachment("first", "second")
	a := f.acceptance()
	a.Inquiry.Attachments = []naru.Attachment{document}
	a.Key, a.BodyDigest = "key", "digest"
	in, _, err := f.Accept(f.ctx, a)
	f.ok(err)
	team, acknowledgement := a.Deliveries[0].ID, a.Deliveries[1].ID
	otherTeam, otherAcknowledgement := f.accept()
	f.finish(f.claim(team, "w"), "w", naru.OutcomeTemporary)
	f.finish(f.claim(team, "w"), "w", naru.OutcomeDelivered)
	notice := f.kill(acknowledgement)
	f.queue(notice, "epoch", 7)
	before := f.balanced()

	f.now = f.now.Add(time.Hour)
	e := f.erase(in.Reference)
	want := naru.Erasure{
		InquiryID: in.ID, Reference: in.Reference, Kind: in.Kind, AcceptedAt: in.AcceptedAt, ErasedAt: f.now, First: true,
		Attachments: 1, AttachmentBytes: 11, Attempts: 3, Cancelled: 2,
		Mails: []naru.ErasedMail{
			{Kind: naru.DeliveryTeam, State: naru.StateDelivered, TeamID: "international", MessageID: a.Deliveries[0].MessageID, Attempts: 2},
			{Kind: naru.DeliveryAcknowledgement, State: naru.StateCancelled, MessageID: a.Deliveries[1].MessageID, Attempts: 1},
			{Kind: naru.DeliveryNotice, State: naru.StateCancelled, TeamID: "fallback", MessageID: e.Mails[2].MessageID},
		},
	}
	equal(f, "erasure", fmt.Sprintf("%+v", e), fmt.Sprintf("%+v", want))

	_, err = f.InquiryByID(f.ctx, in.ID)
	f.fails(err, naru.KindNotFound, "inquiry_unknown")
	_, err = f.InquiryByReference(f.ctx, in.Reference)
	f.fails(err, naru.KindNotFound, "inquiry_unknown")
	_, _, err = f.Attachment(f.ctx, document.ID)
	f.fails(err, naru.KindNotFound, "attachment_unknown")
	for _, id := range []string{team, acknowledgement, notice} {
		f.outcomes(id)
	}
	f.state(team, naru.StateDelivered)
	f.state(acknowledgement, naru.StateCancelled)
	f.state(notice, naru.StateCancelled)
	f.count(0)(f.ReplayDead(f.ctx, []string{acknowledgement}, f.now))
	f.count(0)(f.RequeueLost(f.ctx, naru.StreamState{Epoch: "another"}))
	_, err = f.ClaimDelivery(f.ctx, naru.Claim{Dispatch: naru.Dispatch{DeliveryID: notice}, Worker: "w", Now: f.now, LeaseUntil: f.now.Add(lease)})
	f.fails(err, naru.KindConflict, "claim_lost")
	f.state(otherTeam, naru.StatePending)
	f.state(otherAcknowledgement, naru.StatePending)

	after := f.balanced()
	equal(f, "account after", after.Deliveries, naru.Tally{Pending: 2, Delivered: 1, Cancelled: 2})
	equal(f, "expected", after.Expected, before.Expected)
	equal(f, "accepted", after.Inquiries[naru.KindPatient], before.Inquiries[naru.KindPatient])
	equal(f, "erased", after.Erased, 1)

	// Again, later: nothing changes, and what to look for elsewhere is told.
	f.now = f.now.Add(time.Hour)
	again := f.erase(in.Reference)
	equal(f, "erased before", again.First, false)
	equal(f, "time of the first", again.ErasedAt, e.ErasedAt)
	equal(f, "mails", len(again.Mails), 3)
	equal(f, "cancelled again", again.Cancelled, 0)
	equal(f, "account", f.balanced().Deliveries, after.Deliveries)

	// The case number is not given out a second time, the key is free.
	a.Inquiry.ID, a.Deliveries, a.Inquiry.Attachments = f.id("inquiry"), nil, nil
	_, _, err = f.Accept(f.ctx, a)
	f.fails(err, naru.KindConflict, "reference_taken")
	_, err = f.EraseInquiry(f.ctx, "P-0000-0000", f.now)
	f.fails(err, naru.KindNotFound, "inquiry_unknown")
}

// testEraseWaits checks that a mail in a worker's hands is not pulled away, and
// that a worker that is gone holds up nothing.
func testEraseWaits(f *fixture) {
	a := f.acceptance()
	in, _, err := f.Accept(f.ctx, a)
	f.ok(err)
	d := f.claim(a.Deliveries[0].ID, "w")
	_, err = f.EraseInquiry(f.ctx, in.Reference, f.now.Add(lease-time.Microsecond))
	f.fails(err, naru.KindConflict, "delivery_under_way")
	_, err = f.InquiryByID(f.ctx, in.ID)
	f.ok(err)
	f.state(a.Deliveries[1].ID, naru.StatePending)

	f.now = f.now.Add(lease)
	equal(f, "cancelled", f.erase(in.Reference).Cancelled, 2)
	f.balanced()
	// The worker was alive after all.
	f.finish(d, "w", naru.OutcomeDelivered)
	f.outcomes(d.ID, naru.OutcomeDelivered)
	f.state(d.ID, naru.StateCancelled)
	f.balanced()
}

// testEraseRace erases while workers send and others erase the same.
func testEraseRace(f *fixture) {
	const inquiries = 20
	var first atomic.Int64
	var group sync.WaitGroup
	for range inquiries {
		a := f.acceptance()
		in, _, err := f.Accept(f.ctx, a)
		f.ok(err)
		notice := naru.Delivery{ID: f.id("notice"), Kind: naru.DeliveryNotice, TeamID: "fallback", MessageID: f.id("message")}
		group.Go(func() {
			for i, d := range a.Deliveries {
				claimed, err := f.ClaimDelivery(f.ctx, naru.Claim{Dispatch: naru.Dispatch{DeliveryID: d.ID}, Worker: "w", Now: f.now, LeaseUntil: f.now.Add(lease)})
				if naru.IsKind(err, naru.KindConflict) {
					continue
				}
				r := f.result(claimed, "w", []naru.Outcome{naru.OutcomePermanent, naru.OutcomeDelivered}[i])
				if r.State == naru.StateDead {
					r.Notice = &notice
				}
				if err == nil {
					err = f.FinishAttempt(f.ctx, r)
				}
				if err != nil {
					f.Error(err)
				}
			}
		})
		for range 2 {
			group.Go(func() {
				for {
					e, err := f.EraseInquiry(f.ctx, in.Reference, f.now)
					if naru.IsKind(err, naru.KindConflict) {
						continue
					}
					if err != nil {
						f.Error(err)
					}
					if e.First {
						first.Add(1)
					}
					return
				}
			})
		}
	}
	group.Wait()
	equal(f, "first erasures", first.Load(), inquiries)
	r := f.balanced()
	equal(f, "erased", r.Erased, inquiries)
	equal(f, "left over", r.Deliveries.Waiting()+r.Deliveries.Dead, 0)
}

func testRetention(f *fixture) {
	latest := func(want time.Time) {
		f.Helper()
		got, err := f.LatestAcceptance(f.ctx)
		f.ok(err)
		equal(f, "latest inquiry", got, want)
	}
	latest(time.Time{})
	old := f.acceptance()
	_, _, err := f.Accept(f.ctx, old)
	f.ok(err)
	cut := f.now.Add(time.Hour)
	f.now = cut
	young := f.acceptance()
	_, _, err = f.Accept(f.ctx, young)
	f.ok(err)

	due := func(want ...naru.Reference) {
		f.Helper()
		found, err := f.InquiriesAcceptedBefore(f.ctx, cut, 10)
		f.ok(err)
		equal(f, "old inquiries", fmt.Sprint(found), fmt.Sprint(want))
	}
	due(old.Inquiry.Reference)
	latest(young.Inquiry.AcceptedAt)

	// Attempts go when they and the end of their mail are old.
	f.now = Now()
	delivered, waits, died, late := old.Deliveries[0].ID, old.Deliveries[1].ID, young.Deliveries[0].ID, young.Deliveries[1].ID
	f.finish(f.claim(delivered, "w"), "w", naru.OutcomeTemporary)
	f.finish(f.claim(delivered, "w"), "w", naru.OutcomeDelivered)
	f.finish(f.claim(waits, "w"), "w", naru.OutcomeTemporary)
	f.finish(f.claim(died, "w"), "w", naru.OutcomePermanent)
	f.finish(f.claim(late, "w"), "w", naru.OutcomeTemporary)
	d := f.claim(late, "w")
	f.now = cut
	f.finish(d, "w", naru.OutcomeDelivered)
	f.count(1)(f.DeleteOldAttempts(f.ctx, cut))
	kept := must(f, f.Attempts, delivered)
	equal(f, "attempts kept", len(kept), 1)
	equal(f, "the last one", kept[0].Outcome, naru.OutcomeDelivered)
	f.outcomes(waits, naru.OutcomeTemporary)
	f.outcomes(died, naru.OutcomePermanent)
	f.outcomes(late, naru.OutcomeTemporary, naru.OutcomeDelivered)
	f.count(1)(f.DeleteOldAttempts(f.ctx, cut.Add(time.Hour)))
	equal(f, "attempts kept", len(must(f, f.Attempts, late)), 1)
	n, err := f.DeadSince(f.ctx, Now())
	f.count(1)(n, err)
	f.count(0)(f.DeadSince(f.ctx, Now().Add(time.Microsecond)))

	f.erase(old.Inquiry.Reference)
	due()
	f.balanced()
}

func testLease(f *fixture) {
	acquire := func(holder string, after time.Duration, want bool) {
		f.Helper()
		now := f.now.Add(after)
		held, err := f.AcquireLease(f.ctx, "jobs", holder, now, now.Add(time.Minute))
		f.ok(err)
		equal(f, holder+" holds it", held, want)
	}
	acquire("a", 0, true)
	acquire("b", time.Second, false)
	acquire("a", 30*time.Second, true)
	acquire("b", 89*time.Second, false)
	acquire("b", 90*time.Second, true)
	acquire("a", 91*time.Second, false)
	f.ok(f.ReleaseLease(f.ctx, "jobs", "a")) // not its own
	acquire("a", 92*time.Second, false)
	f.ok(f.ReleaseLease(f.ctx, "jobs", "b"))
	acquire("a", 93*time.Second, true)
	acquire("b", 34*time.Second, false) // by a clock that is slow by less than a lease
	acquire("b", -time.Hour, true)      // the clock was set back
	acquire("a", time.Second-time.Hour, false)
	acquire("a", time.Minute-time.Hour, true)
	var group sync.WaitGroup
	var holders atomic.Int64
	for n := range 16 {
		group.Go(func() {
			held, err := f.AcquireLease(f.ctx, "race", fmt.Sprint(n), f.now, f.now.Add(time.Minute))
			if err != nil {
				f.Error(err)
			}
			if held {
				holders.Add(1)
			}
		})
	}
	group.Wait()
	equal(f, "holders", holders.Load(), 1)
	if _, err := f.AcquireLease(f.ctx, "jobs", "a", f.now, f.now); err == nil {
		f.Error("a lease without length was given")
	}
}
