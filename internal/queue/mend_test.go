package queue

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"naru/internal/naru"
)

func openEmbedded(t *testing.T) *Queue {
	t.Helper()
	q, err := Open(Options{StoreDir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := q.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := q.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return q
}

func TestStreamThatCannotStoreIsMadeAnew(t *testing.T) {
	t.Parallel()
	q := openEmbedded(t)
	before, err := q.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	epoch := func() string {
		state, err := q.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return state.Epoch
	}
	failure := &jetstream.APIError{ErrorCode: storeFailed}
	for _, published := range []error{failure, nil, failure, errors.New("something else"), failure} {
		if err := q.mend(t.Context(), subjectDeliveries, published); err != nil {
			t.Fatal(err)
		}
		if epoch() != before.Epoch {
			t.Fatal("made anew though it could store in between")
		}
	}
	if err := q.mend(t.Context(), subjectDeliveries, context.DeadlineExceeded); err != nil {
		t.Fatal(err)
	}
	if epoch() == before.Epoch {
		t.Error("not made anew after two failures in a row")
	}
	if stored, err := q.Publish(t.Context(), []naru.Dispatch{{DeliveryID: "d"}}); err != nil || len(stored) != 1 {
		t.Errorf("publish afterwards: %v, %v", stored, err)
	}
}

func TestStorageTurnedOffIsTurnedOnAgain(t *testing.T) {
	t.Parallel()
	q := openEmbedded(t)
	if err := q.server.ShutdownJetStream(); err != nil {
		t.Fatal(err)
	}
	if err := q.Check(t.Context()); err == nil {
		t.Fatal("the check passes without storage")
	}
	if err := q.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if stored, err := q.Publish(t.Context(), []naru.Dispatch{{DeliveryID: "d"}}); err != nil || len(stored) != 1 {
		t.Errorf("publish afterwards: %v, %v", stored, err)
	}
}
