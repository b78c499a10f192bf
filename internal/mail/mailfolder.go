package mail

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"naru/internal/naru"
)

// Caught describes a mail that the catcher keeps.
type Caught struct {
	// ID names the mail for Get; it sorts by time.
	ID string
	At time.Time
	// From and To are the envelope's; Subject is decoded.
	From    string
	To      []string
	Subject string
	// MessageID is without angle brackets.
	MessageID string
	// Size is in bytes.
	Size int64
	// sealed tells which of the two forms the file has.
	sealed bool
}

// Sealer encrypts mails for the disk. *keyring.Ring is one.
type Sealer interface {
	Seal(plain []byte, context ...string) ([]byte, error)
	Open(sealed []byte, context ...string) ([]byte, error)
}

// Files of mails are named by their id with one of these.
const (
	readableSuffix = ".eml"
	sealedSuffix   = ".sealed"
)

// sealContext begins the context of a sealed mail; its id follows.
const sealContext = "caught mail"

// keptMail tells from a file's name whether it is a mail, and its id.
func keptMail(name string) (id string, sealed, ok bool) {
	if id, sealed = strings.CutSuffix(name, sealedSuffix); !sealed {
		id, ok = strings.CutSuffix(name, readableSuffix)
	}
	_, dated := idTime(id)
	return id, sealed, (sealed || ok) && dated
}

// errUnopened is for a sealed mail that the keys do not open.
var errUnopened = errors.New("mail catcher: a mail is sealed with other keys")

// readMail reads a kept mail.
func readMail(dir string, keys Sealer, id string, sealed bool) ([]byte, error) {
	if !sealed {
		return os.ReadFile(filepath.Join(dir, id+readableSuffix))
	}
	raw, err := os.ReadFile(filepath.Join(dir, id+sealedSuffix))
	if err != nil {
		return nil, err
	}
	if keys == nil {
		return nil, errUnopened
	}
	if raw, err = keys.Open(raw, sealContext, id); err != nil {
		return nil, errors.Join(errUnopened, err)
	}
	return raw, nil
}

// The headers that the catcher adds, as a mail server does on final delivery.
const (
	returnPath  = "Return-Path"
	deliveredTo = "Delivered-To"
)

// maxHeaderBytes of a kept mail are read for the list.
const maxHeaderBytes = 64 << 10

// mailFolder keeps mails in a folder, one file each, sealed if there are keys, and an index of
// them in memory. A file is written under another name, synced, and renamed;
// the folder is synced after that. What a crash leaves half written is removed
// at the next start.
type mailFolder struct {
	dir      string
	keys     Sealer // nil for none
	maxMails int
	maxBytes int64
	now      func() time.Time

	mu    sync.Mutex // guards all below
	mails []Caught   // oldest first
	bytes int64
	last  int64 // microseconds of the newest id
}

func openMailFolder(dir string, keys Sealer, maxMails int, maxBytes int64, now func() time.Time) (*mailFolder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f := &mailFolder{dir: dir, keys: keys, maxMails: maxMails, maxBytes: maxBytes, now: now}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasSuffix(name, ".tmp") {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				return nil, err
			}
			continue
		}
		id, sealed, ok := keptMail(name)
		if !ok {
			continue // not ours: left alone
		}
		raw, err := readMail(dir, keys, id, sealed)
		if errors.Is(err, errUnopened) {
			continue
		}
		if err != nil {
			return nil, err
		}
		micros, _ := idTime(id)
		caught := describe(id, raw)
		caught.At, caught.sealed = time.UnixMicro(micros), sealed
		f.mails = append(f.mails, caught)
		f.bytes += caught.Size
		f.last = max(f.last, micros)
	}
	return f, f.sortAndEvict()
}

func (f *mailFolder) sortAndEvict() error {
	slices.SortFunc(f.mails, func(a, b Caught) int { return strings.Compare(a.ID, b.ID) })
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.evict()
}

// newID returns an id that sorts after all others. mu is held.
func (f *mailFolder) newID() (id string, at time.Time) {
	f.last = max(f.now().UnixMicro(), f.last+1)
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%016d-%s", f.last, hex.EncodeToString(b[:])), time.UnixMicro(f.last)
}

// idTime reads the time of an id, in microseconds.
func idTime(id string) (int64, bool) {
	if len(id) != 25 || id[16] != '-' {
		return 0, false
	}
	micros, err := strconv.ParseInt(id[:16], 10, 64)
	return micros, err == nil
}

func (f *mailFolder) path(c Caught) string {
	if c.sealed {
		return filepath.Join(f.dir, c.ID+sealedSuffix)
	}
	return filepath.Join(f.dir, c.ID+readableSuffix)
}

// describe reads the header of a kept mail.
func describe(id string, raw []byte) Caught {
	c := Caught{ID: id, Size: int64(len(raw))}
	header := headerOf(raw)
	c.From = strings.Trim(header.Get(returnPath), "<>")
	c.To = header.Values(deliveredTo)
	c.Subject = decodeHeader(header.Get("Subject"))
	c.MessageID = strings.Trim(header.Get("Message-Id"), "<> ")
	return c
}

// headerOf reads a header. One that cannot be read to its end still tells
// something.
func headerOf(raw []byte) textproto.MIMEHeader {
	header, _ := textproto.NewReader(bufio.NewReader(io.LimitReader(bytes.NewReader(raw), maxHeaderBytes))).ReadMIMEHeader()
	return header
}

// decodeHeader shows an encoded header; what cannot be decoded is shown as it
// stands.
func decodeHeader(s string) string {
	decoded, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		decoded = s
	}
	return strings.ToValidUTF8(decoded, "\uFFFD")
}

// add writes a mail and returns when it is on disk for good.
func (f *mailFolder) add(from string, to []string, r io.Reader) error {
	f.mu.Lock()
	id, at := f.newID()
	f.mu.Unlock()
	raw, err := finalMail(from, to, r)
	if err != nil {
		return err
	}
	caught := describe(id, raw)
	caught.At, caught.sealed = at, f.keys != nil
	if caught.sealed {
		if raw, err = f.keys.Seal(raw, sealContext, id); err != nil {
			return err
		}
	}
	tmp := filepath.Join(f.dir, id+".tmp")
	if err := writeMail(tmp, raw); err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(tmp)))
	}
	if err := os.Rename(tmp, f.path(caught)); err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(tmp)))
	}
	if err := syncDir(f.dir); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	i, _ := slices.BinarySearchFunc(f.mails, id, func(c Caught, id string) int { return strings.Compare(c.ID, id) })
	f.mails = slices.Insert(f.mails, i, caught)
	f.bytes += caught.Size
	return f.evict()
}

// finalMail is a mail with the headers of final delivery.
func finalMail(from string, to []string, r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: <%s>\r\n", returnPath, cleanHeader(from))
	for _, address := range to {
		fmt.Fprintf(&b, "%s: %s\r\n", deliveredTo, cleanHeader(address))
	}
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

func writeMail(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// evict removes the oldest mails beyond the limits, but never the newest one.
// mu is held.
func (f *mailFolder) evict() error {
	n := 0
	for len(f.mails)-n > 1 && (len(f.mails)-n > f.maxMails || f.bytes > f.maxBytes) {
		if err := ignoreMissing(os.Remove(f.path(f.mails[n]))); err != nil {
			f.mails = slices.Delete(f.mails, 0, n)
			return err
		}
		f.bytes -= f.mails[n].Size
		n++
	}
	f.mails = slices.Delete(f.mails, 0, n)
	return nil
}

func (f *mailFolder) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.mails)
}

func (f *mailFolder) list(search, before string, limit int) []Caught {
	words := strings.Fields(strings.ToLower(search))
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []Caught
	for i := len(f.mails) - 1; i >= 0 && len(found) < limit; i-- {
		c := f.mails[i]
		if (before == "" || c.ID < before) && c.matches(words) && !f.gone(i) {
			found = append(found, c)
		}
	}
	return found
}

// gone forgets the i-th mail when its file was removed by others; see
// EraseCaught. mu is held.
func (f *mailFolder) gone(i int) bool {
	if _, err := os.Stat(f.path(f.mails[i])); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	f.bytes -= f.mails[i].Size
	f.mails = slices.Delete(f.mails, i, i+1)
	return true
}

func (c Caught) matches(words []string) bool {
	if len(words) == 0 {
		return true
	}
	all := strings.ToLower(c.Subject + " " + c.From + " " + strings.Join(c.To, " "))
	for _, w := range words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

func (f *mailFolder) get(id string) (Caught, []byte, error) {
	f.mu.Lock()
	i, ok := slices.BinarySearchFunc(f.mails, id, func(c Caught, id string) int { return strings.Compare(c.ID, id) })
	var c Caught
	if ok {
		c = f.mails[i]
	}
	f.mu.Unlock()
	if !ok {
		return Caught{}, nil, naru.NewError(naru.KindNotFound, "mail_unknown", nil)
	}
	raw, err := readMail(f.dir, f.keys, id, c.sealed)
	if errors.Is(err, fs.ErrNotExist) { // removed by others
		return Caught{}, nil, naru.NewError(naru.KindNotFound, "mail_unknown", err)
	}
	return c, raw, err
}

// headers returns all header lines of a mail, in their order, decoded.
func headers(raw []byte) []HeaderLine {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	unfolded := strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(string(head))
	var lines []HeaderLine
	for line := range strings.SplitSeq(unfolded, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			lines = append(lines, HeaderLine{name, decodeHeader(strings.TrimSpace(value))})
		}
	}
	return lines
}

// HeaderLine is one header of a caught mail, decoded.
type HeaderLine struct{ Name, Value string }
