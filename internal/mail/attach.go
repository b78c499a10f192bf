package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"net/url"
	"path"
	"strings"

	"naru/internal/naru"
)

// file is an attachment in memory.
type file struct {
	name, mediaType string
	data            []byte
}

// attach loads the attachments that go with the mail, as a whole or not at
// all, and marks their views. Documents that were erased meanwhile stay
// links, which then say so.
func (c *Composer) attach(ctx context.Context, attachments []naru.Attachment, views []attachmentView) ([]file, error) {
	var total int64
	for _, a := range attachments {
		total += a.Size
	}
	if len(attachments) == 0 || total > c.options.InlineLimitBytes {
		return nil, nil
	}
	files := make([]file, 0, len(attachments))
	for i, a := range attachments {
		f := file{name: views[i].Name, mediaType: a.Type, data: make([]byte, 0, a.Size)}
		err := c.options.Store.AttachmentChunks(ctx, a.ID, func(chunk []byte) error {
			if int64(len(f.data)+len(chunk)) > a.Size {
				return fmt.Errorf("attachment %d of the inquiry is longer than recorded", i)
			}
			f.data = append(f.data, chunk...)
			return nil
		})
		if naru.IsKind(err, naru.KindNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("load attachment %d: %w", i, err)
		}
		if sum := sha256.Sum256(f.data); hex.EncodeToString(sum[:]) != a.SHA256 {
			return nil, fmt.Errorf("load attachment %d: its bytes are not those that were uploaded", i)
		}
		views[i].Attached = true
		files = append(files, f)
	}
	return files, nil
}

// header is that of the part, with the empty line. A name beyond ASCII is given as RFC 2231 says, and
// as an encoded word in the media type for programs that do not know that.
func (f file) header() string {
	mediaType := cleanHeader(f.mediaType)
	if parsed, _, err := mime.ParseMediaType(mediaType); err != nil || strings.HasPrefix(parsed, "multipart/") || strings.HasPrefix(parsed, "message/") {
		mediaType = "application/octet-stream"
	}
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"\/:*?<>|`, r) {
			return '_'
		}
		return r
	}, f.name)
	disposition := `attachment; filename="` + name + `"`
	if !ascii(name) {
		disposition = "attachment;\r\n filename*=utf-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return "Content-Disposition: " + disposition + "\r\nContent-Transfer-Encoding: base64\r\nContent-Type: " + mediaType + ";\r\n name=\"" +
		mime.BEncoding.Encode("utf-8", name) + "\"\r\n\r\n"
}

// attachmentName is the base name, safe for headers and short enough for any
// file system.
func attachmentName(name string) string {
	name = path.Base(strings.ReplaceAll(cleanHeader(name), `\`, "/"))
	if name == "." || name == "/" || name == "" {
		return "attachment"
	}
	if ext := path.Ext(name); len([]rune(name)) > 80 {
		ext = truncate(ext, 10)
		name = truncate(name, 80-len([]rune(ext))) + ext
	}
	return name
}
