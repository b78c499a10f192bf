package naru

import "time"

// AdditionKind tells what a writer sent after the inquiry.
type AdditionKind string

// The kinds of additions. The values stand in the store.
const (
	// AdditionMessage is a message, documents, or both.
	AdditionMessage AdditionKind = "message"
	// AdditionErasure asks the team to erase the inquiry.
	AdditionErasure AdditionKind = "erasure"
)

// Addition is what a writer sent to an inquiry after it was accepted. It
// causes one delivery, of kind DeliveryAddition.
type Addition struct {
	// ID is a UUIDv7.
	ID        string       `json:"id"`
	InquiryID string       `json:"inquiry_id"`
	Kind      AdditionKind `json:"kind"`
	// AcceptedAt is when it became durable, in UTC, to the microsecond.
	AcceptedAt time.Time `json:"accepted_at"`
	// Message is in the writer's own words; empty with an erasure, and where
	// documents stand alone.
	Message string `json:"message,omitempty"`
	// Attachments are described as in Inquiry.
	Attachments []Attachment `json:"attachments,omitempty"`
}

// AdditionAcceptance is all that is written, in one transaction, when an
// addition is accepted.
type AdditionAcceptance struct {
	Addition Addition
	// Delivery brings it to the team.
	Delivery Delivery
	// Key is a digest that is the same for repetitions of one request, and
	// BodyDigest one of what it says. Both are required.
	Key, BodyDigest string
	// AlikeSince is from when on an addition to the inquiry that says the same,
	// under whatever key, is this one; zero means that none is.
	AlikeSince time.Time
	// AtMost is how many additions the inquiry may get from Since on; zero
	// means no limit.
	AtMost int
	Since  time.Time
}
