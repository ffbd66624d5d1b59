-- +goose Up

-- What a sign-in has to remember between two of its steps: who gave the right
-- password and still owes a code, or the challenge that a passkey must sign.
-- The browser holds a token, the table its hash. A row is used once.
CREATE TABLE signin_steps (
    id_hash    TEXT PRIMARY KEY,
    purpose    TEXT     NOT NULL,
    user_id    INTEGER  NOT NULL,
    data       BLOB     NOT NULL,
    tries      INTEGER  NOT NULL,
    expires_at DATETIME NOT NULL
);
CREATE INDEX signin_steps_by_end ON signin_steps (expires_at);

-- +goose Down

DROP TABLE signin_steps;
