-- +goose Up

-- One row: the failed log-ins with e-mails that nobody has, in the last window.
CREATE TABLE stranger_counts (
    id      INTEGER  PRIMARY KEY,
    since   DATETIME NOT NULL,
    written INTEGER  NOT NULL,
    more    INTEGER  NOT NULL
);

-- +goose Down

DROP TABLE stranger_counts;
