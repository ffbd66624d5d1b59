package engine

import (
	"time"

	"keywicket/models"
	"keywicket/models/usage"
)

// account is a compiled account; it never changes.
type account struct {
	info        AccountInfo
	active      bool
	passUnknown bool
	keyInQuery  bool
	quota       quota // without a bucket: no rate limit
	catalogue   catalogue
	apps        map[string]int64 // ids by app id, as callers send it
}

// compileAccount makes the engine's account. Rate limits that old has too keep
// their state; old may be nil.
func compileAccount(d *AccountData, old *account, t texts, known appIndexes) *account {
	m := &d.Account
	a := &account{
		info:        AccountInfo{ID: m.ID, Slug: m.Slug, Name: m.Name, Dialect: m.ErrorDialect},
		active:      m.Status == models.AccountActive,
		passUnknown: m.PassUnknownAPIs,
		keyInQuery:  m.KeyInQuery,
	}
	if m.RatePerSecond > 0 {
		a.quota = quota{bucket: &usage.Bucket{}, rate: perSecond(m.RatePerSecond)}
		if old != nil && old.quota.bucket != nil {
			a.quota.bucket = old.quota.bucket
		}
	}
	var buckets map[string]*usage.Bucket
	if old != nil {
		buckets = old.catalogue.buckets()
	}
	a.catalogue = compileCatalogue(d.APIs, buckets, t)
	a.apps = known.of(d)
	return a
}

// appIndexes are the apps of the catalogues of one change, by CatalogueID:
// accounts that share a catalogue share the index, which never changes.
type appIndexes map[int64]map[string]int64

func (x appIndexes) of(d *AccountData) map[string]int64 {
	if known, ok := x[d.CatalogueID]; ok && d.CatalogueID != 0 {
		return known
	}
	if len(d.Apps) == 0 {
		return nil
	}
	apps := make(map[string]int64, len(d.Apps))
	for i := range d.Apps {
		apps[d.Apps[i].AppID] = d.Apps[i].ID
	}
	if x != nil && d.CatalogueID != 0 {
		x[d.CatalogueID] = apps
	}
	return apps
}

func perSecond(n int) usage.Rate { return usage.Rate{Requests: n, Window: time.Second} }

// texts returns one copy of each text to all accounts of a change: most have the
// same catalogue.
type texts map[string]string

func (t texts) one(s string) string {
	if have, ok := t[s]; ok {
		return have
	}
	t[s] = s
	return s
}
