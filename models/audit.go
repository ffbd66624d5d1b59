package models

import "time"

// The list of the audit has AuditRowsPerPage rows per page, and pages for the newest AuditListed rows that match.
const (
	AuditRowsPerPage = 50
	AuditListed      = 1000
)

// Event is the name of an action in the audit. The api.key.* names are those of the documented platform.
type Event string

// Every event.
const (
	EventKeyCreate        Event = "api.key.create"
	EventKeyCopy          Event = "api.key.copy"
	EventKeyUpdate        Event = "api.key.update"
	EventKeyEnable        Event = "api.key.enable"
	EventKeyDisable       Event = "api.key.disable"
	EventKeyDelete        Event = "api.key.delete"
	EventKeyReveal        Event = "api.key.reveal"
	EventKeyExport        Event = "api.key.export"
	EventKeyRotate        Event = "api.key.credentials"
	EventKeyPreviousEnd   Event = "api.key.credentials.stop"
	EventAppCreate        Event = "app.create"
	EventAppUpdate        Event = "app.update"
	EventAppDelete        Event = "app.delete"
	EventFamilyCreate     Event = "catalogue.family.create"
	EventFamilyUpdate     Event = "catalogue.family.update"
	EventFamilyDelete     Event = "catalogue.family.delete"
	EventAPICreate        Event = "catalogue.api.create"
	EventAPIUpdate        Event = "catalogue.api.update"
	EventAPIDelete        Event = "catalogue.api.delete"
	EventCataloguePreset  Event = "catalogue.preset"
	EventPluginCreate     Event = "plugin.create"
	EventPluginUpdate     Event = "plugin.update"
	EventPluginDelete     Event = "plugin.delete"
	EventAccountCreate    Event = "account.create"
	EventAccountUpdate    Event = "account.update"
	EventAccountSuspend   Event = "account.suspend"
	EventAccountReopen    Event = "account.reopen"
	EventAccountImport    Event = "account.import"
	EventMemberInvite     Event = "member.invite"
	EventMemberWithdraw   Event = "member.withdraw"
	EventMemberJoin       Event = "member.join"
	EventMemberRole       Event = "member.role"
	EventMemberEnable     Event = "member.enable"
	EventMemberDisable    Event = "member.disable"
	EventMemberRemove     Event = "member.remove"
	EventUserCreate       Event = "user.create"
	EventUserSignIn       Event = "user.login"
	EventUserSignInFailed Event = "user.login.failed"
	EventUserSignOut      Event = "user.logout"
	EventUserUpdate       Event = "user.update"
	EventUserForgot       Event = "user.forgot"
	EventUserPassword     Event = "user.password"
	EventUserSignOutAll   Event = "user.sessions.end"
	EventUserReauthFailed Event = "user.proof.failed"
	EventUserTOTPOn       Event = "user.totp.on"
	EventUserTOTPOff      Event = "user.totp.off"
	EventUserTOTPReset    Event = "user.totp.reset"
	EventUserRecoveryNew  Event = "user.recovery.new"
	EventUserRecoveryUse  Event = "user.recovery.use"
	EventPasskeyAdd       Event = "user.passkey.add"
	EventPasskeyRemove    Event = "user.passkey.remove" //nolint:gosec // a name, not a credential
	EventUserSSOLink      Event = "user.sso.link"
	EventUserSSOUnlink    Event = "user.sso.unlink"
	EventMasterKeyRotate  Event = "master_key.rotate"
)

// AuditRow is one row of the audit: the actor, the action, the target, the time and the address. Before and After are
// JSON objects without secrets.
type AuditRow struct {
	ID         int64 `gorm:"primaryKey"` // consecutive from 1 over the installation
	AccountID  int64 // 0: of no account
	At         time.Time
	ActorID    int64  // 0 for an unknown actor or the command line
	ActorName  string // at the time; people choose and change it
	ActorEmail string // at the time; "" in rows of older versions
	IP         string
	Event      Event
	TargetKind string // "key", "app", "api", "family", "plugin", "account", "user", "member", "invitation"
	TargetID   string // Sid, app id, call name, slug, e-mail, number
	TargetName string
	Before     string
	After      string
	Hash       []byte // HMAC over the row and the hash before it
}

// TableName returns the name of the audit's table.
func (AuditRow) TableName() string { return "audit" }

// AuditName is a name that a person has or had in the audit.
type AuditName struct {
	AccountID int64  `gorm:"primaryKey;autoIncrement:false"`
	ActorID   int64  `gorm:"primaryKey;autoIncrement:false"`
	Name      string `gorm:"primaryKey"`
	Email     string `gorm:"primaryKey"`
}

// TableName returns the name of the table of names.
func (AuditName) TableName() string { return "audit_names" }

// AuditQuery selects a page of the audit, newest first.
type AuditQuery struct {
	Event  Event  // "" for all; "api.key." and the like match as a prefix
	Actor  string // part of a name or e-mail that the actor has or had
	Person int64  // the actor's id; 0 for all
	Target string // part of the target's id or name
	From   *time.Time
	Until  *time.Time
	Before int64 // only rows with a smaller id; 0 for all
	Page   int   // from 1
}

// AuditPage is one page of the audit.
type AuditPage struct {
	Rows   []AuditRow
	Names  []AuditName // of the queried person
	Total  int         // at most AuditListed
	More   bool        // older rows match too
	Oldest int64       // with More, the id of the oldest counted row
	Page   int
	Pages  int
}

// AuditReport is the result of a check of the audit's hash chain.
type AuditReport struct {
	Rows     int
	OK       bool
	FirstBad int64  // id of the first row that is wrong or missing; 0: none, or the head
	Problem  string // in English, for the command line; "" when OK
}
