package handlers_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

// sender is an Owner with a password and a browser of their own, who submits
// forms in a fixture that has one of everything.
type sender struct {
	a      *app
	w      storetest.Fixture
	things map[string]string
	who    models.Actor
	window *webtest.Client
}

// newSender creates one more Owner of the fixture.
func newSender(t *testing.T, a *app, w storetest.Fixture, things map[string]string, email string) sender {
	t.Helper()
	who := storetest.SeedMember(t, a.store, w.Account, "Sam Sender", email, models.RoleOwner)
	db := storetest.DB(t, a.store)
	_, err := db.ExecContext(t.Context(), "UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE email = 'ada@example.com') WHERE id = ?", who.UserID)
	if err != nil {
		t.Fatal(err)
	}
	return sender{a, w, things, who, a.as(t, who.UserID)}
}

// form holds what makes a route change something. path names things that are
// not in the fixture.
type form struct {
	path   map[string]string
	fields url.Values
}

// fields returns a form with the given names and values.
func fields(kv ...string) form {
	f := form{fields: url.Values{}}
	for i := 0; i < len(kv); i += 2 {
		f.fields.Add(kv[i], kv[i+1])
	}
	return f
}

// forms returns the form of every route that changes something. A route without
// one fails the tests that walk the routes.
func forms() map[string]func(*testing.T, sender) form {
	fixed := func(kv ...string) func(*testing.T, sender) form {
		return func(*testing.T, sender) form { return fields(kv...) }
	}
	newPassword := "six quite unlikely other words"
	return map[string]func(*testing.T, sender) form{
		"apps.create":             fixed("app_id", "app-new", "name", "New"),
		"apps.paste":              fixed("lines", "app-x,X"),
		"apps.remove":             fixed(),
		"apps.rename":             fixed("name", "Renamed"),
		"catalogue.api.create":    newAPI,
		"catalogue.api.update":    newAPI,
		"catalogue.api.remove":    fixed(),
		"catalogue.family.create": fixed("name", "Novel"),
		"catalogue.family.remove": emptyFamily,
		"catalogue.family.rename": fixed("name", "Renamed"),
		"catalogue.preset":        withoutPreset,
		"keys.create":             fixed("idempotency_key", "once"),
		"keys.make":               fixed("idempotency_key", "once", "name", "Made", "channel", "ftp", "credential", "pair"),
		"keys.copy":               fixed("idempotency_key", "once"),
		"keys.basics":             fixed("name", "Renamed", "description", "", "expires_at", ""),
		"keys.apps":               fixed("mode", "some"),
		"keys.apis":               fixed("mode", "some"),
		"keys.limits":             fixed("rate_requests", "5", "rate_window", "1", "rate_unit", "m"),
		"keys.whitelist.add":      fixed("ip", "10.9.9.9"),
		"keys.whitelist.remove":   func(_ *testing.T, s sender) form { return fields("ip", s.things["rule"], "confirmed", "1") },
		"keys.status":             fixed("enabled", "0"),
		"keys.bulk": func(_ *testing.T, s sender) form {
			return fields("op", "disable", "confirmed", "1", "sid", s.things["sid"])
		},
		"keys.delete":           disabledKey,
		"keys.credentials":      fixed("credential", "token", "grace", "0"),
		"keys.credentials.stop": changedKey,
		"keys.reveal":           fixed(),
		"keys.export":           fixed("format", "csv"),
		"plugins.create": func(_ *testing.T, s sender) form {
			return fields("plugin_id", "event-two", "name", "Two", "key", s.things["sid"])
		},
		"plugins.edit":         func(_ *testing.T, s sender) form { return fields("name", "Renamed", "key", s.things["sid"]) },
		"plugins.remove":       fixed(),
		"settings.again":       fixed("require_reauth", "1"),
		"settings.catalogue":   ownCatalogue,
		"settings.errors":      fixed("error_dialect", "jodoo"),
		"settings.expiry":      fixed("max_expiry", "90"),
		"settings.gate":        fixed("pass_unknown_apis", "1", "key_in_query", "1"),
		"settings.visibility":  fixed("key_visibility", "show_once"),
		"settings.language":    fixed("language", "zh-CN"),
		"settings.limit":       fixed("rate", "7"),
		"settings.members":     fixed(),
		"settings.name":        fixed("name", "Renamed"),
		"members.invite":       fixed("role", "owner", "email", ""),
		"members.withdraw":     fixed(),
		"members.role":         fixed("role", "admin"),
		"members.enable":       disabledMember,
		"members.disable":      fixed("keys", "leave"),
		"members.remove":       fixed("keys", "leave"),
		"subs.create":          fixed("name", "Newly below"),
		"subs.rename":          fixed("name", "Renamed"),
		"subs.suspend":         fixed(),
		"subs.reopen":          suspendedSubaccount,
		"subs.import":          fixed("do", "import", "lines", "name,kind,master,created\nImported,master,,\n"),
		"invite.join":          invitedElsewhere,
		"preferences":          fixed("language", "zh-CN"),
		"profile.update":       fixed("name", "Renamed"),
		"profile.password":     fixed("current", password, "password", newPassword, "password_again", newPassword),
		"profile.totp.begin":   fixed(),
		"profile.totp.confirm": pendingTOTP,
		"profile.totp.codes":   withTOTP,
		"profile.totp.end":     withTOTP,
	}
}

// unformed returns the unsafe routes without a form. They change only sessions
// and sign-in steps, or an authenticator would have to make the form; the store
// refuses the latter in the same transaction.
func unformed() map[string]bool {
	return map[string]bool{
		"tester.test": true, "keys.find": true, "reauth": true, "reauth.passkey.begin": true, "profile.passkeys.begin": true,
		"profile.passkeys.add": true, "profile.passkeys.remove": true,
		"profile.session.end": true, "profile.sessions.end": true, "logout": true,
	}
}

// newAPI returns the form of a new call.
func newAPI(t *testing.T, s sender) form {
	t.Helper()
	return fields("family", itoa(s.w.Families[0].ID), "name", "brand_new", "method", "GET", "path", "/brand/new", "bound", "0")
}

// emptyFamily adds a family without calls, and returns a form about it.
func emptyFamily(t *testing.T, s sender) form {
	t.Helper()
	f, err := s.a.store.AddFamily(t.Context(), s.w.Who, "Empty of "+s.who.Email)
	if err != nil {
		t.Fatal(err)
	}
	return form{path: map[string]string{"families": itoa(f.ID)}, fields: url.Values{}}
}

// withoutPreset empties the catalogue, and returns an empty form.
func withoutPreset(t *testing.T, s sender) form {
	t.Helper()
	for _, q := range []string{"DELETE FROM apis", "DELETE FROM families"} {
		if _, err := storetest.DB(t, s.a.store).ExecContext(t.Context(), q+" WHERE account_id = ?", s.w.Account.ID); err != nil {
			t.Fatal(err)
		}
	}
	return fields()
}

// disabledKey creates a disabled key, and returns a form about it.
func disabledKey(t *testing.T, s sender) form {
	t.Helper()
	key := storetest.SeedKeys(t, s.a.store, s.w.Who, 1)[0]
	s.a.enable(t, s.w, key.Sid, false)
	return form{path: map[string]string{"sid": key.Sid}, fields: url.Values{}}
}

// changedKey rotates the credentials of the fixture's key with the longest grace
// period, and returns an empty form.
func changedKey(t *testing.T, s sender) form {
	t.Helper()
	_, err := s.a.store.ChangeCredentials(t.Context(), s.w.Who, s.things["sid"], models.NewCredential{Kind: models.CredentialToken}, models.GracePeriods()[len(models.GracePeriods())-1])
	if err != nil {
		t.Fatal(err)
	}
	return fields()
}

// ownCatalogue returns the form that switches a sub-account's catalogue.
func ownCatalogue(t *testing.T, s sender) form {
	t.Helper()
	return form{path: map[string]string{"account": s.things["sub"]}, fields: url.Values{"own_catalogue": {"own"}, "agreed": {"0"}}}
}

// disabledMember creates a disabled member, and returns a form about them.
func disabledMember(t *testing.T, s sender) form {
	t.Helper()
	m := storetest.SeedMember(t, s.a.store, s.w.Account, "Di Sabled", "di-"+s.who.Email, models.RoleMember)
	if err := s.a.store.DisableMember(t.Context(), s.w.Who, m.UserID, models.Departure{Keys: models.KeysLeave}); err != nil {
		t.Fatal(err)
	}
	return form{path: map[string]string{"members": itoa(m.UserID)}, fields: url.Values{}}
}

// suspendedSubaccount suspends the fixture's sub-account, and returns an empty
// form.
func suspendedSubaccount(t *testing.T, s sender) form {
	t.Helper()
	if err := s.a.store.SetSubaccountStatus(t.Context(), s.w.Who, s.things["sub"], models.AccountSuspended); err != nil {
		t.Fatal(err)
	}
	return fields()
}

// invitedElsewhere creates an invitation to another account, and returns the form
// that accepts it.
func invitedElsewhere(t *testing.T, s sender) form {
	t.Helper()
	other := storetest.SeedOther(t, s.a.store, "Other of "+s.who.Email)
	_, token, err := s.a.store.Invite(t.Context(), other.Who, models.NewInvitation{Role: models.RoleMember})
	if err != nil {
		t.Fatal(err)
	}
	return form{path: map[string]string{"token": token}, fields: url.Values{}}
}

// pendingTOTP starts the set-up of an authenticator app, and returns the form that
// confirms it.
func pendingTOTP(t *testing.T, s sender) form {
	t.Helper()
	plain, err := s.a.store.BeginTOTP(t.Context(), models.Actor{UserID: s.who.UserID})
	if err != nil {
		t.Fatal(err)
	}
	return fields("code", appCode(t, plain, s.a.now()))
}

// withTOTP sets up an authenticator app, and returns an empty form.
func withTOTP(t *testing.T, s sender) form {
	t.Helper()
	pending := pendingTOTP(t, s)
	if _, err := s.a.store.ConfirmTOTP(t.Context(), models.Actor{UserID: s.who.UserID}, pending.fields.Get("code")); err != nil {
		t.Fatal(err)
	}
	return fields()
}

// aValue matches the values of keys.
var aValue = regexp.MustCompile(`kw_[0-9A-Za-z]{30,}`)

// TestFormsChangeSomething checks that the forms change something, or show a
// value, for a sender who keeps their rights; otherwise
// TestRightsThatAreLostMeanwhile would prove nothing. A form that changes accounts
// or members belongs to a route that requires re-authentication.
func TestFormsChangeSomething(t *testing.T) {
	if raceEnabled {
		t.Skip("a long walk over all routes: the race detector finds nothing in it that other tests do not run")
	}
	all := forms()
	for name, prepare := range all {
		t.Run(name, func(t *testing.T) {
			a, w := newFixture(t)
			s := newSender(t, a, w, ids(t, a, w), "sam@example.com")
			f := prepare(t, s)
			before := a.snapshot(t)
			for _, r := range unsafeRoutes(a) {
				if r.Name != name {
					continue
				}
				p := s.window.Do(s.request(t, r, f))
				after := a.snapshot(t)
				if after == before && !aValue.MatchString(p.Body) {
					t.Errorf("got %d and changed nothing: %s", p.Status, p.Text("main, .toast"))
				}
				if table := changedTable(before, after, "accounts", "members", "invitations"); inAccount(r) && table != "" && !r.Access.RequiresReauth() {
					t.Errorf("it changes %s and does not require re-authentication", table)
				}
				return
			}
			t.Error("there is no such route")
		})
	}
}

// changedTable returns the first of the tables whose rows differ between two
// snapshots, or "".
func changedTable(before, after string, tables ...string) string {
	rowsOf := func(snapshot, table string) string {
		var rows strings.Builder
		for line := range strings.Lines(snapshot) {
			if strings.HasPrefix(line, table+" ") {
				rows.WriteString(line)
			}
		}
		return rows.String()
	}
	for _, table := range tables {
		if rowsOf(before, table) != rowsOf(after, table) {
			return table
		}
	}
	return ""
}
