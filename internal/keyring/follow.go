package keyring

import (
	"slices"
	"sync/atomic"

	"naru/internal/naru"
)

// Following is a ring whose file may get new keys while the program runs. It
// seals with the ring that it was made of until the end, and opens also what
// others have sealed with keys that came later. It is safe for concurrent use.
type Following struct {
	*Ring
	path   string
	latest atomic.Pointer[Ring]
}

// Follow takes a ring and the file it was read from.
func Follow(ring *Ring, path string) *Following {
	f := &Following{Ring: ring, path: path}
	f.latest.Store(ring)
	return f
}

// Open is Ring.Open, with the keys that the file has now when those known do
// not suffice.
func (f *Following) Open(sealed []byte, context ...string) ([]byte, error) {
	plain, err := f.latest.Load().Open(sealed, context...)
	id, marked := sealedWith(sealed)
	if err == nil || !marked || naru.AsError(err).Code != "key_unknown" {
		return plain, err
	}
	newer, readErr := ReadFile(f.path)
	if readErr != nil || !slices.ContainsFunc(newer.Keys(), func(k Key) bool { return k.ID == id }) {
		return nil, err
	}
	f.latest.Store(newer)
	return newer.Open(sealed, context...)
}
