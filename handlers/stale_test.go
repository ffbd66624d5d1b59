package handlers_test

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/views/ui"
	"keywicket/web"
	"keywicket/web/webtest"
)

// meanwhile is a change by somebody else while a form is open, and what the
// answer to the form must say about it.
type meanwhile struct {
	typed url.Values // in place of what forms has
	do    func(*testing.T, sender, map[string]string) error
	says  string
}

// number parses a decimal number.
func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// setting returns a change of the account's settings.
func setting(says string, change func(*models.Account), typed ...string) meanwhile {
	return meanwhile{fields(typed...).fields, func(t *testing.T, s sender, _ map[string]string) error {
		t.Helper()
		return s.a.store.UpdateAccount(t.Context(), s.w.Who, change)
	}, says}
}

// ofKey returns a change of the key.
func ofKey(says string, do func(*testing.T, sender, string) error) meanwhile {
	return meanwhile{do: func(t *testing.T, s sender, at map[string]string) error {
		t.Helper()
		return do(t, s, at["sid"])
	}, says: says}
}

// offAndOn disables and enables the key, so that it ends as it was.
func offAndOn(t *testing.T, s sender, sid string) error {
	t.Helper()
	s.a.enable(t, s.w, sid, false)
	s.a.pass(time.Second)
	s.a.enable(t, s.w, sid, true)
	return nil
}

// promoted makes the member an Owner.
func promoted(t *testing.T, s sender, at map[string]string) error {
	t.Helper()
	return s.a.store.SetMemberRole(t.Context(), s.w.Who, number(t, at["members"]), models.RoleOwner, models.Departure{Keys: models.KeysLeave})
}

// keyBelow creates a key in the sub-account.
func keyBelow(t *testing.T, s sender, at map[string]string) error {
	t.Helper()
	sub, _, err := s.a.store.AccountFor(t.Context(), at["sub"], s.w.Owner.ID)
	if err != nil {
		return err
	}
	who := s.w.Who
	who.AccountID = sub.ID
	_, _, err = s.a.store.CreateKey(t.Context(), who, "", "")
	return err
}

// keyWhileOpen reopens the sub-account, creates a key and suspends it again.
func keyWhileOpen(t *testing.T, s sender, at map[string]string) error {
	t.Helper()
	return errors.Join(
		s.a.store.SetSubStatus(t.Context(), s.w.Who, at["sub"], models.AccountActive), keyBelow(t, s, at),
		s.a.store.SetSubStatus(t.Context(), s.w.Who, at["sub"], models.AccountSuspended),
	)
}

// changes returns, for every route that edits something, a change by somebody
// else.
func changes() map[string]meanwhile {
	return map[string]meanwhile{
		"keys.basics": ofKey("Third name", func(t *testing.T, s sender, sid string) error {
			t.Helper()
			return s.a.store.SetKeyBasics(t.Context(), s.w.Who, sid, "Third name", "", nil)
		}),
		"keys.limits": ofKey("3 in 1 hour", func(t *testing.T, s sender, sid string) error {
			t.Helper()
			return s.a.store.SetKeyRate(t.Context(), s.w.Who, sid, 3, 3600)
		}),
		"keys.apps": ofKey("Scope (App)", func(t *testing.T, s sender, sid string) error {
			t.Helper()
			return s.a.store.SetKeyApps(t.Context(), s.w.Who, sid, models.ScopeSome, []int64{s.w.Apps[0].ID})
		}),
		"keys.apis": ofKey("Scope (API)", func(t *testing.T, s sender, sid string) error {
			t.Helper()
			return s.a.store.SetKeyAPIs(t.Context(), s.w.Who, sid, models.ScopeSome, []int64{s.w.Families[0].APIs[0].ID})
		}),
		"keys.status": ofKey("Enabled", offAndOn),
		"keys.bulk":   ofKey("Enabled", offAndOn),
		"keys.delete": ofKey("Third name", func(t *testing.T, s sender, sid string) error {
			t.Helper()
			return s.a.store.SetKeyBasics(t.Context(), s.w.Who, sid, "Third name", "", nil)
		}),
		"keys.whitelist.remove": ofKey("10.7.7.7", func(t *testing.T, s sender, sid string) error {
			t.Helper()
			_, err := s.a.store.AddKeyIP(t.Context(), s.w.Who, sid, "10.7.7.7")
			return err
		}),
		"keys.credentials.stop": ofKey("Previous credentials", func(t *testing.T, s sender, sid string) error {
			t.Helper()
			s.a.pass(time.Second)
			overlaps := models.GracePeriods()
			_, err := s.a.store.ChangeCredentials(t.Context(), s.w.Who, sid, models.NewCredential{Kind: models.CredentialToken}, overlaps[len(overlaps)-1])
			return err
		}),
		"apps.rename": {do: func(t *testing.T, s sender, at map[string]string) error {
			t.Helper()
			return s.a.store.RenameApp(t.Context(), s.w.Who, number(t, at["apps"]), "Third name")
		}, says: "Third name"},
		"apps.remove": {do: func(t *testing.T, s sender, at map[string]string) error {
			t.Helper()
			return s.a.store.SetKeyApps(t.Context(), s.w.Who, at["sid"], models.ScopeSome, []int64{number(t, at["apps"])})
		}, says: "Seeded 1"},
		"catalogue.family.rename": {do: thirdFamily, says: "Third name"},
		"catalogue.family.remove": {do: thirdFamily, says: "Third name"},
		"catalogue.api.update": {do: func(t *testing.T, s sender, at map[string]string) error {
			t.Helper()
			api, err := s.a.store.API(t.Context(), s.w.Who, number(t, at["apis"]))
			if err != nil {
				return err
			}
			api.Path = "/third/path"
			api.AppBound, api.AppSource, api.AppField = false, "", ""
			return s.a.store.UpdateAPI(t.Context(), s.w.Who, api)
		}, says: "/third/path"},
		"catalogue.api.remove": {do: func(t *testing.T, s sender, at map[string]string) error {
			t.Helper()
			return s.a.store.SetKeyAPIs(t.Context(), s.w.Who, at["sid"], models.ScopeSome, []int64{number(t, at["apis"])})
		}, says: "Seeded 1"},
		"plugins.edit":        {do: thirdPlugin, says: "Third name"},
		"plugins.remove":      {do: thirdPlugin, says: "Third name"},
		"settings.name":       setting("Third name", func(a *models.Account) { a.Name = "Third name" }, "name", "Renamed"),
		"settings.limit":      setting("3 / s", func(a *models.Account) { a.RatePerSecond = 3 }, "rate", "7"),
		"settings.expiry":     setting("30", func(a *models.Account) { a.MaxExpiryDays = 30 }, "max_expiry", "90"),
		"settings.language":   setting("English", func(a *models.Account) { a.Language = "en" }, "language", "zh-CN"),
		"settings.again":      setting("Yes", func(a *models.Account) { a.RequireReauth = true }),
		"settings.members":    setting("No", func(a *models.Account) { a.MembersCreate = false }, "members_create", "1"),
		"settings.errors":     setting("Code and msg", func(a *models.Account) { a.ErrorDialect = models.DialectJodoo }, "error_dialect", "problem"),
		"settings.visibility": setting("Show once", func(a *models.Account) { a.KeyVisibility = models.ShowOnce }, "key_visibility", "revealable"),
		"settings.gate":       setting("Key in the query", func(a *models.Account) { a.KeyInQuery = true }, "pass_unknown_apis", "1"),
		"settings.catalogue": {fields("own_catalogue", "master").fields, func(t *testing.T, s sender, at map[string]string) error {
			t.Helper()
			sub, _, err := s.a.store.AccountFor(t.Context(), at["account"], s.w.Owner.ID)
			who := s.w.Who
			who.AccountID = sub.ID
			if err != nil {
				return err
			}
			return s.a.store.SetOwnCatalogue(t.Context(), who, true, "")
		}, "Own apps and API Catalogue"},
		"profile.update": {do: func(t *testing.T, s sender, _ map[string]string) error {
			t.Helper()
			return s.a.store.UpdateProfile(t.Context(), models.Actor{UserID: s.who.UserID}, func(u *models.User) { u.Name = "Third name" })
		}, says: "Third name"},
		"members.role":    {do: promoted, says: "Owner"},
		"members.enable":  {do: promoted, says: "Owner"},
		"members.disable": {do: promoted, says: "Owner"},
		"members.remove":  {do: promoted, says: "Owner"},
		"subs.rename": {do: func(t *testing.T, s sender, at map[string]string) error {
			t.Helper()
			return s.a.store.RenameSub(t.Context(), s.w.Who, at["sub"], "Third name")
		}, says: "Third name"},
		"subs.suspend": {do: keyBelow, says: "API Keys"},
		"subs.reopen":  {do: keyWhileOpen, says: "API Keys"},
	}
}

// thirdFamily renames the family.
func thirdFamily(t *testing.T, s sender, at map[string]string) error {
	t.Helper()
	return s.a.store.RenameFamily(t.Context(), s.w.Who, number(t, at["families"]), "Third name")
}

// thirdPlugin renames the plugin.
func thirdPlugin(t *testing.T, s sender, at map[string]string) error {
	t.Helper()
	return s.a.store.UpdatePlugin(t.Context(), s.w.Who, number(t, at["plugins"]), "Third name", at["sid"])
}

// actions returns the unsafe routes whose forms overwrite nothing that somebody
// else may have changed, and why. Every other one must be made by web.Edit.
func actions() map[string]string {
	adds, reads, own, replaces := "adds", "reads", "is about the person or the browser alone", "has a stamp of its own"
	return map[string]string{
		"keys.create": adds, "keys.make": adds, "keys.copy": adds, "keys.whitelist.add": adds, "apps.create": adds, "apps.paste": adds,
		"catalogue.family.create": adds, "catalogue.api.create": adds, "catalogue.preset": adds, "plugins.create": adds,
		"members.invite": adds, "subs.create": adds, "subs.import": adds, "setup.create": adds, "invite.new": adds, "invite.join": adds,
		"keys.find": reads, "keys.export": reads, "keys.reveal": reads, "tester.test": reads,
		"keys.credentials": replaces, "members.withdraw": "an invitation does not change",
		"login": own, "login.code": own, "login.passkey": own, "login.passkey.begin": own, "logout": own, "preferences": own,
		"forgot": own, "reset": own, "reauth": own, "reauth.passkey.begin": own,
		"profile.password": own, "profile.sessions.end": own, "profile.session.end": own,
		"profile.totp.begin": own, "profile.totp.confirm": own, "profile.totp.codes": own, "profile.totp.end": own,
		"profile.passkeys.begin": own, "profile.passkeys.add": own, "profile.passkeys.remove": own,
	}
}

// TestEveryUnsafeRouteIsAnEditOrAnAction checks that a route that changes
// something is an edit with a test below, or is listed in actions.
func TestEveryUnsafeRouteIsAnEditOrAnAction(t *testing.T) {
	a, _ := newWorld(t)
	edits, known := changes(), actions()
	for _, r := range unsafeRoutes(a) {
		_, tested := edits[r.Name]
		if _, action := known[r.Name]; r.Edits == action || r.Edits != tested {
			t.Errorf("%s: edits %v, tested %v, action %v", r.Name, r.Edits, tested, action)
		}
		delete(edits, r.Name)
		delete(known, r.Name)
	}
	if len(edits)+len(known) > 0 {
		t.Errorf("there are no such routes: %v, %v", slices.Collect(maps.Keys(edits)), slices.Collect(maps.Keys(known)))
	}
}

// TestAnOldFormUndoesNothing checks that a stale form changes nothing, shows
// what somebody else changed beside what was typed, and can then be saved
// anyway.
func TestAnOldFormUndoesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("a long walk over all routes: the race detector finds nothing in it that other tests do not run")
	}
	all := forms()
	for name, m := range changes() {
		t.Run(name, func(t *testing.T) {
			a, w := newWorld(t)
			s := newSender(t, a, w, ids(t, a, w), "sam@example.com")
			f := all[name](t, s)
			if m.typed != nil {
				f.fields = m.typed
			}
			for _, r := range unsafeRoutes(a) {
				if r.Name == name {
					s.isStale(t, r, f, m)
				}
			}
		})
	}
}

// isStale submits the form after the change and checks the answer, then saves
// it anyway.
func (s sender) isStale(t *testing.T, r web.Route, f form, m meanwhile) {
	t.Helper()
	at := maps.Clone(s.things)
	maps.Copy(at, f.path)
	to := path(t, r.Path, at)
	old := s.window.Made(to, f.fields)
	if len(old) == len(f.fields) {
		t.Fatal("the form does not say what it was made from")
	}
	if err := m.do(t, s, at); err != nil {
		t.Fatal(err)
	}
	before := s.a.snapshot(t)
	refuses := func(what string, c *webtest.Client, fields url.Values) *webtest.Page {
		t.Helper()
		p := c.Send(http.MethodPost, to, fields)
		if p.Status != http.StatusConflict || s.a.snapshot(t) != before || !p.Has("#stale form") || p.Has("main") != (what != "htmx") {
			t.Errorf("%s: %d %.300s", what, p.Status, p.Text("main, dialog, .toast"))
		}
		return p
	}
	refuses("without a version", s.window, f.fields)
	hx := refuses("htmx", s.window.HX(), old)
	if hx.Header.Get("HX-Retarget") != "#dialog" || !hx.Has("dialog#stale[data-show]") {
		t.Errorf("htmx puts it into %q", hx.Header.Get("HX-Retarget"))
	}
	p := refuses("plain", s.window, old)
	wantText(t, p, "#stale .compare", m.says)
	if strings.Contains(p.Text("#stale"), "stale.") {
		t.Errorf("words are missing: %s", p.Text("#stale"))
	}
	again := p.Form("#stale form")
	for field, values := range f.fields {
		if !slices.Equal(again.Fields[field], values) {
			t.Errorf("%s was %q, and comes back as %q", field, values, again.Fields[field])
		}
	}
	if on := again.Submit(); on.Status != http.StatusOK || s.a.snapshot(t) == before {
		t.Errorf("once more: %d %.300s", on.Status, on.Text("main"))
	}
}

// TestAnOldFormThatUndoesNothingIsSaved checks that there is no conflict if
// somebody else made the same change, or changed something that the form does
// not touch.
func TestAnOldFormThatUndoesNothingIsSaved(t *testing.T) {
	a, w, keys, c := keysWorld(t, 1)
	form := c.Get(keysPath+"/"+keys[0].Sid).Form("#basics form").Set("name", "Mine").Set("description", "Both wrote this")
	if err := a.store.SetKeyBasics(t.Context(), w.Who, keys[0].Sid, keys[0].Name, "Both wrote this", nil); err != nil {
		t.Fatal(err)
	}
	if err := a.store.SetKeyRate(t.Context(), w.Who, keys[0].Sid, 3, 60); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, form.Submit(), http.StatusOK)
	// The second click of a double click has an old version.
	wantStatus(t, form.Submit(), http.StatusOK)
	if k := a.key(t, w, keys[0].Sid); k.Name != "Mine" || k.Description != "Both wrote this" || k.RateRequests != 3 {
		t.Errorf("the key is %+v", k.Key)
	}
}

// TestSavingOnTopKeepsWhatWasNotTouched checks that saving anyway changes only
// the fields that the user changed.
func TestSavingOnTopKeepsWhatWasNotTouched(t *testing.T) {
	a, w, keys, c := keysWorld(t, 1)
	form := c.Get(keysPath+"/"+keys[0].Sid).Form("#basics form").Set("name", "Mine")
	until := a.now().AddDate(0, 1, 0)
	if err := a.store.SetKeyBasics(t.Context(), w.Who, keys[0].Sid, "Theirs", "Looked after by Ben", &until); err != nil {
		t.Fatal(err)
	}
	p := form.Submit()
	wantStatus(t, p, http.StatusConflict)
	wantText(t, p, "#stale .compare", "Mine", "Theirs", "Not changed by you", "Looked after by Ben", until.Format(time.DateOnly))
	wantStatus(t, p.Form("#stale form").Submit(), http.StatusOK)
	k := a.key(t, w, keys[0].Sid)
	if k.Name != "Mine" || k.Description != "Looked after by Ben" || k.ExpiresAt == nil || !k.ExpiresAt.Equal(until) {
		t.Errorf("the key is %q, %q, until %v", k.Name, k.Description, k.ExpiresAt)
	}

	boxes := c.Get("/a/acme/settings/account").Form("#gate form").Set("key_in_query", "1")
	err := a.store.UpdateAccount(t.Context(), w.Who, func(acc *models.Account) { acc.PassUnknownAPIs = !acc.PassUnknownAPIs })
	if err != nil {
		t.Fatal(err)
	}
	passed := a.count(t, "SELECT pass_unknown_apis + 0 FROM accounts WHERE id = ?", w.Account.ID)
	p = boxes.Submit()
	wantStatus(t, p, http.StatusConflict)
	wantStatus(t, p.Form("#stale form").Submit(), http.StatusOK)
	if a.count(t, "SELECT pass_unknown_apis * 10 + key_in_query FROM accounts WHERE id = ?", w.Account.ID) != passed*10+1 {
		t.Error("saving one box on top undid the other")
	}
}

// TestARefusedFormStaysOld checks that a form that comes back with an error
// keeps its version, so that it is still stale.
func TestARefusedFormStaysOld(t *testing.T) {
	a, w, keys, c := keysWorld(t, 1)
	form := c.Get(keysPath+"/"+keys[0].Sid).Form("#basics form").Set("name", "")
	if err := a.store.SetKeyBasics(t.Context(), w.Who, keys[0].Sid, "Theirs", "", nil); err != nil {
		t.Fatal(err)
	}
	refused := form.Submit()
	wantStatus(t, refused, http.StatusUnprocessableEntity)
	wantStatus(t, refused.Form("#basics form").Set("name", "Mine").Submit(), http.StatusConflict)
	// The other forms of the same page are not stale.
	wantStatus(t, refused.Form("#limits form").Set("rate_requests", "5").Submit(), http.StatusOK)
}

// TestAPersonWithOtherKeysIsAskedAboutAgain checks that the decision about a
// member's keys covers only the keys that the question named.
func TestAPersonWithOtherKeysIsAskedAboutAgain(t *testing.T) {
	a, w := newWorld(t)
	mia := storetest.SeedMember(t, a.store, w.Account, "Mia", "mia@example.com", models.RoleMember)
	c := a.as(t, w.Owner.ID)
	to := "/a/acme/settings/members/" + itoa(mia.UserID) + "/disable"
	form := c.Get(to).Form("#depart form")
	if _, _, err := a.store.CreateKey(t.Context(), mia, "Unseen", ""); err != nil {
		t.Fatal(err)
	}
	p := form.Submit()
	wantStatus(t, p, http.StatusConflict)
	wantText(t, p, "#stale .compare", "Acme: 1")
	if a.count(t, "SELECT count(*) FROM members WHERE user_id = ? AND disabled_at IS NULL", mia.UserID) != 1 {
		t.Error("the person was disabled, with a key that nobody was asked about")
	}
}

// TestAKeyThatIsNotAsToldIsAskedAboutAgain checks that a deletion asks again if
// the keys changed after the question was shown.
func TestAKeyThatIsNotAsToldIsAskedAboutAgain(t *testing.T) {
	rename := func(t *testing.T, a *app, w storetest.Fixture, sid string) {
		a.basics(t, w, sid, "Third name", "", nil)
	}
	plug := func(t *testing.T, a *app, w storetest.Fixture, sid string) {
		t.Helper()
		if _, err := a.store.AddPlugin(t.Context(), w.Who, models.NewPlugin{PluginID: "late", Name: "Late plugin", KeySid: sid}); err != nil {
			t.Fatal(err)
		}
	}
	for what, tc := range map[string]struct {
		form      string
		meanwhile func(*testing.T, *app, storetest.Fixture, string)
		says      []string
	}{
		"one, renamed":     {"#delete-key form", rename, []string{"Name", "Third name"}},
		"one, plugged":     {"#delete-key form", plug, []string{"Plugins that use Seeded 1", "Early plugin, Late plugin"}},
		"several, renamed": {"#bulk-ask form", rename, []string{"Name", "Third name"}},
		"several, plugged": {"#bulk-ask form", plug, []string{"Plugins that use Seeded 1", "Early plugin, Late plugin"}},
	} {
		a, w, keys, c := keysWorld(t, 2)
		sid := keys[0].Sid
		for _, k := range keys {
			a.enable(t, w, k.Sid, false)
		}
		if _, err := a.store.AddPlugin(t.Context(), w.Who, models.NewPlugin{PluginID: "early", Name: "Early plugin", KeySid: sid}); err != nil {
			t.Fatal(err)
		}
		var asked *webtest.Page
		if strings.HasPrefix(what, "one") {
			asked = c.Get(keysPath + "/" + sid + "/delete")
		} else {
			asked = c.Post(keysPath+"/bulk", url.Values{"op": {"delete"}, "sid": {sid, keys[1].Sid}})
		}
		wantText(t, asked, tc.form, "1 plugin will be left without a key:", "Early plugin")
		tc.meanwhile(t, a, w, sid)
		p := asked.Form(tc.form).Submit()
		wantStatus(t, p, http.StatusConflict)
		wantText(t, p, "#stale .compare", tc.says...)
		if a.count(t, "SELECT count(*) FROM keys WHERE sid IN (?, ?)", sid, keys[1].Sid) != 2 {
			t.Fatalf("%s: an old question was enough", what)
		}
		wantStatus(t, p.Form("#stale form").Submit(), http.StatusOK)
		if a.count(t, "SELECT count(*) FROM keys WHERE sid = ?", sid) != 0 {
			t.Errorf("%s: the second answer was not enough", what)
		}
	}
}

// TestAPersonWhoIsNotTheSameIsAskedAboutAgain checks that a form about a member
// applies only to the membership and the keys that it showed.
func TestAPersonWhoIsNotTheSameIsAskedAboutAgain(t *testing.T) {
	back := func(t *testing.T, a *app, w storetest.Fixture, mia models.Actor, _ string) {
		t.Helper()
		if err := a.store.RemoveMember(t.Context(), w.Who, mia.UserID, models.Departure{Keys: models.KeysLeave}); err != nil {
			t.Fatal(err)
		}
		a.pass(time.Second)
		storetest.Join(t, a.store, w.Account, models.User{ID: mia.UserID, Email: mia.Email, Name: mia.Name}, models.RoleMember)
	}
	replaced := func(t *testing.T, a *app, _ storetest.Fixture, mia models.Actor, sid string) {
		t.Helper()
		_, _, err := a.store.CreateKey(t.Context(), mia, "Unseen", "")
		err = errors.Join(err, a.store.SetKeyEnabled(t.Context(), mia, sid, false), a.store.DeleteKey(t.Context(), mia, sid))
		if err != nil {
			t.Fatal(err)
		}
	}
	for what, tc := range map[string]struct {
		action, form string
		meanwhile    func(*testing.T, *app, storetest.Fixture, models.Actor, string)
		says         string
	}{
		"role, who is back":       {"role", "#member-role form", back, "Membership"},
		"disable, who is back":    {"disable", "#depart form", back, "Membership"},
		"remove, who is back":     {"remove", "#depart form", back, "Membership"},
		"disable, with other key": {"disable", "#depart form", replaced, "Acme: 1"},
		"remove, with other key":  {"remove", "#depart form", replaced, "Acme: 1"},
	} {
		a, w := newWorld(t)
		mia := storetest.SeedMember(t, a.store, w.Account, "Mia", "mia@example.com", models.RoleMember)
		sid := storetest.SeedKeys(t, a.store, mia, 1)[0].Sid
		form := a.as(t, w.Owner.ID).Get("/a/acme/settings/members/" + itoa(mia.UserID) + "/" + tc.action).Form(tc.form)
		if tc.action == "role" {
			form.Set("role", "admin")
		}
		tc.meanwhile(t, a, w, mia, sid)
		p := form.Submit()
		if p.Status != http.StatusConflict || !strings.Contains(p.Text("#stale .compare"), tc.says) {
			t.Errorf("%s: %d %s", what, p.Status, p.Text("#stale, main"))
		}
		if a.count(t, "SELECT count(*) FROM members WHERE user_id = ? AND disabled_at IS NULL AND role = 'member'", mia.UserID) != 1 {
			t.Errorf("%s: the old form was followed", what)
		}
	}
}

// TestASubaccountThatChangedTwiceIsAskedAboutAgain checks that a form about a
// sub-account is stale after the sub-account was suspended and reopened, or the
// other way round.
func TestASubaccountThatChangedTwiceIsAskedAboutAgain(t *testing.T) {
	for name, status := range map[string][2]models.AccountStatus{
		"suspend": {models.AccountActive, models.AccountSuspended}, "reopen": {models.AccountSuspended, models.AccountActive},
	} {
		a, w := newWorld(t)
		sub := storetest.SeedSub(t, a.store, w, "Below")
		set := func(to models.AccountStatus) {
			t.Helper()
			a.pass(time.Second)
			if err := a.store.SetSubStatus(t.Context(), w.Who, sub.Account.Slug, to); err != nil {
				t.Fatal(err)
			}
		}
		was, other := status[0], status[1]
		set(was)
		form := a.as(t, w.Owner.ID).Get("/a/acme/settings/subaccounts/" + sub.Account.Slug + "/" + name).Form("#" + name + "-sub form")
		set(other)
		set(was)
		p := form.Submit()
		wantStatus(t, p, http.StatusConflict)
		wantText(t, p, "#stale .compare", "Status", map[models.AccountStatus]string{models.AccountActive: "Active", models.AccountSuspended: "Suspended"}[was])
		if a.count(t, "SELECT count(*) FROM accounts WHERE id = ? AND status = ?", sub.Account.ID, was) != 1 {
			t.Errorf("an old form to %s a sub-account was followed", name)
		}
	}
}

// TestOneOfTwoOldFormsWins checks that of two concurrent forms exactly one is
// saved.
func TestOneOfTwoOldFormsWins(t *testing.T) {
	a, w, keys, c := keysWorld(t, 1)
	to := keysPath + "/" + keys[0].Sid + "/limits"
	for round := range 300 {
		version := string(models.LimitsSection(a.key(t, w, keys[0].Sid).Key).Version())
		var statuses [2]int
		var wg sync.WaitGroup
		for i := range statuses {
			window := c.Clone()
			wg.Go(func() {
				statuses[i] = window.Send(http.MethodPost, to, url.Values{
					"rate_requests": {strconv.Itoa(2*round + i + 1)}, "rate_window": {"1"}, "rate_unit": {"m"}, ui.VersionField: {version},
				}).Status
			})
		}
		wg.Wait()
		slices.Sort(statuses[:])
		if statuses != [2]int{http.StatusSeeOther, http.StatusConflict} {
			t.Fatalf("round %d: %v", round, statuses)
		}
	}
}

// TestTheAgreementIsToWhatWasNamed checks that agreeing to a change of
// catalogue covers the named entries, and not others of the same number.
func TestTheAgreementIsToWhatWasNamed(t *testing.T) {
	a, w := newWorld(t)
	sub := storetest.SeedSub(t, a.store, w, "Below")
	key := storetest.SeedKeys(t, a.store, sub.Who, 1)[0]
	list := func(app models.App) {
		t.Helper()
		if err := a.store.SetKeyApps(t.Context(), sub.Who, key.Sid, models.ScopeSome, []int64{app.ID}); err != nil {
			t.Fatal(err)
		}
	}
	list(w.Apps[0])
	c := a.as(t, w.Owner.ID)
	root := "/a/" + sub.Account.Slug + "/settings/account"
	asked := c.Get(root).Form("#catalogue form").Set("own_catalogue", "own").Submit()
	wantText(t, asked, "main", w.Apps[0].AppID)
	list(w.Apps[1])
	again := asked.Form("#change-catalogue form").Submit()
	wantText(t, again, "main", w.Apps[1].AppID)
	if a.count(t, "SELECT count(*) FROM accounts WHERE id = ? AND own_catalogue", sub.Account.ID) != 0 {
		t.Fatal("an agreement to other entries was enough")
	}
	again.Form("#change-catalogue form").Submit()
	if a.count(t, "SELECT count(*) FROM accounts WHERE id = ? AND own_catalogue", sub.Account.ID) != 1 {
		t.Error("the agreement was not enough")
	}
}
