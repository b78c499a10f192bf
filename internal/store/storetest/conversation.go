package storetest

import (
	"time"

	"naru/internal/naru"
)

func testConversations(f *fixture) {
	now, ctx := f.now, f.ctx
	if state, err := f.Store.LoadConversation(ctx, "unknown"); state != nil || err != nil {
		f.Errorf("unknown conversation: %q, %v", state, err)
	}
	save := func(id, state string, expires time.Time) {
		f.Helper()
		if err := f.Store.SaveConversation(ctx, id, []byte(state), expires); err != nil {
			f.Fatal(err)
		}
	}
	save("a", `{"v":1}`, now.Add(time.Hour))
	save("a", `{"v":2}`, now.Add(time.Hour))
	save("b", `{"v":3}`, now.Add(-time.Second))
	if state, err := f.Store.LoadConversation(ctx, "a"); string(state) != `{"v":2}` || err != nil {
		f.Errorf("kept: %q, %v", state, err)
	}
	if state, err := f.Store.LoadConversation(ctx, "b"); state != nil || err != nil {
		f.Errorf("expired: %q, %v", state, err)
	}
	if n, err := f.Store.DeleteExpiredConversations(ctx, now); n != 1 || err != nil {
		f.Errorf("%d removed, %v", n, err)
	}
	if state, err := f.Store.LoadConversation(ctx, "a"); state == nil || err != nil {
		f.Errorf("the other is gone: %v", err)
	}
}

func testMisses(f *fixture) {
	now, ctx := time.Now().UTC().Truncate(time.Microsecond), f.ctx
	count := func(language, question string, at time.Time) {
		f.Helper()
		if err := f.Store.CountMiss(ctx, naru.Miss{Language: language, Kind: "declined", Question: question, Words: "w", LastAt: at}); err != nil {
			f.Fatal(err)
		}
	}
	count("en", "often", now.Add(-time.Hour))
	count("en", "often", now)
	count("en", "once", now.Add(-2*time.Hour))
	count("ko", "often", now.Add(-3*time.Hour))
	misses, err := f.Store.Misses(ctx, 10)
	if err != nil || len(misses) != 3 {
		f.Fatalf("%+v, %v", misses, err)
	}
	if first := misses[0]; first != (naru.Miss{Language: "en", Kind: "declined", Question: "often", Words: "w", Count: 2, LastAt: now}) {
		f.Errorf("%+v", first)
	}
	if n, err := f.Store.DeleteOldMisses(ctx, now.Add(-90*time.Minute)); n != 2 || err != nil {
		f.Errorf("%d removed, %v", n, err)
	}
	if left, err := f.Store.Misses(ctx, 1); err != nil || len(left) != 1 {
		f.Errorf("%+v, %v", left, err)
	}
}
