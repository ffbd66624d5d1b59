// Package demo fills a store with the workspace of keywicket --demo: a company with people, sub-accounts, keys of every
// channel and some months of history.
package demo

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"time"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store"
)

// Email is the owner's e-mail address.
const Email = "maya@larkfield.example"

// historyDays is how far back the history goes.
const historyDays = 121

// Workspace is what Fill wrote.
type Workspace struct {
	People     []Person // besides the owner, those who can sign in, all with the owner's password
	Invitation string   // the token of an open invitation
}

// Person is somebody who can sign in.
type Person struct {
	Email      string
	Role       models.Role
	Subaccount string // the name of their sub-account; "" for the master account
}

// builder is the state of Fill.
type builder struct {
	st       *store.Store
	clock    *Clock
	owner    models.Actor
	password string                    // its hash, for everybody
	apps     map[string][]int64        // by name
	apis     map[string][]int64        // by name, of APIs and of families
	subs     map[string]models.Account // by name
	actors   map[string]models.Actor   // people by name; the owner in a sub-account by the sub-account's name
	created  []createdKey

	invitation string // token
}

// Fill writes the workspace into an empty store, whose clock must be the given one. It calls the methods that the
// console calls, so the audit reads as if people had done it all. Everybody's password is the given one.
func Fill(ctx context.Context, st *store.Store, clock *Clock, password string) (Workspace, error) {
	b, err := newBuilder(ctx, st, clock, password)
	if err != nil {
		return Workspace{}, err
	}
	for _, step := range []func(context.Context) error{
		b.addApps, b.readCatalogue, b.addHistory, b.invite, b.addUsage, b.signIn,
	} {
		if err := step(ctx); err != nil {
			return Workspace{}, err
		}
	}
	clock.goLive()
	return Workspace{People: signInPeople(), Invitation: b.invitation}, nil
}

// newBuilder creates the master account and its owner.
func newBuilder(ctx context.Context, st *store.Store, clock *Clock, password string) (*builder, error) {
	hash, err := secret.NewPasswords(1).Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	_, account, err := st.CreateOwner(ctx, "", models.NewOwner{
		AccountName: "Larkfield Supply", Name: "Maya Lindqvist", Email: Email, PasswordHash: hash, Preset: true,
	})
	if err != nil {
		return nil, err
	}
	owner, err := st.OwnerActor(ctx, account.Slug)
	if err != nil {
		return nil, err
	}
	owner.IP = "203.0.113.24"
	return &builder{
		st: st, clock: clock, owner: owner, password: hash, apps: map[string][]int64{}, apis: map[string][]int64{},
		subs: map[string]models.Account{}, actors: map[string]models.Actor{owner.Name: owner},
	}, nil
}

// addApps fills the app list.
func (b *builder) addApps(ctx context.Context) error {
	b.clock.advance(7 * time.Minute)
	if _, err := b.st.AddApps(ctx, b.owner, sampleApps()); err != nil {
		return err
	}
	page, err := b.st.ListApps(ctx, b.owner, models.AppQuery{All: true})
	if err != nil {
		return err
	}
	for _, row := range page.Rows {
		b.apps[row.Name] = []int64{row.ID}
	}
	return nil
}

// readCatalogue looks up the ids of the preset's APIs.
func (b *builder) readCatalogue(ctx context.Context) error {
	families, err := b.st.Catalogue(ctx, b.owner)
	if err != nil {
		return err
	}
	for _, f := range families {
		for _, a := range f.APIs {
			b.apis[f.Name] = append(b.apis[f.Name], a.ID)
			b.apis[a.Name] = append(b.apis[a.Name], a.ID)
		}
	}
	return nil
}

// moment is an event of the history.
type moment struct {
	daysAgo int
	hour    float64
	do      func(context.Context) error
}

// addHistory replays the events of people, sub-accounts, keys and plugins in order.
func (b *builder) addHistory(ctx context.Context) error {
	all := []moment{{6, 17, b.closeAccess}, {3, 10, b.addPlugins}, {2, 14, b.rotateCredentials}}
	for _, p := range samplePeople() {
		all = append(all, moment{p.daysAgo, 9, func(ctx context.Context) error { return b.addPerson(ctx, p) }})
	}
	for _, k := range sampleKeys() {
		all = append(all, moment{k.daysAgo, k.hour, func(ctx context.Context) error { return b.addKey(ctx, k, b.owner) }})
	}
	for _, sub := range sampleSubaccounts() {
		all = append(all, moment{sub.daysAgo, 9, func(ctx context.Context) error { return b.addSubaccount(ctx, sub) }})
		for _, k := range sub.keys {
			all = append(all, moment{k.daysAgo, k.hour, func(ctx context.Context) error { return b.addKey(ctx, k, b.actors[sub.name]) }})
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

// signIn records that the owner signed in today. The session has ended already.
func (b *builder) signIn(ctx context.Context) error {
	b.clock.moveTo(0, 10)
	now := b.clock.Now()
	session := models.Session{ID: rand.Text(), UserID: b.owner.UserID, IP: b.owner.IP, CreatedAt: now, SeenAt: now, ExpiresAt: now}
	return b.st.SignIn(ctx, models.SignIn{Session: session, PasswordHash: b.password})
}
