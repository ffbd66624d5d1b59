package demo

import (
	"context"
	"fmt"
	"time"

	"keywicket/models"
)

// samplePerson is a person besides the owner.
type samplePerson struct {
	name, email string
	role        models.Role
	in          string // the name of their sub-account; "" for the master account
	daysAgo     int    // when they joined
	disabled    bool
	ip          string
}

// sampleSubaccount is a sub-account with its keys.
type sampleSubaccount struct {
	name         string
	ownCatalogue bool
	suspended    bool
	daysAgo      int
	keys         []sampleKey
}

// The names of the sub-accounts.
const (
	nordic = "Larkfield Nordic"
	retail = "Larkfield Retail"
)

// samplePeople returns the people besides the owner.
func samplePeople() []samplePerson {
	return []samplePerson{
		{name: "Jonas Weber", email: "jonas@larkfield.example", role: models.RoleAdmin, daysAgo: 117, ip: "203.0.113.31"},
		{name: "Priya Raman", email: "priya@larkfield.example", role: models.RoleMember, daysAgo: 90, ip: "203.0.113.52"},
		{name: "Tom Alvarez", email: "tom@larkfield.example", role: models.RoleMember, daysAgo: 88, disabled: true, ip: "203.0.113.60"},
		{name: "Sofia Berg", email: "sofia@nordic.example", role: models.RoleOwner, in: nordic, daysAgo: 40, ip: "198.51.100.7"},
	}
}

// sampleSubaccounts returns the sub-accounts.
func sampleSubaccounts() []sampleSubaccount {
	return []sampleSubaccount{
		{name: nordic, daysAgo: 41, keys: []sampleKey{
			{name: "Nordic web shop", description: "Orders of the shop in Malmö.", by: "Sofia Berg", daysAgo: 38, hour: 9, apps: []string{"Orders", "Customer portal"}, apis: []string{"Data"}, rate: 300, window: 60, perDay: 820},
			{name: "Parcel locker", description: "Status messages of the lockers.", by: "Sofia Berg", daysAgo: 33, hour: 10, channel: models.ChannelHTTP, kind: models.CredentialPair, ips: []string{"198.51.100.80"}, perDay: 210, reason: "ip_denied", denied: 3},
			{name: "Nordic price list", by: "Sofia Berg", daysAgo: 20, hour: 13, channel: models.ChannelFTP, kind: models.CredentialChosen, username: "nordic-prices", perDay: 2},
		}},
		{name: retail, ownCatalogue: true, suspended: true, daysAgo: 36, keys: []sampleKey{
			{name: "Till export", description: "From the shops that were sold.", daysAgo: 35, hour: 9, reason: "account_suspended", denied: 17},
		}},
	}
}

// addSubaccount creates a sub-account without people and keys.
func (b *builder) addSubaccount(ctx context.Context, sub sampleSubaccount) error {
	b.clock.moveTo(sub.daysAgo, 9)
	a, err := b.st.CreateSubaccount(ctx, b.owner, models.NewSubaccount{Name: sub.name, OwnCatalogue: sub.ownCatalogue})
	if err != nil {
		return fmt.Errorf("%s: %w", sub.name, err)
	}
	owner := b.owner
	owner.AccountID = a.ID
	b.subs[sub.name], b.actors[sub.name] = a, owner
	return nil
}

// addPerson invites a person, who joins an hour later.
func (b *builder) addPerson(ctx context.Context, p samplePerson) error {
	b.clock.moveTo(p.daysAgo, 9)
	inviter := b.owner
	if p.in != "" {
		inviter = b.actors[p.in]
	}
	_, token, err := b.st.Invite(ctx, inviter, models.NewInvitation{Email: p.email, Role: p.role})
	if err != nil {
		return err
	}
	b.clock.advance(time.Hour)
	joining := models.Actor{AccountID: inviter.AccountID, Name: p.name, IP: p.ip}
	u, _, err := b.st.AcceptAsNew(ctx, joining, token, models.NewPerson{Name: p.name, Email: p.email, PasswordHash: b.password})
	if err != nil {
		return err
	}
	b.actors[p.name] = models.Actor{AccountID: inviter.AccountID, UserID: u.ID, Name: u.Name, Email: u.Email, Role: p.role, IP: p.ip}
	return nil
}

// visit records that a person used the console.
func (b *builder) visit(ctx context.Context, name string) error {
	who := b.actors[name]
	return b.st.Visit(ctx, who.AccountID, who.UserID)
}

// invite creates an invitation that nobody accepts.
func (b *builder) invite(ctx context.Context) error {
	b.clock.moveTo(1, 15)
	for _, name := range []string{"Priya Raman", "Sofia Berg", "Jonas Weber"} {
		b.clock.advance(8 * time.Minute)
		if err := b.visit(ctx, name); err != nil {
			return err
		}
	}
	var err error
	_, b.invitation, err = b.st.Invite(ctx, b.actors["Jonas Weber"], models.NewInvitation{Email: "nadia@larkfield.example", Role: models.RoleMember})
	return err
}

// closeAccess disables the people who left and suspends the sub-account that was sold.
func (b *builder) closeAccess(ctx context.Context) error {
	b.clock.moveTo(6, 17)
	for _, p := range samplePeople() {
		if !p.disabled {
			continue
		}
		b.clock.advance(time.Minute)
		if err := b.visit(ctx, p.name); err != nil {
			return err
		}
		if err := b.st.DisableMember(ctx, b.owner, b.actors[p.name].UserID, models.Departure{Keys: models.KeysLeave}); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	for _, sub := range sampleSubaccounts() {
		if !sub.suspended {
			continue
		}
		b.clock.advance(time.Minute)
		if err := b.st.SetSubaccountStatus(ctx, b.owner, b.subs[sub.name].Slug, models.AccountSuspended); err != nil {
			return fmt.Errorf("%s: %w", sub.name, err)
		}
	}
	return nil
}

// signInPeople returns the people besides the owner who can sign in.
func signInPeople() []Person {
	var people []Person
	for _, p := range samplePeople() {
		if !p.disabled {
			people = append(people, Person{Email: p.email, Role: p.role, Subaccount: p.in})
		}
	}
	return people
}
