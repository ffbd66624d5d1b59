package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	d, err := fillDemo(ctx, st, clock, password)
	if err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	p.announce(s)
	fmt.Fprintf(p.out, "E-mail   %s\nPassword %s\n%sAll of it is gone when this program ends.\n", demoEmail, password, d.logIns(s.baseURL.String()))
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
	hash    string           // of everybody's password
	apps    map[string]int64 // by name
	apis    map[string][]int64
	subs    map[string]models.Account // by name
	actors  map[string]models.Actor   // people by name, and the owner in a sub-account by its name
	created []demoMade

	invitation string // token of the open one
}

// demoMade is a key of the demo after it was made.
type demoMade struct {
	demoKey
	key models.Key
	who models.Actor // who made it
}

// fillDemo writes some months of history through the store's own methods, so that
// the audit tells it as it would have happened.
func fillDemo(ctx context.Context, st *store.Store, clock *demoClock, password string) (*demo, error) {
	hash, err := secret.NewPasswords(1).Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	_, account, err := st.CreateOwner(ctx, "", models.NewOwner{
		AccountName: "Larkfield Supply", Name: "Maya Lindqvist", Email: demoEmail, PasswordHash: hash, Preset: true,
	})
	if err != nil {
		return nil, err
	}
	who, err := st.OwnerActor(ctx, account.Slug)
	if err != nil {
		return nil, err
	}
	who.IP = "203.0.113.24"
	d := &demo{
		st: st, clock: clock, who: who, hash: hash, apps: map[string]int64{}, apis: map[string][]int64{},
		subs: map[string]models.Account{}, actors: map[string]models.Actor{who.Name: who},
	}
	for _, step := range []func(context.Context) error{
		d.addApps, d.readCatalogue, d.addHistory, d.invite, d.addUsage, d.logIn,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	clock.run()
	return d, nil
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

// moment is something that happened so many days ago, at an hour of the day.
type moment struct {
	daysAgo int
	hour    float64
	do      func(context.Context) error
}

// addHistory lets people come and go and keys be made, one after the other.
func (d *demo) addHistory(ctx context.Context) error {
	all := []moment{{6, 17, d.closeDoors}, {3, 10, d.addPlugins}, {2, 14, d.rotate}}
	for _, p := range demoPeople() {
		all = append(all, moment{p.daysAgo, 9, func(ctx context.Context) error { return d.addPerson(ctx, p) }})
	}
	for _, k := range demoKeys() {
		all = append(all, moment{k.daysAgo, k.hour, func(ctx context.Context) error { return d.addKey(ctx, k, d.who) }})
	}
	for _, sub := range demoSubs() {
		all = append(all, moment{sub.daysAgo, 9, func(ctx context.Context) error { return d.addSub(ctx, sub) }})
		for _, k := range sub.keys {
			all = append(all, moment{k.daysAgo, k.hour, func(ctx context.Context) error { return d.addKey(ctx, k, d.actors[sub.name]) }})
		}
	}
	slices.SortStableFunc(all, func(a, b moment) int {
		return cmp.Or(cmp.Compare(b.daysAgo, a.daysAgo), cmp.Compare(a.hour, b.hour))
	})
	for _, m := range all {
		if err := m.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// addKey makes a key as its form would, and its policy.
func (d *demo) addKey(ctx context.Context, k demoKey, who models.Actor) error {
	if k.by != "" {
		who = d.actors[k.by]
	}
	d.clock.to(k.daysAgo, k.hour)
	d.clock.step(time.Minute)
	n := models.NewKey{
		Name: k.name, Channel: models.ChannelREST, ScopeApps: models.ScopeAll, ScopeAPIs: models.ScopeAll,
		Credential: models.NewCredential{Kind: models.CredentialToken},
	}
	if k.channel != "" {
		n.Channel, n.Credential.Kind, n.Credential.Username = k.channel, k.kind, k.username
	}
	if k.kind == models.CredentialChosen {
		n.Credential.Secret = rand.Text()
	}
	key, _, err := d.st.MakeKey(ctx, who, n, rand.Text())
	if err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	d.created = append(d.created, demoMade{demoKey: k, key: key, who: who})
	if err := d.setPolicy(ctx, k, who, key.Sid); err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	return nil
}

// setPolicy does to a new key what its maker would have done.
func (d *demo) setPolicy(ctx context.Context, k demoKey, who models.Actor, sid string) error {
	d.clock.step(2 * time.Minute)
	var errs []error
	var expires *time.Time
	if k.expiresIn != 0 {
		at := time.Now().Add(time.Duration(k.expiresIn) * 24 * time.Hour)
		expires = &at
	}
	errs = append(errs, d.st.SetKeyBasics(ctx, who, sid, k.name, k.description, expires))
	if k.apps != nil {
		errs = append(errs, d.st.SetKeyApps(ctx, who, sid, models.ScopeSome, d.ids(k.apps, d.appIDs)))
	}
	if k.apis != nil {
		errs = append(errs, d.st.SetKeyAPIs(ctx, who, sid, models.ScopeSome, d.ids(k.apis, d.apiIDs)))
	}
	for _, ip := range k.ips {
		d.clock.step(20 * time.Second)
		_, err := d.st.AddKeyIP(ctx, who, sid, ip)
		errs = append(errs, err)
	}
	if k.rate != 0 {
		errs = append(errs, d.st.SetKeyRate(ctx, who, sid, k.rate, k.window))
	}
	if k.revealed {
		d.clock.step(time.Minute)
		_, err := d.st.RevealKey(ctx, who, sid)
		errs = append(errs, err)
	}
	if k.disabled {
		d.clock.step(26 * time.Hour)
		errs = append(errs, d.st.SetKeyEnabled(ctx, who, sid, false))
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
		AccountID: d.who.AccountID, At: d.clock.now(), ActorID: d.who.UserID, ActorName: d.who.Name, ActorEmail: d.who.Email, IP: d.who.IP,
		Event: models.EventUserLogin, TargetKind: "user", TargetID: demoEmail, TargetName: d.who.Name,
	})
}
