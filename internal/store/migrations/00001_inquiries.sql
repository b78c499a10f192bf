-- Types are TEXT, BIGINT, BOOLEAN and BYTEA only, which both engines store as
-- meant. Times are Unix microseconds in columns *_us; 0 means "not yet" or
-- "not applicable". Partial indexes carry the conditions of the queries word
-- for word: SQLite uses a partial index only then.

-- +goose Up
-- deliveries_expected is the number of deliveries the acceptance caused: the
-- promise that reconciliation holds the deliveries against. body is JSON with
-- everything about the inquiry, and the only place of names and addresses.
CREATE TABLE inquiries (
    id                  TEXT   NOT NULL PRIMARY KEY,
    reference           TEXT   NOT NULL UNIQUE,
    kind                TEXT   NOT NULL,
    language            TEXT   NOT NULL,
    country             TEXT   NOT NULL,
    team_id             TEXT   NOT NULL,
    accepted_us         BIGINT NOT NULL,
    state               TEXT   NOT NULL DEFAULT 'open',
    deliveries_expected BIGINT NOT NULL,
    body                TEXT   NOT NULL
);

-- No foreign key: the key is written first, as it decides whether there is an
-- inquiry at all.
CREATE TABLE idempotency_keys (
    idempotency_key TEXT   NOT NULL PRIMARY KEY,
    body_digest     TEXT   NOT NULL,
    inquiry_id      TEXT   NOT NULL,
    created_us      BIGINT NOT NULL
);

-- The outbox. queued_epoch and queued_seq say where in the stream a queued
-- delivery is; worker and lease_us who holds a sending one and until when;
-- waiting_us since when it waits (created or last replayed); notices how many
-- notices its deaths caused.
CREATE TABLE deliveries (
    id           TEXT    NOT NULL PRIMARY KEY,
    inquiry_id   TEXT    NOT NULL REFERENCES inquiries (id),
    kind         TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    team_id      TEXT    NOT NULL,
    about        TEXT    NOT NULL,
    message_id   TEXT    NOT NULL,
    request_id   TEXT    NOT NULL,
    attempt      BIGINT  NOT NULL DEFAULT 0,
    created_us   BIGINT  NOT NULL,
    waiting_us   BIGINT  NOT NULL,
    give_up_us   BIGINT  NOT NULL,
    next_us      BIGINT  NOT NULL,
    queued_epoch TEXT    NOT NULL DEFAULT '',
    queued_seq   BIGINT  NOT NULL DEFAULT 0,
    worker       TEXT    NOT NULL DEFAULT '',
    lease_us     BIGINT  NOT NULL DEFAULT 0,
    outcome      TEXT    NOT NULL DEFAULT '',
    reply        TEXT    NOT NULL DEFAULT '',
    finished_us  BIGINT  NOT NULL DEFAULT 0,
    announced    BOOLEAN NOT NULL DEFAULT FALSE,
    notices      BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX deliveries_inquiry ON deliveries (inquiry_id);
-- waiting_us stands in the indexes of all who wait, so that the oldest is found
-- without reading their rows.
CREATE INDEX deliveries_due ON deliveries (next_us, waiting_us) WHERE state = 'pending';
CREATE INDEX deliveries_queued ON deliveries (queued_epoch, queued_seq, waiting_us) WHERE state = 'queued';
CREATE INDEX deliveries_leased ON deliveries (lease_us, waiting_us) WHERE state = 'sending';
CREATE INDEX deliveries_dead ON deliveries (finished_us) WHERE state = 'dead';
CREATE INDEX deliveries_unannounced ON deliveries (finished_us) WHERE state = 'dead' AND NOT announced;

CREATE TABLE attempts (
    delivery_id TEXT   NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    number      BIGINT NOT NULL,
    worker      TEXT   NOT NULL,
    started_us  BIGINT NOT NULL,
    ended_us    BIGINT NOT NULL,
    outcome     TEXT   NOT NULL,
    reply       TEXT   NOT NULL,
    PRIMARY KEY (delivery_id, number)
);

-- size and chunks grow with each chunk, so that unfinished uploads count
-- towards a client's limit; name, type and sha256 are set at completion.
CREATE TABLE attachments (
    id         TEXT    NOT NULL PRIMARY KEY,
    inquiry_id TEXT    REFERENCES inquiries (id),
    client     TEXT    NOT NULL,
    secret     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    type       TEXT    NOT NULL,
    sha256     TEXT    NOT NULL,
    size       BIGINT  NOT NULL DEFAULT 0,
    chunks     BIGINT  NOT NULL DEFAULT 0,
    complete   BOOLEAN NOT NULL DEFAULT FALSE,
    created_us BIGINT  NOT NULL
);
CREATE INDEX attachments_client ON attachments (client, created_us);
CREATE INDEX attachments_inquiry ON attachments (inquiry_id) WHERE inquiry_id IS NOT NULL;
CREATE INDEX attachments_orphans ON attachments (created_us) WHERE inquiry_id IS NULL;

CREATE TABLE attachment_chunks (
    attachment_id TEXT   NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
    number        BIGINT NOT NULL,
    data          BYTEA  NOT NULL,
    PRIMARY KEY (attachment_id, number)
);

-- Running totals, kept in the transactions that change them, so that metrics
-- need not count finished rows. Each writer adds to a shard of its own; a
-- total is the sum over the shards.
CREATE TABLE counters (
    name  TEXT   NOT NULL,
    shard BIGINT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (name, shard)
);

-- +goose Down
DROP TABLE counters;
DROP TABLE attachment_chunks;
DROP TABLE attachments;
DROP TABLE attempts;
DROP TABLE deliveries;
DROP TABLE idempotency_keys;
DROP TABLE inquiries;
