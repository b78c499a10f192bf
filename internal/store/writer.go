package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// work is one caller's change. It may be executed more than once (the
// transaction of the earlier time was rolled back), so it starts afresh each
// time.
type work interface {
	// do makes the change. An error undoes all of it.
	do(t *transaction) error
	// refusal is the error for the caller when do found that there is nothing
	// to do and wrote nothing.
	refusal() error
}

// mergeable is work that one set of statements can do for many callers.
type mergeable interface {
	work
	// doAll does the work of all, which are of the receiver's type. errApart
	// says that they must be done one by one.
	doAll(t *transaction, all []work) error
}

// errApart asks for a group to be undone and its work to be done one by one.
var errApart = errors.New("store: to be done one by one")

// workFunc is work that needs nothing but a function.
type workFunc func(t *transaction) error

func (f workFunc) do(t *transaction) error { return f(t) }
func (workFunc) refusal() error            { return nil }

// urgency chooses the queue.
type urgency bool

const (
	// foreground is for requests from the public: refused when the queue is
	// full.
	foreground urgency = false
	// background is for workers' marks: they wait for a place, as a lost mark
	// is a repeated mail, and there are no more of them than workers.
	background urgency = true
)

// operation is work with its caller's wait.
type operation struct {
	name   string
	work   work
	weight int // bytes
	// taken decides between a writer that begins and a caller that leaves.
	taken atomic.Bool
	done  chan error
}

// writer is the set of goroutines that write.
type writer struct {
	store      *Store
	limit      int
	requests   chan *operation
	marks      chan *operation
	stopping   chan struct{}
	goroutines sync.WaitGroup
	// turn holds a token while no other writer may collect a group.
	turn chan struct{}
	// closed guards against enqueueing after the last look into the queues.
	closedMutex sync.RWMutex
	closed      bool
}

const (
	// maxGroupBytes bounds a group with chunks of documents in it, so that
	// small writes do not wait long behind uploads.
	maxGroupBytes = 4 << 20
	// shards is the number of rows each counter is spread over.
	shards = 64
	// atTheDoor is how often an idle writer lets others run after the first mark.
	// Most pairs so are committed together.
	atTheDoor = 8
	// enough operations are worth a transaction of their own beside another that is
	// under way; fewer wait for it, to be committed with those that come meanwhile,
	// but no longer than patience.
	enough   = 16
	patience = 10 * time.Millisecond
)

func startWriter(s *Store, limit, waiting int) *writer {
	w := &writer{
		store: s, limit: limit, stopping: make(chan struct{}), turn: make(chan struct{}, 1),
		requests: make(chan *operation, waiting), marks: make(chan *operation, waiting),
	}
	// Other processes draw their own shards; a shared one only makes commits
	// wait for each other.
	first := rand.IntN(shards)
	for i := range s.dialect.writers {
		w.goroutines.Go(func() { w.run(int64(first+i) % shards) })
	}
	return w
}

// stop finishes what waits. It reports false when it was called before.
func (w *writer) stop() bool {
	w.closedMutex.Lock()
	first := !w.closed
	w.closed = true
	w.closedMutex.Unlock()
	if first {
		close(w.stopping)
	}
	w.goroutines.Wait()
	return first
}

// submit waits until the work is committed or has failed. When ctx ends
// first, work that has not begun is taken back.
func (w *writer) submit(ctx context.Context, name string, u urgency, weight int, work work) error {
	op := &operation{name: name, work: work, weight: weight, done: make(chan error, 1)}
	if err := w.enqueue(ctx, u, op); err != nil {
		return err
	}
	select {
	case err := <-op.done:
		return err
	case <-ctx.Done():
	}
	if op.taken.CompareAndSwap(false, true) {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return overloaded(name, ctx.Err())
		}
		return w.store.translate(name, ctx.Err())
	}
	return <-op.done
}

func (w *writer) enqueue(ctx context.Context, u urgency, op *operation) error {
	if err := ctx.Err(); err != nil {
		return w.store.translate(op.name, err)
	}
	w.closedMutex.RLock()
	defer w.closedMutex.RUnlock()
	if w.closed {
		return unavailable(op.name, errors.New("store is closed"))
	}
	if u == foreground {
		select {
		case w.requests <- op:
			return nil
		default:
			return overloaded(op.name, nil)
		}
	}
	select {
	case w.marks <- op:
		return nil
	case <-ctx.Done():
		return overloaded(op.name, ctx.Err())
	}
}

// run is a writer goroutine.
func (w *writer) run(shard int64) {
	g := &groupCommitter{store: w.store, shard: shard}
	defer g.disconnect()
	group := make([]*operation, 0, w.limit)
	for {
		w.turn <- struct{}{}
		group = w.collect(group[:0])
		end := w.keepTurn(group)
		if len(group) == 0 {
			end()
			return
		}
		g.commit(group)
		end()
		g.tendJournal()
		clear(group)
		// The callers just answered may have their next operation at hand: let
		// them run first. This is no lingering, and makes groups a third larger.
		runtime.Gosched()
	}
}

// keepTurn ends the writer's turn to collect groups when another group should not
// wait for this one: at once, after a while, or when end is called.
func (w *writer) keepTurn(group []*operation) (end func()) {
	pass := func() { <-w.turn }
	if len(group) >= enough {
		pass()
		return func() {}
	}
	timer := time.AfterFunc(patience, pass)
	return func() {
		if timer.Stop() {
			pass()
		}
	}
}

// collect waits for an operation and takes what else is waiting, without
// lingering. Marks come first, for they empty the backlog, but while requests
// wait they get at most half a group. It returns none when the queues are
// empty and the writer is stopping.
func (w *writer) collect(group []*operation) []*operation {
	bytes := 0
	take := func(op *operation) {
		if op.taken.CompareAndSwap(false, true) {
			group = append(group, op)
			bytes += op.weight
		}
	}
	fill := func(queue <-chan *operation, limit int) {
		for len(group) < limit && bytes < maxGroupBytes {
			select {
			case op := <-queue:
				take(op)
			default:
				return
			}
		}
	}
	for {
		fill(w.marks, max(1, w.limit/2))
		fill(w.requests, w.limit)
		fill(w.marks, w.limit)
		if len(group) > 0 {
			return group
		}
		select {
		case op := <-w.marks:
			take(op)
			// Marks come in pairs, for the two mails of an inquiry: the other is
			// likely to be at the door.
			for range atTheDoor {
				runtime.Gosched()
			}
		case op := <-w.requests:
			take(op)
		case <-w.stopping:
			// closed is set: what is in the queues now is all there is.
			if len(w.marks) == 0 && len(w.requests) == 0 {
				return nil
			}
		}
	}
}

// write hands work to the writers.
func (s *Store) write(ctx context.Context, name string, u urgency, work work) error {
	return s.writer.submit(ctx, name, u, 0, work)
}
