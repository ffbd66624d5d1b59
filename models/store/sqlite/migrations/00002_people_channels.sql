-- +goose Up

-- Accounts: master accounts with sub-accounts, and more policies.
ALTER TABLE accounts ADD COLUMN parent_id INTEGER REFERENCES accounts (id);
ALTER TABLE accounts ADD COLUMN own_catalogue BOOLEAN NOT NULL DEFAULT 1;
ALTER TABLE accounts ADD COLUMN max_expiry_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN members_create BOOLEAN NOT NULL DEFAULT 1;
ALTER TABLE accounts ADD COLUMN ask_again BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN language TEXT NOT NULL DEFAULT '';
CREATE INDEX accounts_by_parent ON accounts (parent_id);

-- People: a disabled membership, invitations, forgotten passwords.
ALTER TABLE members ADD COLUMN disabled_at DATETIME;

CREATE TABLE invitations (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id   INTEGER  NOT NULL REFERENCES accounts (id),
    token_hash   TEXT     NOT NULL UNIQUE,
    email        TEXT     NOT NULL,
    role         TEXT     NOT NULL,
    invited_by   INTEGER  NOT NULL REFERENCES users (id),
    inviter_name TEXT     NOT NULL,
    created_at   DATETIME NOT NULL,
    expires_at   DATETIME NOT NULL
);
CREATE INDEX invitations_by_account ON invitations (account_id, id);

CREATE TABLE password_resets (
    token_hash TEXT PRIMARY KEY,
    user_id    INTEGER  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL
);
CREATE INDEX password_resets_by_user ON password_resets (user_id);

-- Sign-in: a second factor, passkeys, single sign-on, and when a person last
-- proved who they are.
ALTER TABLE users ADD COLUMN totp_sealed BLOB;
ALTER TABLE users ADD COLUMN totp_kek_id TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN totp_since DATETIME;
ALTER TABLE users ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN proved_at DATETIME;

CREATE TABLE recovery_codes (
    user_id INTEGER  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash    TEXT     NOT NULL,
    used_at DATETIME,
    PRIMARY KEY (user_id, hash)
);

CREATE TABLE passkeys (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       INTEGER  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name          TEXT     NOT NULL,
    credential_id BLOB     NOT NULL UNIQUE,
    credential    BLOB     NOT NULL,
    created_at    DATETIME NOT NULL,
    last_used_at  DATETIME
);
CREATE INDEX passkeys_by_user ON passkeys (user_id);

CREATE TABLE identities (
    issuer     TEXT     NOT NULL,
    subject    TEXT     NOT NULL,
    user_id    INTEGER  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

-- Keys: credential pairs, and old credentials that still work for a while.
-- User names do not tell upper from lower case, and are unique for a channel
-- over the whole installation; the store sees to it across both tables.
ALTER TABLE keys ADD COLUMN username TEXT NOT NULL DEFAULT '';
ALTER TABLE keys ADD COLUMN secret_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE keys ADD COLUMN credential_at DATETIME;
CREATE UNIQUE INDEX keys_by_username ON keys (channel, lower(username)) WHERE username <> '';
CREATE INDEX keys_by_owner ON keys (account_id, owner_id);

CREATE TABLE old_credentials (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id    INTEGER  NOT NULL,
    key_id        INTEGER  NOT NULL,
    channel       TEXT     NOT NULL,
    username      TEXT     NOT NULL,
    hash          BLOB     NOT NULL UNIQUE,
    secret_hash   TEXT     NOT NULL,
    prefix        TEXT     NOT NULL,
    last4         TEXT     NOT NULL,
    ends_at       DATETIME NOT NULL,
    created_at    DATETIME NOT NULL,
    uses          INTEGER  NOT NULL,
    last_used_at  DATETIME,
    last_used_ip  TEXT     NOT NULL,
    last_used_api TEXT     NOT NULL,
    FOREIGN KEY (account_id, key_id) REFERENCES keys (account_id, id) ON DELETE CASCADE
);
CREATE INDEX old_credentials_by_key ON old_credentials (account_id, key_id);
CREATE INDEX old_credentials_by_username ON old_credentials (channel, lower(username));

CREATE TABLE plugins (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER  NOT NULL REFERENCES accounts (id),
    plugin_id  TEXT     NOT NULL,
    name       TEXT     NOT NULL,
    key_id     INTEGER  REFERENCES keys (id) ON DELETE SET NULL,
    created_at DATETIME NOT NULL,
    UNIQUE (account_id, plugin_id),
    UNIQUE (account_id, id)
);
CREATE INDEX plugins_by_key ON plugins (key_id);

-- A key of a sub-account may list its master's apps and APIs: account_id is
-- now the account whose app or API it is, and a trigger lets in none but the
-- key's own account and its master.
CREATE TABLE key_apps_new (
    account_id INTEGER NOT NULL,
    key_id     INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    app_id     INTEGER NOT NULL,
    PRIMARY KEY (key_id, app_id),
    FOREIGN KEY (account_id, app_id) REFERENCES apps (account_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO key_apps_new SELECT account_id, key_id, app_id FROM key_apps;
DROP TABLE key_apps;
ALTER TABLE key_apps_new RENAME TO key_apps;
CREATE INDEX key_apps_by_app ON key_apps (account_id, app_id);

CREATE TABLE key_apis_new (
    account_id INTEGER NOT NULL,
    key_id     INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    api_id     INTEGER NOT NULL,
    PRIMARY KEY (key_id, api_id),
    FOREIGN KEY (account_id, api_id) REFERENCES apis (account_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO key_apis_new SELECT account_id, key_id, api_id FROM key_apis;
DROP TABLE key_apis;
ALTER TABLE key_apis_new RENAME TO key_apis;
CREATE INDEX key_apis_by_api ON key_apis (account_id, api_id);

-- +goose StatementBegin
CREATE TRIGGER key_apps_of_family BEFORE INSERT ON key_apps
WHEN NOT EXISTS (SELECT 1 FROM keys JOIN accounts ON accounts.id = keys.account_id
    WHERE keys.id = NEW.key_id AND NEW.account_id IN (accounts.id, accounts.parent_id))
BEGIN
    SELECT RAISE(ABORT, 'the app is another account''s');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER key_apis_of_family BEFORE INSERT ON key_apis
WHEN NOT EXISTS (SELECT 1 FROM keys JOIN accounts ON accounts.id = keys.account_id
    WHERE keys.id = NEW.key_id AND NEW.account_id IN (accounts.id, accounts.parent_id))
BEGIN
    SELECT RAISE(ABORT, 'the API is another account''s');
END;
-- +goose StatementEnd
