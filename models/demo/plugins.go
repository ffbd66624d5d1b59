package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"keywicket/models"
	"keywicket/models/usage"
)

// samplePlugin is a plugin and the name of its key; "" for none.
type samplePlugin struct{ id, name, key string }

// samplePlugins returns plugins in every state.
func samplePlugins() []samplePlugin {
	return []samplePlugin{
		{"form.order.customer", "Order form: look up the customer", "ERP sync"}, // blocked by its whitelist
		{"price-badge", "Price of the day", "Pricing service"},
		{"fleet-map", "Delivery map", "Fleet telematics"},
		{"returns.row-counter", "Open returns counter", "Returns desk"},
		{"stock-light", "Stock light", "Night batch (old)"}, // disabled
		{"loyalty", "Loyalty points", ""},
	}
}

// addPlugins registers the plugins.
func (b *builder) addPlugins(ctx context.Context) error {
	b.clock.moveTo(3, 10)
	for _, p := range samplePlugins() {
		b.clock.advance(2 * time.Minute)
		n := models.NewPlugin{PluginID: p.id, Name: p.name}
		if p.key != "" {
			n.KeySid = b.createdKeyNamed(p.key).key.Sid
		}
		if _, err := b.st.AddPlugin(ctx, b.actors["Jonas Weber"], n); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// createdKeyNamed returns the created key of that name.
func (b *builder) createdKeyNamed(name string) createdKey {
	for _, k := range b.created {
		if k.name == name {
			return k
		}
	}
	return createdKey{}
}

// rotateCredentials rotates a key with a grace period. Some callers still use the previous credential.
func (b *builder) rotateCredentials(ctx context.Context) error {
	b.clock.moveTo(2, 14)
	k := b.createdKeyNamed("Customer portal")
	if _, err := b.st.ChangeCredentials(ctx, k.by, k.key.Sid, models.NewCredential{Kind: models.CredentialToken}, 7*24*time.Hour); err != nil {
		return err
	}
	detail, err := b.st.Key(ctx, k.by, k.key.Sid)
	if err != nil || detail.Previous == nil {
		return errors.Join(err, errors.New("the previous credential is gone"))
	}
	return b.st.AddUsage(ctx, usage.Batch{Previous: []usage.PreviousUse{{
		PreviousID: detail.Previous.ID, Count: 1264, At: time.Now().Add(-52 * time.Minute), IP: "203.0.113.118", API: "data.list",
	}}})
}
