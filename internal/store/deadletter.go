package store

import (
	"context"
	"time"

	"naru/internal/naru"
)

// UnannouncedDead returns at most limit dead deliveries, oldest first, that
// the broker's stream of dead letters has not been told of.
func (s *Store) UnannouncedDead(ctx context.Context, limit int) ([]naru.Dispatch, error) {
	dead, err := s.dispatches(ctx, `SELECT id, attempt FROM deliveries WHERE state = 'dead' AND NOT announced
		ORDER BY finished_us LIMIT $1`, limit)
	return dead, s.translate("read unannounced dead letters", err)
}

var markAnnounced = newBulk(`UPDATE deliveries SET announced = TRUE FROM (`, `TEXT`, `) AS v
	WHERE deliveries.id = v.column1 AND deliveries.state || '' = 'dead'`)

// MarkAnnounced records that the stream of dead letters has them. Others than
// dead ones are left alone.
func (s *Store) MarkAnnounced(ctx context.Context, ids []string) error {
	for len(ids) > 0 {
		n := min(len(ids), batchRows)
		args := make([]any, n)
		for i, id := range ids[:n] {
			args[i] = id
		}
		err := s.write(ctx, "mark announced", background, workFunc(func(t *transaction) error {
			_, err := t.bulk(markAnnounced, args)
			return err
		}))
		if err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// DeadLetters returns at most limit dead deliveries, the latest first.
func (s *Store) DeadLetters(ctx context.Context, limit int) ([]naru.Delivery, error) {
	dead, err := s.deliveries(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE state = 'dead'
		ORDER BY finished_us DESC LIMIT $1`, limit)
	return dead, s.translate("read dead letters", err)
}

var replayDead = newBulk(`UPDATE deliveries SET state = 'pending', next_us = v.column2, waiting_us = v.column2,
	give_up_us = v.column3, finished_us = 0, announced = FALSE
	FROM (`, `TEXT, BIGINT, BIGINT`, `) AS v
	WHERE deliveries.id = v.column1 AND deliveries.state || '' = 'dead'`)

// ReplayDead makes dead deliveries pending and due, to be given up
// GiveUpAfter after now; the attempt numbers go on. Without ids it takes all
// that died until now; ids of others are passed over. It returns how many.
func (s *Store) ReplayDead(ctx context.Context, ids []string, now time.Time) (total int, err error) {
	const operation = "replay dead letters"
	if len(ids) == 0 {
		// Until now: one that dies again while this runs is not taken twice.
		return s.sweep(ctx, operation, func(t *transaction) (int, error) {
			var dead []string
			err := t.query(`SELECT id FROM deliveries WHERE state = 'dead' AND finished_us <= $1
				ORDER BY finished_us LIMIT $2`, []any{micros(now), batchRows}, func(scan scanFunc) error {
				var id string
				err := scan(&id)
				dead = append(dead, id)
				return err
			})
			if err != nil {
				return 0, err
			}
			return replay(t, dead, now)
		})
	}
	for len(ids) > 0 {
		n := min(len(ids), batchRows)
		replayed := 0
		err := s.write(ctx, operation, background, workFunc(func(t *transaction) (err error) {
			replayed, err = replay(t, ids[:n], now)
			return err
		}))
		if err != nil {
			return total, err
		}
		total += replayed
		ids = ids[n:]
	}
	return total, nil
}

func replay(t *transaction, ids []string, now time.Time) (int, error) {
	args := make([]any, 0, len(ids)*replayDead.columns)
	for _, id := range ids {
		args = append(args, id, micros(now), micros(now.Add(naru.GiveUpAfter)))
	}
	n, err := t.bulk(replayDead, args)
	t.count(deadCounter, -n)
	return int(n), err
}
