package web

import (
	"fmt"
	"io/fs"
	"path"
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

// NewAssets loads all files of static/.
func NewAssets(templates fs.FS) (*Assets, error) {
	a := &Assets{byAddress: make(map[string]server.Content), addresses: make(map[string]string)}
	files, err := fs.ReadDir(templates, "static")
	if err != nil {
		return nil, fmt.Errorf("web: static files: %w", err)
	}
	for _, file := range files {
		extension := path.Ext(file.Name())
		mediaType, ok := mediaTypes[extension]
		if !ok || file.IsDir() {
			return nil, fmt.Errorf("web: static/%s is of no type that pages load", file.Name())
		}
		body, err := fs.ReadFile(templates, "static/"+file.Name())
		if err != nil {
			return nil, fmt.Errorf("web: static files: %w", err)
		}
		content := server.NewContent(mediaType, body)
		address := strings.TrimSuffix(file.Name(), extension) + "." + content.Digest() + extension
		a.byAddress[address], a.addresses[file.Name()] = content, "/static/"+address
	}
	return a, nil
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
	return content.Serve(c, "public, max-age=31536000, immutable")
}
