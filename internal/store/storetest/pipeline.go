package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/naru"
)

// testPipeline runs everything at once, as in production: people write, a
// relay queues, eight workers send with all kinds of results, leases are
// taken away, the broker is emptied, and in the end every mail is accounted
// for.
func testPipeline(f *fixture) {
	const inquiries, workers = 60, 8
	const deliveries = 2 * inquiries
	messages := make(chan naru.Dispatch, 10*deliveries)
	var sequence atomic.Uint64
	stop := make(chan struct{})
	var background sync.WaitGroup
	repeat := func(step func()) {
		background.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					step()
				}
			}
		})
	}
	check := func(err error) {
		if err != nil && !naru.IsKind(err, naru.KindConflict) {
			f.Error(err)
		}
	}
	relay := func() {
		due, err := f.DueDeliveries(f.ctx, f.now.Add(time.Hour), 16)
		check(err)
		var queued []naru.Queued
		for _, d := range due {
			select {
			case messages <- d:
				queued = append(queued, naru.Queued{Dispatch: d, Sequence: sequence.Add(1)})
			default:
			}
		}
		check(f.MarkQueued(f.ctx, "epoch", queued))
	}
	repeat(relay)
	repeat(relay)
	repeat(func() {
		_, err := f.RequeueLost(f.ctx, naru.StreamState{Epoch: "epoch", First: sequence.Load() / 2, Last: sequence.Load()})
		check(err)
	})
	repeat(func() {
		_, err := f.ReleaseWorker(f.ctx, "3", f.now)
		check(err)
	})
	repeat(func() {
		_, err := f.ReplayDead(f.ctx, nil, f.now)
		check(err)
	})
	work := func(worker int) {
		name := string(rune('0' + worker))
		for i := 0; ; i++ {
			var m naru.Dispatch
			select {
			case m = <-messages:
			case <-stop:
				return
			}
			d, err := f.ClaimDelivery(f.ctx, naru.Claim{Dispatch: m, Worker: name, Now: f.now, LeaseUntil: f.now.Add(lease)})
			if err != nil {
				check(err)
				continue
			}
			outcome := naru.OutcomeDelivered
			switch i % 8 {
			case 3:
				outcome = naru.OutcomeTemporary
			case 5:
				outcome = naru.OutcomePermanent
			}
			if err := f.FinishAttempt(f.ctx, f.result(d, name, outcome)); err != nil {
				f.Error(errors.Join(err, f.ctx.Err()))
			}
		}
	}
	for worker := range workers {
		background.Go(func() { work(worker) })
	}
	f.parallel(4, func(int) {
		for range inquiries / 4 {
			if _, _, err := f.Accept(f.ctx, f.acceptance()); err != nil {
				f.Error(err)
			}
		}
	}, nil)
	for deadline := time.Now().Add(time.Minute); ; {
		tally, err := f.Tally(f.ctx)
		f.ok(err)
		if tally.Delivered == deliveries {
			break
		}
		if time.Now().After(deadline) || f.Failed() {
			f.Errorf("after a minute: %+v", tally)
			break
		}
	}
	close(stop)
	background.Wait()
	account := f.balanced()
	equal(f, "tally", account.Deliveries, naru.Tally{Delivered: deliveries})
	equal(f, "expected", account.Expected, deliveries)
}
