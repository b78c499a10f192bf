package bucket

import (
	"sync"
	"time"
)

// Taken counts the tokens taken from sets: by the name of the set and by key.
type Taken map[string]map[uint64]int

// maxNoted bounds the keys of one set in a Ledger: what a flood of keys takes
// beyond it, others do not hear of.
const maxNoted = 10_000

// Ledger lets sets of several processes count together. It notes what is taken
// from its sets here, for others to hear, and takes from them what others say.
// Between two exchanges each process counts for itself: what a key can have too
// much is a burst for each process more. It is safe for concurrent use.
type Ledger struct {
	mu    sync.Mutex // guards all below
	sets  map[string]*Set
	taken Taken
}

// NewLedger returns a ledger of no sets.
func NewLedger() *Ledger { return &Ledger{sets: make(map[string]*Set), taken: make(Taken)} }

// Add has a set counted under a name, which must be the same in all processes.
// It is called before the set is used, and does nothing for a nil ledger.
func (l *Ledger) Add(name string, s *Set) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sets[name] = s
	s.note = func(key uint64) { l.note(name, key) }
}

func (l *Ledger) note(name string, key uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	noted := l.taken[name]
	if noted == nil {
		noted = make(map[uint64]int)
		l.taken[name] = noted
	}
	if _, known := noted[key]; known || len(noted) < maxNoted {
		noted[key]++
	}
}

// Flush returns what was taken here since the last call; nil for nothing.
func (l *Ledger) Flush() Taken {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.taken) == 0 {
		return nil
	}
	taken := l.taken
	l.taken = make(Taken)
	return taken
}

// Settle takes what others took. Sets of other names are theirs alone.
func (l *Ledger) Settle(taken Taken, now time.Time) {
	for name, keys := range taken {
		l.mu.Lock()
		s := l.sets[name]
		l.mu.Unlock()
		if s == nil {
			continue
		}
		for key, n := range keys {
			s.drain(key, n, now)
		}
	}
}
