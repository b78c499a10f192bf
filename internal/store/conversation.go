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
	if !storable(id) {
		return nil, nil
	}
	var state string
	var keyID int64
	found, err := s.reader.one(ctx, `SELECT state, key_id FROM conversations WHERE id = $1 AND expires_us > $2`,
		[]any{id, micros(s.clock())}, &state, &keyID)
	if err == nil && found {
		state, err = s.vault.openText(keyID, state, stateColumn, id)
	}
	if err != nil || !found {
		return nil, s.translate("load conversation", forgotten(err))
	}
	return []byte(state), nil
}

// Conversations last for minutes and are not resealed: when their key is taken
// away, they are forgotten.
func forgotten(err error) error {
	if err != nil && naru.AsError(err).Code == "key_unknown" {
		return nil
	}
	return err
}

// These begin the contexts of what is sealed of a conversation.
const (
	stateColumn    = "conversations.state"
	questionColumn = "conversation_turns.question"
	answerColumn   = "conversation_turns.answer"
)

// openTurn opens a turn in place.
func (v *vault) openTurn(keyID int64, turn *naru.Turn, conversationID, replyID string) (err error) {
	if turn.Question, err = v.openText(keyID, turn.Question, questionColumn, conversationID, replyID); err != nil {
		return err
	}
	turn.Answer, err = v.openText(keyID, turn.Answer, answerColumn, conversationID, replyID)
	return err
}

// SaveConversation keeps the state of a conversation in place of what was kept
// before, and adds its last turn, in one transaction. Of the turns the last
// naru.KeptTurns stay.
func (s *Store) SaveConversation(ctx context.Context, c naru.ConversationStep) error {
	if c.ID == "" || c.ReplyID == "" || c.Expires.IsZero() {
		return errors.New("store: save conversation: ID, ReplyID and Expires are required")
	}
	state, err1 := s.vault.sealText(c.State, stateColumn, c.ID)
	question, err2 := s.vault.sealText([]byte(c.Turn.Question), questionColumn, c.ID, c.ReplyID)
	answer, err3 := s.vault.sealText([]byte(c.Turn.Answer), answerColumn, c.ID, c.ReplyID)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	return s.write(ctx, "save conversation", foreground, workFunc(func(t *transaction) error {
		_, err := t.exec(`INSERT INTO conversations (id, state, expires_us, key_id) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state, expires_us = EXCLUDED.expires_us, key_id = EXCLUDED.key_id`,
			c.ID, state, micros(c.Expires), s.vault.keyID())
		if err != nil {
			return err
		}
		_, err = t.exec(`INSERT INTO conversation_turns (conversation_id, reply_id, number, language, kind, question, answer, at_us, key_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, c.ID, c.ReplyID, c.Number, c.Turn.Language, c.Turn.Kind, question, answer, micros(c.Turn.At), s.vault.keyID())
		if err != nil || c.Number <= naru.KeptTurns {
			return err
		}
		_, err = t.exec(`DELETE FROM conversation_turns WHERE conversation_id = $1 AND number <= $2`, c.ID, c.Number-naru.KeptTurns)
		return err
	}))
}

// Turns returns the turns of a conversation that are still kept, in their
// order; none for an unknown or expired id.
func (s *Store) Turns(ctx context.Context, conversationID string) (turns []naru.Turn, err error) {
	if !storable(conversationID) {
		return nil, nil
	}
	err = s.reader.query(ctx, `SELECT t.at_us, t.language, t.kind, t.question, t.answer, t.reply_id, t.key_id
		FROM conversation_turns t JOIN conversations c ON c.id = t.conversation_id
		WHERE t.conversation_id = $1 AND c.expires_us > $2 ORDER BY t.number, t.at_us`, []any{conversationID, micros(s.clock())}, func(scan scanFunc) error {
		var turn naru.Turn
		var at, keyID int64
		var replyID string
		if err := scan(&at, &turn.Language, &turn.Kind, &turn.Question, &turn.Answer, &replyID, &keyID); err != nil {
			return err
		}
		if err := s.vault.openTurn(keyID, &turn, conversationID, replyID); err != nil {
			return forgotten(err)
		}
		turn.At = fromMicros(at)
		turns = append(turns, turn)
		return nil
	})
	return turns, s.translate("read turns", err)
}

// RateReply keeps whether a reply helped. It returns the turn, and whether it
// had not been rated so before. KindNotFound for a reply that is not, or no
// longer, kept.
func (s *Store) RateReply(ctx context.Context, conversationID, replyID string, helpful bool) (turn naru.Turn, changed bool, err error) {
	if !storable(conversationID) || !storable(replyID) {
		return turn, false, replyUnknown()
	}
	rating := -1
	if helpful {
		rating = 1
	}
	known := false
	err = s.write(ctx, "rate reply", foreground, workFunc(func(t *transaction) error {
		var at, before, keyID int64
		var err error
		known, err = t.one(`SELECT t.at_us, t.language, t.kind, t.question, t.answer, t.rating, t.key_id
			FROM conversation_turns t JOIN conversations c ON c.id = t.conversation_id
			WHERE t.conversation_id = $1 AND t.reply_id = $2 AND c.expires_us > $3`, []any{conversationID, replyID, micros(s.clock())},
			&at, &turn.Language, &turn.Kind, &turn.Question, &turn.Answer, &before, &keyID)
		if err == nil && known {
			err = s.vault.openTurn(keyID, &turn, conversationID, replyID)
		}
		turn.At, changed = fromMicros(at), known && before != int64(rating)
		if err != nil || !changed {
			return err
		}
		_, err = t.exec(`UPDATE conversation_turns SET rating = $1 WHERE conversation_id = $2 AND reply_id = $3`, rating, conversationID, replyID)
		return err
	}))
	if err == nil && !known {
		err = replyUnknown()
	}
	return turn, changed, err
}

func replyUnknown() error { return naru.NewError(naru.KindNotFound, "reply_unknown", nil) }

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
	question, words, err := s.vault.sealMiss(m)
	if err != nil {
		return err
	}
	return s.write(ctx, "count miss", background, workFunc(func(t *transaction) error {
		_, err := t.exec(`INSERT INTO chat_misses (language, kind, question, words, misses, last_us, key_id) VALUES ($1, $2, $3, $4, 1, $5, $6)
			ON CONFLICT (language, kind, question) DO UPDATE
			SET misses = chat_misses.misses + 1, words = EXCLUDED.words, last_us = EXCLUDED.last_us, key_id = EXCLUDED.key_id`,
			m.Language, m.Kind, question, words, micros(m.LastAt), s.vault.keyID())
		return err
	}))
}

// Misses returns at most limit misses, the most frequent first.
func (s *Store) Misses(ctx context.Context, limit int) (misses []naru.Miss, err error) {
	err = s.reader.query(ctx, `SELECT language, kind, question, words, misses, last_us, key_id FROM chat_misses
		ORDER BY misses DESC, last_us DESC, language, question LIMIT $1`, []any{limit}, func(scan scanFunc) error {
		var m naru.Miss
		var last, keyID int64
		err := scan(&m.Language, &m.Kind, &m.Question, &m.Words, &m.Count, &last, &keyID)
		if err == nil {
			err = s.vault.openMiss(keyID, &m)
		}
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
