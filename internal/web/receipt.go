package web

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"naru/internal/casefile"
	"naru/internal/naru"
	"naru/internal/server"
)

// receiptPage is the data of receipt.html.
type receiptPage struct {
	casefile.File
	// Status is the page that shows what becomes of the inquiry.
	Status string
}

// registerReceipt adds the page that people see once their inquiry is kept.
// It has an address of its own, so that loading it again sends nothing.
func (p *pages) registerReceipt() error {
	p.get("/:language/inquiries/:reference/receipt", server.LimitLookup, p.in(p.receipt))
	var samples []page
	for _, kind := range []naru.Kind{naru.KindPatient, naru.KindPartner} {
		samples = append(samples, page{Name: "receipt", Data: receiptPage{sampleFile(kind, casefile.StateReceived), "/"}})
	}
	return p.rehearse(samples...)
}

func (p *pages) receipt(c *gin.Context) error {
	file, err := p.options.Cases.Open(c.Request.Context(), c.Param("reference"), c.Query("key"))
	if err != nil {
		return err
	}
	c.Header("X-Robots-Tag", "noindex, nofollow")
	return p.send(c, http.StatusOK, "receipt", receiptPage{file, statusWay(c.Param("language"), file.Reference, "", c.Query("key"))})
}

// statusWay is the address of the page of an inquiry, or of one below it: way
// is empty or begins with a slash.
func statusWay(language string, reference naru.Reference, way, secret string) string {
	return "/" + language + "/inquiries/" + string(reference) + way + "?key=" + url.QueryEscape(secret)
}
