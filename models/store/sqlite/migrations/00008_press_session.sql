-- +goose Up

-- The session that made a key: whether the same form, sent again, may answer
-- with the value once more. '' for a key that no session made.
ALTER TABLE keys ADD COLUMN press_session TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE keys DROP COLUMN press_session;
