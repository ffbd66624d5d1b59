-- +goose Up

-- When a key was last enabled or disabled: a switch that was drawn before must
-- not undo it unseen. NULL for a key whose status never changed.
ALTER TABLE keys ADD COLUMN status_at DATETIME;

-- +goose Down

ALTER TABLE keys DROP COLUMN status_at;
