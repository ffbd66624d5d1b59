package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/mattn/go-sqlite3"
)

const (
	busyTimeoutMillis = 5000
	maxReaders        = 8
	maxListReaders    = 4
)

// settings are what a connection is opened with.
type settings struct {
	txlock      string // of BEGIN: immediate for writers
	synchronous string
	queryOnly   bool
}

// connector opens connections to one SQLite file, and refuses a connection whose settings are not in force.
type connector struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

// newConnector returns the connector for the file with the settings. Readers begin deferred, so they never wait for a
// writer. Writers begin immediate, so none of them meets a lock half way.
func newConnector(file string, s settings) *connector {
	q := url.Values{
		"_journal_mode":    {"WAL"},
		"_synchronous":     {s.synchronous},
		"_foreign_keys":    {"1"},
		"_txlock":          {s.txlock},
		"_busy_timeout":    {strconv.Itoa(busyTimeoutMillis)},
		"_stmt_cache_size": {"64"},
	}
	if s.queryOnly {
		q.Set("_query_only", "1")
	}
	path := (&url.URL{Path: file}).EscapedPath()
	return &connector{driver: &sqlite3.SQLiteDriver{}, dsn: "file:" + path + "?" + q.Encode()}
}

// Driver returns the SQLite driver.
func (c *connector) Driver() driver.Driver { return c.driver }

// Connect opens a connection and reads its settings back.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	if err := verifySettings(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// verifySettings reads back the settings that durability and correctness depend on. A file system may refuse the
// write-ahead log without an error.
func verifySettings(ctx context.Context, conn driver.Conn) error {
	for _, want := range []struct{ pragma, value string }{
		{"journal_mode", "wal"},
		{"synchronous", "2"}, // FULL
		{"foreign_keys", "1"},
		{"busy_timeout", strconv.Itoa(busyTimeoutMillis)},
	} {
		got, err := readPragma(ctx, conn, want.pragma)
		if err != nil {
			return err
		}
		if !strings.EqualFold(got, want.value) {
			return fmt.Errorf("%w (PRAGMA %s is %s, not %s)", ErrNotDurable, want.pragma, got, want.value)
		}
	}
	return nil
}

func readPragma(ctx context.Context, conn driver.Conn, name string) (value string, err error) {
	q, ok := conn.(driver.QueryerContext)
	if !ok {
		return "", errors.New("the SQLite driver cannot query a connection")
	}
	rows, err := q.QueryContext(ctx, "PRAGMA "+name, nil)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	dest := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(dest); err != nil {
		if errors.Is(err, io.EOF) {
			return "", nil
		}
		return "", err
	}
	return fmt.Sprint(dest[0]), nil
}

// openPool returns a pool of at most n connections; 0 is no limit.
func openPool(c *connector, n int) *sql.DB {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(max(n, 1))
	return db
}

// oldSQLite reports whether a version is older than 3.51.3.
func oldSQLite(version string) bool {
	least := [3]int{3, 51, 3}
	parts := strings.SplitN(version, ".", 4)
	for i := range least {
		n := 0
		if i < len(parts) {
			n, _ = strconv.Atoi(parts[i]) // what is no number counts as 0, the oldest
		}
		if n != least[i] {
			return n < least[i]
		}
	}
	return false
}
