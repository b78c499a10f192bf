package store

import (
	"context"
	"errors"
	"time"

	"naru/internal/naru"
)

// LoadConversation returns what SaveConversation kept, or nil for an unknown
// or expired id.
func (s *Store) LoadConversation(ctx context.Context, id string) ([]byte, error) {
	var state string
	found, err := s.reader.one(ctx, `SELECT state FROM conversations WHERE id = $1 AND expires_us > $2`,
		[]any{id, micros(s.clock())}, &state)
	if err != nil || !found {
		return nil, s.translate("load conversation", err)
	}
	return []byte(state), nil
}

// SaveConversation keeps the state of a conversation until the time given,
// in place of what was kept before.
func (s *Store) SaveConversation(ctx context.Context, id string, state []byte, expires time.Time) error {
	if id == "" || expires.IsZero() {
		return errors.New("store: save conversation: id and expires are required")
	}
	return s.write(ctx, "save conversation", foreground, workFunc(func(t *transaction) error {
		_, err := t.exec(`INSERT INTO conversations (id, state, expires_us) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state, expires_us = EXCLUDED.expires_us`, id, string(state), micros(expires))
		return err
	}))
}

// DeleteExpiredConversations removes conversations that ended before now, and
// returns how many.
func (s *Store) DeleteExpiredConversations(ctx context.Context, now time.Time) (int, error) {
	return s.sweep(ctx, "delete expired conversations", func(t *transaction) (int, error) {
		n, err := t.exec(`DELETE FROM conversations WHERE expires_us <= $1 AND id IN (
			SELECT id FROM conversations WHERE expires_us <= $1 ORDER BY expires_us LIMIT $2)`, micros(now), batchRows)
		return int(n), err
	})
}

// CountMiss counts a question that could not be answered well. The caller has
// masked everything personal in it.
func (s *Store) CountMiss(ctx context.Context, m naru.Miss) error {
	if m.Language == "" || m.Kind == "" || m.Question == "" {
		return errors.New("store: count miss: Language, Kind and Question are required")
	}
	return s.write(ctx, "count miss", background, workFunc(func(t *transaction) error {
		_, err := t.exec(`INSERT INTO chat_misses (language, kind, question, words, misses, last_us) VALUES ($1, $2, $3, $4, 1, $5)
			ON CONFLICT (language, kind, question) DO UPDATE
			SET misses = chat_misses.misses + 1, words = EXCLUDED.words, last_us = EXCLUDED.last_us`,
			m.Language, m.Kind, m.Question, m.Words, micros(m.LastAt))
		return err
	}))
}

// Misses returns at most limit misses, the most frequent first.
func (s *Store) Misses(ctx context.Context, limit int) (misses []naru.Miss, err error) {
	err = s.reader.query(ctx, `SELECT language, kind, question, words, misses, last_us FROM chat_misses
		ORDER BY misses DESC, last_us DESC, language, question LIMIT $1`, []any{limit}, func(scan scanFunc) error {
		var m naru.Miss
		var last int64
		err := scan(&m.Language, &m.Kind, &m.Question, &m.Words, &m.Count, &last)
		m.LastAt = fromMicros(last)
		misses = append(misses, m)
		return err
	})
	return misses, s.translate("read misses", err)
}

// DeleteOldMisses removes misses last counted before the time, and returns how
// many.
func (s *Store) DeleteOldMisses(ctx context.Context, before time.Time) (int, error) {
	return s.sweep(ctx, "delete old misses", func(t *transaction) (int, error) {
		n, err := t.exec(`DELETE FROM chat_misses WHERE last_us < $1`, micros(before))
		return int(n), err
	})
}
