package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store"
)

// demoEmail is the log-in of the demo; its password is made anew each time.
const demoEmail = "maya@larkfield.example"

// serveDemo serves a workspace with plausible data in a folder that is removed
// at the end.
func (p program) serveDemo(ctx context.Context, s settings) (err error) {
	ports, err := listen(ctx, &s)
	if err != nil {
		return err
	}
	defer ports.close()
	if s.data, err = os.MkdirTemp("", "keywicket-demo-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.data)) }()
	s.masterKey, s.masterKeyFile = "", filepath.Join(s.data, "master.key")

	clock := &demoClock{at: time.Now().Add(-demoDays * 24 * time.Hour)}
	st, err := openStore(ctx, s, opening{create: true, lock: true, now: clock.now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	password := "wicket-" + rand.Text()[:10]
	if err := fillDemo(ctx, st, clock, password); err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	p.announce(s)
	fmt.Fprintf(p.out, "E-mail   %s\nPassword %s\nAll of it is gone when this program ends.\n", demoEmail, password)
	return p.serveStore(ctx, s, st, ports)
}

// demoClock stands at a time of the past while the demo's history is written,
// and then runs with the system's.
type demoClock struct {
	mu   sync.Mutex
	at   time.Time
	live bool
}

func (c *demoClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live {
		return time.Now()
	}
	return c.at
}

// to moves the clock to so many days and hours before now.
func (c *demoClock) to(daysAgo int, hour float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := time.Now().Add(-time.Duration(daysAgo)*24*time.Hour + time.Duration((hour-12)*float64(time.Hour)))
	if at.After(c.at) && at.Before(time.Now()) {
		c.at = at
	}
}

// step moves it on a little.
func (c *demoClock) step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *demoClock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live = true
}

// demo is the workspace while it is filled.
type demo struct {
	st      *store.Store
	clock   *demoClock
	who     models.Actor
	apps    map[string]int64 // by name
	apis    map[string][]int64
	created []demoMade
}

// demoMade is a key of the demo after it was made.
type demoMade struct {
	demoKey
	key models.Key
}

// fillDemo writes a month of history through the store's own methods, so that
// the audit tells it as it would have happened.
func fillDemo(ctx context.Context, st *store.Store, clock *demoClock, password string) error {
	hash, err := secret.NewPasswords(1).Hash(ctx, password)
	if err != nil {
		return err
	}
	_, account, err := st.CreateOwner(ctx, "", models.NewOwner{
		AccountName: "Larkfield Supply", Name: "Maya Lindqvist", Email: demoEmail, PasswordHash: hash, Preset: true,
	})
	if err != nil {
		return err
	}
	who, err := st.OwnerActor(ctx, account.Slug)
	if err != nil {
		return err
	}
	who.IP = "203.0.113.24"
	d := &demo{st: st, clock: clock, who: who, apps: map[string]int64{}, apis: map[string][]int64{}}
	for _, step := range []func(context.Context) error{d.addApps, d.readCatalogue, d.addKeys, d.addUsage, d.logIn} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	clock.run()
	return nil
}

func (d *demo) addApps(ctx context.Context) error {
	d.clock.step(7 * time.Minute)
	if _, err := d.st.AddApps(ctx, d.who, demoApps()); err != nil {
		return err
	}
	page, err := d.st.ListApps(ctx, d.who, models.AppQuery{All: true})
	if err != nil {
		return err
	}
	for _, row := range page.Rows {
		d.apps[row.Name] = row.ID
	}
	return nil
}

// readCatalogue finds the ids of the preset's calls by family and by name.
func (d *demo) readCatalogue(ctx context.Context) error {
	families, err := d.st.Catalogue(ctx, d.who)
	if err != nil {
		return err
	}
	for _, f := range families {
		for _, a := range f.APIs {
			d.apis[f.Name] = append(d.apis[f.Name], a.ID)
			d.apis[a.Name] = append(d.apis[a.Name], a.ID)
		}
	}
	return nil
}

func (d *demo) addKeys(ctx context.Context) error {
	for _, k := range demoKeys() {
		d.clock.to(k.daysAgo, k.hour)
		d.clock.step(time.Minute)
		key, _, err := d.st.CreateKey(ctx, d.who, k.name, rand.Text())
		if err != nil {
			return err
		}
		d.created = append(d.created, demoMade{demoKey: k, key: key})
		if err := d.setPolicy(ctx, k, key.Sid); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
	}
	return nil
}

// setPolicy does to a new key what its admin would have done.
func (d *demo) setPolicy(ctx context.Context, k demoKey, sid string) error {
	d.clock.step(2 * time.Minute)
	var errs []error
	var expires *time.Time
	if k.expiresIn != 0 {
		at := time.Now().Add(time.Duration(k.expiresIn) * 24 * time.Hour)
		expires = &at
	}
	errs = append(errs, d.st.SetKeyBasics(ctx, d.who, sid, k.name, k.description, expires))
	if k.apps != nil {
		errs = append(errs, d.st.SetKeyApps(ctx, d.who, sid, models.ScopeSome, d.ids(k.apps, d.appIDs)))
	}
	if k.apis != nil {
		errs = append(errs, d.st.SetKeyAPIs(ctx, d.who, sid, models.ScopeSome, d.ids(k.apis, d.apiIDs)))
	}
	for _, ip := range k.ips {
		d.clock.step(20 * time.Second)
		_, err := d.st.AddKeyIP(ctx, d.who, sid, ip)
		errs = append(errs, err)
	}
	if k.rate != 0 {
		errs = append(errs, d.st.SetKeyRate(ctx, d.who, sid, k.rate, k.window))
	}
	if k.revealed {
		d.clock.step(time.Minute)
		_, err := d.st.RevealKey(ctx, d.who, sid)
		errs = append(errs, err)
	}
	if k.disabled {
		d.clock.step(26 * time.Hour)
		errs = append(errs, d.st.SetKeyEnabled(ctx, d.who, sid, false))
	}
	return errors.Join(errs...)
}

func (d *demo) appIDs(name string) []int64 {
	if id, ok := d.apps[name]; ok {
		return []int64{id}
	}
	return nil
}

func (d *demo) apiIDs(name string) []int64 { return d.apis[name] }

func (d *demo) ids(names []string, find func(string) []int64) []int64 {
	ids := []int64{}
	for _, n := range names {
		ids = append(ids, find(n)...)
	}
	return ids
}

func (d *demo) logIn(ctx context.Context) error {
	d.clock.to(0, 10)
	return d.st.RecordAudit(ctx, models.AuditRow{
		AccountID: d.who.AccountID, At: d.clock.now(), ActorID: d.who.UserID, ActorName: d.who.Name, IP: d.who.IP,
		Event: models.EventUserLogin, TargetKind: "user", TargetID: demoEmail, TargetName: d.who.Name,
	})
}
