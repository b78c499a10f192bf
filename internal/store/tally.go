package store

import (
	"context"
	"strings"
	"time"

	"naru/internal/naru"
)

// Names of counters. Accepted inquiries have one per kind.
const (
	deliveredCounter = "delivered"
	deadCounter      = "dead"
	cancelledCounter = "cancelled"
	acceptedPrefix   = "accepted_"
)

func acceptedCounter(kind naru.Kind) string { return acceptedPrefix + string(kind) }

const (
	selectTally = `SELECT
		(SELECT COUNT(*) FROM deliveries WHERE state = 'pending'),
		(SELECT COUNT(*) FROM deliveries WHERE state = 'queued'),
		(SELECT COUNT(*) FROM deliveries WHERE state = 'sending'),
		(SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM counters WHERE name = 'delivered'),
		(SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM counters WHERE name = 'dead'),
		(SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM counters WHERE name = 'cancelled')`
	selectOldest = `SELECT COALESCE(MIN(oldest), 0) FROM (
		SELECT MIN(waiting_us) AS oldest FROM deliveries WHERE state = 'pending'
		UNION ALL SELECT MIN(waiting_us) FROM deliveries WHERE state = 'queued'
		UNION ALL SELECT MIN(waiting_us) FROM deliveries WHERE state = 'sending') AS waiting`
	selectCounters = `SELECT name, CAST(SUM(value) AS BIGINT) FROM counters GROUP BY name`
)

// Tally counts deliveries by state, as of one moment. It reads counters for
// those that are finished and counts the others by their partial indexes: the
// cost grows with the backlog and not with the history.
func (s *Store) Tally(ctx context.Context) (tally naru.Tally, err error) {
	_, err = s.reader.one(ctx, selectTally, nil,
		&tally.Pending, &tally.Queued, &tally.Sending, &tally.Delivered, &tally.Dead, &tally.Cancelled)
	return tally, s.translate("tally", err)
}

// AcceptedByKind counts accepted inquiries from the counters.
func (s *Store) AcceptedByKind(ctx context.Context) (map[naru.Kind]int64, error) {
	totals := map[naru.Kind]int64{}
	err := s.reader.query(ctx, selectCounters, nil, func(scan scanFunc) error {
		var name string
		var value int64
		err := scan(&name, &value)
		if kind, ok := strings.CutPrefix(name, acceptedPrefix); ok {
			totals[naru.Kind(kind)] = value
		}
		return err
	})
	return totals, s.translate("count accepted", err)
}

// OldestWaiting is since when the delivery waits that has waited longest
// without being delivered or dead, counted from its creation or its last
// replay; zero when none waits.
func (s *Store) OldestWaiting(ctx context.Context) (time.Time, error) {
	var us int64
	_, err := s.reader.one(ctx, selectOldest, nil, &us)
	return fromMicros(us), s.translate("oldest waiting", err)
}
