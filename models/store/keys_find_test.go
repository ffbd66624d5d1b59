package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/models/usage"
)

// keyNames returns the names in the list, in order.
func keyNames(rows []models.KeyRow) []string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.Name
	}
	return names
}

func TestFiltersHoldTogether(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	mia := storetest.SeedMember(t, s, w.Account, "Mia Chen", "mia@elsewhere.example", models.RoleMember)
	make1 := func(who models.Actor, name string, days int) models.Key {
		clock.add(time.Minute)
		k := storetest.SeedKeys(t, s, who, 1)[0]
		var end *time.Time
		if days > 0 {
			at := clock.now().AddDate(0, 0, days)
			end = &at
		}
		ok(t, s.SetKeyBasics(ctx, who, k.Sid, name, "", end))
		return k
	}
	fresh := make1(w.Who, "used of old", 0)
	make1(w.Who, "never used", 0)
	make1(mia, "ends soon", 95)
	make1(mia, "ended", 2)
	clock.add(89 * 24 * time.Hour)
	ok(t, s.AddUsage(ctx, usage.Batch{Last: []usage.LastUse{{KeyID: fresh.ID, At: clock.now()}}}))
	clock.add(2 * 24 * time.Hour)
	ftp := make1(w.Who, "files", 200)
	_, err := storetest.DB(t, s).ExecContext(ctx, "UPDATE keys SET channel = 'ftp', username = 'Backup.User', prefix = '', last4 = '' WHERE id = ?", ftp.ID)
	ok(t, err)
	for _, c := range []struct {
		q    models.KeyQuery
		want string
	}{
		{models.KeyQuery{Sort: models.SortName}, "ended, ends soon, files, never used, used of old"},
		{models.KeyQuery{Sort: models.SortExpiry}, "ended, ends soon, files, never used, used of old"},
		{models.KeyQuery{Filter: models.FilterExpired}, "ended"},
		{models.KeyQuery{Filter: models.FilterExpiring}, "ends soon"},
		{models.KeyQuery{Unused: true, Sort: models.SortName}, "ended, ends soon, never used"},
		{models.KeyQuery{Unused: true, Filter: models.FilterExpired}, "ended"},
		{models.KeyQuery{Unused: true, OwnerID: w.Who.UserID}, "never used"},
		{models.KeyQuery{OwnerID: mia.UserID, Sort: models.SortName}, "ended, ends soon"},
		{models.KeyQuery{CreatedBy: "Mia Chen", Filter: models.FilterExpiring}, "ends soon"},
		{models.KeyQuery{CreatedBy: "Mia"}, ""},
		{models.KeyQuery{Channel: models.ChannelFTP}, "files"},
		{models.KeyQuery{Channel: models.ChannelFTP, OwnerID: mia.UserID}, ""},
		{models.KeyQuery{Search: "backup.u"}, "files"},
		{models.KeyQuery{Search: "mia", Sort: models.SortName}, "ended, ends soon"},
		{models.KeyQuery{Search: "@elsewhere", Filter: models.FilterExpired}, "ended"},
		{models.KeyQuery{Search: "mia", Channel: models.ChannelFTP}, ""},
		{models.KeyQuery{OwnerID: 1 << 40}, ""},
		{models.KeyQuery{CreatedBy: "' OR 1=1 --"}, ""},
	} {
		p := must(s.ListKeys(ctx, w.Who, c.q))(t)
		if got := strings.Join(keyNames(p.Rows), ", "); got != c.want || p.Total != len(p.Rows) {
			t.Errorf("%+v finds %d: %s", c.q, p.Total, got)
		}
		if p.InUse != 5 || p.Expired != 1 || p.Expiring != 1 || len(p.Owners) != 2 || len(p.Creators) != 2 {
			t.Errorf("%+v: %+v", c.q, p)
		}
	}
	p := must(s.ListKeys(ctx, mia, models.KeyQuery{OwnerID: w.Who.UserID}))(t)
	if p.Total != 0 || len(p.Owners) != 1 || p.Owners[0].Email != "mia@elsewhere.example" || !slices.Equal(p.Creators, []string{"Mia Chen"}) {
		t.Errorf("a member who asks for another's keys: %+v", p)
	}
	if !(models.KeyQuery{Unused: true}).Narrowed() || (models.KeyQuery{Sort: models.SortName, Page: 3, All: true}).Narrowed() {
		t.Error("a query does not know what it leaves out")
	}
}

// Any mix of filters finds the keys that each of its filters finds alone.
func TestEveryMixOfFiltersIsTheirCommonPart(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	mia := storetest.SeedMember(t, s, w.Account, "Mia", "mia@example.com", models.RoleMember)
	keys := append(storetest.SeedKeys(t, s, w.Who, 30), storetest.SeedKeys(t, s, mia, 30)...)
	db := storetest.DB(t, s)
	for i, k := range keys {
		channel := []models.Channel{models.ChannelREST, models.ChannelFTP, models.ChannelEmail}[i%3]
		var ends, used *time.Time
		if i%4 > 1 {
			at := clock.now().AddDate(0, 0, 100*(i%2)-50+i)
			ends = &at
		}
		if i%5 > 2 {
			at := clock.now().AddDate(0, 0, -i*3)
			used = &at
		}
		_, err := db.ExecContext(t.Context(), "UPDATE keys SET channel = ?, expires_at = ?, last_used_at = ?, enabled = ?, created_at = ? WHERE id = ?",
			channel, ends, used, i%7 != 0, clock.now().AddDate(0, 0, -i*4), k.ID)
		ok(t, err)
	}
	set := func(q models.KeyQuery) map[string]bool {
		q.All = true
		found := map[string]bool{}
		for _, r := range must(s.ListKeys(t.Context(), w.Who, q))(t).Rows {
			found[r.Sid] = true
		}
		return found
	}
	parts := []func(*models.KeyQuery){
		func(q *models.KeyQuery) { q.Filter = models.FilterExpiring },
		func(q *models.KeyQuery) { q.Channel = models.ChannelFTP },
		func(q *models.KeyQuery) { q.OwnerID = mia.UserID },
		func(q *models.KeyQuery) { q.Unused = true },
		func(q *models.KeyQuery) { q.Search = "seeded 1" },
		func(q *models.KeyQuery) { q.CreatedBy = w.Who.Name },
	}
	for mask := range 1 << len(parts) {
		var all models.KeyQuery
		common := set(all)
		for i, part := range parts {
			if mask&(1<<i) == 0 {
				continue
			}
			part(&all)
			var one models.KeyQuery
			part(&one)
			have := set(one)
			for sid := range common {
				if !have[sid] {
					delete(common, sid)
				}
			}
		}
		if got := set(all); fmt.Sprint(got) != fmt.Sprint(common) {
			t.Errorf("%+v finds %d, its parts have %d in common", all, len(got), len(common))
		}
	}
}

func TestFindKeyByItsValue(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	k, value, err := s.CreateKey(ctx, w.Who, "", "")
	ok(t, err)
	found := must(s.FindKey(ctx, w.Who, value))(t)
	if found.Sid != k.Sid || found.Hash != nil || found.Sealed != nil {
		t.Errorf("found %+v", found)
	}
	member := storetest.SeedMember(t, s, w.Account, "Mia", "mia@example.com", models.RoleMember)
	wantCode(t, "another's key", second(s.FindKey(ctx, member, value)), models.CodeNotFound)
	wantCode(t, "no such key", second(s.FindKey(ctx, w.Who, value[:40]+"x")), models.CodeNotFound)
	wantCode(t, "no value", second(s.FindKey(ctx, w.Who, "")), models.CodeNotFound)
	wantCode(t, "no role", second(s.FindKey(ctx, models.Actor{AccountID: w.Account.ID}, value)), models.CodeForbidden)

	hash := s.Hasher().Hash("the old one")
	_, err = storetest.DB(t, s).ExecContext(ctx, `INSERT INTO previous_credentials (account_id, key_id, channel, username, hash, secret_hash, prefix, last4,
		ends_at, created_at, uses, last_used_ip, last_used_api) VALUES (?, ?, 'rest', '', ?, '', '', '', ?, ?, 0, '', '')`,
		w.Account.ID, k.ID, hash[:], clock.now().Add(time.Hour), clock.now())
	ok(t, err)
	if got := must(s.FindKey(ctx, w.Who, "the old one"))(t); got.Sid != k.Sid {
		t.Error("a value that still works does not lead to its key")
	}
	clock.add(2 * time.Hour)
	wantCode(t, "a value that no longer works", second(s.FindKey(ctx, w.Who, "the old one")), models.CodeNotFound)
}

func TestExportGivesWhatIsSeenAndIsAudited(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	storetest.SeedKeys(t, s, w.Who, 60)
	mia := storetest.SeedMember(t, s, w.Account, "Mia", "mia@example.com", models.RoleMember)
	storetest.SeedKeys(t, s, mia, 3)
	for _, c := range []struct {
		who  models.Actor
		q    models.KeyQuery
		want int
	}{
		{w.Who, models.KeyQuery{Page: 2}, 63},
		{w.Who, models.KeyQuery{OwnerID: mia.UserID}, 3},
		{w.Who, models.KeyQuery{Search: "Seeded 1", Sort: models.SortName}, 12},
		{mia, models.KeyQuery{}, 3},
		{mia, models.KeyQuery{OwnerID: w.Who.UserID}, 0},
	} {
		rows := must(s.ExportKeys(ctx, c.who, c.q, "csv"))(t)
		if len(rows) != c.want {
			t.Errorf("%s exports %d keys by %+v", c.who.Name, len(rows), c.q)
		}
		for _, r := range rows {
			if r.Hash != nil || r.Sealed != nil || r.IdempotencyKey != nil || r.SecretHash != "" {
				t.Error("the export has what nobody may see")
			}
		}
		a := must(s.ListAudit(ctx, c.who, models.AuditQuery{}))(t).Rows[0]
		if a.Event != models.EventKeyExport || a.ActorName != c.who.Name || a.After != fmt.Sprintf(`{"exported":%d,"format":"csv"}`, c.want) {
			t.Errorf("the audit says %+v", a)
		}
	}
	wantCode(t, "no role", second(s.ExportKeys(ctx, models.Actor{AccountID: w.Account.ID}, models.KeyQuery{}, "csv")), models.CodeForbidden)
}

func TestSomeKeysComeInTheOrderOfTheirSids(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	keys := storetest.SeedKeys(t, s, w.Who, 3)
	got := must(s.SomeKeys(t.Context(), w.Who, []string{keys[2].Sid, "none", keys[0].Sid, keys[2].Sid}))(t)
	if len(got) != 2 || got[0].Sid != keys[2].Sid || got[1].Sid != keys[0].Sid || got[0].Hash != nil {
		t.Errorf("%+v", got)
	}
	if none := must(s.SomeKeys(t.Context(), w.Who, nil))(t); len(none) != 0 {
		t.Errorf("no Sids give %d keys", len(none))
	}
	wantCode(t, "no role", second(s.SomeKeys(t.Context(), models.Actor{AccountID: w.Account.ID}, []string{keys[0].Sid})), models.CodeForbidden)
}
