package intake

import (
	"context"
	"fmt"
)

// Discard removes a document that no inquiry has taken yet. Whoever knows its
// id may do so; for any other id the error is KindNotFound
// "attachment_unknown".
func (u *Uploads) Discard(ctx context.Context, id string) error {
	if err := u.options.Store.DeleteAttachment(ctx, id); err != nil {
		return fmt.Errorf("discard attachment: %w", err)
	}
	return nil
}
