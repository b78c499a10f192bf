// Package naru is the domain of the inquiry desk: what an inquiry is, which
// mails it causes, who answers for it, and how things fail. It holds plain
// values and the rules that concern nothing but them; it does no input or
// output, starts no goroutine, and imports only the standard library. All
// values are safe to copy and to read concurrently; none guards itself
// against concurrent writes.
package naru

import "time"

// Kind tells which of the two forms an inquiry came from.
type Kind string

// The two kinds of inquiry.
const (
	KindPatient Kind = "patient"
	KindPartner Kind = "partner"
)

// Promises to the writer, shown in the answer to the inquiry and in the
// acknowledgement. The second is counted in business days in Korea and is
// computed by the calendar, not here.
const (
	// AcknowledgeWithin is how soon the acknowledgement mail is promised.
	AcknowledgeWithin = time.Minute
	// LongestLease is more than any worker's lease may last from now, even when
	// its clock and the observer's differ.
	LongestLease = time.Hour
	// GiveUpAfter is how long a mail that fails temporarily is tried again
	// before it becomes a dead letter.
	GiveUpAfter = 72 * time.Hour
)

// Languages are the tags that every text for people exists in, in the order
// they are offered. The first is the one used when nothing else is known.
var Languages = []string{"en", "ko", "zh-Hans", "ja", "ru", "mn", "kk", "ar", "vi"}
