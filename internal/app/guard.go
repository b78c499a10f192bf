package app

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"naru/internal/guard"
)

// guard asks for proof where more inquiries come from one address than limits
// say.
func (p *program) guard() (*guard.Guard, error) {
	key, err := p.guardKey()
	if err != nil {
		return nil, fmt.Errorf("make key for challenges: %w", err)
	}
	return guard.New(guard.Options{Key: key, Rates: p.rates().Submit})
}

// guardKey is the same for all processes that share one address: what they
// share, and nobody else knows, is the way into their PostgreSQL. On SQLite
// there is one process.
func (p *program) guardKey() ([]byte, error) {
	if p.Config.Postgres() {
		return hkdf.Key(sha256.New, []byte(p.Config.Database.URL), nil, "naru challenges of the guard", sha256.Size)
	}
	key := make([]byte, sha256.Size)
	_, err := rand.Read(key)
	return key, err
}
