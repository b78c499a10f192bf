package locale

import (
	"bytes"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Country is a country or territory under its name in some language.
type Country struct {
	// Code is ISO 3166-1 alpha-2.
	Code string `json:"code"`
	Name string `json:"name"`
}

// notCountries are codes that x/text knows and ISO 3166-1 does not list:
// exceptional reservations, groups, and states that are no more. XK (Kosovo)
// is not listed by ISO either, but it is in general use and people live there.
var notCountries = map[string]bool{
	"AC": true, "AN": true, "CP": true, "CQ": true, "CS": true, "DD": true, "DG": true, "EA": true, "EU": true,
	"EZ": true, "FQ": true, "FX": true, "IC": true, "NT": true, "PC": true, "SU": true, "TA": true, "TP": true, "UN": true,
	"YD": true, "YU": true, "ZR": true, "QO": true, "ZZ": true,
}

// countryCodes returns the codes of all countries and territories of ISO
// 3166-1, and XK, in the order of the codes.
func countryCodes() []string {
	var codes []string
	for _, r := range language.Supported.Regions() {
		code := r.String()
		if len(code) == 2 && r.IsCountry() && !r.IsGroup() && r.Canonicalize() == r && !notCountries[code] {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// countries returns the names for a language: those of CLDR as x/text has
// them, with the overrides where they are old or unwieldy, and the list sorted
// as readers of that language expect.
func countries(tag language.Tag, overrides map[string]string, codes []string) (map[string]string, []Country) {
	namer := display.Regions(tag)
	names := make(map[string]string, 256)
	sorted := make([]Country, 0, len(codes))
	for _, code := range codes {
		name := overrides[code]
		if name == "" {
			name = namer.Name(language.MustParseRegion(code))
		}
		if name == "" {
			name = code
		}
		names[code] = name
		sorted = append(sorted, Country{Code: code, Name: name})
	}
	collator, buffer := collate.New(tag, collate.IgnoreCase), collate.Buffer{}
	keys := make(map[string][]byte, len(sorted))
	for _, c := range sorted {
		keys[c.Code] = collator.KeyFromString(&buffer, c.Name)
	}
	slices.SortStableFunc(sorted, func(a, b Country) int { return bytes.Compare(keys[a.Code], keys[b.Code]) })
	return names, sorted
}

// Country returns the name of the country with the ISO 3166-1 alpha-2 code in
// the language, or the code itself when it is none.
func (c *Catalog) Country(lang, code string) string {
	if name, ok := c.texts(lang).countries[code]; ok {
		return name
	}
	return code
}

// IsCountry tells whether Countries lists the code.
func (c *Catalog) IsCountry(code string) bool {
	_, ok := c.languages[fallback].countries[code]
	return ok
}

// Countries returns all countries and territories, sorted for the language.
// The caller may keep and change the slice.
func (c *Catalog) Countries(lang string) []Country { return slices.Clone(c.texts(lang).sorted) }
