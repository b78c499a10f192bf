package intake

import (
	"context"

	"naru/internal/locale"
)

// Check tells what Accept would refuse the request for, without keeping
// anything of it: for forms that show an inquiry once more before it is sent.
func (s *Service) Check(ctx context.Context, r Request) error {
	language := locale.Match(r.Language)
	b, err := s.read(r.Body, &language)
	if err != nil {
		return err
	}
	for _, d := range r.Documents {
		b.attachments = append(b.attachments, d.ID)
	}
	_, err = s.build(ctx, b, language, s.options.Clock().UTC())
	return err
}
