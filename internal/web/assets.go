package web

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"naru/internal/naru"
	"naru/internal/server"
)

// Assets are the files that pages load. Each has an address with a digest of
// its bytes, so that browsers may keep it for ever.
type Assets struct {
	byAddress map[string]server.Content
	addresses map[string]string
}

// mediaTypes are those of static files. Any other extension is refused at the
// start: what is not meant for browsers must not lie there.
var mediaTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".webp":  "image/webp",
	".woff2": "font/woff2",
	".json":  "application/json",
}

// forEver is the caching of what has a digest of its bytes in its address.
const forEver = "public, max-age=31536000, immutable"

// imports are those of a module from another one beside it.
var imports = regexp.MustCompile(`(\bfrom\s*|\bimport\s*\(?\s*)"\./([a-z0-9-]+\.js)"`)

// NewAssets loads all files of static/. Modules import each other by their
// plain names, in place of which the addresses are written. Those of the look
// are added; the zero Look adds nothing.
func NewAssets(templates fs.FS, look Look) (*Assets, error) {
	a := &Assets{byAddress: make(map[string]server.Content), addresses: make(map[string]string)}
	entries, err := fs.ReadDir(templates, "static")
	if err != nil {
		return nil, fmt.Errorf("web: static files: %w", err)
	}
	files := make(map[string][]byte)
	for _, file := range entries {
		if _, ok := mediaTypes[path.Ext(file.Name())]; !ok || file.IsDir() {
			return nil, fmt.Errorf("web: static/%s is of no type that pages load", file.Name())
		}
		if files[file.Name()], err = fs.ReadFile(templates, "static/"+file.Name()); err != nil {
			return nil, fmt.Errorf("web: static files: %w", err)
		}
	}
	if css := look.css(); css != "" {
		files["naru.css"] = append(files["naru.css"], css...)
	}
	for _, logo := range []*Logo{look.Logo, look.LogoDark} {
		if logo != nil {
			files[logo.Name] = logo.Body
		}
	}
	for name := range files {
		if err := a.add(files, name, nil); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// add gives a file its address, after those that it imports; importers are the
// files that are waiting for it.
func (a *Assets) add(files map[string][]byte, name string, importers []string) error {
	if a.addresses[name] != "" {
		return nil
	}
	body, ok := files[name]
	if !ok || slices.Contains(importers, name) {
		return fmt.Errorf("web: static/%s imports %s, which does not exist or imports it", importers[len(importers)-1], name)
	}
	extension := path.Ext(name)
	if extension == ".js" {
		for _, found := range imports.FindAllSubmatch(body, -1) {
			if err := a.add(files, string(found[2]), append(importers, name)); err != nil {
				return err
			}
		}
		body = imports.ReplaceAllFunc(body, func(found []byte) []byte {
			parts := imports.FindSubmatch(found)
			return []byte(string(parts[1]) + `".` + strings.TrimPrefix(a.addresses[string(parts[2])], "/static") + `"`)
		})
	}
	content := server.NewContent(mediaTypes[extension], body)
	address := strings.TrimSuffix(name, extension) + "." + content.Digest() + extension
	a.byAddress[address], a.addresses[name] = content, "/static/"+address
	return nil
}

// URL returns the address of a file of static/. It panics for a file that
// does not exist: the names stand in templates, which are run at the start.
func (a *Assets) URL(name string) string {
	address, ok := a.addresses[name]
	if !ok {
		panic(fmt.Sprintf("web: no file static/%s", name))
	}
	return address
}

func (a *Assets) serve(c *gin.Context) error {
	content, ok := a.byAddress[c.Param("file")]
	if !ok {
		return naru.NewError(naru.KindNotFound, "not_found", nil)
	}
	return content.Serve(c, forEver)
}
