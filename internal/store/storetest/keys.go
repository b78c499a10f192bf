package storetest

import (
	"fmt"
	"reflect"
	"sync"
	"time"

	"naru/internal/naru"
)

func testIdempotencyKey(f *fixture) {
	first, again, other := f.acceptance(), f.acceptance(), f.acceptance()
	for _, a := range []*naru.Acceptance{&first, &again, &other} {
		a.Key, a.BodyDigest, a.Inquiry.Reference = "key", "digest", first.Inquiry.Reference
	}
	other.BodyDigest = "other digest"
	_, found, err := f.Replay(f.ctx, again)
	f.ok(err)
	equal(f, "found before it was accepted", found, false)
	_, _, err = f.Accept(f.ctx, first)
	f.ok(err)
	looked, found, err := f.Replay(f.ctx, again)
	f.ok(err)
	equal(f, "found", found, true)
	if !reflect.DeepEqual(looked, first.Inquiry) {
		f.Errorf("the key stands for %+v, want %+v", looked, first.Inquiry)
	}
	_, _, err = f.Replay(f.ctx, other)
	f.fails(err, naru.KindConflict, "idempotency_key_reused")
	got, replayed, err := f.Accept(f.ctx, again)
	f.ok(err)
	equal(f, "replayed", replayed, true)
	if !reflect.DeepEqual(got, first.Inquiry) {
		f.Errorf("replay returned %+v, want %+v", got, first.Inquiry)
	}
	_, _, err = f.Accept(f.ctx, other)
	f.fails(err, naru.KindConflict, "idempotency_key_reused")
	equal(f, "inquiries", f.balanced().Inquiries[naru.KindPatient], 1)

	// A refused inquiry uses up no key.
	refused := f.acceptance()
	refused.Key, refused.Inquiry.Reference = "second key", first.Inquiry.Reference
	_, _, err = f.Accept(f.ctx, refused)
	f.fails(err, naru.KindConflict, "reference_taken")
	_, _, err = f.Replay(f.ctx, refused)
	f.fails(err, naru.KindConflict, "reference_taken")
	retried := f.acceptance()
	retried.Key = "second key"
	_, replayed, err = f.Accept(f.ctx, retried)
	f.ok(err)
	equal(f, "replayed", replayed, false)

	// Nor does one without a key meet another.
	plain := f.acceptance()
	plain.Inquiry.Reference = first.Inquiry.Reference
	_, _, err = f.Accept(f.ctx, plain)
	f.fails(err, naru.KindConflict, "reference_taken")
	equal(f, "inquiries", f.balanced().Inquiries[naru.KindPatient], 2)
}

// testForgottenKey repeats a request when its key is too old, and when the
// inquiry is erased.
func testForgottenKey(f *fixture) {
	a := f.acceptance()
	a.Key, a.BodyDigest, a.KeysSince = "key", "digest", f.now
	_, _, err := f.Accept(f.ctx, a)
	f.ok(err)
	_, replayed, err := f.Accept(f.ctx, a)
	f.ok(err)
	equal(f, "replayed", replayed, true)
	old := a
	old.KeysSince = f.now.Add(time.Microsecond)
	for range 2 {
		_, _, err = f.Replay(f.ctx, old)
		f.fails(err, naru.KindConflict, "reference_taken")
		_, _, err = f.Accept(f.ctx, old)
		f.fails(err, naru.KindConflict, "reference_taken")
		f.erase(a.Inquiry.Reference)
		old = a
	}
	equal(f, "inquiries", f.balanced().Inquiries[naru.KindPatient], 1)
}

func testIdempotencyKeyRace(f *fixture) {
	const keys, clients = 8, 8
	var references [keys]naru.Reference
	for n := range references {
		references[n] = f.acceptance().Inquiry.Reference
	}
	var mutex sync.Mutex
	accepted := map[string]string{}
	fresh := 0
	var group sync.WaitGroup
	for n := range keys * clients {
		key := fmt.Sprintf("key %d", n%keys)
		a := f.acceptance()
		a.Key, a.BodyDigest, a.Inquiry.Reference = key, "digest", references[n%keys]
		group.Go(func() {
			got, replayed, err := f.Accept(f.ctx, a)
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				f.Error(err)
			}
			if !replayed {
				fresh++
			}
			if known, ok := accepted[key]; ok && known != got.ID {
				f.Errorf("%s has inquiries %s and %s", key, known, got.ID)
			}
			accepted[key] = got.ID
		})
	}
	group.Wait()
	equal(f, "accepted afresh", fresh, keys)
	equal(f, "inquiries", f.balanced().Inquiries[naru.KindPatient], keys)
}
