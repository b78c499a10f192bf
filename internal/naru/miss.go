package naru

import "time"

// Miss is a question that the chat declined or whose answer was disliked,
// without anything personal, and how often it came.
type Miss struct {
	Language string
	// Kind is "declined" or "disliked".
	Kind string
	// Question is the message with names, numbers and addresses masked.
	Question string
	// Words are those not understood, separated by spaces; may be empty.
	Words string
	// Count is how often it came, LastAt when last.
	Count  int64
	LastAt time.Time
}
