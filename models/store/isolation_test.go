package store_test

import (
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// attempt is a call of one method by somebody who has no business there.
type attempt struct {
	method string
	do     func(who models.Actor) error
	code   models.Code
}

// attempts calls every method that names a thing, with the things of w, some
// of which it makes.
func attempts(t *testing.T, s *store.Store, w storetest.Fixture, sid string) []attempt {
	ctx := t.Context()
	plugin := must(s.AddPlugin(ctx, w.Who, models.NewPlugin{PluginID: "form-event-" + sid, KeySid: sid}))(t).ID
	app, api, family := w.Apps[0].ID, w.APIByName(t, "data.list"), w.Families[0].ID
	later, value := time.Now().Add(time.Hour), ""
	if sid != "" {
		value = must(s.RevealKey(ctx, w.Who, sid))(t)
	}
	i, _, err := s.Invite(ctx, w.Who, models.NewInvitation{Role: models.RoleMember})
	ok(t, err)
	invitation := i.ID
	key := func(name string, do func(who models.Actor) error) attempt {
		return attempt{name, do, models.CodeNotFound}
	}
	return []attempt{
		key("Key", func(who models.Actor) error { return second(s.Key(ctx, who, sid)) }),
		key("CopyKey", func(who models.Actor) error { _, _, err := s.CopyKey(ctx, who, sid, ""); return err }),
		key("RevealKey", func(who models.Actor) error { return second(s.RevealKey(ctx, who, sid)) }),
		key("ChangeCredentials", func(who models.Actor) error {
			return second(s.ChangeCredentials(ctx, who, sid, models.NewCredential{Kind: models.CredentialToken}, time.Hour))
		}),
		key("EndPreviousCredential", func(who models.Actor) error { return s.EndPreviousCredential(ctx, who, sid) }),
		key("SetKeyBasics", func(who models.Actor) error { return s.SetKeyBasics(ctx, who, sid, "x", "x", &later) }),
		key("SetKeyEnabled", func(who models.Actor) error { return s.SetKeyEnabled(ctx, who, sid, false) }),
		key("SetKeyRate", func(who models.Actor) error { return s.SetKeyRate(ctx, who, sid, 1, 1) }),
		key("SetKeyApps", func(who models.Actor) error { return s.SetKeyApps(ctx, who, sid, models.ScopeSome, nil) }),
		key("SetKeyAPIs", func(who models.Actor) error { return s.SetKeyAPIs(ctx, who, sid, models.ScopeSome, nil) }),
		key("AddKeyIP", func(who models.Actor) error { return second(s.AddKeyIP(ctx, who, sid, "10.9.9.9")) }),
		key("RemoveKeyIP", func(who models.Actor) error { return s.RemoveKeyIP(ctx, who, sid, "10.0.0.1", true) }),
		key("DeleteKey", func(who models.Actor) error { return s.DeleteKey(ctx, who, sid) }),
		key("FindKey", func(who models.Actor) error { return second(s.FindKey(ctx, who, value)) }),
		key("SomeKeys", func(who models.Actor) error {
			keys, err := s.SomeKeys(ctx, who, []string{sid})
			if err == nil && len(keys) == 0 {
				err = models.Refuse(models.CodeNotFound, "", "gone")
			}
			return err
		}),
		key("KeyHash", func(who models.Actor) error { return second(s.KeyHash(ctx, who, sid)) }),
		key("KeyHistory", func(who models.Actor) error { return second(s.KeyHistory(ctx, who, sid, 10)) }),
		key("KeyUsage", func(who models.Actor) error { return second(s.KeyUsage(ctx, who, sid, 30)) }),
		{"App", func(who models.Actor) error { return second(s.App(ctx, who, app)) }, models.CodeNotFound},
		{"AppKeys", func(who models.Actor) error { return second(s.AppKeys(ctx, who, app)) }, models.CodeNotFound},
		{"RenameApp", func(who models.Actor) error { return s.RenameApp(ctx, who, app, "x") }, models.CodeNotFound},
		{"RemoveApp", func(who models.Actor) error { return s.RemoveApp(ctx, who, app) }, models.CodeNotFound},
		key("Plugin", func(who models.Actor) error { return second(s.Plugin(ctx, who, plugin)) }),
		key("UpdatePlugin", func(who models.Actor) error { return s.UpdatePlugin(ctx, who, plugin, "x", "") }),
		key("RemovePlugin", func(who models.Actor) error { return s.RemovePlugin(ctx, who, plugin) }),
		{"AddPlugin", func(who models.Actor) error {
			return second(s.AddPlugin(ctx, who, models.NewPlugin{PluginID: "stolen", KeySid: sid}))
		}, models.CodeInvalid},
		{"API", func(who models.Actor) error { return second(s.API(ctx, who, api.ID)) }, models.CodeNotFound},
		{"APIKeys", func(who models.Actor) error { return second(s.APIKeys(ctx, who, api.ID)) }, models.CodeNotFound},
		{"UpdateAPI", func(who models.Actor) error { return s.UpdateAPI(ctx, who, api) }, models.CodeNotFound},
		{"RemoveAPI", func(who models.Actor) error { return s.RemoveAPI(ctx, who, api.ID) }, models.CodeNotFound},
		{"AddAPI", func(who models.Actor) error {
			return second(s.AddAPI(ctx, who, models.API{FamilyID: family, Name: "stolen", Method: "GET", Path: "/stolen"}))
		}, models.CodeInvalid},
		{"RenameFamily", func(who models.Actor) error { return s.RenameFamily(ctx, who, family, "x") }, models.CodeNotFound},
		{"RemoveFamily", func(who models.Actor) error { return s.RemoveFamily(ctx, who, family) }, models.CodeNotFound},
		{"Sub", func(who models.Actor) error { return second(s.Sub(ctx, who, w.Sub.Slug)) }, models.CodeNotFound},
		{"RenameSubaccount", func(who models.Actor) error { return s.RenameSubaccount(ctx, who, w.Sub.Slug, "x") }, models.CodeNotFound},
		{"SetSubaccountStatus", func(who models.Actor) error {
			return s.SetSubaccountStatus(ctx, who, w.Sub.Slug, models.AccountSuspended)
		}, models.CodeNotFound},
		{"Member", func(who models.Actor) error { return second(s.Member(ctx, who, w.Owner.ID)) }, models.CodeNotFound},
		{"SetMemberRole", func(who models.Actor) error {
			return s.SetMemberRole(ctx, who, w.Owner.ID, models.RoleMember, models.Departure{})
		}, models.CodeNotFound},
		{"Leaving", func(who models.Actor) error { return second(s.Leaving(ctx, who, w.Owner.ID, "")) }, models.CodeNotFound},
		{"EnableMember", func(who models.Actor) error { return s.EnableMember(ctx, who, w.Owner.ID) }, models.CodeNotFound},
		{"DisableMember", func(who models.Actor) error {
			return s.DisableMember(ctx, who, w.Owner.ID, models.Departure{Keys: models.KeysLeave})
		}, models.CodeNotFound},
		{"RemoveMember", func(who models.Actor) error {
			return s.RemoveMember(ctx, who, w.Owner.ID, models.Departure{Keys: models.KeysDisable})
		}, models.CodeNotFound},
		{"WithdrawInvitation", func(who models.Actor) error { return s.WithdrawInvitation(ctx, who, invitation) }, models.CodeNotFound},
		{"BulkKeys", func(who models.Actor) error {
			r, err := s.BulkKeys(ctx, who, []string{sid}, models.BulkDisable)
			if err == nil && r.Gone == 1 && r.Done == 0 {
				err = models.Refuse(models.CodeNotFound, "", "gone")
			}
			return err
		}, models.CodeNotFound},
	}
}

// Another account's ids give not-found on every method and every role, and
// change nothing.
func TestOtherAccountsIdsAreNotFound(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	o := storetest.SeedOther(t, s, "Other")
	w.Sub = storetest.SeedSubaccount(t, s, w, "Below Acme").Account
	sid := storetest.SeedKeys(t, s, w.Who, 1)[0].Sid
	must(s.AddKeyIP(t.Context(), w.Who, sid, "10.0.0.1"))(t)
	must(s.ChangeCredentials(t.Context(), w.Who, sid, models.NewCredential{Kind: models.CredentialToken}, time.Hour))(t)
	db := storetest.DB(t, s)
	admin := storetest.SeedMember(t, s, o.Account, "Adam", "adam@example.org", models.RoleAdmin)
	member := storetest.SeedMember(t, s, o.Account, "Mia", "mia@example.org", models.RoleMember)
	all := attempts(t, s, w, sid)
	before := dump(t, db)
	for _, a := range all {
		for _, who := range []models.Actor{o.Who, admin, member, {AccountID: 0, UserID: w.Owner.ID, Role: models.RoleOwner}} {
			err := a.do(who)
			want := a.code
			if who.Role == models.RoleMember && models.CodeOf(err) == models.CodeForbidden {
				want = models.CodeForbidden
			}
			if models.CodeOf(err) != want {
				t.Errorf("%s by the other account's %s: %v", a.method, who.Role, err)
			}
		}
	}
	if after := dump(t, db); after != before {
		t.Error("something changed")
	}
}

// Every method that names a key is among the attempts: a new one must be
// added there.
func TestEveryMethodWithAnIDIsAttempted(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	tried := map[string]bool{}
	for _, a := range attempts(t, s, w, "") {
		tried[a.method] = true
	}
	actor := reflect.TypeFor[models.Actor]()
	typ := reflect.TypeOf(s)
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		if m.Type.NumIn() < 4 || m.Type.In(2) != actor { // receiver, context, actor, and what it is about
			continue
		}
		switch m.Name {
		case "ListPlugins", "ListKeys", "ListApps", "ListAudit", "AccountUsage", // of the actor's account alone
			"ListSubaccounts", "CatalogueLoss", "SetOwnCatalogue", // of the actor's account alone
			"SetAccountStatus",                                                                                                   // for the command line, which may everything
			"CreateSubaccount", "CheckImport", "ImportAccounts", "CreateKey", "MakeKey", "AddApps", "AddFamily", "UpdateAccount", // name nothing that exists
			"ExportKeys",                                                              // as ListKeys
			"ChangePassword", "UpdateProfile", "NewPasswordReset", "UsePasswordReset", // of a person, tested with people
			"Invite", "AcceptInvitation", "AcceptAsNew": // of a token, tested with invitations
			continue
		}
		switch m.Name {
		case "RecordFailedReauth", "ConfirmTOTP", "TakeSecondFactor", "LinkIdentity", "AddPasskey", "RemovePasskey": // of a person's own sign-in, tested there
			continue
		}
		if !tried[m.Name] {
			t.Errorf("%s is not attempted with another account's id", m.Name)
		}
	}
}

// A Member gets not-found for the keys of others in the same account.
func TestMembersDoNotFindKeysOfOthers(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	sid := storetest.SeedKeys(t, s, w.Who, 1)[0].Sid
	member := storetest.SeedMember(t, s, w.Account, "Mia", "mia@example.org", models.RoleMember)
	all := attempts(t, s, w, sid)
	before := dump(t, storetest.DB(t, s))
	for _, a := range all {
		if (strings.Contains(a.method, "Key") || strings.Contains(a.method, "Credential")) && a.method != "AppKeys" && a.method != "APIKeys" {
			wantCode(t, a.method+" by another member", a.do(member), models.CodeNotFound)
		}
	}
	if dump(t, storetest.DB(t, s)) != before {
		t.Error("something changed")
	}
}

// dump returns all rows of all tables.
func dump(t *testing.T, db *sql.DB) string {
	t.Helper()
	var b strings.Builder
	for _, table := range strings.Fields(`accounts users members invitations password_resets sessions setup_tokens attempts apps families apis keys key_apps key_apis
		key_ips plugins usage_days account_days audit audit_heads changes secrets
		recovery_codes passkeys identities`) {
		dumpTable(t, db, table, &b)
	}
	return b.String()
}

func dumpTable(t *testing.T, db *sql.DB, table string, b *strings.Builder) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table+" ORDER BY 1, 2")
	ok(t, err)
	defer func() { ok(t, rows.Close()) }()
	columns, err := rows.Columns()
	ok(t, err)
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		ok(t, rows.Scan(values...))
		b.WriteString(table)
		for _, v := range values {
			fmt.Fprintf(b, "|%v", *v.(*any))
		}
		b.WriteByte('\n')
	}
	ok(t, rows.Err())
}
