package sqlite

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"

	"keywicket/models"
)

// emailsVersion is the number of the migration that SQL cannot express.
const emailsVersion = 13

// goMigrations returns the migrations that are written in Go.
func goMigrations() goose.ProviderOption {
	return goose.WithGoMigrations(goose.NewGoMigration(emailsVersion, &goose.GoFunc{RunTx: normalizeEmails}, nil))
}

// normalizeEmails brings stored addresses into today's form where that names the same mailbox: a domain in Punycode
// becomes one in Unicode. All others stay, and sign in as they were typed. An address never becomes that of another
// mailbox or another person.
func normalizeEmails(ctx context.Context, t *sql.Tx) error {
	for _, table := range []string{"users", "invitations"} {
		stored, err := storedEmails(ctx, t, table)
		if err != nil {
			return err
		}
		free := " AND NOT EXISTS (SELECT 1 FROM users WHERE email = ?2)"
		if table == "invitations" {
			free = ""
		}
		for id, was := range stored {
			now, err := models.NormalizeEmail(was)
			if err != nil || now == was || !models.SameMailbox(now, was) {
				continue
			}
			if _, err := t.ExecContext(ctx, "UPDATE "+table+" SET email = ?2 WHERE id = ?1"+free, id, now); err != nil { // #nosec G202 -- two tables of ours
				return err
			}
		}
	}
	return nil
}

func storedEmails(ctx context.Context, t *sql.Tx, table string) (map[int64]string, error) {
	rows, err := t.QueryContext(ctx, "SELECT id, email FROM "+table+" WHERE email <> ''") // #nosec G202 -- two tables of ours
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	emails := map[int64]string{}
	for rows.Next() {
		var id int64
		var email string
		if err := rows.Scan(&id, &email); err != nil {
			return nil, err
		}
		emails[id] = email
	}
	return emails, rows.Err()
}
