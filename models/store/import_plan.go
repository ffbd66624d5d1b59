package store

import (
	"slices"

	"keywicket/models"
)

// recheck returns the lines that became wrong through changes between two batches.
func (t *tx) recheck(part []*plannedAccount, o models.ImportSettings) ([]models.LineError, error) {
	known, err := t.knownAccounts(o)
	if err != nil {
		return nil, err
	}
	var bad []models.LineError
	for _, step := range part {
		if err := known.stillFree(step); err != nil {
			bad = append(bad, models.LineError{Line: step.Line, Err: err})
		}
	}
	return bad, nil
}

// stillFree refuses an account whose name was taken, or whose master disappeared, after the plan was made.
func (x accountIndex) stillFree(step *plannedAccount) *models.Error {
	if step.Kind != models.KindSubaccount {
		if x.masterNamed(step.Name) != nil {
			return models.Refuse(models.CodeConflict, "name", "errors.import.exists", "Name", step.Name)
		}
		return nil
	}
	if step.master.ID == 0 {
		return nil // it is made in the same batch
	}
	for a, names := range x.below {
		if a.ID != step.master.ID {
			continue
		}
		if names[models.FoldName(step.Name)] {
			return models.Refuse(models.CodeConflict, "name", "errors.import.exists_below", "Name", step.Name, "Master", a.Name)
		}
		return nil
	}
	return models.Refuse(models.CodeInvalid, "master", "errors.import.master_missing", "Master", step.Master)
}

// masterNamed returns the master with the name, or nil.
func (x accountIndex) masterNamed(name string) *models.Account {
	for _, a := range x.masters[models.FoldName(name)] {
		if models.FoldName(a.Name) == models.FoldName(name) {
			return a
		}
	}
	return nil
}

// isThere reports whether the account of a row exists already, as an interrupted import would have created it.
func (x accountIndex) isThere(n models.NewAccount) bool {
	if n.Kind != models.KindSubaccount {
		a := x.masterNamed(n.Name)
		return a != nil && (n.Created.IsZero() || a.CreatedAt.Equal(n.Created))
	}
	found := x.masters[models.FoldName(n.Master)]
	return len(found) == 1 && x.below[found[0]][models.FoldName(n.Name)]
}

// plannedAccount is an account to create. The master of a master is itself: it is filled in when it is created, and its
// sub-accounts point to it.
type plannedAccount struct {
	models.NewAccount
	master *models.Account
}

// planImport puts masters before their sub-accounts, and returns the lines whose master is missing or whose name is in
// use.
func (t *tx) planImport(rows []models.NewAccount, o models.ImportSettings) ([]*plannedAccount, []models.LineError, error) {
	known, err := t.knownAccounts(o)
	if err != nil {
		return nil, nil, err
	}
	var masters, subs []*plannedAccount
	var bad []models.LineError
	for _, n := range rows {
		if o.Continue && known.isThere(n) {
			continue
		}
		step := &plannedAccount{NewAccount: n}
		if n.Kind == models.KindSubaccount {
			subs = append(subs, step)
			continue
		}
		if err := known.addMaster(step); err != nil {
			bad = append(bad, models.LineError{Line: n.Line, Err: err})
			continue
		}
		masters = append(masters, step)
	}
	for _, step := range subs {
		known.subs[models.FoldName(step.Name)] = true
	}
	for _, step := range subs {
		if err := known.addSubaccount(step); err != nil {
			bad = append(bad, models.LineError{Line: step.Line, Err: err})
		}
	}
	slices.SortStableFunc(bad, func(x, y models.LineError) int { return x.Line - y.Line })
	return append(masters, subs...), bad, nil
}

// accountIndex holds the accounts that exist and those that the import will create.
type accountIndex struct {
	masters map[string][]*models.Account // by folded name and by slug
	subs    map[string]bool              // folded names and slugs of sub-accounts
	below   map[*models.Account]map[string]bool
	all     bool // the operator's, who may put accounts below suspended ones
}

// knownAccounts returns the accounts under which the actor may put others.
func (t *tx) knownAccounts(o models.ImportSettings) (accountIndex, error) {
	x := accountIndex{masters: map[string][]*models.Account{}, subs: map[string]bool{}, below: map[*models.Account]map[string]bool{}, all: o.All}
	mine := t.DB
	if !o.All {
		mine = t.Where("coalesce(parent_id, id) IN (SELECT account_id FROM members WHERE user_id = ? AND role = ? AND disabled_at IS NULL)",
			t.who.UserID, models.RoleOwner)
	}
	var all []models.Account
	if err := mine.Order("parent_id IS NOT NULL, id").Find(&all).Error; err != nil {
		return x, err
	}
	byID := map[int64]*models.Account{}
	for i := range all {
		a := &all[i]
		if !a.Sub() {
			byID[a.ID] = a
			x.put(a)
			continue
		}
		x.subs[models.FoldName(a.Name)], x.subs[a.Slug] = true, true
		if master := byID[*a.ParentID]; master != nil {
			x.below[master][models.FoldName(a.Name)] = true
		}
	}
	return x, nil
}

func (x accountIndex) put(a *models.Account) {
	name := models.FoldName(a.Name)
	x.masters[name] = append(x.masters[name], a)
	if a.Slug != "" && a.Slug != name {
		x.masters[a.Slug] = append(x.masters[a.Slug], a)
	}
	x.below[a] = map[string]bool{}
}

// addMaster plans a master.
func (x accountIndex) addMaster(step *plannedAccount) *models.Error {
	if x.masterNamed(step.Name) != nil {
		return models.Refuse(models.CodeConflict, "name", "errors.import.exists", "Name", step.Name)
	}
	step.master = &models.Account{Name: step.Name, Status: models.AccountActive}
	x.put(step.master)
	return nil
}

// addSubaccount plans a sub-account of a master that exists or is planned.
func (x accountIndex) addSubaccount(step *plannedAccount) *models.Error {
	found := x.masters[models.FoldName(step.Master)]
	switch {
	case len(found) == 0 && x.subs[models.FoldName(step.Master)]:
		return models.Refuse(models.CodeInvalid, "master", "errors.import.master_is_sub", "Master", step.Master)
	case len(found) == 0:
		return models.Refuse(models.CodeInvalid, "master", "errors.import.master_missing", "Master", step.Master)
	case len(found) > 1:
		return models.Refuse(models.CodeInvalid, "master", "errors.import.master_which", "Master", step.Master)
	}
	if err := found[0].PermitsGrants(); err != nil && !x.all {
		return models.Refuse(models.CodeSuspended, "master", "errors.import.master_suspended", "Master", found[0].Name)
	}
	name := models.FoldName(step.Name)
	if x.below[found[0]][name] {
		return models.Refuse(models.CodeConflict, "name", "errors.import.exists_below", "Name", step.Name, "Master", found[0].Name)
	}
	x.below[found[0]][name] = true
	step.master = found[0]
	return nil
}
