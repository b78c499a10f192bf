package app

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"naru/config"
	"naru/internal/naru"
	"naru/internal/store"
)

// newProgram has a store of its own, and nothing runs.
func newProgram(t *testing.T) (*program, *config.Config, *store.Store) {
	t.Helper()
	c := config.Default()
	c.DataDir = t.TempDir()
	logger := slog.New(slog.DiscardHandler)
	s, err := store.Open(t.Context(), store.Options{URL: filepath.Join(c.DataDir, "naru.db"), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &program{Options: Options{Config: c, Logger: logger}, store: s}, c, s
}

// TestErasingThatFailsErasesTheMailsOfWhatItErased: nobody would look for them a
// second time, as erased inquiries are not found again.
func TestErasingThatFailsErasesTheMailsOfWhatItErased(t *testing.T) {
	t.Parallel()
	p, c, s := newProgram(t)
	in := naru.Inquiry{ID: "inquiry", Reference: "K7Q-X3M-9A4", Kind: naru.KindPatient, AcceptedAt: time.Now()}
	mail := naru.Delivery{ID: "delivery", Kind: naru.DeliveryTeam, TeamID: "team", MessageID: "delivery@naru.example"}
	if _, _, err := s.Accept(t.Context(), naru.Acceptance{Inquiry: in, Deliveries: []naru.Delivery{mail}}); err != nil {
		t.Fatal(err)
	}
	caught := filepath.Join(c.CatcherDir(), "1700000000000000-00000000.eml")
	if err := errors.Join(os.MkdirAll(c.CatcherDir(), 0o700), os.WriteFile(caught, []byte("Message-Id: <"+mail.MessageID+">\r\n\r\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if erased, err := p.eraseAll(t.Context(), []naru.Reference{in.Reference, "none"}); erased != 1 || !naru.IsKind(err, naru.KindNotFound) {
		t.Errorf("%d erased, %v", erased, err)
	}
	if _, err := os.Stat(caught); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the mail caught of an erased inquiry: %v", err)
	}
}

// TestAClockFarAheadMakesNothingOld: all inquiries would be erased at once.
func TestAClockFarAheadMakesNothingOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l leaps
		moved := time.Duration(0)
		look := func(after time.Duration, want bool) {
			t.Helper()
			time.Sleep(after)
			if got := l.ahead(time.Now().Add(moved)); got != want {
				t.Errorf("leapt: %t, want %t", got, want)
			}
		}
		const years = 10 * 365 * 24 * time.Hour
		l.begin(time.Now().Add(-29*24*time.Hour), time.Now())
		look(0, false)
		moved = time.Hour
		look(time.Hour, false) // a summer time that somebody set by hand
		moved = years
		look(time.Hour, true)
		look(time.Hour, false)
		moved = 0
		look(time.Hour, false)
		moved = years
		look(1000*time.Hour, true)

		// A machine may start with any clock.
		moved = 0
		for _, c := range []struct {
			latest time.Time
			want   bool
		}{
			{time.Time{}, false}, // no inquiry yet
			{time.Now().AddDate(0, 0, -7), false},
			{time.Now().AddDate(5, 0, 0), false},
			{time.Now().AddDate(-5, 0, 0), true},
		} {
			l.begin(c.latest, time.Now())
			look(time.Minute, c.want)
			look(time.Hour, false)
		}
		l.begin(time.Now(), time.Now().Add(years))
		look(time.Minute, false) // the time servers have answered
	})
}

// TestADoubtedClockErasesNothingForADay: started anew or not.
func TestADoubtedClockErasesNothingForADay(t *testing.T) {
	t.Parallel()
	p, _, s := newProgram(t)
	now := time.Now()
	accept := func(id string, at time.Time) {
		t.Helper()
		in := naru.Inquiry{ID: id, Reference: naru.Reference(id), Kind: naru.KindPatient, AcceptedAt: at}
		if _, _, err := s.Accept(t.Context(), naru.Acceptance{Inquiry: in}); err != nil {
			t.Fatal(err)
		}
	}
	// start is a program that begins its watch at the time given.
	start := func(at time.Time) (eraseAt func(time.Time) int) {
		t.Helper()
		latest, err := s.LatestAcceptance(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p.leaps.begin(latest, at)
		return func(now time.Time) int {
			t.Helper()
			n, err := p.eraseOld(t.Context(), now, "worker")
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	accept("old", now.AddDate(-3, 0, 0))
	if n := start(now)(now); n != 0 {
		t.Errorf("%d erased with a clock that is three years ahead", n)
	}
	accept("new", now)
	if n := start(now.Add(time.Hour))(now.Add(time.Hour)); n != 0 {
		t.Errorf("%d erased an hour later, by a program that knows an inquiry of today", n)
	}
	later := now.Add(doubted + time.Minute)
	if n := start(later)(later); n != 1 {
		t.Errorf("%d erased a day later, want the old one", n)
	}
	accept("older", now.AddDate(-3, 0, 0))
	if n := start(later)(later); n != 1 {
		t.Errorf("%d erased after that, want the next old one", n)
	}
}
