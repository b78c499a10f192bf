package app

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestSlowClientsTakeNoTimeFromMails stops a program with a request that does not
// end: what is being sent meanwhile is brought to its end all the same, before
// the store is closed.
func TestSlowClientsTakeNoTimeFromMails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStack()
		var ended []string
		s.push("store", func(context.Context) error {
			ended = append(ended, "store")
			return nil
		})
		s.run("mailer", func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(2 * time.Second) // the mail being sent
			ended = append(ended, "mailer")
			return nil
		})
		s.push("http", func(deadline context.Context) error {
			<-deadline.Done()
			return deadline.Err()
		})
		deadline, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		err := s.unwind(deadline)
		if want := "stop http: " + context.DeadlineExceeded.Error(); err == nil || err.Error() != want || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want %s", err, want)
		}
		if want := []string{"mailer", "store"}; !slices.Equal(ended, want) {
			t.Errorf("ended %v, want %v", ended, want)
		}
	})
}
