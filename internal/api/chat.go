package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"naru/internal/chat"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/server"
)

// Chat answers questions about the dataset.
type Chat interface {
	Reply(context.Context, chat.Question) (chat.Reply, error)
	// Rate returns KindNotFound for a reply that is not remembered.
	Rate(context.Context, chat.Rating) error
}

// chatBodyLimit bounds a message with its JSON; longer texts belong into an
// inquiry.
const (
	chatBodyLimit     = 32 << 10
	feedbackBodyLimit = 4 << 10
)

// maxConversationID is the longest id of a conversation or a reply, in bytes.
const maxConversationID = 100

func registerChat(s *server.Server, bot Chat) {
	s.API().Handle(server.Route{Method: http.MethodPost, Pattern: "/api/v1/chat", CrossOrigin: true, Limit: server.LimitRead, BodyLimit: chatBodyLimit, Handler: func(c *gin.Context) error {
		question, err := readQuestion(c)
		if err != nil {
			return err
		}
		reply, err := bot.Reply(c.Request.Context(), question)
		if err != nil {
			return err
		}
		c.Header("Content-Language", reply.Language)
		c.Header("Cache-Control", "no-store")
		server.JSON(c, http.StatusOK, reply)
		return nil
	}})
	s.API().Handle(server.Route{Method: http.MethodPost, Pattern: "/api/v1/chat/feedback", CrossOrigin: true, Limit: server.LimitLookup, BodyLimit: feedbackBodyLimit, Handler: func(c *gin.Context) error {
		rating, err := readRating(c)
		if err != nil {
			return err
		}
		if err := bot.Rate(c.Request.Context(), rating); err != nil {
			return err
		}
		c.Header("Cache-Control", "no-store")
		c.Status(http.StatusNoContent)
		return nil
	}})
}

// chatBody is a strict reader of the small bodies of the chat: it collects
// every wrong member.
type chatBody struct {
	members map[string]json.RawMessage
	invalid *naru.Error
}

func readChatBody(c *gin.Context) (*chatBody, error) {
	if _, err := contentType(c, "application/json"); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return nil, unreadable(err)
	}
	b := &chatBody{invalid: naru.NewError(naru.KindInvalid, "invalid", nil)}
	if err := json.Unmarshal(body, &b.members); err != nil || b.members == nil {
		malformed := naru.NewError(naru.KindMalformed, "body_malformed", err)
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			malformed.Args = map[string]any{"Offset": syntax.Offset}
		} else {
			malformed.Code = "body_not_object"
		}
		return nil, malformed
	}
	return b, nil
}

func (b *chatBody) wrong(name, code string, args map[string]any) {
	b.invalid.Fields = append(b.invalid.Fields, naru.FieldError{Pointer: naru.Pointer(name), Code: code, Args: args})
}

// fill reads the members into the targets, *string or *bool, by name. null
// counts as not given.
func (b *chatBody) fill(known map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(b.members)) {
		target, ok := known[name]
		switch {
		case !ok:
			b.wrong(name, "unknown_field", map[string]any{"Name": name})
		case json.Unmarshal(b.members[name], target) != nil:
			code := "type_string"
			if _, truth := target.(*bool); truth {
				code = "type_boolean"
			}
			b.wrong(name, code, nil)
		}
	}
}

// err is nil where nothing was wrong.
func (b *chatBody) err() error {
	if len(b.invalid.Fields) > 0 {
		return b.invalid
	}
	return nil
}

func readRating(c *gin.Context) (chat.Rating, error) {
	body, err := readChatBody(c)
	if err != nil {
		return chat.Rating{}, err
	}
	var r chat.Rating
	body.fill(map[string]any{"conversation_id": &r.ConversationID, "reply_id": &r.ReplyID, "helpful": &r.Helpful})
	for _, name := range []string{"conversation_id", "reply_id", "helpful"} {
		if value, given := body.members[name]; !given || string(value) == "null" {
			body.wrong(name, "required", nil)
		}
	}
	for name, id := range map[string]string{"conversation_id": r.ConversationID, "reply_id": r.ReplyID} {
		if len(id) > maxConversationID {
			body.wrong(name, "too_long", map[string]any{"Max": maxConversationID})
		}
	}
	slices.SortStableFunc(body.invalid.Fields, func(x, y naru.FieldError) int { return strings.Compare(x.Pointer, y.Pointer) })
	return r, body.err()
}

// readQuestion reads the body strictly and names every wrong member. A
// language is taken where it means one of naru.Languages; without it the bot
// finds out by itself.
func readQuestion(c *gin.Context) (chat.Question, error) {
	body, err := readChatBody(c)
	if err != nil {
		return chat.Question{}, err
	}
	var q chat.Question
	body.fill(map[string]any{"message": &q.Message, "language": &q.Language, "conversation_id": &q.ConversationID})
	if err := body.err(); err != nil {
		return chat.Question{}, err
	}
	if strings.TrimSpace(q.Message) == "" {
		body.wrong("message", "required", nil)
	}
	if len(q.ConversationID) > maxConversationID {
		body.wrong("conversation_id", "too_long", map[string]any{"Max": maxConversationID})
	}
	if q.Language != "" {
		language, ok := locale.Find(q.Language)
		if !ok {
			body.wrong("language", "unknown_choice", map[string]any{"Choices": strings.Join(naru.Languages, ", ")})
		}
		q.Language = language
		server.SetLanguage(c, language)
	}
	return q, body.err()
}
