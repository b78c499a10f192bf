package e2e

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"naru/config"
	"naru/internal/app"
)

// TestFaultClockIsSet sets the program's clock to and fro under load, by half
// a minute to a day. Each mail is greylisted once, so that some always wait
// for a moment that the clock may move away from them. The program runs in
// this process, whose clock can be set without setting the machine's.
func TestFaultClockIsSet(t *testing.T) {
	t.Parallel()
	s := &site{t: t, relay: startRelay(t, func(r *relay) { r.delay = 5 * time.Millisecond; once(temporary())(r) })}
	s.env = environment(t.TempDir(), "NARU_SMTP_URL=smtp://"+s.relay.addr+"?tls=none")
	settings, err := config.Load(config.Options{Environ: s.env})
	if err != nil {
		t.Fatal(err)
	}
	var moved atomic.Int64
	up, ended := make(chan string, 1), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		ended <- app.Run(ctx, app.Options{
			Config: settings, Roles: app.Roles{HTTP: true, Workers: true}, Logger: slog.New(slog.DiscardHandler),
			Clock:    func() time.Time { return time.Now().Round(0).Add(time.Duration(moved.Load())) },
			Announce: func(r app.Running) { up <- r.URL },
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case url := <-up:
		s.serve = []*node{{process: &process{url: url}, t: t}}
	case err := <-ended:
		ended <- err
		t.Fatalf("naru ended: %v", err)
	}
	l := s.load(3, 10*time.Millisecond)
	var ends []time.Time
	n := times(4, 40)
	for i := range n {
		l.more(5)
		// Forth and back in turn, so that it stays within days of the truth.
		by := 30*time.Second + rand.N(24*time.Hour)
		if i%2 == 1 {
			by = -by
		}
		moved.Add(int64(by))
		ends = append(ends, time.Now())
	}
	l.more(5)
	s.settle(t, l, time.Minute, ends, result{part: "machine", fault: "clock set forth and back, up to a day", faults: n})
}
