package intake

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"naru/internal/naru"
)

// secretBytes of randomness protect a link: 160 bits.
const secretBytes = 20

// MaxKeyBytes is the longest Idempotency-Key.
const MaxKeyBytes = 255

// deliveries are the mails that the inquiry causes: one to the team, and the
// acknowledgement unless nobody may be written to automatically there.
func (s *Service) deliveries(inquiry naru.Inquiry) ([]naru.Delivery, error) {
	team, err := s.delivery(inquiry, naru.DeliveryTeam)
	if err != nil {
		return nil, err
	}
	team.TeamID = inquiry.TeamID
	if !s.acknowledgeable(inquiry.Contact.Email) {
		return []naru.Delivery{team}, nil
	}
	acknowledgement, err := s.delivery(inquiry, naru.DeliveryAcknowledgement)
	return []naru.Delivery{team, acknowledgement}, err
}

func (s *Service) delivery(inquiry naru.Inquiry, kind naru.DeliveryKind) (naru.Delivery, error) {
	id, err := s.newID()
	if err != nil {
		return naru.Delivery{}, err
	}
	return naru.Delivery{
		ID: id, InquiryID: inquiry.ID, Kind: kind, State: naru.StatePending, MessageID: id + "@" + s.options.MailDomain,
		CreatedAt: inquiry.AcceptedAt, NextAttemptAt: inquiry.AcceptedAt, RequestID: inquiry.RequestID,
	}, nil
}

// acknowledgeable tells whether a program may write to the address: not where
// nobody reads, and not to ourselves, which would start a loop.
func (s *Service) acknowledgeable(address string) bool {
	plain := strings.ToLower(address)
	if local, domain, ok := strings.Cut(plain, "@"); ok {
		base, _, _ := strings.Cut(local, "+")
		if s.own[base+"@"+domain] {
			return false
		}
	}
	return !s.own[plain] && !naru.Unattended(address)
}

func (s *Service) newID() (string, error) {
	id, err := uuid.NewV7FromReader(s.options.Random)
	if err != nil {
		return "", fmt.Errorf("draw id: %w", err)
	}
	return id.String(), nil
}

// newSecret draws the unguessable part of a link, in URL-safe text.
func newSecret(random io.Reader) (string, error) {
	b := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("draw secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// keyDigest returns a digest of an Idempotency-Key, so that any key fits one
// column and none is kept; empty for none. A key has 1 to 255 visible ASCII
// characters.
func keyDigest(key string) (string, error) {
	if key == "" {
		return "", nil
	}
	if len(key) > MaxKeyBytes || strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
		return "", &naru.Error{Kind: naru.KindMalformed, Code: "idempotency_key_malformed", Args: map[string]any{"Max": MaxKeyBytes}}
	}
	return digest([]byte(key)), nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], sum[:])
	return string(text[:])
}
