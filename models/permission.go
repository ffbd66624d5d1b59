package models

// Permission is an action that a route or a command performs.
type Permission string

// Every permission. Each route of the console names one.
const (
	PermKeysView          Permission = "keys.view"      // list, details, search, usage
	PermKeysManage        Permission = "keys.manage"    // create, change, copy, delete
	PermKeysReveal        Permission = "keys.reveal"    // see and copy the value of a key
	PermAppsView          Permission = "apps.view"      //
	PermAppsManage        Permission = "apps.manage"    //
	PermCatalogueView     Permission = "catalogue.view" //
	PermCatalogueEdit     Permission = "catalogue.edit" //
	PermTester            Permission = "tester.use"     //
	PermAuditView         Permission = "audit.view"     //
	PermAccountView       Permission = "account.view"   // settings, read
	PermAccountEdit       Permission = "account.edit"   // name and policies
	PermPluginsView       Permission = "plugins.view"   //
	PermPluginsManage     Permission = "plugins.manage" //
	PermMembersView       Permission = "members.view"   // people and invitations
	PermMembersManage     Permission = "members.manage" // invite, change, disable and remove Admins and Members
	PermOwnersManage      Permission = "owners.manage"  // the same for Owners
	PermSubaccountsView   Permission = "subs.view"      // sub-accounts of a master
	PermSubaccountsManage Permission = "subs.manage"    // create, rename, suspend and reopen them
	PermImport            Permission = "account.import" // accounts from a file
)

// Permissions lists every permission.
func Permissions() []Permission {
	return []Permission{
		PermKeysView, PermKeysManage, PermKeysReveal, PermAppsView, PermAppsManage, PermCatalogueView,
		PermCatalogueEdit, PermTester, PermAuditView, PermAccountView, PermAccountEdit,
		PermPluginsView, PermPluginsManage, PermMembersView, PermMembersManage, PermOwnersManage,
		PermSubaccountsView, PermSubaccountsManage, PermImport,
	}
}
