package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"naru/internal/naru"
)

// How long callers are advised to wait: an overloaded queue empties within
// moments, a database that is down or full takes somebody's attention.
const (
	retryOverloaded  = 2 * time.Second
	retryUnavailable = 15 * time.Second
)

// translate gives a driver's error its meaning, going by codes and never by
// text. An error that already has a meaning passes unchanged.
func (s *Store) translate(operation string, err error) error {
	var known *naru.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("store: %s: %w", operation, err)
	case errors.Is(err, context.DeadlineExceeded):
		return unavailable(operation, err)
	}
	switch s.dialect.classify(err) {
	case classUnavailable, classConnection, classRetry:
		return unavailable(operation, err)
	}
	return fmt.Errorf("store: %s: %w", operation, err)
}

func unavailable(operation string, cause error) error {
	return &naru.Error{
		Kind: naru.KindUnavailable, Code: "store_unavailable", RetryAfter: retryUnavailable,
		Cause: fmt.Errorf("%s: %w", operation, cause),
	}
}

func overloaded(operation string, cause error) error {
	if cause == nil {
		cause = errors.New("write queue is full")
	}
	return &naru.Error{
		Kind: naru.KindUnavailable, Code: "overloaded", RetryAfter: retryOverloaded,
		Cause: fmt.Errorf("%s: %w", operation, cause),
	}
}
