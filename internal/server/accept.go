package server

import (
	"strconv"
	"strings"
)

// Prefers returns the offered media type that an Accept header likes best
// (RFC 9110, section 12.5.1); the earlier offer among equals and the first
// when the header is empty or likes none, since an answer in another form is
// more use than a refusal.
func Prefers(accept string, offers ...string) string {
	best, bestQuality := offers[0], 0.0
	for _, offer := range offers {
		if q := quality(accept, offer); q > bestQuality {
			best, bestQuality = offer, q
		}
	}
	return best
}

// quality is the weight of the most specific range that covers the type.
func quality(accept, mediaType string) float64 {
	family, _, _ := strings.Cut(mediaType, "/")
	found, specificity := 0.0, 0
	for item := range strings.SplitSeq(accept, ",") {
		name, parameters, _ := strings.Cut(item, ";")
		rank := 0
		switch strings.ToLower(strings.TrimSpace(name)) {
		case mediaType:
			rank = 3
		case family + "/*":
			rank = 2
		case "*/*":
			rank = 1
		}
		if rank > specificity {
			found, specificity = weight(parameters), rank
		}
	}
	return found
}

func weight(parameters string) float64 {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(name, "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || q < 0 || q > 1 {
				return 0
			}
			return q
		}
	}
	return 1
}
