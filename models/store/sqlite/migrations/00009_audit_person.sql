-- +goose Up

-- Rows from before this column have no e-mail; their hash does not cover one.
ALTER TABLE audit ADD COLUMN actor_email TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_by_actor ON audit (account_id, actor_id, id);

-- Every name and e-mail under which a person stands in an account's audit, to
-- find all their rows by any of them.
CREATE TABLE audit_names (
    account_id INTEGER NOT NULL,
    actor_id   INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    email      TEXT    NOT NULL,
    PRIMARY KEY (account_id, actor_id, name, email)
) WITHOUT ROWID;
INSERT INTO audit_names SELECT DISTINCT account_id, actor_id, actor_name, '' FROM audit;

-- +goose Down

DROP TABLE audit_names;
DROP INDEX audit_by_actor;
ALTER TABLE audit DROP COLUMN actor_email;
