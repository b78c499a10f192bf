package casefile

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"

	"naru/internal/naru"
)

// Locate finds the case of a writer who has lost the link: the case number as
// people type it and the e-mail address of the inquiry together are taken for
// the secret, which it returns. Otherwise the error is KindNotFound
// "inquiry_unknown", the same for a wrong number and a wrong address.
//
// The case is opened at once, and not by one more mail, for two reasons: those
// whose confirmation never arrived need it most, and the page shows nothing of
// what was written. A number cannot be guessed for a known address: there are
// 23^8 of them, and the edge limits how often anybody may ask.
func (s *Service) Locate(ctx context.Context, typed, email string) (naru.Reference, string, error) {
	unknown := naru.NewError(naru.KindNotFound, "inquiry_unknown", nil)
	reference, ok := naru.ParseReference(typed)
	email = strings.TrimSpace(email)
	if !ok || email == "" || len(email) > 320 {
		return "", "", unknown
	}
	inquiry, err := s.store.InquiryByReference(ctx, reference)
	if err != nil && !naru.IsKind(err, naru.KindNotFound) {
		return "", "", fmt.Errorf("locate case file: %w", err)
	}
	// People do not remember how they wrote their address: the case of letters
	// does not matter here. Digests make the comparison take the same time for
	// addresses of any length, also for a case that does not exist.
	given, kept := sha256.Sum256([]byte(strings.ToLower(email))), sha256.Sum256([]byte(strings.ToLower(inquiry.Contact.Email)))
	if subtle.ConstantTimeCompare(given[:], kept[:]) != 1 || err != nil {
		return "", "", unknown
	}
	return reference, inquiry.Secret, nil
}
