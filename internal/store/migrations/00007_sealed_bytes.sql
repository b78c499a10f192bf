-- +goose Up
-- From here on, SQLite may hold a sealed body as bytes instead of base64. Nothing
-- is changed for that; the number tells older programs to leave the database
-- alone, which would take such bodies for damaged.
SELECT 1;

-- +goose Down
SELECT 1;
