// Package lazy makes things when they are first asked for, and keeps them: what
// is the same for everybody but costs too much to make at the start, where most
// of it may never be wanted.
//
// Everything is safe for concurrent use: those who ask for one thing at the same
// time wait for its one making, those who ask for another are not held up. What
// fails once fails for ever with the same error, so that only what depends on
// nothing that comes and goes belongs here.
package lazy

import (
	"sync"
	"sync/atomic"
)

// Map keeps one value for each key. Keys must be of a bounded set: none is ever
// forgotten.
type Map[K comparable, V any] struct {
	make func(K) (V, error)
	kept sync.Map // K → *value[V]
}

// value is one of a map. made tells that get need not make it any more.
type value[V any] struct {
	get  func() (V, error)
	made atomic.Bool
}

// New returns a map whose values are made by the function, which is called at
// most once for each key.
func New[K comparable, V any](make func(K) (V, error)) *Map[K, V] { return &Map[K, V]{make: make} }

// Get returns the value of the key, or the error of making it.
func (m *Map[K, V]) Get(key K) (V, error) {
	kept, ok := m.kept.Load(key)
	if !ok {
		v := &value[V]{}
		v.get = sync.OnceValues(func() (V, error) {
			defer v.made.Store(true)
			return m.make(key)
		})
		kept, _ = m.kept.LoadOrStore(key, v)
	}
	return kept.(*value[V]).get()
}

// Prepare makes the values of several keys side by side, as far as they are not
// made yet, and returns when they are.
func (m *Map[K, V]) Prepare(keys ...K) {
	var work sync.WaitGroup
	for _, key := range keys {
		if kept, ok := m.kept.Load(key); !ok || !kept.(*value[V]).made.Load() {
			work.Go(func() { _, _ = m.Get(key) })
		}
	}
	work.Wait()
}
