package guard

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"naru/internal/bucket"
)

// watch is a guard with a clock that tests set.
func watch(t testing.TB, change func(*Options)) (*Guard, *time.Time) {
	t.Helper()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	o := Options{Key: []byte("sixteen bytes or more"), Rates: []bucket.Rate{{PerSecond: 1.0 / 6, Burst: 10}, {PerSecond: 1.0 / 60, Burst: 60}}, Bits: 8, Clock: func() time.Time { return now }}
	if change != nil {
		change(&o)
	}
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return g, &now
}

func solve(c Challenge) string {
	for n := 0; ; n++ {
		if nonce := strconv.Itoa(n); Solves(c.Text, nonce, c.Bits) {
			return nonce
		}
	}
}

// A morning in a hospital whose patients share one address: nobody is refused,
// with or without a script.
func TestNobodyIsLockedOutOfASharedAddress(t *testing.T) {
	t.Parallel()
	g, now := watch(t, nil)
	asked, waited := 0, 0
	for n := range 200 {
		*now = now.Add(3 * time.Second)
		a := Attempt{Client: "hospital", Text: fmt.Sprintf("My case is number %d", n), Name: fmt.Sprint("inquiry ", n)}
		c, ok := g.Admit(a)
		if ok {
			continue
		}
		asked++
		a.Challenge = c.Text
		if n%4 != 0 {
			a.Nonce = solve(c)
		} else {
			waited++
			if _, early := g.Admit(a); early {
				t.Fatalf("inquiry %d passed without waiting", n)
			}
			*now = now.Add(c.Wait)
		}
		if _, ok := g.Admit(a); !ok {
			t.Fatalf("inquiry %d was refused with a proof", n)
		}
		if c.Bits > 8+3 {
			t.Errorf("inquiry %d was asked for %d bits", n, c.Bits)
		}
	}
	if asked < 100 || waited < 20 {
		t.Errorf("%d were asked for proof, %d waited: the test is blind", asked, waited)
	}
}

func TestFewAreAskedForAnything(t *testing.T) {
	t.Parallel()
	g, _ := watch(t, nil)
	for n := range 10 {
		if _, ok := g.Admit(Attempt{Client: "home", Text: fmt.Sprint("text ", n), Name: fmt.Sprint(n)}); !ok {
			t.Errorf("inquiry %d was asked for proof", n)
		}
	}
	if _, ok := g.Admit(Attempt{Client: "home", Text: "text", Name: "one more"}); ok {
		t.Error("the eleventh at once was not")
	}
	if _, ok := g.Admit(Attempt{Client: "elsewhere", Text: "text", Name: "x"}); !ok {
		t.Error("another address was")
	}
	for n := range 100 {
		if _, ok := g.Admit(Attempt{Text: "the same", Name: fmt.Sprint(n)}); !ok {
			t.Fatal("a client that may do everything was asked for proof")
		}
	}
}

func TestTextsAreSuspicious(t *testing.T) {
	t.Parallel()
	g, _ := watch(t, nil)
	for n, text := range []string{"Buy this", " buy  THIS\n", "buy this", "Buy this", "BUY THIS"} {
		if _, ok := g.Admit(Attempt{Client: fmt.Sprint("bot ", n), Text: text, Name: fmt.Sprint(n)}); ok != (n < 3) {
			t.Errorf("the same text for the %d. time: %v", n+1, ok)
		}
	}
	links := strings.Repeat("https://shop.example ", 4)
	if _, ok := g.Admit(Attempt{Client: "bot", Text: links, Name: "links"}); ok {
		t.Error("a text of links passed")
	}
}

// A proof is for one name, one address and one hour, and must be ours.
func TestProofsCannotBePassedOn(t *testing.T) {
	t.Parallel()
	g, now := watch(t, func(o *Options) { o.Rates = []bucket.Rate{{PerSecond: 0, Burst: 1}} })
	a := Attempt{Client: "home", Text: "a", Name: "one"}
	g.Admit(a)
	c, ok := g.Admit(a)
	if ok {
		t.Fatal("nothing was asked for")
	}
	a.Challenge, a.Nonce = c.Text, solve(c)
	for what, change := range map[string]func(*Attempt){
		"name": func(a *Attempt) { a.Name = "two" }, "address": func(a *Attempt) { a.Client = "elsewhere, again" }, "nonce": func(a *Attempt) { a.Nonce = "x" + a.Nonce },
		"challenge": func(a *Attempt) { a.Challenge = strings.ToUpper(a.Challenge) }, "nothing": func(a *Attempt) { a.Challenge = "" },
	} {
		changed := a
		change(&changed)
		if g.proved(changed, *now) {
			t.Errorf("with another %s it is a proof", what)
		}
	}
	other, _ := watch(t, func(o *Options) { o.Key = []byte("another key of this length") })
	if other.proved(a, *now) {
		t.Error("the proof of another key holds")
	}
	if !g.proved(a, *now) {
		t.Error("the proof itself does not")
	}
	if g.proved(a, now.Add(validity+time.Minute)) {
		t.Error("it holds for ever")
	}
}

// Waiting is no way for programs: few pass that way.
func TestWaitingIsForFew(t *testing.T) {
	t.Parallel()
	g, now := watch(t, func(o *Options) { o.Rates = []bucket.Rate{{PerSecond: 0, Burst: 1}} })
	var kept []Attempt
	for n := range 100 {
		a := Attempt{Client: "bot", Text: fmt.Sprint(n), Name: fmt.Sprint(n)}
		c, _ := g.Admit(a)
		a.Challenge = c.Text
		kept = append(kept, a)
	}
	*now = now.Add(time.Minute)
	passed := 0
	for _, a := range kept {
		if _, ok := g.Admit(a); ok {
			passed++
		}
	}
	if passed > 5 {
		t.Errorf("%d passed by waiting once", passed)
	}
	*now = now.Add(20 * time.Second)
	if _, ok := g.Admit(kept[99]); !ok {
		t.Error("nobody passes any more")
	}
}

func TestNewWantsAKey(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{}, {Key: make([]byte, 16)}, {Key: []byte("short"), Rates: []bucket.Rate{{PerSecond: 1, Burst: 1}}}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
