package web

import (
	"github.com/gin-gonic/gin"

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
	if body, ok := p.forms.resume(c, problem); ok {
		return body, nil
	}
	if body, ok := p.resumeAddition(c, problem); ok {
		return body, nil
	}
	return p.render.html(p.render.newPage(c, "error", problem.Language, newProblemPage(problem)))
}

// registerProblem lets the server show failures as pages.
func (p *pages) registerProblem() error {
	p.server.SetErrorPage(p.problem)
	lost := server.Problem{Title: "-", Detail: "-", Code: codeInquiryUnknown, RequestID: "-", Errors: []server.FieldProblem{{Detail: "-"}}}
	return p.rehearse(page{Name: "error", Data: newProblemPage(lost)})
}

// rehearse renders pages that are made on request, with every branch and in
// every language (see inEach), so that a replaced template that does not work is
// found at the start.
func (p *pages) rehearse(samples ...page) error {
	return p.inEach(func(language string) error {
		for _, sample := range samples {
			sample.render, sample.Language = p.render, language
			if _, err := p.render.html(sample); err != nil {
				return err
			}
		}
		return nil
	})
}
