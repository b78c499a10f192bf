package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"naru/internal/naru"
)

func testAccept(f *fixture) {
	a := f.acceptance()
	a.Inquiry.AcceptedAt = f.now.Add(999 * time.Nanosecond).In(time.FixedZone("Seoul", 9*3600))
	a.Key, a.BodyDigest = "key", "digest"
	accepted, replayed, err := f.Accept(f.ctx, a)
	f.ok(err)
	equal(f, "replayed", replayed, false)
	want := a.Inquiry
	want.AcceptedAt = f.now // UTC, to the microsecond
	for what, get := range map[string]func() (naru.Inquiry, error){
		"returned":     func() (naru.Inquiry, error) { return accepted, nil },
		"by id":        func() (naru.Inquiry, error) { return f.InquiryByID(f.ctx, want.ID) },
		"by reference": func() (naru.Inquiry, error) { return f.InquiryByReference(f.ctx, want.Reference) },
	} {
		got, err := get()
		f.ok(err)
		if !reflect.DeepEqual(got, want) {
			f.Errorf("%s:\ngot  %+v\nwant %+v", what, got, want)
		}
	}
	deliveries, err := f.InquiryDeliveries(f.ctx, want.ID)
	f.ok(err)
	equal(f, "deliveries", len(deliveries), 2)
	for i, d := range deliveries {
		equal(f, "delivery", d, naru.Delivery{
			ID: a.Deliveries[i].ID, InquiryID: want.ID, Kind: a.Deliveries[i].Kind, State: naru.StatePending,
			TeamID: a.Deliveries[i].TeamID, MessageID: a.Deliveries[i].MessageID, RequestID: want.RequestID,
			CreatedAt: f.now, GiveUpAt: f.now.Add(naru.GiveUpAfter), NextAttemptAt: f.now,
		})
	}
	equal(f, "deliveries of unknown inquiry", len(must(f, f.InquiryDeliveries, "unknown")), 0)
	f.balanced()
}

// must calls a method of one argument that may not fail.
func must[A, R any](f *fixture, method func(context.Context, A) (R, error), argument A) R {
	f.Helper()
	r, err := method(f.ctx, argument)
	f.ok(err)
	return r
}

func testAcceptDefaults(f *fixture) {
	a := f.acceptance()
	own := &a.Deliveries[0]
	own.InquiryID, own.RequestID, own.State, own.Attempt = a.Inquiry.ID, "other", naru.StateDead, 7
	own.CreatedAt, own.NextAttemptAt, own.GiveUpAt = f.now.Add(1*time.Second), f.now.Add(2*time.Second), f.now.Add(3*time.Second)
	a.Deliveries = a.Deliveries[:1]
	_, _, err := f.Accept(f.ctx, a)
	f.ok(err)
	d := f.state(own.ID, naru.StatePending)
	equal(f, "attempt", d.Attempt, 0)
	equal(f, "request", d.RequestID, "other")
	equal(f, "created", d.CreatedAt, own.CreatedAt)
	equal(f, "next", d.NextAttemptAt, own.NextAttemptAt)
	equal(f, "give up", d.GiveUpAt, own.GiveUpAt)
	equal(f, "expected", f.balanced().Expected, 1) // no acknowledgement, and none is missing
}

func testAcceptRefusesNonsense(f *fixture) {
	for name, spoil := range map[string]func(a *naru.Acceptance){
		"no id":                   func(a *naru.Acceptance) { a.Inquiry.ID = "" },
		"no reference":            func(a *naru.Acceptance) { a.Inquiry.Reference = "" },
		"no kind":                 func(a *naru.Acceptance) { a.Inquiry.Kind = "" },
		"no time":                 func(a *naru.Acceptance) { a.Inquiry.AcceptedAt = time.Time{} },
		"delivery without id":     func(a *naru.Acceptance) { a.Deliveries[1].ID = "" },
		"without Message-ID":      func(a *naru.Acceptance) { a.Deliveries[1].MessageID = "" },
		"another's delivery":      func(a *naru.Acceptance) { a.Deliveries[1].InquiryID = "another" },
		"the same delivery twice": func(a *naru.Acceptance) { a.Deliveries[1].ID = a.Deliveries[0].ID },
	} {
		a := f.acceptance()
		spoil(&a)
		if _, _, err := f.Accept(f.ctx, a); !naru.IsKind(err, naru.KindInternal) {
			f.Errorf("%s: got error %v, want an internal one", name, err)
		}
	}
	equal(f, "expected", f.balanced().Expected, 0)
}

func testReferenceTaken(f *fixture) {
	const rivals = 8
	reference := f.acceptance().Inquiry.Reference
	var mutex sync.Mutex
	winners := 0
	var group sync.WaitGroup
	for range rivals {
		a := f.acceptance()
		a.Inquiry.Reference = reference
		group.Go(func() {
			_, _, err := f.Accept(f.ctx, a)
			mutex.Lock()
			defer mutex.Unlock()
			if err == nil {
				winners++
			} else if !naru.IsKind(err, naru.KindConflict) || naru.AsError(err).Code != "reference_taken" {
				f.Error(err)
			}
		})
	}
	group.Wait()
	equal(f, "winners", winners, 1)
	f.balanced()
}

// testAcceptIsolation mixes inquiries that must fail, in every way, among
// good ones, all at once: groups must fall apart without harm.
func testAcceptIsolation(f *fixture) {
	const each = 40
	taken := f.acceptance()
	_, _, err := f.Accept(f.ctx, taken)
	f.ok(err)
	document := f.attachment("bytes")
	owner := f.acceptance()
	owner.Inquiry.Attachments = []naru.Attachment{document}
	_, _, err = f.Accept(f.ctx, owner)
	f.ok(err)

	var group sync.WaitGroup
	run := func(a naru.Acceptance, wanted func(error) bool) {
		group.Go(func() {
			if _, _, err := f.Accept(f.ctx, a); !wanted(err) {
				f.Errorf("accept %s: %v", a.Inquiry.ID, err)
			}
		})
	}
	for range each {
		run(f.acceptance(), func(err error) bool { return err == nil })
		a := f.acceptance()
		a.Inquiry.Reference = taken.Inquiry.Reference
		run(a, func(err error) bool { return naru.IsKind(err, naru.KindConflict) })
		a = f.acceptance()
		a.Deliveries[0].ID = taken.Deliveries[0].ID
		run(a, func(err error) bool { return naru.IsKind(err, naru.KindInternal) })
		a = f.acceptance()
		a.Inquiry.Attachments = []naru.Attachment{document}
		run(a, func(err error) bool { return naru.IsKind(err, naru.KindInvalid) })
	}
	group.Wait()
	r := f.balanced()
	equal(f, "inquiries", r.Inquiries[naru.KindPatient], each+2)
	equal(f, "deliveries", r.Deliveries, naru.Tally{Pending: 2*each + 4})
}

func testAcceptAttachments(f *fixture) {
	first, second := f.attachment("one"), f.attachment("two", "three")
	incomplete := naru.Attachment{ID: f.id("attachment"), CreatedAt: f.now}
	f.ok(f.CreateAttachment(f.ctx, incomplete))

	a := f.acceptance()
	a.Inquiry.Attachments = []naru.Attachment{first, second}
	accepted, _, err := f.Accept(f.ctx, a)
	f.ok(err)
	stored, err := f.InquiryByID(f.ctx, accepted.ID)
	f.ok(err)
	equal(f, "attachments", len(stored.Attachments), 2)
	_, owner, err := f.Attachment(f.ctx, second.ID)
	f.ok(err)
	equal(f, "owner", owner, accepted.ID)

	free := f.attachment("four")
	b := f.acceptance()
	b.Key = "key"
	b.Inquiry.Attachments = []naru.Attachment{first, free, incomplete, {ID: "unknown"}}
	_, _, err = f.Accept(f.ctx, b)
	f.fails(err, naru.KindInvalid, "invalid")
	var pointers []string
	for _, field := range naru.AsError(err).Fields {
		equal(f, "code", field.Code, "attachment_unknown")
		pointers = append(pointers, field.Pointer)
	}
	equal(f, "pointers", fmt.Sprint(pointers), "[/attachments/0 /attachments/2 /attachments/3]")
	_, owner, err = f.Attachment(f.ctx, free.ID)
	f.ok(err)
	equal(f, "owner of a document of a refused inquiry", owner, "")

	twice := f.acceptance()
	twice.Inquiry.Attachments = []naru.Attachment{free, free}
	_, _, err = f.Accept(f.ctx, twice)
	f.fails(err, naru.KindInvalid, "invalid")
	equal(f, "pointer", naru.AsError(err).Fields[0].Pointer, "/attachments/1")

	b.Inquiry.Attachments = []naru.Attachment{free}
	_, replayed, err := f.Accept(f.ctx, b)
	f.ok(err)
	equal(f, "replayed", replayed, false)
	// A retry of the same request claims nothing a second time.
	_, replayed, err = f.Accept(f.ctx, b)
	f.ok(err)
	equal(f, "replayed", replayed, true)
	f.balanced()
}

func testAttachmentRace(f *fixture) {
	document := f.attachment("one")
	var mutex sync.Mutex
	winners := 0
	var group sync.WaitGroup
	for range 8 {
		a := f.acceptance()
		a.Inquiry.Attachments = []naru.Attachment{document}
		group.Go(func() {
			_, _, err := f.Accept(f.ctx, a)
			mutex.Lock()
			defer mutex.Unlock()
			if err == nil {
				winners++
			} else if !naru.IsKind(err, naru.KindInvalid) {
				f.Error(err)
			}
		})
	}
	group.Wait()
	equal(f, "winners", winners, 1)
	equal(f, "inquiries", f.balanced().Inquiries[naru.KindPatient], 1)
}

func testNotFound(f *fixture) {
	_, err := f.InquiryByID(f.ctx, "unknown")
	f.fails(err, naru.KindNotFound, "inquiry_unknown")
	_, err = f.InquiryByReference(f.ctx, "unknown")
	f.fails(err, naru.KindNotFound, "inquiry_unknown")
	_, err = f.Delivery(f.ctx, "unknown")
	f.fails(err, naru.KindNotFound, "delivery_unknown")
	_, _, err = f.Attachment(f.ctx, "unknown")
	f.fails(err, naru.KindNotFound, "attachment_unknown")
	f.fails(f.AttachmentChunks(f.ctx, "unknown", func([]byte) error { return nil }), naru.KindNotFound, "attachment_unknown")
	f.fails(f.CompleteAttachment(f.ctx, naru.Attachment{ID: "unknown"}), naru.KindNotFound, "attachment_unknown")
	f.fails(f.DeleteAttachment(f.ctx, "unknown"), naru.KindNotFound, "attachment_unknown")
	f.fails(f.AppendChunk(f.ctx, "unknown", 0, []byte("x")), naru.KindNotFound, "attachment_unknown")
	equal(f, "attempts", len(must(f, f.Attempts, "unknown")), 0)
}

// testCancelledCaller checks that a caller who leaves gets an error, and that
// whatever it says the store stays whole.
func testCancelledCaller(f *fixture) {
	cancelled, cancel := context.WithCancel(f.ctx)
	cancel()
	_, _, err := f.Accept(cancelled, f.acceptance())
	if !errors.Is(err, context.Canceled) {
		f.Fatalf("got %v, want context.Canceled", err)
	}
	equal(f, "expected", f.balanced().Expected, 0)

	const callers = 100
	var mutex sync.Mutex
	accepted := 0
	var group sync.WaitGroup
	for range callers {
		a := f.acceptance()
		ctx, cancel := context.WithCancel(f.ctx)
		group.Go(func() {
			if _, _, err := f.Accept(ctx, a); err == nil {
				mutex.Lock()
				accepted++
				mutex.Unlock()
			} else if !errors.Is(err, context.Canceled) {
				f.Error(err)
			}
		})
		group.Go(cancel)
	}
	group.Wait()
	equal(f, "inquiries kept", f.balanced().Inquiries[naru.KindPatient], int64(accepted))
}

func testClose(f *fixture) {
	var group sync.WaitGroup
	var mutex sync.Mutex
	accepted := 0
	for range 50 {
		a := f.acceptance()
		group.Go(func() {
			_, _, err := f.Accept(f.ctx, a)
			mutex.Lock()
			defer mutex.Unlock()
			if err == nil {
				accepted++
			} else if !naru.IsKind(err, naru.KindUnavailable) {
				f.Error(err)
			}
		})
	}
	f.ok(f.Store.Close())
	group.Wait()
	f.ok(f.Store.Close())
	err := f.DeleteAttachment(f.ctx, "any")
	f.fails(err, naru.KindUnavailable, "store_unavailable")
	if naru.AsError(err).RetryAfter <= 0 {
		f.Error("no advice when to try again")
	}
}
