package app

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"naru/config"
	"naru/internal/web"
)

// loadLook reads the look with its logo and pages. Its error joins all that is
// wrong.
func loadLook(files fs.FS) (web.Look, error) {
	l, err := config.LoadLook(files)
	if err != nil {
		return web.Look{}, err
	}
	look := web.Look{}
	if own := l.Colours; own.Accent != "" {
		look.Accent, look.Ink, look.AccentDark, look.InkDark = own.Accent, config.InkOn(own.Accent), own.AccentDark, config.InkOn(own.AccentDark)
	}
	var problems []error
	logo := func(name string) *web.Logo {
		if name == "" {
			return nil
		}
		body, err := fs.ReadFile(files, path.Join("look", name))
		var made *web.Logo
		if err == nil {
			made, err = web.NewLogo("logo-"+path.Base(name), body)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("look/%s: %w", name, err))
		}
		return made
	}
	look.Logo, look.LogoDark = logo(l.Logo.File), logo(l.Logo.Dark)
	for _, p := range l.Pages {
		folder, err := fs.Sub(files, "pages/"+p.ID)
		if err == nil {
			var one web.ExtraPage
			one, err = web.ReadExtraPage(folder, p.ID, p.In == "menu")
			look.Pages = append(look.Pages, one)
		}
		problems = append(problems, err)
	}
	return look, errors.Join(problems...)
}
