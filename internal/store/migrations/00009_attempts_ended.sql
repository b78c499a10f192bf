-- +goose Up
-- Since when a delivery is being sent. An attempt has its row in attempts from its
-- end on; those that are under way now have theirs already.
ALTER TABLE deliveries ADD COLUMN started_us BIGINT NOT NULL DEFAULT 0;

-- +goose Down
INSERT INTO attempts (delivery_id, number, worker, started_us, ended_us, outcome, reply)
    SELECT id, attempt, worker, started_us, 0, 'started', '' FROM deliveries WHERE state = 'sending'
    ON CONFLICT (delivery_id, number) DO NOTHING;
ALTER TABLE deliveries DROP COLUMN started_us;
