// Package guard holds off programs that fill in forms, without ever locking out
// a person: whoever looks suspicious is asked for proof, never refused.
//
//  1. Suspicious is what comes too often from one address or with the same text,
//     and a text with many links. Everybody else passes and notices nothing.
//  2. The proof is work: a nonce such that the SHA-256 of the challenge, a dot
//     and the nonce in decimal begins with as many zero bits as the challenge
//     says. A browser finds it by itself within seconds; there is nothing to
//     see, to hear or to solve. It grows with the number of proofs of an
//     address, so that one person hardly notices it and a program does.
//  3. Who cannot compute waits instead: the challenge itself is accepted once
//     some time has passed. So few can do so from one address that waiting is no
//     way for programs.
//  4. A challenge is signed and holds for one name, that of the request. The
//     caller must see to it that a name is worth one request only, e.g. by using
//     it as idempotency key. So nothing about challenges is kept.
//
// What is counted is kept in memory, by keyed digests of addresses and texts,
// the last seen of them. A Guard is safe for concurrent use. It cannot fail.
package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"naru/internal/bucket"
)

// Options of a Guard. Key and Rates are required; zero values mean the defaults.
type Options struct {
	// Key signs challenges; at least 16 bytes, the same for all processes that
	// answer under one address.
	Key []byte
	// Rates of one address; a request must keep all of them.
	Rates []bucket.Rate
	// SameText is the rate of requests with the same text, from wherever they
	// come; default 3 at once, 3 in an hour.
	SameText bucket.Rate
	// Links are how many a text may have; default 3.
	Links int
	// Bits is how much work is asked for first; default 17, which is a blink
	// for a computer and about a second for a phone.
	Bits int
	// Wait is how long to wait instead; default 20 seconds. Waiters is the rate
	// of those who do so at one address; default 3 at once, one in ten seconds.
	Wait    time.Duration
	Waiters bucket.Rate
	// Remembered is how many addresses, and how many texts; default 10,000.
	Remembered int
	// Clock is time.Now by default.
	Clock func() time.Time
	// Ledger has all that counted together with other processes; may be nil.
	Ledger *bucket.Ledger
}

const (
	// maxBits bounds the work: some ten seconds for a slow phone.
	maxBits = 21
	// bitsDouble is after how many proofs of an address the work doubles.
	bitsDouble = 30
	// validity is how long a challenge holds: time to come back to a page.
	validity = time.Hour
	// maxNonce is the longest decimal of a nonce.
	maxNonce = 20
)

// Guard judges requests.
type Guard struct {
	options Options
	clients, texts,
	waiters, provers *bucket.Set
}

// New checks the options.
func New(o Options) (*Guard, error) {
	if len(o.Key) < 16 || len(o.Rates) == 0 {
		return nil, errors.New("guard: Key and Rates are required")
	}
	if o.SameText == (bucket.Rate{}) {
		o.SameText = bucket.Rate{PerSecond: 3.0 / 3600, Burst: 3}
	}
	if o.Links == 0 {
		o.Links = 3
	}
	if o.Bits == 0 {
		o.Bits = 17
	}
	if o.Wait == 0 {
		o.Wait = 20 * time.Second
	}
	if o.Waiters == (bucket.Rate{}) {
		o.Waiters = bucket.Rate{PerSecond: 0.1, Burst: 3}
	}
	if o.Remembered == 0 {
		o.Remembered = 10_000
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	set := func(name string, rates ...bucket.Rate) *bucket.Set {
		s := bucket.New(o.Remembered, rates...)
		o.Ledger.Add("guard "+name, s)
		return s
	}
	return &Guard{
		options: o, clients: set("clients", o.Rates...), texts: set("texts", o.SameText), waiters: set("waiters", o.Waiters),
		// It gives no leave; how empty it is counts the proofs of the last hour.
		provers: set("provers", bucket.Rate{PerSecond: 1000.0 / 3600, Burst: 1000}),
	}, nil
}

// Attempt is a request to be judged.
type Attempt struct {
	// Client stands for the address; empty for one that may do everything.
	Client string
	// Text is what a person wrote.
	Text string
	// Name is that of the request; see the package comment.
	Name string
	// Challenge and Nonce are what came back; empty at first.
	Challenge, Nonce string
}

// Challenge is what is asked for.
type Challenge struct {
	// Text is to be sent back, and what the work is about.
	Text string
	// Bits is how many zero bits are wanted.
	Bits int
	// Wait is how long to wait for those who cannot compute.
	Wait time.Duration
}

// Admit tells whether the request may go on; otherwise what is asked for.
func (g *Guard) Admit(a Attempt) (Challenge, bool) {
	if a.Client == "" {
		return Challenge{}, true
	}
	now, client := g.options.Clock(), g.counted("client", a.Client)
	if g.proved(a, now) {
		g.provers.TakeAny(client, now)
		return Challenge{}, true
	}
	// Both are counted, whatever the first says.
	often, repeated := !g.clients.TakeAny(client, now), !g.texts.TakeAny(g.counted("text", plain(a.Text)), now)
	if !often && !repeated && strings.Count(strings.ToLower(a.Text), "http") <= g.options.Links {
		return Challenge{}, true
	}
	work := min(maxBits, g.options.Bits+bits.Len(uint(g.provers.Taken(client, now)/bitsDouble)))
	return Challenge{Text: g.sign(a, work, now), Bits: work, Wait: g.options.Wait}, false
}

// counted is by which a client or a text is counted.
func (g *Guard) counted(kind, what string) uint64 {
	return binary.BigEndian.Uint64(digest(g.options.Key, kind, what))
}

// plain brings texts that differ in nothing but case and space together.
func plain(text string) string { return strings.Join(strings.Fields(strings.ToLower(text)), " ") }

// signedBytes are those of a challenge before its signature: the work and the
// second it was made in.
const signedBytes = 9

// sign makes a challenge for the name and the client.
func (g *Guard) sign(a Attempt, work int, now time.Time) string {
	signed := binary.BigEndian.AppendUint64([]byte{byte(work)}, uint64(now.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(signed, g.signature(a, signed)...))
}

func (g *Guard) signature(a Attempt, signed []byte) []byte {
	return digest(g.options.Key, "challenge", a.Client, a.Name, string(signed))
}

// proved tells whether the attempt brings a challenge of ours that is solved or
// has been waited for.
func (g *Guard) proved(a Attempt, now time.Time) bool {
	raw, err := base64.RawURLEncoding.DecodeString(a.Challenge)
	if err != nil || len(raw) != signedBytes+sha256.Size || !hmac.Equal(raw[signedBytes:], g.signature(a, raw[:signedBytes])) {
		return false
	}
	made := time.Unix(int64(binary.BigEndian.Uint64(raw[1:signedBytes])), 0)
	if now.Sub(made) > validity {
		return false
	}
	if Solves(a.Challenge, a.Nonce, int(raw[0])) {
		return true
	}
	// Seconds were cut off when it was made.
	return now.Sub(made) >= g.options.Wait && g.waiters.TakeAny(g.counted("client", a.Client), now)
}

// Solves tells whether the nonce is the work that the challenge asks for.
func Solves(challenge, nonce string, work int) bool {
	if nonce == "" || len(nonce) > maxNonce {
		return false
	}
	if _, err := strconv.ParseUint(nonce, 10, 64); err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(challenge + "." + nonce))
	return bits.LeadingZeros64(binary.BigEndian.Uint64(sum[:])) >= work
}

// digest is keyed; no two lists of parts have the same.
func digest(key []byte, parts ...string) []byte {
	mac := hmac.New(sha256.New, key)
	for _, part := range parts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}
