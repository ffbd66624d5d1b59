-- +goose Up

-- The counter of a passkey, which each sign-in compares in its transaction.
ALTER TABLE passkeys ADD COLUMN sign_count INTEGER NOT NULL DEFAULT 0;
UPDATE passkeys SET sign_count = coalesce(json_extract(CAST(credential AS TEXT), '$.authenticator.signCount'), 0);

-- +goose Down

ALTER TABLE passkeys DROP COLUMN sign_count;
