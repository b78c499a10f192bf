// Package mailer sends deliveries: it takes dispatches from the queue, claims
// the delivery in the store, composes the mail, hands it to the relay, records
// the result, and only then removes the dispatch from the queue.
//
// A crash at any point loses nothing. Before the claim, the dispatch is
// delivered again; after it, nobody renews the claim's lease any more, it ends,
// and the delivery becomes due again; after the relay took the mail and before
// the result is recorded, the mail is sent once more with the same Message-ID:
// at most one for each of Options.Senders. Only a relay that takes a mail and breaks off before
// it says so (outcome unknown) can cause another repetition: nobody can tell
// that from a mail that was lost.
//
// Several mails are sent side by side, each by a sender that takes the next one when
// its result is recorded. Further deliveries are claimed meanwhile, many at once, so
// that a sender need not wait for the store; nothing of them is in memory but the
// claim and the inquiry. A mail that fails for now is given back to the outbox with a time to be
// tried at, so it holds up no other. While the relay cannot be reached at all, no attempt is begun; see gate.
package mailer

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"naru/internal/mail"
	"naru/internal/naru"
	"naru/internal/queue"
)

// Store is what the mailer needs of the outbox.
type Store interface {
	ClaimDeliveries(ctx context.Context, claims []naru.Claim) ([]naru.Delivery, error)
	ExtendLeases(ctx context.Context, worker string, ids []string, until time.Time) error
	FinishAttempt(ctx context.Context, result naru.AttemptResult) error
	HastenUnavailable(ctx context.Context, now time.Time) (int, error)
}

// Queue is what the mailer needs of the broker.
type Queue interface {
	Consume(ctx context.Context, prefetch int, handle func(queue.Message)) error
	Wake()
}

// Composer writes the mail of a delivery. An error of kind invalid or not
// found means that this mail can never be sent.
type Composer interface {
	Compose(ctx context.Context, delivery naru.Delivery) (*mail.Message, error)
}

// Sender hands mails to the relay.
type Sender interface {
	Send(ctx context.Context, msg *mail.Message) mail.Result
	Probe(ctx context.Context) error
}

// Metrics counts attempts and waits.
type Metrics interface {
	AttemptFinished(kind naru.DeliveryKind, outcome naru.Outcome)
	QueueDelivered(waited time.Duration)
}

// Options configure a Mailer. All without a default are required.
type Options struct {
	Store    Store
	Queue    Queue
	Composer Composer
	Sender   Sender
	Metrics  Metrics
	Logger   *slog.Logger
	// Worker names this process in claims and attempts; unique among all
	// processes and starts.
	Worker string
	// Senders is how many mails are sent at once.
	Senders int
	// AttemptTimeout is the longest that composing and sending may take, and
	// claiming.
	AttemptTimeout time.Duration
	// Lease is how long after its last sign of life a worker is believed to be
	// gone and others may repeat what it held; it is renewed six times as
	// often. Default 30 seconds.
	Lease   time.Duration
	Backoff Backoff
	// NewID makes ids for notices.
	NewID func() string
	// MessageIDDomain is the part of a Message-ID after the @.
	MessageIDDomain string
	// FallbackTeamID is the team told of mails that failed for good.
	FallbackTeamID string
	// ProbeInterval is the pause between probes of an absent relay; default
	// 2 seconds.
	ProbeInterval time.Duration
	// Clock defaults to time.Now.
	Clock func() time.Time
}

// Mailer is the process part described in the package comment.
type Mailer struct {
	options Options
	gate    *gate

	mu sync.Mutex
	// held counts the attempts under way by delivery. Guarded by mu.
	held map[string]int
}

// claimedAtOnce is how many deliveries are claimed at once, if there are as many,
// for each mail that can be sent at once. It is done again when one for each is
// left: while these are sent and recorded, the next are claimed.
const claimedAtOnce = 2

// fetchedAtOnce is how many messages the broker is asked for at once for each mail that
// can be sent at once: it has work with every such request.
const fetchedAtOnce = 3

// atTheDoor is how often others may run before what has come is claimed: the mails
// of an inquiry come in pairs.
const atTheDoor = 8

// job is a message whose delivery is claimed.
type job struct {
	message  queue.Message
	delivery naru.Delivery
	// release ends what hold began.
	release func()
}

// New checks the options.
func New(options Options) (*Mailer, error) {
	if options.Store == nil || options.Queue == nil || options.Composer == nil || options.Sender == nil || options.Metrics == nil ||
		options.Logger == nil || options.Worker == "" || options.Senders < 1 || options.AttemptTimeout <= 0 || options.NewID == nil ||
		options.MessageIDDomain == "" || options.FallbackTeamID == "" || options.Backoff.First <= 0 {
		return nil, errors.New("mailer: an option is missing")
	}
	if options.ProbeInterval == 0 {
		options.ProbeInterval = 2 * time.Second
	}
	if options.Lease == 0 {
		options.Lease = 30 * time.Second
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	m := &Mailer{options: options, held: map[string]int{}}
	m.gate = newGate(options.Sender.Probe, m.hasten, options.Logger, options.ProbeInterval)
	return m, nil
}

// Run sends mail until ctx ends; then it finishes the mails being sent and
// returns nil.
func (m *Mailer) Run(ctx context.Context) error {
	most := claimedAtOnce * m.options.Senders
	arrived, jobs := make(chan queue.Message, most), make(chan job, m.options.Senders)
	alive, stop := context.WithCancel(context.WithoutCancel(ctx))
	var renewing sync.WaitGroup
	renewing.Go(func() { m.renew(alive) })
	defer renewing.Wait()
	defer stop()
	var claiming, sending sync.WaitGroup
	claiming.Go(func() {
		for message := range arrived {
			m.claim(ctx, gather(message, arrived, most), jobs)
		}
		close(jobs)
	})
	for range m.options.Senders {
		sending.Go(func() {
			for j := range jobs {
				m.deliver(ctx, j.delivery)
				m.ack(j.message)
				j.release()
			}
		})
	}
	err := m.options.Queue.Consume(ctx, fetchedAtOnce*m.options.Senders, func(message queue.Message) {
		select {
		case arrived <- message:
		case <-ctx.Done():
			m.giveBack(message)
		}
	})
	close(arrived)
	claiming.Wait()
	sending.Wait()
	m.gate.loops.Wait()
	return err
}

// Ready tells whether the relay can be reached as far as is known.
func (m *Mailer) Ready() bool { return m.gate.relayThere() }

// gather takes what else has come, up to most messages in all.
func gather(first queue.Message, arrived <-chan queue.Message, most int) []queue.Message {
	batch := []queue.Message{first}
	for waited := 0; len(batch) < most && waited < atTheDoor; {
		select {
		case message, open := <-arrived:
			if !open {
				return batch
			}
			batch = append(batch, message)
		default:
			waited++
			runtime.Gosched()
		}
	}
	return batch
}

// claim takes the right to send the deliveries of the messages, and passes on those
// that it got. It blocks while there are enough to be sent.
func (m *Mailer) claim(ctx context.Context, batch []queue.Message, jobs chan<- job) {
	if m.gate.wait(ctx) != nil {
		for _, message := range batch {
			m.giveBack(message)
		}
		return
	}
	now := m.options.Clock()
	wanted := make([]naru.Claim, 0, len(batch))
	release := make([]func(), 0, len(batch))
	for _, message := range batch {
		if !message.PublishedAt.IsZero() {
			m.options.Metrics.QueueDelivered(time.Since(message.PublishedAt))
		}
		wanted = append(wanted, naru.Claim{Dispatch: message.Dispatch, Worker: m.options.Worker, Now: now, LeaseUntil: now.Add(m.options.Lease)})
		release = append(release, m.hold(message.DeliveryID))
	}
	claiming, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.options.AttemptTimeout)
	defer cancel()
	won, err := m.options.Store.ClaimDeliveries(claiming, wanted)
	if err != nil {
		m.options.Logger.Warn("deliveries not claimed", "deliveries", len(batch), "error", err)
		for i, message := range batch {
			release[i]()
			if err := message.Return(2 * time.Second); err != nil {
				m.options.Logger.Warn("queue message not returned", "delivery_id", message.DeliveryID, "error", err)
			}
		}
		return
	}
	claimed := make(map[naru.Dispatch]naru.Delivery, len(won))
	for _, d := range won {
		claimed[naru.Dispatch{DeliveryID: d.ID, Attempt: d.Attempt - 1}] = d
	}
	for i, message := range batch {
		delivery, ok := claimed[message.Dispatch]
		if !ok {
			// Done, taken by another worker, or erased: nothing is left to do.
			release[i]()
			m.ack(message)
			continue
		}
		delete(claimed, message.Dispatch) // the same message may have come twice
		jobs <- job{message, delivery, release[i]}
	}
}

// deliver makes the attempt and returns when the result is recorded: what a crash
// can repeat is what is in here.
func (m *Mailer) deliver(ctx context.Context, delivery naru.Delivery) {
	started := m.options.Clock()
	if !m.gate.passable(ctx) {
		// Told to stop, or the relay went away while this one waited.
		m.record(ctx, delivery, naru.OutcomeReleased, mail.ClassCancelled, nil, started)
		return
	}
	if !started.Before(delivery.LeaseUntil) {
		// The lease it was claimed with has ended meanwhile: if nobody prolonged
		// it, the inquiry may have been erased since it was read.
		delivery.Inquiry = nil
	}
	outcome, reply, cause := m.attempt(ctx, delivery)
	if outcome == naru.OutcomeUnavailable {
		// Before the result is recorded, so that no other sender begins what
		// would fail likewise.
		m.gate.suspect(ctx)
	}
	m.record(ctx, delivery, outcome, reply, cause, started)
}

// attempt composes and sends. It is carried through even when ctx ends: a mail
// half sent would be sent twice.
func (m *Mailer) attempt(ctx context.Context, delivery naru.Delivery) (outcome naru.Outcome, reply string, cause error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.options.AttemptTimeout)
	defer cancel()
	msg, err := m.options.Composer.Compose(ctx, delivery)
	if err != nil {
		e := naru.AsError(err)
		if e.Kind == naru.KindInvalid || e.Kind == naru.KindNotFound {
			return naru.OutcomePermanent, e.Code, err
		}
		// The store may be away, or a template overridden on disk may be
		// broken and get mended.
		return naru.OutcomeTemporary, "compose_failed", err
	}
	defer msg.Release()
	result := m.options.Sender.Send(ctx, msg)
	if result.Outcome != naru.OutcomeUnavailable {
		// What a relay says about one mail often repeats its address.
		return result.Outcome, result.Reply, nil
	}
	return result.Outcome, result.Reply, result.Cause
}

// hold notes that an attempt at the delivery is under way until the function
// returned is called.
func (m *Mailer) hold(id string) (release func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held[id]++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.held[id]--; m.held[id] == 0 {
			delete(m.held, id)
		}
	}
}

// renew extends the leases of what is held, from time to time until ctx ends.
// Failing is no matter while the store is away, for then nobody else can take
// anything over either.
func (m *Mailer) renew(ctx context.Context) {
	ticker := time.NewTicker(m.options.Lease / 6)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		m.mu.Lock()
		ids := slices.Collect(maps.Keys(m.held))
		m.mu.Unlock()
		if len(ids) == 0 {
			continue
		}
		extending, cancel := context.WithTimeout(ctx, m.options.Lease/2)
		err := m.options.Store.ExtendLeases(extending, m.options.Worker, ids, m.options.Clock().Add(m.options.Lease))
		cancel()
		if err != nil && ctx.Err() == nil {
			m.options.Logger.Debug("leases not renewed", "deliveries", len(ids), "error", err)
		}
	}
}

// hasten makes due at once what failed only because the relay was away.
func (m *Mailer) hasten(ctx context.Context) {
	n, err := m.options.Store.HastenUnavailable(ctx, m.options.Clock())
	if err != nil {
		m.options.Logger.Warn("waiting deliveries not hastened", "error", err)
		return
	}
	if n > 0 {
		m.options.Logger.Info("waiting deliveries are due now", "deliveries", n)
		m.options.Queue.Wake()
	}
}

func (m *Mailer) ack(message queue.Message) {
	if err := message.Ack(); err != nil {
		// It comes again and the claim refuses it.
		m.options.Logger.Debug("queue message not acknowledged", "delivery_id", message.DeliveryID, "error", err)
	}
}

func (m *Mailer) giveBack(message queue.Message) {
	if err := message.Return(0); err != nil {
		m.options.Logger.Debug("queue message not returned", "delivery_id", message.DeliveryID, "error", err)
	}
}
