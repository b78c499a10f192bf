package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

const (
	// maxRetries of a transaction that lost against others, and maxReconnects
	// of one whose connection broke before COMMIT.
	maxRetries    = 10
	maxReconnects = 2
)

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

// tendJournal is for when all are answered.
func (g *groupCommitter) tendJournal() {
	if g.session != nil {
		g.store.journal.committed(context.Background(), g.session)
	}
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
	if err := g.session.begin(ctx); err != nil {
		g.disconnect()
		return nil, stageWork, err
	}
	t := &transaction{ctx: ctx, session: g.session, counts: map[string]int64{}}
	results := make([]error, len(group))
	var err error
	switch {
	case apart:
		if err = g.doApart(t, group, results); err == nil {
			err = t.finish(g.shard)
		}
	case len(group) == 1:
		err = protect(func() error {
			if err := group[0].work.do(t); err != nil {
				return err
			}
			return t.finish(g.shard)
		})
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
	if err := g.session.rollback(ctx); err != nil {
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
		return t.finish(g.shard)
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
	t.apart = true
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
