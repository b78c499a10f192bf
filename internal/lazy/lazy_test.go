package lazy_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"naru/internal/lazy"
)

func TestEachValueIsMadeOnce(t *testing.T) {
	t.Parallel()
	var made [3]atomic.Int32
	failure := errors.New("no twos")
	m := lazy.New(func(key int) (int, error) {
		made[key].Add(1)
		if key == 2 {
			return 0, failure
		}
		return 10 * key, nil
	})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for key := range made {
				value, err := m.Get(key)
				if key == 2 && err != failure || key != 2 && (err != nil || value != 10*key) {
					t.Errorf("Get(%d) = %d, %v", key, value, err)
				}
			}
		})
	}
	all.Wait()
	for key := range made {
		if n := made[key].Load(); n != 1 {
			t.Errorf("%d was made %d times", key, n)
		}
	}
}

// A value that takes long holds up nobody who asks for another.
func TestOtherValuesAreNotHeldUp(t *testing.T) {
	t.Parallel()
	slow := make(chan struct{})
	m := lazy.New(func(key string) (string, error) {
		if key == "slow" {
			<-slow
		}
		return key, nil
	})
	done := make(chan string)
	go func() {
		value, _ := m.Get("slow")
		done <- value
	}()
	if value, err := m.Get("quick"); value != "quick" || err != nil {
		t.Errorf("Get = %q, %v", value, err)
	}
	close(slow)
	if value := <-done; value != "slow" {
		t.Errorf("Get = %q", value)
	}
}

// What is prepared is made, what is not only when it is asked for; an error is
// kept for those who ask.
func TestPreparedValuesAreMade(t *testing.T) {
	t.Parallel()
	var made [4]atomic.Int32
	failure := errors.New("no twos")
	m := lazy.New(func(key int) (int, error) {
		made[key].Add(1)
		if key == 2 {
			return 0, failure
		}
		return key, nil
	})
	m.Prepare(1, 2, 2)
	m.Prepare(2, 3, 1)
	for key, want := range []int32{0, 1, 1, 1} {
		if n := made[key].Load(); n != want {
			t.Errorf("%d was made %d times, wanted %d", key, n, want)
		}
	}
	if _, err := m.Get(2); err != failure {
		t.Errorf("Get = %v", err)
	}
}
