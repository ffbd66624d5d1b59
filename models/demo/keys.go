package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"keywicket/models"
)

// sampleKey describes a key, its policy and its use.
type sampleKey struct {
	name, description string
	by                string                // the name of its creator; "" for the owner
	channel           models.Channel        // "" for REST
	kind              models.CredentialKind // read where channel is set
	username          string                // of a chosen credential
	daysAgo           int                   // when it was created
	hour              float64               // the hour of that day
	apps              []string              // names; nil: all apps
	apis              []string              // names of families and of APIs; nil: all APIs
	ips               []string
	expiresIn         int // days from now; negative: expired; 0: never
	rate, window      int
	disabled          bool
	revealed          bool
	usedUntil         int    // how many days ago it was last used
	perDay            int    // allowed requests on a working day
	reason            string // why some requests are denied
	denied            int    // denied requests on a working day
}

// createdKey is a key after it was created.
type createdKey struct {
	sampleKey
	key models.Key
	by  models.Actor
}

// addKey creates a key as the form does, then sets its policy. It acts as the key's creator, or as who where none is
// named.
func (b *builder) addKey(ctx context.Context, k sampleKey, who models.Actor) error {
	if k.by != "" {
		who = b.actors[k.by]
	}
	b.clock.moveTo(k.daysAgo, k.hour)
	b.clock.advance(time.Minute)
	n := models.NewKey{
		Name: k.name, Channel: models.ChannelREST, ScopeApps: models.ScopeAll, ScopeAPIs: models.ScopeAll,
		Credential: models.NewCredential{Kind: models.CredentialToken},
	}
	if k.channel != "" {
		n.Channel, n.Credential.Kind, n.Credential.Username = k.channel, k.kind, k.username
	}
	if k.kind == models.CredentialChosen {
		n.Credential.Secret = rand.Text()
	}
	key, _, err := b.st.MakeKey(ctx, who, n, rand.Text())
	if err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	b.created = append(b.created, createdKey{sampleKey: k, key: key, by: who})
	if err := b.setPolicy(ctx, k, who, key.Sid); err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	return nil
}

// setPolicy sets everything that the form for a new key does not ask for.
func (b *builder) setPolicy(ctx context.Context, k sampleKey, who models.Actor, sid string) error {
	b.clock.advance(2 * time.Minute)
	var errs []error
	var expires *time.Time
	if k.expiresIn != 0 {
		at := time.Now().Add(time.Duration(k.expiresIn) * 24 * time.Hour)
		expires = &at
	}
	errs = append(errs, b.st.SetKeyBasics(ctx, who, sid, k.name, k.description, expires))
	if k.apps != nil {
		errs = append(errs, b.st.SetKeyApps(ctx, who, sid, models.ScopeSome, idsOf(k.apps, b.apps)))
	}
	if k.apis != nil {
		errs = append(errs, b.st.SetKeyAPIs(ctx, who, sid, models.ScopeSome, idsOf(k.apis, b.apis)))
	}
	for _, ip := range k.ips {
		b.clock.advance(20 * time.Second)
		_, err := b.st.AddKeyIP(ctx, who, sid, ip)
		errs = append(errs, err)
	}
	if k.rate != 0 {
		errs = append(errs, b.st.SetKeyRate(ctx, who, sid, k.rate, k.window))
	}
	if k.revealed {
		b.clock.advance(time.Minute)
		_, err := b.st.RevealKey(ctx, who, sid)
		errs = append(errs, err)
	}
	if k.disabled {
		b.clock.advance(26 * time.Hour)
		errs = append(errs, b.st.SetKeyEnabled(ctx, who, sid, false))
	}
	return errors.Join(errs...)
}

// idsOf returns the ids of all names.
func idsOf(names []string, ids map[string][]int64) []int64 {
	all := []int64{}
	for _, name := range names {
		all = append(all, ids[name]...)
	}
	return all
}
