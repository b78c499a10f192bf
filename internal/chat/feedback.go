package chat

import (
	"context"

	"naru/internal/naru"
)

// Rating tells whether a reply helped.
type Rating struct {
	ConversationID, ReplyID string
	Helpful                 bool
}

// Rate takes note of whether a reply helped. The question of one that did not
// is counted like those that were declined: masked, and without the
// conversation. The same rating given again changes nothing. KindNotFound for
// a reply that is not, or no longer, remembered.
func (b *Bot) Rate(ctx context.Context, r Rating) error {
	if b.store == nil {
		return naru.NewError(naru.KindNotFound, "reply_unknown", nil)
	}
	turn, changed, err := b.store.RateReply(ctx, r.ConversationID, r.ReplyID, r.Helpful)
	if err != nil || r.Helpful || !changed {
		return err
	}
	how := explain(b.parse(turn.Question, turn.Language))
	how.Language = turn.Language
	b.countMiss(ctx, missDisliked, turn.Question, how, b.clock())
	return nil
}
