package models

// Role is what a member may do in an account.
type Role string

// The roles, from most to least.
const (
	RoleOwner  Role = "owner"
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

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
)

// permissions is the one table of who may do what. "Own keys only" for a
// Member is not here: the store narrows the rows.
var permissions = map[Permission][]Role{
	PermKeysView:      {RoleOwner, RoleAdmin, RoleMember},
	PermKeysManage:    {RoleOwner, RoleAdmin, RoleMember},
	PermKeysReveal:    {RoleOwner, RoleAdmin, RoleMember},
	PermAppsView:      {RoleOwner, RoleAdmin, RoleMember},
	PermAppsManage:    {RoleOwner, RoleAdmin},
	PermCatalogueView: {RoleOwner, RoleAdmin, RoleMember},
	PermCatalogueEdit: {RoleOwner, RoleAdmin},
	PermTester:        {RoleOwner, RoleAdmin, RoleMember},
	PermAuditView:     {RoleOwner, RoleAdmin, RoleMember},
	PermAccountView:   {RoleOwner, RoleAdmin},
	PermAccountEdit:   {RoleOwner},
}

// Can says whether the role has the permission. An unknown role or
// permission has none.
func (r Role) Can(p Permission) bool {
	for _, allowed := range permissions[p] {
		if allowed == r {
			return true
		}
	}
	return false
}

// Permissions lists every permission that the table knows.
func Permissions() []Permission {
	all := make([]Permission, 0, len(permissions))
	for p := range permissions {
		all = append(all, p)
	}
	return all
}
