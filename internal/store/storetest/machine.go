package storetest

import (
	"errors"
	"fmt"
	"time"

	"naru/internal/naru"
	"pgregory.net/rapid"
)

// modelled is what the rules say of one delivery.
type modelled struct {
	id            string
	kind          naru.DeliveryKind
	state         naru.DeliveryState
	attempt       int
	worker        string
	lease, next   time.Time
	died          time.Time
	outcome       naru.Outcome
	epoch         string
	sequence      uint64
	attempts      []naru.Outcome // by number, from 1
	mailDelivered bool           // by whichever attempt
}

// machine drives the store and the model with the same random operations.
// Shrinking repeats runs on the same database, so each run leaves nothing
// waiting behind; what it leaves is counted in base.
type machine struct {
	*fixture
	clock      time.Time
	order      []string
	deliveries map[string]*modelled
	base       naru.Tally
}

func testStateMachine(f *fixture) {
	clock := f.now
	rapid.Check(f.T, func(t *rapid.T) {
		base, err := f.Tally(f.ctx)
		f.ok(err)
		m := &machine{fixture: f, clock: clock, deliveries: map[string]*modelled{}, base: base}
		defer func() { clock = m.clock.Add(time.Hour) }()
		defer m.settle()
		t.Repeat(map[string]func(*rapid.T){
			"":            m.check,
			"accept":      m.accept,
			"markQueued":  m.markQueued,
			"claim":       m.claim,
			"finish":      m.finish,
			"expire":      m.releaseExpired,
			"release":     m.releaseWorker,
			"requeueLost": m.requeueLost,
			"hasten":      m.hasten,
			"replay":      m.replay,
			"tick": func(t *rapid.T) {
				m.clock = m.clock.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "s")) * time.Second)
			},
		})
	})
	f.balanced()
}

func (m *machine) pick(t *rapid.T) *modelled {
	if len(m.order) == 0 {
		t.Skip("nothing accepted yet")
	}
	return m.deliveries[rapid.SampledFrom(m.order).Draw(t, "delivery")]
}

func (m *machine) add(id string, kind naru.DeliveryKind) {
	m.order = append(m.order, id)
	m.deliveries[id] = &modelled{id: id, kind: kind, state: naru.StatePending, next: m.clock}
}

func (m *machine) accept(t *rapid.T) {
	a := m.acceptance()
	a.Inquiry.AcceptedAt = m.clock
	a.Deliveries = a.Deliveries[:rapid.IntRange(1, 2).Draw(t, "deliveries")]
	if _, _, err := m.Accept(m.ctx, a); err != nil {
		t.Fatal(err)
	}
	for _, d := range a.Deliveries {
		m.add(d.ID, d.Kind)
	}
}

func (m *machine) markQueued(t *rapid.T) {
	d := m.pick(t)
	q := naru.Queued{Dispatch: naru.Dispatch{DeliveryID: d.id, Attempt: d.attempt + rapid.IntRange(-1, 0).Draw(t, "stale")}, Sequence: uint64(rapid.IntRange(1, 20).Draw(t, "sequence"))}
	epoch := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "epoch")
	if err := m.MarkQueued(m.ctx, epoch, []naru.Queued{q}); err != nil {
		t.Fatal(err)
	}
	if d.state == naru.StatePending && d.attempt == q.Attempt {
		d.state, d.epoch, d.sequence = naru.StateQueued, epoch, q.Sequence
	}
}

func (m *machine) claim(t *rapid.T) {
	d := m.pick(t)
	c := naru.Claim{
		Dispatch: naru.Dispatch{DeliveryID: d.id, Attempt: d.attempt + rapid.IntRange(-1, 0).Draw(t, "stale")},
		Worker:   rapid.SampledFrom([]string{"w1", "w2", "w3"}).Draw(t, "worker"), Now: m.clock, LeaseUntil: m.clock.Add(lease),
	}
	free := (d.state == naru.StatePending || d.state == naru.StateQueued) && c.Attempt == d.attempt
	got, err := m.ClaimDelivery(m.ctx, c)
	if !free {
		if !naru.IsKind(err, naru.KindConflict) {
			t.Fatalf("claim %+v of %+v: %v", c, d, err)
		}
		return
	}
	if err != nil || got.Attempt != d.attempt+1 {
		t.Fatalf("claim %+v of %+v: %+v, %v", c, d, got, err)
	}
	d.state, d.attempt, d.worker, d.lease = naru.StateSending, d.attempt+1, c.Worker, c.LeaseUntil
	d.attempts = append(d.attempts, naru.OutcomeStarted)
}

// abandon ends the attempt under way without a result.
func (d *modelled) abandon() {
	if d.attempts[d.attempt-1] == naru.OutcomeStarted {
		d.attempts[d.attempt-1] = naru.OutcomeUnknown
	}
}

// finish reports the result of any attempt, also of one long taken over.
func (m *machine) finish(t *rapid.T) {
	d := m.pick(t)
	if d.attempt == 0 {
		t.Skip("no attempt yet")
	}
	number := max(1, d.attempt-rapid.IntRange(0, 1).Draw(t, "late"))
	attempts, err := m.Attempts(m.ctx, d.id)
	if err != nil {
		t.Fatal(err)
	}
	worker, started := attempts[number-1].Worker, attempts[number-1].StartedAt
	outcome := rapid.SampledFrom([]naru.Outcome{
		naru.OutcomeDelivered, naru.OutcomePermanent, naru.OutcomeTemporary, naru.OutcomeUnavailable,
	}).Draw(t, "outcome")
	r := m.result(naru.Delivery{ID: d.id, Attempt: number, StartedAt: started}, worker, outcome)
	r.EndedAt, r.NextAttemptAt = m.clock, m.clock.Add(20*time.Second)
	if outcome == naru.OutcomePermanent && rapid.Bool().Draw(t, "notice") {
		r.Notice = &naru.Delivery{ID: m.id("notice"), MessageID: m.id("message")}
	}
	if err := m.FinishAttempt(m.ctx, r); err != nil {
		t.Fatal(err)
	}
	held := d.state == naru.StateSending && d.attempt == number
	if recorded := d.attempts[number-1]; recorded == naru.OutcomeStarted || recorded == naru.OutcomeUnknown {
		d.attempts[number-1] = outcome
	} else if !held {
		return // a repetition
	}
	delivered := outcome == naru.OutcomeDelivered
	if delivered {
		d.mailDelivered = true
	}
	switch {
	case held && d.mailDelivered, !held && delivered && d.state != naru.StateSending:
		d.state, d.outcome, d.next = naru.StateDelivered, naru.OutcomeDelivered, time.Time{}
	case held && outcome == naru.OutcomePermanent:
		d.state, d.outcome, d.died, d.next = naru.StateDead, outcome, m.clock, time.Time{}
		if r.Notice != nil && d.kind != naru.DeliveryNotice {
			m.add(r.Notice.ID, naru.DeliveryNotice)
		}
	case held:
		d.state, d.outcome, d.next = naru.StatePending, outcome, r.NextAttemptAt
	}
}

// released is what becomes of a sending delivery without a holder.
func (m *machine) released(d *modelled) {
	d.abandon()
	d.state, d.outcome, d.next = naru.StatePending, naru.OutcomeUnknown, m.clock
	if d.mailDelivered {
		d.state, d.outcome, d.next = naru.StateDelivered, naru.OutcomeDelivered, time.Time{}
	}
}

func (m *machine) releaseExpired(t *rapid.T) {
	m.changes(t, func() (int, error) { return m.ReleaseExpired(m.ctx, m.clock) }, func(d *modelled) bool {
		return d.state == naru.StateSending && !d.lease.After(m.clock)
	}, m.released)
}

func (m *machine) releaseWorker(t *rapid.T) {
	worker := rapid.SampledFrom([]string{"w1", "w2", ""}).Draw(t, "worker")
	m.changes(t, func() (int, error) { return m.ReleaseWorker(m.ctx, worker, m.clock) }, func(d *modelled) bool {
		return d.state == naru.StateSending && (worker == "" || d.worker == worker)
	}, m.released)
}

func (m *machine) requeueLost(t *rapid.T) {
	s := naru.StreamState{Epoch: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "epoch"), First: uint64(rapid.IntRange(1, 10).Draw(t, "first"))}
	s.Last = s.First + uint64(rapid.IntRange(0, 10).Draw(t, "length")) - 1
	m.changes(t, func() (int, error) { return m.RequeueLost(m.ctx, s) }, func(d *modelled) bool {
		return d.state == naru.StateQueued && (d.epoch != s.Epoch || d.sequence < s.First || d.sequence > s.Last)
	}, func(d *modelled) { d.state = naru.StatePending })
}

func (m *machine) hasten(t *rapid.T) {
	m.changes(t, func() (int, error) { return m.HastenUnavailable(m.ctx, m.clock) }, func(d *modelled) bool {
		return d.state == naru.StatePending && d.outcome == naru.OutcomeUnavailable && d.next.After(m.clock)
	}, func(d *modelled) { d.next = m.clock })
}

func (m *machine) replay(t *rapid.T) {
	m.changes(t, func() (int, error) { return m.ReplayDead(m.ctx, nil, m.clock) }, func(d *modelled) bool {
		return d.state == naru.StateDead && !d.died.After(m.clock)
	}, func(d *modelled) { d.state, d.next = naru.StatePending, m.clock })
}

// changes compares how many deliveries a sweep has changed with how many it
// should have.
func (m *machine) changes(t *rapid.T, sweep func() (int, error), applies func(*modelled) bool, apply func(*modelled)) {
	n, err := sweep()
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, d := range m.deliveries {
		if applies(d) {
			want++
			apply(d)
		}
	}
	if n != want {
		t.Fatalf("changed %d, want %d", n, want)
	}
}

// check compares the tallies, and one delivery in full.
func (m *machine) check(t *rapid.T) {
	want := m.base
	var next time.Time
	for _, d := range m.deliveries {
		switch d.state {
		case naru.StatePending:
			want.Pending++
			if next.IsZero() || d.next.Before(next) {
				next = d.next
			}
		case naru.StateQueued:
			want.Queued++
		case naru.StateSending:
			want.Sending++
		case naru.StateDelivered:
			want.Delivered++
		case naru.StateDead:
			want.Dead++
		}
	}
	tally, err := m.Tally(m.ctx)
	if err != nil || tally != want {
		t.Fatalf("tally %+v, want %+v; %v", tally, want, err)
	}
	if due, err := m.NextDue(m.ctx); err != nil || !due.Equal(next) {
		t.Fatalf("next due %v, want %v; %v", due, next, err)
	}
	if len(m.order) == 0 {
		return
	}
	d := m.deliveries[m.order[rapid.IntRange(0, len(m.order)-1).Draw(t, "checked")]]
	got, err := m.Delivery(m.ctx, d.id)
	if err != nil || got.State != d.state || got.Attempt != d.attempt || got.Outcome != d.outcome ||
		d.state != naru.StateQueued && d.state != naru.StateSending && !got.NextAttemptAt.Equal(d.next) {
		t.Fatalf("delivery %+v, want %+v; %v", got, *d, err)
	}
	attempts, err := m.Attempts(m.ctx, d.id)
	if err != nil || len(attempts) != len(d.attempts) {
		t.Fatalf("attempts %+v, want %v; %v", attempts, d.attempts, err)
	}
	for i, a := range attempts {
		if a.Outcome != d.attempts[i] {
			t.Fatalf("attempts %+v, want %v", attempts, d.attempts)
		}
	}
}

// settle delivers everything, whatever the model thinks of it.
func (m *machine) settle() {
	_, err := m.ReleaseWorker(m.ctx, "", m.clock)
	_, replayed := m.ReplayDead(m.ctx, nil, m.clock)
	if err := errors.Join(err, replayed); err != nil {
		m.Error(err)
	}
	for _, id := range m.order {
		d, err := m.Delivery(m.ctx, id)
		if err == nil && d.State != naru.StateDelivered {
			d, err = m.ClaimDelivery(m.ctx, naru.Claim{Dispatch: naru.Dispatch{DeliveryID: id, Attempt: d.Attempt}, Worker: "settle", Now: m.clock, LeaseUntil: m.clock.Add(lease)})
			if err == nil {
				err = m.FinishAttempt(m.ctx, m.result(d, "settle", naru.OutcomeDelivered))
			}
		}
		if err != nil {
			m.Error(fmt.Errorf("settle %s: %w", id, err))
		}
	}
}
