package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"keywicket/models"
)

// demoPerson is somebody of the demo beside its owner. All have the owner's
// password.
type demoPerson struct {
	name, email string
	role        models.Role
	in          string // name of their sub-account; "" for the master account
	daysAgo     int    // since when they belong to it
	disabled    bool
	ip          string
}

// demoSub is a sub-account.
type demoSub struct {
	name         string
	ownCatalogue bool
	suspended    bool
	daysAgo      int
	keys         []demoKey
}

const (
	demoNordic = "Larkfield Nordic"
	demoRetail = "Larkfield Retail"
)

func demoPeople() []demoPerson {
	return []demoPerson{
		{name: "Jonas Weber", email: "jonas@larkfield.example", role: models.RoleAdmin, daysAgo: 117, ip: "203.0.113.31"},
		{name: "Priya Raman", email: "priya@larkfield.example", role: models.RoleMember, daysAgo: 90, ip: "203.0.113.52"},
		{name: "Tom Alvarez", email: "tom@larkfield.example", role: models.RoleMember, daysAgo: 88, disabled: true, ip: "203.0.113.60"},
		{name: "Sofia Berg", email: "sofia@nordic.example", role: models.RoleOwner, in: demoNordic, daysAgo: 40, ip: "198.51.100.7"},
	}
}

func demoSubs() []demoSub {
	return []demoSub{
		{name: demoNordic, daysAgo: 41, keys: []demoKey{
			{name: "Nordic web shop", description: "Orders of the shop in Malmö.", by: "Sofia Berg", daysAgo: 38, hour: 9, apps: []string{"Orders", "Customer portal"}, apis: []string{"Data"}, rate: 300, window: 60, perDay: 820},
			{name: "Parcel locker", description: "Status messages of the lockers.", by: "Sofia Berg", daysAgo: 33, hour: 10, channel: models.ChannelHTTP, kind: models.CredentialPair, ips: []string{"198.51.100.80"}, perDay: 210, reason: "ip_denied", denied: 3},
			{name: "Nordic price list", by: "Sofia Berg", daysAgo: 20, hour: 13, channel: models.ChannelFTP, kind: models.CredentialChosen, username: "nordic-prices", perDay: 2},
		}},
		{name: demoRetail, ownCatalogue: true, suspended: true, daysAgo: 36, keys: []demoKey{
			{name: "Till export", description: "From the shops that were sold.", daysAgo: 35, hour: 9, reason: "account_suspended", denied: 17},
		}},
	}
}

// addSub makes a sub-account; its people and keys come later.
func (d *demo) addSub(ctx context.Context, sub demoSub) error {
	d.clock.to(sub.daysAgo, 9)
	a, err := d.st.CreateSub(ctx, d.who, models.NewSub{Name: sub.name, OwnCatalogue: sub.ownCatalogue})
	if err != nil {
		return fmt.Errorf("%s: %w", sub.name, err)
	}
	owner := d.who
	owner.AccountID = a.ID
	d.subs[sub.name], d.actors[sub.name] = a, owner
	return nil
}

// addPerson invites somebody, who joins an hour later.
func (d *demo) addPerson(ctx context.Context, p demoPerson) error {
	d.clock.to(p.daysAgo, 9)
	inviter := d.who
	if p.in != "" {
		inviter = d.actors[p.in]
	}
	_, token, err := d.st.Invite(ctx, inviter, models.NewInvitation{Email: p.email, Role: p.role})
	if err != nil {
		return err
	}
	d.clock.step(time.Hour)
	joining := models.Actor{AccountID: inviter.AccountID, Name: p.name, IP: p.ip}
	u, _, err := d.st.AcceptAsNew(ctx, joining, token, models.NewPerson{Name: p.name, Email: p.email, PasswordHash: d.hash})
	if err != nil {
		return err
	}
	d.actors[p.name] = models.Actor{AccountID: inviter.AccountID, UserID: u.ID, Name: u.Name, Email: u.Email, Role: p.role, IP: p.ip}
	return nil
}

// visit notes that somebody was there.
func (d *demo) visit(ctx context.Context, name string) error {
	who := d.actors[name]
	return d.st.Visit(ctx, who.AccountID, who.UserID)
}

// invite leaves an invitation open, and keeps its link's token.
func (d *demo) invite(ctx context.Context) error {
	d.clock.to(1, 15)
	for _, name := range []string{"Priya Raman", "Sofia Berg", "Jonas Weber"} {
		d.clock.step(8 * time.Minute)
		if err := d.visit(ctx, name); err != nil {
			return err
		}
	}
	var err error
	_, d.invitation, err = d.st.Invite(ctx, d.actors["Jonas Weber"], models.NewInvitation{Email: "nadia@larkfield.example", Role: models.RoleMember})
	return err
}

// closeDoors disables whoever left, and suspends what was sold.
func (d *demo) closeDoors(ctx context.Context) error {
	d.clock.to(6, 17)
	for _, p := range demoPeople() {
		if !p.disabled {
			continue
		}
		d.clock.step(time.Minute)
		if err := d.visit(ctx, p.name); err != nil {
			return err
		}
		if err := d.st.DisableMember(ctx, d.who, d.actors[p.name].UserID, models.Departure{Keys: models.KeysLeave}); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	for _, sub := range demoSubs() {
		if !sub.suspended {
			continue
		}
		d.clock.step(time.Minute)
		if err := d.st.SetSubStatus(ctx, d.who, d.subs[sub.name].Slug, models.AccountSuspended); err != nil {
			return fmt.Errorf("%s: %w", sub.name, err)
		}
	}
	return nil
}

// logIns lists whom the owner's password opens too, and the open invitation.
func (d *demo) logIns(base string) string {
	var b strings.Builder
	b.WriteString("The same password opens\n")
	for _, p := range demoPeople() {
		if p.disabled {
			continue
		}
		what := string(p.role)
		if p.in != "" {
			what += " of " + p.in
		}
		fmt.Fprintf(&b, "         %s (%s)\n", p.email, what)
	}
	fmt.Fprintf(&b, "Invited  %s/invite/%s\n", base, d.invitation)
	return b.String()
}
