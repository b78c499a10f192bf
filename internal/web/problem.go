package web

import (
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/casefile"
	"naru/internal/naru"
	"naru/internal/server"
)

// codeInquiryUnknown is the failure of people whose status link is not whole.
const codeInquiryUnknown = "inquiry_unknown"

// problemPage is the data of error.html.
type problemPage struct {
	server.Problem
	// Lost: the page helps to find the status link.
	Lost bool
}

func newProblemPage(p server.Problem) problemPage {
	return problemPage{p, p.Code == codeInquiryUnknown}
}

// problem renders the page of a failure.
func (p *pages) problem(c *gin.Context, problem server.Problem) ([]byte, error) {
	return p.render.html(p.render.newPage(c, "error", problem.Language, newProblemPage(problem)))
}

// rehearse renders the pages that are made on request, with every branch and
// in every language, so that a replaced template that does not work is found
// at the start.
func (p *pages) rehearse() error {
	at := time.Unix(0, 0)
	file := casefile.File{
		Reference: "222-222-222", Kind: naru.KindPatient, ReceivedAt: at, AnswerBy: at,
		Team: naru.Team{ID: "team", Names: map[string]string{"en": "Team"}, Phone: "+82-2-0000-0000"},
	}
	for _, code := range []string{
		casefile.EventReceived, casefile.EventAcknowledged, casefile.EventForwarded, casefile.EventDelayed, casefile.EventEscalated, casefile.EventUnreachable,
	} {
		file.Events = append(file.Events, naru.Event{Code: code, At: at})
	}
	var all []page
	for _, state := range []casefile.State{casefile.StateReceived, casefile.StateForwarded, casefile.StateDelayed} {
		file.State = state
		all = append(all, page{Name: "status", Data: newStatusPage(file)})
	}
	file.Kind = naru.KindPartner
	lost := server.Problem{Title: "-", Detail: "-", Code: codeInquiryUnknown, RequestID: "-", Errors: []server.FieldProblem{{Detail: "-"}}}
	all = append(all, page{Name: "status", Data: newStatusPage(file)}, page{Name: "error", Data: newProblemPage(lost)})
	for _, language := range p.options.Languages {
		for _, one := range all {
			one.render, one.Language = p.render, language
			if _, err := p.render.html(one); err != nil {
				return err
			}
		}
	}
	return nil
}
