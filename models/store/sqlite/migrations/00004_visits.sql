-- +goose Up

-- When a person was last in an account: for the list of members, and for the
-- page that leads to the account they used last.
CREATE TABLE visits (
    account_id INTEGER  NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_id    INTEGER  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at         DATETIME NOT NULL,
    PRIMARY KEY (account_id, user_id)
) WITHOUT ROWID;
CREATE INDEX visits_by_user ON visits (user_id, at);
