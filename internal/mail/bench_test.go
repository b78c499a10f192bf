package mail

import (
	"bufio"
	"net"
	"net/textproto"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"naru/internal/naru"
)

const benchConnections = 8

// acknowledgement is a real mail of the size most mails have.
func acknowledgement(tb testing.TB) *Message {
	tb.Helper()
	q := kazakhMother()
	msg, err := newTestComposer(tb, newMemory(q), nil).Compose(tb.Context(), exampleDelivery(q, naru.DeliveryAcknowledgement))
	if err != nil {
		tb.Fatal(err)
	}
	return msg
}

// BenchmarkSend hands mails over on 8 kept connections. Compare mails/s with
// BenchmarkCeiling of the same run.
func BenchmarkSend(b *testing.B) {
	g := startGoodRelay(b, nil, nil)
	benchmarkSend(b, g.addr, false)
}

// BenchmarkHandOver does so with mails that are rendered already: the part
// that BenchmarkCeiling does too.
func BenchmarkHandOver(b *testing.B) {
	g := startGoodRelay(b, nil, nil)
	benchmarkSend(b, g.addr, true)
}

// BenchmarkSendSlowRelay does so with a relay that takes 50 ms a mail: the
// most possible is 8 connections / 50 ms = 160 mails/s.
func BenchmarkSendSlowRelay(b *testing.B) {
	r := startRelay(b, func(r *badRelay) {
		r.ehlo = []string{"PIPELINING"}
		r.on = func(_ *session, step, _ string) string {
			if step == "END" {
				<-time.After(50 * time.Millisecond)
			}
			return ""
		}
	})
	benchmarkSend(b, r.ln.Addr().String(), false)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/(benchConnections/0.050), "of_possible")
}

func benchmarkSend(b *testing.B, addr string, onlyHandOver bool) {
	s := newTestSender(b, "smtp://"+addr+"?tls=none", nil)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var wg sync.WaitGroup
	for range benchConnections {
		msg := acknowledgement(b)
		m, err := render(msg)
		if err != nil {
			b.Fatal(err)
		}
		send := func() Result { return s.Send(b.Context(), msg) }
		if onlyHandOver {
			send = func() Result { return s.handOver(b.Context(), m) }
		}
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if r := send(); r.Outcome != naru.OutcomeDelivered {
					b.Errorf("Send = %+v", r)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkCeiling writes the same bytes on 8 kept connections and does
// nothing else: no rendering, no deadlines, no classification.
func BenchmarkCeiling(b *testing.B) {
	g := startGoodRelay(b, func(s *smtp.Server) { s.MaxLineLength = 2000 }, nil)
	m, err := render(acknowledgement(b))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(m.size)
	commands := []string{"MAIL FROM:" + m.from + "\r\n", "RCPT TO:" + m.to + "\r\n", "DATA\r\n", string(m.data)}
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var wg sync.WaitGroup
	for range benchConnections {
		wg.Go(func() {
			conn, err := net.Dial("tcp", g.addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			r := textproto.NewReader(bufio.NewReader(conn))
			if _, _, err := r.ReadResponse(220); err != nil {
				b.Error(err)
				return
			}
			_, _ = conn.Write([]byte("EHLO bench\r\n"))
			_, _, _ = r.ReadResponse(250)
			for left.Add(-1) >= 0 {
				for i, c := range commands {
					if _, err := conn.Write([]byte(c)); err != nil {
						b.Error(err)
						return
					}
					if _, _, err := r.ReadResponse([]int{250, 250, 354, 250}[i]); err != nil {
						b.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

func BenchmarkCompose(b *testing.B) {
	for _, kind := range []naru.DeliveryKind{naru.DeliveryTeam, naru.DeliveryAcknowledgement} {
		b.Run(string(kind), func(b *testing.B) {
			q := vietnameseAgency()
			c := newTestComposer(b, newMemory(q), nil)
			d := exampleDelivery(q, kind)
			b.ReportAllocs()
			for b.Loop() {
				msg, err := c.Compose(b.Context(), d)
				if err != nil {
					b.Fatal(err)
				}
				msg.Release()
			}
		})
	}
}
