package telemetry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"naru/internal/naru"
)

func TestLoggerWritesTheRequestID(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "text"} {
		var b bytes.Buffer
		log, err := NewLogger("warn", format, &b)
		if err != nil {
			t.Fatal(err)
		}
		ctx := WithRequestID(t.Context(), "r-1")
		log.InfoContext(ctx, "too quiet")
		log.With("part", "store").WithGroup("g").WarnContext(ctx, "loud")
		log.Warn("without")
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		if len(lines) != 2 || !strings.Contains(lines[0], "request_id") || !strings.Contains(lines[0], "r-1") || !strings.Contains(lines[0], "store") || strings.Contains(lines[1], "request_id") {
			t.Errorf("%s: %q", format, lines)
		}
	}
	if _, err := NewLogger("loud", "json", io.Discard); err == nil {
		t.Error("an unknown level is taken")
	}
	if _, err := NewLogger("info", "xml", io.Discard); err == nil {
		t.Error("an unknown format is taken")
	}
	if RequestID(t.Context()) != "" {
		t.Error("a request id from nowhere")
	}
}

// scrape returns the metrics as text.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("scrape: %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func expect(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			var have []string
			for l := range strings.Lines(text) {
				if strings.HasPrefix(l, name) {
					have = append(have, l)
				}
			}
			t.Errorf("no line %q; have %q", line, have)
		}
	}
}

func TestMetricsCountWhatHappens(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.InquiryAccepted(naru.KindPatient)
	m.InquiryAccepted(naru.KindPatient)
	m.AttemptFinished(naru.DeliveryTeam, naru.OutcomeTemporary)
	m.SMTPDialed(20*time.Millisecond, true)
	m.SMTPDialed(time.Second, false)
	m.SMTPSent(30*time.Millisecond, naru.OutcomeDelivered)
	m.SMTPConnections(3)
	m.SMTPConnections(2)
	m.QueuePublished(time.Millisecond)
	m.QueueDelivered(time.Millisecond)
	m.RequestServed("/api/v1/inquiries", "POST", 202, 3*time.Millisecond)
	m.RequestServed("", "BREW", 404, time.Millisecond)
	m.RequestsInFlight(1)
	m.HTTPConnections(1)
	m.RateLimited("submit")
	m.Shed("requests")
	m.Uploaded(1024)
	m.Uploaded(-5)
	m.Committed(2*time.Millisecond, 17)
	m.WatchWriteQueue(func() int { return 4 })
	expect(t, scrape(t, m),
		`naru_inquiries_accepted_total{kind="patient"} 2`, `naru_inquiries_accepted_total{kind="partner"} 0`,
		`naru_delivery_attempts_total{kind="team",outcome="temporary"} 1`,
		`naru_smtp_dial_seconds_count{result="ok"} 1`, `naru_smtp_dial_seconds_count{result="failed"} 1`,
		`naru_smtp_send_seconds_count{outcome="delivered"} 1`, `naru_smtp_connections_open 2`,
		`naru_queue_publish_seconds_count 1`, `naru_queue_deliver_seconds_count 1`,
		`naru_http_request_seconds_count{method="POST",route="/api/v1/inquiries",status="202"} 1`,
		`naru_http_request_seconds_count{method="other",route="none",status="404"} 1`,
		`naru_http_requests_in_flight 1`, `naru_http_connections_open 1`, `naru_http_rate_limited_total{limit="submit"} 1`,
		`naru_http_shed_total{reason="requests"} 1`, `naru_upload_bytes_total 1024`,
		`naru_store_group_size_sum 17`, `naru_store_commit_seconds_count 1`, `naru_store_write_queue_length 4`,
	)
	if text := scrape(t, m); !strings.Contains(text, "go_goroutines") || !strings.Contains(text, "process_start_time_seconds") {
		t.Error("nothing of the process")
	}
}

func TestNoMetricsAreFine(t *testing.T) {
	t.Parallel()
	var m *Metrics
	m.InquiryAccepted(naru.KindPatient)
	m.AttemptFinished(naru.DeliveryTeam, naru.OutcomeTemporary)
	m.SMTPDialed(time.Second, true)
	m.SMTPSent(time.Second, naru.OutcomeDelivered)
	m.SMTPConnections(1)
	m.QueuePublished(time.Second)
	m.QueueDelivered(time.Second)
	m.RequestServed("", "", 0, 0)
	m.RequestsInFlight(1)
	m.HTTPConnections(1)
	m.RateLimited("")
	m.Shed("")
	m.Uploaded(1)
	m.Committed(0, 0)
	m.WatchWriteQueue(func() int { return 0 })
	m.WatchBacklog(BacklogOptions{})
}

func TestBacklogIsReadSeldomAndSurvivesFailure(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	now, reads := start, 0
	var failure error
	m := NewMetrics()
	m.WatchBacklog(BacklogOptions{
		Every: 5 * time.Second, Clock: func() time.Time { return now },
		Read: func(ctx context.Context) (Backlog, error) {
			if _, ok := ctx.Deadline(); !ok {
				t.Error("reading without a deadline")
			}
			reads++
			return Backlog{naru.Tally{Pending: 1, Queued: 2, Sending: 3, Delivered: 40, Dead: 5}, start.Add(-time.Minute)}, failure
		},
	})
	expect(t, scrape(t, m), `naru_deliveries{state="pending"} 1`, `naru_deliveries{state="queued"} 2`, `naru_deliveries{state="sending"} 3`,
		`naru_deliveries{state="delivered"} 40`, `naru_deliveries{state="dead"} 5`, `naru_delivery_oldest_waiting_seconds 60`, `naru_backlog_read_failures_total 0`)
	now = now.Add(4 * time.Second)
	expect(t, scrape(t, m), `naru_delivery_oldest_waiting_seconds 64`)
	if reads != 1 {
		t.Errorf("%d readings within the interval", reads)
	}
	now, failure = now.Add(2*time.Second), errors.New("store away")
	expect(t, scrape(t, m), `naru_deliveries{state="dead"} 5`, `naru_backlog_read_failures_total 1`)
	if reads != 2 {
		t.Errorf("%d readings after the interval", reads)
	}
}

func TestReadinessOfRequiredParts(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger, err := NewLogger("info", "json", &log)
	if err != nil {
		t.Fatal(err)
	}
	h := NewHealth(logger)
	var storeDown, mailDown atomic.Bool
	failing := func(down *atomic.Bool) func(context.Context) error {
		return func(context.Context) error {
			if down.Load() {
				return errors.New("connection refused to 10.0.0.7")
			}
			return nil
		}
	}
	h.Register(Check{Name: "store", Required: true, Run: failing(&storeDown)})
	h.Register(Check{Name: "mail", Run: failing(&mailDown)})
	if r := h.Ready(t.Context()); !r.Ready() || r.Parts["store"].Status != "ok" || !r.Parts["store"].Required || r.Parts["mail"].Status != "ok" {
		t.Errorf("all well: %+v", r)
	}
	mailDown.Store(true)
	if r := h.Ready(t.Context()); !r.Ready() || r.Parts["mail"].Status != "down" {
		t.Errorf("mail down: %+v", r)
	}
	storeDown.Store(true)
	for range 3 {
		if r := h.Ready(t.Context()); r.Ready() || r.Parts["store"].Status != "down" {
			t.Errorf("store down: %+v", r)
		}
	}
	storeDown.Store(false)
	if r := h.Ready(t.Context()); !r.Ready() {
		t.Errorf("store back: %+v", r)
	}
	if n := strings.Count(log.String(), "part is down"); n != 2 || strings.Count(log.String(), "part is back") != 1 {
		t.Errorf("changes are not logged once each:\n%s", &log)
	}
	h.Stop()
	if r := h.Ready(t.Context()); r.Ready() || r.Parts["program"].Status != "stopping" {
		t.Errorf("stopping: %+v", r)
	}
}

func TestChecksThatHangOrPanicAreDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var runs atomic.Int32
		h := NewHealth(nil)
		h.Register(Check{Name: "hangs", Required: true, Timeout: time.Second, Run: func(context.Context) error {
			runs.Add(1)
			<-release // deaf to its context
			return nil
		}})
		h.Register(Check{Name: "panics", Run: func(context.Context) error { panic("oops") }})
		for range 2 {
			begun := time.Now()
			r := h.Ready(t.Context())
			if r.Ready() || r.Parts["hangs"].Status != "down" || r.Parts["panics"].Status != "down" {
				t.Errorf("readiness %+v", r)
			}
			if took := time.Since(begun); took > time.Second {
				t.Errorf("took %v", took)
			}
		}
		if n := runs.Load(); n != 1 {
			t.Errorf("a hanging check runs %d times at once", n)
		}
		close(release)
		synctest.Wait()
		if r := h.Ready(t.Context()); !r.Ready() {
			t.Errorf("after it returned: %+v", r)
		}
	})
}

func TestCallersShareOneRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		h := NewHealth(nil)
		h.Register(Check{Name: "slow", Required: true, Run: func(ctx context.Context) error {
			runs.Add(1)
			time.Sleep(time.Second) // of the test's own clock
			return nil
		}})
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() {
				if r := h.Ready(t.Context()); !r.Ready() {
					t.Errorf("readiness %+v", r)
				}
			})
		}
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if h.Ready(impatient).Ready() {
			t.Error("ready before the check has answered")
		}
		callers.Wait()
		if n := runs.Load(); n != 1 {
			t.Errorf("%d runs for callers at the same time", n)
		}
	})
}

func TestRegisterRefusesMistakes(t *testing.T) {
	t.Parallel()
	run := func(context.Context) error { return nil }
	for _, checks := range [][]Check{{{Run: run}}, {{Name: "a"}}, {{Name: "a", Run: run}, {Name: "a", Run: run}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v registered", checks)
				}
			}()
			h := NewHealth(nil)
			for _, c := range checks {
				h.Register(c)
			}
		}()
	}
}
