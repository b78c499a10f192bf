package locale

import (
	"golang.org/x/text/language"

	"naru/internal/naru"
)

// maxPreference is the length in bytes from which on a preference is not even
// parsed; browsers send some dozens of bytes.
const maxPreference = 1000

// Match chooses one of naru.Languages. Each preference is a language tag
// ("kk", "zh-TW") or the value of an Accept-Language header; the first that
// fits anything decides, and English is used when none does. Related languages
// count as fitting where readers of one commonly read the other (zh-TW finds
// zh-Hans, uz finds none).
func Match(preferences ...string) string {
	for _, preference := range preferences {
		if lang, ok := Find(preference); ok {
			return lang
		}
	}
	return fallback
}

// Find is Match for one preference that tells whether anything fitted.
func Find(preference string) (lang string, ok bool) {
	if preference == "" || len(preference) > maxPreference {
		return "", false
	}
	if supported(preference) {
		return preference, true
	}
	tags, _, err := language.ParseAcceptLanguage(preference)
	if err != nil {
		return "", false
	}
	// The index, not the tag: the tag the matcher returns carries extensions
	// of what was asked for.
	_, i, confidence := matcher.Match(tags...)
	return naru.Languages[i], confidence > language.No
}

// matcher is built once: doing so takes longer than a request.
var matcher = language.NewMatcher(func() []language.Tag {
	tags := make([]language.Tag, len(naru.Languages))
	for i, lang := range naru.Languages {
		tags[i] = language.MustParse(lang)
	}
	return tags
}())
