package intake

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"naru/internal/naru"
)

// Limits of archives: far above the images of one examination, far below what
// would hurt whoever unpacks it.
const (
	archiveEntries = 10_000
	archiveBytes   = 2 << 30
	// archiveRatio is unpacked to packed size; images and letters are below
	// 20, bombs in the thousands. Small archives are let be.
	archiveRatio      = 200
	archiveRatioFloor = 10 << 20
)

func archiveProblem(code string) error {
	return &naru.Error{Kind: naru.KindInvalid, Code: "attachment_archive_" + code, Args: extensionList()}
}

// inspectArchive looks into a file in ZIP form. A DOCX must be a document
// without macros; any other archive may hold only documents of the types that
// are taken, recognised by their bytes, not encrypted, with harmless names.
func inspectArchive(file io.ReaderAt, size int64) (documentType, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return documentType{}, archiveProblem("broken")
	}
	if err := checkDirectory(archive, size); err != nil {
		return documentType{}, err
	}
	if archiveHas(archive, "[Content_Types].xml") {
		if archiveHas(archive, "word/document.xml") && !hasMacros(archive) {
			docx, _ := typeOf(typeDOCX)
			return docx, nil
		}
		return documentType{}, unsupported()
	}
	documents := 0
	for _, entry := range archive.File {
		if entry.FileInfo().IsDir() || clutter(entry.Name) {
			continue
		}
		if err := checkEntry(entry); err != nil {
			return documentType{}, err
		}
		documents++
	}
	if documents == 0 {
		return documentType{}, archiveProblem("empty")
	}
	found, _ := typeOf(typeZIP)
	return found, nil
}

func checkDirectory(archive *zip.Reader, size int64) error {
	if len(archive.File) > archiveEntries {
		return archiveProblem("bomb")
	}
	var unpacked uint64
	for _, entry := range archive.File {
		unpacked += entry.UncompressedSize64
		if entry.UncompressedSize64 > archiveBytes || unpacked > archiveBytes {
			return archiveProblem("bomb")
		}
		if entry.Flags&1 != 0 {
			return archiveProblem("encrypted")
		}
		if !harmlessPath(entry.Name) || !entry.Mode().IsRegular() && !entry.Mode().IsDir() {
			return archiveProblem("unsafe")
		}
	}
	if unpacked > archiveRatioFloor && unpacked > archiveRatio*uint64(size) {
		return archiveProblem("bomb")
	}
	return nil
}

// harmlessPath tells whether unpacking the name stays inside a folder, on any
// system.
func harmlessPath(name string) bool {
	if name == "" || len(name) > 500 || strings.ContainsAny(name, "\x00\\:") || strings.HasPrefix(name, "/") {
		return false
	}
	return !slices.Contains(strings.Split(name, "/"), "..")
}

// clutter is what systems put into archives by themselves.
func clutter(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(name, "__MACOSX/") || base == ".DS_Store" || base == "Thumbs.db" || base == "desktop.ini"
}

func archiveHas(archive *zip.Reader, name string) bool {
	return slices.ContainsFunc(archive.File, func(f *zip.File) bool { return f.Name == name })
}

func hasMacros(archive *zip.Reader) bool {
	return slices.ContainsFunc(archive.File, func(f *zip.File) bool { return strings.EqualFold(path.Base(f.Name), "vbaProject.bin") })
}

// checkEntry reads the beginning of a file in an archive.
func checkEntry(entry *zip.File) error {
	reader, err := entry.Open()
	if err != nil {
		return archiveProblem("broken")
	}
	head := make([]byte, headBytes)
	n, err := io.ReadFull(reader, head)
	if closeErr := reader.Close(); closeErr != nil && err == nil {
		err = closeErr
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return archiveProblem("broken")
	}
	found, err := sniff(head[:n])
	if err != nil || found.mediaType == typeZIP && !strings.EqualFold(path.Ext(entry.Name), ".docx") {
		return archiveProblem("content")
	}
	if found.mediaType == typeZIP {
		found, _ = typeOf(typeDOCX)
	}
	if found.agrees(entry.Name, "") != nil {
		return archiveProblem("content")
	}
	return nil
}
