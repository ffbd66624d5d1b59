package store_test

import (
	"testing"

	"keywicket/models"
	"keywicket/models/storetest"
)

func TestSmoke(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	o := storetest.SeedOther(t, s, "Other")
	ctx := t.Context()
	k, value, err := s.CreateKey(ctx, w.Who, "", "p1")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(k.Name, k.Sid, value)
	if _, _, err := s.CopyKey(ctx, w.Who, k.Sid, "p2"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetKeyApps(ctx, w.Who, k.Sid, models.ScopeSome, []int64{w.Apps[0].ID}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetKeyApps(ctx, w.Who, k.Sid, models.ScopeSome, []int64{o.Apps[0].ID}); models.CodeOf(err) != models.CodeInvalid {
		t.Fatal(err)
	}
	p, err := s.ListKeys(ctx, w.Who, models.KeyQuery{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", p)
	r, err := s.VerifyAudit(ctx)
	if err != nil || !r.OK {
		t.Fatal(r, err)
	}
	t.Log(r)
}
