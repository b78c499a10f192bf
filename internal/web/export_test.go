package web

// Typeset is what pages do to the texts of the catalogue.
func Typeset(language, text string) string { return typeset(language, text) }

// TypesetTime is what pages do to a time.
func TypesetTime(language, text string) string { return typesetTime(language, text) }
