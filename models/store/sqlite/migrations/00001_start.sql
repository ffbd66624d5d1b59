-- +goose Up

-- Ids that other rows or the gate remember are AUTOINCREMENT: a number that
-- was once an app must never become another app.

CREATE TABLE accounts (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    slug              TEXT     NOT NULL UNIQUE,
    name              TEXT     NOT NULL,
    status            TEXT     NOT NULL,
    key_visibility    TEXT     NOT NULL,
    pass_unknown_apis BOOLEAN  NOT NULL,
    key_in_query      BOOLEAN  NOT NULL,
    error_dialect     TEXT     NOT NULL,
    rate_per_second   INTEGER  NOT NULL,
    created_at        DATETIME NOT NULL
);

CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT     NOT NULL UNIQUE,
    name          TEXT     NOT NULL,
    password_hash TEXT     NOT NULL,
    language      TEXT     NOT NULL,
    theme         TEXT     NOT NULL,
    disabled_at   DATETIME,
    created_at    DATETIME NOT NULL
);

CREATE TABLE members (
    account_id INTEGER  NOT NULL REFERENCES accounts (id),
    user_id    INTEGER  NOT NULL REFERENCES users (id),
    role       TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (account_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    user_id    INTEGER  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    ip         TEXT     NOT NULL,
    user_agent TEXT     NOT NULL,
    "values"   BLOB,
    created_at DATETIME NOT NULL,
    seen_at    DATETIME NOT NULL,
    expires_at DATETIME NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE setup_tokens (
    id_hash    TEXT PRIMARY KEY,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL
);

CREATE TABLE guesses (
    id      INTEGER PRIMARY KEY,
    subject BLOB     NOT NULL,
    at      DATETIME NOT NULL
);
CREATE INDEX guesses_by_subject ON guesses (subject, at);
CREATE INDEX guesses_by_time ON guesses (at);

CREATE TABLE apps (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER  NOT NULL REFERENCES accounts (id),
    app_id     TEXT     NOT NULL,
    name       TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    UNIQUE (account_id, app_id),
    UNIQUE (account_id, id)
);
CREATE INDEX apps_by_name ON apps (account_id, lower(name), id);

CREATE TABLE families (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    name       TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    UNIQUE (account_id, name),
    UNIQUE (account_id, id)
);

CREATE TABLE apis (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id      INTEGER NOT NULL REFERENCES accounts (id),
    family_id       INTEGER NOT NULL,
    name            TEXT    NOT NULL,
    method          TEXT    NOT NULL,
    path            TEXT    NOT NULL,
    app_bound       BOOLEAN NOT NULL,
    app_source      TEXT    NOT NULL,
    app_field       TEXT    NOT NULL,
    rate_per_second INTEGER NOT NULL,
    UNIQUE (account_id, name),
    UNIQUE (account_id, id),
    FOREIGN KEY (account_id, family_id) REFERENCES families (account_id, id)
);
CREATE INDEX apis_by_family ON apis (account_id, family_id);

CREATE TABLE keys (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id      INTEGER  NOT NULL REFERENCES accounts (id),
    owner_id        INTEGER  NOT NULL REFERENCES users (id),
    sid             TEXT     NOT NULL UNIQUE,
    name            TEXT     NOT NULL,
    description     TEXT     NOT NULL,
    channel         TEXT     NOT NULL,
    enabled         BOOLEAN  NOT NULL,
    expires_at      DATETIME,
    scope_apps      TEXT     NOT NULL,
    scope_apis      TEXT     NOT NULL,
    hash            BLOB     NOT NULL UNIQUE,
    prefix          TEXT     NOT NULL,
    last4           TEXT     NOT NULL,
    visibility      TEXT     NOT NULL,
    sealed          BLOB,
    kek_id          TEXT     NOT NULL,
    rate_requests   INTEGER  NOT NULL,
    rate_window_sec INTEGER  NOT NULL,
    press           TEXT,
    created_by      TEXT     NOT NULL,
    created_at      DATETIME NOT NULL,
    updated_at      DATETIME NOT NULL,
    last_used_at    DATETIME,
    last_used_ip    TEXT     NOT NULL,
    last_used_api   TEXT     NOT NULL,
    UNIQUE (account_id, owner_id, press),
    UNIQUE (account_id, id)
);
CREATE INDEX keys_by_creation ON keys (account_id, created_at, id);
CREATE INDEX keys_by_name ON keys (account_id, lower(name), id);
CREATE INDEX keys_by_kek ON keys (kek_id, id);

-- The lists carry the account, so that the database itself refuses a key that
-- names another account's app or call.

CREATE TABLE key_apps (
    account_id INTEGER NOT NULL,
    key_id     INTEGER NOT NULL,
    app_id     INTEGER NOT NULL,
    PRIMARY KEY (key_id, app_id),
    FOREIGN KEY (account_id, key_id) REFERENCES keys (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, app_id) REFERENCES apps (account_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX key_apps_by_app ON key_apps (account_id, app_id);
CREATE INDEX key_apps_by_key ON key_apps (account_id, key_id);

CREATE TABLE key_apis (
    account_id INTEGER NOT NULL,
    key_id     INTEGER NOT NULL,
    api_id     INTEGER NOT NULL,
    PRIMARY KEY (key_id, api_id),
    FOREIGN KEY (account_id, key_id) REFERENCES keys (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, api_id) REFERENCES apis (account_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX key_apis_by_api ON key_apis (account_id, api_id);
CREATE INDEX key_apis_by_key ON key_apis (account_id, key_id);

CREATE TABLE key_ips (
    id         INTEGER PRIMARY KEY,
    key_id     INTEGER  NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    rule       TEXT     NOT NULL,
    created_at DATETIME NOT NULL,
    UNIQUE (key_id, rule)
);

CREATE TABLE usage_days (
    account_id INTEGER NOT NULL,
    key_id     INTEGER NOT NULL,
    day        TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (account_id, key_id, day, reason)
) WITHOUT ROWID;

-- The sums of an account's keys, those that are gone too: the list shows them
-- on every page.
CREATE TABLE account_days (
    account_id INTEGER NOT NULL,
    day        TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    count      INTEGER NOT NULL,
    PRIMARY KEY (account_id, day, reason)
) WITHOUT ROWID;

CREATE TABLE audit (
    id          INTEGER PRIMARY KEY,
    account_id  INTEGER  NOT NULL,
    at          DATETIME NOT NULL,
    actor_id    INTEGER  NOT NULL,
    actor_name  TEXT     NOT NULL,
    ip          TEXT     NOT NULL,
    event       TEXT     NOT NULL,
    target_kind TEXT     NOT NULL,
    target_id   TEXT     NOT NULL,
    target_name TEXT     NOT NULL,
    before      TEXT     NOT NULL,
    after       TEXT     NOT NULL,
    hash        BLOB     NOT NULL
);
CREATE INDEX audit_by_account ON audit (account_id, id);
CREATE INDEX audit_by_event ON audit (account_id, event, id);
CREATE INDEX audit_by_target ON audit (account_id, target_kind, target_id, id);

CREATE TABLE audit_heads (
    id    INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    hash  BLOB    NOT NULL,
    mac   BLOB    NOT NULL
);

-- What the gates of all processes catch up with.
CREATE TABLE changes (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    key_id     INTEGER NOT NULL
);

CREATE TABLE secrets (
    name   TEXT PRIMARY KEY,
    kek_id TEXT NOT NULL,
    sealed BLOB NOT NULL
);

-- +goose Down

DROP TABLE secrets;
DROP TABLE changes;
DROP TABLE audit_heads;
DROP TABLE audit;
DROP TABLE usage_days;
DROP TABLE key_ips;
DROP TABLE key_apis;
DROP TABLE key_apps;
DROP TABLE keys;
DROP TABLE apis;
DROP TABLE families;
DROP TABLE apps;
DROP TABLE guesses;
DROP TABLE setup_tokens;
DROP TABLE sessions;
DROP TABLE members;
DROP TABLE users;
DROP TABLE accounts;
