-- +goose Up

-- One row that is written anew to see whether the database takes writes.
CREATE TABLE write_probe (
    id     INTEGER PRIMARY KEY,
    filler BLOB NOT NULL
);

-- +goose Down

DROP TABLE write_probe;
