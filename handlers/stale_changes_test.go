package handlers_test

import (
	"errors"
	"net/url"
	"strconv"
	"testing"
	"time"

	"keywicket/models"
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
		s.a.store.SetSubaccountStatus(t.Context(), s.w.Who, at["sub"], models.AccountActive), keyBelow(t, s, at),
		s.a.store.SetSubaccountStatus(t.Context(), s.w.Who, at["sub"], models.AccountSuspended),
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
			return s.a.store.RenameSubaccount(t.Context(), s.w.Who, at["sub"], "Third name")
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
