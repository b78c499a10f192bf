package naru

import "time"

// Turn is one question to the chatbot and what was said to it.
type Turn struct {
	At time.Time `json:"at"`
	// Language is that of the reply, one of Languages; Kind the kind of reply,
	// e.g. "answer" or "decline".
	Language string `json:"language"`
	Kind     string `json:"kind"`
	// Question is the message as written, Answer the text of the reply.
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// ConversationStep is what is kept of a conversation when a question was
// answered: what the next one needs, and the turn itself.
type ConversationStep struct {
	// ID is unguessable: whoever knows it may go on with the conversation.
	ID string
	// State is JSON that only the chat reads; it replaces what was kept before.
	State []byte
	// Expires ends the conversation with all its turns.
	Expires time.Time
	// ReplyID names the turn within the conversation, Number counts the turns
	// from 1.
	ReplyID string
	Number  int
	Turn    Turn
}

// KeptTurns is how many turns of a conversation are kept; older ones are
// dropped when newer ones come.
const KeptTurns = 40
