-- +goose Up
-- What a chat conversation remembers between two messages, for a short time:
-- the last query as JSON, nothing of the person. expires_us is its end.
CREATE TABLE conversations (
    id         TEXT   NOT NULL PRIMARY KEY,
    state      TEXT   NOT NULL,
    expires_us BIGINT NOT NULL
);
CREATE INDEX conversations_expires ON conversations (expires_us);

-- Questions that were declined or disliked, with everything personal masked,
-- counted by language and wording. words are those not understood.
CREATE TABLE chat_misses (
    language TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    question TEXT   NOT NULL,
    words    TEXT   NOT NULL,
    misses   BIGINT NOT NULL,
    last_us  BIGINT NOT NULL,
    PRIMARY KEY (language, kind, question)
);

-- +goose Down
DROP TABLE chat_misses;
DROP TABLE conversations;
