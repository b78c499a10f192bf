package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/naru"
	"naru/internal/store"
	"naru/internal/store/pgtest"
)

// engines are the databases to measure, with a driver for a second way in.
// PostgreSQL is set to sync, which the other tests do without.
// Each call of url makes a new database.
func engines(b *testing.B, run func(b *testing.B, driver string, url func(b *testing.B) string)) {
	b.Run("sqlite", func(b *testing.B) {
		run(b, "sqlite", func(b *testing.B) string { return filepath.Join(b.TempDir(), "naru.db") })
	})
	b.Run("postgres", func(b *testing.B) {
		pgtest.Durable(b, pgtest.URL(b))
		run(b, "pgx", func(b *testing.B) string { return pgtest.URL(b) })
	})
}

func benchStore(b *testing.B, options store.Options) *store.Store {
	options.Clock = time.Now
	s := open(b, options)
	if _, err := s.Migrate(context.Background()); err != nil {
		b.Fatal(err)
	}
	return s
}

// spread runs f b.N times in all, by c goroutines.
func spread(b *testing.B, c int, f func(n int) error) {
	var next atomic.Int64
	var group sync.WaitGroup
	b.ResetTimer()
	b.StartTimer()
	for range c {
		group.Go(func() {
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				if err := f(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

// BenchmarkSealed compares a database that is encrypted with one that is not:
// inquiries in and out, and documents of 20 MiB in and out.
func BenchmarkSealed(b *testing.B) {
	engines(b, func(b *testing.B, _ string, url func(b *testing.B) string) {
		for name, keys := range map[string]store.Sealer{"sealed": newKeys(b), "readable": nil} {
			s := benchStore(b, store.Options{URL: url(b), Keys: keys})
			accept := func(n int) error {
				_, _, err := s.Accept(context.Background(), inquiry("sealed", n))
				return err
			}
			if err := accept(0); err != nil {
				b.Fatal(err)
			}
			prefix := 1
			b.Run("accept/c=64/"+name, func(b *testing.B) {
				first := prefix
				prefix += b.N
				spread(b, 64, func(n int) error { return accept(first + n) })
			})
			b.Run("read/c=1/"+name, func(b *testing.B) {
				spread(b, 1, func(int) error {
					_, err := s.InquiryByID(context.Background(), "sealed-000000")
					return err
				})
			})
			b.Run("document/"+name, func(b *testing.B) {
				chunk := make([]byte, store.MaxChunkBytes)
				const chunks = 20 << 20 / store.MaxChunkBytes
				b.SetBytes(2 * chunks * store.MaxChunkBytes) // in and out
				for b.Loop() {
					a := naru.Attachment{ID: fmt.Sprint("document", prefix), CreatedAt: time.Now(), Size: chunks * store.MaxChunkBytes}
					prefix++
					err := s.CreateAttachment(context.Background(), a)
					for n := 0; n < chunks && err == nil; n++ {
						err = s.AppendChunk(context.Background(), a.ID, n, chunk)
					}
					if err == nil {
						err = s.CompleteAttachment(context.Background(), a)
					}
					if err == nil {
						err = s.AttachmentChunks(context.Background(), a.ID, func([]byte) error { return nil })
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

// BenchmarkAccept compares one transaction per inquiry with group commit, at
// several numbers of clients, and both with a bare program that writes the
// same rows from one goroutine.
func BenchmarkAccept(b *testing.B) {
	engines(b, func(b *testing.B, driver string, url func(b *testing.B) string) {
		for _, size := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("bare/group=%d", size), func(b *testing.B) { bareAccept(b, driver, url(b), size) })
		}
		for _, limit := range []int{1, 256} {
			for _, clients := range []int{1, 16, 64} {
				b.Run(fmt.Sprintf("store/limit=%d/c=%d", limit, clients), func(b *testing.B) {
					s := benchStore(b, store.Options{URL: url(b), GroupLimit: limit})
					prefix := fmt.Sprint(time.Now().UnixNano())
					spread(b, clients, func(n int) error {
						_, _, err := s.Accept(context.Background(), inquiry(prefix, n))
						return err
					})
				})
			}
		}
	})
}

// bareAccept writes the rows of an acceptance with prepared statements, size
// inquiries per transaction.
func bareAccept(b *testing.B, driver, url string, size int) {
	benchStore(b, store.Options{URL: url})
	if driver == "sqlite" {
		url = "file:" + url + "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)&_txlock=immediate"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	var prepared [2]*sql.Stmt
	for i, text := range []string{
		`INSERT INTO inquiries (id, reference, kind, language, country, team_id, accepted_us, deliveries_expected, body)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 2, $8)`,
		`INSERT INTO deliveries (id, inquiry_id, kind, state, team_id, about, message_id, request_id, created_us, waiting_us, give_up_us, next_us)
			VALUES ($1, $2, $3, 'pending', $4, '', $5, $6, $7, $8, $9, $10)`,
	} {
		if prepared[i], err = db.Prepare(text); err != nil {
			b.Fatal(err)
		}
	}
	prefix := fmt.Sprint("bare", time.Now().UnixNano())
	b.ResetTimer()
	for n := 0; n < b.N; n += size {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		for i := n; i < min(n+size, b.N); i++ {
			a := inquiry(prefix, i)
			in, now := a.Inquiry, a.Inquiry.AcceptedAt.UnixMicro()
			body, err := json.Marshal(in)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := tx.Stmt(prepared[0]).Exec(in.ID, string(in.Reference), string(in.Kind), in.Language, in.Contact.Country, in.TeamID, now, string(body)); err != nil {
				b.Fatal(err)
			}
			for _, d := range a.Deliveries {
				if _, err := tx.Stmt(prepared[1]).Exec(d.ID, in.ID, string(d.Kind), d.TeamID, d.MessageID, in.RequestID, now, now, now, now); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

// BenchmarkDelivery measures what a mail costs the store: marked as queued in
// a window, claimed and finished.
func BenchmarkDelivery(b *testing.B) {
	engines(b, func(b *testing.B, _ string, url func(b *testing.B) string) {
		for _, workers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
				s := benchStore(b, store.Options{URL: url(b)})
				prefix := fmt.Sprint(time.Now().UnixNano())
				window := make([]naru.Queued, 0, b.N)
				spread(b, 64, func(n int) error {
					_, _, err := s.Accept(context.Background(), inquiry(prefix, n))
					return err
				})
				for n := range b.N {
					window = append(window, naru.Queued{Dispatch: naru.Dispatch{DeliveryID: fmt.Sprintf("%s-%06d-t", prefix, n+1)}, Sequence: uint64(n)})
				}
				if err := s.MarkQueued(context.Background(), "epoch", window); err != nil {
					b.Fatal(err)
				}
				name := "worker"
				spread(b, workers, func(n int) error {
					now := time.Now()
					d, err := s.ClaimDelivery(context.Background(), naru.Claim{Dispatch: window[n-1].Dispatch, Worker: name, Now: now, LeaseUntil: now.Add(time.Minute)})
					if err != nil {
						return err
					}
					return s.FinishAttempt(context.Background(), naru.AttemptResult{
						DeliveryID: d.ID, Number: d.Attempt, Worker: name, StartedAt: d.StartedAt, EndedAt: now, Outcome: naru.OutcomeDelivered, State: naru.StateDelivered,
					})
				})
			})
		}
	})
}
