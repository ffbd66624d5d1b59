package models

// Role is what a member may do in an account.
type Role string

// The roles, from most to least.
const (
	RoleOwner  Role = "owner"
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

// CheckRole refuses an unknown role, at field "role".
func CheckRole(r Role) error {
	switch r {
	case RoleOwner, RoleAdmin, RoleMember:
		return nil
	}
	return Refuse(CodeInvalid, "role", "errors.choice")
}

// rank orders the roles from least to most. An unknown role has rank 0.
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

// Above reports whether the role ranks above other. "" stands for no role.
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

// PermToManage returns the permission that it takes to manage people with the
// role, or to grant it.
func PermToManage(r Role) Permission {
	if r == RoleOwner {
		return PermOwnersManage
	}
	return PermMembersManage
}
