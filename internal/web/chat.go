package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"naru/internal/chat"
	"naru/internal/naru"
	"naru/internal/server"
)

// Chat answers questions about the published facts.
type Chat interface {
	Reply(context.Context, chat.Question) (chat.Reply, error)
}

const (
	chatWay = "chat"
	// chatMessage is the longest message taken, in characters, as the form
	// says it.
	chatMessage = 1000
)

// chatPage is the data of chat.html: the message before and its reply, where
// there is one. Without a script each message makes a page of its own, and the
// conversation goes on by its id; the script asks the API and keeps the whole
// talk in the tab.
type chatPage struct {
	Message string
	Reply   *chat.Reply
	// Way is where the inquiry of the reply is written: "patient" or "partner".
	Way string
	// Prompts are questions to begin with.
	Prompts []string
	Longest int
}

// ReplyDirection is "ltr" or "rtl" for the language of the reply.
func (p page) ReplyDirection(language string) string { return p.render.options.Direction(language) }

func (p *pages) registerChat() error {
	if p.options.Chat == nil {
		return nil
	}
	sample := &chat.Reply{Kind: chat.KindDecline, Language: "en", Text: "text", Citations: []chat.Citation{{}}, Suggestions: []string{"more"}, Handoff: &chat.Handoff{}}
	if err := p.rehearse(page{Name: "chat", Data: chatPage{Message: "message", Reply: sample, Way: "partner"}}); err != nil {
		return err
	}
	p.routes.Handle(server.Route{Method: http.MethodPost, Pattern: "/:language/" + chatWay, Limit: server.LimitRead, Handler: p.in(p.chat), BodyLimit: 32 << 10})
	return p.same("chat", chatWay, func(language string) any {
		return chatPage{Prompts: p.prompts(language), Longest: chatMessage}
	})
}

// prompts are questions to begin with; the bot answers each, see the tests.
func (p *pages) prompts(language string) []string {
	var all []string
	for _, key := range []string{"chat.suggest.partners", "chat.suggest.patients", "chat.suggest.survival"} {
		all = append(all, p.options.Catalog.Text(language, key, nil))
	}
	return all
}

func (p *pages) chat(c *gin.Context) error {
	if err := c.Request.ParseForm(); err != nil {
		return naru.NewError(naru.KindMalformed, "malformed", err)
	}
	language, message := c.Param("language"), strings.TrimSpace(c.PostForm("message"))
	if message == "" {
		c.Redirect(http.StatusSeeOther, "/"+language+"/"+chatWay)
		return nil
	}
	reply, err := p.options.Chat.Reply(c.Request.Context(), chat.Question{Message: message, Language: language, ConversationID: c.PostForm("conversation_id")})
	if err != nil {
		return err
	}
	data := chatPage{Message: message, Reply: &reply, Way: string(naru.KindPatient), Longest: chatMessage}
	if reply.Handoff != nil {
		data.Way = string(reply.Handoff.Kind)
	}
	return p.show(c, http.StatusOK, page{Name: "chat", Language: language, way: chatWay, Data: data})
}
