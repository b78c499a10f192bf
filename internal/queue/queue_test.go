package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"naru/internal/naru"
	"naru/internal/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, options queue.Options) *queue.Queue {
	t.Helper()
	options.Logger = slog.New(slog.DiscardHandler)
	if options.URL == "" && options.StoreDir == "" {
		options.StoreDir = t.TempDir()
	}
	q, err := queue.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := q.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return q
}

// startServer runs a NATS server on its own port, as an external one.
func startServer(t *testing.T, dir string, port int) *server.Server {
	t.Helper()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true, DisableJetStreamBanner: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("server not ready")
	}
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	return srv
}

func dispatches(from, n int) []naru.Dispatch {
	list := make([]naru.Dispatch, n)
	for i := range list {
		list[i].DeliveryID = fmt.Sprintf("delivery-%05d", from+i)
	}
	return list
}

// received collects what a consumer was handed and wakes waiters.
type received struct {
	mu  sync.Mutex
	ids []string
	new chan struct{}
}

func (r *received) add(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids = append(r.ids, id)
	select {
	case r.new <- struct{}{}:
	default:
	}
}

func (r *received) wait(t *testing.T, n int) []string {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		r.mu.Lock()
		ids := slices.Clone(r.ids)
		r.mu.Unlock()
		if len(ids) >= n {
			return ids
		}
		select {
		case <-r.new:
		case <-deadline:
			t.Fatalf("%d of %d messages came", len(ids), n)
		}
	}
}

// consume runs a consumer that acknowledges everything until the test ends.
func consume(t *testing.T, q *queue.Queue) *received {
	t.Helper()
	r := &received{new: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = q.Consume(ctx, 16, func(m queue.Message) {
			if err := m.Ack(); err != nil {
				return // delivered again
			}
			r.add(m.DeliveryID)
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	return r
}

func ensure(t *testing.T, q *queue.Queue) naru.StreamState {
	t.Helper()
	if err := q.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	state, err := q.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestPublishedOnceConsumedOnce(t *testing.T) {
	t.Parallel()
	q := open(t, queue.Options{})
	ensure(t, q)
	first, err := q.Publish(t.Context(), dispatches(0, 600))
	if err != nil || len(first) != 600 {
		t.Fatalf("published %d, %v", len(first), err)
	}
	again, err := q.Publish(t.Context(), dispatches(0, 600))
	if err != nil || len(again) != 600 {
		t.Fatalf("published again %d, %v", len(again), err)
	}
	for i := range first {
		if first[i] != again[i] {
			t.Fatalf("duplicate %v is stored again as %v", first[i], again[i])
		}
	}
	retry := naru.Dispatch{DeliveryID: first[0].DeliveryID, Attempt: 1}
	if stored, err := q.Publish(t.Context(), []naru.Dispatch{retry}); err != nil || stored[0].Sequence <= first[599].Sequence {
		t.Fatalf("a retry must be a message of its own: %v, %v", stored, err)
	}
	ids := consume(t, q).wait(t, 601)
	slices.Sort(ids)
	if got := len(slices.Compact(ids)); got != 600 {
		t.Errorf("%d different deliveries consumed, want 600", got)
	}
}

func TestStateTellsWhatIsGone(t *testing.T) {
	t.Parallel()
	q := open(t, queue.Options{})
	before := ensure(t, q)
	if before.First != 0 || before.Last != 0 {
		t.Errorf("new stream: %+v", before)
	}
	stored, err := q.Publish(t.Context(), dispatches(0, 10))
	if err != nil {
		t.Fatal(err)
	}
	full, err := q.State(t.Context())
	if err != nil || full.First != stored[0].Sequence || full.Last != stored[9].Sequence || full.Epoch != before.Epoch {
		t.Errorf("full stream: %+v, %v", full, err)
	}
	if ensured := ensure(t, q); ensured != full {
		t.Errorf("Ensure changed the stream: %+v to %+v", full, ensured)
	}
	r := consume(t, q)
	r.wait(t, 10)
	waitFor(t, func() bool {
		state, err := q.State(t.Context())
		return err == nil && state.First == state.Last+1 && state.Last == full.Last
	})
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("condition did not come true")
		}
	}
}

func TestConsumerOutlivesAReplacedServer(t *testing.T) {
	t.Parallel()
	srv := startServer(t, t.TempDir(), -1)
	port := srv.Addr().(*net.TCPAddr).Port
	q := open(t, queue.Options{URL: srv.ClientURL()})
	before := ensure(t, q)
	r := consume(t, q)
	if _, err := q.Publish(t.Context(), dispatches(0, 5)); err != nil {
		t.Fatal(err)
	}
	r.wait(t, 5)

	srv.Shutdown()
	srv.WaitForShutdown()
	if stored, err := q.Publish(t.Context(), dispatches(5, 5)); err == nil || len(stored) > 0 {
		t.Fatalf("published %d to a server that is away, %v", len(stored), err)
	}
	if err := q.Check(t.Context()); err == nil {
		t.Error("a server that is away is reported as reachable")
	}
	// Another server takes its place, with an empty disk.
	startServer(t, t.TempDir(), port)
	waitFor(t, func() bool { return q.Ensure(t.Context()) == nil })
	after, err := q.State(t.Context())
	if err != nil || after.Epoch == before.Epoch {
		t.Errorf("epoch %q after the stream was made anew, %v", after.Epoch, err)
	}
	if _, err := q.Publish(t.Context(), dispatches(5, 5)); err != nil {
		t.Fatal(err)
	}
	r.wait(t, 10)
}

func TestConsumerOutlivesADeletedStream(t *testing.T) {
	t.Parallel()
	srv := startServer(t, t.TempDir(), -1)
	q := open(t, queue.Options{URL: srv.ClientURL()})
	ensure(t, q)
	r := consume(t, q)
	if _, err := q.Publish(t.Context(), dispatches(0, 1)); err != nil {
		t.Fatal(err)
	}
	r.wait(t, 1)
	conn, err := nats.Connect(srv.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), queue.StreamDeliveries); err != nil {
		t.Fatal(err)
	}
	ensure(t, q)
	if _, err := q.Publish(t.Context(), dispatches(1, 1)); err != nil {
		t.Fatal(err)
	}
	r.wait(t, 2)
}

func TestHeldMessagesComeAgainAfterForget(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, queue.Options{StoreDir: dir, AckWait: time.Hour})
	ensure(t, q)
	if _, err := q.Publish(t.Context(), dispatches(0, 3)); err != nil {
		t.Fatal(err)
	}
	// A process that takes the messages and dies: it neither acknowledges nor
	// returns them.
	held := make(chan queue.Message, 3)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = q.Consume(ctx, 3, func(m queue.Message) { held <- m }) }()
	for range 3 {
		<-held
	}
	cancel()
	<-done
	if err := q.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	consume(t, q).wait(t, 3)
	if err := q.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFullStreamRefusesAndLosesNothing(t *testing.T) {
	t.Parallel()
	q := open(t, queue.Options{MaxMessages: 10})
	ensure(t, q)
	stored, err := q.Publish(t.Context(), dispatches(0, 25))
	if err == nil || len(stored) != 10 {
		t.Fatalf("stored %d of 25 in a stream of 10, %v", len(stored), err)
	}
	consume(t, q).wait(t, 10)
}

func TestForeignMessageIsRemoved(t *testing.T) {
	t.Parallel()
	srv := startServer(t, t.TempDir(), -1)
	q := open(t, queue.Options{URL: srv.ClientURL()})
	ensure(t, q)
	conn, err := nats.Connect(srv.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "naru.deliveries", []byte("no dispatch")); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Publish(t.Context(), dispatches(0, 1)); err != nil {
		t.Fatal(err)
	}
	consume(t, q).wait(t, 1)
	waitFor(t, func() bool {
		state, err := q.State(t.Context())
		return err == nil && state.First == state.Last+1
	})
}

func TestWakeReachesEveryRelayAndNeverBlocks(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]queue.Options{"inside": {}, "external": {URL: startServer(t, t.TempDir(), -1).ClientURL()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := open(t, options)
			first, endFirst, err := q.Wakes()
			if err != nil {
				t.Fatal(err)
			}
			second, endSecond, err := q.Wakes()
			if err != nil {
				t.Fatal(err)
			}
			defer endSecond()
			for range 1000 {
				q.Wake()
			}
			<-first
			<-second
			endFirst()
			q.Wake()
			<-second
		})
	}
}

// TestWakesThatComeFastTravelTogether counts the messages. Two wakes make two, for the
// second may be about what the first came too early for.
func TestWakesThatComeFastTravelTogether(t *testing.T) {
	t.Parallel()
	url := startServer(t, t.TempDir(), -1).ClientURL()
	listener, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, wakes := range []int{1, 2, 10_000} {
		q := open(t, queue.Options{URL: url})
		heard, err := listener.SubscribeSync("naru.wake")
		if err == nil {
			err = listener.Flush()
		}
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		for range wakes {
			q.Wake()
		}
		most := min(wakes, 2+int(time.Since(begin)/(2*time.Millisecond)))
		// What is put off is not forgotten.
		if err := errors.Join(q.Close(t.Context()), listener.Flush()); err != nil {
			t.Fatal(err)
		}
		messages, _, err := heard.Pending()
		if err := errors.Join(err, heard.Unsubscribe()); err != nil {
			t.Fatal(err)
		}
		if messages < min(wakes, 2) || messages > most {
			t.Errorf("%d messages of %d wakes, want %d to %d", messages, wakes, min(wakes, 2), most)
		}
	}
}

func TestEmbeddedServerNeedsAFolderItCanWrite(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", file} {
		if q, err := queue.Open(queue.Options{StoreDir: dir, Logger: slog.New(slog.DiscardHandler)}); err == nil {
			_ = q.Close(t.Context())
			t.Errorf("opened with store folder %q", dir)
		}
	}
}
