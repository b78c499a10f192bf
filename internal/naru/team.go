package naru

// Team is a group of people who answer inquiries, with one mailbox.
type Team struct {
	// ID is a short lower-case name, e.g. "external-affairs".
	ID string
	// Names is the team's name by language tag; all languages are present.
	Names map[string]string
	// Email is the mailbox that inquiries are sent to.
	Email string
	// Phone is shown to writers; may be empty.
	Phone string
	// Fallback marks the one team told of mails that failed for good.
	Fallback bool
}

// Name returns the team's name in the language, or in English.
func (t Team) Name(language string) string {
	if name := t.Names[language]; name != "" {
		return name
	}
	return t.Names["en"]
}
