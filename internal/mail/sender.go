package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"naru/internal/naru"
)

// Defaults of SMTPOptions.
const (
	DefaultConnections = 8
	MaxConnections     = 64
	DefaultDialTimeout = 15 * time.Second
	DefaultSendTimeout = 2 * time.Minute
	DefaultIdleTimeout = 30 * time.Second
	// DefaultReplyTimeout is what RFC 5321 section 4.5.3.2.6 asks for: whoever
	// gives up sooner sends again what the relay has taken.
	DefaultReplyTimeout = 10 * time.Minute
)

// limitFor is how long a relay's refusal of a further connection is respected.
const limitFor = time.Minute

// SMTPOptions configures a Sender. Zero values stand for the defaults.
type SMTPOptions struct {
	// URL names the relay:
	// smtp://user:password@host:port?tls=mandatory|opportunistic|none (default
	// mandatory, port 587) or smtps://… (port 465). Certificates are always
	// verified. Required.
	URL string
	// Connections is the most that are kept open, 1 to 64.
	Connections int
	// DialTimeout bounds opening a connection, up to and with AUTH.
	DialTimeout time.Duration
	// SendTimeout bounds handing over one mail on an open connection, up to
	// and with the final dot.
	SendTimeout time.Duration
	// ReplyTimeout bounds the wait for the relay's reply to the final dot.
	// Where it ends the outcome is unknown, so it should be generous.
	ReplyTimeout time.Duration
	// IdleTimeout is how long an unused connection is kept.
	IdleTimeout time.Duration
	// RatePerSecond limits mails per second to the relay; 0: no limit.
	RatePerSecond float64
	// HELO is the name given to the relay; default: the host's name.
	HELO string
	// RootCAs verify the relay's certificate; nil: those of the system.
	RootCAs *x509.CertPool
	// Logger gets what is worth knowing about the relay. Required.
	Logger *slog.Logger
	// OnDial, OnSend and OnOpen, where set, are told how long opening a
	// connection took and whether it succeeded, how long handing over a mail
	// took (waiting for a connection excluded) and its outcome, and how many
	// connections are open now. They are called from several goroutines and
	// must not block; OnOpen is called by one at a time, so that the last
	// figure it was told holds.
	OnDial func(took time.Duration, ok bool)
	OnSend func(took time.Duration, outcome naru.Outcome)
	OnOpen func(open int)
}

// Result says what became of one attempt.
type Result struct {
	Outcome naru.Outcome
	// Reply is the relay's code and enhanced code ("550 5.1.1"), a class
	// ("dial_refused"), or a class with codes ("auth 535 5.7.8"). It never
	// holds the relay's text.
	Reply string
	// Cause is for the log and free of addresses and of the relay's words; nil
	// when there is nothing to add, always nil when delivered.
	Cause error
}

// Sender hands mails to one relay over kept connections.
type Sender struct {
	relay                     relay
	dialTimeout, idleTimeout  time.Duration
	sendTimeout, replyTimeout time.Duration
	helo                      string
	tlsConfig                 *tls.Config
	logger                    *slog.Logger
	limiter                   *rate.Limiter // nil: no limit
	pool                      *pool
	onDial                    func(time.Duration, bool)
	onSend                    func(time.Duration, naru.Outcome)
	onOpen                    func(int)
	now                       func() time.Time
	connections               struct {
		sync.Mutex // guards open and orders onOpen
		open       int
	}
	stop     chan struct{}
	stopOnce sync.Once
	janitor  sync.WaitGroup
}

var errClosed = errors.New("sender is closed")

// NewSender checks the options and returns a Sender. It opens no connection;
// Close must be called in the end.
func NewSender(o SMTPOptions) (*Sender, error) {
	r, err := parseRelay(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Logger == nil {
		return nil, errors.New("sender: no logger")
	}
	if o.Connections == 0 {
		o.Connections = DefaultConnections
	}
	if o.Connections < 1 || o.Connections > MaxConnections {
		return nil, fmt.Errorf("sender: %d connections, want 1 to %d", o.Connections, MaxConnections)
	}
	if o.RatePerSecond < 0 || o.DialTimeout < 0 || o.SendTimeout < 0 || o.ReplyTimeout < 0 || o.IdleTimeout < 0 {
		return nil, errors.New("sender: negative rate or timeout")
	}
	if o.HELO == "" {
		if o.HELO, err = os.Hostname(); err != nil || o.HELO == "" {
			o.HELO = "localhost"
		}
	}
	s := &Sender{
		relay:        r,
		dialTimeout:  defaulted(o.DialTimeout, DefaultDialTimeout),
		sendTimeout:  defaulted(o.SendTimeout, DefaultSendTimeout),
		replyTimeout: defaulted(o.ReplyTimeout, DefaultReplyTimeout),
		idleTimeout:  defaulted(o.IdleTimeout, DefaultIdleTimeout),
		helo:         cleanHeader(o.HELO),
		tlsConfig:    &tls.Config{ServerName: r.host, MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs},
		logger:       o.Logger,
		onDial:       o.OnDial,
		onSend:       o.OnSend,
		onOpen:       o.OnOpen,
		now:          time.Now,
		stop:         make(chan struct{}),
	}
	if o.RatePerSecond > 0 {
		s.limiter = rate.NewLimiter(rate.Limit(o.RatePerSecond), 1)
	}
	if s.onDial == nil {
		s.onDial = func(time.Duration, bool) {}
	}
	if s.onSend == nil {
		s.onSend = func(time.Duration, naru.Outcome) {}
	}
	s.pool = newPool(o.Connections, s.now)
	s.janitor.Go(s.closeIdle)
	return s, nil
}

func defaulted(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

// MaxAttempt is the longest that Send takes once it has a connection or the
// permit to open one: a kept connection that turns out dead, then a new one.
// Only one of the two comes as far as the final dot. A claim on the mail must
// be kept up so long.
func (s *Sender) MaxAttempt() time.Duration {
	return 2*(s.dialTimeout+s.sendTimeout) + s.replyTimeout
}

// Send makes one attempt to hand the message over. It waits for its turn under
// the rate and for a free connection. The message must not be used by others
// meanwhile.
//
// When ctx is cancelled before the data was handed over, the outcome is
// released; when its deadline passes, unavailable; after the data, unknown.
func (s *Sender) Send(ctx context.Context, msg *Message) Result {
	m, err := render(msg)
	if err != nil {
		return Result{naru.OutcomePermanent, ClassUnsendable, err}
	}
	return s.handOver(ctx, m)
}

// handOver is Send for a mail that is rendered.
func (s *Sender) handOver(ctx context.Context, m *rendered) Result {
	if s.limiter != nil {
		if err := s.limiter.Wait(ctx); err != nil {
			return waitFailed(ctx, err)
		}
	}
	for {
		c, err := s.pool.get(ctx)
		if err != nil {
			return waitFailed(ctx, err)
		}
		result, refused := s.attempt(ctx, c, m)
		if !refused {
			return result
		}
		// The relay wants fewer connections than we may open: wait for one.
	}
}

// attempt uses the connection, or with nil the permit, and gives it back. It
// reports refused when the relay takes no further connection and another is
// there to wait for.
func (s *Sender) attempt(ctx context.Context, c *conn, m *rendered) (_ Result, refused bool) {
	defer func() { s.pool.put(c) }()
	if c != nil {
		started := s.now()
		v := c.transmit(ctx, m, s.sendTimeout, s.replyTimeout)
		if !v.keep || v.offered {
			c.drop()
			c = nil
		}
		if !v.stale && !v.offered {
			s.onSend(s.now().Sub(started), v.Outcome)
			return v.Result, false
		}
		if ctx.Err() != nil {
			return cancelled(ctx, v.Result), false
		}
		s.logger.Debug("kept smtp connection replaced", "reply", v.Reply)
	}
	fresh, failed := s.dial(ctx)
	if failed != nil {
		if tooMany(failed.Reply) && s.pool.shrink(limitFor) {
			s.logger.Warn("smtp relay limits connections", "reply", failed.Reply)
			return Result{}, true
		}
		return *failed, false
	}
	started := s.now()
	v := fresh.transmit(ctx, m, s.sendTimeout, s.replyTimeout)
	if v.keep {
		c = fresh
	} else {
		fresh.drop()
	}
	if v.stale {
		v.Result = cancelled(ctx, v.Result)
	}
	s.onSend(s.now().Sub(started), v.Outcome)
	return v.Result, false
}

// tooMany tells whether a failed dial may have been one connection too many:
// relays say so in the greeting or in the answer to EHLO.
func tooMany(failure string) bool {
	return strings.HasPrefix(failure, ClassGreeting+" ") || strings.HasPrefix(failure, ClassEHLO+" 421")
}

// cancelled turns a failure before the hand-over into "released" when its
// reason was that the caller gave up.
func cancelled(ctx context.Context, r Result) Result {
	if errors.Is(ctx.Err(), context.Canceled) {
		return Result{naru.OutcomeReleased, ClassCancelled, ctx.Err()}
	}
	return r
}

// waitFailed is the result when no connection was to be had.
func waitFailed(ctx context.Context, err error) Result {
	switch {
	case errors.Is(err, errClosed):
		return Result{naru.OutcomeReleased, ClassClosed, err}
	case errors.Is(ctx.Err(), context.Canceled):
		return Result{naru.OutcomeReleased, ClassCancelled, err}
	}
	return Result{naru.OutcomeUnavailable, ClassTimeout, err}
}

// Probe tells whether the relay takes mail: it makes sure of one session, up to
// and with AUTH, within DialTimeout, and keeps it for the next mail. A relay
// that is there and refuses only a further connection counts as there. The
// error is safe to log.
func (s *Sender) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.dialTimeout)
	defer cancel()
	c, err := s.pool.get(ctx)
	if err != nil {
		return fmt.Errorf("probe relay: wait for a connection: %w", err)
	}
	defer func() { s.pool.put(c) }()
	if c != nil {
		if c.alive(s.dialTimeout) {
			return nil
		}
		c.drop()
		c = nil
	}
	fresh, failed := s.dial(ctx)
	if failed != nil {
		if tooMany(failed.Reply) && s.pool.shrink(limitFor) {
			return nil
		}
		return fmt.Errorf("probe relay: %s: %w", failed.Reply, failed.Cause)
	}
	c = fresh
	return nil
}

// Open is the number of connections open now.
func (s *Sender) Open() int {
	s.connections.Lock()
	defer s.connections.Unlock()
	return s.connections.open
}

// opened counts connections.
func (s *Sender) opened(n int) {
	s.connections.Lock()
	defer s.connections.Unlock()
	s.connections.open += n
	if s.onOpen != nil {
		s.onOpen(s.connections.open)
	}
}

// closeIdle closes connections that nobody used for IdleTimeout.
func (s *Sender) closeIdle() {
	ticker := time.NewTicker(max(s.idleTimeout/4, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
			for _, c := range s.pool.expire(s.now().Add(-s.idleTimeout)) {
				c.quit()
			}
		}
	}
}

// Close lets mails under way end, closes all connections and stops. Send
// returns "released" from then on. It may be called more than once.
func (s *Sender) Close() error {
	s.stopOnce.Do(func() {
		close(s.stop)
		var farewells sync.WaitGroup
		for _, c := range s.pool.close() {
			farewells.Go(c.quit)
		}
		farewells.Wait()
	})
	<-s.pool.drained
	s.janitor.Wait()
	return nil
}
