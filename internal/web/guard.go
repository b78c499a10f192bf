package web

import (
	"crypto/rand"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/guard"
	"naru/internal/naru"
)

// Programs that fill in forms meet three things, none of which holds off a
// person: a field that people do not see (trapped), the time it takes to read
// an inquiry once more (pace), and, after suspicious counts, a proof (Guard).
// Whoever is stopped sees the page again, complete, and goes on from there.

// Guard asks suspicious senders for proof; see package guard.
type Guard interface {
	Admit(guard.Attempt) (guard.Challenge, bool)
}

// trapped tells whether the field that people do not see was filled in.
func trapped(v values) bool { return v.get(fieldTrap) != "" }

// pace knows how long a look over an inquiry takes.
type pace struct {
	clock func() time.Time
	// least is how long somebody needs to read what is shown once more.
	least time.Duration
}

// reviewed tells whether the page was shown long enough ago.
func (g pace) reviewed(v values) bool {
	shown, err := strconv.ParseInt(v.get(fieldShown), 10, 64)
	return err == nil && g.clock().Sub(time.UnixMilli(shown)) >= g.least
}

// challengeView is a proof that is asked for.
type challengeView struct {
	Text string
	Bits int
	// Seconds is how long to wait without a script.
	Seconds int
}

// challenge asks the guard about what was sent; nil: it may go on. The key of
// the form names the proof: the store accepts one inquiry under it.
func (f *forms) challenge(c *gin.Context, v values) *challengeView {
	if f.options.Guard == nil {
		return nil
	}
	if v.get(fieldKey) == "" {
		v.set(fieldKey, rand.Text())
	}
	asked, ok := f.options.Guard.Admit(guard.Attempt{
		Client: f.server.Client(c), Text: strings.Join([]string{v.get("complaint"), v.get("treatment"), v.get("description")}, "\n"),
		Name: v.get(fieldKey), Challenge: v.get(fieldChallenge), Nonce: v.get(fieldNonce),
	})
	if ok {
		return nil
	}
	return &challengeView{asked.Text, asked.Bits, int(math.Ceil(asked.Wait.Seconds()))}
}

// askProof shows the inquiry once more with the proof that is asked for.
func (f *forms) askProof(c *gin.Context, kind naru.Kind, v values, asked *challengeView) error {
	c.Header("Retry-After", strconv.Itoa(asked.Seconds))
	made := f.reviewPage(c.Param("language"), kind, v, "")
	view := made.Data.(reviewView)
	view.Challenge = asked
	made.Data = view
	return f.show(c, http.StatusTooManyRequests, made)
}
