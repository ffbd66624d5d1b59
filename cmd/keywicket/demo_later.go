package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"keywicket/models"
	"keywicket/models/usage"
)

// demoPlugin is a plugin and the key that it uses.
type demoPlugin struct{ id, name, key string }

func demoPlugins() []demoPlugin {
	return []demoPlugin{
		{"form.order.customer", "Order form: look up the customer", "ERP sync"}, // blocked by its whitelist
		{"price-badge", "Price of the day", "Pricing service"},
		{"fleet-map", "Delivery map", "Fleet telematics"},
		{"returns.row-counter", "Open returns counter", "Returns desk"},
		{"stock-light", "Stock light", "Night batch (old)"}, // disabled
		{"loyalty", "Loyalty points", ""},
	}
}

func (d *demo) addPlugins(ctx context.Context) error {
	d.clock.to(3, 10)
	for _, p := range demoPlugins() {
		d.clock.step(2 * time.Minute)
		n := models.NewPlugin{PluginID: p.id, Name: p.name}
		if p.key != "" {
			n.KeySid = d.madeKey(p.key).key.Sid
		}
		if _, err := d.st.AddPlugin(ctx, d.actors["Jonas Weber"], n); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// madeKey finds a key of the demo by its name.
func (d *demo) madeKey(name string) demoMade {
	for _, k := range d.created {
		if k.name == name {
			return k
		}
	}
	return demoMade{}
}

// rotate changes credentials: some callers still use the old ones, which work
// for a few more days.
func (d *demo) rotate(ctx context.Context) error {
	d.clock.to(2, 14)
	k := d.madeKey("Customer portal")
	if _, err := d.st.ChangeCredentials(ctx, k.who, k.key.Sid, models.NewCredential{Kind: models.CredentialToken}, 7*24*time.Hour); err != nil {
		return err
	}
	detail, err := d.st.Key(ctx, k.who, k.key.Sid)
	if err != nil || detail.Old == nil {
		return errors.Join(err, errors.New("the old credentials are gone"))
	}
	return d.st.AddUsage(ctx, usage.Batch{Old: []usage.OldUse{{
		OldID: detail.Old.ID, Count: 1264, At: time.Now().Add(-52 * time.Minute), IP: "203.0.113.118", API: "data.list",
	}}})
}
