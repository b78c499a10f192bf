package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/naru"
)

// addition makes up a message to an inquiry.
func (f *fixture) addition(inquiryID, key string) naru.AdditionAcceptance {
	return naru.AdditionAcceptance{
		Addition: naru.Addition{ID: f.id("addition"), InquiryID: inquiryID, Kind: naru.AdditionMessage, AcceptedAt: f.now, Message: "Жаңа талдау\n\"'; --"},
		Delivery: naru.Delivery{ID: f.id("delivery"), Kind: naru.DeliveryAddition, TeamID: "international", MessageID: f.id("message")},
		Key:      key, BodyDigest: "digest",
	}
}

func testAddition(f *fixture) {
	in, _, err := f.Accept(f.ctx, f.acceptance())
	f.ok(err)
	document := f.attachment("result")
	document.Client = "" // is not kept with an addition
	a := f.addition(in.ID, "key")
	a.Addition.Attachments = []naru.Attachment{document}
	before := f.balanced()
	got, replayed, err := f.AddToInquiry(f.ctx, a)
	f.ok(err)
	equal(f, "replayed", replayed, false)
	kept, err := f.Addition(f.ctx, got.ID)
	f.ok(err)
	equal(f, "addition", fmt.Sprintf("%+v", kept), fmt.Sprintf("%+v", got))
	equal(f, "message", kept.Message, a.Addition.Message)
	_, owner, err := f.Attachment(f.ctx, document.ID)
	f.ok(err)
	equal(f, "owner of the document", owner, in.ID)
	d := f.state(a.Delivery.ID, naru.StatePending)
	equal(f, "what the mail brings", d.About, got.ID)
	equal(f, "expected", f.balanced().Expected, before.Expected+1)

	// The same again, with another id, is the same.
	again := f.addition(in.ID, "key")
	again.Addition.Attachments = []naru.Attachment{document}
	first, replayed, err := f.AddToInquiry(f.ctx, again)
	f.ok(err)
	equal(f, "replayed", replayed, true)
	equal(f, "id", first.ID, got.ID)
	other := f.addition(in.ID, "key")
	other.BodyDigest = "another"
	_, _, err = f.AddToInquiry(f.ctx, other)
	f.fails(err, naru.KindConflict, "idempotency_key_reused")
	equal(f, "expected after repetitions", f.balanced().Expected, before.Expected+1)

	// So is what says the same within a window, whatever its key.
	alike := f.addition(in.ID, "alike")
	alike.AlikeSince = f.now
	first, replayed, err = f.AddToInquiry(f.ctx, alike)
	f.ok(err)
	equal(f, "replayed without its key", replayed, true)
	equal(f, "id without its key", first.ID, got.ID)
	equal(f, "expected after a slip", f.balanced().Expected, before.Expected+1)

	// What cannot be leaves nothing behind.
	taken := f.addition(in.ID, "taken")
	taken.Addition.Attachments = []naru.Attachment{document}
	_, _, err = f.AddToInquiry(f.ctx, taken)
	f.fails(err, naru.KindInvalid, "invalid")
	_, err = f.Addition(f.ctx, taken.Addition.ID)
	f.fails(err, naru.KindNotFound, "addition_unknown")
	_, _, err = f.AddToInquiry(f.ctx, f.addition("nobody's", "other"))
	f.fails(err, naru.KindNotFound, "inquiry_unknown")
	f.balanced()

	bounded := f.addition(in.ID, "second")
	bounded.AtMost, bounded.Since = 1, f.now.Add(-time.Hour)
	_, _, err = f.AddToInquiry(f.ctx, bounded)
	f.fails(err, naru.KindRateLimited, "additions_too_many")
	bounded.Since, bounded.AlikeSince = f.now.Add(time.Hour), f.now.Add(time.Microsecond)
	_, replayed, err = f.AddToInquiry(f.ctx, bounded)
	f.ok(err)
	equal(f, "replayed though it was said before the window", replayed, false)
	all, err := f.Additions(f.ctx, in.ID)
	f.ok(err)
	equal(f, "additions", len(all), 2)
	equal(f, "order", all[0].ID, got.ID)

	// Its mail dies like any other, and erasing takes it along.
	notice := f.kill(a.Delivery.ID)
	f.balanced()
	e := f.erase(in.Reference)
	equal(f, "cancelled", e.Cancelled, 5)
	equal(f, "documents", e.Attachments, 1)
	f.state(notice, naru.StateCancelled)
	_, err = f.Addition(f.ctx, got.ID)
	f.fails(err, naru.KindNotFound, "addition_unknown")
	_, _, err = f.AddToInquiry(f.ctx, f.addition(in.ID, "late"))
	f.fails(err, naru.KindNotFound, "inquiry_unknown")
	f.balanced()
}

// testAdditionRace sends one message many times at once, as hasty fingers do.
func testAdditionRace(f *fixture) {
	in, _, err := f.Accept(f.ctx, f.acceptance())
	f.ok(err)
	var fresh atomic.Int64
	var senders sync.WaitGroup
	for range 8 {
		a := f.addition(in.ID, "key")
		senders.Go(func() {
			_, replayed, err := f.AddToInquiry(f.ctx, a)
			if err != nil {
				f.Errorf("add: %v", err)
			}
			if !replayed {
				fresh.Add(1)
			}
		})
	}
	senders.Wait()
	equal(f, "accepted", fresh.Load(), 1)
	equal(f, "expected", f.balanced().Expected, 3)
}
