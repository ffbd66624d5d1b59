-- +goose Up

-- The names that the code uses for the same things.
ALTER TABLE guesses RENAME TO attempts;
DROP INDEX guesses_by_subject;
DROP INDEX guesses_by_time;
CREATE INDEX attempts_by_subject ON attempts (subject, at);
CREATE INDEX attempts_by_time ON attempts (at);

ALTER TABLE keys RENAME COLUMN press TO idempotency_key;
ALTER TABLE keys RENAME COLUMN press_session TO idempotency_session;

ALTER TABLE old_credentials RENAME TO previous_credentials;
DROP INDEX old_credentials_by_key;
DROP INDEX old_credentials_by_username;
CREATE INDEX previous_credentials_by_key ON previous_credentials (account_id, key_id);
CREATE INDEX previous_credentials_by_username ON previous_credentials (channel, lower(username));

ALTER TABLE proofs RENAME TO verified_secrets;
DROP INDEX proofs_at;
CREATE INDEX verified_secrets_at ON verified_secrets (at);

ALTER TABLE accounts RENAME COLUMN ask_again TO require_reauth;
ALTER TABLE sessions RENAME COLUMN proved_at TO reauth_at;

-- +goose Down

ALTER TABLE sessions RENAME COLUMN reauth_at TO proved_at;
ALTER TABLE accounts RENAME COLUMN require_reauth TO ask_again;

DROP INDEX verified_secrets_at;
ALTER TABLE verified_secrets RENAME TO proofs;
CREATE INDEX proofs_at ON proofs (at);

DROP INDEX previous_credentials_by_key;
DROP INDEX previous_credentials_by_username;
ALTER TABLE previous_credentials RENAME TO old_credentials;
CREATE INDEX old_credentials_by_key ON old_credentials (account_id, key_id);
CREATE INDEX old_credentials_by_username ON old_credentials (channel, lower(username));

ALTER TABLE keys RENAME COLUMN idempotency_session TO press_session;
ALTER TABLE keys RENAME COLUMN idempotency_key TO press;

DROP INDEX attempts_by_subject;
DROP INDEX attempts_by_time;
ALTER TABLE attempts RENAME TO guesses;
CREATE INDEX guesses_by_subject ON guesses (subject, at);
CREATE INDEX guesses_by_time ON guesses (at);
