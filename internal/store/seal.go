package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"naru/internal/naru"
)

// Encryption at rest, if the store is given keys. Sealed are the contents of
// inquiries with names and addresses and of what was added to them, documents with their names and the
// secrets of their links, and what people wrote to the chat. Readable stay what
// naru searches, sorts and counts by: ids, case numbers, kinds, languages,
// countries, teams, times, sizes, and the states of mails.
//
//  1. Each value is sealed for its table, column and row: whoever can write to
//     the database cannot pass one person's data off as another's. The size of a
//     document is part of that place, so that none can be cut short.
//  2. A row says which key it is sealed with, 0 for none. So a database can be
//     encrypted, and its key exchanged, row by row while it is used: see Reseal.
//  3. The table secrets holds a value that only the right keys open. Without
//     them nothing is written: see Unlock.
//  4. A backup is not sealed: see Backup.

// Sealer encrypts values for a place. *keyring.Ring is one.
type Sealer interface {
	// Primary is the id of the key that Seal uses, never 0.
	Primary() int64
	Seal(plain []byte, context ...string) ([]byte, error)
	// Open fails with "key_unknown" or "sealed_damaged".
	Open(sealed []byte, context ...string) ([]byte, error)
}

// vault seals and opens what rows hold. It is safe for concurrent use.
type vault struct {
	// keys is nil where nothing is sealed.
	keys Sealer
	// bytes tells that a column of texts takes bytes, too: a third less to write.
	bytes bool
	// digestKey is known once the vault is unlocked.
	digestKey atomic.Pointer[[]byte]
}

// keyID is what a row sealed now says.
func (v *vault) keyID() int64 {
	if v.keys == nil {
		return 0
	}
	return v.keys.Primary()
}

func (v *vault) seal(plain []byte, context ...string) ([]byte, error) {
	if v.keys == nil {
		return plain, nil
	}
	return v.keys.Seal(plain, context...)
}

func (v *vault) open(keyID int64, sealed []byte, context ...string) ([]byte, error) {
	switch {
	case keyID == 0:
		return sealed, nil
	case v.keys == nil:
		return nil, keysMissing()
	}
	return v.keys.Open(sealed, context...)
}

func (v *vault) sealText(plain []byte, context ...string) (string, error) {
	if v.keys == nil {
		return string(plain), nil
	}
	sealed, err := v.keys.Seal(plain, context...)
	return base64.RawStdEncoding.EncodeToString(sealed), err
}

// sealBody is sealText for the long texts of inquiries and additions: a string,
// or bytes where the column takes them.
func (v *vault) sealBody(plain []byte, context ...string) (any, error) {
	if v.keys == nil || !v.bytes {
		return v.sealText(plain, context...)
	}
	sealed, err := v.keys.Seal(plain, context...)
	if err == nil && !isSealedBytes(sealed) {
		return base64.RawStdEncoding.EncodeToString(sealed), nil
	}
	return sealed, err
}

// isSealedBytes tells sealed bytes from their base64, by the version that they
// begin with.
func isSealedBytes[T string | []byte](sealed T) bool { return len(sealed) > 0 && sealed[0] == 1 }

// openText opens what sealText or sealBody made.
func (v *vault) openText(keyID int64, text string, context ...string) (string, error) {
	if keyID == 0 {
		return text, nil
	}
	plain, err := v.openBytes(keyID, text, context...)
	return string(plain), err
}

// openBytes is openText for those who need bytes.
func (v *vault) openBytes(keyID int64, text string, context ...string) ([]byte, error) {
	if keyID == 0 || isSealedBytes(text) {
		return v.open(keyID, []byte(text), context...)
	}
	sealed, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, naru.NewError(naru.KindInternal, "sealed_damaged", errors.New("store: a sealed text is no base64"))
	}
	return v.open(keyID, sealed, context...)
}

// sealedWith is the key of what sealText made: its id follows the version in
// front.
func sealedWith(text string) (keyID int64, err error) {
	sealed, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || !isSealedBytes(sealed) || len(sealed) < 5 {
		return 0, naru.NewError(naru.KindInternal, "sealed_damaged", errors.New("store: a sealed text does not name its key"))
	}
	return int64(binary.BigEndian.Uint32(sealed[1:5])), nil
}

func keysMissing() error {
	return naru.NewError(naru.KindConflict, "keys_missing", errors.New("store: the database is encrypted, and no keys are set"))
}

// sealedTable says what of a table is sealed. It works on rows whose columns
// are named, for those who move whole rows.
type sealedTable struct {
	name string
	// key are the columns of the primary key; place those whose values are the
	// row's part of the context, in this order.
	key, place []string
	// columns are sealed.
	columns []string
	// live is the condition for rows that have contents, in SQL and in Go.
	live string
	has  func(r row) bool
	// batch is how many rows are resealed in one transaction.
	batch int
}

var sealedTables = []sealedTable{
	{
		name: "inquiries", key: []string{"id"}, place: []string{"id", "reference"}, columns: []string{"body"},
		live: "erased_us = 0", has: func(r row) bool { return r.get("erased_us") == int64(0) }, batch: 64,
	},
	{
		name: "additions", key: []string{"id"}, place: []string{"id", "inquiry_id"}, columns: []string{"body"},
		live: "TRUE", has: func(row) bool { return true }, batch: 64,
	},
	{
		name: "attachments", key: []string{"id"}, place: []string{"id", "size"}, columns: []string{"name", "type", "sha256", "secret"},
		live: "complete", has: func(r row) bool { return r.get("complete") == true }, batch: 64,
	},
	{
		name: "attachment_chunks", key: []string{"attachment_id", "number"}, place: []string{"attachment_id", "number"}, columns: []string{"data"},
		live: "TRUE", has: func(row) bool { return true }, batch: 4,
	},
	{
		name: "chat_misses", key: []string{"language", "kind", "question"},
		live: "TRUE", has: func(row) bool { return true }, batch: 64,
	},
}

func sealedTableNamed(name string) (sealedTable, bool) {
	i := slices.IndexFunc(sealedTables, func(t sealedTable) bool { return t.name == name })
	if i < 0 {
		return sealedTable{}, false
	}
	return sealedTables[i], true
}

// row is a whole row: string, int64, bool, []byte or nil by column.
type row struct {
	columns []string
	values  []any
}

func (r row) get(column string) any {
	if i := slices.Index(r.columns, column); i >= 0 {
		return r.values[i]
	}
	return nil
}

func (r row) set(column string, value any) { r.values[slices.Index(r.columns, column)] = value }

// context is the place of a column of the row.
func (t sealedTable) context(r row, column string) []string {
	context := []string{t.name + "." + column}
	for _, c := range t.place {
		context = append(context, fmt.Sprint(r.get(c)))
	}
	return context
}

// sealRow seals a readable row in place; a row from before there were keys is
// left alone.
func (v *vault) sealRow(t sealedTable, r row) (err error) {
	if v.keys == nil || r.get("key_id") != int64(0) || !t.has(r) {
		return nil
	}
	if t.name == "chat_misses" {
		m := naru.Miss{Language: r.get("language").(string), Kind: r.get("kind").(string), Question: r.get("question").(string), Words: r.get("words").(string)}
		question, words, err := v.sealMiss(m)
		r.set("question", question)
		r.set("words", words)
		r.set("key_id", v.keyID())
		return err
	}
	for _, column := range t.columns {
		var sealed any
		switch value := r.get(column).(type) {
		case string:
			if column == "body" {
				sealed, err = v.sealBody([]byte(value), t.context(r, column)...)
			} else {
				sealed, err = v.sealText([]byte(value), t.context(r, column)...)
			}
		case []byte:
			sealed, err = v.seal(value, t.context(r, column)...)
		}
		if err != nil {
			return err
		}
		r.set(column, sealed)
	}
	r.set("key_id", v.keyID())
	return nil
}

// openRow is the inverse of sealRow.
func (v *vault) openRow(t sealedTable, r row) (err error) {
	keyID, known := r.get("key_id").(int64)
	if !known || keyID == 0 {
		return nil
	}
	if t.name == "chat_misses" {
		m := naru.Miss{Language: r.get("language").(string), Kind: r.get("kind").(string), Question: r.get("question").(string), Words: r.get("words").(string)}
		err := v.openMiss(keyID, &m)
		r.set("question", m.Question)
		r.set("words", m.Words)
		r.set("key_id", int64(0))
		return err
	}
	for _, column := range t.columns {
		var plain any
		switch value := r.get(column).(type) {
		case string:
			plain, err = v.openText(keyID, value, t.context(r, column)...)
		case []byte:
			plain, err = v.open(keyID, value, t.context(r, column)...)
		}
		if err != nil {
			return fmt.Errorf("store: table %s: %w", t.name, err)
		}
		r.set(column, plain)
	}
	r.set("key_id", int64(0))
	return nil
}

// sealedMiss is what the column words holds of a sealed miss.
type sealedMiss struct {
	Question string `json:"question"`
	Words    string `json:"words"`
}

// sealMiss returns the columns question and words. The digest makes the same
// question the same row, and tells nothing to those without the keys.
func (v *vault) sealMiss(m naru.Miss) (question, words string, err error) {
	if v.keys == nil {
		return m.Question, m.Words, nil
	}
	key := v.digestKey.Load()
	if key == nil {
		return "", "", errors.New("store: the keys have not been checked; call Migrate or Unlock first")
	}
	digest := hmac.New(sha256.New, *key)
	for _, part := range []string{m.Language, m.Kind, m.Question} {
		fmt.Fprintf(digest, "%d:%s", len(part), part)
	}
	question = hex.EncodeToString(digest.Sum(nil))
	plain, err := json.Marshal(sealedMiss{m.Question, m.Words})
	if err == nil {
		words, err = v.sealText(plain, "chat_misses.words", m.Language, m.Kind, question)
	}
	return question, words, err
}

// openMiss turns the columns in m into what was sealed.
func (v *vault) openMiss(keyID int64, m *naru.Miss) error {
	if keyID == 0 {
		return nil
	}
	plain, err := v.openText(keyID, m.Words, "chat_misses.words", m.Language, m.Kind, m.Question)
	if err != nil {
		return err
	}
	var s sealedMiss
	if err := json.Unmarshal([]byte(plain), &s); err != nil {
		return errors.New("store: a sealed miss cannot be decoded")
	}
	m.Question, m.Words = s.Question, s.Words
	return nil
}

// digestSecret is the row of the table secrets.
const digestSecret = "digest"

// Unlock checks that the keys are those of the database, and that there are
// some if it is encrypted; with keys, it makes a database encrypted that was
// not. Migrate does the same. Nothing may be read or written before. Errors:
// KindConflict "keys_missing" and "keys_wrong"; KindConflict "schema_outdated"
// when the tables are older; KindUnavailable.
func (s *Store) Unlock(ctx context.Context) error {
	if _, err := s.currentSchema(ctx); err != nil {
		return err
	}
	return s.unlock(ctx)
}

func (s *Store) unlock(ctx context.Context) error {
	value, found, err := s.digestSecret(ctx)
	if err != nil || !found && s.vault.keys == nil {
		return err
	}
	if !found {
		key := make([]byte, sha256.Size)
		_, _ = rand.Read(key) // never fails
		if value, err = s.vault.sealText(key, "secrets.value", digestSecret); err != nil {
			return err
		}
		err = s.write(ctx, "encrypt database", background, workFunc(func(t *transaction) error {
			_, err := t.exec(`INSERT INTO secrets (name, value, swept) VALUES ($1, $2, 0) ON CONFLICT (name) DO NOTHING`, digestSecret, value)
			return err
		}))
		if err != nil {
			return err
		}
		// Another process may have been faster.
		if value, _, err = s.digestSecret(ctx); err != nil {
			return err
		}
	}
	if s.vault.keys == nil {
		return keysMissing()
	}
	key, err := s.vault.openText(s.vault.keyID(), value, "secrets.value", digestSecret)
	if err != nil {
		return naru.NewError(naru.KindConflict, "keys_wrong", err)
	}
	digestKey := []byte(key)
	s.vault.digestKey.Store(&digestKey)
	return nil
}

func (s *Store) digestSecret(ctx context.Context) (value string, found bool, err error) {
	found, err = s.reader.one(ctx, `SELECT value FROM secrets WHERE name = $1`, []any{digestSecret}, &value)
	return value, found, s.translate("read secrets", err)
}

// Encrypted tells whether the database can be used only with its keys; false
// also for one that has no tables yet, or older ones.
func (s *Store) Encrypted(ctx context.Context) (bool, error) {
	version, err := s.SchemaVersion(ctx)
	if err != nil || version < encryptionSchema {
		return false, err
	}
	_, found, err := s.digestSecret(ctx)
	return found, err
}

// encryptionSchema is the migration that brought the table secrets.
const encryptionSchema = 5
