package naru

import "time"

// DeliveryKind tells why a mail is sent.
type DeliveryKind string

// The mails that exist. The values stand in the store and in metrics.
const (
	// DeliveryTeam brings the inquiry to the team responsible.
	DeliveryTeam DeliveryKind = "team"
	// DeliveryAcknowledgement tells the writer that the inquiry arrived.
	DeliveryAcknowledgement DeliveryKind = "acknowledgement"
	// DeliveryNotice tells the fallback team that another mail failed for
	// good. A notice that fails causes no further notice.
	DeliveryNotice DeliveryKind = "notice"
	// DeliveryAddition brings the team what the writer sent later.
	DeliveryAddition DeliveryKind = "addition"
)

// DeliveryState is where a mail stands. Every delivery is in exactly one
// state: accepted = delivered + dead + cancelled + all others.
type DeliveryState string

// The states. Pending, queued and sending together are what reports call
// "pending".
const (
	// StatePending: to be queued when NextAttemptAt has come.
	StatePending DeliveryState = "pending"
	// StateQueued: a message naming this delivery and attempt is in the
	// stream.
	StateQueued DeliveryState = "queued"
	// StateSending: a worker holds it until LeaseUntil.
	StateSending DeliveryState = "sending"
	// StateDelivered: the relay answered 250.
	StateDelivered DeliveryState = "delivered"
	// StateDead: given up; kept, shown, replayable.
	StateDead DeliveryState = "dead"
	// StateCancelled: its inquiry was erased before it was delivered.
	StateCancelled DeliveryState = "cancelled"
)

// Delivery is one logical mail to one mailbox. The address is not kept here:
// it is the team's or the contact's at the time of sending, so that a
// corrected team address heals waiting mail.
type Delivery struct {
	ID        string // UUIDv7
	InquiryID string
	Kind      DeliveryKind
	State     DeliveryState
	// TeamID is the team written to; empty for an acknowledgement.
	TeamID string
	// About is the id of the failed delivery that a notice tells of, or of the
	// Addition that a mail brings; empty otherwise.
	About string
	// MessageID is the mail's Message-ID without angle brackets, the same for
	// every attempt.
	MessageID string
	// Attempt is the number of attempts begun so far: 0 before the first.
	Attempt   int
	CreatedAt time.Time
	// GiveUpAt is when a temporary failure becomes final: GiveUpAfter after
	// CreatedAt, or after the last replay.
	GiveUpAt time.Time
	// NextAttemptAt is when a pending delivery is due.
	NextAttemptAt time.Time
	// LeaseUntil is when a sending delivery may be taken over by another
	// worker; zero in other states.
	LeaseUntil time.Time
	// StartedAt is when the attempt began that is under way; zero when none is.
	StartedAt time.Time
	// Outcome and Reply describe the last finished attempt; see Attempt.
	Outcome Outcome
	Reply   string
	// FinishedAt is when it became delivered or dead; zero before.
	FinishedAt time.Time
	// RequestID is that of the inquiry.
	RequestID string
	// Inquiry is what it is about, where it was read along: a claim does. It
	// must not be changed.
	Inquiry *Inquiry
}

// Outcome classifies one attempt to send.
type Outcome string

// Outcomes of attempts. The values stand in the store and in metrics.
const (
	// OutcomeStarted: begun, not yet answered for.
	OutcomeStarted Outcome = "started"
	// OutcomeDelivered: the relay took responsibility.
	OutcomeDelivered Outcome = "delivered"
	// OutcomeTemporary: the relay refused for now (4xx).
	OutcomeTemporary Outcome = "temporary"
	// OutcomePermanent: the relay refused for good (5xx), or the mail can
	// never be sent (e.g. an address nobody may be written to at).
	OutcomePermanent Outcome = "permanent"
	// OutcomeUnavailable: nothing was handed over: no connection, TLS or
	// authentication failed, or the connection died before the data.
	OutcomeUnavailable Outcome = "unavailable"
	// OutcomeUnknown: the connection or the worker died after the data was
	// sent and before the answer came; the mail may have been taken.
	OutcomeUnknown Outcome = "unknown"
	// OutcomeReleased: the worker stopped before anything was sent and gave
	// the delivery back.
	OutcomeReleased Outcome = "released"
)

// Attempt is the record of one try to send, written before it begins and
// completed after.
type Attempt struct {
	DeliveryID string
	// Number counts from 1.
	Number    int
	Worker    string
	StartedAt time.Time
	// EndedAt is zero while the attempt is under way.
	EndedAt time.Time
	Outcome Outcome
	// Reply is the relay's reply code and enhanced code, e.g. "550 5.1.1", or
	// a short class such as "dial_timeout". Never the relay's text, which
	// often repeats the address.
	Reply string
}

// Dispatch names a delivery and the attempt it is queued for. It is all that
// the broker ever carries.
type Dispatch struct {
	DeliveryID string `json:"delivery_id"`
	// Attempt is the number of attempts begun before this one: 0 for the
	// first.
	Attempt int `json:"attempt"`
}

// Queued tells where in the stream a dispatch was stored.
type Queued struct {
	Dispatch
	// Sequence is the stream sequence number.
	Sequence uint64
}

// StreamState is what the broker's stream holds now. A queued delivery whose
// epoch differs or whose sequence lies outside First to Last is no longer in
// the stream.
type StreamState struct {
	// Epoch identifies this incarnation of the stream: another one after it
	// was deleted and made anew.
	Epoch string
	// First and Last are the lowest and highest sequence numbers stored,
	// which count from 1. An emptied stream has First = Last + 1, a new one
	// has both 0.
	First, Last uint64
	// Held is how many messages are stored.
	Held uint64
}

// Claim asks for the right to make one attempt.
type Claim struct {
	Dispatch
	Worker string
	// Now is the start of the attempt and LeaseUntil the end of the right.
	Now, LeaseUntil time.Time
}

// AttemptResult ends an attempt.
type AttemptResult struct {
	DeliveryID string
	// Number is the attempt's number, from 1, and Worker who made it: a
	// result of a worker whose lease was taken over changes nothing but its
	// attempt's record.
	Number int
	Worker string
	// StartedAt is that of the delivery that was claimed.
	StartedAt, EndedAt time.Time
	Outcome            Outcome
	Reply              string
	// State is StateDelivered, StateDead or StatePending.
	State DeliveryState
	// NextAttemptAt is used with StatePending.
	NextAttemptAt time.Time
	// Notice, with StateDead, is the delivery that tells the fallback team;
	// nil for none.
	Notice *Delivery
}

// Tally counts deliveries by state.
type Tally struct {
	Pending, Queued, Sending, Delivered, Dead, Cancelled int64
}

// Total is the number of deliveries counted.
func (t Tally) Total() int64 { return t.Waiting() + t.Delivered + t.Dead + t.Cancelled }

// Waiting is the number of deliveries neither delivered, dead nor cancelled.
func (t Tally) Waiting() int64 { return t.Pending + t.Queued + t.Sending }

// Acceptance is all that is written, in one transaction, when an inquiry is
// accepted.
type Acceptance struct {
	Inquiry    Inquiry
	Deliveries []Delivery
	// Key is a digest of the client's Idempotency-Key, empty when none was
	// sent; BodyDigest is a digest of the request body. Requests with one key
	// must come with the same case numbers, in the same order, as each is taken:
	// there they are known again.
	Key, BodyDigest string
	// KeysSince is the time before which keys are forgotten; zero for none.
	KeysSince time.Time
}

// Reconciliation is the account of everything ever accepted.
type Reconciliation struct {
	// Inquiries counts inquiries by kind.
	Inquiries map[Kind]int64
	// Erased is how many of them have been erased.
	Erased int64
	// Deliveries counts deliveries by state.
	Deliveries Tally
	// Expected is the number of deliveries that the accepted inquiries and
	// the dead deliveries must have caused.
	Expected int64
	// Missing lists at most 100 ids of inquiries that lack a delivery they
	// must have.
	Missing []string
	// Stuck lists at most 100 ids of deliveries in a state that the rules
	// cannot produce, or waiting beyond GiveUpAfter plus a day.
	Stuck []string
	// Drift holds, by name, the running counters that differ from the true
	// counts: counter minus count. An "accepted_<kind>" above the count means
	// that inquiries are gone.
	Drift map[string]int64
}

// Balanced tells whether nothing is lost.
func (r Reconciliation) Balanced() bool {
	return len(r.Missing) == 0 && len(r.Stuck) == 0 && len(r.Drift) == 0 && r.Deliveries.Total() == r.Expected
}
