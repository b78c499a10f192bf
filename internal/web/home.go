package web

// contact is a team as visitors see it.
type contact struct {
	Name  string
	Email mailbox
	Phone string
}

// registerHome adds the start page.
func (p *pages) registerHome() error {
	return p.same("home", "", func(language string) any { return p.contacts(language) })
}

// contacts lists the teams that people may write to. The fallback team hears
// of mails that failed and is no address for visitors.
func (p *pages) contacts(language string) []contact {
	var all []contact
	for _, t := range p.options.Teams {
		if !t.Fallback || len(p.options.Teams) == 1 {
			all = append(all, contact{t.Name(language), mailbox(t.Email), t.Phone})
		}
	}
	return all
}
