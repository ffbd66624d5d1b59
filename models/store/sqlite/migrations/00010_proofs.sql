-- +goose Up

-- Which chosen API Secrets were proven, so that a restart does not make every
-- client wait for a slow hash again: a MAC of the secret and the id of the
-- stored credentials, under a key derived from the sealed pepper.
CREATE TABLE proofs (
    id  INTEGER PRIMARY KEY AUTOINCREMENT,
    mac BLOB NOT NULL UNIQUE,
    at  DATETIME NOT NULL
);

CREATE INDEX proofs_at ON proofs (at);

-- +goose Down

DROP TABLE proofs;
