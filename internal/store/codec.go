package store

import (
	"encoding/json"
	"fmt"
	"time"

	"naru/internal/naru"
)

// encodeInquiry is the only place where personal data takes its stored form;
// decodeInquiry is its inverse.
func encodeInquiry(in naru.Inquiry) (body string, err error) {
	b, err := json.Marshal(in)
	if err != nil {
		return "", fmt.Errorf("store: encode inquiry %s: %w", in.ID, err)
	}
	return string(b), nil
}

// inquiryColumns are what decodeInquiry reads. The columns win over the same
// fields of the body, so that an update of a column is enough.
const inquiryColumns = `id, reference, kind, language, team_id, accepted_us, body`

func decodeInquiry(scan scanFunc) (in naru.Inquiry, err error) {
	var id, reference, kind, language, team, body string
	var accepted int64
	if err := scan(&id, &reference, &kind, &language, &team, &accepted, &body); err != nil {
		return naru.Inquiry{}, err
	}
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		// The decoder's error may quote the body: it stays out.
		return naru.Inquiry{}, fmt.Errorf("store: body of inquiry %s cannot be decoded", id)
	}
	in.ID, in.Reference, in.Kind = id, naru.Reference(reference), naru.Kind(kind)
	in.Language, in.TeamID, in.AcceptedAt = language, team, fromMicros(accepted)
	return in, nil
}

// storedTime is what a time looks like after it has been stored and read.
func storedTime(t time.Time) time.Time { return fromMicros(micros(t)) }
