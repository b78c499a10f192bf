// Package storetest is the conformance suite of package store: every engine
// passes the same tests. Each test has a database of its own and runs in
// parallel with the others.
package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/naru"
	"naru/internal/store"
)

// Now is what the stores under test must be given as their clock. It is in
// the past, to the microsecond, as stored.
func Now() time.Time { return time.Date(2026, 3, 14, 15, 9, 26, 535897000, time.UTC) }

// Run runs the suite. open returns a new store over an empty, unmigrated
// database, with Now as its clock, and closes it when the test ends.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	tests := []struct {
		name string
		run  func(f *fixture)
	}{
		{"Migrate", testMigrate},
		{"Accept", testAccept},
		{"AcceptDefaults", testAcceptDefaults},
		{"AcceptRefusesNonsense", testAcceptRefusesNonsense},
		{"IdempotencyKey", testIdempotencyKey},
		{"IdempotencyKeyRace", testIdempotencyKeyRace},
		{"ForgottenKey", testForgottenKey},
		{"ReferenceTaken", testReferenceTaken},
		{"AcceptIsolation", testAcceptIsolation},
		{"AcceptAttachments", testAcceptAttachments},
		{"AttachmentRace", testAttachmentRace},
		{"Attachment", testAttachment},
		{"AttachmentChunksInOrder", testAttachmentChunksInOrder},
		{"DeleteAttachment", testDeleteAttachment},
		{"ClientUploads", testClientUploads},
		{"DeleteOrphanAttachments", testDeleteOrphanAttachments},
		{"Conversations", testConversations},
		{"Misses", testMisses},
		{"NotFound", testNotFound},
		{"DueDeliveries", testDueDeliveries},
		{"MarkQueued", testMarkQueued},
		{"RequeueLost", testRequeueLost},
		{"Claim", testClaim},
		{"ClaimHeldIsRefused", testClaimHeld},
		{"ClaimTogether", testClaimTogether},
		{"ExtendLeases", testExtendLeases},
		{"ClaimRace", testClaimRace},
		{"FinishDelivered", testFinishDelivered},
		{"FinishPending", testFinishPending},
		{"FinishDead", testFinishDead},
		{"FinishNotice", testFinishNotice},
		{"FinishAfterLostLease", testFinishAfterLostLease},
		{"LateDeliveredWins", testLateDeliveredWins},
		{"LateDeliveredWhileAnotherSends", testLateDeliveredWhileAnotherSends},
		{"FinishRefusesNonsense", testFinishRefusesNonsense},
		{"FinishCleansReply", testFinishCleansReply},
		{"ReleaseExpired", testReleaseExpired},
		{"ReleaseWorker", testReleaseWorker},
		{"HastenUnavailable", testHastenUnavailable},
		{"HastenBeyond", testHastenBeyond},
		{"Announce", testAnnounce},
		{"ReplayDead", testReplayDead},
		{"ReplayedDeadDiesAgain", testReplayedDeadDiesAgain},
		{"Counts", testCounts},
		{"Sweeps", testSweeps},
		{"Erase", testErase},
		{"EraseWaits", testEraseWaits},
		{"EraseRace", testEraseRace},
		{"Addition", testAddition},
		{"AdditionRace", testAdditionRace},
		{"Retention", testRetention},
		{"Lease", testLease},
		{"StateMachine", testStateMachine},
		{"Pipeline", testPipeline},
		{"CancelledCaller", testCancelledCaller},
		{"Close", testClose},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := &fixture{T: t, Store: open(t), ctx: t.Context(), now: Now()}
			if test.name != "Migrate" {
				_, err := f.Migrate(f.ctx)
				f.ok(err)
			}
			test.run(f)
		})
	}
}

// fixture is a test with its store.
type fixture struct {
	*testing.T
	*store.Store
	ctx context.Context
	now time.Time
	ids atomic.Int64
}

func testMigrate(f *fixture) {
	version, err := f.SchemaVersion(f.ctx)
	f.ok(err)
	equal(f, "version before", version, 0)
	applied, err := f.Migrate(f.ctx)
	f.ok(err)
	if applied < 1 {
		f.Fatalf("applied %d migrations, want at least one", applied)
	}
	version, err = f.SchemaVersion(f.ctx)
	f.ok(err)
	equal(f, "version after", version, int64(applied))
	applied, err = f.Migrate(f.ctx)
	f.ok(err)
	equal(f, "applied again", applied, 0)
	f.ok(f.Ping(f.ctx))
	if d := f.Dialect(); d != "sqlite" && d != "postgres" {
		f.Fatalf("dialect %q", d)
	}
}

// id returns a new id. Ids grow.
func (f *fixture) id(prefix string) string { return fmt.Sprintf("%s-%06d", prefix, f.ids.Add(1)) }

// acceptance makes up an inquiry with a team mail and an acknowledgement.
func (f *fixture) acceptance() naru.Acceptance {
	reference, err := naru.NewReference(rand.Reader)
	f.ok(err)
	id := f.id("inquiry")
	return naru.Acceptance{
		Inquiry: naru.Inquiry{
			ID: id, Reference: reference, Secret: "secret-" + id, Kind: naru.KindPatient, Language: "kk",
			AcceptedAt: f.now, AnswerBy: f.now.Add(48 * time.Hour), RequestID: "request-" + id,
			TeamID: "international", Rule: "patients", Urgent: true,
			Contact:  naru.Contact{Name: "Айгүл Серікқызы", Email: "aigul@mail.example", PhoneE164: "+77011234567", Country: "KZ"},
			Patient:  &naru.Patient{Writer: "family", Name: "Нұрлан", BirthDate: "2015-02-03", Treatment: "химия\x00терапия \u202e\"'; --"},
			Consents: []naru.Consent{{ID: "personal_information", Version: "1", Language: "kk", Granted: true, At: f.now}},
		},
		Deliveries: []naru.Delivery{
			{ID: f.id("delivery"), Kind: naru.DeliveryTeam, TeamID: "international", MessageID: f.id("message")},
			{ID: f.id("delivery"), Kind: naru.DeliveryAcknowledgement, MessageID: f.id("message")},
		},
	}
}

// accept accepts a made up inquiry and returns its deliveries' ids.
func (f *fixture) accept() (team, acknowledgement string) {
	f.Helper()
	a := f.acceptance()
	_, _, err := f.Accept(f.ctx, a)
	f.ok(err)
	return a.Deliveries[0].ID, a.Deliveries[1].ID
}

// attachment uploads a document and returns its description.
func (f *fixture) attachment(chunks ...string) naru.Attachment {
	f.Helper()
	a := naru.Attachment{ID: f.id("attachment"), Name: "scan.pdf", Type: "application/pdf", SHA256: "abc", Secret: "s", Client: "client", CreatedAt: f.now}
	f.ok(f.CreateAttachment(f.ctx, a))
	for n, chunk := range chunks {
		f.ok(f.AppendChunk(f.ctx, a.ID, n, []byte(chunk)))
		a.Size += int64(len(chunk))
	}
	f.ok(f.CompleteAttachment(f.ctx, a))
	return a
}

const lease = time.Minute

// claim claims the next attempt, which must succeed.
func (f *fixture) claim(id, worker string) naru.Delivery {
	f.Helper()
	d, err := f.Delivery(f.ctx, id)
	f.ok(err)
	d, err = f.ClaimDelivery(f.ctx, naru.Claim{
		Dispatch: naru.Dispatch{DeliveryID: id, Attempt: d.Attempt}, Worker: worker, Now: f.now, LeaseUntil: f.now.Add(lease),
	})
	f.ok(err)
	if d.Inquiry == nil || d.Inquiry.ID != d.InquiryID {
		f.Errorf("%s was claimed with the inquiry %+v", id, d.Inquiry)
	}
	d.Inquiry = nil // what is stored has none
	return d
}

// result is the result of an attempt, which by its outcome implies the state.
func (f *fixture) result(d naru.Delivery, worker string, outcome naru.Outcome) naru.AttemptResult {
	r := naru.AttemptResult{
		DeliveryID: d.ID, Number: d.Attempt, Worker: worker, StartedAt: d.StartedAt, EndedAt: f.now, Outcome: outcome, State: naru.StatePending,
		NextAttemptAt: f.now.Add(30 * time.Second),
	}
	switch outcome {
	case naru.OutcomeDelivered:
		r.State = naru.StateDelivered
	case naru.OutcomePermanent:
		r.State, r.Reply = naru.StateDead, "550 5.1.1"
	case naru.OutcomeTemporary:
		r.Reply = "451 4.3.0"
	}
	return r
}

func (f *fixture) finish(d naru.Delivery, worker string, outcome naru.Outcome) {
	f.Helper()
	f.ok(f.FinishAttempt(f.ctx, f.result(d, worker, outcome)))
}

// kill makes a delivery dead, with a notice.
func (f *fixture) kill(id string) (notice string) {
	f.Helper()
	r := f.result(f.claim(id, "killer"), "killer", naru.OutcomePermanent)
	r.Notice = &naru.Delivery{ID: f.id("notice"), Kind: naru.DeliveryNotice, TeamID: "fallback", MessageID: f.id("message")}
	f.ok(f.FinishAttempt(f.ctx, r))
	return r.Notice.ID
}

// queue marks a delivery queued.
func (f *fixture) queue(id, epoch string, sequence uint64) {
	f.Helper()
	d, err := f.Delivery(f.ctx, id)
	f.ok(err)
	f.ok(f.MarkQueued(f.ctx, epoch, []naru.Queued{{Dispatch: naru.Dispatch{DeliveryID: id, Attempt: d.Attempt}, Sequence: sequence}}))
	f.state(id, naru.StateQueued)
}

// state checks and returns a delivery.
func (f *fixture) state(id string, want naru.DeliveryState) naru.Delivery {
	f.Helper()
	d, err := f.Delivery(f.ctx, id)
	f.ok(err)
	equal(f, "state of "+id, d.State, want)
	return d
}

// outcomes checks the attempts of a delivery.
func (f *fixture) outcomes(id string, want ...naru.Outcome) {
	f.Helper()
	attempts, err := f.Attempts(f.ctx, id)
	f.ok(err)
	var got []naru.Outcome
	for i, a := range attempts {
		got = append(got, a.Outcome)
		equal(f, "attempt number", a.Number, i+1)
		if a.EndedAt.IsZero() != (a.Outcome == naru.OutcomeStarted) {
			f.Errorf("attempt %d of %s is %s and ended at %v", a.Number, id, a.Outcome, a.EndedAt)
		}
	}
	if !slices.Equal(got, want) {
		f.Fatalf("attempts of %s are %v, want %v", id, got, want)
	}
}

// balanced reconciles, checks the tallies against the true counts, and
// returns the account.
func (f *fixture) balanced() naru.Reconciliation {
	f.Helper()
	r, err := f.Reconcile(f.ctx)
	f.ok(err)
	if !r.Balanced() {
		f.Fatalf("not balanced: %+v", r)
	}
	tally, err := f.Tally(f.ctx)
	f.ok(err)
	equal(f, "tally", tally, r.Deliveries)
	return r
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// fails checks an error's kind and code.
func (f *fixture) fails(err error, kind naru.ErrorKind, code string) {
	f.Helper()
	if err == nil || naru.AsError(err).Kind != kind || naru.AsError(err).Code != code {
		f.Fatalf("got error %v, want kind %d, code %s", err, kind, code)
	}
}

// equal compares; want is what should be.
func equal[V comparable](f *fixture, what string, got, want V) {
	f.Helper()
	if got != want {
		f.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// count checks a number of rows that a method has changed.
func (f *fixture) count(want int) func(n int, err error) {
	f.Helper()
	return func(n int, err error) {
		f.Helper()
		f.ok(err)
		equal(f, "changed", n, want)
	}
}
