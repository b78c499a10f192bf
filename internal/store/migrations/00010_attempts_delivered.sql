-- +goose Up
-- From here on, the attempt that delivers a mail has no row in attempts: all of it
-- stands in the row of the delivery, whose worker stays. The number tells older
-- programs, which would miss those attempts, to leave the database alone.
UPDATE deliveries SET worker = '' WHERE state = 'delivered' AND worker <> '';

-- +goose Down
INSERT INTO attempts (delivery_id, number, worker, started_us, ended_us, outcome, reply)
    SELECT id, attempt, worker, started_us, finished_us, outcome, reply FROM deliveries WHERE state = 'delivered' AND worker <> ''
    ON CONFLICT (delivery_id, number) DO NOTHING;
UPDATE deliveries SET worker = '' WHERE state = 'delivered' AND worker <> '';
