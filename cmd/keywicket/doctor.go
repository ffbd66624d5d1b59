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
	"keywicket/web/conns"
)

// lowSpace is the free space in bytes below which doctor warns.
const lowSpace = 512 << 20

// verdict is how good one finding of the doctor is.
type verdict string

const (
	good verdict = "ok"
	hint verdict = "note" // works, and could be better
	ill  verdict = "bad"
)

// checkup collects findings and writes them as they come.
type checkup struct {
	p   program
	bad int
}

func (c *checkup) say(v verdict, format string, args ...any) {
	if v == ill {
		c.bad++
	}
	fmt.Fprintf(c.p.out, "%-5s %s\n", v, fmt.Sprintf(format, args...))
}

// doctor says what is well and what is not, beside a running server or
// without one. It changes nothing, and writes a probe to the database.
func (p program) doctor(ctx context.Context, cmd *cli.Command) error {
	s, err := p.settings(cmd)
	if err != nil {
		return err
	}
	c := &checkup{p: p}
	c.say(good, "Keywicket %s", version)
	if advice := goFaultsAdvice(runtime.Version()); advice != "" {
		c.say(hint, "%s", advice)
	}
	c.folder(s)
	c.masterKey(ctx, s)
	c.network(s)
	c.database(ctx, s)
	c.server(ctx, s)
	if err := ctx.Err(); err != nil {
		return err // not everything was looked at
	}
	if c.bad > 0 {
		return refusal{what: fmt.Sprintf("%d of the findings are bad.", c.bad), do: "Each says what to do."}
	}
	return nil
}

func (c *checkup) folder(s settings) {
	info, err := os.Stat(s.data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.say(hint, "There is no data folder %s yet; the first start makes it.", s.data)
		return
	case err != nil:
		c.say(ill, "The data folder cannot be read: %v", err)
		return
	case !info.IsDir():
		c.say(ill, "%s is no folder: name another with --data.", s.data)
		return
	case info.Mode().Perm()&0o077 != 0:
		c.say(hint, "Other users may look into the data folder (mode %04o): run chmod 700 %s.", info.Mode().Perm(), s.data)
	default:
		c.say(good, "Data folder %s, for its owner alone", s.data)
	}
	var fsys syscall.Statfs_t
	if err := syscall.Statfs(s.data, &fsys); err == nil {
		free := fsys.Bavail * uint64(fsys.Bsize) //nolint:gosec // a block size is positive
		v := good
		if free < lowSpace {
			v = hint
		}
		c.say(v, "%d MiB free on its disk", free>>20)
	}
}

func (c *checkup) masterKey(ctx context.Context, s settings) {
	box, err := s.openBox()
	switch {
	case err != nil:
		c.say(ill, "%s", explain(ctx, err))
	case box == nil:
		c.say(hint, "There is no master key at %s yet.", s.masterKeyFile)
	case s.masterKey != "":
		c.say(good, "Master key from %s, %d in the ring", envMasterKey, len(box.IDs()))
	default:
		c.say(good, "Master key in %s, mode 0600, %d in the ring", s.masterKeyFile, len(box.IDs()))
	}
}

func (c *checkup) network(s settings) {
	if err := s.checkGate(); err != nil {
		c.say(ill, "%s", err)
	} else {
		c.say(good, "Gate at %s: loopback, or with a token or networks", s.gateListen)
	}
	c.say(good, "Connections: %d of the console, %d of them from one address; %d of the gate, %d from one; %d open files allowed",
		s.consoleConns.All, s.consoleConns.PerClient, s.gateConns.All, s.gateConns.PerClient, conns.Files())
	switch {
	case s.baseURL == nil && !onLoopback(s.listen):
		c.say(hint, "The console is on the network without --base-url: links and cookies are made for plain HTTP.")
	case s.baseURL != nil && s.baseURL.Scheme == "http" && !onLoopback(s.baseURL.Host+":80"):
		c.say(hint, "The base URL is plain HTTP: passwords and keys cross the network unencrypted.")
	default:
		c.say(good, "Base URL fits the console's address")
	}
}

func (c *checkup) database(ctx context.Context, s settings) {
	file := filepath.Join(s.data, databaseName)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		c.say(hint, "There is no database yet.")
		return
	}
	// Opening checks SQLite's version, the schema, the durability of every
	// connection, and that the master key opens what is sealed.
	st, err := openStore(ctx, s, opening{})
	if err != nil {
		c.say(ill, "%s", explain(ctx, err))
		return
	}
	defer func() { _ = st.Close() }() // nothing was written
	c.say(good, "Database opens: SQLite, schema, durability and master key fit")
	if err := st.CheckWrites(ctx); err != nil {
		c.say(ill, "The database takes no writes (%v): make room on its disk, or find out what is wrong with it.", cmp.Or(errors.Unwrap(err), err))
	} else {
		c.say(good, "The database takes writes")
	}
	c.contents(ctx, st)
}

func (c *checkup) contents(ctx context.Context, st *store.Store) {
	if owned, err := st.OwnerExists(ctx); err != nil {
		c.say(ill, "The database cannot be read: %v", err)
		return
	} else if !owned {
		c.say(hint, "Nobody owns it yet: use the set-up link of the last start, or keywicket admin create.")
	}
	accounts, err := st.Accounts(ctx)
	if err != nil {
		c.say(ill, "The accounts cannot be read: %v", err)
		return
	}
	for _, a := range accounts {
		c.say(good, "Account %s: %d keys, %d apps, %d APIs", a.Slug, a.Keys, a.Apps, a.APIs)
	}
	switch found, err := st.CheckIntegrity(ctx); {
	case err != nil:
		c.say(ill, "The database cannot be read: %v", err)
	case found != "":
		c.say(ill, "The database's file is damaged: %s. Restore a backup.", found)
	default:
		c.say(good, "The database's file is whole")
	}
	switch sealed, lost, err := st.CheckSealed(ctx); {
	case err != nil:
		c.say(ill, "The keys cannot be read: %v", err)
	case lost > 0:
		c.say(ill, "%d of %d revealable values open with no master key in the ring: put the retired one back. The gate still takes these keys.", lost, sealed)
	default:
		c.say(good, "All %d revealable values open", sealed)
	}
	report, err := st.VerifyAudit(ctx)
	switch {
	case err != nil:
		c.say(ill, "The audit cannot be read: %v", err)
	case !report.OK:
		c.say(ill, "The audit was tampered with: %s (row %d). Compare it with a backup.", report.Problem, report.FirstBad)
	default:
		c.say(good, "Audit: %d rows, none changed, none missing", report.Rows)
	}
}

func (c *checkup) server(ctx context.Context, s settings) {
	served, unknown := store.Served(filepath.Join(s.data, databaseName))
	for _, part := range []struct{ name, address string }{{"Console", s.listen}, {"Gate", s.gateListen}} {
		address := addressURL(part.address)
		err := probe(ctx, address+"/readyz")
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			c.say(hint, "%s does not answer at %s: not started?", part.name, address)
			continue
		}
		switch {
		case unknown != nil:
			c.say(hint, "%s answers at %s; whether a server uses this data folder cannot be seen: %v", part.name, address, unknown)
		case !served:
			c.say(hint, "What answers at %s belongs to another program: no server uses this data folder.", address)
		default:
			c.say(good, "%s serves at %s", part.name, address)
		}
	}
}
