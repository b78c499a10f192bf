-- +goose Up
-- The questions and answers of a conversation, for as long as it is
-- remembered: what an inquiry may take along when its writer agrees, and what
-- a thumb up or down is about. rating is 1, -1, or 0 for none.
CREATE TABLE conversation_turns (
    conversation_id TEXT   NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    reply_id        TEXT   NOT NULL,
    number          BIGINT NOT NULL,
    language        TEXT   NOT NULL,
    kind            TEXT   NOT NULL,
    question        TEXT   NOT NULL,
    answer          TEXT   NOT NULL,
    at_us           BIGINT NOT NULL,
    rating          BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation_id, reply_id)
);

-- +goose Down
DROP TABLE conversation_turns;
