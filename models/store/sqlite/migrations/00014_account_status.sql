-- +goose Up

-- When an account was last suspended or reopened: a form that was made before
-- must not undo it unseen. NULL for an account whose status never changed.
ALTER TABLE accounts ADD COLUMN status_at DATETIME;

-- +goose Down

ALTER TABLE accounts DROP COLUMN status_at;
