package store

import (
	"context"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
)

// plans collects what SQLite would do for each query that a store runs.
type plans struct {
	mu  sync.Mutex
	sql map[string][]any
}

func (p *plans) watch(t *testing.T, db *gorm.DB) {
	t.Helper()
	note := func(tx *gorm.DB) {
		if tx.DryRun {
			return // a part of another query
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.sql[tx.Statement.SQL.String()] = slices.Clone(tx.Statement.Vars)
	}
	for _, err := range []error{
		db.Callback().Query().After("gorm:query").Register("plans", note),
		db.Callback().Row().After("gorm:row").Register("plans", note),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// fullScan is a plan that reads a whole table, by whatever order.
var fullScan = regexp.MustCompile(`^SCAN [a-z_]+\b`)

// lists are the calls behind pages that can be long.
func lists(s *Store, sid string) map[string]func(context.Context, models.Actor) error {
	second := func(_ any, err error) error { return err }
	until := s.now()
	return map[string]func(context.Context, models.Actor) error{
		"ListKeys": func(ctx context.Context, who models.Actor) error {
			for _, q := range []models.KeyQuery{{}, {Search: "x"}, {Unused: true}, {Sort: models.SortName}, {Sort: models.SortUsed}} {
				if _, err := s.ListKeys(ctx, who, q); err != nil {
					return err
				}
			}
			return nil
		},
		"ListAudit": func(ctx context.Context, who models.Actor) error {
			for _, q := range []models.AuditQuery{
				{}, {Event: "api.key."}, {Event: models.EventKeyCreate}, {Actor: "e"}, {Person: 1}, {Target: "x"}, {From: &until}, {Until: &until}, {Before: 7},
			} {
				if _, err := s.ListAudit(ctx, who, q); err != nil {
					return err
				}
			}
			return nil
		},
		"KeyHistory": func(ctx context.Context, who models.Actor) error { return second(s.KeyHistory(ctx, who, sid, 10)) },
		"KeyUsage":   func(ctx context.Context, who models.Actor) error { return second(s.KeyUsage(ctx, who, sid, 30)) },
		"AccountUsage": func(ctx context.Context, who models.Actor) error {
			return second(s.AccountUsage(ctx, who, 30))
		},
		"ListApps": func(ctx context.Context, who models.Actor) error {
			return second(s.ListApps(ctx, who, models.AppQuery{Search: "x"}))
		},
		"ListPlugins": func(ctx context.Context, who models.Actor) error {
			return second(s.ListPlugins(ctx, who, models.PluginQuery{Search: "x"}))
		},
		"ListMembers": func(ctx context.Context, who models.Actor) error { return second(s.ListMembers(ctx, who)) },
		"ListSubaccounts": func(ctx context.Context, who models.Actor) error {
			return second(s.ListSubaccounts(ctx, who, models.SubaccountQuery{Search: "x"}))
		},
	}
}

// planned is a store with an account, a person of each role, and a key.
func planned(t *testing.T) (*Store, []models.Actor, string) {
	t.Helper()
	s := openHere(t)
	ctx := t.Context()
	token, err := s.NewSetupToken(ctx, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	owner, account, err := s.CreateOwner(ctx, token, models.NewOwner{AccountName: "Acme", Name: "Olivia", Email: "olivia@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	who := models.Actor{AccountID: account.ID, UserID: owner.ID, Name: owner.Name, Email: owner.Email, Role: models.RoleOwner}
	all := []models.Actor{who}
	for _, role := range []models.Role{models.RoleAdmin, models.RoleMember} {
		u := models.User{Name: string(role), Email: string(role) + "@example.com"}
		if err := s.wdb.Create(&u).Error; err != nil {
			t.Fatal(err)
		}
		if err := s.wdb.Create(&models.Member{AccountID: account.ID, UserID: u.ID, Role: role}).Error; err != nil {
			t.Fatal(err)
		}
		all = append(all, models.Actor{AccountID: account.ID, UserID: u.ID, Name: u.Name, Email: u.Email, Role: role})
	}
	k, _, err := s.CreateKey(ctx, who, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return s, all, k.Sid
}

// Whoever opens a list, whatever is sought: no query reads a whole table, for
// that of another account may be large.
func TestNoListReadsAWholeTable(t *testing.T) {
	s, people, sid := planned(t)
	p := &plans{sql: map[string][]any{}}
	p.watch(t, s.ldb)
	p.watch(t, s.rdb)
	for name, list := range lists(s, sid) {
		for _, who := range people {
			before := len(p.sql)
			err := list(t.Context(), who)
			if code := models.CodeOf(err); err != nil && code != models.CodeNotFound && code != models.CodeForbidden {
				t.Errorf("%s for a %s: %v", name, who.Role, err)
			}
			if who.Role == models.RoleOwner && len(p.sql) == before {
				t.Errorf("%s ran no query", name)
			}
		}
	}
	for query, values := range p.sql {
		var plan []struct{ Detail string }
		if err := s.gdb.Raw("EXPLAIN QUERY PLAN "+query, values...).Scan(&plan).Error; err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if strings.Contains(query, "`audit`") && strings.Contains(query, "actor_id = ?") && !strings.Contains(plan[0].Detail, "actor_id=?") {
			t.Errorf("a person's rows are sought among everybody's: %s\n in %s", plan[0].Detail, query)
		}
		for _, step := range plan {
			if fullScan.MatchString(step.Detail) {
				t.Errorf("%s\n in %s", step.Detail, query)
			}
			if strings.Contains(query, "`audit`") && strings.Contains(step.Detail, "TEMP B-TREE") && !strings.Contains(query, "id IN") {
				t.Errorf("the audit is sorted: %s\n in %s", step.Detail, query)
			}
		}
	}
}

// A list that is added has its place in the test above.
func TestEveryListIsPlanned(t *testing.T) {
	known := lists(&Store{clock: time.Now}, "")
	typ := reflect.TypeFor[*Store]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		long := strings.HasPrefix(m.Name, "List") || strings.HasSuffix(m.Name, "History") || strings.HasSuffix(m.Name, "Usage")
		asked := m.Type.NumIn() > 2 && m.Type.In(2) == reflect.TypeFor[models.Actor]()
		if long && asked && known[m.Name] == nil {
			t.Errorf("%s is in no table of lists", m.Name)
		}
	}
}

// While every connection that pages read by is held, a key is disabled, and
// the gate knows it at once.
func TestReadersDoNotDelayAChange(t *testing.T) {
	s, people, _ := planned(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // only ever reached by a store that waits
	defer cancel()
	k, value, err := s.CreateKey(ctx, people[0], "", "")
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(s.hasher.Hash, secret.WellFormed, time.Now)
	if err := s.AttachGate(ctx, e); err != nil {
		t.Fatal(err)
	}
	decide := func() engine.Decision {
		return e.Decide(engine.Request{Credential: value, Method: "GET", Path: "/", Channel: models.ChannelREST})
	}
	if got := decide(); got.Key == nil || got.Reason == engine.KeyDisabled {
		t.Fatalf("before: %v", got.Reason)
	}
	for _, held := range []*gorm.DB{s.rdb, s.ldb} {
		pool, err := held.DB()
		if err != nil {
			t.Fatal(err)
		}
		for range pool.Stats().MaxOpenConnections {
			c, err := pool.Conn(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
		}
	}
	if err := s.SetKeyEnabled(ctx, people[0], k.Sid, false); err != nil {
		t.Fatal(err)
	}
	if got := decide(); got.Reason != engine.KeyDisabled {
		t.Errorf("the gate says %v", got.Reason)
	}
}
