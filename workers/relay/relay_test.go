package relay_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"naru/internal/naru"
	"naru/internal/queue"
	"naru/internal/store"
	"naru/workers/relay"
)

var silent = slog.New(slog.DiscardHandler)

// openStore returns an empty SQLite store.
func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: filepath.Join(t.TempDir(), "naru.db"), Logger: silent})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// openQueue connects to a server of its own, whose streams can be looked at
// and harmed through the second result.
func openQueue(t *testing.T, options queue.Options) (*queue.Queue, jetstream.JetStream) {
	t.Helper()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true, DisableJetStreamBanner: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("server not ready")
	}
	options.URL, options.Logger = srv.ClientURL(), silent
	q, err := queue.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close(context.WithoutCancel(t.Context())) })
	conn, err := nats.Connect(srv.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return q, js
}

// accept stores n inquiries with two deliveries each.
func accept(t *testing.T, s *store.Store, n int) {
	t.Helper()
	var writers sync.WaitGroup
	for i := range n {
		writers.Go(func() {
			now := time.Now().UTC()
			id := uuid.Must(uuid.NewV7()).String()
			inquiry := naru.Inquiry{
				ID: id, Reference: naru.Reference(id), Secret: "secret", Kind: naru.KindPartner, Language: "en", AcceptedAt: now,
				TeamID: "team", Contact: naru.Contact{Name: "Name", Email: "name@partner.example", Country: "MN"},
				Partner: &naru.Partner{Institution: fmt.Sprint("Hospital ", i)},
			}
			var deliveries []naru.Delivery
			for _, kind := range []naru.DeliveryKind{naru.DeliveryTeam, naru.DeliveryAcknowledgement} {
				did := uuid.Must(uuid.NewV7()).String()
				deliveries = append(deliveries, naru.Delivery{ID: did, InquiryID: id, Kind: kind, State: naru.StatePending, TeamID: "team", MessageID: did + "@naru.test", CreatedAt: now, NextAttemptAt: now})
			}
			if _, _, err := s.Accept(t.Context(), naru.Acceptance{Inquiry: inquiry, Deliveries: deliveries}); err != nil {
				t.Errorf("accept: %v", err)
			}
		})
	}
	writers.Wait()
}

// start runs a relay until the test ends.
func start(t *testing.T, s *store.Store, q *queue.Queue) { startAhead(t, s, q, 0, 0) }

// startAhead does so with a window and a bound for the stream.
func startAhead(t *testing.T, s *store.Store, q *queue.Queue, window, ahead int) {
	t.Helper()
	r, err := relay.New(relay.Options{
		Store: s, Queue: q, Logger: silent, LongestWait: 2 * time.Hour, Window: window, Ahead: ahead, Sweep: 50 * time.Millisecond, Grace: 200 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// messages is how many the stream holds; -1 when there is no stream.
func messages(t *testing.T, js jetstream.JetStream, name string) int {
	t.Helper()
	stream, err := js.Stream(t.Context(), name)
	if err != nil {
		return -1
	}
	return int(stream.CachedInfo().State.Msgs)
}

func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("never: %s", what)
		}
	}
}

func tally(t *testing.T, s *store.Store) naru.Tally {
	t.Helper()
	n, err := s.Tally(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestQueuesTheOutboxOnceWithSeveralRelays(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	q, js := openQueue(t, queue.Options{})
	accept(t, s, 400)
	for range 3 {
		start(t, s, q)
	}
	waitFor(t, "all queued", func() bool { return tally(t, s) == naru.Tally{Queued: 800} })
	accept(t, s, 10)
	q.Wake()
	waitFor(t, "the later ones queued", func() bool { return tally(t, s) == naru.Tally{Queued: 820} })
	if n := messages(t, js, queue.StreamDeliveries); n != 820 {
		t.Errorf("%d messages for 820 deliveries", n)
	}
}

func TestRefillsAStreamThatLostItsMessages(t *testing.T) {
	t.Parallel()
	harm := map[string]func(t *testing.T, js jetstream.JetStream){
		"emptied": func(t *testing.T, js jetstream.JetStream) {
			stream, err := js.Stream(t.Context(), queue.StreamDeliveries)
			if err == nil {
				err = stream.Purge(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"deleted": func(t *testing.T, js jetstream.JetStream) {
			if err := js.DeleteStream(t.Context(), queue.StreamDeliveries); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, damage := range harm {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openStore(t)
			q, js := openQueue(t, queue.Options{})
			accept(t, s, 30)
			start(t, s, q)
			waitFor(t, "all queued", func() bool { return messages(t, js, queue.StreamDeliveries) == 60 && tally(t, s).Queued == 60 })
			damage(t, js)
			waitFor(t, "all queued again", func() bool { return messages(t, js, queue.StreamDeliveries) == 60 && tally(t, s).Queued == 60 })
		})
	}
}

func TestAFullStreamLeavesTheRestInTheOutbox(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	q, js := openQueue(t, queue.Options{MaxMessages: 10})
	accept(t, s, 20)
	start(t, s, q)
	waitFor(t, "ten queued", func() bool { n := tally(t, s); return n.Queued == 10 && n.Pending == 30 })
	_, consumer := mailers(t, js)
	takeAll(t, s, consumer, 40)
}

// The outbox keeps what the mailers cannot take yet.
func TestTheStreamHoldsNoMoreThanAhead(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	q, js := openQueue(t, queue.Options{})
	accept(t, s, 50)
	startAhead(t, s, q, 8, 20)
	waitFor(t, "two windows queued", func() bool { n := tally(t, s); return n.Queued == 16 && n.Pending == 84 })
	q.Wake()
	stream, consumer := mailers(t, js)
	takeAll(t, s, consumer, 100)
	if last := stream.CachedInfo().State.LastSeq; last != 16 {
		t.Errorf("%d messages published while none was taken, want 16", last)
	}
}

// What comes after a backlog that mailers have worked off is published at once,
// though the relay had seen the stream nearly full.
func TestARelayThatKnewNoRoomIsWoken(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	q, js := openQueue(t, queue.Options{})
	accept(t, s, 40)
	r, err := relay.New(relay.Options{Store: s, Queue: q, Logger: silent, LongestWait: 2 * time.Hour, Window: 64, Ahead: 140, Sweep: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	waitFor(t, "a window and a part of one queued", func() bool { return tally(t, s).Queued == 80 })
	_, consumer := mailers(t, js)
	takeAll(t, s, consumer, 80)
	accept(t, s, 1)
	q.Wake()
	waitFor(t, "the next one published", func() bool { return messages(t, js, queue.StreamDeliveries) == 2 })
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// mailers gives the stream and the consumer that mailers share.
func mailers(t *testing.T, js jetstream.JetStream) (jetstream.Stream, jetstream.Consumer) {
	t.Helper()
	stream, err := js.Stream(t.Context(), queue.StreamDeliveries)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := stream.Consumer(t.Context(), queue.ConsumerMailer)
	if err != nil {
		t.Fatal(err)
	}
	return stream, consumer
}

// takeAll delivers what comes through the stream until it was n.
func takeAll(t *testing.T, s *store.Store, consumer jetstream.Consumer, n int) {
	t.Helper()
	taken := 0
	waitFor(t, "all through the stream", func() bool {
		batch, err := consumer.FetchNoWait(10)
		if err != nil {
			return false
		}
		for m := range batch.Messages() {
			var d naru.Dispatch
			if err := json.Unmarshal(m.Data(), &d); err != nil {
				t.Fatal(err)
			}
			now := time.Now()
			claim := naru.Claim{Dispatch: d, Worker: "w", Now: now, LeaseUntil: now.Add(time.Minute)}
			if _, err := s.ClaimDelivery(t.Context(), claim); err == nil {
				err = s.FinishAttempt(t.Context(), naru.AttemptResult{DeliveryID: d.DeliveryID, Number: 1, Worker: "w", StartedAt: now, EndedAt: now, Outcome: naru.OutcomeDelivered, State: naru.StateDelivered})
				if err != nil {
					t.Fatal(err)
				}
				taken++
			}
			if err := m.Ack(); err != nil {
				t.Fatal(err)
			}
		}
		return taken == n
	})
	if got := tally(t, s); got != (naru.Tally{Delivered: int64(n)}) {
		t.Errorf("%+v", got)
	}
}

func TestUnfinishedAndDeadDeliveriesAreTakenCareOf(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	q, js := openQueue(t, queue.Options{})
	accept(t, s, 1)
	now := time.Now()
	due, err := s.DueDeliveries(t.Context(), now, 10)
	if err != nil || len(due) != 2 {
		t.Fatalf("%v, %v", due, err)
	}
	// One is held by a worker whose lease has ended, the other is dead.
	for _, d := range due {
		claim := naru.Claim{Dispatch: d, Worker: "gone", Now: now.Add(-time.Hour), LeaseUntil: now.Add(-time.Minute)}
		if _, err := s.ClaimDelivery(t.Context(), claim); err != nil {
			t.Fatal(err)
		}
	}
	err = s.FinishAttempt(t.Context(), naru.AttemptResult{DeliveryID: due[1].DeliveryID, Number: 1, Worker: "gone", StartedAt: now, EndedAt: now, Outcome: naru.OutcomePermanent, State: naru.StateDead})
	if err != nil {
		t.Fatal(err)
	}
	start(t, s, q)
	waitFor(t, "the unfinished one queued, the dead one announced", func() bool {
		return messages(t, js, queue.StreamDeliveries) == 1 && messages(t, js, queue.StreamDeadLetters) == 1
	})
	if n := tally(t, s); n.Queued != 1 && n.Pending != 1 || n.Dead != 1 {
		t.Errorf("%+v", n)
	}
}

// TestClockThatIsSetEndsNoLease moves the clock by an hour while a worker
// sends: the lease has ended by the new time, the worker is there all the same
// and gets the time to renew it.
func TestClockThatIsSetEndsNoLease(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	q, _ := openQueue(t, queue.Options{})
	accept(t, s, 1)
	var moved atomic.Int64
	clock := func() time.Time { return time.Now().Round(0).Add(time.Duration(moved.Load())) }
	due, err := s.DueDeliveries(t.Context(), clock(), 1)
	if err != nil || len(due) != 1 {
		t.Fatalf("%v, %v", due, err)
	}
	claim := naru.Claim{Dispatch: due[0], Worker: "sending", Now: clock(), LeaseUntil: clock().Add(30 * time.Second)}
	if _, err := s.ClaimDelivery(t.Context(), claim); err != nil {
		t.Fatal(err)
	}
	r, err := relay.New(relay.Options{Store: s, Queue: q, Logger: silent, LongestWait: 2 * time.Hour, Clock: clock, Sweep: 20 * time.Millisecond, Grace: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	defer func() { cancel(); <-done }()
	// The relay has looked at the clock, and is beyond its first grace.
	began := time.Now()
	waitFor(t, "steady for a while", func() bool { return time.Since(began) > 1200*time.Millisecond })
	moved.Store(int64(time.Hour))
	jumped := time.Now()
	waitFor(t, "the relay has swept after the jump", func() bool { return time.Since(jumped) > 300*time.Millisecond })
	if n := tally(t, s); n.Sending != 1 {
		t.Fatalf("%+v", n)
	}
	if err := s.ExtendLeases(t.Context(), "sending", []string{due[0].DeliveryID}, clock().Add(30*time.Second)); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the grace is over", func() bool { return time.Since(jumped) > 1300*time.Millisecond })
	if n := tally(t, s); n.Sending != 1 {
		t.Errorf("a renewed lease was ended: %+v", n)
	}
}
