package chat

import (
	"context"
	"strings"
	"sync"
	"testing"

	"naru/internal/naru"
)

// ledger keeps misses.
type ledger struct {
	mu     sync.Mutex // guards misses
	misses []naru.Miss
}

func (l *ledger) CountMiss(_ context.Context, m naru.Miss) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.misses = append(l.misses, m)
	return nil
}

func TestDeclinedQuestionsAreCountedWithoutPersons(t *testing.T) {
	t.Parallel()
	common, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	counted := &ledger{}
	bot := *common
	bot.misses = counted
	for _, q := range []Question{
		{Message: "How many partners are in Mongolia?", Language: "en"},
		{Message: "How many zorbified partners are in Mongolia?", Language: "en"},
		{Message: "Did Ivan Petrov, passport N1234567, mail ivan@petrov.example, zorbify partners in Mongolia?", Language: "en"},
		{Message: "환자 김민수 씨 협력기관은 조르비해요?", Language: "ko"},
	} {
		if _, err := bot.Reply(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if len(counted.misses) == 0 {
		t.Fatal("nothing was counted")
	}
	zorbified := false
	for _, m := range counted.misses {
		zorbified = zorbified || strings.Contains(m.Words, "zorbified")
		if m.Language == "" || m.Kind != "declined" || m.LastAt.IsZero() {
			t.Errorf("%+v", m)
		}
		for _, secret := range []string{"ivan", "petrov", "1234567", "@", "김민수"} {
			if strings.Contains(strings.ToLower(m.Question+m.Words), secret) {
				t.Errorf("%q stands in %+v", secret, m)
			}
		}
	}
	if !zorbified {
		t.Errorf("the word not understood is not told: %+v", counted.misses)
	}
}
