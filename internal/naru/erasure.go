package naru

import "time"

// Erasure tells what was removed when an inquiry was erased.
type Erasure struct {
	InquiryID string
	Reference Reference
	Kind      Kind
	// AcceptedAt is when it was accepted, ErasedAt when it was erased first.
	AcceptedAt, ErasedAt time.Time
	// First is false when it had been erased before; then the counts are zero.
	First bool
	// Attachments and AttachmentBytes count documents,
	// Attempts records of attempts to mail, Cancelled mails that had not been
	// delivered.
	Attachments, AttachmentBytes, Attempts, Cancelled int64
	// Mails are all deliveries, in the order they were created.
	Mails []ErasedMail
}

// ErasedMail is what is known of a mail about an erased inquiry.
type ErasedMail struct {
	Kind DeliveryKind
	// State is StateDelivered or StateCancelled. What was delivered is in a
	// mailbox, where only its owner can remove it.
	State     DeliveryState
	TeamID    string
	MessageID string
	// Attempts is how often it was tried: a mail cancelled after an attempt
	// without an answer may have arrived.
	Attempts int
}
