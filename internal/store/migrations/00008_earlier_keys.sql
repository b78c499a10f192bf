-- +goose Up
-- From here on, what a client sent is known again by its case number, which is
-- drawn from the Idempotency-Key; a digest of the key is part of the body. The
-- keys of before are only looked up until they are old. The name is another so
-- that older programs, which would accept a repeated request anew, accept none.
ALTER TABLE idempotency_keys RENAME TO earlier_keys;

-- +goose Down
ALTER TABLE earlier_keys RENAME TO idempotency_keys;
