-- +goose Up
-- What is left of an erased inquiry is its row without anything personal, so
-- that the books stay balanced: body and country are empty, erased_us is when.
ALTER TABLE inquiries ADD COLUMN erased_us BIGINT NOT NULL DEFAULT 0;
CREATE INDEX inquiries_kept ON inquiries (accepted_us) WHERE erased_us = 0;
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_us);
CREATE INDEX attempts_started ON attempts (started_us);

-- Rights that one process holds at a time, each until its end.
CREATE TABLE leases (
    name     TEXT   NOT NULL PRIMARY KEY,
    holder   TEXT   NOT NULL,
    until_us BIGINT NOT NULL
);

-- +goose Down
DROP TABLE leases;
DROP INDEX attempts_started;
DROP INDEX idempotency_keys_created;
DROP INDEX inquiries_kept;
ALTER TABLE inquiries DROP COLUMN erased_us;
