package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"naru/internal/naru"
	"naru/internal/server"
)

const followupWay = "follow-up"

// followupPage is the data of followup.html: what was typed, and whether no
// case goes with it.
type followupPage struct {
	Reference, Email string
	Unknown          bool
}

// registerFollowup adds the page for writers who do not have their link at
// hand. Why it opens the case at once says casefile.Service.Locate.
func (p *pages) registerFollowup() error {
	if err := p.rehearse(page{Name: "followup", Data: followupPage{Unknown: true}}); err != nil {
		return err
	}
	p.routes.Handle(server.Route{Method: http.MethodPost, Pattern: "/:language/" + followupWay, Limit: server.LimitLookup, Handler: p.in(p.followup), BodyLimit: 16 << 10})
	return p.same("followup", followupWay, func(string) any { return followupPage{} })
}

func (p *pages) followup(c *gin.Context) error {
	if err := c.Request.ParseForm(); err != nil {
		return naru.NewError(naru.KindMalformed, "malformed", err)
	}
	language, data := c.Param("language"), followupPage{Reference: c.PostForm("reference"), Email: c.PostForm("email"), Unknown: true}
	reference, secret, err := p.options.Cases.Locate(c.Request.Context(), data.Reference, data.Email)
	if naru.IsKind(err, naru.KindNotFound) {
		return p.show(c, http.StatusUnprocessableEntity, page{Name: "followup", Language: language, way: followupWay, Data: data})
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, statusWay(language, reference, "", secret))
	return nil
}
