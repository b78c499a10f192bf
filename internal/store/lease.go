package store

import (
	"context"
	"errors"
	"time"
)

// AcquireLease takes or prolongs the named right for the holder until the
// time given, and tells whether the holder has it: it does unless another's
// has not ended yet. A lease that ends later than twice the length asked for
// from now tells of a clock that was set back since, and binds nobody. The
// clocks of all processes that share the database must agree to within the
// length of a lease, and leases of one name are of one length.
func (s *Store) AcquireLease(ctx context.Context, name, holder string, now, until time.Time) (held bool, err error) {
	if name == "" || holder == "" || !until.After(now) {
		return false, errors.New("store: acquire lease: name, holder and a later end are required")
	}
	err = s.write(ctx, "acquire lease", background, workFunc(func(t *transaction) error {
		n, err := t.exec(`INSERT INTO leases (name, holder, until_us) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until_us = EXCLUDED.until_us
			WHERE leases.holder = EXCLUDED.holder OR leases.until_us <= $4 OR leases.until_us > $5`,
			name, holder, micros(until), micros(now), micros(until.Add(until.Sub(now))))
		held = n == 1
		return err
	}))
	return held && err == nil, err
}

// ReleaseLease gives the named right up if the holder has it.
func (s *Store) ReleaseLease(ctx context.Context, name, holder string) error {
	return s.write(ctx, "release lease", background, workFunc(func(t *transaction) error {
		_, err := t.exec(`DELETE FROM leases WHERE name = $1 AND holder = $2`, name, holder)
		return err
	}))
}
