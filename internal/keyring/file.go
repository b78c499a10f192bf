package keyring

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// ReadFile reads a ring that Create or Change wrote. A file that does not
// exist is fs.ErrNotExist.
func ReadFile(path string) (*Ring, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	ring, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return ring, nil
}

// Create writes the ring into a new file that only its owner can read, and
// returns when it is on disk for good. A file that exists is fs.ErrExist.
func (r *Ring) Create(path string) error {
	// Written whole under another name first: a crash must not leave a file of
	// keys that is cut off. The link fails where the name is taken.
	part, err := r.write(path)
	if err != nil {
		return err
	}
	return errors.Join(wrapFile(os.Link(part, path)), wrapFile(os.Remove(part)), syncFolder(path))
}

// Change replaces the ring in the file by the one that change returns, and nobody
// else's change meanwhile is lost: each waits for the one before.
func Change(path string, change func(*Ring) (*Ring, error)) (err error) {
	// The folder, as the file itself is another one after each change.
	lock := flock.New(filepath.Dir(path), flock.SetFlag(os.O_RDONLY))
	if err := lock.Lock(); err != nil {
		return wrapFile(err)
	}
	defer func() { err = errors.Join(err, wrapFile(lock.Unlock())) }()
	ring, err := ReadFile(path)
	if err != nil {
		return err
	}
	if ring, err = change(ring); err != nil {
		return err
	}
	return ring.replace(path)
}

// replace writes the ring over a file of keys, which holds either the old keys
// or the new ones, whatever happens.
func (r *Ring) replace(path string) error {
	part, err := r.write(path)
	if err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return errors.Join(wrapFile(err), wrapFile(os.Remove(part)))
	}
	return syncFolder(path)
}

// write makes a file beside the path, readable by its owner alone.
func (r *Ring) write(path string) (part string, err error) {
	text, err := r.Text()
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*") // mode 0600
	if err != nil {
		return "", wrapFile(err)
	}
	_, err = file.WriteString(text + "\n")
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", errors.Join(wrapFile(err), wrapFile(os.Remove(file.Name())))
	}
	return file.Name(), nil
}

func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return wrapFile(err)
	}
	return wrapFile(errors.Join(folder.Sync(), folder.Close()))
}

func wrapFile(err error) error {
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	return nil
}
