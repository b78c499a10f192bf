package mail

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
)

// EraseCaught removes from a catcher's folder the mails with one of the
// Message-IDs (without angle brackets), and returns how many there were. The
// catcher need not run, and notices by itself when it does. A folder that does
// not exist holds none.
func EraseCaught(dir string, messageIDs []string) (removed int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, ignoreMissing(err)
	}
	wanted := make(map[string]bool, len(messageIDs))
	for _, id := range messageIDs {
		wanted[id] = id != ""
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if !strings.HasSuffix(path, ".eml") {
			continue
		}
		id, err := messageIDOf(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !wanted[id] {
			continue
		}
		if err == nil {
			err = ignoreMissing(os.Remove(path))
		}
		if err != nil {
			return removed, err
		}
		removed++
	}
	if removed > 0 {
		err = syncDir(dir)
	}
	return removed, err
}

// messageIDOf reads the header of a kept mail.
func messageIDOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // only read
	// A header that cannot be read to its end may still name the mail.
	header, _ := textproto.NewReader(bufio.NewReader(io.LimitReader(file, maxHeaderBytes))).ReadMIMEHeader()
	return strings.Trim(header.Get("Message-Id"), "<> "), nil
}
