// Package keyring encrypts what naru stores of persons, with keys that can be
// exchanged while it runs. The algorithm is AES-256-GCM, by Tink: whatever is
// sealed names the key it was sealed with, so that old keys go on opening what
// they sealed while new values are sealed with the primary key.
//
// Each value is sealed together with its context, which says where it belongs:
// table, column and row. A sealed value that was moved elsewhere, cut or
// changed cannot be opened.
//
// A key is good for 2^32 values, the bound of random nonces of 96 bits: more
// inquiries than a desk sees in its life.
//
// A Ring does not change once made and is safe for concurrent use; its methods
// that add or remove keys return another. Nothing here logs, and no error holds
// a key or what was to be opened.
package keyring

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"

	"naru/internal/naru"
)

// Ring is a set of keys, one of which is primary.
type Ring struct {
	handle *keyset.Handle
	aead   tink.AEAD
	info   *tinkpb.KeysetInfo
}

// Key describes a key without its secret.
type Key struct {
	ID uint32
	// Primary tells that new values are sealed with it.
	Primary bool
}

// New makes a ring of one new key.
func New() (*Ring, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("keyring: make key: %w", err)
	}
	return newRing(handle)
}

// Parse reads the text of a ring: a Tink keyset in JSON, of keys for AEAD that
// Tink prefixes with their id. Its errors do not repeat the text.
func Parse(text string) (*Ring, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader([]byte(text))))
	if err != nil {
		// The cause may quote the text.
		return nil, errors.New("keyring: this is no keyset; `naru keys new` makes one")
	}
	return newRing(handle)
}

func newRing(handle *keyset.Handle) (*Ring, error) {
	info := handle.KeysetInfo()
	for _, k := range info.GetKeyInfo() {
		if k.GetOutputPrefixType() != tinkpb.OutputPrefixType_TINK || k.GetStatus() != tinkpb.KeyStatusType_ENABLED {
			return nil, fmt.Errorf("keyring: key %d is not enabled or does not mark what it seals", k.GetKeyId())
		}
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, errors.New("keyring: the keyset is not for AEAD; `naru keys new` makes one that is")
	}
	return &Ring{handle: handle, aead: primitive, info: info}, nil
}

// Text is the ring with its secrets, as Parse reads it, in one line.
func (r *Ring) Text() (string, error) {
	var indented, compact bytes.Buffer
	if err := insecurecleartextkeyset.Write(r.handle, keyset.NewJSONWriter(&indented)); err != nil {
		return "", fmt.Errorf("keyring: write keys: %w", err)
	}
	if err := json.Compact(&compact, indented.Bytes()); err != nil {
		return "", fmt.Errorf("keyring: write keys: %w", err)
	}
	return compact.String(), nil
}

// Keys lists the keys, oldest first.
func (r *Ring) Keys() []Key {
	var list []Key
	for _, k := range r.info.GetKeyInfo() {
		list = append(list, Key{ID: k.GetKeyId(), Primary: k.GetKeyId() == r.info.GetPrimaryKeyId()})
	}
	return list
}

// Primary is the id of the primary key, never 0.
func (r *Ring) Primary() int64 { return int64(r.info.GetPrimaryKeyId()) }

// prefixBytes are those in front of every sealed value: a version and the id of
// the key.
const prefixBytes = 5

// Seal encrypts a value for the place that the context names.
func (r *Ring) Seal(plain []byte, context ...string) ([]byte, error) {
	sealed, err := r.aead.Encrypt(plain, associated(context))
	if err != nil {
		return nil, fmt.Errorf("keyring: seal: %w", err)
	}
	return sealed, nil
}

// Open is the inverse of Seal. Its errors are KindInternal: "key_unknown" for
// a value sealed with a key that is not in the ring, and "sealed_damaged" for
// one that is not as it was sealed, or not where.
func (r *Ring) Open(sealed []byte, context ...string) ([]byte, error) {
	if id, ok := sealedWith(sealed); ok && !slices.ContainsFunc(r.info.GetKeyInfo(), func(k *tinkpb.KeysetInfo_KeyInfo) bool { return k.GetKeyId() == id }) {
		return nil, naru.NewError(naru.KindInternal, "key_unknown", fmt.Errorf("keyring: sealed with key %d, which is not among the keys", id))
	}
	plain, err := r.aead.Decrypt(sealed, associated(context))
	if err != nil {
		return nil, naru.NewError(naru.KindInternal, "sealed_damaged", errors.New("keyring: a sealed value was changed or moved"))
	}
	return plain, nil
}

// sealedWith is the id of the key that a value was sealed with.
func sealedWith(sealed []byte) (id uint32, ok bool) {
	if len(sealed) < prefixBytes || sealed[0] != 1 {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:prefixBytes]), true
}

// associated joins a context so that no other context reads the same.
func associated(context []string) []byte {
	var b []byte
	for _, part := range context {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}

// Add returns a ring with one more key, which is not primary yet: programs that
// share a database must all know a key before the first of them uses it.
func (r *Ring) Add() (*Ring, uint32, error) {
	manager := keyset.NewManagerFromHandle(r.handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, 0, fmt.Errorf("keyring: make key: %w", err)
	}
	changed, err := r.changed(manager, nil)
	return changed, id, err
}

// Promote returns a ring in which the key with the id is primary. KindNotFound
// "key_unknown".
func (r *Ring) Promote(id uint32) (*Ring, error) {
	manager := keyset.NewManagerFromHandle(r.handle)
	return r.changed(manager, manager.SetPrimary(id))
}

// Remove returns a ring without the key with the id, which must not be the
// primary one. KindNotFound "key_unknown".
func (r *Ring) Remove(id uint32) (*Ring, error) {
	manager := keyset.NewManagerFromHandle(r.handle)
	return r.changed(manager, manager.Delete(id))
}

func (r *Ring) changed(manager *keyset.Manager, err error) (*Ring, error) {
	if err != nil {
		return nil, naru.NewError(naru.KindNotFound, "key_unknown", err)
	}
	handle, err := manager.Handle()
	if err != nil {
		return nil, fmt.Errorf("keyring: change keys: %w", err)
	}
	return newRing(handle)
}
