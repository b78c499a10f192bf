package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
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
	// maxRetries of a transaction that lost against others, and maxReconnects
	// of one whose connection broke before COMMIT.
	maxRetries    = 10
	maxReconnects = 2
)

func startWriter(s *Store, limit, waiting int) *writer {
	w := &writer{
		store: s, limit: limit, stopping: make(chan struct{}),
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
		group = w.collect(group[:0])
		if len(group) == 0 {
			return
		}
		g.commit(group)
		clear(group)
		// The callers just answered may have their next operation at hand: let
		// them run first. This is no lingering, and makes groups a third larger.
		runtime.Gosched()
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

// groupCommitter commits groups over one connection.
type groupCommitter struct {
	store   *Store
	shard   int64
	session *session
}

func (g *groupCommitter) disconnect() {
	if g.session == nil {
		return
	}
	if err := g.session.close(); err != nil {
		g.store.logger.Debug("closing a database connection failed", slog.Any("error", err))
	}
	g.session = nil
}

// commit answers every operation of the group.
func (g *groupCommitter) commit(group []*operation) {
	apart := false
	retries, reconnects := 0, 0
	for {
		results, stage, err := g.try(group, apart)
		if err == nil {
			for i, op := range group {
				op.done <- g.store.translate(op.name, results[i])
			}
			return
		}
		if errors.Is(err, errApart) && !apart {
			apart = true
			continue
		}
		class := g.store.dialect.classify(err)
		timeout := errors.Is(err, context.DeadlineExceeded)
		if class == classRetry && retries < maxRetries {
			retries++
			time.Sleep(rand.N(time.Duration(retries) * 5 * time.Millisecond))
			continue
		}
		if class == classConnection || timeout {
			g.disconnect()
			if stage == stageWork && !timeout && reconnects < maxReconnects {
				reconnects++
				continue
			}
		}
		if stage == stageCommit {
			// Whatever the cause, it may have been committed or not.
			err = unavailable("commit", err)
		}
		for _, op := range group {
			op.done <- g.store.translate(op.name, err)
		}
		return
	}
}

type stage int

const (
	// stageWork: nothing can have been committed.
	stageWork stage = iota
	// stageCommit: COMMIT was sent.
	stageCommit
)

// try runs the group as one transaction: without savepoints first, as
// failures are rare; apart, each in a savepoint of its own. The results are
// those of a committed transaction.
func (g *groupCommitter) try(group []*operation, apart bool) ([]error, stage, error) {
	ctx, begin := context.Background(), time.Now()
	if g.store.dialect.groupTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, g.store.dialect.groupTimeout)
		defer cancel()
	}
	if g.session == nil {
		session, err := openSession(ctx, g.store.writing, &g.store.dialect)
		if err != nil {
			return nil, stageWork, err
		}
		g.session = session
	}
	if _, err := g.session.exec(ctx, g.store.dialect.begin); err != nil {
		g.disconnect()
		return nil, stageWork, err
	}
	t := &transaction{ctx: ctx, session: g.session, counts: map[string]int64{}}
	results := make([]error, len(group))
	var err error
	switch {
	case apart:
		err = g.doApart(t, group, results)
	case len(group) == 1:
		err = protect(func() error { return group[0].work.do(t) })
		if err == nil {
			err = t.failed
		}
		if err != nil && !g.concernsAll(err) {
			// Alone, its failure is the result, and there is nothing to commit.
			results[0] = err
			g.rollback(ctx)
			return results, stageWork, nil
		}
		results[0] = group[0].work.refusal()
	default:
		err = g.doTogether(t, group, results)
	}
	if err == nil {
		err = t.flushCounts(g.shard)
	}
	if err != nil {
		g.rollback(ctx)
		return nil, stageWork, err
	}
	if _, err := g.session.exec(ctx, "COMMIT"); err != nil {
		g.rollback(ctx)
		return nil, stageCommit, err
	}
	g.store.committed(time.Since(begin), len(group))
	return results, stageCommit, nil
}

// rollback ends the transaction, if need be with its connection.
func (g *groupCommitter) rollback(ctx context.Context) {
	if _, err := g.session.exec(ctx, "ROLLBACK"); err != nil {
		g.disconnect()
	}
}

// doTogether does all work of the same type at once; the order among callers
// that all still wait is ours to choose. Any failure is errApart, except
// those that concern the transaction as a whole.
func (g *groupCommitter) doTogether(t *transaction, group []*operation, results []error) error {
	err := protect(func() error {
		families := map[string][]work{}
		for _, op := range group {
			m, ok := op.work.(mergeable)
			if !ok {
				if err := op.work.do(t); err != nil {
					return err
				}
				continue
			}
			families[op.name] = append(families[op.name], m)
		}
		for _, all := range families {
			if err := all[0].(mergeable).doAll(t, all); err != nil {
				return err
			}
		}
		return t.failed
	})
	if err != nil {
		if g.concernsAll(err) {
			return err
		}
		return errApart
	}
	for i, op := range group {
		results[i] = op.work.refusal()
	}
	return nil
}

// doApart gives each operation a savepoint, so that one that fails is undone
// alone.
func (g *groupCommitter) doApart(t *transaction, group []*operation, results []error) error {
	counts := t.counts
	for i, op := range group {
		if _, err := t.exec("SAVEPOINT operation"); err != nil {
			return err
		}
		t.counts = map[string]int64{}
		err := protect(func() error { return op.work.do(t) })
		if err == nil {
			err = t.failed
		}
		if err == nil {
			results[i] = op.work.refusal()
			for name, delta := range t.counts {
				counts[name] += delta
			}
		} else {
			if g.concernsAll(err) {
				return err
			}
			results[i], t.failed = err, nil
			if _, err := t.exec("ROLLBACK TO SAVEPOINT operation"); err != nil {
				return err
			}
		}
		if _, err := t.exec("RELEASE SAVEPOINT operation"); err != nil {
			return err
		}
	}
	t.counts = counts
	return nil
}

// concernsAll tells a failure of the whole transaction from one of a single
// operation. SQLite, for one, has undone everything when the disk is full.
func (g *groupCommitter) concernsAll(err error) bool {
	switch g.store.dialect.classify(err) {
	case classRetry, classConnection, classUnavailable:
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// protect turns a panic into an error: it is one request's fault, and the
// writers are everybody's.
func protect(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store: panic in a write: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// write hands work to the writers.
func (s *Store) write(ctx context.Context, name string, u urgency, work work) error {
	return s.writer.submit(ctx, name, u, 0, work)
}
