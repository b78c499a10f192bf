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
	// Rate returns KindNotFound for a reply that is not remembered.
	Rate(context.Context, chat.Rating) error
}

const (
	chatWay = "chat"
	// talkLimit bounds a message with the talk before it, in bytes.
	talkLimit = 256 << 10
)

func (p *pages) registerChat() error {
	if p.options.Chat == nil {
		return nil
	}
	yes := true
	var samples []page
	for _, kind := range []naru.Kind{naru.KindPatient, naru.KindPartner} {
		entries := []talkEntry{{You: "message"}, {Helpful: &yes, Reply: &chat.Reply{
			Kind: chat.KindDecline, Language: "en", ReplyID: "1", Text: "text\n• line", Citations: []chat.Citation{{}}, Suggestions: []string{"more"},
			More: &chat.More{}, Chart: &chat.Chart{}, Handoff: &chat.Handoff{Kind: kind, Fields: map[string]string{"name": "value"}},
		}}}
		samples = append(samples, page{Name: "chat", Data: chatPage{Entries: entries, Notice: "chat_page.unrated"}})
	}
	if err := p.rehearse(samples...); err != nil {
		return err
	}
	p.routes.Handle(server.Route{Method: http.MethodPost, Pattern: "/:language/" + chatWay, Limit: server.LimitRead, Handler: p.in(p.talk), BodyLimit: talkLimit})
	return p.same("chat", chatWay, func(string) any { return chatPage{} })
}

// chatPage is the data of chat.html.
type chatPage struct {
	Entries []talkEntry
	// Notice is the message that says what went wrong, or empty.
	Notice string
}

// Talk is what talk.html gets of a page: a full one, or a panel in another.
func (p page) Talk() talkView {
	c, full := p.Data.(chatPage)
	return talkView{Entries: c.Entries, Notice: c.Notice, Full: full, page: p}
}

// talk takes what a talk without a script sends: a message, a choice that is
// one, or a thumb; below what was said before, which comes with it.
func (p *pages) talk(c *gin.Context) error {
	if err := c.Request.ParseForm(); err != nil {
		return naru.NewError(naru.KindMalformed, "malformed", err)
	}
	made := chatPage{Entries: parseTalk(c.PostForm("talk"))}
	language, message := c.Param("language"), strings.TrimSpace(c.PostForm("chosen"))
	if message == "" {
		message = strings.TrimSpace(c.PostForm("message"))
	}
	var err error
	switch rating := c.PostForm("helpful"); {
	case rating != "":
		err = p.rate(c.Request.Context(), &made, rating)
	case message != "":
		err = p.answer(c.Request.Context(), &made, language, message)
	case len(made.Entries) == 0:
		c.Redirect(http.StatusSeeOther, "/"+language+"/"+chatWay)
		return nil
	}
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, page{Name: "chat", Language: language, way: chatWay, Data: made})
}

func (p *pages) answer(ctx context.Context, made *chatPage, language, message string) error {
	reply, err := p.options.Chat.Reply(ctx, chat.Question{Message: message, Language: language, ConversationID: conversationOf(made.Entries)})
	if err == nil {
		made.Entries = append(made.Entries, talkEntry{You: message}, talkEntry{Reply: &reply})
	}
	return err
}

// rate takes note of a thumb: "<id of the reply>:yes" or ":no".
func (p *pages) rate(ctx context.Context, made *chatPage, rating string) error {
	id, answer, _ := strings.Cut(rating, ":")
	helpful := answer == "yes"
	for i, entry := range made.Entries {
		if entry.Reply == nil || entry.Reply.ReplyID != id {
			continue
		}
		err := p.options.Chat.Rate(ctx, chat.Rating{ConversationID: entry.Reply.ConversationID, ReplyID: id, Helpful: helpful})
		switch failure := naru.AsError(err); {
		case failure == nil:
			made.Entries[i].Helpful = &helpful
		case failure.Kind == naru.KindNotFound:
			made.Notice = "chat_page.unrated"
		default:
			return err
		}
	}
	return nil
}
