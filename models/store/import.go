package store

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"keywicket/models"
)

// importStep is after how many accounts an import reports its progress.
const importStep = 25

// CheckImport returns what an import of the rows would create, and the lines that are wrong. It changes nothing.
func (s *Store) CheckImport(ctx context.Context, who models.Actor, rows []models.NewAccount, o models.ImportSettings) (models.ImportResult, []models.LineError, error) {
	var result models.ImportResult
	var bad []models.LineError
	if err := permit(who, models.PermImport); err != nil {
		return result, nil, err
	}
	err := s.read(ctx, func(db *gorm.DB) error {
		t := &tx{DB: db, s: s, who: who, now: s.now()}
		var err error
		_, bad, err = t.planImport(rows, o)
		return err
	})
	for _, n := range rows {
		result.Count(n)
	}
	return result, bad, err
}

// errBadLines ends an import whose lines are wrong.
var errBadLines = errors.New("lines of the file are wrong")

// ImportAccounts creates the accounts of the rows. With a wrong line it changes nothing and returns the wrong lines.
// New masters belong to the owner of the settings. A master from before 2023-06-06 begins with a key for each of four
// channels; their generated credentials are in the result and nowhere else but in the revealable keys. Other masters
// begin without keys.
//
// It creates all accounts or none, unless the settings ask for batches. Each batch is complete or absent. Where one
// fails, the result holds what was created before it, beside the error or the wrong line.
func (s *Store) ImportAccounts(ctx context.Context, who models.Actor, rows []models.NewAccount, o models.ImportSettings) (models.ImportResult, []models.LineError, error) {
	m := &importing{s: s, who: who, o: o, rows: rows}
	for first := true; first || len(m.plan) > m.done; first = false {
		bad, err := m.batch(ctx)
		if err != nil || len(bad) > 0 {
			return m.result, bad, err
		}
	}
	return m.result, nil, nil
}

// importing is a running import.
type importing struct {
	s      *Store
	who    models.Actor
	o      models.ImportSettings
	rows   []models.NewAccount
	plan   []*plannedAccount // made by the first batch
	done   int               // of the plan
	result models.ImportResult
}

// part is one batch of an import.
type part struct {
	end  int // of the plan, behind the batch
	made models.ImportResult
	bad  []models.LineError
	kept bool // the keys went to Keep
}

// batch creates the next accounts of the plan, or none of them.
func (m *importing) batch(ctx context.Context) ([]models.LineError, error) {
	var p part
	err := m.s.act(ctx, m.who, models.PermImport, func(t *tx) error { return m.work(t, &p) })
	if err != nil && p.kept && m.o.Undo != nil {
		err = errors.Join(err, m.o.Undo())
	}
	if errors.Is(err, errBadLines) {
		return p.bad, nil
	}
	if err != nil {
		return nil, err
	}
	m.result.Add(p.made)
	m.done = p.end
	return nil, nil
}

// work does what belongs into the batch's transaction.
func (m *importing) work(t *tx, p *part) error {
	if err := t.permitGrants(); err != nil {
		return err
	}
	if err := m.look(t, p); err != nil {
		return err
	}
	if len(p.bad) > 0 {
		return errBadLines
	}
	if err := m.make(t, p.end, &p.made); err != nil {
		return err
	}
	if m.o.Keep != nil {
		p.kept = true
		if err := m.o.Keep(p.made.Keys); err != nil {
			return err
		}
	}
	if t.who.AccountID == 0 {
		return nil
	}
	return t.audit(models.EventAccountImport, kindAccount, "", "", nil, facts{"masters": p.made.Masters, "subs": p.made.Subs, "new_keys": len(p.made.Keys)})
}

// look plans the import in the first batch. Later it checks that the next part of the plan still fits. It finds where
// the batch ends.
func (m *importing) look(t *tx, p *part) (err error) {
	if m.done == 0 {
		m.plan, p.bad, err = t.planImport(m.rows, m.o)
		m.result.There = len(m.rows) - len(m.plan) - len(p.bad)
	}
	if p.end = len(m.plan); m.o.Batch > 0 {
		p.end = min(p.end, m.done+m.o.Batch)
	}
	if m.done > 0 {
		p.bad, err = t.recheck(m.plan[m.done:p.end], m.o)
	}
	return err
}

// make creates the accounts of the plan up to end.
func (m *importing) make(t *tx, end int, made *models.ImportResult) error {
	for i := m.done; i < end; i++ {
		if err := t.importOne(m.plan[i], m.o, made); err != nil {
			return err
		}
		if m.o.Progress != nil && ((i+1)%importStep == 0 || i+1 == len(m.plan)) {
			m.o.Progress(i+1, len(m.plan))
		}
	}
	return nil
}

// importOne creates one account with what it begins with.
func (t *tx) importOne(step *plannedAccount, o models.ImportSettings, result *models.ImportResult) error {
	was := t.who
	defer func() { t.who = was }()
	result.Count(step.NewAccount)
	if step.Kind == models.KindSubaccount {
		a, err := t.createSubaccount(*step.master, models.NewSubaccount{Name: step.Name})
		if err != nil || step.Created.IsZero() {
			return err
		}
		return t.Model(&models.Account{}).Where("id = ?", a.ID).Update("created_at", step.Created).Error
	}
	if err := t.importMaster(step, o); err != nil {
		return err
	}
	t.who.AccountID = step.master.ID
	at := len(result.Keys) - len(step.StartChannels())
	for i, channel := range step.StartChannels() {
		credential, err := t.startKey(*step.master, channel)
		if err != nil {
			return err
		}
		result.Keys[at+i].Slug, result.Keys[at+i].Credential = step.master.Slug, credential
	}
	return nil
}

func (t *tx) importMaster(step *plannedAccount, o models.ImportSettings) error {
	a := newMaster(step.Name, t.now)
	if !step.Created.IsZero() {
		a.CreatedAt = step.Created
	}
	var err error
	if a.Slug, err = t.freeSlug(step.Name); err != nil {
		return err
	}
	if err := t.Create(&a).Error; err != nil {
		return err
	}
	m := models.Member{AccountID: a.ID, UserID: o.OwnerID, Role: models.RoleOwner, CreatedAt: t.now}
	if err := t.Create(&m).Error; err != nil {
		return err
	}
	*step.master = a
	t.touchAccount(a.ID)
	t.who.AccountID = a.ID
	if err := t.audit(models.EventAccountCreate, kindAccount, a.Slug, a.Name, nil, facts{"name": a.Name, "imported": true}); err != nil {
		return err
	}
	if !o.Preset {
		return nil
	}
	_, err = t.applyPreset()
	return err
}

// startKey creates the key that an imported master begins with for a channel.
func (t *tx) startKey(a models.Account, channel models.Channel) (models.Credential, error) {
	d := draft{account: a, key: models.Key{
		Name: models.StartKeyName(channel), Channel: channel, Enabled: true, ScopeApps: models.ScopeAll, ScopeAPIs: models.ScopeAll,
	}}
	d.request.Kind = models.CredentialPair
	c, err := t.insertKey(&d, nil)
	if err != nil {
		return c, err
	}
	t.touchKey(d.key)
	return c, t.auditNewKey(d.key, facts{})
}
