package naru

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrorKind says what went wrong in terms that every edge can answer for:
// HTTP turns it into a status, the command line into an exit code.
type ErrorKind int

// The kinds. An error that is not an *Error is KindInternal.
const (
	// KindInternal: our fault or unexpected; nothing of it is shown.
	KindInternal ErrorKind = iota
	// KindMalformed: the request cannot be read at all.
	KindMalformed
	// KindInvalid: it can be read, and fields are wrong; see Fields.
	KindInvalid
	// KindNotFound: there is no such thing, or it may not be known that there
	// is.
	KindNotFound
	// KindConflict: it contradicts what is already there.
	KindConflict
	// KindTooLarge: more bytes than allowed.
	KindTooLarge
	// KindUnsupportedType: a media type that is not taken.
	KindUnsupportedType
	// KindRateLimited: too often; see RetryAfter.
	KindRateLimited
	// KindUnavailable: a part is down or overloaded for now; see RetryAfter.
	KindUnavailable
	// KindForbidden: known, and not allowed.
	KindForbidden
	// KindMethodNotAllowed: the resource exists, the method does not.
	KindMethodNotAllowed
)

// Error is the one error type that crosses package borders with a meaning.
// Code and Fields are safe to show; the cause never is.
type Error struct {
	Kind ErrorKind
	// Code is a stable lower_snake_case name, and the key of its sentence in
	// the message catalogue under "problem.<code>".
	Code string
	// Args fill the placeholders of the sentence; safe to show.
	Args map[string]any
	// Fields are the wrong fields: those of the form in its order, then
	// unknown fields, consents and attachments.
	Fields []FieldError
	// RetryAfter is how long to wait; zero for no advice.
	RetryAfter time.Duration
	// Cause is what happened underneath, for the log only; may be nil.
	Cause error
}

// FieldError says what is wrong with one field.
type FieldError struct {
	// Pointer is a JSON pointer (RFC 6901) into the request body; of a query
	// parameter, a slash and its name.
	Pointer string
	// Code is the key of the sentence under "field.<code>".
	Code string
	// Args fill its placeholders; never the value that was sent.
	Args map[string]any
}

// NewError returns an error of the kind with its code and cause; cause may
// be nil.
func NewError(kind ErrorKind, code string, cause error) *Error {
	return &Error{Kind: kind, Code: code, Cause: cause}
}

// Error describes the failure for logs. It includes the cause and must not
// be shown to clients.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.Cause)
	}
	if len(e.Fields) > 0 {
		return fmt.Sprintf("%s: %d fields, first %s %s", e.Code, len(e.Fields), e.Fields[0].Pointer, e.Fields[0].Code)
	}
	return e.Code
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// AsError returns the *Error in err's chain, or one of KindInternal that
// wraps err. It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: KindInternal, Code: "internal", Cause: err}
}

// IsKind tells whether err is of the kind; nil is of none.
func IsKind(err error, kind ErrorKind) bool {
	return err != nil && AsError(err).Kind == kind
}

// Pointer writes the JSON pointer (RFC 6901) of a member of a JSON object.
func Pointer(member string) string {
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(member)
}
