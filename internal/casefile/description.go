package casefile

import (
	"time"

	"naru/internal/naru"
)

// Description is a case file as programs get it, with its texts in one
// language.
type Description struct {
	Reference  naru.Reference `json:"reference"`
	Kind       naru.Kind      `json:"kind"`
	State      State          `json:"state"`
	Team       TeamName       `json:"team"`
	ReceivedAt time.Time      `json:"received_at"`
	AnswerBy   time.Time      `json:"answer_by"`
	Timeline   []Line         `json:"timeline"`
}

// TeamName names a team.
type TeamName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Line is one event and its sentence.
type Line struct {
	Code string    `json:"code"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Describe says the file in a language. Text returns the sentence of a key;
// those of events are under "timeline.<code>".
func (f File) Describe(language string, text func(key string) string) Description {
	d := Description{
		Reference: f.Reference, Kind: f.Kind, State: f.State, ReceivedAt: f.ReceivedAt.UTC(), AnswerBy: f.AnswerBy.UTC(),
		Team:     TeamName{ID: f.Team.ID, Name: f.Team.Name(language)},
		Timeline: make([]Line, 0, len(f.Events)),
	}
	for _, e := range f.Events {
		d.Timeline = append(d.Timeline, Line{Code: e.Code, At: e.At.UTC(), Text: text("timeline." + e.Code)})
	}
	return d
}
