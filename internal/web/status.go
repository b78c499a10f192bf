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
	wrong := newValues()
	wrong.documents = []document{{ID: "-", Name: "-", Size: 1}}
	var samples []page
	for _, state := range []casefile.State{casefile.StateReceived, casefile.StateForwarded, casefile.StateDelayed} {
		for _, kind := range []naru.Kind{naru.KindPatient, naru.KindPartner} {
			data := p.newStatusPage(p.options.Languages[0], sampleFile(kind, state), "-")
			data.Add.Problems, data.Sent = []problem{{Field: "message", Text: "-"}, {Field: fieldFile, Text: "-"}}, "add.sent"
			data.Add.FileProblems, data.Add.Documents, data.ErasureAsked = []string{"-"}, wrong.documents, state == casefile.StateDelayed
			samples = append(samples, page{Name: "status", Data: data})
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
	for _, code := range casefile.EventCodes() {
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
	if server.Prefers(c.GetHeader("Accept"), "text/html", "application/json") == "application/json" {
		c.Header("X-Robots-Tag", "noindex, nofollow")
		language := p.server.Language(c)
		c.Header("Content-Language", language)
		server.JSON(c, http.StatusOK, file.Describe(language, func(key string) string { return p.options.Catalog.Text(language, key, nil) }))
		return nil
	}
	data := p.newStatusPage(c.Param("language"), file, c.Query("key"))
	if c.Query("sent") == "message" {
		data.Sent = "add.sent"
	}
	return p.showStatus(c, http.StatusOK, data)
}

// showStatus answers with the page of an inquiry. The switcher of languages
// leads to that page from wherever it is shown.
func (p *pages) showStatus(c *gin.Context, status int, data statusPage) error {
	return p.show(c, status, p.statusPage(c, "status", data))
}

// statusPage is a page about an inquiry.
func (p *pages) statusPage(c *gin.Context, name string, data statusPage) page {
	made := page{Name: name, Language: c.Param("language"), way: "inquiries/" + string(data.Reference), query: c.Request.URL.Query(), Data: data}
	made.query.Del("sent")
	return made
}

// statusPage is the data of status.html and erasure.html.
type statusPage struct {
	casefile.File
	Look   string
	Events []statusEvent
	Add    addView
	// Status, Addition and Erasure are addresses, with the secret.
	Status, Addition, Erasure string
	// Sent is the message to begin with, e.g. that something was received;
	// empty for none. Missing: the erasure was not confirmed.
	Sent    string
	Missing bool
}

type statusEvent struct {
	naru.Event
	Waits bool
}

func (p *pages) newStatusPage(language string, file casefile.File, secret string) statusPage {
	data := statusPage{
		File: file, Look: "is-under-way", Add: p.newAddView(language),
		Status: statusWay(language, file.Reference, "", secret), Addition: statusWay(language, file.Reference, "/"+additionsWay, secret),
		Erasure: statusWay(language, file.Reference, "/"+erasureWay, secret),
	}
	switch file.State {
	case casefile.StateForwarded:
		data.Look = "is-good"
	case casefile.StateDelayed:
		data.Look = "is-wait"
	}
	for _, e := range file.Events {
		data.Events = append(data.Events, statusEvent{e, casefile.Waits(e.Code)})
	}
	return data
}
