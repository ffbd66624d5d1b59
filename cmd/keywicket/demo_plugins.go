package main

import (
	"context"
	"fmt"
	"time"

	"keywicket/models"
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
