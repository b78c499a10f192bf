package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"naru/internal/naru"
)

// Backlog is the account of all deliveries at one moment.
type Backlog struct {
	Deliveries naru.Tally
	// OldestWaiting is when the oldest delivery that is neither delivered nor
	// dead was created; zero when none waits.
	OldestWaiting time.Time
}

// BacklogOptions tell where the backlog is read.
type BacklogOptions struct {
	// Read returns the backlog now. Required.
	Read func(context.Context) (Backlog, error)
	// Every is how old a figure may be before a scrape reads it anew, so that
	// many scrapes cost the store no more than one; zero means 5 s.
	Every time.Duration
	// Timeout bounds one reading; zero means 2 s.
	Timeout time.Duration
	// Clock returns the time; nil means time.Now.
	Clock  func() time.Time
	Logger *slog.Logger // nil means silence
}

// WatchBacklog reports the backlog on every scrape. It may be called once.
func (m *Metrics) WatchBacklog(o BacklogOptions) {
	if m == nil {
		return
	}
	if o.Every <= 0 {
		o.Every = 5 * time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Second
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	m.registry.MustRegister(&backlogCollector{
		options:    o,
		deliveries: prometheus.NewDesc("naru_deliveries", "Deliveries by state, over the whole life of the store.", []string{"state"}, nil),
		oldest:     prometheus.NewDesc("naru_delivery_oldest_waiting_seconds", "Age of the oldest delivery that is neither delivered nor dead; 0 when none waits.", nil, nil),
		failures:   prometheus.NewDesc("naru_backlog_read_failures_total", "Times the backlog could not be read; its figures are then the last ones known.", nil, nil),
	})
}

type backlogCollector struct {
	options                      BacklogOptions
	deliveries, oldest, failures *prometheus.Desc

	mu     sync.Mutex // guards all below, and lets one scrape at a time read
	last   Backlog
	known  bool
	readAt time.Time
	failed int
}

func (b *backlogCollector) Describe(descs chan<- *prometheus.Desc) {
	descs <- b.deliveries
	descs <- b.oldest
	descs <- b.failures
}

func (b *backlogCollector) Collect(metrics chan<- prometheus.Metric) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.options.Clock()
	if b.readAt.IsZero() || now.Sub(b.readAt) >= b.options.Every {
		b.read(now)
	}
	metrics <- prometheus.MustNewConstMetric(b.failures, prometheus.CounterValue, float64(b.failed))
	if !b.known {
		return
	}
	for _, s := range []struct {
		state naru.DeliveryState
		n     int64
	}{
		{naru.StatePending, b.last.Deliveries.Pending},
		{naru.StateQueued, b.last.Deliveries.Queued},
		{naru.StateSending, b.last.Deliveries.Sending},
		{naru.StateDelivered, b.last.Deliveries.Delivered},
		{naru.StateDead, b.last.Deliveries.Dead},
		{naru.StateCancelled, b.last.Deliveries.Cancelled},
	} {
		metrics <- prometheus.MustNewConstMetric(b.deliveries, prometheus.GaugeValue, float64(s.n), string(s.state))
	}
	age := 0.0
	if !b.last.OldestWaiting.IsZero() {
		age = max(0, now.Sub(b.last.OldestWaiting).Seconds())
	}
	metrics <- prometheus.MustNewConstMetric(b.oldest, prometheus.GaugeValue, age)
}

func (b *backlogCollector) read(now time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), b.options.Timeout)
	defer cancel()
	backlog, err := b.options.Read(ctx)
	b.readAt = now
	if err != nil {
		b.failed++
		b.options.Logger.Warn("backlog could not be read for metrics", "error", err)
		return
	}
	b.last, b.known = backlog, true
}
