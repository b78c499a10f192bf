// Package app is the composition root: it makes all parts from the settings,
// starts them in order, and stops them in reverse. It is the only package, with
// the command line, that sees everything.
//
// Start: telemetry, store, migrations, queue, services, workers, HTTP. Stop, in
// reverse and under one deadline: unready, finish the requests under way, while
// the mailers finish the mails being sent and relay and housekeeper end; then
// drain the queue and stop the server inside, close the store.
//
// A part that fails to start stops what was started before it. A part that
// fails later stops the program; what other parts wait for (database, broker,
// mail relay) may come and go.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/uuid"

	"naru/config"
	"naru/internal/mail"
	"naru/internal/queue"
	"naru/internal/store"
	"naru/internal/telemetry"
	"naru/workers/mailer"
	outbox "naru/workers/relay"
)

// Options of a run. Config, Logger and Roles are required.
type Options struct {
	Config *config.Config
	Roles  Roles
	Logger *slog.Logger
	// Version is shown in the OpenAPI document and the log.
	Version string
	// Clock tells what time it is; nil means time.Now. How long things take is
	// read from the machine's own clock, whatever this one says.
	Clock func() time.Time
	// Announce is called once, when everything is up; may be nil.
	Announce func(Running)
}

// Running tells where a started program can be reached. Empty fields do not
// apply.
type Running struct {
	// URL is where this process listens, PublicURL the address set for people.
	URL, PublicURL string
	// CatcherURL is the local page with caught mail.
	CatcherURL string
	// Database, Encryption, Queue and Relay describe what is used, without
	// secrets.
	Database, Encryption, Queue, Relay string
}

// program is one run in the making.
type program struct {
	Options
	stack   *stack
	metrics *telemetry.Metrics
	health  *telemetry.Health
	assets  *Assets
	store   *store.Store
	// rehearse: everything is tried, in every language.
	rehearse bool
	// keys are nil where nothing is encrypted.
	keys  store.Sealer
	queue *queue.Queue
	// leaps are those of the clock by which old inquiries are erased.
	leaps   leaps
	running Running
	// publicURL is what links begin with, without a slash at the end.
	publicURL string
}

// Run starts the parts of the roles, announces them, and returns when ctx has
// ended and everything is stopped, or when a part failed. Its error is nil
// after an orderly stop.
func Run(ctx context.Context, o Options) error {
	if o.Config == nil || o.Logger == nil || !o.Roles.HTTP && !o.Roles.Workers {
		return errors.New("app: Config, Logger and Roles are required")
	}
	if err := o.Roles.check(o.Config); err != nil {
		return err
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	p := &program{Options: o, stack: newStack(), metrics: telemetry.NewMetrics(), health: telemetry.NewHealth(o.Logger)}
	err := p.start(ctx)
	if err == nil {
		// Reading the data files leaves more garbage than there is to keep, and
		// most of the program was for the start alone. Pools are emptied by the
		// second collection.
		runtime.GC()
		debug.FreeOSMemory()
		if err := releaseProgram(); err != nil {
			o.Logger.Debug("memory of the start is kept", "error", err)
		}
		o.Logger.Info("naru is up", "version", o.Version, "http", o.Roles.HTTP, "workers", o.Roles.Workers)
		if o.Announce != nil {
			o.Announce(p.running)
		}
		select {
		case <-ctx.Done():
			o.Logger.Info("naru is stopping")
		case err = <-p.stack.failed:
			o.Logger.Error("naru is stopping because a part failed", "error", err)
		}
	}
	// The parts are given their time also when ctx has ended.
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.Config.HTTP.DrainDelay+o.Config.HTTP.ShutdownTimeout)
	defer cancel()
	if stopErr := p.stack.unwind(deadline); stopErr != nil {
		err = errors.Join(err, stopErr)
	}
	if err == nil {
		o.Logger.Info("naru has stopped")
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil // told to stop while starting
	}
	return err
}

// start makes and starts everything, in order.
func (p *program) start(ctx context.Context) error {
	var err error
	if p.assets, err = LoadAssets(p.Config); err != nil {
		return err
	}
	for _, warning := range append(p.Config.Warnings(), p.assets.Desk.Warnings...) {
		p.Logger.Warn("configuration is odd", "warning", warning.String())
	}
	if err := p.lockDataDir(); err != nil {
		return err
	}
	if err := p.openStore(ctx); err != nil {
		return err
	}
	if err := p.openQueue(ctx); err != nil {
		return err
	}
	// The address must be known before mails are composed: links lead to it.
	listener, err := p.listen(ctx)
	if err != nil {
		return err
	}
	if p.Roles.Workers {
		if err := p.startWorkers(ctx); err != nil {
			return err
		}
	}
	return p.serve(listener)
}

// lockDataDir makes the data folder and keeps others from using it at the
// same time: two programs on one SQLite file and one broker folder would each
// believe to be alone.
func (p *program) lockDataDir() error {
	if err := os.MkdirAll(p.Config.DataDir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if !p.Roles.AllInOne() {
		return nil
	}
	unlock, err := LockDataDir(p.Config)
	if err != nil {
		return err
	}
	p.stack.push("lock", func(context.Context) error { return unlock() })
	return nil
}

// LockDataDir takes the data folder, which must exist, for this process alone,
// or fails because another program has it.
func LockDataDir(c *config.Config) (unlock func() error, err error) {
	lock := flock.New(filepath.Join(c.DataDir, "lock"))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("another naru uses the data folder %s; give this one its own with NARU_DATA_DIR", c.DataDir)
	}
	return lock.Unlock, nil
}

// openStore opens and migrates the database. One that cannot be reached yet
// is waited for, since databases and programs are often started together.
func (p *program) openStore(ctx context.Context) error {
	keys, err := OpenKeys(ctx, p.Config, p.Logger, true)
	if err != nil {
		return err
	}
	s, err := OpenStore(ctx, p.Config, keys, p.Logger, p.metrics)
	if err != nil {
		return err
	}
	p.stack.push("store", func(context.Context) error { return s.Close() })
	applied, err := s.Migrate(ctx)
	if err != nil {
		return fmt.Errorf("migrate database: %w", ExplainKeys(p.Config, err))
	}
	if applied > 0 {
		p.Logger.Info("database migrated", "migrations", applied)
	}
	p.store, p.keys = s, keys
	p.running.Database, p.running.Encryption = describeDatabase(p.Config), describeKeys(p.Config, keys)
	p.health.Register(telemetry.Check{Name: "store", Required: true, Run: s.Ping})
	p.metrics.WatchWriteQueue(s.Waiting)
	p.metrics.WatchBacklog(telemetry.BacklogOptions{Logger: p.Logger, Read: func(ctx context.Context) (telemetry.Backlog, error) {
		tally, err := s.Tally(ctx)
		if err != nil {
			return telemetry.Backlog{}, err
		}
		oldest, err := s.OldestWaiting(ctx)
		return telemetry.Backlog{Deliveries: tally, OldestWaiting: oldest}, err
	}})
	return nil
}

// openQueue connects to the broker or starts the one inside.
func (p *program) openQueue(ctx context.Context) error {
	c := p.Config
	q, err := queue.Open(queue.Options{
		URL: c.NATS.URL, StoreDir: c.BrokerDir(), Credentials: c.NATS.CredentialsPath, CAFile: c.NATS.CAPath,
		ClientName: "naru", Replicas: c.NATS.Replicas, MaxMessages: c.NATS.MaxMessages, MaxBytes: int64(c.NATS.MaxBytes),
		MaxAge: c.NATS.MaxAge, DuplicateWindow: c.NATS.DuplicateWindow, Logger: p.Logger,
	})
	if err != nil {
		return err
	}
	p.stack.push("queue", q.Close)
	p.queue = q
	p.running.Queue = describeQueue(c)
	// Without workers the broker is not needed: an inquiry is durable in the
	// store, and relays find it there.
	p.health.Register(telemetry.Check{Name: "queue", Required: p.Roles.Workers, Run: q.Check})
	if q.Embedded() {
		// Nobody else can hold messages of a server that just started.
		return q.Forget(ctx)
	}
	return nil
}

// startWorkers starts relay, mailer and housekeeper, and the catcher when no
// relay is set.
func (p *program) startWorkers(ctx context.Context) error {
	c := p.Config
	relay, err := p.startCatcher(ctx)
	if err != nil {
		return err
	}
	sender, err := mail.NewSender(mail.SMTPOptions{
		URL: relay, Connections: c.SMTP.Connections, DialTimeout: c.SMTP.DialTimeout, SendTimeout: c.SMTP.SendTimeout,
		IdleTimeout: c.SMTP.IdleTimeout, RatePerSecond: c.SMTP.RatePerSecond, HELO: c.SMTP.HELO, Logger: p.Logger,
		OnDial: p.metrics.SMTPDialed, OnSend: p.metrics.SMTPSent, OnOpen: p.metrics.SMTPConnections,
	})
	if err != nil {
		return err
	}
	p.stack.push("mail connections", func(ctx context.Context) error {
		return within(ctx, func() { _ = sender.Close() })
	})
	composer, err := p.composer()
	if err != nil {
		return err
	}
	backoff := mailer.Backoff{First: c.Retry.First, Factor: c.Retry.Factor, Max: c.Retry.Max, Jitter: c.Retry.Jitter}
	r, err := outbox.New(outbox.Options{
		Store: p.store, Queue: p.queue, Logger: p.Logger, Clock: p.Clock, LongestWait: backoff.Longest(),
		Published: func(_ int, took time.Duration) { p.metrics.QueuePublished(took) },
	})
	if err != nil {
		return err
	}
	worker := uuid.NewString()
	m, err := mailer.New(mailer.Options{
		Store: p.store, Queue: p.queue, Composer: composer, Sender: sender, Metrics: p.metrics, Logger: p.Logger,
		Worker: worker, Senders: c.SMTP.Connections, AttemptTimeout: sender.MaxAttempt() + 30*time.Second,
		Backoff: backoff, Clock: p.Clock,
		NewID: newID, MessageIDDomain: c.MailDomain(), FallbackTeamID: p.assets.Desk.Fallback().ID,
	})
	if err != nil {
		return err
	}
	h, err := p.newHousekeeper(ctx, worker, composer, sender, m)
	if err != nil {
		return err
	}
	if p.Roles.AllInOne() && !c.Postgres() {
		// Whoever held a delivery is dead: the folder's lock says that this
		// program is alone. On PostgreSQL others may be at work.
		if _, err := p.store.ReleaseWorker(ctx, "", p.Clock()); err != nil {
			return fmt.Errorf("take over deliveries: %w", err)
		}
	}
	p.health.Register(telemetry.Check{Name: "mail", Run: func(context.Context) error {
		if !m.Ready() {
			return errors.New("the mail relay cannot be reached")
		}
		return nil
	}})
	p.stack.run("housekeeper", h.Run)
	p.stack.run("relay", r.Run)
	p.stack.run("mailer", m.Run)
	return nil
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil {
		panic(fmt.Sprintf("no randomness: %v", err)) // crypto/rand never fails on supported systems
	}
	return id.String()
}

// listen takes the HTTP address of the role.
func (p *program) listen(ctx context.Context) (net.Listener, error) {
	addr := p.Config.HTTP.Addr
	if !p.Roles.HTTP {
		addr = p.Config.Work.Addr
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for HTTP: %w", err)
	}
	p.stack.push("listener", func(context.Context) error {
		if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	p.publicURL = p.Config.BaseURL(listener.Addr())
	p.running.URL, p.running.PublicURL = "http://"+listener.Addr().String(), p.Config.PublicURL
	return listener, nil
}
