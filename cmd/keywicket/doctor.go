package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/urfave/cli/v3"

	"keywicket/models/store"
	"keywicket/models/store/sqlite"
	"keywicket/web/conns"
)

// lowSpace is the free space in bytes below which doctor warns.
const lowSpace = 512 << 20

// verdict is the result of one check.
type verdict string

const (
	verdictOK   verdict = "ok"
	verdictNote verdict = "note" // works, but could be better
	verdictBad  verdict = "bad"
)

// checkup prints the results of checks and counts the bad ones.
type checkup struct {
	p   program
	bad int
}

// report prints one result.
func (c *checkup) report(v verdict, format string, args ...any) {
	if v == verdictBad {
		c.bad++
	}
	fmt.Fprintf(c.p.out, "%-5s %s\n", v, fmt.Sprintf(format, args...))
}

// doctor checks an installation, whether its server runs or not. It changes nothing, except that it writes to the
// database and rolls that back.
func (p program) doctor(ctx context.Context, cmd *cli.Command) error {
	s, err := p.settings(cmd)
	if err != nil {
		return err
	}
	c := &checkup{p: p}
	c.report(verdictOK, "Keywicket %s", version)
	if advice := goFaultsAdvice(runtime.Version()); advice != "" {
		c.report(verdictNote, "%s", advice)
	}
	c.folder(s)
	c.masterKey(ctx, s)
	c.network(s)
	c.database(ctx, s)
	c.server(ctx, s)
	if err := ctx.Err(); err != nil {
		return err // some checks are missing
	}
	if c.bad > 0 {
		return userError{what: fmt.Sprintf("%d checks are bad.", c.bad), do: "Each bad line says what to do."}
	}
	return nil
}

// folder checks the data folder and its disk.
func (c *checkup) folder(s settings) {
	info, err := os.Stat(s.data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.report(verdictNote, "The data folder %s does not exist yet; the first start creates it.", s.data)
		return
	case err != nil:
		c.report(verdictBad, "The data folder cannot be read: %v", err)
		return
	case !info.IsDir():
		c.report(verdictBad, "%s is not a folder: set --data to one.", s.data)
		return
	case info.Mode().Perm()&0o077 != 0:
		c.report(verdictNote, "Other users can access the data folder (mode %04o): run chmod 700 %s.", info.Mode().Perm(), s.data)
	default:
		c.report(verdictOK, "Data folder %s, accessible to its owner only", s.data)
	}
	var fsys syscall.Statfs_t
	if err := syscall.Statfs(s.data, &fsys); err == nil {
		free := fsys.Bavail * uint64(fsys.Bsize) //nolint:gosec // a block size is positive
		v := verdictOK
		if free < lowSpace {
			v = verdictNote
		}
		c.report(v, "%d MiB free on the disk of the data folder", free>>20)
	}
}

// masterKey checks that the master keys can be read.
func (c *checkup) masterKey(ctx context.Context, s settings) {
	box, err := s.openBox()
	switch {
	case err != nil:
		c.report(verdictBad, "%s", explain(ctx, err))
	case box == nil:
		c.report(verdictNote, "The master key %s does not exist.", s.masterKeyFile)
	case s.masterKey != "":
		c.report(verdictOK, "Master key from %s; %d master keys in all", envMasterKey, len(box.IDs()))
	default:
		c.report(verdictOK, "Master key in %s, mode 0600; %d master keys in all", s.masterKeyFile, len(box.IDs()))
	}
}

// network checks the addresses, the limits of connections and the base URL.
func (c *checkup) network(s settings) {
	if err := s.checkGate(); err != nil {
		c.report(verdictBad, "%s", err)
	} else {
		c.report(verdictOK, "Gate at %s, protected by loopback, a token or networks", s.gateListen)
	}
	c.report(verdictOK, "Connections: console %d, %d from one address; gate %d, %d from one address; limit of open files %d",
		s.consoleConns.All, s.consoleConns.PerClient, s.gateConns.All, s.gateConns.PerClient, conns.Files())
	switch {
	case s.baseURL == nil && !onLoopback(s.listen):
		c.report(verdictNote, "The console is on the network without --base-url: its links and cookies are for plain HTTP.")
	case s.baseURL != nil && s.baseURL.Scheme == "http" && !onLoopback(s.baseURL.Host+":80"):
		c.report(verdictNote, "The base URL uses plain HTTP: passwords and keys cross the network unencrypted.")
	default:
		c.report(verdictOK, "Base URL fits the address of the console")
	}
}

// database checks the database and its contents.
func (c *checkup) database(ctx context.Context, s settings) {
	file := filepath.Join(s.data, databaseName)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		c.report(verdictNote, "There is no database yet.")
		return
	}
	// Opening checks the version of SQLite, the schema, the durability of every connection and the master key.
	st, err := openStore(ctx, s, opening{})
	if err != nil {
		c.report(verdictBad, "%s", explain(ctx, err))
		return
	}
	defer func() { _ = st.Close() }() // nothing was written
	c.report(verdictOK, "Database opens: SQLite, schema, durability and master key are right")
	if err := st.CheckWrites(ctx); err != nil {
		c.report(verdictBad, "The database rejects writes (%v): free space on its disk, or repair the disk.", cmp.Or(errors.Unwrap(err), err))
	} else {
		c.report(verdictOK, "The database accepts writes")
	}
	c.contents(ctx, st)
}

// contents checks the rows of the database.
func (c *checkup) contents(ctx context.Context, st *store.Store) {
	if owned, err := st.OwnerExists(ctx); err != nil {
		c.report(verdictBad, "The database cannot be read: %v", err)
		return
	} else if !owned {
		c.report(verdictNote, "There is no owner yet: use the setup link that the last start printed, or keywicket admin create.")
	}
	accounts, err := st.Accounts(ctx)
	if err != nil {
		c.report(verdictBad, "The accounts cannot be read: %v", err)
		return
	}
	for _, a := range accounts {
		c.report(verdictOK, "Account %s: %d keys, %d apps, %d APIs", a.Slug, a.Keys, a.Apps, a.APIs)
	}
	switch found, err := st.CheckIntegrity(ctx); {
	case err != nil:
		c.report(verdictBad, "The database cannot be read: %v", err)
	case found != "":
		c.report(verdictBad, "The database file is damaged: %s. Restore a backup.", found)
	default:
		c.report(verdictOK, "The database file is intact")
	}
	switch sealed, lost, err := st.CheckSealed(ctx); {
	case err != nil:
		c.report(verdictBad, "The keys cannot be read: %v", err)
	case lost > 0:
		c.report(verdictBad, "No master key in the file opens %d of %d revealable values: put the retired one back. The gate still accepts these keys.", lost, sealed)
	default:
		c.report(verdictOK, "All %d revealable values can be opened", sealed)
	}
	report, err := st.VerifyAudit(ctx)
	switch {
	case err != nil:
		c.report(verdictBad, "The audit cannot be read: %v", err)
	case !report.OK:
		c.report(verdictBad, "The audit was tampered with: %s (row %d). Compare it with a backup.", report.Problem, report.FirstBad)
	default:
		c.report(verdictOK, "Audit: %d rows, none changed, none missing", report.Rows)
	}
}

// server checks whether the console and the gate serve this data folder.
func (c *checkup) server(ctx context.Context, s settings) {
	served, unknown := sqlite.Served(filepath.Join(s.data, databaseName))
	for _, part := range []struct{ name, address string }{{"Console", s.listen}, {"Gate", s.gateListen}} {
		address := addressURL(part.address)
		err := probe(ctx, address+"/readyz")
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			c.report(verdictNote, "%s does not answer at %s; is the server running?", part.name, address)
			continue
		}
		switch {
		case unknown != nil:
			c.report(verdictNote, "%s answers at %s, perhaps from another data folder: %v", part.name, address, unknown)
		case !served:
			c.report(verdictNote, "The server at %s belongs to another program: no server uses this data folder.", address)
		default:
			c.report(verdictOK, "%s serves at %s", part.name, address)
		}
	}
}
