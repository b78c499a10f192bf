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

// TestErasingThatFailsErasesTheMailsOfWhatItErased: nobody would look for them a
// second time, as erased inquiries are not found again.
func TestErasingThatFailsErasesTheMailsOfWhatItErased(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.DataDir = t.TempDir()
	s, err := store.Open(t.Context(), store.Options{URL: filepath.Join(c.DataDir, "naru.db"), Logger: slog.New(slog.DiscardHandler)})
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
	in := naru.Inquiry{ID: "inquiry", Reference: "K7Q-X3M-9A4", Kind: naru.KindPatient, AcceptedAt: time.Now()}
	mail := naru.Delivery{ID: "delivery", Kind: naru.DeliveryTeam, TeamID: "team", MessageID: "delivery@naru.example"}
	if _, _, err := s.Accept(t.Context(), naru.Acceptance{Inquiry: in, Deliveries: []naru.Delivery{mail}}); err != nil {
		t.Fatal(err)
	}
	caught := filepath.Join(c.CatcherDir(), "1700000000000000-00000000.eml")
	if err := errors.Join(os.MkdirAll(c.CatcherDir(), 0o700), os.WriteFile(caught, []byte("Message-Id: <"+mail.MessageID+">\r\n\r\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	p := &program{Options: Options{Config: c}, store: s}
	if erased, err := p.eraseAll(t.Context(), []naru.Reference{in.Reference, "none"}); erased != 1 || !naru.IsKind(err, naru.KindNotFound) {
		t.Errorf("%d erased, %v", erased, err)
	}
	if _, err := os.Stat(caught); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the mail caught of an erased inquiry: %v", err)
	}
}

// TestAClockSetFarAheadMakesNothingOld: all inquiries would be erased at once.
func TestAClockSetFarAheadMakesNothingOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l leaps
		ahead := time.Duration(0)
		look := func(after time.Duration, want bool) {
			t.Helper()
			time.Sleep(after)
			if got := l.lately(time.Now().Add(ahead)); got != want {
				t.Errorf("leapt lately: %t, want %t", got, want)
			}
		}
		look(0, false)
		look(time.Hour, false)
		ahead = time.Hour
		look(time.Hour, false) // a summer time that somebody set by hand
		ahead = 10 * 365 * 24 * time.Hour
		look(time.Hour, true)
		look(time.Hour, true)
		ahead = 0
		look(time.Hour, false)
		ahead = 10 * 365 * 24 * time.Hour
		look(time.Hour, true)
		look(23*time.Hour, true)
		look(time.Hour, false) // it was right
		look(1000*time.Hour, false)
	})
}
