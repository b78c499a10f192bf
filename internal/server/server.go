// Package server is the HTTP edge of naru: one Gin engine with its middleware,
// the one place where errors become answers, and the life of the listener.
//
// Handlers of the packages api and web are functions that return an error;
// they never write a failure themselves. What a client may learn of it is
// decided by the error's kind and code (see internal/naru), said in the
// language of the request, and rendered as application/problem+json or, for a
// browser on a page, as HTML. Causes and stacks go to the log alone.
//
// The edge protects what is behind it: connections and requests beyond a
// limit are refused at once with Retry-After, clients that send too much are
// slowed down one by one, bodies are bounded, slow peers are cut off. Paths,
// queries, addresses and headers of clients are never logged.
//
// Register all routes before Serve; after that everything is safe for
// concurrent use.
package server

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/bucket"
	"naru/internal/telemetry"
)

// Catalog holds the sentences for people.
type Catalog interface {
	// Text returns the sentence in the language with its placeholders filled;
	// the key itself when there is none.
	Text(language, key string, args map[string]any) string
}

// Options of a Server. Zero values mean the default given, except where a
// field is required.
type Options struct {
	// PublicURL is where people reach the program, e.g.
	// "https://ask.example.org". Required. With https, answers carry HSTS.
	PublicURL string
	// TrustedProxies are addresses or prefixes of proxies whose
	// X-Forwarded-For is believed; empty for none.
	TrustedProxies []string
	// Catalog and Match are required. Match picks the language to answer in
	// from tags and Accept-Language headers, the best preference first.
	Catalog Catalog
	Match   func(preferences ...string) string

	Logger  *slog.Logger       // nil means silence
	Metrics *telemetry.Metrics // may be nil
	Health  *telemetry.Health  // told when the server stops; may be nil

	// Origins are the sites elsewhere whose pages may ask the routes marked
	// CrossOrigin, as browsers name them: "https://www.example.org". Empty
	// for none.
	Origins []string

	// Rates bound what one client may ask for.
	Rates Rates
	// UnlimitedClients are addresses or prefixes without rate limits, e.g. of
	// a monitoring system.
	UnlimitedClients []string
	// RateClients is how many clients each limit remembers; 10,000.
	RateClients int
	// ClientKey makes digests of clients' addresses, 32 bytes: the same in all
	// processes that answer under one address; random by default.
	ClientKey []byte
	// Ledger has the limits counted together with other processes; may be nil.
	Ledger *bucket.Ledger

	// MaxConnections is how many client connections may be open; 4,096. One
	// address may hold half of them unless it is a trusted proxy.
	MaxConnections int
	// MaxRequests is how many requests are served at a time; 1,024.
	MaxRequests int
	// MaxTransfers is how many uploads and downloads run at a time; 64. One
	// client may have half of them, unless no limits apply to it.
	MaxTransfers int
	// BodyLimit is the largest request body in bytes, for routes that set
	// none; 256 KiB.
	BodyLimit int64

	// HeaderTimeout is how long a client may take to send its header (10 s),
	// RequestTimeout how long a request may take from there to its last byte
	// (30 s), TransferTimeout the same for uploads and downloads (15 min),
	// StallTimeout how long such a transfer may stand still (30 s), and
	// IdleTimeout how long a connection may wait for its next request (75 s).
	HeaderTimeout, RequestTimeout, TransferTimeout, StallTimeout, IdleTimeout time.Duration
	// DrainDelay is how long the server goes on accepting after it was
	// reported as unready, for load balancers to notice; 0.
	DrainDelay time.Duration

	// Clock returns the time (time.Now) and Random random bytes
	// (crypto/rand.Reader).
	Clock  func() time.Time
	Random io.Reader
}

// Server serves HTTP. Make it with New.
type Server struct {
	options    Options
	engine     *gin.Engine
	http       *http.Server
	public     *url.URL
	proxies    []netip.Prefix
	unlimited  []netip.Prefix
	log        *slog.Logger
	headers    securityHeaders
	crossCheck *http.CrossOriginProtection
	limits     map[Limit]*bucket.Set
	clients    cipher.Block
	requests   gate
	transfers  shares
	errorPage  ErrorPage
	stopping   atomic.Bool
	silent     silentConns
}

// New returns a server without routes. It fails when a required option is
// missing or an address cannot be read.
func New(o Options) (*Server, error) {
	public, err := url.Parse(o.PublicURL)
	switch {
	case err != nil:
		return nil, fmt.Errorf("server: public URL: %w", err)
	case public.Scheme != "http" && public.Scheme != "https" || public.Host == "":
		return nil, fmt.Errorf("server: public URL %q is not an http or https address", o.PublicURL)
	case o.Catalog == nil || o.Match == nil:
		return nil, errors.New("server: Catalog and Match are required")
	}
	o = withDefaults(o)
	s := &Server{
		options: o, public: public, log: o.Logger, headers: newSecurityHeaders(public.Scheme == "https"),
		requests: gate{limit: int64(o.MaxRequests)}, transfers: shares{gate: gate{limit: int64(o.MaxTransfers)}},
		crossCheck: http.NewCrossOriginProtection(),
	}
	if err := s.crossCheck.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("server: public URL as origin: %w", err)
	}
	if o.ClientKey == nil {
		o.ClientKey = make([]byte, 32)
		if _, err := io.ReadFull(o.Random, o.ClientKey); err != nil {
			return nil, fmt.Errorf("server: draw key: %w", err)
		}
	}
	if s.clients, err = aes.NewCipher(o.ClientKey); err != nil {
		return nil, fmt.Errorf("server: client key: %w", err)
	}
	if s.unlimited, err = prefixes(o.UnlimitedClients); err != nil {
		return nil, fmt.Errorf("server: unlimited clients: %w", err)
	}
	if s.proxies, err = prefixes(o.TrustedProxies); err != nil {
		return nil, fmt.Errorf("server: trusted proxies: %w", err)
	}
	s.limits = newLimits(o.Rates, o.RateClients, o.Ledger)

	// Gin keeps its mode in a variable of the package; release mode only
	// silences its debug output.
	gin.SetMode(gin.ReleaseMode)
	s.engine = gin.New()
	s.engine.HandleMethodNotAllowed = true
	// Off: its redirect target can be bent by an X-Forwarded-Prefix header.
	s.engine.RedirectTrailingSlash = false
	// What proxies set; others, such as X-Real-IP, many pass on as the client sent
	// them.
	s.engine.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := s.engine.SetTrustedProxies(o.TrustedProxies); err != nil {
		return nil, fmt.Errorf("server: trusted proxies: %w", err)
	}
	s.engine.Use(s.observe, s.secure)
	s.engine.NoRoute(s.handle(noRoute))
	s.engine.NoMethod(s.handle(noMethod))
	s.http = &http.Server{
		Handler: s.engine, ReadHeaderTimeout: o.HeaderTimeout, IdleTimeout: o.IdleTimeout,
		ReadTimeout: o.HeaderTimeout + o.RequestTimeout, WriteTimeout: o.HeaderTimeout + o.RequestTimeout + 5*time.Second,
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, conn)
		},
		ConnState: s.silent.follow, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(addressless{o.Logger.Handler()}, slog.LevelWarn),
	}
	return s, nil
}

func withDefaults(o Options) Options {
	number := func(n *int, otherwise int) {
		if *n <= 0 {
			*n = otherwise
		}
	}
	duration := func(d *time.Duration, otherwise time.Duration) {
		if *d <= 0 {
			*d = otherwise
		}
	}
	number(&o.RateClients, 10_000)
	number(&o.MaxConnections, 4096)
	number(&o.MaxRequests, 1024)
	number(&o.MaxTransfers, 64)
	if o.BodyLimit <= 0 {
		o.BodyLimit = 256 << 10
	}
	duration(&o.HeaderTimeout, 10*time.Second)
	duration(&o.RequestTimeout, 30*time.Second)
	duration(&o.TransferTimeout, 15*time.Minute)
	duration(&o.StallTimeout, 30*time.Second)
	duration(&o.IdleTimeout, 75*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	o.Rates = o.Rates.withDefaults()
	return o
}

// prefixes reads addresses and CIDR prefixes.
func prefixes(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		if strings.Contains(text, "/") {
			p, err := netip.ParsePrefix(text)
			if err != nil {
				return nil, err
			}
			all = append(all, p.Masked())
			continue
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		all = append(all, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
	}
	return all, nil
}

func contains(all []netip.Prefix, a netip.Addr) bool {
	for _, p := range all {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Handler returns the whole server as a handler, without its connection
// limits and timeouts.
func (s *Server) Handler() http.Handler { return s.engine }

// Routes lists the registered routes.
func (s *Server) Routes() gin.RoutesInfo { return s.engine.Routes() }

// Serve answers requests that come in on the listener until Shutdown, and
// closes the listener. It returns nil after Shutdown, else why it ended. ctx
// is the parent of all request contexts; ending it cancels work under way, so
// give one that outlives Shutdown.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.http.BaseContext = func(net.Listener) context.Context { return ctx }
	err := s.http.Serve(s.limitConnections(l))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve http: %w", err)
}

// Shutdown stops the server in order: report unready, wait for DrainDelay (the
// first time it is called), stop accepting, let the requests under way finish.
// When ctx ends before they have, their connections are closed and ctx's error is
// returned.
func (s *Server) Shutdown(ctx context.Context) error {
	first := !s.stopping.Swap(true)
	if s.options.Health != nil {
		s.options.Health.Stop()
	}
	s.http.SetKeepAlivesEnabled(false)
	if first && s.options.DrainDelay > 0 {
		delay := time.NewTimer(s.options.DrainDelay)
		defer delay.Stop()
		select {
		case <-delay.C:
		case <-ctx.Done():
		}
	}
	defer s.silent.closeSoon()()
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("finish requests under way: %w", err), s.http.Close())
	}
	return nil
}

// addressless hides network addresses in what net/http reports.
type addressless struct{ slog.Handler }

var networkAddress = regexp.MustCompile(`\[[0-9a-fA-F:.%a-z]+\](:\d+)?|\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b`)

func (h addressless) Handle(ctx context.Context, r slog.Record) error {
	plain := slog.NewRecord(r.Time, r.Level, "http server reported a problem", r.PC)
	plain.AddAttrs(slog.String("report", networkAddress.ReplaceAllString(strings.TrimSpace(r.Message), "(address)")))
	return h.Handler.Handle(ctx, plain)
}
