package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"naru/config"
	"naru/internal/api"
	"naru/internal/app"
	"naru/internal/intake"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/server"
	"naru/internal/telemetry"
)

// BenchmarkHTTP measures what an inquiry costs before it reaches the store: the
// whole interface over connections of its own with a store that keeps nothing,
// beside the bare Gin that the goals are held against and a server that reads
// and answers without looking, which is what connections and client take of all
// three. Run it with -cpu 1: then what an inquiry takes is what it costs.
//
//	go test ./internal/bench -run '^$' -bench HTTP -cpu 1 -benchmem -count 5
func BenchmarkHTTP(b *testing.B) {
	addr, patient := startInterface(b)
	b.Run("naru", func(b *testing.B) { each(b, addr, inquiries(patient)) })
	b.Run("gin", func(b *testing.B) {
		ask := request("/", formBody(b))
		each(b, startGin(b), func(int64) []byte { return ask })
	})
	b.Run("none", func(b *testing.B) { each(b, startEcho(b), inquiries(patient)) })
}

// each has clients ask b.N times in all.
func each(b *testing.B, addr string, next func(int64) []byte) {
	var numbers atomic.Int64
	begin := processorTime(b)
	b.SetParallelism(clients)
	b.RunParallel(func(pb *testing.PB) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		answers := bufio.NewReader(conn)
		for pb.Next() {
			if status, err := ask(conn, answers, next(numbers.Add(1)), io.Discard); err != nil || status != http.StatusAccepted {
				b.Errorf("answered %d, %v", status, err)
				return
			}
		}
	})
	b.ReportMetric(float64(processorTime(b)-begin)/float64(b.N)/1000, "cpu-us/op")
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// startInterface serves inquiries as the program does, but for its store. It
// returns the patient example of the interface's description, too.
func startInterface(b *testing.B) (addr string, patient []byte) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr = listener.Addr().String()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	c := config.Default()
	a, err := app.LoadAssets(c)
	must(err)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	must(err)
	b.Cleanup(func() { _ = null.Close() })
	logger, err := telemetry.NewLogger(c.Log.Level, c.Log.Format, null)
	must(err)
	metrics, public := telemetry.NewMetrics(), "http://"+addr
	accepting, err := intake.New(intake.Options{
		Store: forgetful{}, Router: a.Desk, Partners: noPartners{}, Calendar: a.Desk, Catalog: a.Catalog, Consents: a.Consents, Departments: a.Desk.Departments,
		Center: c.Organisations.Center.Map(), Association: c.Organisations.Association.Map(), RetentionMonths: c.Consents.RetentionMonths, KeysKept: c.Retention.Keys,
		PublicURL: public, MailDomain: c.MailDomain(), OwnAddresses: append(a.Desk.Addresses(), c.SMTP.From), Clock: time.Now, Random: rand.Reader, Wake: func() {},
	})
	must(err)
	s, err := server.New(server.Options{
		PublicURL: public, Catalog: a.Catalog, Match: locale.Match, Logger: logger, Metrics: metrics, UnlimitedClients: c.Limits.Exempt,
		MaxRequests: c.HTTP.MaxConcurrent, BodyLimit: int64(c.HTTP.BodyLimit), HeaderTimeout: c.HTTP.ReadHeaderTimeout,
		RequestTimeout: c.HTTP.RequestTimeout, TransferTimeout: c.HTTP.TransferTimeout, IdleTimeout: c.HTTP.IdleTimeout,
	})
	must(err)
	must(api.Register(s, api.Options{
		Inquiries: accepting, Additions: unasked{}, Uploads: unasked{}, Cases: unasked{}, Meta: accepting, Chat: unasked{}, Dataset: a.Knowledge, Charts: unasked{},
		Catalog: a.Catalog, Health: telemetry.NewHealth(logger), Metrics: metrics, PublicURL: public, Templates: a.Templates, Asset: func(name string) string { return name }, Trusted: true,
		FileLimit: int64(c.Attachments.FileLimit), InquiryLimit: int64(c.Attachments.InquiryLimit),
	}))
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), listener) }()
	b.Cleanup(func() {
		if err := errors.Join(s.Shutdown(context.Background()), <-served); err != nil {
			b.Error(err)
		}
	})
	return addr, (&program{addr: addr}).patient(b)
}

// forgetful keeps nothing.
type forgetful struct{}

func (forgetful) Accept(_ context.Context, a naru.Acceptance) (naru.Inquiry, bool, error) {
	return a.Inquiry, false, nil
}

func (forgetful) Replay(context.Context, naru.Acceptance) (naru.Inquiry, bool, error) {
	return naru.Inquiry{}, false, nil
}

func (forgetful) Attachment(context.Context, string) (naru.Attachment, string, error) {
	return naru.Attachment{}, "", naru.NewError(naru.KindNotFound, "attachment_unknown", nil)
}

// noPartners: patients are asked for none.
type noPartners struct{}

func (noPartners) Match(string, string) (naru.KnownPartner, bool) { return naru.KnownPartner{}, false }

// unasked are parts of the interface that have routes and get no requests.
type unasked struct {
	api.Additions
	api.Uploads
	api.Cases
	api.Chat
	api.Charts
}

// startEcho answers all that comes in, one request at a time, with the same.
func startEcho(b *testing.B) (addr string) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = listener.Close() })
	answer := []byte("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}")
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go func() {
				defer func() { _ = conn.Close() }()
				asked := make([]byte, 8<<10) // holds a request whole
				for {
					if _, err := conn.Read(asked); err != nil {
						return
					}
					if _, err := conn.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}
