package models

// Role is a member's role in an account.
type Role string

// The roles, from most to least.
const (
	RoleOwner  Role = "owner"
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

// CheckRole returns an error at field "role" for an unknown role.
func CheckRole(r Role) error {
	switch r {
	case RoleOwner, RoleAdmin, RoleMember:
		return nil
	}
	return Refuse(CodeInvalid, "role", "errors.choice")
}

// rank returns the order of the role, from 1 for the least, and 0 for an unknown role.
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

// Above reports whether the role ranks above other, which can be "" for no role.
func (r Role) Above(other Role) bool { return r.rank() > other.rank() }

// Below returns the role that a member of a master account has in each of its sub-accounts, "" for none.
func (r Role) Below() Role {
	if r.Can(PermSubaccountsView) {
		return r
	}
	return ""
}

// SeesAllKeys reports whether the role sees everybody's keys in the account. A Member sees only their own.
func (r Role) SeesAllKeys() bool { return r == RoleOwner || r == RoleAdmin }

// Can reports whether the role has the permission. It is false for an unknown role or permission. See SeesAllKeys for
// the keys that a role sees.
func (r Role) Can(p Permission) bool {
	switch p {
	case PermKeysView, PermKeysManage, PermKeysReveal, PermAppsView, PermCatalogueView, PermTester, PermAuditView, PermPluginsView:
		return r == RoleOwner || r == RoleAdmin || r == RoleMember
	case PermAppsManage, PermCatalogueEdit, PermAccountView, PermPluginsManage, PermMembersView, PermMembersManage,
		PermSubaccountsView, PermSubaccountsManage:
		return r == RoleOwner || r == RoleAdmin
	case PermAccountEdit, PermOwnersManage, PermImport:
		return r == RoleOwner
	}
	return false
}

// PermToManage returns the permission required to grant the role, or to manage people who have it.
func PermToManage(r Role) Permission {
	if r == RoleOwner {
		return PermOwnersManage
	}
	return PermMembersManage
}
