package mail

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// EraseCaught removes from a catcher's folder the mails with one of the
// Message-IDs (without angle brackets), and returns how many there were. Keys
// are those of the catcher; a mail that they do not open stays. The catcher need
// not run, and notices by itself when it does. A folder that does not exist
// holds none.
func EraseCaught(dir string, keys Sealer, messageIDs []string) (removed int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, ignoreMissing(err)
	}
	wanted := make(map[string]bool, len(messageIDs))
	for _, id := range messageIDs {
		wanted[id] = id != ""
	}
	for _, entry := range entries {
		id, sealed, ok := keptMail(entry.Name())
		if !ok {
			continue
		}
		raw, err := readMail(dir, keys, id, sealed)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errUnopened) || err == nil && !wanted[strings.Trim(headerOf(raw).Get("Message-Id"), "<> ")] {
			continue
		}
		if err == nil {
			err = ignoreMissing(os.Remove(filepath.Join(dir, entry.Name())))
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
