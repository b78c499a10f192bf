package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	jsonv2 "github.com/go-json-experiment/json"

	"naru/internal/naru"
)

// encodeInquiry is the only place where personal data takes its stored form;
// decodeInquiry is its inverse.
func (v *vault) encodeInquiry(in naru.Inquiry, request storedRequest) (body any, err error) {
	id, reference := in.ID, in.Reference
	// What columns say is not said again.
	in.ID, in.Reference, in.Kind, in.Language, in.TeamID, in.AcceptedAt = "", "", "", "", "", time.Time{}
	b := plainBodies.Get().(*bytes.Buffer)
	defer func() {
		clear(b.Bytes()) // before anybody else gets the room
		b.Reset()
		plainBodies.Put(b)
	}()
	if err := json.NewEncoder(b).Encode(&storedInquiry{in, request}); err != nil {
		return nil, fmt.Errorf("store: encode inquiry %s: %w", id, err)
	}
	return v.sealBody(b.Bytes(), bodyColumn, id, string(reference))
}

// storedInquiry is what a body holds.
type storedInquiry struct {
	naru.Inquiry
	Request storedRequest `json:"request,omitempty"`
}

// storedRequest is what a repeated request is known by: half a digest of its key,
// and half of one of its body. It is empty where the client gave no key.
type storedRequest []byte

const halfDigest = sha256.Size / 2

func newStoredRequest(key, bodyDigest string) storedRequest {
	if key == "" {
		return nil
	}
	first, second := sha256.Sum256([]byte(key)), sha256.Sum256([]byte(bodyDigest))
	return append(first[:halfDigest:halfDigest], second[:halfDigest]...)
}

// sameKey tells whether the keys are the same; those of no key are not.
func (r storedRequest) sameKey(other storedRequest) bool {
	return len(r) == sha256.Size && len(other) == sha256.Size && bytes.Equal(r[:halfDigest], other[:halfDigest])
}

// plainBodies are room for bodies until they are sealed.
var plainBodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// bodyColumn begins the context of what encodeInquiry seals.
const bodyColumn = "inquiries.body"

// inquiryColumns are what decodeInquiry reads. The columns win over the same
// fields of the body, so that an update of a column is enough.
const inquiryColumns = `id, reference, kind, language, team_id, accepted_us, body, key_id`

// inquiryRow is a row of inquiryColumns.
type inquiryRow struct {
	id, reference, kind, language, team, body string
	accepted, keyID                           int64
}

func (r *inquiryRow) dest() []any {
	return []any{&r.id, &r.reference, &r.kind, &r.language, &r.team, &r.accepted, &r.body, &r.keyID}
}

func (v *vault) decodeInquiry(scan scanFunc) (naru.Inquiry, error) {
	var row inquiryRow
	if err := scan(row.dest()...); err != nil {
		return naru.Inquiry{}, err
	}
	return v.decodeRow(&row)
}

func (v *vault) decodeRow(r *inquiryRow) (in naru.Inquiry, err error) {
	if err := v.decodeBody(r, &in); err != nil {
		return naru.Inquiry{}, err
	}
	r.complete(&in)
	return in, nil
}

// decodeRequest is decodeRow and also returns the request.
func (v *vault) decodeRequest(r *inquiryRow) (naru.Inquiry, storedRequest, error) {
	var stored storedInquiry
	if err := v.decodeBody(r, &stored); err != nil {
		return naru.Inquiry{}, nil, err
	}
	r.complete(&stored.Inquiry)
	return stored.Inquiry, stored.Request, nil
}

func (v *vault) decodeBody(r *inquiryRow, into any) error {
	body, err := v.openBytes(r.keyID, r.body, bodyColumn, r.id, r.reference)
	if err != nil {
		return fmt.Errorf("store: inquiry %s: %w", r.id, err)
	}
	if err := jsonv2.Unmarshal(body, into); err != nil {
		// The decoder's error may quote the body: it stays out.
		return fmt.Errorf("store: body of inquiry %s cannot be decoded", r.id)
	}
	return nil
}

// complete sets what columns say.
func (r *inquiryRow) complete(in *naru.Inquiry) {
	in.ID, in.Reference, in.Kind = r.id, naru.Reference(r.reference), naru.Kind(r.kind)
	in.Language, in.TeamID, in.AcceptedAt = r.language, r.team, fromMicros(r.accepted)
}

// storedTime is what a time looks like after it has been stored and read.
func storedTime(t time.Time) time.Time { return fromMicros(micros(t)) }
