package chat

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"naru/internal/knowledge"
	"naru/internal/locale"
	"naru/internal/naru"
)

// memory keeps conversations while a test runs.
type memory struct {
	mu     sync.Mutex
	states map[string][]byte
	turns  map[string][]naru.ConversationStep
	rated  map[string]bool
}

func newMemory() *memory {
	return &memory{states: map[string][]byte{}, turns: map[string][]naru.ConversationStep{}, rated: map[string]bool{}}
}

func (m *memory) LoadConversation(_ context.Context, id string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[id], nil
}

func (m *memory) SaveConversation(_ context.Context, c naru.ConversationStep) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.states[c.ID] = c.State
	m.turns[c.ID] = append(m.turns[c.ID], c)
	return nil
}

func (m *memory) Turns(_ context.Context, id string) (turns []naru.Turn, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.turns[id] {
		turns = append(turns, c.Turn)
	}
	return turns, nil
}

func (m *memory) RateReply(_ context.Context, id, replyID string, helpful bool) (naru.Turn, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.turns[id] {
		if c.ReplyID == replyID {
			before, rated := m.rated[replyID]
			m.rated[replyID] = helpful
			return c.Turn, !rated || before != helpful, nil
		}
	}
	return naru.Turn{}, false, naru.NewError(naru.KindNotFound, "reply_unknown", nil)
}

var shared = sync.OnceValues(build)

// build makes a bot of the shipped data.
func build() (*Bot, error) { return buildAs(false) }

// buildAs makes a bot that trusts its lexicons, or one that tries them all.
func buildAs(trusted bool) (*Bot, error) {
	o, err := shippedOptions()
	if err != nil {
		return nil, err
	}
	o.Trusted = trusted
	return New(o)
}

// options are those of a bot of the shipped data.
func options(t testing.TB) Options {
	t.Helper()
	o, err := shippedOptions()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func shippedOptions() (Options, error) {
	base, err := knowledge.Load(os.DirFS("../../config/knowledge"))
	if err != nil {
		return Options{}, err
	}
	catalog, err := locale.Load(os.DirFS("../../config/locales"), "chat", "format")
	return Options{
		Knowledge: base, Lexicon: os.DirFS("../../config/knowledge/lexicon"), Catalog: catalog, Conversations: newMemory(),
		Countries: func(lang string) []Country {
			var out []Country
			for _, c := range catalog.Countries(lang) {
				out = append(out, Country{Code: c.Code, Name: c.Name})
			}
			return out
		},
	}, err
}

func newBot(t testing.TB) *Bot {
	t.Helper()
	b, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ask runs the history and the question through one conversation.
func ask(t testing.TB, b *Bot, q question, withLanguage bool) (Reply, *Explanation) {
	t.Helper()
	var r Reply
	var how *Explanation
	id := ""
	for _, message := range append(slices.Clone(q.History), q.Question) {
		in := Question{Message: message, ConversationID: id}
		if withLanguage {
			in.Language = q.Lang
		}
		var err error
		if r, how, err = b.Explain(context.Background(), in); err != nil {
			t.Fatal(err)
		}
		id = r.ConversationID
	}
	return r, how
}

// score is a count of right replies.
type score struct{ right, all int }

func (s score) String() string {
	return fmt.Sprintf("%5.1f %% (%d/%d)", 100*float64(s.right)/float64(max(1, s.all)), s.right, s.all)
}

// measure runs all questions and gives the scores by kind and by language.
func measure(t *testing.T, b *Bot, questions []question, withLanguage bool) (total score, byLanguage map[string]score) {
	t.Helper()
	byKind := map[string]score{}
	byLanguage = map[string]score{}
	falseAnswers := 0
	for _, q := range questions {
		r, how := ask(t, b, q, withLanguage)
		why := judge(q, r)
		right := len(why) == 0
		count := func(m map[string]score, k string) {
			s := m[k]
			s.all++
			if right {
				s.right++
			}
			m[k] = s
		}
		count(byKind, q.Kind)
		count(byLanguage, q.Lang)
		total.all++
		if right {
			total.right++
			continue
		}
		if !strings.Contains(q.Behaviour, "answer") && r.Kind == KindAnswer {
			falseAnswers++
			why = append(why, "FALSE ANSWER")
		}
		if testing.Verbose() {
			words := ""
			for _, w := range how.Words {
				words += fmt.Sprintf(" [%s %s]", w.Text, strings.Join(w.Senses, ","))
			}
			t.Logf("%s [%s/%s] %s\n   why: %s\n   got: (%s) %.200s\n   words:%s left: %v card %s", q.ID, q.Lang, q.Kind, strings.Join(append(slices.Clone(q.History), q.Question), " > "),
				strings.Join(why, "; "), r.Kind, strings.ReplaceAll(r.Text, "\n", " / "), words, how.Leftover, how.Card)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(byKind)) {
		t.Logf("  %-10s %s", k, byKind[k])
	}
	for _, k := range slices.Sorted(maps.Keys(byLanguage)) {
		t.Logf("  %-10s %s", k, byLanguage[k])
	}
	t.Logf("right: %s, false answers: %d", total, falseAnswers)
	if falseAnswers > 0 {
		t.Errorf("%d questions that the data does not answer were answered", falseAnswers)
	}
	return total, byLanguage
}

// TestQuestions measures the accuracy on the questions kept with the package.
func TestQuestions(t *testing.T) {
	pattern := "testdata/questions/*.jsonl"
	if other := os.Getenv("NARU_CHAT_QUESTIONS"); other != "" {
		pattern = other
	}
	questions := readQuestions(t, pattern)
	if len(questions) == 0 {
		t.Fatalf("no questions in %s", pattern)
	}
	b := newBot(t)
	for _, withLanguage := range []bool{true, false} {
		t.Run(fmt.Sprintf("language_given=%v", withLanguage), func(t *testing.T) {
			total, byLanguage := measure(t, b, questions, withLanguage)
			for lang, s := range byLanguage {
				if s.right*100 < s.all*94 {
					t.Errorf("%s: %s, wanted 94 %%", lang, s)
				}
			}
			if total.right*100 < total.all*97 {
				t.Errorf("right: %s, wanted 97 %%", total)
			}
		})
	}
}
