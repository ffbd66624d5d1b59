package models

// Role is what a member may do in an account.
type Role string

// The roles, from most to least.
const (
	RoleOwner  Role = "owner"
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

// rank orders the roles from least to most. What is no role has the least.
func (r Role) rank() int {
	switch r {
	case RoleOwner:
		return 3
	case RoleAdmin:
		return 2
	case RoleMember:
		return 1
	}
	return 0
}

// Above reports whether the role is more than other. "" stands for no role.
func (r Role) Above(other Role) bool { return r.rank() > other.rank() }

// Below returns the role that a member of a master account has in each of its
// sub-accounts, "" for none.
func (r Role) Below() Role {
	if r.Can(PermSubsView) {
		return r
	}
	return ""
}

// SeesAllKeys reports whether the role sees the keys of everybody in the
// account. A Member sees only their own.
func (r Role) SeesAllKeys() bool { return r == RoleOwner || r == RoleAdmin }

// Permission names something that a route or a command does.
type Permission string

// Every permission. Each route of the console names one.
const (
	PermKeysView      Permission = "keys.view"      // list, details, search, usage
	PermKeysManage    Permission = "keys.manage"    // create, change, copy, delete
	PermKeysReveal    Permission = "keys.reveal"    // see and copy a value
	PermAppsView      Permission = "apps.view"      //
	PermAppsManage    Permission = "apps.manage"    //
	PermCatalogueView Permission = "catalogue.view" //
	PermCatalogueEdit Permission = "catalogue.edit" //
	PermTester        Permission = "tester.use"     //
	PermAuditView     Permission = "audit.view"     //
	PermAccountView   Permission = "account.view"   // settings, read
	PermAccountEdit   Permission = "account.edit"   // name and policies
	PermPluginsView   Permission = "plugins.view"   //
	PermPluginsManage Permission = "plugins.manage" //
	PermMembersView   Permission = "members.view"   // people and invitations
	PermMembersManage Permission = "members.manage" // invite, change, disable and remove Admins and Members
	PermOwnersManage  Permission = "owners.manage"  // the same for Owners
	PermSubsView      Permission = "subs.view"      // sub-accounts of a master
	PermSubsManage    Permission = "subs.manage"    // create, rename, suspend and reopen them
	PermImport        Permission = "account.import" // accounts from a file
)

// Can reports whether the role has the permission. An unknown role or
// permission has none. Which keys a role sees is SeesAllKeys.
func (r Role) Can(p Permission) bool {
	switch p {
	case PermKeysView, PermKeysManage, PermKeysReveal, PermAppsView, PermCatalogueView, PermTester, PermAuditView, PermPluginsView:
		return r == RoleOwner || r == RoleAdmin || r == RoleMember
	case PermAppsManage, PermCatalogueEdit, PermAccountView, PermPluginsManage, PermMembersView, PermMembersManage,
		PermSubsView, PermSubsManage:
		return r == RoleOwner || r == RoleAdmin
	case PermAccountEdit, PermOwnersManage, PermImport:
		return r == RoleOwner
	}
	return false
}

// Permissions lists every permission.
func Permissions() []Permission {
	return []Permission{
		PermKeysView, PermKeysManage, PermKeysReveal, PermAppsView, PermAppsManage, PermCatalogueView,
		PermCatalogueEdit, PermTester, PermAuditView, PermAccountView, PermAccountEdit,
		PermPluginsView, PermPluginsManage, PermMembersView, PermMembersManage, PermOwnersManage,
		PermSubsView, PermSubsManage, PermImport,
	}
}
