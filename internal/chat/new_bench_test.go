package chat

import (
	"context"
	"testing"

	"naru/internal/naru"
)

// BenchmarkNew makes a bot as the program does at its start, and one that
// compiles every lexicon, from data files that are read already.
func BenchmarkNew(b *testing.B) {
	o := options(b)
	for name, trusted := range map[string]bool{"start": true, "all lexicons": false} {
		b.Run(name, func(b *testing.B) {
			o.Trusted = trusted
			for b.Loop() {
				if _, err := New(o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFirstQuestion is how long the first who asks in a language waits.
func BenchmarkFirstQuestion(b *testing.B) {
	first := map[string]string{}
	for _, q := range readQuestions(b, "testdata/questions/*.jsonl") {
		if q.Kind == "fact" && first[q.Lang] == "" {
			first[q.Lang] = q.Question
		}
	}
	o := options(b)
	o.Trusted = true
	for _, lang := range naru.Languages {
		b.Run(lang, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				bot, err := New(o)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if _, err := bot.Reply(context.Background(), Question{Message: first[lang], Language: lang}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
