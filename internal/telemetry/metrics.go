package telemetry

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"naru/internal/naru"
)

// Metrics are the figures naru keeps, in a registry of their own together
// with those of the process and the Go runtime. Its methods are called where
// things happen; packages that report declare the few they need as an
// interface. A nil *Metrics takes everything and keeps nothing.
type Metrics struct {
	registry *prometheus.Registry

	accepted *prometheus.CounterVec
	attempts *prometheus.CounterVec
	smtpDial *prometheus.HistogramVec
	smtpSend *prometheus.HistogramVec
	smtpOpen prometheus.Gauge
	publish  prometheus.Histogram
	deliver  prometheus.Histogram
	requests *prometheus.HistogramVec
	// observers are those of requests, found faster. Guarded by observersMutex.
	observersMutex sync.RWMutex
	observers      map[requestLabels]prometheus.Observer
	inFlight       prometheus.Gauge
	connections    prometheus.Gauge
	limited        *prometheus.CounterVec
	shed           *prometheus.CounterVec
	uploaded       prometheus.Counter
	commit         prometheus.Histogram
	group          prometheus.Histogram
}

// fast are bucket borders in seconds for work inside one machine or network:
// from half a millisecond to ten seconds.
var fast = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// slow are bucket borders in seconds for a mail relay, whose last word on a
// mail may take ten minutes.
var slow = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600}

// NewMetrics returns metrics in a new registry.
func NewMetrics() *Metrics {
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	times := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	m := &Metrics{
		registry:    prometheus.NewRegistry(),
		observers:   make(map[requestLabels]prometheus.Observer),
		accepted:    counters("naru_inquiries_accepted_total", "Inquiries accepted by this process, by kind.", "kind"),
		attempts:    counters("naru_delivery_attempts_total", "Finished attempts to send a mail, by kind of mail and outcome.", "kind", "outcome"),
		smtpDial:    times("naru_smtp_dial_seconds", "Time to open an SMTP connection, with TLS and authentication, by result.", slow, "result"),
		smtpSend:    times("naru_smtp_send_seconds", "Time to hand one mail to the relay, by outcome.", slow, "outcome"),
		smtpOpen:    gauge("naru_smtp_connections_open", "SMTP connections open now."),
		publish:     histogram("naru_queue_publish_seconds", "Time from publishing a window of messages to its last acknowledgement.", fast),
		deliver:     histogram("naru_queue_deliver_seconds", "Time from publishing a message to a worker taking it up.", fast),
		requests:    times("naru_http_request_seconds", "Time to serve a request, by route pattern, method and status.", fast, "route", "method", "status"),
		inFlight:    gauge("naru_http_requests_in_flight", "Requests being served now."),
		connections: gauge("naru_http_connections_open", "Client connections open now."),
		limited:     counters("naru_http_rate_limited_total", "Requests refused because one client sent too many, by limit.", "limit"),
		shed:        counters("naru_http_shed_total", "Requests and connections refused because the process was full, by reason.", "reason"),
		uploaded:    prometheus.NewCounter(prometheus.CounterOpts{Name: "naru_upload_bytes_total", Help: "Bytes of attachments received."}),
		commit:      histogram("naru_store_commit_seconds", "Time of one write transaction, with its sync.", fast),
		group:       histogram("naru_store_group_size", "Writes committed together in one transaction.", []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}),
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.accepted, m.attempts, m.smtpDial, m.smtpSend, m.smtpOpen, m.publish, m.deliver,
		m.requests, m.inFlight, m.connections, m.limited, m.shed, m.uploaded, m.commit, m.group,
	)
	// Known from the first scrape on, so that a rate can be computed.
	for _, kind := range []naru.Kind{naru.KindPatient, naru.KindPartner} {
		m.accepted.WithLabelValues(string(kind))
	}
	return m
}

// Registry returns the registry, for collectors of other packages.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// Handler serves the metrics in the Prometheus text or OpenMetrics format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Registry: m.registry, MaxRequestsInFlight: 4, EnableOpenMetrics: true,
		// One broken source must not hide all other figures.
		ErrorHandling: promhttp.ContinueOnError,
	})
}

// InquiryAccepted counts an inquiry that became durable.
func (m *Metrics) InquiryAccepted(kind naru.Kind) {
	if m != nil {
		m.accepted.WithLabelValues(string(kind)).Inc()
	}
}

// AttemptFinished counts an attempt to send a mail.
func (m *Metrics) AttemptFinished(kind naru.DeliveryKind, outcome naru.Outcome) {
	if m != nil {
		m.attempts.WithLabelValues(string(kind), string(outcome)).Inc()
	}
}

// SMTPDialed records an attempt to open a connection to the relay.
func (m *Metrics) SMTPDialed(took time.Duration, ok bool) {
	if m == nil {
		return
	}
	result := "ok"
	if !ok {
		result = "failed"
	}
	m.smtpDial.WithLabelValues(result).Observe(took.Seconds())
}

// SMTPSent records the handing over of one mail.
func (m *Metrics) SMTPSent(took time.Duration, outcome naru.Outcome) {
	if m != nil {
		m.smtpSend.WithLabelValues(string(outcome)).Observe(took.Seconds())
	}
}

// SMTPConnections takes note of how many SMTP connections are open now.
func (m *Metrics) SMTPConnections(open int) {
	if m != nil {
		m.smtpOpen.Set(float64(open))
	}
}

// QueuePublished records the publishing of one window of messages.
func (m *Metrics) QueuePublished(took time.Duration) {
	if m != nil {
		m.publish.Observe(took.Seconds())
	}
}

// QueueDelivered records how long a message waited in the stream.
func (m *Metrics) QueueDelivered(waited time.Duration) {
	if m != nil {
		m.deliver.Observe(waited.Seconds())
	}
}

// RequestServed records one HTTP request. Route is the pattern of the route,
// never the path; it is "" for requests that no route took.
func (m *Metrics) RequestServed(route, method string, status int, took time.Duration) {
	if m == nil {
		return
	}
	if route == "" {
		route = "none"
	}
	labels := requestLabels{route, boundedMethod(method), status}
	m.observersMutex.RLock()
	observer := m.observers[labels]
	m.observersMutex.RUnlock()
	if observer == nil {
		observer = m.requests.WithLabelValues(labels.route, labels.method, strconv.Itoa(status))
		m.observersMutex.Lock()
		m.observers[labels] = observer
		m.observersMutex.Unlock()
	}
	observer.Observe(took.Seconds())
}

// requestLabels are those of a request's duration.
type requestLabels struct {
	route, method string
	status        int
}

// boundedMethod keeps made-up methods from making label values.
func boundedMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// RequestsInFlight adds delta to the number of requests being served.
func (m *Metrics) RequestsInFlight(delta int) {
	if m != nil {
		m.inFlight.Add(float64(delta))
	}
}

// HTTPConnections adds delta to the number of open client connections.
func (m *Metrics) HTTPConnections(delta int) {
	if m != nil {
		m.connections.Add(float64(delta))
	}
}

// RateLimited counts a request refused by the named limit.
func (m *Metrics) RateLimited(limit string) {
	if m != nil {
		m.limited.WithLabelValues(limit).Inc()
	}
}

// Shed counts a request or connection refused for the reason, a constant.
func (m *Metrics) Shed(reason string) {
	if m != nil {
		m.shed.WithLabelValues(reason).Inc()
	}
}

// Uploaded counts received bytes of attachments.
func (m *Metrics) Uploaded(bytes int64) {
	if m != nil && bytes > 0 {
		m.uploaded.Add(float64(bytes))
	}
}

// Committed records one write transaction that held writes together.
func (m *Metrics) Committed(took time.Duration, writes int) {
	if m != nil {
		m.commit.Observe(took.Seconds())
		m.group.Observe(float64(writes))
	}
}

// WatchWriteQueue reports length as the number of writes waiting for the
// store's writer. It may be called once; length must be cheap and safe for
// concurrent use.
func (m *Metrics) WatchWriteQueue(length func() int) {
	if m != nil {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "naru_store_write_queue_length", Help: "Writes waiting for the store's writer.",
		}, func() float64 { return float64(length()) }))
	}
}
