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

// TestEveryUnsafeRouteIsAnEditOrAnAction checks that a route that changes
// something is an edit with a test below, or is listed in actions.
func TestEveryUnsafeRouteIsAnEditOrAnAction(t *testing.T) {
	a, _ := newFixture(t)
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
			a, w := newFixture(t)
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
	a, w, keys, c := keysFixture(t, 1)
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
	a, w, keys, c := keysFixture(t, 1)
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
	a, w, keys, c := keysFixture(t, 1)
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
	a, w := newFixture(t)
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
		a, w, keys, c := keysFixture(t, 2)
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
		a, w := newFixture(t)
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
		a, w := newFixture(t)
		sub := storetest.SeedSubaccount(t, a.store, w, "Below")
		set := func(to models.AccountStatus) {
			t.Helper()
			a.pass(time.Second)
			if err := a.store.SetSubaccountStatus(t.Context(), w.Who, sub.Account.Slug, to); err != nil {
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
	a, w, keys, c := keysFixture(t, 1)
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
	a, w := newFixture(t)
	sub := storetest.SeedSubaccount(t, a.store, w, "Below")
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
