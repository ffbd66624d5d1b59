package store

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/store/sqlite"
)

const (
	kindFamily = "family"
	kindAPI    = "api"
)

// Catalogue returns the account's families by position, each with its APIs in the order in which they were added.
func (s *Store) Catalogue(ctx context.Context, who models.Actor) ([]models.FamilyRow, error) {
	if err := permit(who, models.PermCatalogueView); err != nil {
		return nil, err
	}
	var families []models.FamilyRow
	err := s.read(ctx, func(db *gorm.DB) error {
		if err := ofCatalogue(db.Model(&models.Family{}), who).
			Order("position, id").Scan(&families).Error; err != nil {
			return err
		}
		var apis []models.APIRow
		if err := ofCatalogue(db.Model(&models.API{}), who).
			Select("apis.*, (?) AS key_count", listingKeys(db, who, apiScope(), "apis")).
			Order("id").Scan(&apis).Error; err != nil {
			return err
		}
		at := make(map[int64]*models.FamilyRow, len(families))
		for i := range families {
			at[families[i].ID] = &families[i]
		}
		for _, a := range apis {
			if f := at[a.FamilyID]; f != nil {
				f.APIs = append(f.APIs, a)
			}
		}
		return nil
	})
	return families, err
}

func findFamily(db *gorm.DB, who models.Actor, id int64) (models.Family, error) {
	var f models.Family
	err := ofCatalogue(db, who).Where("id = ?", id).Take(&f).Error
	return f, orNotFound(err, "errors.family.not_found")
}

func findAPI(db *gorm.DB, who models.Actor, id int64) (models.API, error) {
	var a models.API
	err := ofCatalogue(db, who).Where("id = ?", id).Take(&a).Error
	return a, orNotFound(err, "errors.api.not_found")
}

// AddFamily adds a family after the others. A name in use is CodeConflict.
func (s *Store) AddFamily(ctx context.Context, who models.Actor, name string) (models.Family, error) {
	var f models.Family
	name, err := models.CleanName("name", name, true)
	if err != nil {
		return f, err
	}
	err = s.act(ctx, who, models.PermCatalogueEdit, func(t *tx) error {
		if f, err = t.createFamily(name); err != nil {
			return err
		}
		return t.audit(models.EventFamilyCreate, kindFamily, name, name, nil, facts{"name": name})
	})
	return f, err
}

func (t *tx) createFamily(name string) (models.Family, error) {
	f := models.Family{AccountID: t.who.AccountID, Name: name}
	err := t.Raw("SELECT coalesce(max(position), 0) + 1 FROM families WHERE account_id = ?", f.AccountID).Scan(&f.Position).Error
	if err != nil {
		return f, err
	}
	return f, familyNameTaken(t.Create(&f).Error, name)
}

func familyNameTaken(err error, name string) error {
	if sqlite.IsDuplicate(err) {
		return models.Refuse(models.CodeConflict, "name", "errors.family.duplicate", "Name", name)
	}
	return err
}

// RenameFamily changes the name of a family.
func (s *Store) RenameFamily(ctx context.Context, who models.Actor, id int64, name string) error {
	name, err := models.CleanName("name", name, true)
	if err != nil {
		return err
	}
	return s.act(ctx, who, models.PermCatalogueEdit, func(t *tx) error {
		f, err := findFamily(t.DB, t.who, id)
		if err != nil || f.Name == name {
			return err
		}
		if err := t.fresh(models.NameSection(f.Name), models.NameSection(name)); err != nil {
			return err
		}
		err = t.Model(&models.Family{}).Where("account_id = ? AND id = ?", t.who.AccountID, id).Update("name", name).Error
		if err != nil {
			return familyNameTaken(err, name)
		}
		return t.audit(models.EventFamilyUpdate, kindFamily, name, name, facts{"name": f.Name}, facts{"name": name})
	})
}

// RemoveFamily removes an empty family. A family with APIs is CodeConflict.
func (s *Store) RemoveFamily(ctx context.Context, who models.Actor, id int64) error {
	return s.act(ctx, who, models.PermCatalogueEdit, func(t *tx) error {
		f, err := findFamily(t.DB, t.who, id)
		if err != nil {
			return err
		}
		var calls int64
		err = t.Model(&models.API{}).Where("account_id = ? AND family_id = ?", t.who.AccountID, id).Count(&calls).Error
		if err != nil {
			return err
		}
		if calls > 0 {
			return models.Refuse(models.CodeConflict, "", "errors.family.not_empty", "Name", f.Name, "Count", int(calls))
		}
		if err := t.fresh(models.NameSection(f.Name), nil); err != nil {
			return err
		}
		if err := t.Where("account_id = ? AND id = ?", t.who.AccountID, id).Delete(&models.Family{}).Error; err != nil {
			return err
		}
		return t.audit(models.EventFamilyDelete, kindFamily, f.Name, f.Name, facts{"name": f.Name}, nil)
	})
}

// API returns the API with the id, or CodeNotFound.
func (s *Store) API(ctx context.Context, who models.Actor, id int64) (models.API, error) {
	if err := permit(who, models.PermCatalogueView); err != nil {
		return models.API{}, err
	}
	a, err := findAPI(s.rdb.WithContext(ctx), who, id)
	return a, classify(err)
}

// AddAPI adds an API to the family of its FamilyID. A name in use, or a pattern that overlaps another API's, is
// CodeConflict, and the refusal names that API.
func (s *Store) AddAPI(ctx context.Context, who models.Actor, a models.API) (models.API, error) {
	a, err := models.CheckAPI(a)
	if err != nil {
		return a, err
	}
	err = s.act(ctx, who, models.PermCatalogueEdit, func(t *tx) error {
		a.ID, a.AccountID = 0, t.who.AccountID
		if err := t.checkPlace(a); err != nil {
			return err
		}
		if err := t.Create(&a).Error; err != nil {
			return err
		}
		t.touchAccount(t.who.AccountID)
		return t.audit(models.EventAPICreate, kindAPI, a.Name, a.Name, nil, apiFacts(a))
	})
	return a, err
}

// UpdateAPI replaces the fields of the API with the ID of a. It refuses as AddAPI does. Keys that list the API keep
// listing it.
func (s *Store) UpdateAPI(ctx context.Context, who models.Actor, a models.API) error {
	clean, invalid := models.CheckAPI(a)
	return s.act(ctx, who, models.PermCatalogueEdit, func(t *tx) error {
		was, err := findAPI(t.DB, t.who, a.ID)
		if err != nil {
			return err
		}
		if invalid != nil {
			return invalid
		}
		clean.AccountID = was.AccountID
		if clean == was {
			return nil
		}
		if err := t.freshAPI(was, clean); err != nil {
			return err
		}
		if err := t.checkPlace(clean); err != nil {
			return err
		}
		err = t.Model(&models.API{}).Where("account_id = ? AND id = ?", t.who.AccountID, a.ID).Updates(map[string]any{
			"family_id": clean.FamilyID, "name": clean.Name, "method": clean.Method, "path": clean.Path,
			"app_bound": clean.AppBound, "app_source": clean.AppSource, "app_field": clean.AppField,
			"rate_per_second": clean.RatePerSecond,
		}).Error
		if err != nil {
			return err
		}
		t.touchAccount(t.who.AccountID)
		return t.audit(models.EventAPIUpdate, kindAPI, clean.Name, clean.Name, apiFacts(was), apiFacts(clean))
	})
}

// freshAPI refuses to change an API that somebody else has changed.
func (t *tx) freshAPI(was, is models.API) error {
	if t.who.FormVersion == "" {
		return nil
	}
	var families []models.Family
	if err := t.Where("account_id = ?", t.who.AccountID).Find(&families).Error; err != nil {
		return err
	}
	names := make(map[int64]string, len(families))
	for _, f := range families {
		names[f.ID] = f.Name
	}
	return t.fresh(models.APISection(was, names), models.APISection(is, names))
}

// checkPlace refuses an API whose family is not the account's, whose name is in use, or whose pattern overlaps another.
func (t *tx) checkPlace(a models.API) error {
	_, err := findFamily(t.DB, t.who, a.FamilyID)
	if models.CodeOf(err) == models.CodeNotFound {
		return models.Refuse(models.CodeInvalid, "family", "errors.family.not_found")
	}
	if err != nil {
		return err
	}
	var others []models.API
	if err := t.Where("account_id = ?", t.who.AccountID).Order("id").Find(&others).Error; err != nil {
		return err
	}
	for _, o := range others {
		if o.Name == a.Name && o.ID != a.ID {
			return models.Refuse(models.CodeConflict, "name", "errors.api.duplicate", "Name", a.Name)
		}
	}
	if o, clash := models.FindClash(a, others); clash {
		return models.Refuse(models.CodeConflict, "path", "errors.api.clash", "Name", o.Name, "Method", o.Method, "Path", o.Path)
	}
	return nil
}

func apiFacts(a models.API) facts {
	f := facts{"name": a.Name, "method": a.Method, "path": a.Path, "app_bound": a.AppBound}
	if a.AppBound {
		f["app_source"], f["app_field"] = a.AppSource, a.AppField
	}
	if a.RatePerSecond > 0 {
		f["rate_per_second"] = a.RatePerSecond
	}
	return f
}

// RemoveAPI removes the API, and with it the entries of API Lists that name it.
func (s *Store) RemoveAPI(ctx context.Context, who models.Actor, id int64) error {
	return s.act(ctx, who, models.PermCatalogueEdit, func(t *tx) error {
		a, err := findAPI(t.DB, t.who, id)
		if err != nil {
			return err
		}
		if err := t.freshListed(apiScope(), id, a.Name); err != nil {
			return err
		}
		listed, err := t.touchListed(apiScope(), id)
		if err != nil {
			return err
		}
		if err := t.Where("account_id = ? AND id = ?", t.who.AccountID, id).Delete(&models.API{}).Error; err != nil {
			return err
		}
		t.touchAccount(t.who.AccountID)
		before := apiFacts(a)
		before["keys"] = listed
		return t.audit(models.EventAPIDelete, kindAPI, a.Name, a.Name, before, nil)
	})
}

// APIKeys returns, by name, the keys that the actor sees and whose API List names the API, as AppKeys does for an app,
// or CodeNotFound.
func (s *Store) APIKeys(ctx context.Context, who models.Actor, id int64) ([]models.ListedKey, error) {
	return s.keysNaming(ctx, who, models.PermCatalogueView, apiScope(), id, func(db *gorm.DB) error {
		_, err := findAPI(db, who, id)
		return err
	})
}

// ApplyPreset adds the families and APIs of the preset that the catalogue lacks, and returns the number of APIs that it
// added. It skips an API whose name is in use, or whose pattern overlaps one that exists.
func (s *Store) ApplyPreset(ctx context.Context, who models.Actor) (int, error) {
	var added int
	err := s.act(ctx, who, models.PermCatalogueEdit, func(t *tx) error {
		var err error
		added, err = t.applyPreset()
		return err
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

func (t *tx) applyPreset() (int, error) {
	var have []models.API
	if err := t.Where("account_id = ?", t.who.AccountID).Order("id").Find(&have).Error; err != nil {
		return 0, err
	}
	var families []string
	var calls []models.API
	for _, p := range models.Preset() {
		f, made, err := t.presetFamily(p.Name)
		if err != nil {
			return 0, err
		}
		if made {
			families = append(families, f.Name)
		}
		for _, a := range p.APIs {
			a.AccountID, a.FamilyID = t.who.AccountID, f.ID
			taken := slices.ContainsFunc(have, func(o models.API) bool { return o.Name == a.Name })
			if _, clash := models.FindClash(a, have); taken || clash {
				continue
			}
			have, calls = append(have, a), append(calls, a)
		}
	}
	if len(families)+len(calls) == 0 {
		return 0, nil
	}
	if len(calls) > 0 {
		if err := t.CreateInBatches(&calls, insertBatch).Error; err != nil {
			return 0, err
		}
	}
	t.touchAccount(t.who.AccountID)
	return len(calls), t.audit(models.EventCataloguePreset, "account", "", "", nil,
		facts{"calls": len(calls), "families": families})
}

// presetFamily returns the family with the name, and creates it where it is missing.
func (t *tx) presetFamily(name string) (f models.Family, made bool, err error) {
	err = t.Where("account_id = ? AND name = ?", t.who.AccountID, name).Take(&f).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		f, err = t.createFamily(name)
		return f, true, err
	}
	return f, false, err
}
