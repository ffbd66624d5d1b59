package models

import "testing"

func TestRoles(t *testing.T) {
	type who struct{ owner, admin, member bool }
	want := map[Permission]who{
		PermKeysView: {true, true, true}, PermKeysManage: {true, true, true}, PermKeysReveal: {true, true, true},
		PermAppsView: {true, true, true}, PermAppsManage: {true, true, false},
		PermCatalogueView: {true, true, true}, PermCatalogueEdit: {true, true, false},
		PermTester: {true, true, true}, PermAuditView: {true, true, true},
		PermAccountView: {true, true, false}, PermAccountEdit: {true, false, false},
		PermPluginsView: {true, true, true}, PermPluginsManage: {true, true, false},
		PermMembersView: {true, true, false}, PermMembersManage: {true, true, false}, PermOwnersManage: {true, false, false},
		PermSubaccountsView: {true, true, false}, PermSubaccountsManage: {true, true, false}, PermImport: {true, false, false},
	}
	if len(Permissions()) != len(want) {
		t.Errorf("there are %d permissions, the table here has %d", len(Permissions()), len(want))
	}
	for _, p := range Permissions() {
		got := who{RoleOwner.Can(p), RoleAdmin.Can(p), RoleMember.Can(p)}
		if got != want[p] {
			t.Errorf("%s: %+v, want %+v", p, got, want[p])
		}
	}
	for _, r := range []Role{"", "root", "OWNER"} {
		for _, p := range Permissions() {
			if r.Can(p) {
				t.Errorf("the role %q can %s", r, p)
			}
		}
	}
	if RoleOwner.Can("") || RoleOwner.Can("keys.forge") {
		t.Error("an unknown permission is granted")
	}
}

func TestSeesAllKeys(t *testing.T) {
	for role, want := range map[Role]bool{RoleOwner: true, RoleAdmin: true, RoleMember: false, "": false, "OWNER": false} {
		if got := role.SeesAllKeys(); got != want {
			t.Errorf("the role %q sees all keys: %v, want %v", role, got, want)
		}
	}
}
