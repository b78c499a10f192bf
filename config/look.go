package config

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Look is how the pages look, as look.yaml says.
type Look struct {
	Logo    LookLogo    `yaml:"logo"`
	Colours LookColours `yaml:"colours"`
	Pages   []LookPage  `yaml:"pages" validate:"max=20,dive"`
}

// LookLogo names files of the folder look/; empty: none.
type LookLogo struct {
	File string `yaml:"file" validate:"omitempty,one_line"`
	// Dark is for dark screens; empty: File.
	Dark string `yaml:"dark" validate:"omitempty,one_line"`
}

// LookColours are #rrggbb, on light and on dark screens.
type LookColours struct {
	// Accent is empty for naru's own colours.
	Accent string `yaml:"accent"`
	// AccentDark is empty with Accent alone, once loaded.
	AccentDark string `yaml:"accent_dark"`
}

// LookPage is a page of the operator's own.
type LookPage struct {
	// ID is the name of its folder, and stands in its address.
	ID string `yaml:"id" validate:"required,lower_id"`
	// In is where its link stands: "menu" or "foot".
	In string `yaml:"in" validate:"oneof=menu foot"`
}

const (
	lookFile    = "look.yaml"
	lookFolder  = "look"
	pagesFolder = "pages"
	// maxLogo is in bytes: the logo is loaded with every first page.
	maxLogo = 64 << 10
)

// LoadLook reads look.yaml from a file system as Files returns. Its error is a
// Problems value with everything wrong in it.
func LoadLook(fsys fs.FS) (*Look, error) {
	l := &Look{}
	doc := readFile(fsys, lookFile, l)
	if err := doc.problems.err(); err != nil {
		return nil, err
	}
	for key, name := range map[string]string{"logo.file": l.Logo.File, "logo.dark": l.Logo.Dark} {
		if text := logoFault(fsys, name); text != "" {
			doc.addPath(key, "bad_logo", text)
		}
	}
	if l.Logo.Dark != "" && l.Logo.File == "" {
		doc.addPath("logo.dark", "bad_logo", "needs a logo.file for light screens")
	}
	if l.Colours.Accent == "" {
		if l.Colours.AccentDark != "" {
			doc.addPath("colours.accent_dark", "bad_colour", "needs a colours.accent for light screens")
		}
	} else if text := lightPaper.fault(l.Colours.Accent); text != "" {
		doc.addPath("colours.accent", "bad_colour", text)
	} else if l.Colours.AccentDark == "" {
		l.Colours.AccentDark = darkPaper.nearest(l.Colours.Accent)
	}
	if text := darkPaper.fault(l.Colours.AccentDark); text != "" && l.Colours.AccentDark != "" {
		doc.addPath("colours.accent_dark", "bad_colour", text)
	}
	seen := map[string]bool{}
	for i, p := range l.Pages {
		if seen[p.ID] {
			doc.addPath("pages["+strconv.Itoa(i)+"].id", "duplicate_id", "is that of another page")
		}
		seen[p.ID] = true
		if info, err := fs.Stat(fsys, path.Join(pagesFolder, p.ID)); err != nil || !info.IsDir() {
			doc.addPath("pages["+strconv.Itoa(i)+"].id", "no_page", "there is no folder pages/"+p.ID)
		}
	}
	if err := doc.problems.err(); err != nil {
		return nil, err
	}
	return l, nil
}

// reads tells whether a file beside look.yaml is part of the look. A nil Look,
// one that could not be read, may read any.
func (l *Look) reads(name string) bool {
	folder, rest, _ := strings.Cut(name, "/")
	switch folder {
	case lookFolder:
		return l == nil || rest == l.Logo.File || rest == l.Logo.Dark
	case pagesFolder:
		id, _, _ := strings.Cut(rest, "/")
		return l == nil || slices.ContainsFunc(l.Pages, func(p LookPage) bool { return p.ID == id })
	}
	return false
}

// logoFault says why a file cannot be the logo, or nothing.
func logoFault(fsys fs.FS, name string) string {
	if name == "" {
		return ""
	}
	switch path.Ext(name) {
	case ".svg", ".png", ".webp":
	default:
		return "must end in .svg, .png or .webp"
	}
	info, err := fs.Stat(fsys, path.Join(lookFolder, name))
	switch {
	case err != nil || !info.Mode().IsRegular():
		return "there is no file look/" + name
	case info.Size() > maxLogo:
		return "is larger than 64 KiB"
	}
	return ""
}
