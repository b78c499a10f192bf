package web

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/casefile"
	"naru/internal/naru"
	"naru/internal/server"
)

// registerStatus adds the page of an inquiry.
func (p *pages) registerStatus() error {
	p.get("/:language/inquiries/:reference", server.LimitLookup, p.in(p.status))
	var samples []page
	for _, state := range []casefile.State{casefile.StateReceived, casefile.StateForwarded, casefile.StateDelayed} {
		for _, kind := range []naru.Kind{naru.KindPatient, naru.KindPartner} {
			samples = append(samples, page{Name: "status", Data: newStatusPage(sampleFile(kind, state))})
		}
	}
	return p.rehearse(samples...)
}

// sampleFile is a case with every event, for rehearsals.
func sampleFile(kind naru.Kind, state casefile.State) casefile.File {
	at := time.Unix(0, 0)
	file := casefile.File{
		Reference: "222-222-222", Kind: kind, State: state, ReceivedAt: at, AnswerBy: at,
		Team: naru.Team{ID: "team", Names: map[string]string{"en": "Team"}, Phone: "+82-2-0000-0000"},
	}
	for _, code := range []string{
		casefile.EventReceived, casefile.EventAcknowledged, casefile.EventForwarded, casefile.EventDelayed, casefile.EventEscalated, casefile.EventUnreachable,
	} {
		file.Events = append(file.Events, naru.Event{Code: code, At: at})
	}
	return file
}

// status serves the page of an inquiry, or its timeline as JSON for programs
// that follow the link.
func (p *pages) status(c *gin.Context) error {
	file, err := p.options.Cases.Open(c.Request.Context(), c.Param("reference"), c.Query("key"))
	if err != nil {
		return err
	}
	c.Writer.Header().Add("Vary", "Accept")
	c.Header("X-Robots-Tag", "noindex, nofollow")
	if server.Prefers(c.GetHeader("Accept"), "text/html", "application/json") == "application/json" {
		language := p.server.Language(c)
		c.Header("Content-Language", language)
		server.JSON(c, http.StatusOK, file.Describe(language, func(key string) string { return p.options.Catalog.Text(language, key, nil) }))
		return nil
	}
	return p.send(c, http.StatusOK, "status", newStatusPage(file))
}

// statusPage is the data of status.html.
type statusPage struct {
	casefile.File
	Look   string
	Events []statusEvent
}

type statusEvent struct {
	naru.Event
	Waits bool
}

func newStatusPage(file casefile.File) statusPage {
	data := statusPage{File: file, Look: "is-under-way"}
	switch file.State {
	case casefile.StateForwarded:
		data.Look = "is-good"
	case casefile.StateDelayed:
		data.Look = "is-wait"
	}
	for _, e := range file.Events {
		data.Events = append(data.Events, statusEvent{e, e.Code == casefile.EventDelayed || e.Code == casefile.EventUnreachable})
	}
	return data
}
