-- +goose Up
-- key_id is the key that the personal columns of a row are sealed with; 0 means
-- that they are readable. Sealed text is base64.
ALTER TABLE inquiries ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attachments ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attachment_chunks ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
-- A sealed question is counted by a keyed digest of it in the column question.
ALTER TABLE chat_misses ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversation_turns ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;

-- Its one row tells that this database is encrypted: value is the key of the
-- digests, sealed, and so also the proof of having the right keys. swept is the
-- key that all rows have been sealed with since; 0 for none yet.
CREATE TABLE secrets (
    name  TEXT   NOT NULL PRIMARY KEY,
    value TEXT   NOT NULL,
    swept BIGINT NOT NULL
);

-- +goose Down
DROP TABLE secrets;
ALTER TABLE conversation_turns DROP COLUMN key_id;
ALTER TABLE conversations DROP COLUMN key_id;
ALTER TABLE chat_misses DROP COLUMN key_id;
ALTER TABLE attachment_chunks DROP COLUMN key_id;
ALTER TABLE attachments DROP COLUMN key_id;
ALTER TABLE inquiries DROP COLUMN key_id;
