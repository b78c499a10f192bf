package app

import (
	"context"
	"errors"
	"fmt"
)

// stack is what has been started, in order, so that it can be stopped in
// reverse. It belongs to one goroutine; failed alone is read by others.
type stack struct {
	stops []stop
	// failed gets the first error of a running part.
	failed chan error
	// working is the context of the parts that run, ended by stopWorking.
	working     context.Context
	stopWorking context.CancelFunc
}

type stop struct {
	name string
	run  func(context.Context) error
}

func newStack() *stack {
	s := &stack{failed: make(chan error, 1)}
	s.working, s.stopWorking = context.WithCancel(context.Background())
	return s
}

// push adds the way to stop what was just started.
func (s *stack) push(name string, run func(context.Context) error) {
	s.stops = append(s.stops, stop{name, run})
}

// run starts a part that works until its context ends; when it ends by itself
// with an error, the program stops. The parts are told to stop all together,
// when anything is to, so that none spends the others' time, nor slow clients
// that of mails being sent; then each is waited for.
func (s *stack) run(name string, part func(context.Context) error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := part(s.working); err != nil {
			s.fail(fmt.Errorf("%s: %w", name, err))
		}
	}()
	s.push(name, func(deadline context.Context) error { return until(deadline, done) })
}

func (s *stack) fail(err error) {
	select {
	case s.failed <- err:
	default: // the program is stopping already because of another
	}
}

// unwind stops everything in reverse order under one deadline. A part that does
// not stop in time is left behind, and the others are stopped all the same.
func (s *stack) unwind(ctx context.Context) error {
	s.stopWorking()
	var problems []error
	for len(s.stops) > 0 {
		last := s.stops[len(s.stops)-1]
		s.stops = s.stops[:len(s.stops)-1]
		if err := last.run(ctx); err != nil {
			problems = append(problems, fmt.Errorf("stop %s: %w", last.name, err))
		}
	}
	return errors.Join(problems...)
}

// within waits for f until ctx ends; f then goes on alone.
func within(ctx context.Context, f func()) error {
	done := make(chan struct{})
	go func() { f(); close(done) }()
	return until(ctx, done)
}

// until waits for done, which counts also when ctx has ended, too.
func until(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-done:
		return nil
	default:
		return ctx.Err()
	}
}
