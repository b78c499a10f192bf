package storetest

import (
	"strconv"
	"time"

	"naru/internal/naru"
)

func testConversations(f *fixture) {
	now, ctx := f.now, f.ctx
	if state, err := f.Store.LoadConversation(ctx, "unknown"); state != nil || err != nil {
		f.Errorf("unknown conversation: %q, %v", state, err)
	}
	for _, id := range unstorable {
		if state, err := f.Store.LoadConversation(ctx, id); state != nil || err != nil {
			f.Errorf("conversation %q: %q, %v", id, state, err)
		}
		if turns, err := f.Store.Turns(ctx, id); len(turns) > 0 || err != nil {
			f.Errorf("turns of %q: %v, %v", id, turns, err)
		}
		for _, reply := range [][2]string{{id, "r"}, {"a", id}} {
			if _, _, err := f.Store.RateReply(ctx, reply[0], reply[1], true); !naru.IsKind(err, naru.KindNotFound) {
				f.Errorf("rated %q: %v", reply, err)
			}
		}
	}
	number := 0
	save := func(id, state string, expires time.Time) {
		f.Helper()
		number++
		step := naru.ConversationStep{
			ID: id, State: []byte(state), Expires: expires, ReplyID: "r" + strconv.Itoa(number), Number: number,
			Turn: naru.Turn{At: now, Language: "en", Kind: "answer", Question: "q" + strconv.Itoa(number), Answer: "a"},
		}
		if err := f.Store.SaveConversation(ctx, step); err != nil {
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
	turns, err := f.Store.Turns(ctx, "a")
	if err != nil || len(turns) != 2 || turns[0] != (naru.Turn{At: now, Language: "en", Kind: "answer", Question: "q1", Answer: "a"}) || turns[1].Question != "q2" {
		f.Errorf("turns: %+v, %v", turns, err)
	}
	if turns, err := f.Store.Turns(ctx, "b"); len(turns) != 0 || err != nil {
		f.Errorf("turns of an expired conversation: %+v, %v", turns, err)
	}
	for _, rate := range []struct{ helpful, changed bool }{{false, true}, {false, false}, {true, true}} {
		turn, changed, err := f.Store.RateReply(ctx, "a", "r2", rate.helpful)
		if err != nil || changed != rate.changed || turn.Question != "q2" {
			f.Errorf("rated %+v: %+v, %v, %v", rate, turn, changed, err)
		}
	}
	for _, unknown := range [][2]string{{"a", "r9"}, {"x", "r1"}, {"b", "r3"}} {
		if _, _, err := f.Store.RateReply(ctx, unknown[0], unknown[1], true); !naru.IsKind(err, naru.KindNotFound) {
			f.Errorf("rated %v: %v", unknown, err)
		}
	}
	if n, err := f.Store.DeleteExpiredConversations(ctx, now); n != 1 || err != nil {
		f.Errorf("%d removed, %v", n, err)
	}
	if state, err := f.Store.LoadConversation(ctx, "a"); state == nil || err != nil {
		f.Errorf("the other is gone: %v", err)
	}
	for range naru.KeptTurns + 3 {
		save("a", "{}", now.Add(time.Hour))
	}
	if turns, err := f.Store.Turns(ctx, "a"); len(turns) != naru.KeptTurns || turns[len(turns)-1].Question != "q"+strconv.Itoa(number) || err != nil {
		f.Errorf("%d turns kept, %v", len(turns), err)
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
