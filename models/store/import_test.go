package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/storetest"
)

func accountRows(t *testing.T, text string) []models.NewAccount {
	t.Helper()
	rows, bad := models.ParseAccounts(text, time.Now())
	if len(bad) > 0 {
		t.Fatalf("line %d: %v", bad[0].Line, bad[0].Err)
	}
	return rows
}

// Rule of 2023-06-06: a master from before begins with four keys that work at
// the gate, and nothing else does.
func TestImportAccounts(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	e := attach(t, s)
	ctx := t.Context()
	rows := accountRows(t, `name,kind,master,created
Branch,sub,Northwind,2020-01-01
Northwind,master,,2023-06-05
北方,master,,2023-06-06
北方二,master,,
Depot,sub,北方,
Below us,sub,acme,2021-01-01
`)
	o := models.ImportSettings{OwnerID: w.Owner.ID, Preset: true}
	before := dump(t, storetest.DB(t, s))
	would, bad, err := s.CheckImport(ctx, w.Who, rows, o)
	ok(t, err)
	if len(bad) > 0 || would.Masters != 3 || would.Subs != 3 || len(would.Keys) != 4 || dump(t, storetest.DB(t, s)) != before {
		t.Fatalf("the check: %+v %v", would, bad)
	}
	var heard []int
	o.Progress = func(done, total int) { heard = append(heard, done, total) }
	made, bad, err := s.ImportAccounts(ctx, w.Who, rows, o)
	ok(t, err)
	if len(bad) > 0 || made.Masters != 3 || made.Subs != 3 || len(made.Keys) != 4 || fmt.Sprint(heard) != "[6 6]" {
		t.Fatalf("the import: %+v %v, heard %v", made, bad, heard)
	}
	account, _, err := s.AccountFor(ctx, "northwind", w.Owner.ID)
	ok(t, err)
	north := models.Actor{AccountID: account.ID, UserID: w.Owner.ID, Role: models.RoleOwner}
	sids := map[string]string{}
	for _, r := range must(s.ListKeys(ctx, north, models.KeyQuery{}))(t).Rows {
		sids[r.Username] = r.Sid
		if r.Name != models.StartKeyName(r.Channel) || !r.Enabled {
			t.Errorf("key %s of %s, enabled %v", r.Name, r.Channel, r.Enabled)
		}
	}
	for i, c := range []models.Channel{models.ChannelFTP, models.ChannelHTTP, models.ChannelEmail, models.ChannelWebService} {
		k := made.Keys[i]
		if k.Slug != "northwind" || k.Channel != c || k.Credential.Username == "" || k.Credential.Value == "" {
			t.Fatalf("key %d: %+v", i, k)
		}
		if value := must(s.RevealKey(ctx, north, sids[k.Credential.Username]))(t); value != k.Credential.Value {
			t.Errorf("%s: the key does not have the credentials that the import gave", c)
		}
		r := engine.Request{Username: k.Credential.Username, Credential: k.Credential.Value, Channel: c, API: "data.list", App: "x", Dry: true}
		if d := e.Decide(r); d.Reason != engine.Allowed {
			t.Errorf("%s at the gate: %s", c, d.Reason)
		}
		if r.Channel = models.ChannelREST; e.Decide(r).Reason == engine.Allowed {
			t.Errorf("%s passes as REST", c)
		}
	}
	var list []string
	for _, m := range must(s.AccountsOf(ctx, w.Owner.ID))(t) {
		who := models.Actor{AccountID: m.ID, UserID: w.Owner.ID, Role: m.Role}
		list = append(list, fmt.Sprintf("%s %s %d", m.Slug, m.CreatedAt.Format(time.DateOnly), must(s.ListKeys(ctx, who, models.KeyQuery{}))(t).InUse))
	}
	today := time.Now().UTC().Format(time.DateOnly)
	want := "acme " + today + " 0; below-us 2021-01-01 0; northwind 2023-06-05 4; branch 2020-01-01 0; account 2023-06-06 0; depot " + today + " 0; account-2 " + today + " 0"
	if got := strings.Join(list, "; "); got != want {
		t.Errorf("accounts:\n%s, want\n%s", got, want)
	}
	// Once more, all masters are there already and nothing changes.
	before = dump(t, storetest.DB(t, s))
	_, bad, err = s.ImportAccounts(ctx, w.Who, rows, o)
	ok(t, err)
	if len(bad) != 6 || dump(t, storetest.DB(t, s)) != before {
		t.Errorf("a second time: %v", bad)
	}
}

func TestImportFindsWrongLines(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	storetest.SeedOther(t, s, "Other")
	storetest.SeedSubaccount(t, s, w, "Sub")
	ctx := t.Context()
	before := dump(t, storetest.DB(t, s))
	rows := accountRows(t, `name,kind,master
Good,master,
ACME,master,
A,sub,Nobody
B,sub,Sub
C,sub,A
Sub,sub,acme
D,sub,other
E,sub,Good
`)
	want := "3 exists; 4 master_missing; 5 master_is_sub; 6 master_is_sub; 7 exists_below; 8 master_missing"
	_, bad, err := s.ImportAccounts(ctx, w.Who, rows, models.ImportSettings{OwnerID: w.Owner.ID})
	ok(t, err)
	if got := lineKeys(bad); got != want {
		t.Errorf("wrong lines: %s, want %s", got, want)
	}
	// The command line knows every master.
	all := models.ImportSettings{OwnerID: w.Owner.ID, All: true}
	_, bad, err = s.CheckImport(ctx, w.Who, rows, all)
	ok(t, err)
	if got := lineKeys(bad); got != strings.TrimSuffix(want, "; 8 master_missing") {
		t.Errorf("for the command line: %s", got)
	}
	if dump(t, storetest.DB(t, s)) != before {
		t.Error("something changed")
	}
	admin := storetest.SeedMember(t, s, w.Account, "Adam", "adam@example.org", models.RoleAdmin)
	_, _, err = s.ImportAccounts(ctx, admin, rows, all)
	wantCode(t, "an admin", err, models.CodeForbidden)
}

func lineKeys(bad []models.LineError) string {
	var keys []string
	for _, b := range bad {
		keys = append(keys, fmt.Sprintf("%d %s", b.Line, b.Err.Key[strings.LastIndex(b.Err.Key, ".")+1:]))
	}
	return strings.Join(keys, "; ")
}

// A whole file of old accounts with names that make no slug takes seconds, not
// minutes, and a fault in the middle leaves nothing.
func TestImportOfManyIsOneChange(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	var text strings.Builder
	text.WriteString("name,kind,created\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "第%d号,master,2020-01-01\n", i)
	}
	rows := accountRows(t, text.String())
	run(t, storetest.DB(t, s), `CREATE TRIGGER ill BEFORE INSERT ON keys WHEN (SELECT count(*) FROM keys) = 2000 BEGIN SELECT RAISE(ABORT, 'ill'); END`)
	before := dump(t, storetest.DB(t, s))
	if _, _, err := s.ImportAccounts(ctx, w.Who, rows, models.ImportSettings{OwnerID: w.Owner.ID}); err == nil {
		t.Fatal("the fault was not noticed")
	}
	if dump(t, storetest.DB(t, s)) != before {
		t.Error("something is left of it")
	}
	run(t, storetest.DB(t, s), "DROP TRIGGER ill")
	began := time.Now()
	made, bad, err := s.ImportAccounts(ctx, w.Who, rows, models.ImportSettings{OwnerID: w.Owner.ID})
	ok(t, err)
	if len(bad) > 0 || len(made.Keys) != 4000 {
		t.Errorf("made %d keys, refused %d lines", len(made.Keys), len(bad))
	}
	t.Logf("1000 accounts with 4000 keys in %s", time.Since(began))
}

// Where the credentials cannot be kept, nothing is made.
func TestImportKeepsCredentialsFirst(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	rows := accountRows(t, "name,kind,master,created\nNorthwind,master,,2021-04-30\n")
	full := errors.New("the disk is full")
	var kept int
	o := models.ImportSettings{OwnerID: w.Owner.ID, All: true, Keep: func(keys []models.ImportedKey) error {
		kept = len(keys)
		return full
	}}
	if _, _, err := s.ImportAccounts(t.Context(), w.Who, rows, o); !errors.Is(err, full) || kept != 4 {
		t.Errorf("%d keys to keep, %v", kept, err)
	}
	if n := count(t, storetest.DB(t, s), "SELECT count(*) FROM accounts"); n != 1 {
		t.Errorf("%d accounts", n)
	}
}
