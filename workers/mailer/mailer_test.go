package mailer

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"naru/internal/mail"
	"naru/internal/naru"
	"naru/internal/queue"
)

// desk is a store, a queue, a composer and a relay that fail on demand, which
// the real ones cannot.
type desk struct {
	mu sync.Mutex // guards all below
	// deliveries by id, as the store has them.
	deliveries map[string]naru.Delivery
	results    []naru.AttemptResult
	sends      map[string]int
	published  int
	acked      int
	returned   int
	hastened   int

	// finishFails is how many times FinishAttempt fails.
	finishFails int
	compose     error
	send        func(id string, n int) mail.Result
	probe       func() error

	messages chan queue.Message
}

func newDesk() *desk {
	return &desk{deliveries: map[string]naru.Delivery{}, sends: map[string]int{}, messages: make(chan queue.Message, 1000)}
}

// add makes a delivery and its message.
func (d *desk) add(id string, kind naru.DeliveryKind) {
	now := time.Now()
	d.mu.Lock()
	d.deliveries[id] = naru.Delivery{ID: id, Kind: kind, State: naru.StatePending, InquiryID: "inquiry", CreatedAt: now, GiveUpAt: now.Add(naru.GiveUpAfter), RequestID: "request"}
	d.publish(id, 0)
	d.mu.Unlock()
}

// publish is what the relay does with what is due; mu is held.
func (d *desk) publish(id string, attempt int) {
	d.published++
	d.messages <- queue.Message{Dispatch: naru.Dispatch{DeliveryID: id, Attempt: attempt}, Origin: origin{d}}
}

type origin struct{ d *desk }

func (o origin) Ack() error { o.d.mu.Lock(); defer o.d.mu.Unlock(); o.d.acked++; return nil }

func (o origin) NakWithDelay(time.Duration) error {
	o.d.mu.Lock()
	defer o.d.mu.Unlock()
	o.d.returned++
	return nil
}

func (d *desk) Consume(ctx context.Context, _ int, handle func(queue.Message)) error {
	for {
		select {
		case m := <-d.messages:
			handle(m)
		case <-ctx.Done():
			return nil
		}
	}
}

func (d *desk) Wake() {}

func (d *desk) ClaimDeliveries(_ context.Context, all []naru.Claim) (won []naru.Delivery, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range all {
		delivery := d.deliveries[c.DeliveryID]
		if delivery.State != naru.StatePending || delivery.Attempt != c.Attempt {
			continue
		}
		delivery.State, delivery.Attempt, delivery.LeaseUntil = naru.StateSending, delivery.Attempt+1, c.LeaseUntil
		d.deliveries[c.DeliveryID] = delivery
		won = append(won, delivery)
	}
	return won, nil
}

func (d *desk) FinishAttempt(_ context.Context, r naru.AttemptResult) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.finishFails > 0 {
		d.finishFails--
		return naru.NewError(naru.KindUnavailable, "store_unavailable", nil)
	}
	delivery := d.deliveries[r.DeliveryID]
	delivery.State, delivery.NextAttemptAt, delivery.Outcome = r.State, r.NextAttemptAt, r.Outcome
	d.deliveries[r.DeliveryID] = delivery
	d.results = append(d.results, r)
	if r.Reply == mail.ClassCancelled { // not tried, and due at once
		d.publish(delivery.ID, delivery.Attempt)
	}
	return nil
}

func (d *desk) ExtendLeases(_ context.Context, _ string, ids []string, until time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		delivery := d.deliveries[id]
		delivery.LeaseUntil = until
		d.deliveries[id] = delivery
	}
	return nil
}

func (d *desk) HastenUnavailable(context.Context, time.Time) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, delivery := range d.deliveries {
		if delivery.State == naru.StatePending && delivery.Outcome == naru.OutcomeUnavailable {
			n++
			d.publish(delivery.ID, delivery.Attempt)
		}
	}
	d.hastened += n
	return n, nil
}

func (d *desk) Compose(_ context.Context, delivery naru.Delivery) (*mail.Message, error) {
	if d.compose != nil {
		return nil, d.compose
	}
	return &mail.Message{Raw: []byte(delivery.ID)}, nil
}

func (d *desk) Send(_ context.Context, msg *mail.Message) mail.Result {
	id := string(msg.Raw)
	d.mu.Lock()
	d.sends[id]++
	n := d.sends[id]
	d.mu.Unlock()
	if d.send == nil {
		return mail.Result{Outcome: naru.OutcomeDelivered, Reply: "250"}
	}
	return d.send(id, n)
}

func (d *desk) Probe(context.Context) error {
	if d.probe == nil {
		return nil
	}
	return d.probe()
}

func (d *desk) AttemptFinished(naru.DeliveryKind, naru.Outcome) {}
func (d *desk) QueueDelivered(time.Duration)                    {}

// lastResult returns the last result of a delivery.
func (d *desk) lastResult(t *testing.T, id string) naru.AttemptResult {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range slices.Backward(d.results) {
		if r.DeliveryID == id {
			return r
		}
	}
	t.Fatalf("no result for %s", id)
	return naru.AttemptResult{}
}

// start runs a mailer on the desk; the returned function stops it.
func start(t *testing.T, d *desk) (stop func()) {
	t.Helper()
	m, err := New(Options{
		Store: d, Queue: d, Composer: d, Sender: d, Metrics: d, Logger: slog.New(slog.DiscardHandler),
		Worker: "worker", Senders: 4, AttemptTimeout: time.Minute, Backoff: Backoff{First: 15 * time.Second, Factor: 2, Max: 2 * time.Hour},
		NewID: func() string { return "notice" }, MessageIDDomain: "naru.test", FallbackTeamID: "fallback",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

func TestDeliversAndAcknowledges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			d.add(id, naru.DeliveryTeam)
		}
		d.publish("a", 0) // delivered twice by the broker
		stop := start(t, d)
		synctest.Wait()
		stop()
		if d.acked != 6 || len(d.results) != 5 || d.sends["a"] != 1 {
			t.Errorf("%d acknowledged, %d results, a sent %d times", d.acked, len(d.results), d.sends["a"])
		}
	})
}

func TestOutcomesDecideWhatHappensNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.send = func(id string, _ int) mail.Result {
			return mail.Result{Outcome: naru.Outcome(id), Reply: "reply"}
		}
		for _, outcome := range []naru.Outcome{naru.OutcomeDelivered, naru.OutcomeTemporary, naru.OutcomePermanent, naru.OutcomeUnknown, naru.OutcomeReleased} {
			d.add(string(outcome), naru.DeliveryTeam)
		}
		stop := start(t, d)
		synctest.Wait()
		stop()
		now := time.Now()
		for outcome, want := range map[naru.Outcome]struct {
			state naru.DeliveryState
			wait  time.Duration
		}{
			naru.OutcomeDelivered: {naru.StateDelivered, 0},
			naru.OutcomeTemporary: {naru.StatePending, 15 * time.Second},
			naru.OutcomePermanent: {naru.StateDead, 0},
			naru.OutcomeUnknown:   {naru.StatePending, 15 * time.Second},
			naru.OutcomeReleased:  {naru.StatePending, 0},
		} {
			r := d.lastResult(t, string(outcome))
			if r.State != want.state || want.state == naru.StatePending && r.NextAttemptAt.Sub(now) != want.wait {
				t.Errorf("%s: %s, next in %v; want %s, %v", outcome, r.State, r.NextAttemptAt.Sub(now), want.state, want.wait)
			}
			if (r.Notice != nil) != (want.state == naru.StateDead) {
				t.Errorf("%s: notice %v", outcome, r.Notice)
			}
		}
		notice := d.lastResult(t, string(naru.OutcomePermanent)).Notice
		if notice.TeamID != "fallback" || notice.About != string(naru.OutcomePermanent) || notice.InquiryID != "inquiry" || notice.MessageID != "notice@naru.test" {
			t.Errorf("notice %+v", notice)
		}
	})
}

func TestAFailedNoticeCausesNoNotice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.send = func(string, int) mail.Result { return mail.Result{Outcome: naru.OutcomePermanent, Reply: "550"} }
		d.add("told", naru.DeliveryNotice)
		stop := start(t, d)
		synctest.Wait()
		stop()
		if r := d.lastResult(t, "told"); r.State != naru.StateDead || r.Notice != nil {
			t.Errorf("%s with notice %v", r.State, r.Notice)
		}
	})
}

func TestGivesUpAfterThreeDays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.send = func(string, int) mail.Result { return mail.Result{Outcome: naru.OutcomeTemporary, Reply: "451"} }
		d.add("slow", naru.DeliveryTeam)
		stop := start(t, d)
		begin := time.Now()
		var waits []time.Duration
		for {
			synctest.Wait()
			r := d.lastResult(t, "slow")
			if r.State == naru.StateDead {
				break
			}
			waits = append(waits, time.Until(r.NextAttemptAt))
			time.Sleep(time.Until(r.NextAttemptAt))
			d.publish("slow", len(waits))
		}
		stop()
		if waits[0] > 30*time.Second {
			t.Errorf("first retry after %v", waits[0])
		}
		if !slices.IsSorted(waits) {
			t.Errorf("waits do not grow: %v", waits)
		}
		if took := time.Since(begin); took > naru.GiveUpAfter || took < naru.GiveUpAfter-2*time.Hour {
			t.Errorf("given up after %v", took)
		}
	})
}

// A store that is away after the mail went out must not make it go out again.
func TestResultIsRecordedHoweverLongTheStoreIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.finishFails = 3000
		d.add("once", naru.DeliveryTeam)
		stop := start(t, d)
		synctest.Wait()
		d.mu.Lock()
		if d.acked != 0 {
			t.Error("acknowledged before it was recorded")
		}
		d.mu.Unlock()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		stop()
		if r := d.lastResult(t, "once"); r.State != naru.StateDelivered || d.sends["once"] != 1 || d.acked != 1 {
			t.Errorf("%s, sent %d times, acknowledged %d times", r.State, d.sends["once"], d.acked)
		}
	})
}

// What a crash could repeat is what was sent and is not recorded.
func TestNoMoreIsSentThanHasATurnUntilItIsRecorded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.finishFails = math.MaxInt
		for n := range 40 {
			d.add(strconv.Itoa(n), naru.DeliveryTeam)
		}
		stop := start(t, d)
		time.Sleep(time.Minute)
		synctest.Wait()
		d.mu.Lock()
		claimed := 0
		for _, delivery := range d.deliveries {
			if delivery.State == naru.StateSending {
				claimed++
			}
		}
		if len(d.sends) != 4 || claimed != 16 {
			t.Errorf("%d mails sent and %d claimed while the store is away, 4 and 16 are due", len(d.sends), claimed)
		}
		d.finishFails = 0
		d.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		for id, delivery := range d.deliveries {
			if delivery.State != naru.StateDelivered || d.sends[id] != 1 {
				t.Errorf("%s is %s, sent %d times", id, delivery.State, d.sends[id])
			}
		}
	})
}

func TestComposeErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		state naru.DeliveryState
		reply string
	}{
		"an address nobody may write to": {naru.NewError(naru.KindInvalid, "recipient_refused", nil), naru.StateDead, "recipient_refused"},
		"an erased inquiry":              {naru.NewError(naru.KindNotFound, "inquiry_unknown", nil), naru.StateDead, "inquiry_unknown"},
		"a broken template":              {errors.New("template"), naru.StatePending, "compose_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDesk()
				d.compose = c.err
				d.add("mail", naru.DeliveryAcknowledgement)
				stop := start(t, d)
				synctest.Wait()
				stop()
				if r := d.lastResult(t, "mail"); r.State != c.state || r.Reply != c.reply {
					t.Errorf("%s %q, want %s %q", r.State, r.Reply, c.state, c.reply)
				}
			})
		})
	}
}

func TestAbsentRelayIsWaitedForAndUsedWithinSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		away := true
		d.probe = func() error {
			d.mu.Lock()
			defer d.mu.Unlock()
			if away {
				return errors.New("connection refused")
			}
			return nil
		}
		d.send = func(string, int) mail.Result {
			if d.probe() != nil {
				return mail.Result{Outcome: naru.OutcomeUnavailable, Reply: "dial_refused"}
			}
			return mail.Result{Outcome: naru.OutcomeDelivered}
		}
		for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
			d.add(id, naru.DeliveryTeam)
		}
		stop := start(t, d)
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		tries := 0
		for _, n := range maps.All(d.sends) {
			tries += n
		}
		if tries > 4 {
			t.Errorf("%d attempts in a day without a relay, at most one per sender is due", tries)
		}
		d.mu.Lock()
		away = false
		d.mu.Unlock()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		stop()
		for id, delivery := range d.deliveries {
			if delivery.State != naru.StateDelivered {
				t.Errorf("%s is %s ten seconds after the relay's return", id, delivery.State)
			}
		}
	})
}

// One mail that always breaks the connection must not hold up or hurry others.
func TestOneMailThatBreaksTheConnectionIsAloneWithIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.send = func(id string, _ int) mail.Result {
			if id == "poison" {
				return mail.Result{Outcome: naru.OutcomeUnavailable, Reply: "connection_lost"}
			}
			return mail.Result{Outcome: naru.OutcomeDelivered}
		}
		d.add("poison", naru.DeliveryTeam)
		for _, id := range []string{"a", "b", "c"} {
			d.add(id, naru.DeliveryTeam)
		}
		stop := start(t, d)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		stop()
		if d.sends["poison"] != 1 || d.hastened != 0 {
			t.Errorf("poison tried %d times and hastened %d times in ten seconds", d.sends["poison"], d.hastened)
		}
		for _, id := range []string{"a", "b", "c"} {
			if d.deliveries[id].State != naru.StateDelivered {
				t.Errorf("%s is %s", id, d.deliveries[id].State)
			}
		}
	})
}

func TestStopGivesBackWhatWaitsForTheRelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.probe = func() error { return errors.New("connection refused") }
		d.send = func(string, int) mail.Result {
			return mail.Result{Outcome: naru.OutcomeUnavailable, Reply: "dial_refused"}
		}
		for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
			d.add(id, naru.DeliveryTeam)
		}
		stop := start(t, d)
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		if d.acked+d.returned+len(d.messages) != d.published {
			t.Errorf("%d acknowledged, %d returned, %d left of %d", d.acked, d.returned, len(d.messages), d.published)
		}
		for id, delivery := range d.deliveries {
			if delivery.State != naru.StatePending {
				t.Errorf("%s is %s", id, delivery.State)
			}
		}
	})
}

func TestRenewsTheLeasesOfWhatItHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		answer := make(chan struct{})
		d.send = func(string, int) mail.Result {
			<-answer
			return mail.Result{Outcome: naru.OutcomeDelivered, Reply: "250"}
		}
		d.add("slow", naru.DeliveryTeam)
		stop := start(t, d)
		lease := func() time.Duration {
			d.mu.Lock()
			defer d.mu.Unlock()
			return time.Until(d.deliveries["slow"].LeaseUntil)
		}
		for range 50 { // beyond several leases
			<-time.After(time.Second)
			synctest.Wait()
			if left := lease(); left < 24*time.Second || left > 30*time.Second {
				t.Fatalf("lease of %v left", left)
			}
		}
		close(answer)
		synctest.Wait()
		after := lease()
		<-time.After(time.Minute)
		if left := lease(); left != after-time.Minute {
			t.Errorf("lease of a finished delivery renewed: %v", left)
		}
		stop()
	})
}
