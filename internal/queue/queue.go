// Package queue carries dispatches (a delivery's id and attempt number, never
// personal data) from the relay to the mailers over NATS JetStream, embedded
// in the process or in servers of its own.
//
// JetStream is transport, not memory: the store's outbox is the truth, and
// everything here can be rebuilt from it. So publishing is at least once with
// de-duplication by Msg-ID, a stream that vanished is made anew, and StreamState
// lets the relay find out exactly which queued deliveries are no longer there.
// The server inside keeps the deliveries in memory: they end with it.
//
// A Queue is safe for concurrent use. It survives the loss and return of its
// servers: calls fail while they are away and work again after, without a
// restart.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Names of what naru keeps in JetStream. They are part of what operators see.
const (
	StreamDeliveries  = "NARU_DELIVERIES"
	StreamDeadLetters = "NARU_DEAD_LETTERS"
	ConsumerMailer    = "mailer"

	subjectDeliveries  = "naru.deliveries"
	subjectDeadLetters = "naru.dead_letters"
	subjectWake        = "naru.wake"
	subjectTaken       = "naru.limits"
)

// Options configure a Queue. Zero numbers take the defaults named.
type Options struct {
	// URL is one or more NATS URLs separated by commas; empty starts a server
	// inside this process that listens on no port.
	URL string
	// StoreDir is where the server inside keeps its other streams. Required when
	// URL is empty.
	StoreDir string
	// Credentials is the path of a NATS credentials file, CAFile of a PEM
	// bundle that the servers' certificates are checked with. Both may be
	// empty.
	Credentials, CAFile string
	// ClientName is shown in the server's list of connections.
	ClientName string
	// Replicas of each stream: 1 (default) or 3 or 5 in a cluster.
	Replicas int
	// MaxMessages and MaxBytes bound the deliveries stream; when it is full,
	// publishing is refused and the outbox waits. Default 1,000,000 messages
	// and 256 MiB.
	MaxMessages, MaxBytes int64
	// MaxAge is how long the stream keeps a message; what it drops, the relay
	// queues again. Default 96 hours.
	MaxAge time.Duration
	// DuplicateWindow is how long the server remembers Msg-IDs. A relay that
	// dies between publishing and marking publishes again within seconds of
	// its restart; a duplicate that comes later is refused by the claim in the
	// store. Default 2 minutes.
	DuplicateWindow time.Duration
	// AckWait is how long a mailer may hold a message before the server gives
	// it to another. Default 30 seconds.
	AckWait time.Duration
	// MaxAckPending is how many messages all mailers together may hold.
	// Default 1,024.
	MaxAckPending int
	// Logger is required.
	Logger *slog.Logger
}

// Queue is a connection to JetStream.
type Queue struct {
	options Options
	server  *server.Server // nil when external
	conn    *nats.Conn
	js      jetstream.JetStream
	mender  mender
	// listeners are the channels of Wakes where the server is inside. Guarded by
	// listening.
	listening sync.Mutex
	listeners map[chan struct{}]bool
	bell      bell
	// ensuring holds one value while Ensure runs.
	ensuring chan struct{}
}

// Open connects. With external servers it returns at once even while none
// can be reached, and goes on trying; the server inside must start within 20
// seconds.
func Open(options Options) (*Queue, error) {
	if options.Logger == nil {
		return nil, errors.New("queue: Logger is required")
	}
	setDefault(&options.Replicas, 1)
	setDefault(&options.MaxMessages, 1_000_000)
	setDefault(&options.MaxBytes, 256<<20)
	setDefault(&options.MaxAge, 96*time.Hour)
	setDefault(&options.DuplicateWindow, 2*time.Minute)
	setDefault(&options.AckWait, 30*time.Second)
	setDefault(&options.MaxAckPending, 1024)
	q := &Queue{options: options, listeners: map[chan struct{}]bool{}, ensuring: make(chan struct{}, 1)}
	dial := []nats.Option{
		nats.Name(options.ClientName),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(250*time.Millisecond, 500*time.Millisecond),
		nats.ReconnectBufSize(-1), // a publish that cannot be sent now must fail now
		nats.PingInterval(10 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				options.Logger.Warn("queue disconnected", "error", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { options.Logger.Info("queue reconnected") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			options.Logger.Warn("queue connection error", "error", err)
		}),
	}
	if options.Credentials != "" {
		dial = append(dial, nats.UserCredentials(options.Credentials))
	}
	if options.CAFile != "" {
		dial = append(dial, nats.RootCAs(options.CAFile))
	}
	if options.URL == "" {
		srv, err := startServer(options)
		if err != nil {
			return nil, err
		}
		q.server = srv
		dial = append(dial, nats.InProcessServer(srv))
	}
	conn, err := nats.Connect(options.URL, dial...)
	if err != nil {
		q.stopServer()
		return nil, fmt.Errorf("connect to queue: %w", err)
	}
	q.conn = conn
	if q.js, err = jetstream.New(conn, jetstream.WithDefaultTimeout(5*time.Second)); err != nil {
		conn.Close()
		q.stopServer()
		return nil, fmt.Errorf("open jetstream: %w", err)
	}
	return q, nil
}

func setDefault[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}

// maxStore is several times the stream's limit: room for the dead letters.
func (o Options) maxStore() int64 { return 4 * o.MaxBytes }

const maxMemory = 64 << 20

// startServer runs a NATS server in this process, with JetStream on disk.
func startServer(options Options) (*server.Server, error) {
	if options.StoreDir == "" {
		return nil, errors.New("queue: StoreDir is required for the server inside")
	}
	srv, err := server.NewServer(&server.Options{
		ServerName:             "naru",
		DontListen:             true,
		JetStream:              true,
		StoreDir:               options.StoreDir,
		JetStreamMaxStore:      options.maxStore(),
		JetStreamMaxMemory:     maxMemory,
		DisableJetStreamBanner: true,
		NoSigs:                 true,
	})
	if err != nil {
		return nil, fmt.Errorf("configure queue server: %w", err)
	}
	log := &serverLog{logger: options.Logger}
	srv.SetLoggerV2(log, false, false, false)
	srv.Start()
	for end := time.Now().Add(20 * time.Second); !srv.ReadyForConnections(50 * time.Millisecond); {
		if fatal := log.fatal.Load(); fatal != nil || time.Now().After(end) {
			srv.Shutdown()
			srv.WaitForShutdown()
			if fatal == nil {
				return nil, errors.New("queue server did not start within 20 seconds")
			}
			return nil, fmt.Errorf("start queue server: %s", *fatal)
		}
	}
	return srv, nil
}

// Embedded tells whether the server runs inside this process.
func (q *Queue) Embedded() bool { return q.server != nil }

// Forget drops the consumer's memory of which messages are held, so that all
// are delivered again at once. It is for a start where no other process can
// hold any: after a crash nobody need wait for AckWait.
func (q *Queue) Forget(ctx context.Context) error {
	err := q.js.DeleteConsumer(ctx, StreamDeliveries, ConsumerMailer)
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("forget held messages: %w", err)
	}
	return nil
}

// Ensure creates or updates the streams and the consumer. It is idempotent
// and safe to run from many processes at once. In one process calls wait for
// one another: the server inside reads a stream's settings for a new consumer
// while it changes them for another request.
func (q *Queue) Ensure(ctx context.Context) error {
	select {
	case q.ensuring <- struct{}{}:
		defer func() { <-q.ensuring }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := q.connected(); err != nil {
		return err
	}
	if err := q.revive(); err != nil {
		return err
	}
	storage, maxBytes, err := q.storage(ctx)
	if err != nil {
		return err
	}
	_, err = q.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        StreamDeliveries,
		Description: "Deliveries to be mailed: ids and attempt numbers only. Can be rebuilt from the store.",
		Subjects:    []string{subjectDeliveries},
		Retention:   jetstream.WorkQueuePolicy,
		Storage:     storage,
		Discard:     jetstream.DiscardNew,
		MaxMsgs:     q.options.MaxMessages,
		MaxBytes:    maxBytes,
		MaxMsgSize:  1 << 10,
		MaxAge:      q.options.MaxAge,
		Duplicates:  q.options.DuplicateWindow,
		Replicas:    q.options.Replicas,
		NoAck:       false,
	})
	if err != nil {
		return fmt.Errorf("ensure stream %s: %w", StreamDeliveries, err)
	}
	_, err = q.js.CreateOrUpdateConsumer(ctx, StreamDeliveries, jetstream.ConsumerConfig{
		Durable:       ConsumerMailer,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       q.options.AckWait,
		MaxDeliver:    -1, // the store counts attempts
		MaxAckPending: q.options.MaxAckPending,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		ReplayPolicy:  jetstream.ReplayInstantPolicy,
		MaxWaiting:    512,
	})
	if err != nil {
		return fmt.Errorf("ensure consumer %s: %w", ConsumerMailer, err)
	}
	_, err = q.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        StreamDeadLetters,
		Description: "Deliveries given up: ids only. The store keeps them; this is for other programs to watch.",
		Subjects:    []string{subjectDeadLetters},
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		Discard:     jetstream.DiscardOld,
		MaxMsgs:     100_000,
		MaxBytes:    32 << 20,
		MaxMsgSize:  1 << 10,
		MaxAge:      30 * 24 * time.Hour,
		Duplicates:  q.options.DuplicateWindow,
		Replicas:    q.options.Replicas,
	})
	if err != nil {
		return fmt.Errorf("ensure stream %s: %w", StreamDeadLetters, err)
	}
	return nil
}

// storage tells where the deliveries stream is kept and how large it may grow. A
// server inside ends with the process that filled it, and what it held is found
// in the store again: there the stream is in memory, which saves writing each
// message and its removal to files, and the buffers for that. One that an older
// program has left in files makes way for it.
func (q *Queue) storage(ctx context.Context) (jetstream.StorageType, int64, error) {
	if q.server == nil {
		return jetstream.FileStorage, q.options.MaxBytes, nil
	}
	stream, err := q.js.Stream(ctx, StreamDeliveries)
	if err == nil && stream.CachedInfo().Config.Storage != jetstream.MemoryStorage {
		err = q.js.DeleteStream(ctx, StreamDeliveries)
	}
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0, 0, fmt.Errorf("look at stream %s: %w", StreamDeliveries, err)
	}
	return jetstream.MemoryStorage, min(q.options.MaxBytes, maxMemory), nil
}

// Check reports whether the servers can be reached now, for health checks.
func (q *Queue) Check(ctx context.Context) error {
	if err := q.connected(); err != nil {
		return err
	}
	if _, err := q.js.AccountInfo(ctx); err != nil {
		return fmt.Errorf("ask queue: %w", err)
	}
	return nil
}

// connected fails at once where a request would wait for its timeout.
func (q *Queue) connected() error {
	if !q.conn.IsConnected() {
		return fmt.Errorf("queue is %s", strings.ToLower(q.conn.Status().String()))
	}
	return nil
}

// Close drains the connection and stops the server inside, waiting for both.
func (q *Queue) Close(ctx context.Context) error {
	q.ringIfDue()
	closed := q.conn.StatusChanged(nats.CLOSED)
	err := q.conn.Drain()
	switch {
	case err == nil:
		select {
		case <-closed:
		case <-ctx.Done():
			q.conn.Close()
		}
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrConnectionReconnecting):
		err = nil // nothing to drain
	default:
		q.conn.Close()
	}
	q.stopServer()
	if err != nil {
		return fmt.Errorf("drain queue: %w", err)
	}
	return nil
}

func (q *Queue) stopServer() {
	if q.server != nil {
		q.server.Shutdown()
		q.server.WaitForShutdown()
	}
}
