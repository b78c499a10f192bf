package intake

import (
	"mime"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/text/unicode/norm"

	"naru/internal/naru"
)

// documentType is a type of document that is taken.
type documentType struct {
	mediaType  string
	extensions []string
	// claims are other media types that clients send for it.
	claims []string
	// archive: its content has to be looked into.
	archive bool
	// bare: files of this type often have no extension.
	bare bool
}

const (
	typePDF   = "application/pdf"
	typeJPEG  = "image/jpeg"
	typePNG   = "image/png"
	typeDOCX  = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeDICOM = "application/dicom"
	typeZIP   = "application/zip"
)

// documentTypes are all that are taken, in the order they are told.
var documentTypes = []documentType{
	{mediaType: typePDF, extensions: []string{".pdf"}, claims: []string{"application/x-pdf"}},
	{mediaType: typeJPEG, extensions: []string{".jpg", ".jpeg"}, claims: []string{"image/jpg", "image/pjpeg"}},
	{mediaType: typePNG, extensions: []string{".png"}, claims: []string{"image/x-png"}},
	{mediaType: typeDOCX, extensions: []string{".docx"}, archive: true},
	{mediaType: typeDICOM, extensions: []string{".dcm", ".dicom", ".dic"}, claims: []string{"image/dicom", "image/x-dicom"}, bare: true},
	{mediaType: typeZIP, extensions: []string{".zip"}, claims: []string{"application/x-zip-compressed", "application/x-zip", "multipart/x-zip"}, archive: true},
}

func typeOf(mediaType string) (documentType, bool) {
	i := slices.IndexFunc(documentTypes, func(t documentType) bool { return t.mediaType == mediaType })
	if i < 0 {
		return documentType{}, false
	}
	return documentTypes[i], true
}

// extensionList is the argument of sentences that say what is taken.
func extensionList() map[string]any {
	var all []string
	for _, t := range documentTypes {
		all = append(all, t.extensions[0][1:])
	}
	return map[string]any{"Types": strings.ToUpper(join(all))}
}

func unsupported() error {
	return &naru.Error{Kind: naru.KindUnsupportedType, Code: "attachment_type_unsupported", Args: extensionList()}
}

// sniff recognises the type by the first bytes. Everything in ZIP form counts
// as an archive until it has been looked into: what lies in a DOCX is seen
// from its directory, which stands at the end.
func sniff(head []byte) (documentType, error) {
	for m := mimetype.Detect(head); m != nil; m = m.Parent() {
		mediaType, _, _ := mime.ParseMediaType(m.String())
		if t, ok := typeOf(mediaType); ok {
			return t, nil
		}
	}
	return documentType{}, unsupported()
}

// agrees checks that name and claimed type go with what was found: a file
// under a false flag is either a mistake or an attempt.
func (t documentType) agrees(name, claimed string) error {
	extension := strings.ToLower(path.Ext(name))
	named := slices.Contains(t.extensions, extension) || t.bare && !slices.ContainsFunc(documentTypes, func(o documentType) bool { return slices.Contains(o.extensions, extension) })
	mediaType, _, err := mime.ParseMediaType(claimed)
	claimOK := claimed == "" || err == nil && (mediaType == "application/octet-stream" || mediaType == t.mediaType || slices.Contains(t.claims, mediaType))
	if named && claimOK {
		return nil
	}
	return &naru.Error{Kind: naru.KindUnsupportedType, Code: "attachment_type_mismatch", Args: map[string]any{"Found": strings.ToUpper(t.extensions[0][1:])}}
}

// maxName is the length of a file's name in characters.
const maxName = 150

// cleanName makes of what a client calls a file a name that can stand in a
// mail header, on a page and on every file system: the base name in NFC,
// without control, direction and other invisible characters and without those
// that systems reserve, at most 150 characters, the extension kept. A name of
// which nothing is left becomes "document" with the extension of the type.
func cleanName(name string, t documentType) string {
	name = strings.ReplaceAll(name, `\`, "/")
	name = name[strings.LastIndexByte(name, '/')+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), invisible(r), joiner(r), r == '\u202d', r == '\u202e', r == unicode.ReplacementChar:
			return -1
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(name, "")))
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	extension := path.Ext(name)
	stem := []rune(strings.TrimRight(strings.TrimSuffix(name, extension), ". "))
	if len([]rune(extension)) > 10 {
		stem, extension = []rune(name), ""
	}
	if len(stem) == 0 {
		// ".pdf" was trimmed to "pdf", which is no name.
		return "document" + t.extensions[0]
	}
	if slices.Contains(t.extensions, "."+strings.ToLower(name)) {
		return "document" + t.extensions[0]
	}
	return string(stem[:min(len(stem), maxName-len([]rune(extension)))]) + extension
}
