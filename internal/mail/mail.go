// Package mail turns deliveries into mails and hands them to an SMTP relay.
//
// It has three parts that do not know each other: Composer renders a mail from
// templates and messages, Sender hands rendered mails to the relay over kept
// connections and says what became of each, and Catcher is a real SMTP server
// that keeps what it is given on disk and shows it on a local page, for
// running without any relay.
//
// All three are safe for concurrent use; a message belongs to one goroutine.
// Nothing here retries over time or records anything: Send makes one attempt
// and returns its outcome, Compose returns an error of package naru.
//
// Decisions:
//
//  1. A reply that concerns the connection (greeting, EHLO, STARTTLS, AUTH) is
//     never held against the mail: the outcome is "unavailable" whatever the
//     code.
//  2. The end of the data is the point of no return. Before it a failure means
//     that nothing was taken; after it a lost connection means "unknown".
//  3. A kept connection that turns out dead before that point is replaced and
//     the mail goes out on a fresh one, within the same attempt, once.
//  4. Mails that a program sends carry Auto-Submitted (RFC 3834) and
//     X-Auto-Response-Suppress; there is no Precedence header, which RFC 3834
//     discourages and filters take for bulk mail.
//  5. An acknowledgement repeats nothing of the inquiry but a name that looks
//     like one, so that nobody can make the desk send words of theirs to a
//     stranger.
//  6. Special-use domains (.example, .test) are not refused: whether they can
//     be reached is for the relay to say, and without one nothing leaves.
package mail
