-- +goose Up
-- What writers send after their inquiry. The row that idempotency_key names is
-- the answer to every repetition of the request; body is JSON with everything
-- personal, sealed
-- with the key key_id. Each addition raises deliveries_expected of its inquiry by one.
CREATE TABLE additions (
    id              TEXT   NOT NULL PRIMARY KEY,
    inquiry_id      TEXT   NOT NULL REFERENCES inquiries (id),
    kind            TEXT   NOT NULL,
    accepted_us     BIGINT NOT NULL,
    idempotency_key TEXT   NOT NULL UNIQUE,
    body_digest     TEXT   NOT NULL,
    body            TEXT   NOT NULL,
    key_id          BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX additions_inquiry ON additions (inquiry_id, accepted_us);

-- +goose Down
DROP TABLE additions;
