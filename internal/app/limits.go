package app

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"naru/internal/bucket"
	"naru/internal/guard"
	"naru/internal/server"
)

// tellTakenEvery is how long each process counts for itself.
const tellTakenEvery = 100 * time.Millisecond

// takenMessage tells what was taken from rate limits in a process: counts by
// digests that only processes with the key can make of an address or a text.
type takenMessage struct {
	Process string       `json:"process"`
	Taken   bucket.Taken `json:"taken"`
}

// rates are the limits per client as the configuration has them.
func (p *program) rates() server.Rates {
	l := p.Config.Limits
	return server.Rates{Submit: []bucket.Rate{
		{PerSecond: float64(l.InquiriesPerMinute) / time.Minute.Seconds(), Burst: l.Burst},
		{PerSecond: float64(l.InquiriesPerHour) / time.Hour.Seconds(), Burst: l.InquiriesPerHour},
	}}
}

// guard asks for proof where more inquiries come from one address than limits
// say.
func (p *program) guard(ledger *bucket.Ledger) (*guard.Guard, error) {
	key, err := p.sharedKey("naru challenges of the guard")
	if err != nil {
		return nil, err
	}
	return guard.New(guard.Options{Key: key, Rates: p.rates().Submit, Ledger: ledger})
}

// sharedKey is the same for all processes that share one address: what they
// share, and nobody else knows, is the way into their PostgreSQL. On SQLite
// there is one process.
func (p *program) sharedKey(purpose string) ([]byte, error) {
	if p.Config.Postgres() {
		return hkdf.Key(sha256.New, []byte(p.Config.Database.URL), nil, purpose, sha256.Size)
	}
	key := make([]byte, sha256.Size)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("make key for %s: %w", purpose, err)
	}
	return key, nil
}

// newLedger returns what the limits of several processes are counted in; nil
// where there is nothing to count or one process only.
func (p *program) newLedger() (*bucket.Ledger, error) {
	if !p.Roles.HTTP || p.queue.Embedded() {
		return nil, nil
	}
	ledger, process := bucket.NewLedger(), newID()
	end, err := p.queue.HearTaken(func(message []byte) {
		var m takenMessage
		if json.Unmarshal(message, &m) == nil && m.Process != process {
			ledger.Settle(m.Taken, p.Clock())
		}
	})
	if err != nil {
		return nil, err
	}
	p.stack.run("shared limits", func(ctx context.Context) error {
		defer end()
		ticker := time.NewTicker(tellTakenEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-ticker.C:
			}
			taken := ledger.Flush()
			if taken == nil {
				continue
			}
			message, err := json.Marshal(takenMessage{process, taken})
			if err != nil {
				return err
			}
			p.queue.TellTaken(message)
		}
	})
	return ledger, nil
}
