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
}

// chatBodyLimit bounds a message with its JSON; longer texts belong into an
// inquiry.
const chatBodyLimit = 32 << 10

// maxConversationID is the longest id of a conversation, in bytes.
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
}

// readQuestion reads the body strictly and names every wrong member. A
// language is taken where it means one of naru.Languages; without it the bot
// finds out by itself.
func readQuestion(c *gin.Context) (chat.Question, error) {
	if mediaType, _, _ := strings.Cut(c.Request.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(mediaType), "application/json") {
		return chat.Question{}, naru.NewError(naru.KindUnsupportedType, "unsupported_media_type", nil)
	}
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return chat.Question{}, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		malformed := naru.NewError(naru.KindMalformed, "body_malformed", err)
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			malformed.Args = map[string]any{"Offset": syntax.Offset}
		} else {
			malformed.Code = "body_not_object"
		}
		return chat.Question{}, malformed
	}
	var q chat.Question
	invalid := naru.NewError(naru.KindInvalid, "invalid", nil)
	wrong := func(name, code string, args map[string]any) {
		invalid.Fields = append(invalid.Fields, naru.FieldError{Pointer: naru.Pointer(name), Code: code, Args: args})
	}
	known := map[string]*string{"message": &q.Message, "language": &q.Language, "conversation_id": &q.ConversationID}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value, ok := known[name]
		switch {
		case !ok:
			wrong(name, "unknown_field", map[string]any{"Name": name})
		case json.Unmarshal(members[name], value) != nil:
			wrong(name, "type_string", nil)
		}
	}
	if len(invalid.Fields) == 0 {
		if strings.TrimSpace(q.Message) == "" {
			wrong("message", "required", nil)
		}
		if len(q.ConversationID) > maxConversationID {
			wrong("conversation_id", "too_long", map[string]any{"Max": maxConversationID})
		}
		if q.Language != "" {
			language, ok := locale.Find(q.Language)
			if !ok {
				wrong("language", "unknown_choice", map[string]any{"Choices": strings.Join(naru.Languages, ", ")})
			}
			q.Language = language
			server.SetLanguage(c, language)
		}
	}
	if len(invalid.Fields) > 0 {
		return chat.Question{}, invalid
	}
	return q, nil
}
