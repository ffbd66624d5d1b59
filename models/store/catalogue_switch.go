package store

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"keywicket/models"
)

// CatalogueLoss returns the entries of the keys' lists that would go if the sub-account used its own catalogue, or its
// master's: those whose app id or API name the other catalogue lacks. A master account is CodeNotFound.
func (s *Store) CatalogueLoss(ctx context.Context, who models.Actor, own bool) ([]models.ListLoss, error) {
	if err := permit(who, models.PermAccountEdit); err != nil {
		return nil, err
	}
	var losses []models.ListLoss
	err := s.read(ctx, func(db *gorm.DB) error {
		t := &tx{DB: db, who: who}
		a, err := t.subAccount()
		if err != nil || a.OwnCatalogue == own {
			return err
		}
		losses, err = t.catalogueLoss(a, own)
		return err
	})
	return losses, err
}

// SetOwnCatalogue makes the sub-account use its own apps and catalogue, or its master's. Entries of the keys' lists
// then name what has the same app id or API name there. An entry without a counterpart goes, and a list that becomes
// empty allows nothing. agreed is the version of the losses that the person saw. Where entries would go and the losses
// are others, it is CodeConflict with the key errors.catalogue.loss.
func (s *Store) SetOwnCatalogue(ctx context.Context, who models.Actor, own bool, agreed models.Version) error {
	return s.act(ctx, who, models.PermAccountEdit, func(t *tx) error {
		a, err := t.subAccount()
		if err != nil || a.OwnCatalogue == own {
			return err
		}
		to := a
		to.OwnCatalogue = own
		if err := t.fresh(models.AccountSection(a), models.AccountSection(to)); err != nil {
			return err
		}
		losses, err := t.catalogueLoss(a, own)
		if err != nil {
			return err
		}
		if n := models.Entries(losses); n > 0 && agreed != models.LossesSection(losses).Version() {
			return models.Refuse(models.CodeConflict, "", "errors.catalogue.loss", "Count", n)
		}
		return t.switchCatalogue(a, own, losses)
	})
}

// subAccount returns the actor's account, which must be a sub-account.
func (t *tx) subAccount() (models.Account, error) {
	a, err := t.accountOf()
	if err == nil && !a.Sub() {
		err = models.Refuse(models.CodeNotFound, "", "errors.not_found")
	}
	return a, err
}

// catalogueLoss returns, by key, the entries of the account's lists without a counterpart in the other catalogue.
func (t *tx) catalogueLoss(a models.Account, own bool) ([]models.ListLoss, error) {
	a.OwnCatalogue = own
	at := map[string]int{}
	var losses []models.ListLoss
	for _, sc := range []scope{appScope(), apiScope()} {
		var rows []struct{ Sid, Name, Word string }
		err := t.Raw("SELECT keys.sid, keys.name, was."+sc.match+" AS word FROM keys JOIN "+sc.list+" AS list ON list.key_id = keys.id "+
			"JOIN "+sc.things+" AS was ON was.id = list."+sc.column+
			" WHERE keys.account_id = @account AND NOT EXISTS (SELECT 1 FROM "+sc.things+" AS other "+
			"WHERE other.account_id = @new AND other."+sc.match+" = was."+sc.match+") ORDER BY lower(keys.name), keys.id, 3",
			map[string]any{"account": a.ID, "new": a.CatalogueID()}).Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			i, known := at[r.Sid]
			if !known {
				i, at[r.Sid] = len(losses), len(losses)
				losses = append(losses, models.ListLoss{Sid: r.Sid, Name: r.Name})
			}
			if sc.list == "key_apps" {
				losses[i].Apps = append(losses[i].Apps, r.Word)
			} else {
				losses[i].APIs = append(losses[i].APIs, r.Word)
			}
		}
	}
	return losses, nil
}

// switchCatalogue changes the setting and the lists, and marks what the gates have to learn.
func (t *tx) switchCatalogue(a models.Account, own bool, losses []models.ListLoss) error {
	to := a
	to.OwnCatalogue = own
	for _, sc := range []scope{appScope(), apiScope()} {
		if err := t.moveLists(sc, a.ID, to.CatalogueID()); err != nil {
			return err
		}
	}
	if err := t.Model(&models.Account{}).Where("id = ?", a.ID).Update("own_catalogue", own).Error; err != nil {
		return err
	}
	if err := t.touchKeysOf(a.ID); err != nil {
		return err
	}
	t.touchAccount(a.ID)
	after := facts{"own_catalogue": own}
	if n := models.Entries(losses); n > 0 {
		after["entries_lost"] = n
		after["keys"] = lossNames(losses)
	}
	return t.audit(models.EventAccountUpdate, kindAccount, a.Slug, a.Name, facts{"own_catalogue": a.OwnCatalogue}, after)
}

// moveLists replaces each entry of the lists by its counterpart in the other catalogue, and removes those without one.
func (t *tx) moveLists(sc scope, accountID, catalogue int64) error {
	var pairs []struct{ KeyID, ThingID int64 }
	err := t.Raw("SELECT list.key_id, other.id AS thing_id FROM keys JOIN "+sc.list+" AS list ON list.key_id = keys.id "+
		"JOIN "+sc.things+" AS was ON was.id = list."+sc.column+
		" JOIN "+sc.things+" AS other ON other.account_id = @new AND other."+sc.match+" = was."+sc.match+
		" WHERE keys.account_id = @account ORDER BY 1, 2", map[string]any{"account": accountID, "new": catalogue}).Scan(&pairs).Error
	if err != nil {
		return err
	}
	err = t.Exec("DELETE FROM "+sc.list+" WHERE key_id IN (SELECT id FROM keys WHERE account_id = ?)", accountID).Error
	if err != nil {
		return err
	}
	rows := make([]map[string]any, len(pairs))
	for i, p := range pairs {
		rows[i] = map[string]any{"account_id": catalogue, "key_id": p.KeyID, sc.column: p.ThingID}
	}
	for part := range slices.Chunk(rows, insertBatch) {
		if err := t.Table(sc.list).Create(part).Error; err != nil {
			return err
		}
	}
	return nil
}

// touchKeysOf marks all keys of the account as changed.
func (t *tx) touchKeysOf(accountID int64) error {
	var ids []int64
	err := t.Model(&models.Key{}).Where("account_id = ?", accountID).Order("id").Pluck("id", &ids).Error
	for _, id := range ids {
		t.touchKey(models.Key{ID: id, AccountID: accountID})
	}
	return err
}

func lossNames(losses []models.ListLoss) []string {
	var names []string
	for _, l := range losses[:min(len(losses), namedInAudit)] {
		names = append(names, l.Name)
	}
	return names
}
