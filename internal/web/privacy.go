package web

import (
	"slices"

	"naru/internal/intake"
	"naru/internal/naru"
)

// privacyPage is the data of privacy.html.
type privacyPage struct {
	// Months is how long inquiries are kept.
	Months   int
	Consents []consentText
}

// consentText is a consent with the forms that ask for it.
type consentText struct {
	intake.ConsentText
	Patient, Partner bool
}

func (p *pages) registerPrivacy() error {
	return p.same("privacy", "privacy", func(language string) any {
		form := p.options.Inquiries.Meta(language)
		data := privacyPage{Months: form.Promise.RetentionMonths}
		for _, kind := range []naru.Kind{naru.KindPatient, naru.KindPartner} {
			for _, text := range form.Forms[kind].Consents {
				i := slices.IndexFunc(data.Consents, func(c consentText) bool { return c.ID == text.ID })
				if i < 0 {
					i, data.Consents = len(data.Consents), append(data.Consents, consentText{ConsentText: text})
				}
				data.Consents[i].Patient = data.Consents[i].Patient || kind == naru.KindPatient
				data.Consents[i].Partner = data.Consents[i].Partner || kind == naru.KindPartner
			}
		}
		return data
	})
}
